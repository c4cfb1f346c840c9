"""An open warehouse: a SELECT in its own words becomes an Ibis table, its errors one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

from workbench.errors import SourceError, WorkbenchError
from workbench.sources.address import Address
from workbench.sources.sql import SESSION, first_line
from workbench.sources.warehouse import deadlines

# What a session needs beyond what Ibis says. Postgres takes a join of a funnel's steps for small,
# and goes on with a query that nobody waits for any more, unless its role has a limit already.
_SESSION = {
    "duckdb": SESSION,
    "postgres": "SET enable_nestloop = off; SELECT set_config('statement_timeout', "
    f"'{deadlines.ASKING + deadlines.GRACE}s', false) "
    "WHERE current_setting('statement_timeout') = '0'",
}
# What a DuckDB warehouse may not: fetch anything from elsewhere, read or write another file.
_CLOSED = {"autoload_known_extensions": False, "enable_external_access": False}
_CATALOG = (
    "SELECT table_schema AS schema_, table_name AS table_, column_name AS column_ "
    "FROM information_schema.columns"
)
_DRIVERS = {"postgres": "psycopg[binary]"}  # the others' names are Ibis's own
_CLOCKED = ("duckdb", "postgres")  # engines with a function `timezone` that does as it says


class Connection:
    """A connection to a warehouse, in which nothing is written but temporary tables.

    `place`, which its methods take, is file and line of a query, for errors.

    Raises:
        SourceError: If its driver is missing, or it cannot be reached.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.has_clock = address.backend in _CLOCKED
        whose = f"{address.place}: {address.shown}"
        self._limit = deadlines.Limit(whose, is_server=address.backend != "duckdb")
        late = f"{whose}: no connection"
        try:
            self._ibis = deadlines.within(deadlines.CONNECTING, self._connect, lambda: None, late)
        except WorkbenchError:
            raise
        except ImportError:
            needed = _DRIVERS.get(address.backend, f"ibis-framework[{address.backend}]")
            raise SourceError(
                f"{address.place}: no driver for {address.backend} here: pip install '{needed}'"
            ) from None
        except Exception as error:  # noqa: BLE001 - the drivers' errors have no other base in common
            raise self._error(whose, error) from None
        self._limit.hold(self._ibis)

    def _connect(self) -> Any:
        address = self.address
        connected = (
            ibis.duckdb.connect(address.url, read_only=True, **_CLOSED)
            if address.backend == "duckdb"
            else ibis.connect(address.url, **self._options())
        )
        if address.backend in _SESSION:
            connected.raw_sql(_SESSION[address.backend])
        return connected

    def _options(self) -> dict[str, Any]:
        """What ends an attempt to connect that nobody waits for any more."""
        if self.address.backend != "postgres" or "connect_timeout=" in self.address.url:
            return {}
        return {"connect_timeout": int(deadlines.CONNECTING + deadlines.GRACE)}

    @property
    def dialect(self) -> Any:
        """The warehouse's SQL, as sqlglot knows it."""
        return self._ibis.dialect

    def table(self, query: str, place: str) -> ir.Table:
        """Return a SELECT in the warehouse's dialect as an Ibis table.

        Raises:
            SourceError: If the warehouse does not understand it.
        """
        with self.asking(place):
            schema = self._limit.within(self._ibis, lambda: self._schema(query))
            return ops.SQLQueryResult(query, schema, self._ibis).to_expr()

    def _schema(self, query: str) -> ibis.Schema:
        if self.address.backend != "duckdb":
            return ibis.schema(self._ibis._get_schema_using_query(query))  # noqa: SLF001 - as in `sql`
        # Ibis 12 asks DuckDB in a way that 2.0 has no more.
        types = self._ibis.compiler.type_mapper
        described = self._ibis.con.execute(f"DESCRIBE {query}").fetchall()
        return ibis.schema({row[0]: types.from_string(row[1]) for row in described})

    def rows(self, table: ir.Table, place: str) -> list[dict[str, Any]]:
        """Return the rows of a small table in this warehouse.

        Raises:
            SourceError: If the warehouse fails.
        """
        found: list[dict[str, Any]] = self.arrow(table, place).to_pylist()
        return found

    def arrow(self, table: ir.Table, place: str) -> pa.Table:
        """Return the same as an Arrow table.

        Raises:
            SourceError: If the warehouse fails.
        """
        with self.asking(place):
            return table.to_pyarrow()

    def catalog(self) -> dict[tuple[str, str], list[str]]:
        """Return the columns of each table by its schema and name; {} if it does not tell."""
        try:
            rows = self.rows(self.table(_CATALOG, "catalog"), "catalog")
        except SourceError:
            return {}
        found: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            found.setdefault((row["schema_"], row["table_"]), []).append(row["column_"])
        return found

    @contextmanager
    def asking(self, place: str) -> Iterator[None]:
        """Turn whatever a driver raises into one line that begins with `place`, with no secret in it.

        Raises:
            SourceError: In place of the driver's error.
        """
        whose, self._limit.whose = self._limit.whose, place
        try:
            yield
        except WorkbenchError:
            raise
        except Exception as error:  # noqa: BLE001 - as in __init__
            raise self._error(place, error) from None
        finally:
            self._limit.whose = whose

    def _error(self, place: str, error: Exception) -> SourceError:
        said = first_line(error) or type(error).__name__
        return SourceError(self.address.hide(f"{place}: {said}"))
