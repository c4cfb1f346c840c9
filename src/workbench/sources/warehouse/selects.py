"""A SELECT over a warehouse: that it only reads, and which of its lines are left out by which rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from sqlglot import exp

from workbench.errors import SourceError, unknown
from workbench.sources import parsing
from workbench.sources.declaration import Entry
from workbench.sources.warehouse.connection import Connection

RULE = "__rule"  # the added column: the number of the rule that leaves a line out
_BEGINS = ("SELECT", "WITH", "FROM", "(")
# Functions of PostgreSQL and MySQL that some accounts may call.
_FILES = ("pg_read_", "pg_ls_", "pg_stat_file", "lo_import", "lo_export", "load_file", "dblink")
_FOLDS = ("group", "distinct", "having", "qualify", "limit", "offset")


@dataclass(frozen=True)
class Select:
    """One SELECT that fills a table of the contract.

    Attributes:
        entry: What the source file says.
        label: The table that it reads, as the account names it.
        kept: SQL of the rows that no rule leaves out.
        every: SQL of all rows, with `__rule`.
        lines: SQL that counts all rows, without computing any of them.
        rules: What `__rule` counts: names of rules, and the name of what WHERE leaves out.
    """

    entry: Entry
    label: str
    kept: str
    every: str
    lines: str
    rules: tuple[str, ...]


def select(entry: Entry, warehouse: Connection) -> Select:
    """Return an entry's SELECT with its rules written into it.

    A line is a row that the SELECT's FROM gives; it is left out by a rule, or by WHERE. If a
    SELECT folds lines (GROUP BY, DISTINCT, LIMIT, an aggregate or window, UNION), a line is a row
    of what it gives, and WHERE is its own affair.

    Raises:
        SourceError: If it is no SELECT that only reads, or has rules and folds.
    """
    dialect = warehouse.dialect
    names: tuple[str, ...]
    parsed = parse(entry.select, entry.place, dialect)
    rules = {
        name: parsing.expression(sql, f"{entry.place}, rule '{name}'", dialect)
        for name, sql in entry.exclude.items()
    }
    for rule in rules.values():
        _refuse_files(rule, entry.place)
    label = next((table.sql() for table in _tables(parsed)), entry.table)
    if folds(parsed):
        if rules or entry.dropped:
            raise SourceError(
                f"{entry.place}: a SELECT that folds lines has no line for 'exclude' and 'dropped': "
                f"use WHERE"
            )
        given = exp.select("*").from_(parsed.subquery("given"))
        queries, names = (parsed, _every(given, {}), _lines(given)), ()
    else:
        queries = (unruled(parsed, rules), _every(parsed, rules), _lines(parsed))
        names = (*rules, entry.dropped)
    kept, every, lines = (str(query.sql(dialect)) for query in queries)
    return Select(entry, label, kept, every, lines, names)


def parse(sql: str, place: str, dialect: Any) -> exp.Query:
    """Return a parsed query that only reads.

    Raises:
        SourceError: If it is something else.
    """
    parsed = parsing.parse(sql, place, dialect, _BEGINS)
    writes = parsed.find(*parsing.WRITES)
    if writes is not None or not isinstance(parsed, exp.Query):
        wrong = (parsed if writes is None else writes).key.upper()
        raise SourceError(f"{place}: must be one SELECT that only reads, got {wrong}")
    _refuse_files(parsed, place)
    return parsed


def _refuse_files(parsed: exp.Expression, place: str) -> None:
    for called in parsed.find_all(exp.Anonymous):
        if called.name.lower().startswith(_FILES):
            name = called.name.upper()
            raise SourceError(f"{place}: no SELECT may read the server's files: {name}")


def read(warehouse: Connection, query: str, place: str) -> ir.Table:
    """Return a query as an Ibis table in the warehouse.

    Raises:
        SourceError: If the warehouse refuses it; a name that it does not know comes with a near one.
    """
    try:
        return warehouse.table(query, place)
    except SourceError as error:
        parsed = parse(query, place, warehouse.dialect)
        raise SourceError(_misnamed(parsed, place, warehouse) or str(error)) from None


def _misnamed(parsed: exp.Query, place: str, warehouse: Connection) -> str:
    """Which name of a query the warehouse does not know; "" if that is not it."""
    there = warehouse.catalog()
    columns: list[str] = []
    tables = list(_tables(parsed))
    for table in tables:
        near = {name: names for (schema, name), names in there.items() if table.db in {"", schema}}
        if there and table.name not in near:
            return f"{place}: {unknown('table', table.name, near)}"
        columns += near.get(table.name, [])
    made = [made.alias for made in parsed.find_all(exp.Alias, exp.CTE, exp.Subquery)]
    known = {name.lower() for name in (*columns, *made)}
    for column in parsed.find_all(exp.Column):
        if columns and column.name.lower() not in known:
            return f"{place}: {unknown(f'column of {tables[0].sql()}', column.name, columns)}"
    return ""


def _tables(parsed: exp.Query) -> Iterator[exp.Table]:
    """The warehouse's own tables that a query names, the one in FROM first."""
    for table in parsing.read_by(parsed):
        if isinstance(table.this, exp.Identifier):
            bare = table.copy()
            bare.set("alias", None)
            bare.set("joins", None)
            yield bare


def folds(parsed: exp.Query) -> bool:
    """Return whether a query makes one row of several."""
    if not isinstance(parsed, exp.Select) or any(parsed.args.get(clause) for clause in _FOLDS):
        return True
    return any(
        found.find_ancestor(exp.Subquery) is None
        for projection in parsed.expressions
        for found in projection.find_all(exp.AggFunc, exp.Window)
    )


def unruled(parsed: exp.Query, rules: dict[str, exp.Expression]) -> exp.Query:
    """Return a query of the rows that no rule leaves out.

    WHERE stays as it is: the warehouse may have an index for it.
    """
    return parsed.where(exp.Is(this=_case(rules), expression=exp.null())) if rules else parsed


def _every(parsed: exp.Query, rules: dict[str, exp.Expression]) -> exp.Query:
    case, where = _case(rules), parsed.args.get("where")
    if where:
        case = case.when(exp.paren(where.this.copy()), exp.null())
        case = case.else_(exp.Literal.number(len(rules)))
    left_out = case if case.args.get("ifs") else exp.null()
    return _bare(parsed).select(exp.alias_(exp.cast(left_out, "int"), RULE, quoted=True))


def _lines(parsed: exp.Query) -> exp.Query:
    counted = exp.alias_(exp.Count(this=exp.Star()), "lines")
    return _bare(parsed).select(counted, append=False)


def _case(rules: dict[str, exp.Expression]) -> exp.Case:
    """The number of the first rule that holds."""
    case = exp.Case()
    for number, rule in enumerate(rules.values()):
        case = case.when(exp.paren(rule.copy()), exp.Literal.number(number))
    return case


def _bare(parsed: exp.Query) -> exp.Query:
    """The same query with all of its lines, in no order."""
    bare = parsed.copy()
    bare.set("where", None)
    bare.set("order", None)
    return bare
