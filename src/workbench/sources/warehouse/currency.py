"""A second currency in a warehouse's table: looked for by one query, and refused as in files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import ibis
from sqlglot import exp

from workbench.sources import currencies, parsing
from workbench.sources.account import WORTH
from workbench.sources.warehouse.connection import Connection
from workbench.sources.warehouse.selects import Select, folds, parse, read, unruled

Catalog = Mapping[tuple[str, str], Sequence[str]]


def check(one: Select, warehouse: Connection, catalog: Catalog, currency: str) -> None:
    """Refuse rows in another currency than the source's, where a column that nothing reads says so.

    Args:
        one: The SELECT.
        warehouse: Where its tables are.
        catalog: Their columns.
        currency: The source's, "" where it does not say.

    Raises:
        SourceError: With each currency and a rule that leaves the others out.
    """
    entry = one.entry
    parsed = parse(entry.select, entry.place, warehouse.dialect)
    if entry.table not in WORTH or not isinstance(parsed, exp.Select) or folds(parsed):
        return
    found = {column.name: column for column in _columns(parsed, catalog)}
    name = currencies.named([*found], _of_amounts(parsed, entry.table))
    if not name:
        return
    rules = {
        rule: parsing.expression(sql, f"{entry.place}, rule '{rule}'", warehouse.dialect)
        for rule, sql in entry.exclude.items()
    }
    query = unruled(parsed.copy(), rules).select(exp.alias_(found[name], "code"), append=False)
    query.set("order", None)
    rows = read(warehouse, str(query.sql(warehouse.dialect)), entry.place)
    code = rows[rows.columns[0]].cast("string").name("code")
    sums = rows.filter(code.notnull()).group_by(code).agg(n=ibis._.count())
    most = sums.order_by([ibis.desc("n"), "code"]).limit(currencies.MOST)
    seen = Counter[str]()
    for row in warehouse.rows(most, entry.place):
        currencies.add(name, str(row["code"]), int(row["n"]), seen)
    currencies.refuse(entry.place, one.label, name, seen, currency)


def _columns(parsed: exp.Select, catalog: Catalog) -> Iterator[exp.Column]:
    """The columns of the tables that a SELECT reads FROM and joins."""
    origin = parsed.args.get("from_")
    places = [origin.this] if origin else []
    places += [join.this for join in parsed.args.get("joins") or []]
    for table in places:
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier):
            alias = table.args.get("alias")
            called = (alias.this if alias else table.this).copy()
            same = [
                columns
                for (schema, name), columns in catalog.items()
                if table.db in {"", schema} and name.lower() == table.name.lower()
            ]
            # Which of several schemas is meant only the warehouse knows: what all of them have is there.
            for column in same[0] if same else ():
                if all(column in columns for columns in same):
                    named = exp.to_identifier(column, quoted=True)
                    yield exp.Column(this=named, table=called.copy())


def _of_amounts(parsed: exp.Select, table: str) -> set[str]:
    """The columns that amounts are made of."""
    amounts = {"discount", *WORTH[table]}
    return {
        column.name
        for one in parsed.expressions
        if one.alias_or_name in amounts
        for column in one.find_all(exp.Column)
    }
