"""Which characters a text file's bytes are: declared, told by its first bytes, or guessed aloud."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SourceError

BLOCK = 1 << 20  # bytes read at a time: what the processor keeps at hand
NAMES = (
    "utf-8",
    "utf-16",
    "gb18030",
    "gbk",
    "big5",
    "windows-1252",
)  # what a source file may declare
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENGLISH = {"utf-8": "UTF-8", "gb18030": "GB18030", "big5": "Big5", "windows-1252": "Windows-1252"}
_BOOKS = {b"PK\x03\x04": ".xlsx", b"\xd0\xcf\x11\xe0": ".xls"}  # by their first bytes
_COMMON_CHINESE = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_SURELY = 0.9  # share of a sample that must look like an encoding before it is guessed


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes become characters.

    Attributes:
        codec: Python's name of it.
        skip: Bytes of a byte order mark.
        guessed: Whether neither the source file nor the file itself says so.
    """

    codec: str
    skip: int = 0
    guessed: bool = False

    @property
    def label(self) -> str:
        """Its name, as a person writes it."""
        return _ENGLISH.get(self.codec, "UTF-16")


def encoding_of(path: Path, declared: str = "") -> Encoding:
    """Return a file's encoding.

    A byte order mark decides first, then what the source file declares. Otherwise it is UTF-8
    unless nothing in the first block that is not ASCII can be: GB18030 is guessed where the
    bytes are common Chinese characters in it, UTF-16 where every other byte is zero.

    Raises:
        SourceError: If it is no text but a workbook.
    """
    with path.open("rb") as file:
        head = file.read(4)
        if head in _BOOKS:
            raise SourceError(
                f"{path.name}: it is a workbook, whatever its name says: rename it to {_BOOKS[head]}"
            )
        for mark, codec in _MARKS:
            if head.startswith(mark):
                return Encoding(codec, len(mark))
        if declared:
            codecs_ = {"utf-16": "utf-16-le", "gbk": "gb18030"}
            return Encoding(codecs_.get(declared, declared))
        file.seek(0)
        while block := file.read(1 << 20):
            if b"\0" in block or not block.isascii():
                return _guess(block)
    return Encoding("utf-8")


def _guess(block: bytes) -> Encoding:
    for codec, zeros in (("utf-16-le", block[1::2]), ("utf-16-be", block[::2])):
        if zeros.count(0) > _SURELY * len(zeros):
            return Encoding(codec, guessed=True)
    lines = [line for line in block.splitlines() if not line.isascii()]
    if any(is_utf8(line) for line in lines[:-1] or lines):
        return Encoding("utf-8")
    pairs = sum(len(_COMMON_CHINESE.findall(line)) for line in lines)
    high = sum(sum(byte >= 0x80 for byte in line) for line in lines)  # noqa: PLR2004 - ASCII's end
    looks_chinese = 2 * pairs > _SURELY * high
    return Encoding("gb18030", guessed=True) if looks_chinese else Encoding("utf-8")


def is_utf8(line: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    if line.isascii():
        return True
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def utf8_blocks(path: Path, encoding: Encoding) -> Iterator[bytes]:
    """Yield a file as blocks of UTF-8.

    What cannot be decoded stays in as bytes that are no UTF-8, so that its line can be found.

    Raises:
        SourceError: If a UTF-16 file ends in the middle of a character.
    """
    with path.open("rb") as file:
        file.seek(encoding.skip)
        if encoding.codec == "utf-8":
            yield from iter(lambda: file.read(BLOCK), b"")
            return
        errors = "surrogatepass" if encoding.codec.startswith("utf-16") else "surrogateescape"
        decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
        try:
            while block := file.read(BLOCK):
                yield decoder.decode(block).encode("utf-8", errors)
            yield decoder.decode(b"", final=True).encode("utf-8", errors)
        except UnicodeDecodeError:
            raise SourceError(
                f"{path.name}: not {encoding.label}: it ends in the middle of a character"
            ) from None
