"""How far a workbook unpacks, told without unpacking it: 1 MB can be made of gigabytes."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from workbench.errors import SourceError

_LARGEST = 512 << 20  # bytes of all parts: a million lines of eight columns take half of that
_CELLS = 20_000_000  # of a sheet, from its first row and column on: they are held as a whole
_PIECE, _TAG = 1 << 20, 4096  # bytes of what is looked at at a time; of the longest tag
_LOCAL = 30  # bytes of a part's own header, without its name and what else is said of it
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,7})(\d{1,7})""")
# How programs write it, found ten times as fast, and signs that it may be written in another way.
_USUAL = re.compile(rb' r="([A-Za-z]{0,7})(\d{1,7})')
_ODD = (b"r='", b"r =", b"r= ", b"\tr", b"\nr", b"\rr", b"r\t", b"r\n", b":c", b":row")
_ROW, _CELL = re.compile(rb"<(?:\w+:)?row(?=[\s/>])"), re.compile(rb"<(?:\w+:)?c[\s/>]")


def check_size(path: Path) -> None:
    """Refuse a workbook that takes too much memory; what is no archive cannot grow.

    What its directory says of sizes is not believed: each part is counted as it unpacks.

    Raises:
        SourceError: If its parts are larger than 512 MB, its cells further apart than 20 million
            cells, or it is a broken archive.
    """
    total = 0
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            for part in archive.infolist():
                span = _Span(path.name)
                for piece in _pieces(file, part):
                    total += len(piece)
                    if total > _LARGEST:
                        raise SourceError(
                            f"{path.name}: it unpacks to more than {_LARGEST >> 20} MB, "
                            f"the most that is read"
                        )
                    if "sheet" in part.filename.lower():
                        span.add(piece)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise SourceError(f"{path.name}: cannot be read as Excel: {error}") from None


def _pieces(file: IO[bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield all that a part unpacks to, however much its directory says that is."""
    file.seek(part.header_offset)
    local = file.read(_LOCAL)
    file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
    left = part.compress_size
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise NotImplementedError(f"'{part.filename}' is packed in an unusual way")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while left and (packed := file.read(min(left, _PIECE))):
        left -= len(packed)
        if part.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, _PIECE)
            packed = unpacker.unconsumed_tail
    yield unpacker.flush(_PIECE)


class _Span:
    """How many rows and columns the cells of a sheet span, told piece by piece.

    Rows and cells that do not say where they stand are counted: they fill what lies between.
    """

    def __init__(self, name: str) -> None:
        self._name, self._before = name, b""
        self._rows = self._columns = self._in_file = self._in_row = 0

    def add(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            SourceError: If its cells are too far apart.
        """
        text = self._before + piece
        cut = max(text.rfind(b"<"), len(text) - _TAG)
        text, self._before = text[:cut], text[cut:]
        found = _USUAL.findall(text)
        if len(found) < text.count(b"<c") + text.count(b"<row") or any(map(text.count, _ODD)):
            found = _PLACE.findall(text)
            self._count(text)
        if found:
            letters, digits = map(set, zip(*found, strict=True))
            self._rows = max(self._rows, *map(int, digits))
            self._columns = max(self._columns, *map(_column, letters))
        if self._rows * self._columns > _CELLS:
            raise SourceError(
                f"{self._name}: its cells span {self._rows:,} rows and {self._columns:,} columns, "
                f"at most {_CELLS:,} cells are read"
            )

    def _count(self, text: bytes) -> None:
        for number, row in enumerate(_ROW.split(text)):
            self._in_file += number > 0
            self._in_row = len(_CELL.findall(row)) + (0 if number else self._in_row)
            self._columns = max(self._columns, self._in_row)
        self._rows = max(self._rows, self._in_file)


def _column(letters: bytes) -> int:
    """The number of a column by its letters: A is 1, XFD is 16,384; none is 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
