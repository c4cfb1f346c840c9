"""Count a CSV file's records independently of the engine that reads them.

DuckDB's reader can swallow most of a file after one unbalanced quote without a word. So the
records are counted here first, strictly by RFC 4180, and the two counts must agree.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SourceError

_BOM = b"\xef\xbb\xbf"
_LONGEST = 1 << 20  # bytes that one quoted record may span before its quote counts as unbalanced


@dataclass(frozen=True)
class Scan:
    """What a CSV file holds.

    Attributes:
        header: The columns' names.
        records: Records below the header.
        shifts: (record, lines to add to its number to get its line in the file), for the first
            record and for each one after which the sum changes: a quoted field may span lines.
    """

    header: tuple[str, ...]
    records: int
    shifts: tuple[tuple[int, int], ...]


def scan(path: Path) -> Scan:
    """Read a CSV file (UTF-8, comma) from end to end.

    Raises:
        SourceError: Naming file and line: no UTF-8, an unbalanced quote, a line with fewer or
            more fields than the header, a header without or with repeated names.
    """
    with path.open("rb") as file:
        records = _records(file, path)
        names = _next_header(records, path)
        shifts: list[tuple[int, int]] = []
        number = 0
        for number, (line, record) in enumerate(records, start=1):
            fields = _fields(record, path, line)
            if fields != len(names):
                raise SourceError(
                    f"{path.name}, line {line}: {fields} fields where the header has {len(names)}"
                )
            if not shifts or shifts[-1][1] != line - number:
                shifts.append((number, line - number))
    return Scan(names, number, tuple(shifts))


def header(path: Path) -> tuple[str, ...]:
    """Return the names of a CSV file's columns.

    Raises:
        SourceError: If there is no header, or it has no or repeated names.
    """
    with path.open("rb") as file:
        return _next_header(_records(file, path), path)


def _next_header(records: Iterator[tuple[int, bytes]], path: Path) -> tuple[str, ...]:
    first = next(records, None)
    if first is None:
        raise SourceError(f"{path.name}: the file is empty, not even a header")
    return _header(first[1], path)


def _records(file: io.BufferedReader, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the line each record begins on and its bytes; blank lines are no records."""
    pending, began, quotes = b"", 0, 0
    for number, raw in enumerate(file, start=1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        if not pending:
            if not line.strip(b"\r\n"):
                continue
            began = number
        pending += line
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            yield began, pending
            pending, quotes = b"", 0
        elif len(pending) > _LONGEST:
            break
    if pending:
        raise SourceError(f"{path.name}, line {began}: a quote is opened here and never closed")


def _fields(record: bytes, path: Path, line: int) -> int:
    if b'"' not in record and record.isascii():
        return record.count(b",") + 1
    return len(_split(record, path, line))


def _split(record: bytes, path: Path, line: int) -> list[str]:
    try:
        text = record.decode("utf-8")
        return next(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path.name}, line {line}: not UTF-8 (byte 0x{record[error.start]:02x}): save it as UTF-8"
        ) from None
    except csv.Error:
        raise SourceError(
            f'{path.name}, line {line}: a quote stands where none may (write "" for one inside a field)'
        ) from None


def _header(record: bytes, path: Path) -> tuple[str, ...]:
    names = [name.strip() for name in _split(record, path, 1)]
    lower = [name.lower() for name in names]
    for position, name in enumerate(lower):
        if not name:
            raise SourceError(f"{path.name}, line 1: column {position + 1} has no name")
        if name in lower[:position]:
            raise SourceError(f"{path.name}, line 1: column '{names[position]}' stands twice")
    return tuple(names)
