"""CSV and TSV files as Arrow tables of text, every row with the number of its line."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from workbench.errors import SourceError
from workbench.kit.sentences import message, say
from workbench.sources.text.encodings import encoding_of, is_utf8, utf8_blocks
from workbench.sources.text.records import Block, Broken, Form, blocks
from workbench.sources.text.structure import record_pattern

LINE = "__line"  # the column with a row's line number
_MANY = (
    100_000  # broken lines that are kept in mind; a file with more, and mostly those, is refused
)
_DELIMITERS = {",": "','", ";": "';'", "\t": "tab"}


class TextFile:
    """A CSV or TSV file whose header has been read.

    Args:
        path: The file.
        encoding: Its encoding; "" has it told by its first bytes, or guessed.
        delimiter: What parts its fields; "" has it told by the header.
        may_end_open: Whether the last line may lack its line end.

    Attributes:
        schema: The header's names, all of them text, and `__line`.
        notes: What was guessed about it, in sentences.

    Raises:
        SourceError: If it has no header, or its names are missing, repeated or unreadable.
    """

    def __init__(
        self, path: Path, encoding: str = "", delimiter: str = "", *, may_end_open: bool = False
    ) -> None:
        self._path, self._encoding = path, encoding_of(path, encoding)
        label, notes = self._encoding.label, []
        if self._encoding.guessed:
            guess = message("{file}: read as {encoding}, a guess: declare its encoding")
            notes.append(say(guess, file=path.name, encoding=label))
        header, line, _parts = self._header()
        if not is_utf8(header):
            raise SourceError(
                f"{path.name}, line {line - 1}: the header is not {label}: declare the encoding"
            )
        told = delimiter or self._delimiter(header)
        if not delimiter and told == ";":
            guess = message("{file}: fields are parted by {mark}, a guess: declare the delimiter")
            notes.append(say(guess, file=path.name, mark=_DELIMITERS[told]))
        names = self._names(header, told)
        self._form = Form(told, len(names), label, may_end_open)
        self.notes = tuple(notes)
        self.schema = pa.schema([*((name, pa.string()) for name in names), (LINE, pa.int64())])

    def tables(self, broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield the rows; the lines that are none are appended to `broken`.

        Raises:
            SourceError: If the parser finds another number of rows than were counted, or most of
                the file is broken.
        """
        _first, line, parts = self._header()
        rows = 0
        for block in blocks(parts, self._form, line):
            broken += block.broken
            rows += len(block.lines)
            if len(broken) > max(_MANY, rows):
                raise SourceError(
                    f"{self._path.name}: most of its lines are broken; line {broken[0].line}: "
                    f"{broken[0].reason}"
                )
            if len(block.lines):
                yield self._parse(block)

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

    def _header(self) -> tuple[bytes, int, Iterator[bytes]]:
        """The first line that is not blank, the number of the next, and the file from there on."""
        parts = utf8_blocks(self._path, self._encoding)
        line, data = 1, next(parts, b"")
        while True:
            end = data.find(b"\n") + 1
            if not end:
                more = next(parts, None)
                if more is not None:
                    data += more
                    continue
                end = len(data)
            header, data, line = data[:end], data[end:], line + 1
            if header.strip():
                return header, line, itertools.chain([data], parts)
            if not data:
                raise SourceError(f"{self._path.name}: the file is empty, not even a header")

    def _delimiter(self, header: bytes) -> str:
        """By its name a .tsv has tabs; else the one of comma, semicolon and tab that the header has most."""
        if self._path.suffix.lower() == ".tsv":
            return "\t"
        counts = {mark: header.count(mark.encode()) for mark in _DELIMITERS}
        return max(counts, key=lambda mark: counts[mark])

    def _names(self, header: bytes, delimiter: str) -> tuple[str, ...]:
        if b"\r" in header.rstrip(b"\r\n"):
            raise SourceError(
                f"{self._path.name}, line 1: the lines end in carriage returns alone: save it with line feeds"
            )
        if b"\0" in header or not record_pattern(delimiter).fullmatch(header):
            raise SourceError(
                f"{self._path.name}, line 1: the header has a NUL byte or a quote out of place"
            )
        (row,) = csv.reader([header.decode("utf-8").rstrip("\r\n")], delimiter=delimiter)
        return checked_names(self._path, row, 1)


def checked_names(path: Path, given: Sequence[str], line: int) -> tuple[str, ...]:
    """Return the names of a file's columns, stripped.

    Raises:
        SourceError: If one is missing, or two differ in upper and lower case only.
    """
    names = [name.strip() for name in given]
    lower = [name.lower() for name in names]
    for position, name in enumerate(lower):
        if not name:
            raise SourceError(f"{path.name}, line {line}: column {position + 1} has no name")
        if name in lower[:position]:
            raise SourceError(f"{path.name}, line {line}: column '{names[position]}' stands twice")
    return tuple(names)
