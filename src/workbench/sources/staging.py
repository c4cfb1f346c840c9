# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""An entry's rules and SELECT over its raw file, as SQL whose rows wait to be cast.

Views of the present entry: __worth, __priced, __ruled and __kept, each on top of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import duckdb

from workbench.errors import SourceError, unknown
from workbench.sources import account, casts
from workbench.sources.account import Sum
from workbench.sources.checks import check_names
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import RawFile
from workbench.sources.lineage import AMOUNT, LINES, ROW, Traced
from workbench.sources.sql import Engine, first_line
from workbench.sources.text.tables import LINE
from workbench.tables import Table

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


@dataclass
class Part:
    """An entry on its way through.

    Attributes:
        entry: What the source file says.
        traced: Its SELECT.
        file: The raw file whose lines are accounted for.
        label: What the account calls the file; numbered where a table reads it again.
        columns: Names and DuckDB types of the SELECT's columns.
        rows: SQL of the rows: `columns`, `carried`, __first (line) and __amount, what their lines
            are worth in minor units.
        carried: Of rows made of several lines also __lines and __unread, whether the money of one
            of them is unknown.
        is_priced: Whether lines have a worth.
        money: What all lines together are worth, where that was counted on its own.
        excluded: Per rule, the lines that it leaves out.
    """

    entry: Entry
    traced: Traced
    file: RawFile
    label: str
    columns: Mapping[str, str] = field(default_factory=dict)
    rows: str = ""
    carried: Mapping[str, str] = field(default_factory=dict)
    is_priced: bool = False
    money: int | None = None
    excluded: dict[int, Sum] = field(default_factory=dict)

    @property
    def rules(self) -> list[str]:
        """Why lines are left out: the names of the rules, and of what the SELECT itself drops."""
        return [*(self.entry.exclude or {}), self.entry.dropped]


def prepare(engine: Engine, part: Part, table: Table, source: Declaration) -> Part:
    """Make the views that an entry's SELECT reads from; each of its rows is made of one line.

    __worth   raw lines with __money in minor units and __unread, whether that is unknown
    __priced  the same with `money`, exact and in the main unit
    __ruled   the same with __rule, the number of the rule that leaves a line out
    __kept    the lines that no rule leaves out

    Raises:
        SourceError: If the SQL is wrong, or columns are missing or unknown.
    """
    entry, traced = part.entry, part.traced
    try:
        is_priced = _price_lines(engine, entry, traced, table, source)
        _apply_rules(engine, entry, traced)
        given = engine.columns(traced.sql)
    except duckdb.Error as error:
        raise misread(error, part) from None
    hidden = {LINE, LINES, "__money", *(["money"] if entry.money else [])}
    columns = {name: type_ for name, type_ in given.items() if name not in hidden}
    _check_columns(table, columns, entry.place)
    chosen = "".join(f", {engine.name(name)}" for name in columns)
    rows = f"SELECT {ROW} AS __first, coalesce({AMOUNT}, 0) AS {AMOUNT}{chosen} FROM ({traced.plain_sql})"
    return replace(part, columns=columns, rows=rows, is_priced=is_priced)


def stage(engine: Engine, part: Part, number: int, table: Table, source: Declaration) -> Part:
    """Run an entry's SELECT where a row may be made of several lines, and trace them into it.

    Raises:
        SourceError: If the SQL is wrong, columns are missing or unknown, a line went into several
            rows, or into none without a name for that.
    """
    prepared = prepare(engine, part, table, source)
    try:
        return _trace(engine, prepared, number)
    except duckdb.Error as error:
        raise misread(error, part) from None


def _trace(engine: Engine, part: Part, number: int) -> Part:
    chosen = "".join(f", {engine.name(name)}" for name in part.columns)
    distinct = "DISTINCT" if part.traced.joins else ""
    engine.table(
        "__staged",
        f"SELECT row_number() OVER () AS __row, {LINES}{chosen} FROM ({part.traced.sql})",
    )
    engine.table(
        "__map",
        f"SELECT {distinct} __row, line FROM (SELECT __row, unnest({LINES}) AS line FROM __staged) "
        f"WHERE line IS NOT NULL",
    )
    _refuse_untraced(engine, part)
    engine.table(
        "__told",
        f"SELECT {LINE} AS line, __money AS money, __unread AS unread, __rule AS rule, __row "
        f"FROM __ruled LEFT JOIN __map m ON m.line = {LINE}",
    )
    excluded = _left_out(engine, part)
    rows = f"__rows_{number}"
    engine.table(
        rows,
        f"SELECT __first, {AMOUNT}, m.{LINES}, __unread{chosen} FROM __staged JOIN ("
        f"SELECT __row, min(line) AS __first, list(line) AS {LINES}, "
        f"CAST(coalesce(sum(money), 0) AS BIGINT) AS {AMOUNT}, bool_or(unread) AS __unread "
        f"FROM __told WHERE __row IS NOT NULL GROUP BY __row) m USING (__row) ORDER BY __first",
    )
    for name in ("__staged", "__map", "__told"):
        engine.run(f"DROP TABLE {name}")
    carried = {LINES: "BIGINT[]", "__unread": "BOOLEAN"}
    money = int(engine.value("SELECT sum(__money) FROM __worth") or 0)
    return replace(part, rows=f"FROM {rows}", carried=carried, money=money, excluded=excluded)


def _refuse_untraced(engine: Engine, part: Part) -> None:
    place, file = part.entry.place, part.traced.file
    twice = engine.rows(
        "SELECT line, count(*) AS n FROM __map GROUP BY line HAVING n > 1 ORDER BY line LIMIT 1"
    )
    if twice:
        line, rows = twice[0]
        raise SourceError(
            f"{place}: line {line} of {file} went into {rows} rows: a line may make "
            f"one row only, so GROUP BY or join a file that has one match"
        )
    orphans = engine.value(f"SELECT count(*) FROM __staged WHERE list_min({LINES}) IS NULL")
    if orphans:
        raise SourceError(f"{place}: {orphans:,} rows are made of no line of {file}")


def _left_out(engine: Engine, part: Part) -> dict[int, Sum]:
    dropped = len(part.rules) - 1
    found = engine.rows(
        f"SELECT coalesce(rule, {dropped}), count(*), coalesce(sum(money), 0), min(line) "
        f"FROM __told WHERE __row IS NULL GROUP BY 1 ORDER BY 1"
    )
    for rule, lines, _money, first in found:
        if rule == dropped and not part.entry.dropped:
            raise SourceError(
                f"{part.entry.place}: {lines:,} lines of {part.file.label} (first: line {first}) are in "
                f"no row and match no rule: name a rule for them under 'exclude', or all of them by 'dropped'"
            )
    return {rule: (lines, int(money)) for rule, lines, money, _first in found}


def misread(error: duckdb.Error, part: Part) -> SourceError:
    """Return what is wrong with an entry's SQL, with a near name for a column that is not there."""
    place, file = part.entry.place, part.file
    lost = _NO_COLUMN.search(str(error))
    if lost:
        name = lost[1].rpartition(".")[2].strip('"')
        return SourceError(f"{place}: {unknown(f'column of {file.label}', name, file.columns)}")
    return SourceError(f"{place}: {first_line(error)}")


def _price_lines(
    engine: Engine, entry: Entry, traced: Traced, table: Table, source: Declaration
) -> bool:
    signs = account.WORTH.get(table.name, {})
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


def _check_columns(table: Table, columns: Mapping[str, str], place: str) -> None:
    check_names(table, columns, place)
    for name, type_ in columns.items():
        if name not in table.names and type_ not in _PLAIN and not type_.startswith("DECIMAL"):
            raise SourceError(f"{place}: column '{name}' is {type_}: cast it in the SELECT")
