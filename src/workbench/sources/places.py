"""Where source files lie, found without loading an engine or reading one."""

from __future__ import annotations

from pathlib import Path

from workbench.project import root


def names() -> list[str]:
    """Return `demo` and the name of every source file."""
    return ["demo", *sorted(path.stem for path in place("").parent.glob("*.yaml"))]


def place(name: str) -> Path:
    """Return where the source file of a name lies, if it has one."""
    return root() / "parameters" / "sources" / f"{name}.yaml"
