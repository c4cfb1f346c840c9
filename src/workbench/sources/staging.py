# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""From raw files to one contract table: rules, SELECT, casts and checks, line by line.

For each entry of a table this leaves behind in the engine
    __lines_I   every raw line: line, money (minor units), unread (whether that is unknown), rule
    __map_I     which row a line went into: __row, line
and for the table
    __cast      the rows in the contract's types: __entry, __row, __first (line), columns, and for
                each `__lost_COLUMN`, whether its value could not be cast
    __bad       rows that break a check: __entry, __row, reasons (a list)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb

from workbench.errors import SourceError, unknown
from workbench.sources import casts
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import RawFile, first_line
from workbench.sources.lineage import LINES, Traced
from workbench.sources.sql import Engine
from workbench.sources.text.tables import LINE
from workbench.tables import Table

# What a row is worth is the sum of these columns with their signs.
WORTH: dict[str, dict[str, int]] = {
    "orders": {"amount": 1, "refunded_amount": -1},
    "events": {"value": 1},
    "spend": {"amount": 1},
}
_NO_COLUMN = re.compile(
    r'column "?([^"!]+)"? (?:not found|does not)|does not have a column named "([^"]+)"'
)
_PLAIN = {
    "VARCHAR",
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DATE",
    "TIMESTAMP",
}


@dataclass(frozen=True)
class Staged:
    """An entry whose rows wait to be cast.

    Attributes:
        entry: What the source file says.
        label: What the account calls the file; numbered where a table reads it again.
        file: The raw file whose lines are accounted for.
        folds: Whether several lines can become one row.
        columns: Names and DuckDB types of the SELECT's columns.
        money: What all its lines are worth in minor units; None where lines have no worth.
    """

    entry: Entry
    label: str
    file: RawFile
    folds: bool
    columns: Mapping[str, str]
    money: int | None


def stage(
    engine: Engine,
    number: int,
    entry: Entry,
    traced: Traced,
    table: Table,
    source: Declaration,
    files: Mapping[str, RawFile],
) -> Staged:
    """Run an entry's rules and SELECT; every raw line is then in __lines_I, each row in __staged_I.

    Raises:
        SourceError: If the SQL is wrong, columns are missing or unknown, or a line went into
            several rows.
    """
    file = files[traced.file]
    try:
        is_priced = prepare(engine, entry, traced, table, source)
        money = int(engine.value("SELECT sum(__money) FROM __worth") or 0) if is_priced else None
        engine.run(
            f"CREATE OR REPLACE TEMP TABLE __lines_{number} AS "
            f"SELECT {LINE} AS line, __money AS money, __unread AS unread, __rule AS rule FROM __ruled"
        )
        columns = _select(engine, number, entry, traced)
        check_columns(table, columns, entry.place)
        _map(engine, number, entry, traced)
    except duckdb.Error as error:
        raise misread(error, entry, file) from None
    return Staged(entry, file.label, file, traced.folds, columns, money)


def prepare(
    engine: Engine, entry: Entry, traced: Traced, table: Table, source: Declaration
) -> bool:
    """Make the views that an entry's SELECT reads from, and return whether lines have a worth.

    __worth   raw lines with __money in minor units and __unread, whether that is unknown
    __ruled   the same with __rule, the number of the rule that leaves a line out
    __kept    the lines that no rule leaves out
    """
    is_priced = _price_lines(engine, entry, traced, table, source)
    _apply_rules(engine, entry, traced)
    return is_priced


def misread(error: duckdb.Error, entry: Entry, file: RawFile) -> SourceError:
    """Return what is wrong with an entry's SQL, with a near name for a column that is not there."""
    lost = _NO_COLUMN.search(str(error))
    if lost:
        name = lost[1].rpartition(".")[2].strip('"')
        return SourceError(
            f"{entry.place}: {unknown(f'column of {file.label}', name, file.columns)}"
        )
    return SourceError(f"{entry.place}: {first_line(error)}")


def _price_lines(
    engine: Engine, entry: Entry, traced: Traced, table: Table, source: Declaration
) -> bool:
    signs = WORTH.get(table.name, {})
    worth = {"money": entry.money} if entry.money else traced.worth
    amounts = source.written(traced.file).amounts
    alias = engine.name(traced.alias)
    raw = f'"__raw_{traced.file}" AS {alias}'
    terms, unread = [], []
    for name, sql in worth.items():
        type_ = _type_of(engine, sql, raw, entry)
        exact = (
            casts.money(f"(\n{sql}\n)", casts.plain_type(type_), source.digits, amounts)
            if type_
            else ""
        )
        if not exact and entry.money:
            raise SourceError(f"{entry.place}: money is {type_}, must be a number or text")
        needed = "amount" in table.required if entry.money else table[name].required
        given = "true" if needed or not exact else casts.present(f"(\n{sql}\n)", type_)
        terms.append(
            f"{'-' if signs.get(name, 1) < 0 else '+'} coalesce({exact}, 0)" if exact else ""
        )
        unread.append(f"({given} AND ({exact}) IS NULL)")
    known = bool(terms) and all(terms)
    total = f"CAST(0 {' '.join(terms)} AS BIGINT)" if known else "CAST(NULL AS BIGINT)"
    unknown_ = " OR ".join(unread) if known else "false"
    engine.run(
        f"CREATE OR REPLACE VIEW __worth AS "
        f"SELECT {alias}.*, {total} AS __money, {unknown_} AS __unread FROM {raw}"
    )
    _name_money(engine, entry, source.digits)
    return known


def _type_of(engine: Engine, sql: str, raw: str, entry: Entry) -> str:
    """The type of a line's worth; "" where it is computed from more than the line itself."""
    if not sql:
        return ""
    try:
        return engine.columns(f"SELECT (\n{sql}\n) AS worth FROM {raw}")["worth"]
    except duckdb.BinderException:
        if entry.money:
            raise
        return ""


def _name_money(engine: Engine, entry: Entry, digits: int) -> None:
    """Give SELECT and rules the exact `money` of a line, in the main unit."""
    if not entry.money:
        engine.run("CREATE OR REPLACE VIEW __priced AS FROM __worth")
        return
    hidden = (
        "EXCLUDE (money)" if "money" in {c.lower() for c in engine.columns("FROM __worth")} else ""
    )
    unit = f"CAST(0.{'0' * (digits - 1)}1 AS DECIMAL({digits + 1}, {digits}))" if digits else "1"
    exact = f"CASE WHEN NOT __unread THEN CAST(__money AS DECIMAL(18, 0)) * {unit} END"
    engine.run(
        f"CREATE OR REPLACE VIEW __priced AS SELECT * {hidden}, {exact} AS money FROM __worth"
    )


def _apply_rules(engine: Engine, entry: Entry, traced: Traced) -> None:
    rules = list((entry.exclude or {}).values())
    cases = " ".join(f"WHEN (\n{rule}\n) THEN {i}" for i, rule in enumerate(rules))
    case = f"CASE {cases} END" if cases else "NULL::INTEGER"
    engine.run(
        f'CREATE OR REPLACE VIEW __ruled AS SELECT "{traced.alias}".*, {case} AS __rule '
        f'FROM __priced AS "{traced.alias}"'
    )
    engine.run(
        "CREATE OR REPLACE VIEW __kept AS "
        "SELECT * EXCLUDE (__rule, __unread) FROM __ruled WHERE __rule IS NULL"
    )


def columns_of(engine: Engine, entry: Entry, traced: Traced) -> dict[str, str]:
    """Return the names and types of what the entry's SELECT gives."""
    given = engine.columns(traced.sql)
    hidden = {LINE, LINES, "__money", *(["money"] if entry.money else [])}
    return {n: type_ for n, type_ in given.items() if n not in hidden}


def _select(engine: Engine, number: int, entry: Entry, traced: Traced) -> dict[str, str]:
    columns = columns_of(engine, entry, traced)
    chosen = "".join(f", {engine.name(name)}" for name in columns)
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE __staged_{number} AS SELECT row_number() OVER () AS __row, "
        f"list_min({LINES}) AS __first, {LINES}{chosen} FROM ({traced.sql})"
    )
    return columns


def check_columns(table: Table, columns: Mapping[str, str], place: str) -> None:
    """Check that a SELECT gives columns of the contract, and all those that are required."""
    check_names(table, columns, place)
    for name, type_ in columns.items():
        if name not in table.names and type_ not in _PLAIN and not type_.startswith("DECIMAL"):
            raise SourceError(f"{place}: column '{name}' is {type_}: cast it in the SELECT")


def check_names(table: Table, names: Collection[str], place: str) -> None:
    """Check the same of the columns' names alone."""
    for name in names:
        if name not in table.names and not table.is_open:
            raise SourceError(f"{place}: {unknown(f'column of {table.name}', name, table.names)}")
    for name in table.required:
        if name not in names:
            raise SourceError(
                f"{place}: the SELECT gives no '{name}', which {table.name} must have"
            )


def _map(engine: Engine, number: int, entry: Entry, traced: Traced) -> None:
    unnested = f"SELECT __row, unnest({LINES}) AS line FROM __staged_{number}"
    distinct = "DISTINCT" if traced.joins else ""
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE __map_{number} AS "
        f"SELECT {distinct} __row, line FROM ({unnested}) WHERE line IS NOT NULL"
    )
    twice = engine.rows(
        f"SELECT line, count(*) AS n FROM __map_{number} GROUP BY line HAVING n > 1 "
        f"ORDER BY line LIMIT 1"
    )
    if twice:
        line, rows = twice[0]
        raise SourceError(
            f"{entry.place}: line {line} of {traced.file} went into {rows} rows: a line may make "
            f"one row only, so GROUP BY or join a file that has one match"
        )
    orphans = engine.value(f"SELECT count(*) FROM __staged_{number} WHERE __first IS NULL")
    if orphans:
        raise SourceError(f"{entry.place}: {orphans:,} rows are made of no line of {traced.file}")
