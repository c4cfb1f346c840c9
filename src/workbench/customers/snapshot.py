"""What is known of each customer at a cut-off: features that nothing later can change.

Everything is counted back from the scope's end, over rows that lie before it: orders and complaints
whenever they were, events of the last 180 days. What an order had come to by then says
`customers.purchases`. What changes without a date (a member level, plays,
flags) is left out: today's value is no feature of the past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from functools import reduce

import ibis
import ibis.expr.types as ir

from workbench.customers.purchases import as_known, outcomes
from workbench.kit.engine import Tables, frame
from workbench.kit.scope import Scope

WINDOWS = (7, 30, 90, 180)
"""How many days back purchases, money and events are counted."""

MIXED = ("platform", "channel", "format", "event")
"""Of what the shares of a customer's purchases and events are told; `event` is what was done."""

Mixes = Mapping[str, Sequence[str]]
"""The values of `MIXED` that have a feature of their own."""

_PURCHASE, _UNDONE, _EVENT, _COMPLAINT = range(4)
_DAY = 86_400
_HABIT = 90  # days of which the shares are told
_MOST, _LEAST = 8, 0.01  # values of a mix, and the share of the rows that makes one
_COLUMNS = {  # of a fact, beside `user_id`, `what` and `age`
    **dict.fromkeys(("amount", "given_back", "discount", "pause"), "int64"),
    **dict.fromkeys(MIXED, "string"),
}


def mixes(scope: Scope) -> dict[str, list[str]]:
    """Return the usual platforms, channels, formats and events, as known at a scope's end.

    Args:
        scope: Its orders and events before the end count.

    Returns:
        The values that one row in a hundred has, at most the most frequent eight of each, sorted;
        what has one value only tells nobody apart.
    """
    rows = _facts(scope)
    counted = frame(rows.group_by(*MIXED).agg(n=rows.count()))
    found = {}
    for name in MIXED:
        each = counted.groupby(name)["n"].sum()
        usual = each[each >= _LEAST * each.sum()].rename_axis("value").reset_index()
        usual = usual.sort_values(["n", "value"], ascending=[False, True])
        found[name] = sorted(usual["value"].head(_MOST))
    return {name: values for name, values in found.items() if len(values) > 1}


def snapshot(scope: Scope, known: Mixes) -> ir.Table:
    """Return the features of everybody who bought before a scope's end, a row a user.

    Args:
        scope: Its end is the cut-off; its platform counts.
        known: What has a share of its own, as `mixes` tells it of the first cut-off.

    Returns:
        `user_id`, and numbers; null where one is not known, as the pause of who bought once.
    """
    rows = _facts(scope)
    counted = rows.group_by("user_id").agg(**dict(_counts(rows, known)))
    bought = counted.filter(counted.purchases > 0)
    kept = [name for name in counted.columns if not name.startswith("n_")]
    return bought.select(*kept, **dict(_ratios(bought, known)))


def _counts(rows: ir.Table, known: Mixes) -> Iterator[tuple[str, ir.Value]]:
    """What is counted of each user; `n_` begins what is only reckoned with."""
    is_purchase, is_event = rows.what == _PURCHASE, rows.what == _EVENT
    yield "purchases", rows.count(where=is_purchase)
    yield "amount", _sum(rows.amount)
    yield "recency_days", rows.age.min(where=is_purchase)
    yield "tenure_days", rows.age.max(where=is_purchase)
    yield "event_recency_days", rows.age.min(where=is_event)
    yield "undone", rows.count(where=rows.what == _UNDONE)
    yield "complaints", rows.count(where=rows.what == _COMPLAINT)
    yield "complaint_recency_days", rows.age.min(where=rows.what == _COMPLAINT)
    for days in WINDOWS:
        recent = rows.age < days
        yield f"purchases_{days}", rows.count(where=is_purchase & recent)
        yield f"amount_{days}", _sum(rows.amount, recent)
        yield f"events_{days}", rows.count(where=is_event & recent)
    yield "repeat_days", rows.count(where=rows.pause > 0)
    yield "n_squares", _sum(rows.pause * rows.pause)
    yield "n_given_back", _sum(rows.given_back)
    yield "n_discount", _sum(rows.discount)
    yield "n_discounted", rows.count(where=rows.discount > 0)
    recent = rows.age < _HABIT
    for name, values in known.items():
        for place, value in enumerate(values):
            yield f"n_{name}_{place}", rows.count(where=recent & (rows[name] == value))


def _ratios(counted: ir.Table, known: Mixes) -> Iterator[tuple[str, ir.Value]]:
    """What is reckoned of the counts; null where there is nothing to divide by."""
    pauses = counted.repeat_days.nullif(0)
    pause = (counted.tenure_days - counted.recency_days) / pauses
    spread = counted.n_squares / pauses - pause * pause
    orders = counted.purchases + counted.undone
    yield "pause_days", pause
    yield "pause_spread", ibis.greatest(spread, 0.0).sqrt() / pause
    yield "pauses_waited", counted.recency_days / pause
    yield "recency_rate", counted.recency_days / (counted.tenure_days + 1)
    yield "mean_amount", counted.amount / counted.purchases
    yield "refunded_rate", counted.n_given_back / orders
    yield "discounted_rate", counted.n_discounted / orders
    yield "discount_rate", counted.n_discount / (counted.amount + counted.n_discount).nullif(0)
    for name, values in known.items():
        parts = [counted[f"n_{name}_{place}"] for place in range(len(values))]
        whole = reduce(ir.IntegerValue.__add__, parts).nullif(0)
        for value, part in zip(values, parts, strict=True):
            yield f"{name}_{value}", part if name == "event" else part / whole


def _facts(scope: Scope) -> ir.Table:
    """Everything that is known of users, a row an order, event or complaint."""
    tables = scope.known
    parts = [*_orders(scope)]
    if "events" in tables:
        events = tables.events
        recent = events.filter(_age(events.occurred_at, scope) < WINDOWS[-1])
        parts.append(_fact(_formatted(tables, recent), _EVENT, "occurred_at", scope))
    if "complaints" in tables and "user_id" in tables.complaints.columns:
        parts.append(_fact(tables.complaints, _COMPLAINT, "opened_at", scope))
    whole = reduce(lambda one, other: one.union(other), parts)
    return whole.filter(whole["user_id"].notnull())


def _orders(scope: Scope) -> Iterator[ir.Table]:
    orders = scope.known.orders
    named = ("discount", "platform", "channel", "content_id")
    carried = [name for name in named if name in orders.columns]
    rows = as_known(outcomes(orders.filter(orders["user_id"].notnull()), *carried), scope.end)
    rows = _formatted(scope.known, rows)
    rows = rows.mutate(
        amount=rows.net_amount,
        given_back=ibis.ifelse(rows.is_known & (rows.refunded > 0), 1, 0).cast("int64"),
        at=rows.ordered_at,
    )
    bought, undone = rows.filter(rows.is_purchase), rows.filter(~rows.is_purchase)
    by_user = ibis.window(group_by="user_id", order_by=["at", "order_id"])
    ages = bought.mutate(age=_age(bought["at"], scope))
    yield _fact(ages.mutate(pause=ages.age.lag().over(by_user) - ages.age), _PURCHASE, "at", scope)
    yield _fact(undone, _UNDONE, "at", scope)


def _fact(rows: ir.Table, what: int, at: str, scope: Scope) -> ir.Table:
    """Rows of a table in the form of all facts; what the table does not tell is null."""
    there = {
        name: rows[name].cast(kind) if name in rows.columns else ibis.null(kind)
        for name, kind in _COLUMNS.items()
    }
    age = rows.age if "age" in rows.columns else _age(rows[at], scope)
    if what in {_COMPLAINT, _EVENT}:
        there["amount"] = ibis.null("int64")
    return rows.select("user_id", what=ibis.literal(what, "int8"), age=age, **there)


def _formatted(tables: Tables, rows: ir.Table) -> ir.Table:
    """Rows with the `format` of the content that led to them, where contents tell of it."""
    if (
        not {"content_id"} <= {*rows.columns}
        or "contents" not in tables
        or "format" not in tables.contents.columns
    ):
        return rows
    pieces = tables.contents.select(piece_id="content_id", format="format")
    joined = rows.left_join(pieces, rows.content_id == pieces.piece_id)
    return joined.select(*(rows[name] for name in rows.columns), format=pieces["format"])


def _age(at: ir.TimestampColumn, scope: Scope) -> ir.IntegerColumn:
    """Whole days that have passed from an instant to the cut-off."""
    end = int(scope.end.replace(tzinfo=UTC).timestamp())
    return ((end - at.epoch_seconds()) // _DAY).cast("int64")


def _sum(values: ir.IntegerColumn, where: ir.BooleanColumn | None = None) -> ir.IntegerScalar:
    return values.sum(where=where).fill_null(0).cast("int64")
