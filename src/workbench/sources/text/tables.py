"""CSV and TSV files as Arrow tables of text, every row with the number of its line."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.csv

from workbench.errors import SourceError
from workbench.kit.sentences import message, say
from workbench.sources.text.encodings import NAMES, encoding_of, is_utf8, utf8_blocks
from workbench.sources.text.headers import (
    SAMPLE,
    Top,
    check_place,
    checked_names,
    like_values,
    renamed,
    top,
)
from workbench.sources.text.records import Block, Broken, Form, blocks
from workbench.sources.text.structure import record_pattern

LINE = "__line"  # the column with a row's line number
_MANY = (
    100_000  # broken lines that are kept in mind; a file with more, and mostly those, is refused
)
_LOOKED_AT = 1 << 16  # bytes below a supposed header
_CONFLICT = re.compile(r"<{7} |>{7} |={7}$")
_DELIMITERS = {",": "','", ";": "';'", "\t": "tab"}


class TextFile:
    """A CSV or TSV file whose header has been read.

    Args:
        path: The file.
        encoding: Its encoding; "" has it told by its first bytes, or guessed.
        delimiter: What parts its fields; "" has it told by the header.
        may_end_open: Whether the last line may lack its line end.
        header_line: The number of the header's line; 0 for the first that is not blank.
        columns: Names in place of the header's; without `header_line` the file has none.
        left_out: Names of rules and a pattern each: lines that are no rows and match it are left
            out by that name.

    Attributes:
        above: Lines above the header that are not blank.
        schema: The header's names, all of them text, and `__line`.
        notes: What was guessed about it, in sentences.

    Raises:
        SourceError: If it has no header, or its names are missing, repeated or unreadable.
    """

    def __init__(
        self,
        path: Path,
        encoding: str = "",
        delimiter: str = "",
        *,
        may_end_open: bool = False,
        header_line: int = 0,
        columns: tuple[str, ...] = (),
        left_out: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._path, self._encoding = path, encoding_of(path, encoding)
        self._header_line, self._columns, self._left_out = header_line, columns, left_out
        label, notes = self._encoding.label, []
        if self._encoding.guessed:
            guess = message("{file}: read as {encoding}, a guess: declare its encoding")
            notes.append(say(guess, file=path.name, encoding=label))
        found = self._top()
        self.above = found.above
        first = found.header or next(found.rest)
        if not is_utf8(first):
            raise SourceError(
                f"{path.name}, line {found.line}: the header is not {label}: declare the encoding, one of "
                f"{', '.join(NAMES)}"
            )
        told = delimiter or self._delimiter(first)
        if not delimiter and told == ";":
            guess = message("{file}: fields are parted by {mark}, a guess: declare the delimiter")
            notes.append(say(guess, file=path.name, mark=_DELIMITERS[told]))
        names = self._names(found, first, told)
        if not columns:
            notes += filter(None, [like_values(path, names)])
        self._form = Form(told, len(names), label, may_end_open)
        self.notes = tuple(notes)
        self.schema = pa.schema([*((name, pa.string()) for name in names), (LINE, pa.int64())])

    def tables(self, broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield the rows; the lines that are none are appended to `broken`.

        Raises:
            SourceError: If the parser finds another number of rows than were counted, or most of
                the file is broken.
        """
        found = self._top()
        rows = 0
        for block in blocks(found.rest, self._form, found.line + 1):
            broken += map(self._named, block.broken)
            rows += len(block.lines)
            if len(broken) > max(_MANY, rows):
                raise SourceError(
                    f"{self._path.name}: most of its lines are broken; line {broken[0].line}: "
                    f"{broken[0].reason}"
                )
            if len(block.lines):
                yield self._parse(block)

    def _named(self, line: Broken) -> Broken:
        """A line that is no row, with the rule that leaves it out, if one does.

        Raises:
            SourceError: If it is the mark of a merge that was not settled: both sides stand below.
        """
        if _CONFLICT.match(line.text):
            raise SourceError(
                f"{self._path.name}, line {line.line}: '{line.text[:7]}' marks a merge that was not "
                f"settled: both versions stand below it, so settle it in the file"
            )
        for rule, pattern in self._left_out.items():
            if re.search(pattern, line.text):
                return replace(line, rule=rule)
        return line

    def _parse(self, block: Block) -> pa.Table:
        names = self.schema.names[:-1]
        table = pa.csv.read_csv(
            pa.BufferReader(block.data),
            pa.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(block.data) + 1
            ),
            pa.csv.ParseOptions(
                delimiter=self._form.delimiter, newlines_in_values=b'"' in block.data
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        if table.num_rows != len(block.lines):
            raise SourceError(
                f"{self._path.name}: {len(block.lines):,} records were counted from line "
                f"{block.lines[0]} on, but {table.num_rows:,} were read"
            )
        return table.append_column(LINE, pa.array(block.lines))

    def _top(self) -> Top:
        """The file parted at its header; where it has none, that is empty."""
        parts = utf8_blocks(self._path, self._encoding)
        found = top(self._path, parts, self._header_line)
        if self._columns and not self._header_line:
            rest = itertools.chain([found.header], found.rest)
            return replace(found, header=b"", line=found.line - 1, rest=rest)
        return found

    def _delimiter(self, header: bytes) -> str:
        """By its name a .tsv has tabs; else the one of comma, semicolon and tab that the header has most."""
        if self._path.suffix.lower() == ".tsv":
            return "\t"
        counts = {mark: header.count(mark.encode()) for mark in _DELIMITERS}
        return max(counts, key=lambda mark: counts[mark])

    def _fields(self, record: bytes, line: int, delimiter: str) -> list[str]:
        """What the fields of the header say, or of the first line where there is none."""
        if b"\r" in record.rstrip(b"\r\n"):
            raise SourceError(
                f"{self._path.name}, line {line}: the lines end in carriage returns alone: save it with line feeds"
            )
        if b"\0" in record or not record_pattern(delimiter).fullmatch(record):
            raise SourceError(
                f"{self._path.name}, line {line}: the header has a NUL byte, a quote out of "
                f"place or a name of two lines: write it in one"
            )
        (row,) = csv.reader([record.decode("utf-8").rstrip("\r\n")], delimiter=delimiter)
        return row

    def _names(self, found: Top, first: bytes, delimiter: str) -> tuple[str, ...]:
        """The names of the columns, declared or as the header has them."""
        line = found.line + (not found.header)
        fields = self._fields(first, line, delimiter)
        if self._columns:
            return renamed(self._path, self._columns, line, len(fields))
        if not self._header_line:
            data = next(found.rest, b"")[:_LOOKED_AT]
            text = data[: data.rfind(b"\n") + 1].decode("utf-8", "replace").splitlines()
            reader = csv.reader(text[:SAMPLE], delimiter=delimiter)
            with suppress(csv.Error):
                below = [(found.line + reader.line_num, row) for row in reader if any(row)]
                check_place(self._path, [(found.line, fields), *below])
        return checked_names(self._path, fields, found.line)
