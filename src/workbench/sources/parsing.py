"""SQL of a source file as sqlglot knows it: what it is, and what it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlglot
from sqlglot import exp

from workbench.errors import SourceError
from workbench.sources.sql import first_line

WRITES = (exp.DML, exp.DDL, exp.Command, exp.Drop, exp.Into, exp.Lock)


def parse(
    sql: str, place: str, dialect: Any = "duckdb", begins: Collection[str] = ()
) -> exp.Expression:
    """Return one parsed statement.

    Args:
        sql: The statement.
        place: File and line, for errors.
        dialect: Whose SQL it is.
        begins: The only words that it may begin with; () for any.

    Raises:
        SourceError: If it is no SQL, another statement, or several.
    """
    try:
        first = next(iter(sqlglot.tokenize(sql, dialect)), None)
        # What sqlglot does not know either, it reads with a warning of its own.
        if begins and (first is None or first.text.upper() not in begins):
            raise SourceError(f"{place}: must be one SELECT, got '{first and first.text}'")
        statements = sqlglot.parse(sql, dialect=dialect)
    except sqlglot.errors.SqlglotError as error:
        raise SourceError(f"{place}: not valid SQL: {first_line(error)}") from None
    if len(statements) != 1 or statements[0] is None:
        raise SourceError(f"{place}: must be one SELECT, got {len(statements)} statements")
    parsed: exp.Expression = statements[0]
    return parsed


def expression(sql: str, place: str, dialect: Any = "duckdb") -> exp.Expression:
    """Return one parsed expression over a line.

    Raises:
        SourceError: If it is something else.
    """
    parsed = parse(f"SELECT {sql}", place, dialect)
    is_one = [k for k, v in parsed.args.items() if v] == ["expressions"]
    if not is_one or len(parsed.expressions) != 1 or parsed.find(*WRITES):
        raise SourceError(f"{place}: must be one expression, got '{sql}'")
    found: exp.Expression = parsed.expressions[0]
    return found


def read_by(parsed: exp.Expression) -> Iterator[exp.Table]:
    """Yield the tables that a query does not define itself, the one in FROM first."""
    defined = {cte.alias for cte in parsed.find_all(exp.CTE)}
    for table in parsed.find_all(exp.Table):
        if table.db or table.name not in defined:
            yield table
