"""Where the header of a file stands, what its names are, and whether it looks like one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SourceError
from workbench.kit.sentences import message, say

SAMPLE = 200  # lines that are looked at for a header that stands lower
_VALUE = re.compile(r"[+-]?\d+([.,]\d+)*|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?")


@dataclass(frozen=True)
class Top:
    """A text file parted at its header.

    Attributes:
        header: The line, with its end.
        line: Its number, as an editor counts.
        above: Lines above it that are not blank.
        rest: The file below it.
    """

    header: bytes
    line: int
    above: int
    rest: Iterator[bytes]


def top(path: Path, parts: Iterator[bytes], header_line: int = 0) -> Top:
    """Part a file at a line: the declared one, or the first that is not blank.

    Args:
        path: The file, for errors.
        parts: All of it, as UTF-8.
        header_line: The number of the header's line; 0 for the first that is not blank.

    Raises:
        SourceError: If there is no such line, or nothing stands in it.
    """
    line, above, data = 0, 0, next(parts, b"")
    while True:
        end = data.find(b"\n") + 1
        if not end:
            more = next(parts, None)
            if more is not None:
                data += more
                continue
            end = len(data)
        header, data, line = data[:end], data[end:], line + 1
        is_blank = not header.strip()
        if line == header_line or (not header_line and not is_blank):
            if is_blank:
                raise SourceError(f"{path.name}: header_line == {line}, but that line is blank")
            return Top(header, line, above, itertools.chain([data], parts))
        above += not is_blank
        if not data and not header.endswith(b"\n"):
            if header_line:
                raise SourceError(
                    f"{path.name}: header_line == {header_line}, must be 1..{line - 1}, "
                    f"the lines that the file has"
                )
            raise SourceError(f"{path.name}: the file is empty, not even a header")


def checked_names(path: Path, given: Sequence[str], line: int) -> tuple[str, ...]:
    """Return the names of a file's columns, stripped; one without a name is `column_NUMBER`.

    Raises:
        SourceError: If most have none, or two differ in upper and lower case only.
    """
    stripped = [name.strip() for name in given]
    nameless = [position for position, name in enumerate(stripped, 1) if not name]
    if 2 * len(nameless) > len(stripped):
        raise SourceError(
            f"{path.name}, line {line}: column {nameless[0]} has no name, as most have none: if "
            f"the header stands in another line, declare its number as 'header_line'; if there is "
            f"none, name them as 'columns'"
        )
    names = [name or f"column_{position}" for position, name in enumerate(stripped, 1)]
    lower = [name.lower() for name in names]
    for position, name in enumerate(lower):
        if name in lower[:position]:
            raise SourceError(
                f"{path.name}, line {line}: column '{names[position]}' stands twice: name them "
                f"all as 'columns', beside header_line: {line} if that line is a header"
            )
    return tuple(names)


def renamed(path: Path, columns: Sequence[str], line: int, fields: int) -> tuple[str, ...]:
    """Return the declared names of a file's columns.

    Raises:
        SourceError: If there are more or fewer than the line has fields.
    """
    if len(columns) != fields:
        raise SourceError(
            f"{path.name}: columns names {len(columns)}, but line {line} has {fields} fields"
        )
    return checked_names(path, columns, line)


def check_place(path: Path, rows: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Refuse a first row above the real header: of fewer fields than that and all rows below.

    Args:
        path: The file, for errors.
        rows: Lines and fields of the first rows that are not blank, the supposed header first.

    Raises:
        SourceError: With the line of what looks like the header.
    """
    (line, _names), *below = rows
    first, *widths = (_filled(row) for _line, row in rows)
    if 2 * first > max(widths, default=0):
        return
    for place, (lower, row) in enumerate(below):
        wider = [width > first for width in widths[place + 1 :]]
        is_wider = 2 * first <= widths[place] and 2 * sum(wider) > len(wider)
        if is_wider and wider and _is_header(row):
            told = message(
                "{file}, line {line}: does not look like the header, line {lower} does: if it is, "
                "declare header_line: {lower}"
            )
            raise SourceError(say(told, file=path.name, line=str(line), lower=str(lower)))


def like_values(path: Path, names: Sequence[str]) -> str:
    """Return a note where names look like values, so that the first line may be no header; else ""."""
    values = [name for name in names if _VALUE.fullmatch(name)]
    if not values:
        return ""
    told = message(
        "{file}: {values} among the names of its columns: if its first line is no header, and in "
        "no account so, declare columns: [{columns}]"
    )
    columns = ", ".join(f"column_{number}" for number in range(1, len(names) + 1))
    return say(told, file=path.name, values=", ".join(values), columns=columns)


def _filled(row: Sequence[str]) -> int:
    return sum(bool(value.strip()) for value in row)


def _is_header(row: Sequence[str]) -> bool:
    """Whether a row is made of different words, none of them a value."""
    words = [value.strip() for value in row if value.strip()]
    return (
        len(words) > 1 and len(set(words)) == len(words) and not any(map(_VALUE.fullmatch, words))
    )
