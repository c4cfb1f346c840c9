# ruff: noqa: S608 - every name is quoted
"""Tables of DuckDB and SQLite files, read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import duckdb
import pyarrow as pa

from workbench.sources.options import FileOptions
from workbench.sources.sql import SESSION, Engine
from workbench.sources.text.headers import checked_names
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE
from workbench.sources.typed import chosen, schema_of, tables

_MANY = 65_536


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
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                    "AND name NOT LIKE 'sqlite%' ORDER BY name"
                )
            ]
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
            found = connection.execute(
                "SELECT table_name FROM information_schema.tables ORDER BY table_name"
            ).fetchall()
            names = [name for (name,) in found]
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
