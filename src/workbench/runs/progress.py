"""One line for each cell that runs: which notebook, how far, under which heading, how long."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Tells a person, or a log, how far a notebook is.

    On a terminal the line of the cell that runs is there from its start and gets its time at its
    end; elsewhere a line is written once the cell is done.

    Args:
        stream: Where the lines go.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._line = ""
        self._started = 0.0
        self._is_terminal = stream.isatty()

    def start(self, notebook: str, number: int, total: int, heading: str) -> None:
        """Say that a cell has started."""
        place = f"{number}/{total}"
        self._line = f"{notebook}  {place:>{2 * len(str(total)) + 1}}  {heading}"
        self._started = time.monotonic()
        if self._is_terminal:
            self._write(f"{_CLEAR_LINE}{self._cut()} …")

    def done(self) -> None:
        """Say that the cell is done, and how long it took."""
        if self._line:
            seconds = time.monotonic() - self._started
            clear = _CLEAR_LINE if self._is_terminal else ""
            self._write(f"{clear}{self._cut()}  {seconds:.1f} s\n")
        self._line = ""

    def tell(self, sentence: str) -> None:
        """Say something that is not about a cell, on a line of its own."""
        self._write(f"{sentence}\n")

    def _cut(self) -> str:
        room = shutil.get_terminal_size().columns - 12 if self._is_terminal else len(self._line)
        return self._line if len(self._line) <= room else self._line[: max(room - 1, 0)] + "…"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
