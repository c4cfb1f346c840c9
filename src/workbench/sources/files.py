# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Raw files as DuckDB views, every line with its number; which reader reads which is by its ending.

__raw_NAME    the file's lines, or those of them that are being read: its columns and `__line`
NAME          the same without line numbers, for SELECTs that look things up
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import SourceError
from workbench.kit.sentences import say
from workbench.sources import progress
from workbench.sources.databases import SUFFIXES, DuckDB, Sqlite
from workbench.sources.filling import check_filled, filled
from workbench.sources.jsonlines import JsonLines
from workbench.sources.options import SHEETS, TEXT, FileOptions
from workbench.sources.sheets import Sheet
from workbench.sources.sql import Engine, first_line
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE, TextFile

PARQUET = (".parquet", ".pq")
ROWS = 131_072  # rows of a Parquet file or table that are read at a time
_RESERVED = {"__lines", "__money", "__unread", "__rule", "__at", "__amount"}
_GATHERED = 16 << 20  # bytes of a stream: each query costs 10 ms before its first row


class Reader(Protocol):
    """A file that is read as a stream of tables: its columns and `__line` are known."""

    @property
    def schema(self) -> pa.Schema:
        """Its columns and `__line`."""

    def tables(self, broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield all its rows from the beginning; lines that are none go into the list."""


def _text(options: FileOptions) -> TextFile:
    declared = (options.encoding, options.delimiter)
    return TextFile(
        options.path,
        *declared,
        may_end_open=options.may_end_open,
        header_line=options.header_line,
        columns=options.columns,
        left_out=options.left_out,
    )


_READERS: dict[Callable[[FileOptions], Reader], tuple[str, ...]] = {
    _text: TEXT,
    Sheet: SHEETS,
    JsonLines: (".jsonl", ".ndjson"),
    Sqlite: SUFFIXES["sqlite"],
    DuckDB: SUFFIXES["duckdb"],
}


def open_file(options: FileOptions) -> Reader:
    """Open any file but Parquet.

    Raises:
        SourceError: If no reader knows it, or it cannot be read.
    """
    for reader, suffixes in _READERS.items():
        if options.path.suffix.lower() in suffixes:
            return reader(options)
    known = ", ".join([*PARQUET, *(s for suffixes in _READERS.values() for s in suffixes)])
    raise SourceError(f"{options.path.name}: no such files can be read, only {known}")


@dataclass
class RawFile:
    """A raw file that SELECTs can read under its name.

    Attributes:
        name: What SELECTs call it; `"__raw_" + name` is its view with line numbers.
        label: What the account calls it.
        rows: Its sound lines, counted without the engine that reads them; those of a stream are
            known once it has been read.
        columns: Its columns.
        broken: Its lines that are no rows.
        notes: What was guessed about it.
        above: Its lines above the header that are not blank.
        stream: Reads it anew from its beginning, where it is no view that lies on disk.
        shown: The lines of a stream that `__raw_NAME` has now.
    """

    name: str
    label: str
    rows: int = 0
    columns: tuple[str, ...] = ()
    broken: list[Broken] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    above: int = 0
    stream: Callable[[list[Broken]], Iterator[pa.Table]] | None = None
    shown: pa.Table | None = None

    @property
    def aside(self) -> dict[str, int]:
        """Lines that are no rows and left out by a name, once the file has been read."""
        named = Counter(line.rule for line in self.broken if line.rule)
        return ({say("above the header"): self.above} if self.above else {}) | named

    def batches(self, engine: Engine) -> Iterator[int]:
        """Yield how many rows `__raw_NAME` has now, batch by batch, until all have been there."""
        if self.stream is None:
            yield from self._ranges(engine)
            return
        self.broken.clear()
        read = 0
        for table in _gathered(self.stream(self.broken)):
            self.shown = table
            engine.register(f"__raw_{self.name}", table)
            read += table.num_rows
            progress.told(self.label, read)
            yield table.num_rows
        self.rows, self.shown = read, None

    def narrow(self, engine: Engine, lines: pa.ChunkedArray) -> None:
        """Let `__raw_NAME` have no others of a stream's present lines, which are read for the last time.

        Arrow finds a few lines among many at a third of what the engine takes.
        """
        if self.shown is not None:
            few = self.shown.filter(pc.is_in(self.shown[LINE], value_set=lines))
            engine.register(f"__raw_{self.name}", few)

    def _ranges(self, engine: Engine) -> Iterator[int]:
        for first in range(1, self.rows + 1, ROWS):
            self._show(engine, f"WHERE __nth BETWEEN {first} AND {first + ROWS - 1}")
            progress.told(self.label, first)
            yield min(ROWS, self.rows - first + 1)
        self._show(engine)

    def lie(self, engine: Engine, query: str) -> None:
        """Read the file by a query with `__nth` (1, 2, … through all rows) and `__line`."""
        engine.run(f'CREATE VIEW "__all_{self.name}" AS {query}')
        self._show(engine)

    def _show(self, engine: Engine, which: str = "") -> None:
        query = f'SELECT * EXCLUDE (__nth) FROM "__all_{self.name}" {which}'
        engine.run(f'CREATE OR REPLACE VIEW "__raw_{self.name}" AS {query}')

    def named(self, engine: Engine) -> Self:
        """Give `__raw_NAME` the view NAME without line numbers, and the file its columns."""
        given = engine.columns(f'FROM "__raw_{self.name}"')
        self.columns = tuple(column for column in given if column != LINE)
        for column in self.columns:
            if column.lower() in _RESERVED:
                raise SourceError(f"{self.label}: a column may not be named '{column}'")
        engine.run(
            f'CREATE VIEW "{self.name}" AS SELECT * EXCLUDE ({LINE}) FROM "__raw_{self.name}"'
        )
        return self


def register(
    engine: Engine, name: str, options: FileOptions, scratch: Path, *, streamed: bool
) -> RawFile:
    """Make a file readable in `engine` under `name`.

    Args:
        engine: Where the views are created.
        name: What SELECTs call the file.
        options: The file, and how it is to be read.
        scratch: A folder for what is converted.
        streamed: Whether it is read once, line by line, so that it need not lie anywhere.

    Raises:
        SourceError: If it cannot be read, or lines are lost in reading.
    """
    path = options.path
    part = options.sheet or options.table
    raw = RawFile(name, f"{path.name}: {part}" if part else path.name)
    try:
        if path.is_dir() or path.suffix.lower() in PARQUET:
            raw.rows, query = _parquet(path)
            raw.lie(engine, query)
        else:
            found = open_file(options)
            raw.notes, raw.above = getattr(found, "notes", ()), getattr(found, "above", 0)
            raw.stream = filled(found.tables, options) if options.fill_down else found.tables
            check_filled(options, found.schema.names)
            engine.register(f"__raw_{name}", found.schema.empty_table())
            if not streamed:
                _lay_down(engine, raw, scratch / f"{name}.parquet", found.schema)
        if raw.stream is None:
            counted = engine.value(f'SELECT count(*) FROM "__raw_{name}"')
            if counted != raw.rows:
                raise SourceError(
                    f"{path.name}: {raw.rows:,} lines were counted but {counted:,} were read"
                )
    except (duckdb.Error, sqlite3.Error, OSError, OverflowError, pa.ArrowException) as error:
        raise SourceError(f"{path.name}: cannot be read: {first_line(error)}") from None
    return raw.named(engine)


def _lay_down(engine: Engine, raw: RawFile, target: Path, schema: pa.Schema) -> None:
    """Write a stream to Parquet, for SELECTs that need all of its lines at once."""
    assert raw.stream is not None  # noqa: S101 - only streams come here
    with pq.ParquetWriter(target, schema, compression="lz4", use_dictionary=False) as writer:
        for table in _gathered(raw.stream(raw.broken)):
            writer.write_table(table)
            raw.rows += table.num_rows
            progress.told(raw.label, raw.rows)
    raw.stream = None
    engine.unregister(f"__raw_{raw.name}")
    raw.lie(engine, _one_parquet(target, 0, numbered=False))


def _parquet(path: Path) -> tuple[int, str]:
    """How many rows a Parquet file or a folder of them has, and a query for them.

    In a folder, parts of the path such as `day=2026-01-05` are columns.

    Raises:
        SourceError: If the files differ in their columns.
        pa.ArrowException: If a page does not match its checksum.
    """
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    schema = pq.read_schema(files[0])
    rows, parts = 0, []
    for file in files:
        inside = file.relative_to(path)
        if not pq.read_schema(file).equals(schema):
            raise SourceError(
                f"{path.name}: {inside} has other columns or types than {files[0].relative_to(path)}"
            )
        named = [part.partition("=") for part in inside.parts[:-1] if "=" in part]
        said = "".join(f", {Engine.text(v)} AS {Engine.name(k)}" for k, _sign, v in named)
        parts.append(f"SELECT *{said} FROM ({_one_parquet(file, rows)})")
        rows += _verified_rows(file)
    return rows, " UNION ALL ".join(parts)


def _verified_rows(path: Path) -> int:
    """A Parquet file's rows, after comparing its pages with their checksums, if it has any."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for number in range(file.num_row_groups):
            file.read_row_group(number)
        return int(file.metadata.num_rows)


def _one_parquet(path: Path, before: int, *, numbered: bool = True) -> str:
    """A query for a file's rows: `__nth` counts them, `__line` says where they stand.

    Args:
        path: The file.
        before: Rows of the files before it.
        numbered: Whether the lines are the file's rows; otherwise it has a column `__line`.
    """
    # Nothing in the path may be taken for a pattern.
    literal = Engine.text("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))
    line = f", file_row_number + {before + 1} AS {LINE}" if numbered else ""
    return (
        f"SELECT * EXCLUDE (file_row_number), file_row_number + {before + 1} AS __nth{line} "
        f"FROM read_parquet({literal}, file_row_number = true, hive_partitioning = false)"
    )


def _gathered(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in fewer tables: each costs a query."""
    waiting: list[pa.Table] = []
    size = 0
    for table in tables:
        waiting.append(table)
        size += table.nbytes
        if size >= _GATHERED:
            yield pa.concat_tables(waiting)
            waiting, size = [], 0
    if waiting:
        yield pa.concat_tables(waiting)
