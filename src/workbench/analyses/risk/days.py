"""What happened on each day of a shop, as far as the indicators ask: a small table of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.periods import Period, local_day
from workbench.stats.arrays import Array
from workbench.stats.filled import emptied
from workbench.tables import TABLES

CLOSED_DAYS = 14
"""So long an order is waited for: what is sent back later is not counted, of no order."""

DEEP = 0.2
"""Of the price: a cut beyond it is deep."""

DEPTHS = ("none", "small", "deep")
"""Of the price cut of an order: at full price, up to `DEEP` of it, more."""

LATE_HOURS = 3
"""Hours within which a complaint is to be answered."""

ABUSED = 0.5
"""Of the price: a discount beyond it is none that a shop gives."""

LOW_RATING = 2
_SOON = 28  # days from the first row on that say how many there are a day
_FEW = 11.5  # rows: so many are expected where there is none by a chance of one in 100,000
_MOST_DAYS = 3 * 364
_HOMES = {
    "orders": "orders", "visits": "events", "checkouts": "events", "complaints": "complaints",
    "reviews": "reviews", "spend": "spend", "contents": "contents",
}  # fmt: skip
"""Of which table of the contract each kind of counts is."""
_BEGIN = ("orders", "events", "complaints", "reviews")


@dataclass(frozen=True)
class Days:
    """Counts of every day from the first that is known to the scope's last.

    Attributes:
        all: Every day.
        tables: By table, a row a day and group, with a column `place` of the day.
        known: By table, whether there are data of each day.
        columns: By table, which columns of the contract it has.
    """

    all: tuple[date, ...]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    known: dict[str, Array] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def has(self, table: str, *columns: str) -> bool:
        """Whether a table has rows and these columns."""
        return table in self.tables and set(columns) <= set(self.columns[table])

    def sums(self, table: str, column: str, **where: object) -> Array:
        """Return a column's sum of each day over the rows where other columns have these values."""
        rows = self.tables[table]
        for name, value in where.items():
            rows = rows[rows[name].isin(value) if isinstance(value, set) else rows[name] == value]
        return np.bincount(
            rows["place"], weights=rows[column].to_numpy(float), minlength=len(self.all)
        )


def days(scope: Scope) -> Days:
    """Return the counts of every day up to a scope's end on its platform.

    Args:
        scope: Its tables, as far as there are any.
    """
    last = scope.period.last
    there = [name for name in dict.fromkeys(_HOMES.values()) if _is_there(scope, name)]
    firsts = [scope.first_day(name) for name in there if name in _BEGIN]
    begun = [day for day in firsts if day is not None and day <= last]
    if not begun:
        return Days(())
    first = max(min(begun), last - timedelta(days=_MOST_DAYS - 1))
    found = Days(tuple(first + timedelta(days=i) for i in range((last - first).days + 1)))
    span = Period(first, last, scope.time_zone)
    for name, home in _HOMES.items():
        if home not in there or (name == "checkouts" and not sells(scope)):
            continue
        rows = frame(_ASKS[name](scope, span))
        rows["place"] = _places(rows, first)
        found.columns[name] = tuple(scope.known[home].columns)
        found.tables[name] = rows
        counts = np.bincount(rows["place"], weights=rows["rows"], minlength=len(found.all))
        # Where nobody gets through, there are data all the same.
        found.known[name] = found.known["visits"] if name == "checkouts" else _known(counts)
    return found


def _places(rows: pd.DataFrame, first: date) -> Array:
    """Of each row the place of its day."""
    apart = pd.to_datetime(rows["day"]) - pd.Timestamp(first)
    return np.asarray(apart.dt.days.to_numpy(dtype=np.int64))


def sells(scope: Scope) -> bool:
    """Whether the shop's funnel has a step before a purchase."""
    return len(scope.steps) > 1 and scope.steps[-1] == "purchase"


def _is_there(scope: Scope, name: str) -> bool:
    return name in scope.known and TABLES[name].instant in scope.known[name].columns


def _known(counts: Array) -> Array:
    """Whether there are data of each day: not before the first row, nor in a gap.

    Of what is rare, days without a row before the first one are no days without data.
    """
    there = np.flatnonzero(counts)
    known = np.zeros(len(counts), dtype=np.bool_)
    if not len(there):
        return known
    begin = int(there[0])
    if begin * counts[begin : begin + _SOON].mean() < _FEW:
        begin = 0
    known[begin:] = True
    for run in emptied(counts[begin:]):
        known[begin + run.first : begin + run.last + 1] = False
    return known


def _within(scope: Scope, name: str, span: Period) -> ir.Table:
    """The rows of a table from the first day on, each with its `day`."""
    table = scope.known[name]
    if scope.platform and name in {"spend", "contents"} and "platform" in table.columns:
        table = table.filter(table.platform == scope.platform)
    at = table[TABLES[name].instant]
    if TABLES[name][TABLES[name].instant].type == "date":
        return table.filter(at >= span.first).mutate(day=at)
    return table.filter(at >= span.start).mutate(day=local_day(at, span))


def users(scope: Scope, counted: Days, table: str, by: str) -> pd.DataFrame:
    """Return how many users each group has on each day: `place`, the group by its name, `users`.

    Args:
        scope: What is looked at.
        counted: Its days.
        table: A kind of counts, of a table with a `user_id`.
        by: A column of it, or `depth`.
    """

    def ask() -> pd.DataFrame:
        span = Period(counted.all[0], counted.all[-1], scope.time_zone)
        rows = _within(scope, _HOMES[table], span)
        if table in {"visits", "checkouts"} and scope.steps:
            rows = rows.filter(rows.event == scope.steps[0 if table == "visits" else -2])
        rows = with_depth(rows) if by == "depth" else rows
        named = rows.select("day", "user_id", by)
        found = frame(named.group_by("day", by).agg(users=named.user_id.nunique()))
        found["place"] = _places(found, counted.all[0])
        return found

    asked: pd.DataFrame = scope.asked(("risk", "users", table, by), ask)
    return asked


def _grouped(rows: ir.Table, by: Sequence[str], **sums: ir.Value) -> ir.Table:
    keys = {name: rows[name] if name in rows.columns else ibis.literal("") for name in by}
    keyed = rows.select("day", **keys, **sums)
    counted = keyed.group_by("day", *by).agg(
        rows=keyed.count(), **{name: keyed[name].sum().coalesce(0) for name in sums}
    )
    return counted.order_by("day", *by)


def _square(value: ir.Value) -> ir.Value:
    return value.cast("float64") * value.cast("float64")


def _number(condition: ir.Value) -> ir.Value:
    return ibis.ifelse(condition.fill_null(False), 1, 0)  # noqa: FBT003 - Ibis takes it so


def _orders(scope: Scope, span: Period) -> ir.Table:
    rows = _within(scope, "orders", span)
    has = set(rows.columns)
    cancelled = rows.status == "cancelled" if "status" in has else ibis.literal(False)  # noqa: FBT003
    stands = ~cancelled.fill_null(False)  # noqa: FBT003 - as in _number
    none = returned = ibis.literal(False)  # noqa: FBT003 - as in _number
    given_back: ir.Value = ibis.literal(0)
    if {"refunded_amount", "refunded_at"} <= has:
        closed = rows.ordered_at + ibis.interval(days=CLOSED_DAYS)
        returned = (rows.refunded_amount > 0) & (rows.refunded_at <= closed) & stands
        given_back = ibis.ifelse(returned.fill_null(False), rows.refunded_amount, 0)  # noqa: FBT003
    deep = _cut(rows) > ABUSED if "discount" in has else none
    cheaper = rows.discount > 0 if "discount" in has else none
    own = rows.inviter_id == rows.user_id if {"inviter_id", "user_id"} <= has else none
    alone = (rows.amount == 0) & (rows.refunded_amount > 0) if "refunded_amount" in has else none
    guest = rows.user_id.isnull() if "user_id" in has else none  # noqa: PD003 - an Ibis column
    paid = ibis.ifelse(stands, rows.amount, 0)
    return _grouped(
        with_depth(rows),
        ("platform", "channel", "depth"),
        stands=_number(stands),
        returned=_number(returned),
        given_back=given_back,
        given_back_squares=_square(given_back),
        deep=_number(deep & stands),
        cheaper=_number(cheaper & stands),
        own=_number(own & stands),
        alone=_number(alone),
        guest=_number(guest & stands),
        amount=paid,
        amount_squares=_square(paid),
    )


def with_depth(orders: ir.Table) -> ir.Table:
    """Return orders with `depth`: `none`, `small` (up to `DEEP` of the price) or `deep` cut."""
    if "discount" not in orders.columns:
        return orders.mutate(depth=ibis.literal("none"))
    cut = _cut(orders)
    return orders.mutate(depth=ibis.cases((cut <= 0, "none"), (cut <= DEEP, "small"), else_="deep"))


def _cut(orders: ir.Table) -> ir.Value:
    """By which share of its price an order was cheaper."""
    price = orders.amount + orders.discount
    return ibis.ifelse(price > 0, orders.discount / price.nullif(0), 0.0).fill_null(0.0)


def _visits(scope: Scope, span: Period) -> ir.Table:
    """Events of the funnel's first step, or all where no funnel is known, by what led to them."""
    rows = _within(scope, "events", span)
    if scope.steps:
        rows = rows.filter(rows.event == scope.steps[0])
    led: ir.Value = ibis.literal(False)  # noqa: FBT003 - as in _number
    if "content_id" in rows.columns:
        led = rows.content_id.notnull()  # noqa: PD004 - an Ibis column
    return _grouped(rows.mutate(is_led=_number(led)), ("platform", "channel", "is_led"))


def _checkouts(scope: Scope, span: Period) -> ir.Table:
    """Users of a day at the step before a purchase, and of those who came through on that day."""
    rows = _within(scope, "events", span)
    before, last = scope.steps[-2:]
    rows = rows.filter(rows.event.isin([before, last]))
    platform = rows.platform if "platform" in rows.columns else ibis.literal("")
    rows = rows.select("day", "user_id", platform=platform, tried=_number(rows.event == before),
                       bought=_number(rows.event == last))  # fmt: skip
    each = rows.group_by("day", "user_id", "platform").agg(
        tried=rows.tried.max(), bought=rows.bought.max()
    )
    each = each.filter(each.tried == 1)
    return _grouped(each, ("platform",), failed=1 - each.bought)


def _complaints(scope: Scope, span: Period) -> ir.Table:
    rows = _within(scope, "complaints", span)
    until = rows.opened_at + ibis.interval(hours=LATE_HOURS)
    late: ir.Value = ibis.literal(False)  # noqa: FBT003 - as in _number
    if "first_response_at" in rows.columns:
        waits = rows.first_response_at.isnull()  # noqa: PD003 - an Ibis column
        late = waits | (rows.first_response_at > until)
    waited = until <= ibis.literal(scope.end)
    return _grouped(rows, ("category",), waited=_number(waited), late=_number(late & waited))


def _reviews(scope: Scope, span: Period) -> ir.Table:
    rows = _within(scope, "reviews", span)
    return _grouped(rows, (), low=_number(rows.rating <= LOW_RATING))


def _spend(scope: Scope, span: Period) -> ir.Table:
    rows = _within(scope, "spend", span)
    return _grouped(rows, ("platform", "channel"), amount=rows.amount)


def _contents(scope: Scope, span: Period) -> ir.Table:
    rows = _within(scope, "contents", span)
    flagged = rows.is_flagged if "is_flagged" in rows.columns else ibis.literal(False)  # noqa: FBT003
    return _grouped(rows, ("format",), flagged=_number(flagged))


_ASKS: Mapping[str, Callable[[Scope, Period], ir.Table]] = {
    "orders": _orders, "visits": _visits, "checkouts": _checkouts, "complaints": _complaints,
    "reviews": _reviews, "spend": _spend, "contents": _contents,
}  # fmt: skip
