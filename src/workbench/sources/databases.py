# ruff: noqa: S608 - every name is quoted
"""Tables of DuckDB and SQLite files, read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa

from workbench.errors import SourceError
from workbench.sources.options import FileOptions
from workbench.sources.sql import SESSION, Engine, first_line
from workbench.sources.text.headers import checked_names
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE
from workbench.sources.typed import chosen, schema_of, tables

_MANY = 65_536
_IN_SQLITE = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
    "AND name NOT LIKE 'sqlite%' ORDER BY name"
)
_IN_DUCKDB = "SELECT table_name FROM information_schema.tables ORDER BY table_name"
SUFFIXES = {"sqlite": (".sqlite", ".sqlite3", ".db"), "duckdb": (".duckdb",)}


class Sqlite:
    """A table of a SQLite file: the one that is declared, or its only one.

    SQLite keeps a type with each value, not with each column: a column whose values differ in
    it is read as text.

    Raises:
        SourceError: If it cannot be read, or holds blobs.
    """

    def __init__(self, options: FileOptions) -> None:
        self._path = options.path
        with closing(self._connect()) as connection:
            names = [name for (name,) in connection.execute(_IN_SQLITE)]
            table = Engine.name(chosen(self._path, "table", options.table, names))
            self._query = f"SELECT * FROM {table}"
            cursor = connection.execute(self._query)
            columns = checked_names(self._path, [c[0] for c in cursor.description], 1)
            self.schema: pa.Schema = schema_of(columns, cursor)

    def tables(self, _broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield all rows, numbered in the order of the file."""
        with closing(self._connect()) as connection:
            yield from tables(self.schema, enumerate(connection.execute(self._query), start=1))

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)


class DuckDB:
    """A table of a DuckDB file: the one that is declared, or its only one.

    Raises:
        SourceError: If it cannot be read, or which table is meant is not clear.
    """

    def __init__(self, options: FileOptions) -> None:
        self._path = options.path
        with closing(self._connect()) as connection:
            names = [name for (name,) in connection.execute(_IN_DUCKDB).fetchall()]
            table = Engine.name(chosen(self._path, "table", options.table, names))
            self._query = f"SELECT *, row_number() OVER () AS {LINE} FROM {table}"
            self.schema = connection.sql(f"{self._query} LIMIT 0").to_arrow_table().schema

    def tables(self, _broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield all rows, numbered in the order of the file."""
        with closing(self._connect()) as connection:
            for batch in connection.sql(self._query).to_arrow_reader(_MANY):
                yield pa.Table.from_batches([batch])

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(self._path), read_only=True)
        connection.execute(SESSION)
        return connection


def names_of(path: Path) -> list[str]:
    """Return the tables of a DuckDB or SQLite file, in alphabetical order.

    Raises:
        SourceError: If it is none.
    """
    try:
        if path.suffix.lower() in SUFFIXES["duckdb"]:
            with closing(duckdb.connect(str(path), read_only=True)) as there:
                return [name for (name,) in there.execute(_IN_DUCKDB).fetchall()]
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return [name for (name,) in connection.execute(_IN_SQLITE)]
    except (duckdb.Error, sqlite3.Error) as error:
        raise SourceError(f"{path.name}: cannot be read: {first_line(error)}") from None
