# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Raw files as DuckDB views, every line with its number.

__raw_NAME    the file's lines, or those of them that are being read: its columns and `__line`
NAME          the same without line numbers, for SELECTs that look things up
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import SourceError
from workbench.sources import progress, readers
from workbench.sources.sql import first_line
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE

if TYPE_CHECKING:
    from workbench.sources.options import FileOptions
    from workbench.sources.sql import Engine

_RESERVED = {"__lines", "__money", "__unread", "__rule", "__at", "__amount"}
ROWS = 131_072  # rows of a Parquet file or table that are read at a time
_GATHERED = 16 << 20  # bytes of a stream: each query costs 10 ms before its first row

Stream = Callable[[list[Broken]], Iterator[pa.Table]]


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
        stream: Reads it anew from its beginning, where it is no view that lies on disk.
    """

    name: str
    label: str
    rows: int
    columns: tuple[str, ...]
    broken: list[Broken] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    stream: Stream | None = None

    @property
    def lines(self) -> int:
        """All its lines."""
        return self.rows + len(self.broken)

    def batches(self, engine: Engine) -> Iterator[int]:
        """Yield how many rows `__raw_NAME` has now, batch by batch, until all have been there."""
        if self.stream is None:
            yield from self._ranges(engine)
            return
        self.broken.clear()
        read = 0
        for table in _gathered(self.stream(self.broken)):
            engine.register(f"__raw_{self.name}", table)
            read += table.num_rows
            progress.told(self.label, read)
            yield table.num_rows
        self.rows = read

    def _ranges(self, engine: Engine) -> Iterator[int]:
        raw, whole = (engine.name(f"__{kind}_{self.name}") for kind in ("raw", "all"))
        for first in range(1, self.rows + 1, ROWS):
            rows = f"SELECT * FROM {whole} WHERE __nth BETWEEN {first} AND {first + ROWS - 1}"
            engine.run(f"CREATE OR REPLACE VIEW {raw} AS SELECT * EXCLUDE (__nth) FROM ({rows})")
            progress.told(self.label, first)
            yield min(ROWS, self.rows - first + 1)
        engine.run(f"CREATE OR REPLACE VIEW {raw} AS SELECT * EXCLUDE (__nth) FROM {whole}")


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
    try:
        if path.is_dir() or path.suffix.lower() in readers.PARQUET:
            rows, query = readers.parquet(engine, path)
            _view(engine, name, query)
            raw = RawFile(name, path.name, rows, ())
        else:
            found = readers.open_file(options)
            notes = getattr(found, "notes", ())
            raw = RawFile(name, path.name, 0, (), notes=notes, stream=found.tables)
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
    return finish(engine, raw)


def finish(engine: Engine, raw: RawFile) -> RawFile:
    """Give `__raw_NAME` the view NAME without line numbers, and the file its columns."""
    raw.columns = tuple(c for c in engine.columns(f'SELECT * FROM "__raw_{raw.name}"') if c != LINE)
    taken = [column for column in raw.columns if column.lower() in _RESERVED]
    if taken:
        raise SourceError(f"{raw.label}: a column may not be named '{taken[0]}'")
    engine.run(f'CREATE VIEW "{raw.name}" AS SELECT * EXCLUDE ({LINE}) FROM "__raw_{raw.name}"')
    return raw


def _lay_down(engine: Engine, raw: RawFile, target: Path, schema: Any) -> None:
    """Write a stream to Parquet, for SELECTs that need all of its lines at once."""
    assert raw.stream is not None  # noqa: S101 - only streams come here
    with pq.ParquetWriter(target, schema, compression="lz4", use_dictionary=False) as writer:
        for table in _gathered(raw.stream(raw.broken)):
            writer.write_table(table)
            raw.rows += table.num_rows
            progress.told(raw.label, raw.rows)
    raw.stream = None
    engine.unregister(f"__raw_{raw.name}")
    _view(engine, raw.name, readers.one_parquet(engine, target, 0, numbered=False))


def _view(engine: Engine, name: str, query: str) -> None:
    """Make a query with `__nth` (1, 2, … through all rows) and `__line` the file's lines."""
    engine.run(f'CREATE VIEW "__all_{name}" AS {query}')
    engine.run(f'CREATE VIEW "__raw_{name}" AS SELECT * EXCLUDE (__nth) FROM "__all_{name}"')


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
