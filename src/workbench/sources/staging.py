# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""From raw files to one contract table: rules, SELECT, casts and checks, line by line.

For each entry of a table this leaves behind in the engine
    __lines_I   every raw line: line, money (minor units), unread (whether that is unknown), rule
    __map_I     which row a line went into: __row, line
and for the table
    __cast      the rows in the contract's types: __entry, __row, __first (line), __uncast, columns
    __bad       rows that break a check: __entry, __row, reasons (a list)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from workbench.errors import SourceError, unknown
from workbench.sources import casts
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import LINE, RawFile, first_line
from workbench.sources.lineage import LINES, Traced, check_expression, trace
from workbench.sources.sql import Engine
from workbench.tables import Column, Table

# What a row is worth is the sum of these columns with their signs.
WORTH: dict[str, dict[str, int]] = {
    "orders": {"amount": 1, "refunded_amount": -1},
    "events": {"value": 1},
    "spend": {"amount": 1},
}
TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}
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
    table: Table,
    source: Declaration,
    files: Mapping[str, RawFile],
) -> Staged:
    """Run an entry's rules and SELECT; every raw line is then in __lines_I, each row in __staged_I.

    Raises:
        SourceError: If the SQL is wrong, columns are missing or unknown, or a line went into
            several rows.
    """
    traced = trace(entry, files, WORTH.get(table.name, {}))
    file = files[traced.file]
    for name, predicate in (entry.exclude or {}).items():
        check_expression(predicate, files, f"{entry.place}, rule '{name}'")
    try:
        money = _price_lines(engine, entry, traced, table, source.digits)
        _apply_rules(engine, number, entry, traced)
        columns = _select(engine, number, entry, traced)
        _check_columns(table, columns, entry.place)
        _map(engine, number, entry, traced)
    except duckdb.Error as error:
        raise SourceError(f"{entry.place}: {first_line(error)}") from None
    return Staged(entry, file.label, file, traced.folds, columns, money)


def cast_all(
    engine: Engine, staged: Sequence[Staged], table: Table, source: Declaration
) -> tuple[str, ...]:
    """Cast all entries of a table into `__cast` and return the columns it has."""
    present = [c for c in table.names if any(c in s.columns for s in staged)]
    extra = [c for c in dict.fromkeys(c for s in staged for c in s.columns) if c not in table.names]
    parts = [_cast(number, s, table, present, source) for number, s in enumerate(staged)]
    engine.run("CREATE OR REPLACE TEMP TABLE __cast AS " + " UNION ALL BY NAME ".join(parts))
    return (*present, *extra)


def _price_lines(
    engine: Engine, entry: Entry, traced: Traced, table: Table, digits: int
) -> int | None:
    """Make the view __priced, raw lines with __money in minor units, and return their sum."""
    signs = WORTH.get(table.name, {})
    worth = {"money": entry.money} if entry.money else traced.worth
    alias = engine.name(traced.alias)
    raw = f'"__raw_{traced.file}" AS {alias}'
    terms, unread = [], []
    for name, sql in worth.items():
        type_ = _type_of(engine, sql, raw, entry)
        exact = casts.money(f"(\n{sql}\n)", casts.plain_type(type_), digits) if type_ else ""
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
    _name_money(engine, entry, digits)
    return int(engine.value("SELECT sum(__money) FROM __worth") or 0) if known else None


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


def _apply_rules(engine: Engine, number: int, entry: Entry, traced: Traced) -> None:
    rules = list((entry.exclude or {}).values())
    cases = " ".join(f"WHEN (\n{rule}\n) THEN {i}" for i, rule in enumerate(rules))
    case = f"CASE {cases} END" if cases else "NULL::INTEGER"
    engine.run(
        f'CREATE OR REPLACE VIEW __ruled AS SELECT "{traced.alias}".*, {case} AS __rule '
        f'FROM __priced AS "{traced.alias}"'
    )
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE __lines_{number} AS "
        f"SELECT {LINE} AS line, __money AS money, __unread AS unread, __rule AS rule FROM __ruled"
    )
    engine.run(
        "CREATE OR REPLACE VIEW __kept AS "
        "SELECT * EXCLUDE (__rule, __money, __unread) FROM __ruled WHERE __rule IS NULL"
    )


def _select(engine: Engine, number: int, entry: Entry, traced: Traced) -> dict[str, str]:
    given = engine.columns(traced.sql)
    hidden = {LINE, LINES, *(["money"] if entry.money else [])}
    columns = {name: type_ for name, type_ in given.items() if name not in hidden}
    chosen = "".join(f", {engine.name(name)}" for name in columns)
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE __staged_{number} AS SELECT row_number() OVER () AS __row, "
        f"list_min({LINES}) AS __first, {LINES}{chosen} FROM ({traced.sql})"
    )
    return columns


def _check_columns(table: Table, columns: Mapping[str, str], place: str) -> None:
    for name, type_ in columns.items():
        if name not in table.names and not table.is_open:
            raise SourceError(f"{place}: {unknown(f'column of {table.name}', name, table.names)}")
        if name not in table.names and type_ not in _PLAIN and not type_.startswith("DECIMAL"):
            raise SourceError(f"{place}: column '{name}' is {type_}: cast it in the SELECT")
    for name in table.required:
        if name not in columns:
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


def _cast(
    number: int, staged: Staged, table: Table, present: Sequence[str], source: Declaration
) -> str:
    """SELECT the entry's rows in the contract's types, `__uncast` naming what could not be cast."""
    inner, outer, lost = [], [], []
    for name in present:
        column = table[name]
        if name not in staged.columns:
            outer.append(f'CAST(NULL AS {TYPES[column.type]}) AS "{name}"')
            continue
        type_ = staged.columns[name]
        inner.append(f'{_cast_column(column, type_, staged.entry.place, source)} AS "{name}"')
        inner.append(f'{casts.present(Engine.name(name), type_)} AS "__has_{name}"')
        outer.append(f'"{name}"')
        lost.append(f"""CASE WHEN "__has_{name}" AND "{name}" IS NULL THEN '{name}' END""")
    extra = [Engine.name(name) for name in staged.columns if name not in table.names]
    inner += extra
    columns = ", ".join([*outer, *extra])
    return (
        f"SELECT {number} AS __entry, __row, __first, "
        f"string_split(concat_ws(',', {', '.join(lost)}), ',') AS __uncast, {columns} "
        f"FROM (SELECT __row, __first, {', '.join(inner)} FROM __staged_{number})"
    )


def _cast_column(column: Column, type_: str, place: str, source: Declaration) -> str:
    zones = (source.timestamps, source.time_zone)
    sql = casts.cast(column, Engine.name(column.name), type_, digits=source.digits, zones=zones)
    if not sql:
        hint = (
            " (to_timestamp(…) makes an instant of seconds)" if column.type == "timestamp" else ""
        )
        raise SourceError(
            f"{place}: {column.name} is {type_}, must be {column.type}: cast it in the SELECT{hint}"
        )
    return f"CAST({sql} AS {TYPES[column.type]})"
