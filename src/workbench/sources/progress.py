"""Tells a person at a terminal how far an import is; elsewhere it says nothing."""

from __future__ import annotations

import shutil
import sys

from workbench.kit.sentences import say

_CLEAR_LINE = "\r\x1b[K"


def told(file: str, lines: int) -> None:
    """Say how many lines of a file have been read."""
    if sys.stderr.isatty():
        text = say("importing {file}: {lines:count} lines", file=file, lines=lines)
        room = shutil.get_terminal_size().columns - 1
        _write(text[:room])


def done() -> None:
    """Take the line away."""
    if sys.stderr.isatty():
        _write("")


def _write(text: str) -> None:
    sys.stderr.write(f"{_CLEAR_LINE}{text}")
    sys.stderr.flush()
