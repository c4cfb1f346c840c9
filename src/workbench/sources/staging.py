# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""An entry's rules and SELECT over its raw file, as SQL whose rows wait to be cast.

Views over the file of the present entry, for its SELECT to read from:
    __ruled   its lines with __money in minor units, __unread, whether that is unknown, and __rule,
              the number of the rule that leaves a line out
    __kept    the lines that no rule leaves out
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import duckdb

from workbench.errors import SourceError, unknown
from workbench.sources import casts
from workbench.sources.account import WORTH, Sum
from workbench.sources.checks import check_names
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import RawFile
from workbench.sources.lineage import AMOUNT, JOINED, LINES, ROW, Traced
from workbench.sources.sql import Engine, explained
from workbench.sources.text.tables import LINE
from workbench.tables import Table

_NO_COLUMN = re.compile(
    r'column "?([^"!]+)"? (?:not found|does not)|does not have a column named "([^"]+)"'
)
_FURTHER = {*casts.TYPES.values(), "TINYINT", "SMALLINT", "INTEGER", "FLOAT"}  # and DECIMAL


@dataclass(frozen=True)
class Joined:
    """What became of the lines of a joined file.

    Attributes:
        file: The raw file.
        used: How many of its lines are in a row.
        unused: The table of the numbers of those that are in none.
        left: How many those are.
    """

    file: RawFile
    used: int
    unused: str
    left: int


@dataclass
class Part:
    """An entry on its way through.

    Attributes:
        number: Its number among those of its table.
        traced: Its SELECT.
        table: The contract.
        source: How money and instants are written.
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
        by_day: Instants that are all midnights, of which clock: they are known by their day only.
        others: The raw files that the SELECT joins.
        joined: What became of their lines.
    """

    number: int
    traced: Traced
    table: Table
    source: Declaration
    file: RawFile
    label: str
    columns: Mapping[str, str] = field(default_factory=dict)
    rows: str = ""
    carried: Mapping[str, str] = field(default_factory=dict)
    is_priced: bool = False
    money: int | None = None
    excluded: dict[int, Sum] = field(default_factory=dict)
    by_day: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, RawFile] = field(default_factory=dict)
    joined: tuple[Joined, ...] = ()

    @property
    def entry(self) -> Entry:
        """What the source file says."""
        return self.traced.entry

    @property
    def rules(self) -> list[str]:
        """Why lines are left out: the names of the rules, and of what the SELECT itself drops."""
        return [*self.entry.exclude, self.entry.dropped]

    @property
    def signs(self) -> Mapping[str, int]:
        """The columns that make up what a row is worth, as far as its own lines can say."""
        signs = WORTH.get(self.table.name, {})
        return {name: sign for name, sign in signs.items() if not self._is_foreign(name)}

    def _is_foreign(self, column: str) -> bool:
        """Whether a column is made of joined files alone: their money is none of the lines'."""
        given = self.traced.given.get(column, ())
        own = {name.lower() for name in self.file.columns} | {"money"}
        return self.traced.joins and bool(given) and own.isdisjoint(map(str.lower, given))


def prepare(engine: Engine, part: Part) -> Part:
    """Make the views of an entry, each of whose rows is made of one line.

    Raises:
        SourceError: If the SQL is wrong, or columns are missing or unknown.
    """
    entry, traced = part.entry, part.traced
    try:
        worth, unread = _worth(engine, part)
        _make_views(engine, part, worth or "CAST(NULL AS BIGINT)", unread)
        given = engine.columns(traced.sql)
    except duckdb.Error as error:
        raise misread(error, part) from None
    hidden = {LINE, LINES, "__money", *(["money"] if entry.money else [])}
    hidden |= {f"{JOINED}{place}" for place in range(len(traced.joined))}
    columns = {name: type_ for name, type_ in given.items() if name not in hidden}
    check_names(part.table, columns, entry.place)
    for name, type_ in columns.items():
        is_known = name in part.table.names or type_ in _FURTHER or type_.startswith("DECIMAL")
        if not is_known:
            raise SourceError(f"{entry.place}: column '{name}' is {type_}: cast it in the SELECT")
    chosen = "".join(f", {engine.name(name)}" for name in columns)
    rows = f"SELECT {ROW} AS __first, coalesce({AMOUNT}, 0) AS {AMOUNT}{chosen} FROM ({traced.plain_sql})"
    return replace(part, columns=columns, rows=rows, is_priced=bool(worth))


def misread(error: duckdb.Error, part: Part) -> SourceError:
    """Return what is wrong with an entry's SQL, with a near name for a column that is not there."""
    place, file = part.entry.place, part.file
    lost = _NO_COLUMN.search(str(error))
    if lost:
        name = lost[1].rpartition(".")[2].strip('"')
        return SourceError(f"{place}: {unknown(f'column of {file.label}', name, file.columns)}")
    return SourceError(f"{place}: {explained(error)}")


def _worth(engine: Engine, part: Part) -> tuple[str, str]:
    """SQL of what a line is worth, "" where it has no worth of its own, and whether that is unknown."""
    entry, digits = part.entry, part.source.digits
    amounts = part.source.written(part.file.name).amounts
    terms, unread = "0", []
    own = {name: sql for name, sql in part.traced.worth.items() if name in part.signs}
    for name, sql in ({"money": entry.money} if entry.money else own).items():
        value = f"(\n{sql}\n)"
        type_ = _type_of(engine, part, value) if sql else ""
        exact = type_ and casts.money(value, casts.plain_type(type_), digits, amounts)
        if not exact and entry.money:
            raise SourceError(f"{entry.place}: money is {type_}, must be a number or text")
        if not exact:
            return "", "false"
        needed = ("amount" if entry.money else name) in part.table.required
        given = "true" if needed else casts.present(value, type_)
        terms += f" {'-' if part.signs.get(name, 1) < 0 else '+'} coalesce({exact}, 0)"
        unread.append(f"({given} AND ({exact}) IS NULL)")
    return (f"CAST({terms} AS BIGINT)", " OR ".join(unread)) if unread else ("", "false")


def _type_of(engine: Engine, part: Part, value: str) -> str:
    """The type of a line's worth; "" where it is computed from more than the line itself."""
    raw = f'"__raw_{part.file.name}" AS {engine.name(part.traced.alias)}'
    try:
        return engine.columns(f"SELECT {value} AS worth FROM {raw}")["worth"]
    except duckdb.BinderException:
        if part.entry.money:
            raise
        return ""


def _make_views(engine: Engine, part: Part, worth: str, unread: str) -> None:
    alias, digits = engine.name(part.traced.alias), part.source.digits
    lines = (
        f"SELECT {alias}.*, {worth} AS __money, {unread} AS __unread "
        f'FROM "__raw_{part.file.name}" AS {alias}'
    )
    if part.entry.money:
        # SELECT and rules may use it too, exact and in the main unit.
        is_taken = "money" in {column.lower() for column in part.file.columns}
        unit = f"CAST(1e-{digits} AS DECIMAL({digits + 1}, {digits}))" if digits else "1"
        exact = f"CASE WHEN NOT __unread THEN CAST(__money AS DECIMAL(18, 0)) * {unit} END"
        lines = f"SELECT * {'EXCLUDE (money)' if is_taken else ''}, {exact} AS money FROM ({lines})"
    rules = enumerate(part.entry.exclude.values())
    cases = " ".join(f"WHEN (\n{rule}\n) THEN {number}" for number, rule in rules)
    case = f"CASE {cases} END" if cases else "NULL::INTEGER"
    kept = "SELECT * EXCLUDE (__rule, __unread) FROM __ruled WHERE __rule IS NULL"
    engine.run(
        f"CREATE OR REPLACE VIEW __ruled AS SELECT {alias}.*, {case} AS __rule "
        f"FROM ({lines}) AS {alias}; CREATE OR REPLACE VIEW __kept AS {kept}"
    )
