"""The import's own DuckDB: in memory, offline, in UTC, with two or three words to talk to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

# What every connection to DuckDB is told first: no bar in a notebook's output or on a page.
SESSION = "SET TimeZone = 'UTC'; SET enable_progress_bar = false"


_KIND = re.compile(r"^(Binder|Catalog|Conversion|Parser|Invalid Input|Out of Range|IO) Error: ")


class Engine:
    """A DuckDB connection for one import.

    Args:
        scratch: Where it may put what does not fit into memory.
    """

    def __init__(self, scratch: Path) -> None:
        self._connection = duckdb.connect(
            config={
                "temp_directory": str(scratch / "spill"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._connection.execute(SESSION)

    def close(self) -> None:
        """Give back memory and spilled files."""
        self._connection.close()

    def register(self, name: str, table: Any) -> None:
        """Make an Arrow table readable under `name`."""
        self._connection.register(name, table)

    def unregister(self, name: str) -> None:
        """Forget a registered table."""
        self._connection.unregister(name)

    def arrow(self, query: str) -> pa.Table:
        """Return all rows of a query as an Arrow table."""
        return self._connection.sql(query).to_arrow_table()

    def reader(self, query: str) -> pa.RecordBatchReader:
        """Return the rows of a query batch by batch."""
        return self._connection.sql(query).to_arrow_reader(131_072)

    def run(self, statement: str) -> None:
        """Execute a statement for what it does."""
        self._connection.execute(statement).fetchall()

    def table(self, name: str, query: str) -> None:
        """Keep the rows of a query under a name."""
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def view(self, name: str, query: str) -> None:
        """Let a query be read under a name: a long text that is asked often costs 10 ms a time."""
        self.run(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._connection.execute(query).fetchall()

    def value(self, query: str) -> Any:
        """Return the only value of a query."""
        ((found,),) = self.rows(query)
        return found

    def columns(self, query: str) -> dict[str, str]:
        """Return the names and DuckDB types of a query's columns."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {query}")}

    @staticmethod
    def name(value: str) -> str:
        """Return a name as an SQL identifier."""
        return '"' + value.replace('"', '""') + '"'

    @staticmethod
    def text(value: object) -> str:
        """Return a value as an SQL text literal."""
        return "'" + str(value).replace("'", "''") + "'"


def first_line(error: BaseException) -> str:
    """Return what an engine's error says, in one line and without the engine's name for its kind."""
    return _KIND.sub("", (str(error).splitlines() or [""])[0].strip())


def explained(error: BaseException) -> str:
    """Return the same of a SELECT, with what to do where text is taken for a number or an instant."""
    said = first_line(error)
    if "VARCHAR" in said or "Could not convert string" in said or "STRING_LITERAL" in said:
        return f"{said} (CSV columns are text: TRY_CAST(… AS DECIMAL(18, 2)) makes numbers of them)"
    return said
