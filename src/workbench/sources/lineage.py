# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Trace each row of a SELECT back to the raw lines it was made of.

The SELECT is parsed, and one column is added to it: the number of the raw line or, where lines
are folded into one row (GROUP BY, an aggregate), the list of their numbers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from workbench.errors import SourceError, unknown
from workbench.sources.declaration import Entry
from workbench.sources.files import first_line
from workbench.sources.text.tables import LINE

LINES = "__lines"  # the added column: a list of line numbers
ROW, AMOUNT = "__at", "__amount"  # the columns added to a plain SELECT: line number and money
_BEYOND_A_LINE = (exp.Subquery, exp.Window, exp.CTE, exp.Unnest, exp.Exists, exp.In)


@dataclass(frozen=True)
class Traced:
    """A SELECT whose rows know their raw lines.

    Attributes:
        sql: The SELECT with `__lines` added, reading the driving file from `__kept`.
        plain_sql: The same with `__at` and `__amount` in place of `__lines`, where each kept line
            becomes one row, made of that line alone; "" where not.
        file: The driving file: its lines are the ones to be accounted for.
        alias: What the SELECT calls it; rules and `money` may use that too.
        worth: Per money column, SQL of what one line adds to it, where the SELECT itself says
            so; a column that it computes in another way is "".
        folds: Whether several lines can become one row.
        joins: Whether other files are joined, so that a line may come twice.
        reads: The files that SELECT, rules and money read, each as often as they do.
        columns: The raw columns that they name; None where they take all (`*`).
    """

    sql: str
    plain_sql: str
    file: str
    alias: str
    worth: dict[str, str]
    folds: bool
    joins: bool
    reads: tuple[str, ...]
    columns: frozenset[str] | None


def trace(entry: Entry, files: Collection[str], money_columns: Collection[str]) -> Traced:
    """Return the entry's SELECT with its lineage.

    Args:
        entry: What the source file says of a table.
        files: Names of the declared files.
        money_columns: The contract's columns that make up what a row is worth.

    Raises:
        SourceError: If it is no plain SELECT over declared files.
    """
    select = _parse(entry.select, entry.place)
    if not isinstance(select, exp.Select):
        raise SourceError(f"{entry.place}: must be one SELECT; write a list for several")
    if select.args.get("distinct") or select.args.get("limit") or select.args.get("offset"):
        raise SourceError(
            f"{entry.place}: use GROUP BY or 'exclude', not DISTINCT, LIMIT or OFFSET"
        )
    check_files(select, files, entry.place)
    driving = _driving(select, entry)
    beside = [_parse(f"SELECT {sql}", entry.place) for sql in _expressions(entry)]
    reads = tuple(t.name for part in (select, *beside) for t in part.find_all(exp.Table))
    columns = _named([select, *beside])
    alias = driving.alias or driving.name
    worth = _worth(select, money_columns)
    folds = _folds(select)
    plain = not folds and _is_plain([select, *beside])
    file = driving.name
    driving.replace(exp.alias_(exp.to_table("__kept"), alias, table=True))
    number = exp.column(LINE, table=alias)
    plain_sql = ""
    if plain:
        worth_of_it = exp.column("__money", table=alias)
        plain_sql = _sql(select.copy(), {ROW: number, AMOUNT: worth_of_it})
    lines = exp.func("list" if folds else "list_value", number)
    sql = _sql(select, {LINES: lines})
    joins = bool(select.args.get("joins"))
    return Traced(sql, plain_sql, file, alias, worth, folds, joins, reads, columns)


def _sql(select: exp.Select, added: dict[str, exp.Expression]) -> str:
    for name, value in added.items():
        select.select(exp.alias_(value, name), copy=False)
    return str(select.sql(dialect="duckdb", identify=True))


def _expressions(entry: Entry) -> list[str]:
    return [*([entry.money] if entry.money else []), *(entry.exclude or {}).values()]


def _is_plain(parts: list[exp.Expression]) -> bool:
    """Whether nothing but the line itself makes its row, and nothing drops it but rules."""
    select = parts[0]
    clauses = ("joins", "where", "having", "qualify", "order", "laterals", "with_")
    if any(select.args.get(clause) for clause in clauses):
        return False
    return not any(part.find(*_BEYOND_A_LINE) for part in parts if part is select) and not any(
        part.find(exp.Subquery, exp.Window, exp.Select) is not part for part in parts[1:]
    )


def _named(parts: list[exp.Expression]) -> frozenset[str] | None:
    if any(part.find(exp.Star) for part in parts):
        return None
    return frozenset(column.name.lower() for part in parts for column in part.find_all(exp.Column))


def check_expression(sql: str, files: Collection[str], place: str) -> None:
    """Check an expression over a raw line: it parses, and reads declared files only.

    Raises:
        SourceError: If not.
    """
    parsed = _parse(f"SELECT {sql}", place)
    if not isinstance(parsed, exp.Select) or len(parsed.expressions) != 1:
        raise SourceError(f"{place}: must be one expression, got '{sql}'")
    check_files(parsed, files, place)


def check_files(parsed: exp.Expression, files: Collection[str], place: str) -> None:
    """Check that a query reads nothing but declared files and what it defines itself.

    Raises:
        SourceError: If it does.
    """
    defined = {cte.alias for cte in parsed.find_all(exp.CTE)}
    for table in parsed.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db:
            raise SourceError(f"{place}: '{table.sql()}' is no file that 'files' declares")
        if table.name not in defined and table.name not in files:
            raise SourceError(f"{place}: {unknown('file', table.name, files)}")


def _parse(sql: str, place: str) -> exp.Expression:
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise SourceError(f"{place}: not valid SQL: {first_line(error)}") from None
    if len(statements) != 1 or statements[0] is None:
        raise SourceError(f"{place}: must be one SELECT, got {len(statements)} statements")
    parsed: exp.Expression = statements[0]
    return parsed


def _driving(select: exp.Select, entry: Entry) -> exp.Table:
    """The file whose lines become rows: the one in FROM, or the joined one that `from` names."""
    origin = select.args.get("from_")
    tables = [origin.this] if origin else []
    tables += [join.this for join in select.args.get("joins") or []]
    named = [t for t in tables if isinstance(t, exp.Table)]
    if entry.file:
        named = [table for table in named if table.name == entry.file]
    if not named or (not entry.file and named[0] is not tables[0]):
        wanted = f"'{entry.file}'" if entry.file else "a file that 'files' declares"
        raise SourceError(f"{entry.place}: the SELECT must read FROM {wanted} itself")
    return named[0]


def _folds(select: exp.Select) -> bool:
    """Whether several lines become one row."""
    return bool(select.args.get("group")) or any(
        _aggregates(projection) for projection in select.expressions
    )


def _aggregates(expression: exp.Expression) -> bool:
    return any(
        aggregate.find_ancestor(exp.Window, exp.Subquery) is None
        for aggregate in expression.find_all(exp.AggFunc)
    )


def _worth(select: exp.Select, money_columns: Collection[str]) -> dict[str, str]:
    """What one line adds, read off the SELECT: `amount`, or the inside of `sum(amount)`."""
    found: dict[str, str] = {}
    for projection in select.expressions:
        name = projection.alias_or_name
        if name in money_columns:
            inner = projection.unalias()
            inner = inner.this if isinstance(inner, exp.Sum) else inner
            computed = _aggregates(inner) or inner.find(exp.Window, exp.Subquery, exp.Distinct)
            found[name] = "" if computed else str(inner.sql(dialect="duckdb", identify=True))
    return found
