"""What a source file may say of one raw file beyond its path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileOptions:
    """A raw file and how it is to be read.

    Attributes:
        path: The file, or the folder of a table in Parquet.
        encoding: Of a text file; "" has it told by its first bytes, or guessed.
        delimiter: Of a text file; "" has it told by the header.
        may_end_open: Whether a text file's last line may lack its line end.
    """

    path: Path
    encoding: str = ""
    delimiter: str = ""
    may_end_open: bool = False
