"""A table's rows in the contract's types, each with what is wrong with it: one Ibis expression.

The contract's own predicates run in the warehouse. Columns beside the contract's:
    __entry, __rule     which SELECT a row is from, and which of its rules leaves it out
    __raw_COLUMN        what the SELECT gave, as text
    __money             what the row is worth, in minor units
    __bad_NUMBER        whether a reason holds; __bad, whether any does
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from workbench.errors import SourceError
from workbench.sources import casts as files_casts
from workbench.sources import checks
from workbench.sources.declaration import Declaration
from workbench.sources.staging import WORTH, check_names
from workbench.sources.warehouse import casts
from workbench.sources.warehouse.connection import Connection
from workbench.sources.warehouse.selects import RULE, Select, read
from workbench.tables import Table

ENTRY, RAW, MONEY, BAD = "__entry", "__raw_", "__money", "__bad"
_LOST = "__lost_"


@dataclass(frozen=True)
class Staged:
    """Rows of all SELECTs of a table, cast but not judged.

    Attributes:
        table: The contract.
        rows: The rows.
        columns: The columns of the table: the contract's that are given, then any others.
        given: The columns that each SELECT gives.
    """

    table: Table
    rows: ir.Table
    columns: tuple[str, ...]
    given: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> list[str]:
        """The columns of the table's key that are there."""
        return checks.keys(self.table, self.columns)


@dataclass(frozen=True)
class Judged:
    """Rows of a table with what is wrong with each.

    Attributes:
        staged: The rows before.
        rows: The rows with `__bad` and `__bad_0` …
        reasons: What is wrong with a row where `__bad_NUMBER` holds.
    """

    staged: Staged
    rows: ir.Table
    reasons: tuple[str, ...]

    @property
    def kept(self) -> ir.Table:
        """The contract's table: rows that break nothing and that no rule leaves out."""
        sound = self.rows[RULE].isnull() & ~self.rows[BAD]
        return self.rows.filter(sound).select(*self.staged.columns)


def stage(
    selects: Sequence[Select],
    table: Table,
    source: Declaration,
    warehouse: Connection,
    *,
    every: bool,
) -> Staged:
    """Return the rows of a table's SELECTs, cast.

    Args:
        selects: One or more.
        table: The contract.
        source: How money and instants are written.
        warehouse: Where the rows are.
        every: Whether rows that a rule leaves out are among them.

    Raises:
        SourceError: If a SELECT is not understood, or gives other columns or types than it must.
    """
    raws = [read(warehouse, one.every if every else one.kept, one.entry.place) for one in selects]
    names = [[name for name in raw.columns if name != RULE] for raw in raws]
    for one, given in zip(selects, names, strict=True):
        check_names(table, given, one.entry.place)
    present = [c for c in table.names if any(c in given for given in names)]
    extra = dict.fromkeys(c for given in names for c in given if c not in table.names)
    parts = []
    for number, (one, raw) in enumerate(zip(selects, raws, strict=True)):
        chosen = {ENTRY: ibis.literal(number, "int64"), RULE: ibis.null("int64")}
        if every:
            chosen[RULE] = raw[RULE].cast("int64")
        for name in (*present, *extra):
            chosen |= _column(name, raw, one, table, source, warehouse)
        parts.append(raw.select(**chosen))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    terms = [
        sign * rows[name].fill_null(0)
        for name, sign in WORTH.get(table.name, {}).items()
        if name in present
    ]
    worth = reduce(lambda a, b: a + b, terms) if terms else ibis.literal(0, "int64")
    return Staged(
        table, rows.mutate(**{MONEY: worth}), (*present, *extra), tuple(map(tuple, names))
    )


def _column(
    name: str,
    raw: ir.Table,
    one: Select,
    table: Table,
    source: Declaration,
    warehouse: Connection,
) -> dict[str, ir.Value]:
    """A column as the contract has it, whether its value was lost, and as the SELECT gave it."""
    is_known = name in table.names
    if name not in raw.columns:
        type_ = casts.TYPES[table[name].type] if is_known else "string"
        lost = {_LOST + name: ibis.literal(False)} if is_known else {}  # noqa: FBT003 - a column
        return {name: ibis.null(type_), RAW + name: ibis.null("string"), **lost}
    value = raw[name]
    if not is_known:
        if not (
            value.type().is_primitive() or value.type().is_string() or value.type().is_decimal()
        ):
            raise SourceError(
                f"{one.entry.place}: column '{name}' is {value.type()}: cast it in the SELECT"
            )
        return {name: value, RAW + name: value.cast("string")}
    zones = (source.timestamps, source.time_zone)
    made = casts.cast(table[name], value, source.digits, zones, has_clock=warehouse.has_clock)
    if made is None:
        raise SourceError(
            f"{one.entry.place}: {name} is {value.type()}, must be "
            f"{casts.ALLOWED[table[name].type]}: cast it in the SELECT{_hint(value, warehouse)}"
        )
    lost = casts.present(value) & made.isnull()
    return {name: made, RAW + name: value.cast("string"), _LOST + name: lost}


def _hint(value: ir.Value, warehouse: Connection) -> str:
    if warehouse.has_clock or not value.type().is_timestamp():
        return ""
    return ", to UTC without a zone, and declare 'timestamps: UTC'"


def judge(staged: Staged, *, repeats: bool) -> Judged:
    """Return the rows with what is wrong with each; a check that is NULL does not hold.

    A value that could not be cast is named once: the checks that would read it are not tried.

    Args:
        staged: The rows.
        repeats: Whether any key stands twice; only then is it asked which, since that takes a sort.
    """
    table, rows = staged.table, staged.rows
    known = [name for name in staged.columns if name in table.names]
    broken = {checks.reason(files_casts.sentence(table[c])): rows[_LOST + c] for c in known}
    for check in table.checks(known):
        readable = [~rows[_LOST + name] for name in check.columns]
        holds = check.predicate(rows).fill_null(False)  # noqa: FBT003 - Ibis takes it so
        broken[checks.reason(check.sentence)] = reduce(and_, [~holds, *readable])
    if repeats:
        broken[checks.reason(checks.unique(staged.key))] = _repeated(staged)
    flags = {f"{BAD}_{number}": flag for number, flag in enumerate(broken.values())}
    flagged = rows.mutate(**flags)
    return Judged(
        staged,
        flagged.mutate(**{BAD: reduce(or_, [flagged[flag] for flag in flags])}),
        tuple(broken),
    )


def repeats(staged: Staged) -> ir.Table:
    """Return one of the keys that stand more than once among rows that no rule leaves out."""
    live = staged.rows.filter(_keyed(staged))
    sizes = live.group_by(staged.key).agg(rows=live.count())
    return sizes.filter(sizes.rows > 1).limit(1)


def _keyed(staged: Staged) -> ir.BooleanValue:
    rows = staged.rows
    filled = [rows[name].notnull() for name in staged.key if staged.table[name].required]
    return reduce(and_, [rows[RULE].isnull(), *filled])


def _repeated(staged: Staged) -> ir.BooleanValue:
    """Of identical rows all but the first, of others all: nobody here knows which one is right."""
    rows = staged.rows
    live = rows[RULE].isnull()
    same = ibis.window(group_by=[*(rows[name] for name in staged.key), live])
    order = [rows[ENTRY], *(rows[name] for name in staged.key)]
    nth = ibis.row_number().over(group_by=[*(rows[n] for n in staged.key), live], order_by=order)
    times = rows.count().over(same)
    differ = []
    for name in staged.columns:
        if name not in staged.key:
            value = rows[name]
            value = value.ifelse(1, 0) if value.type().is_boolean() else value
            there = value.count().over(same)
            differ += [
                value.min().over(same) < value.max().over(same),
                (there > 0) & (there < times),
            ]
    unlike = reduce(or_, differ).fill_null(False) if differ else ibis.literal(False)  # noqa: FBT003 - a column
    return _keyed(staged) & (times > 1) & ((nth > 0) | unlike)
