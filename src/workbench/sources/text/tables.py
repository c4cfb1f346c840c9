"""CSV and TSV files as Arrow tables of text, every row with the number of its line."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from workbench.errors import SourceError
from workbench.kit.sentences import say
from workbench.sources.text.encodings import Encoding, encoding_of, is_utf8, utf8_blocks
from workbench.sources.text.records import Block, Broken, Form, blocks
from workbench.sources.text.structure import record_pattern

LINE = "__line"  # the column with a row's line number
_MANY = (
    100_000  # broken lines that are kept in mind; a file with more, and mostly those, is refused
)
_DELIMITERS = {",": "','", ";": "';'", "\t": "tab"}


@dataclass(frozen=True)
class TextFile:
    """A CSV or TSV file whose header has been read.

    Attributes:
        path: The file.
        schema: The header's names, all of them text, and `__line`.
        form: What its records must be.
        notes: What was guessed about it, in sentences.
    """

    path: Path
    schema: pa.Schema
    form: Form
    notes: tuple[str, ...]
    _encoding: Encoding

    def tables(self, broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield the rows; the lines that are none are appended to `broken`.

        Raises:
            SourceError: If the parser finds another number of rows than were counted, or most of
                the file is broken.
        """
        _first, line, parts = _header(self.path, self._encoding)
        rows = 0
        for block in blocks(parts, self.form, line):
            broken += block.broken
            rows += len(block.lines)
            if len(broken) > max(_MANY, rows):
                raise SourceError(
                    f"{self.path.name}: most of its lines are broken; line {broken[0].line}: "
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
                delimiter=self.form.delimiter, newlines_in_values=b'"' in block.data
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        if table.num_rows != len(block.lines):
            raise SourceError(
                f"{self.path.name}: {len(block.lines):,} records were counted from line "
                f"{block.lines[0]} on, but {table.num_rows:,} were read"
            )
        return table.append_column(LINE, pa.array(block.lines))


def open_text(
    path: Path, declared: str = "", delimiter: str = "", *, may_end_open: bool = False
) -> TextFile:
    """Read a file's header.

    Args:
        path: The file.
        declared: Its encoding; "" has it told by its first bytes, or guessed.
        delimiter: What parts its fields; "" has it told by the header.
        may_end_open: Whether the last line may lack its line end.

    Raises:
        SourceError: If there is none, or its names are missing, repeated or unreadable.
    """
    encoding = encoding_of(path, declared)
    notes = []
    if encoding.guessed:
        notes.append(
            say(
                "{file}: read as {encoding}, a guess: declare its encoding",
                file=path.name,
                encoding=encoding.label,
            )
        )
    header, line, _parts = _header(path, encoding)
    if not is_utf8(header):
        raise SourceError(
            f"{path.name}, line {line - 1}: the header is not {encoding.label}: declare the encoding"
        )
    told = delimiter or _delimiter(path, header)
    if not delimiter and told == ";":
        notes.append(
            say(
                "{file}: fields are parted by {mark}, a guess: declare the delimiter",
                file=path.name,
                mark=_DELIMITERS[told],
            )
        )
    names = _names(path, header, told)
    form = Form(told, len(names), encoding.label, may_end_open)
    schema = pa.schema([*((name, pa.string()) for name in names), (LINE, pa.int64())])
    return TextFile(path, schema, form, tuple(notes), encoding)


def _header(path: Path, encoding: Encoding) -> tuple[bytes, int, Iterator[bytes]]:
    """The first line that is not blank, the number of the next, and the file from there on."""
    parts = utf8_blocks(path, encoding)
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
            raise SourceError(f"{path.name}: the file is empty, not even a header")


def _delimiter(path: Path, header: bytes) -> str:
    """By its name a .tsv has tabs; else the one of comma, semicolon and tab that the header has most."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    counts = {mark: header.count(mark.encode()) for mark in _DELIMITERS}
    return max(counts, key=lambda mark: counts[mark])


def _names(path: Path, header: bytes, delimiter: str) -> tuple[str, ...]:
    if b"\r" in header.rstrip(b"\r\n"):
        raise SourceError(
            f"{path.name}, line 1: the lines end in carriage returns alone: save it with line feeds"
        )
    if b"\0" in header or not record_pattern(delimiter).fullmatch(header):
        raise SourceError(f"{path.name}, line 1: the header has a NUL byte or a quote out of place")
    (row,) = csv.reader([header.decode("utf-8").rstrip("\r\n")], delimiter=delimiter)
    return checked_names(path, row, 1)


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
