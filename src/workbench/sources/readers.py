# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Which reader reads which file: by its name's ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import SourceError
from workbench.sources.databases import DuckDB, Sqlite
from workbench.sources.jsonlines import JsonLines
from workbench.sources.sheets import Sheet
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE, TextFile, open_text

if TYPE_CHECKING:
    from workbench.sources.options import FileOptions
    from workbench.sources.sql import Engine

PARQUET = (".parquet", ".pq")


class Reader(Protocol):
    """A file that is read as a stream of tables: its columns and `__line` are known."""

    @property
    def schema(self) -> pa.Schema:
        """Its columns and `__line`."""

    def tables(self, broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield all its rows from the beginning; lines that are none go into the list."""


def _text(options: FileOptions) -> TextFile:
    declared = (options.encoding, options.delimiter)
    return open_text(options.path, *declared, may_end_open=options.may_end_open)


_READERS: dict[Callable[[FileOptions], Reader], tuple[str, ...]] = {
    _text: (".csv", ".tsv", ".txt"),
    Sheet: (".xlsx", ".xls", ".xlsm", ".ods"),
    JsonLines: (".jsonl", ".ndjson"),
    Sqlite: (".sqlite", ".sqlite3", ".db"),
    DuckDB: (".duckdb",),
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


def parquet(engine: Engine, path: Path) -> tuple[int, str]:
    """Return how many rows a Parquet file or a folder of them has, and a query for them.

    In a folder, parts of the path such as `day=2026-01-05` are columns.

    Raises:
        SourceError: If the files differ in their columns.
        pa.ArrowException: If a page does not match its checksum.
    """
    if not path.is_dir():
        return verified_rows(path), one_parquet(engine, path, 0, numbered=True)
    files = sorted(path.rglob("*.parquet"))
    schema = pq.read_schema(files[0])
    rows, parts = 0, []
    for file in files:
        if not pq.read_schema(file).equals(schema):
            raise SourceError(
                f"{path.name}: {file.relative_to(path)} has other columns or types than "
                f"{files[0].relative_to(path)}"
            )
        named = [part.partition("=") for part in file.relative_to(path).parts[:-1] if "=" in part]
        said = "".join(f", {engine.text(v)} AS {engine.name(k)}" for k, _sign, v in named)
        parts.append(f"SELECT *{said} FROM ({one_parquet(engine, file, rows, numbered=True)})")
        rows += verified_rows(file)
    return rows, " UNION ALL ".join(parts)


def verified_rows(path: Path) -> int:
    """Return a Parquet file's rows after comparing its pages with their checksums, if it has any."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for number in range(file.num_row_groups):
            file.read_row_group(number)
        return int(file.metadata.num_rows)


def one_parquet(engine: Engine, path: Path, before: int, *, numbered: bool) -> str:
    """Return a query for a file's rows: `__nth` counts them, `__line` says where they stand.

    Args:
        engine: Quotes names.
        path: The file.
        before: Rows of the files before it.
        numbered: Whether the lines are the file's rows; otherwise it has a column `__line`.
    """
    source = engine.text(_literal(path))
    line = f", file_row_number + {before + 1} AS {LINE}" if numbered else ""
    return (
        f"SELECT * EXCLUDE (file_row_number), file_row_number + {before + 1} AS __nth{line} "
        f"FROM read_parquet({source}, file_row_number = true, hive_partitioning = false)"
    )


def _literal(path: Path) -> str:
    """The path with nothing in it that DuckDB would take for a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
