"""What the notebooks of a project need of a source, told by the analyses that they ask."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import workbench
from workbench import analyses

_DOOR = workbench.__name__
_ROOM = analyses.__name__ + "."


def by_notebook(root: Path) -> dict[str, list[ModuleType]]:
    """Return the analyses with needs of their own that each notebook of a project asks, by its name.

    There is no list of them: what stands in a notebook's cells is looked up at the door. A notebook
    that cannot be read, or asks no such analysis, is left out.

    Args:
        root: The project's folder.
    """
    found = {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        asked = dict.fromkeys(filter(None, map(_analysis, _names(path))))
        modules = [module for module in asked if hasattr(module, "NEEDS")]
        if modules:
            found[path.stem] = modules
    return found


def _names(path: Path) -> Iterator[str]:
    """Names of the door that a notebook's cells use."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    trees = [tree for cell in code if (tree := _parsed(cell))]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    doors = {
        name.asname or name.name
        for node in nodes
        if isinstance(node, ast.Import)
        for name in node.names
        if name.name == _DOOR
    }
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == _DOOR:
            yield from (name.name for name in node.names)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in doors
        ):
            yield node.attr


def _parsed(cell: str) -> ast.Module | None:
    try:
        return ast.parse(cell)
    except (SyntaxError, ValueError):  # a magic of IPython asks no analysis
        return None


def _analysis(name: str) -> ModuleType | None:
    """The analysis that a name of the door belongs to, None for anything else."""
    value = getattr(workbench, name, None)
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    if not home.startswith(_ROOM):
        return None
    return sys.modules[_ROOM + home.removeprefix(_ROOM).partition(".")[0]]
