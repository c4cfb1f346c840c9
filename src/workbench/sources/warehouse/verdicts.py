"""A table's rows in the contract's types, each with what is wrong with it: one Ibis expression.

The contract's own predicates run in the warehouse. Columns beside the contract's:
    __entry, __rule     which SELECT a row is from, and which of its rules leaves it out
    __raw_COLUMN        what the SELECT gave, as text
    __money             what the row is worth, in minor units
    __bad_NUMBER        whether a reason holds; __bad, whether any does
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add, and_, or_

import ibis
import ibis.expr.types as ir

from workbench.errors import SourceError
from workbench.sources import checks
from workbench.sources.account import WORTH
from workbench.sources.checks import LOST
from workbench.sources.declaration import Declaration
from workbench.sources.spelling import SIGNS, USERS
from workbench.sources.warehouse import exact
from workbench.sources.warehouse.connection import Connection
from workbench.sources.warehouse.selects import RULE, Select, read
from workbench.tables import Column, Table

ENTRY, RAW, MONEY, BAD = "__entry", "__raw_", "__money", "__bad"


@dataclass(frozen=True)
class Origin:
    """What a table is made of.

    Attributes:
        table: The contract.
        selects: The SELECTs that fill it.
        source: How money and instants are written.
        warehouse: Where the rows are.
        trimmed: Ids from whose ends signs that nobody sees are taken off: where there are none, no
            query pays for it.
    """

    table: Table
    selects: Sequence[Select]
    source: Declaration
    warehouse: Connection
    trimmed: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """File and line, as errors name them."""
        return self.selects[0].entry.place


@dataclass(frozen=True)
class Rows:
    """Rows of all SELECTs of a table, cast and, once there are `reasons`, judged.

    Attributes:
        origin: What they are made of.
        rows: The rows; judged ones have `__bad` and `__bad_0` …
        columns: The columns of the table: the contract's that are given, then any others.
        given: The columns that each SELECT gives.
        reasons: What is wrong with a row where `__bad_NUMBER` holds.
    """

    origin: Origin
    rows: ir.Table
    columns: tuple[str, ...]
    given: tuple[tuple[str, ...], ...]
    reasons: tuple[str, ...] = ()

    @property
    def key(self) -> list[str]:
        """The columns of the table's key that are there."""
        return checks.keys(self.origin.table, self.columns)

    @property
    def flags(self) -> list[str]:
        """The columns that say whether a reason holds."""
        return [f"{BAD}_{number}" for number in range(len(self.reasons))]

    @property
    def kept(self) -> ir.Table:
        """The contract's table: rows that break nothing and that no rule leaves out."""
        return self.rows.filter(self.rows[RULE].isnull() & ~self.rows[BAD]).select(*self.columns)

    @property
    def _keyed(self) -> ir.BooleanValue:
        """Whether a row has a key and no rule leaves it out."""
        filled = [
            self.rows[name].notnull() for name in self.key if self.origin.table[name].required
        ]
        return reduce(and_, [self.rows[RULE].isnull(), *filled])

    def repeats(self) -> bool:
        """Return whether a key stands more than once among rows that no rule leaves out."""
        if not self.key:
            return False
        live = self.rows.filter(self._keyed)
        sizes = live.group_by(self.key).agg(rows=live.count())
        twice = sizes.filter(sizes.rows > 1).limit(1)
        return bool(self.origin.warehouse.rows(twice, self.origin.place))

    def judge(self, *, repeats: bool) -> Rows:
        """Return the rows with what is wrong with each.

        Only where a key stands twice is it asked which, since that takes a sort.
        """
        rows = self.rows
        broken = checks.broken(self.origin.table, rows, self.columns)
        if repeats:
            live = [rows[RULE].isnull()]
            again = checks.repeated(rows, self.key, self.columns, (ENTRY, *self.key), live)
            broken[checks.repetition(self.key)] = self._keyed & again
        judged = replace(self, reasons=tuple(broken))
        flagged = rows.mutate(**dict(zip(judged.flags, broken.values(), strict=True)))
        is_bad = reduce(or_, [flagged[flag] for flag in judged.flags])
        return replace(judged, rows=flagged.mutate(**{BAD: is_bad}))


def stage(origin: Origin, *, every: bool) -> Rows:
    """Return the rows of a table's SELECTs, cast; `every` one, or those that no rule leaves out.

    Raises:
        SourceError: If a SELECT is not understood, or gives other columns or types than it must.
    """
    table, there = origin.table, origin.warehouse
    raws = [read(there, s.every if every else s.kept, s.entry.place) for s in origin.selects]
    names = [tuple(name for name in raw.columns if name != RULE) for raw in raws]
    for one, given in zip(origin.selects, names, strict=True):
        checks.check_names(table, given, one.entry.place)
    columns = checks.columns_of(table, names)
    parts = []
    for number, (one, raw) in enumerate(zip(origin.selects, raws, strict=True)):
        rule = raw[RULE].cast("int64") if every else ibis.null("int64")
        chosen = {ENTRY: ibis.literal(number, "int64"), RULE: rule}
        for name in columns:
            chosen |= _column(name, raw, one, origin)
        parts.append(raw.select(**chosen))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    signs = WORTH.get(table.name, {}).items()
    terms = [sign * rows[name].fill_null(0) for name, sign in signs if name in columns]
    worth = reduce(add, terms) if terms else ibis.literal(0, "int64")
    return Rows(origin, rows.mutate(**{MONEY: worth}), tuple(columns), tuple(names))


def _column(name: str, raw: ir.Table, one: Select, origin: Origin) -> dict[str, ir.Value]:
    """A column as the contract has it, whether its value was lost, and as the SELECT gave it."""
    table, source, warehouse = origin.table, origin.source, origin.warehouse
    is_known = name in table.names
    if name not in raw.columns:
        nothing = ibis.null(exact.TYPES[table[name].type] if is_known else "string")
        lost = {LOST + name: ibis.literal(False)} if is_known else {}  # noqa: FBT003 - a column
        return {name: nothing, RAW + name: ibis.null("string"), **lost}
    value, type_ = raw[name], raw[name].type()
    if not is_known:
        if not (type_.is_primitive() or type_.is_string() or type_.is_decimal()):
            raise SourceError(
                f"{one.entry.place}: column '{name}' is {type_}: cast it in the SELECT"
            )
        return {name: value, RAW + name: value.cast("string")}
    as_given = value.cast("string")
    value = _respelt(table[name], value, origin)
    zones = (source.timestamps, source.time_zone)
    made = exact.cast(table[name], value, source.digits, zones, has_clock=warehouse.has_clock)
    if made is None:
        raise SourceError(
            f"{one.entry.place}: {name} is {type_}, must be "
            f"{exact.ALLOWED[table[name].type]}: cast it in the SELECT{_hint(value, warehouse)}"
        )
    lost = exact.present(value) & made.isnull()
    return {name: made, RAW + name: as_given, LOST + name: lost}


def bare(ids: ir.Value) -> ir.Value:
    """Return ids without what nobody sees at their ends; one of nothing else is NULL."""
    return ids.re_replace(f"^[{SIGNS}]+|[{SIGNS}]+$", "").nullif("")


def _respelt(column: Column, value: ir.Value, origin: Origin) -> ir.Value:
    """A value by its declared meaning: another word, no user, an id without blanks at its ends."""
    source = origin.source
    if column.name in origin.trimmed and value.type().is_string():
        value = bare(value)
    if column.name in USERS and source.spelling.nobody:
        text = value.cast("string")
        return text.isin(source.spelling.nobody).ifelse(ibis.null(value.type()), value)
    known = source.spelling.values.get(column.name, {})
    return value.cases(*known.items(), else_=value) if known and value.type().is_string() else value


def _hint(value: ir.Value, warehouse: Connection) -> str:
    if warehouse.has_clock or not value.type().is_timestamp():
        return ""
    return ", to UTC without a zone, and declare 'timestamps: UTC'"
