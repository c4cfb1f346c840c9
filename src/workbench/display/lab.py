"""The house style in JupyterLab, whose pages have no style sheet of ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from workbench.kit.audience import audience

SHARE = Path(__file__).parent.parent / "share"


@cache
def style() -> str:
    """Return the style sheet of every page, without its comments and line breaks."""
    return "".join(map(str.strip, _lines()))


def in_app() -> bool:
    """Whether this kernel serves a viewer of an app."""
    return audience() == "live"


def style_of_cells() -> str:
    """Return what of it a cell needs where the page around it is not ours; else nothing.

    A report and an app bring the whole sheet. The rules for all elements would bend JupyterLab, and
    those of a medium stand indented.
    """
    if audience() != "owner":
        return ""
    return "".join(line for line in _lines() if line.startswith((".wb", ":root")))


def _lines() -> list[str]:
    lines = (SHARE / "style.css").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("/*")]
