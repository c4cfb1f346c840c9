"""The house style in JupyterLab, whose pages have no style sheet of ours."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

SHARE = Path(__file__).parent.parent / "share"
_RUNNER, _APP = "WORKBENCH_RESULTS", "VOILA_BASE_URL"


@cache
def style() -> str:
    """Return the style sheet of every page, without its comments and line breaks."""
    return "".join(map(str.strip, _lines()))


def in_app() -> bool:
    """Whether this kernel serves a viewer of an app."""
    return _APP in os.environ


def style_of_cells() -> str:
    """Return what of it a cell needs where the page around it is not ours; else nothing.

    A report and an app bring the whole sheet. The rules for all elements would bend JupyterLab, and
    those of a medium stand indented.
    """
    if _RUNNER in os.environ or in_app():
        return ""
    return "".join(line for line in _lines() if line.startswith((".wb", ":root")))


def _lines() -> list[str]:
    lines = (SHARE / "style.css").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("/*")]
