"""Facts of orders: what was known of each when it was placed, and again when it was sent back.

Everything is counted up to that instant and never beyond it. A moment is an order or a return; what a
user, an inviter or a content had in the last 1, 7 and 30 days is a window over moments by the second.
A window takes all of one second together, so no order within it matters.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from workbench.kit.scope import Scope

NEEDS = {"orders": ("order_id", "ordered_at", "amount", "user_id")}
DAYS = (1, 7, 30)
"""How far back is counted."""

KINDS = ("platform", "channel")
"""Features that are names."""

_OF_ORDERS = ("user_id", "discount", "coupon_id", "quantity", "inviter_id", "content_id", *KINDS)
_DAY = 86_400
IDS = ("order_id", "user_id", "inviter_id", "content_id")


def facts(scope: Scope) -> ir.Table:
    """Return ids, instant and features of every moment up to a scope's end, by time."""
    rows = _told(scope, _stream(scope))
    counted = rows.mutate(**dict(_counts(rows)))
    kept = [name for name in (*IDS, "at", *KINDS) if name in counted.columns]
    ready = counted.select(
        *kept, **{name: value.cast("float32") for name, value in _numbers(counted)}
    )
    return ready.order_by(["at", "order_id", "is_return"])


def _stream(scope: Scope) -> ir.Table:
    """Orders and returns, a row each, with what the order is known by."""
    orders = scope.known.orders
    orders = orders.filter(
        orders.amount > 0
    )  # what costs nothing, as a cancellation booked apart, is no case
    there = {name: orders[name] for name in _OF_ORDERS if name in orders.columns}
    none, zero = ibis.null("int64"), ibis.literal(0, "int64")
    rows = orders.select(
        order_id="order_id", ordered=_seconds(orders.ordered_at), at=_seconds(orders.ordered_at),
        amount="amount", is_order=ibis.literal(1, "int64"), is_return=zero, given_back=none, **there,
    )  # fmt: skip
    if not {"refunded_at", "refunded_amount"} <= {*orders.columns}:
        return rows
    back = orders.filter(
        orders.refunded_at.notnull()
        & (orders.refunded_amount > 0)
        & (orders.refunded_at < scope.end)
        & (orders.refunded_at > orders.ordered_at)
    )
    if "status" in back.columns:
        back = back.filter(back.status.isnull() | (back.status != "cancelled"))
    returned = back.select(
        order_id="order_id", ordered=_seconds(back.ordered_at), at=_seconds(back.refunded_at),
        amount="amount", is_order=zero, is_return=ibis.literal(1, "int64"),
        given_back=back.refunded_amount.cast("int64"), **{name: back[name] for name in there},
    )  # fmt: skip
    return rows.union(returned)


def _told(scope: Scope, rows: ir.Table) -> ir.Table:
    """The stream with what other tables tell of the order: its user, visit, product, praise."""
    tables = scope.known
    if "users" in scope.history and "signed_up_at" in scope.history.users.columns:
        users = scope.history.users
        rows = _joined(
            rows, users.select(key="user_id", signed=_seconds(users.signed_up_at)), "user_id"
        )
    if "events" in tables and {"order_id"} <= {*tables.events.columns}:
        rows = _joined(rows, _visits(tables.events), "order_id")
    if "reviews" in tables and "order_id" in tables.reviews.columns:
        good = tables.reviews.filter(tables.reviews.rating >= 4)  # noqa: PLR2004 - stars
        praise = good.group_by(key="order_id").agg(praised_at=_seconds(good.reviewed_at).min())
        rows = _joined(rows, praise, "order_id")
    if "inviter_id" in rows.columns:
        placed = rows.filter(rows.is_order == 1)
        pairs = placed.group_by(other="user_id", key="inviter_id").agg(met=placed["at"].min())
        joined = rows.left_join(pairs, [("user_id", "key"), ("inviter_id", "other")])
        rows = joined.select(*rows.columns, "met")
    return rows


def _visits(events: ir.Table) -> ir.Table:
    """Of each order, what its event tells: product, and when its visit began."""
    bought = events.filter(events.order_id.notnull())
    told = {"n_events": bought.count()}
    if "product_id" in events.columns:
        told["product_id"] = bought.product_id.min()
    if "session_id" not in events.columns:
        return bought.group_by(key="order_id").agg(**told)
    begun = events.filter(events.session_id.notnull())
    begun = begun.group_by(visit="session_id").agg(begun=_seconds(begun.occurred_at).min())
    told |= {"session": bought.session_id.min()}
    each = bought.group_by(key="order_id").agg(**told)
    joined = each.left_join(begun, [("session", "visit")])
    return joined.select(*(name for name in each.columns if name != "session"), "begun")


def _joined(rows: ir.Table, other: ir.Table, by: str) -> ir.Table:
    """Rows with the columns of another table whose `key` is theirs."""
    joined = rows.left_join(other, [(by, "key")])
    return joined.select(*rows.columns, *(name for name in other.columns if name != "key"))


def _counts(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """What a user, an inviter, a content had by then, in windows and in all; `n_` is only reckoned with."""
    back = _zero(rows.is_return)
    coupon = (
        rows.coupon_id.notnull().cast("int64") * rows.is_order
        if "coupon_id" in rows.columns
        else None
    )
    for days in DAYS:
        yield f"orders_{days}", _within(rows, "user_id", rows.is_order, days)
        yield f"returns_{days}", _within(rows, "user_id", back, days)
        if coupon is not None:
            yield f"coupons_{days}", _within(rows, "user_id", coupon, days)
        if "inviter_id" in rows.columns:
            yield f"invited_{days}", _within(rows, "inviter_id", rows.is_order, days)
        if "content_id" in rows.columns:
            yield f"content_orders_{days}", _within(rows, "content_id", rows.is_order, days)
            yield f"content_returns_{days}", _within(rows, "content_id", back, days)
    yield "amount_30", _within(rows, "user_id", rows.amount * rows.is_order, DAYS[-1])
    yield "n_orders", _within(rows, "user_id", rows.is_order, None)
    yield "n_amount", _within(rows, "user_id", rows.amount * rows.is_order, None)
    if "inviter_id" in rows.columns:
        yield "invited", _within(rows, "inviter_id", rows.is_order, None)
    if {"product_id", "quantity"} <= {*rows.columns}:
        yield "n_pieces", _within(rows, "product_id", _zero(rows.quantity) * rows.is_order, None)
        yield "n_paid", _within(rows, "product_id", rows.amount * rows.is_order, None)


def _within(rows: ir.Table, by: str, value: ir.IntegerValue, days: int | None) -> ir.Value:
    """The sum over what one of a column had in so many days up to the moment; null for nobody's."""
    window = ibis.range_window(
        group_by=by, order_by="at", preceding=None if days is None else days * _DAY - 1, following=0
    )
    return ibis.ifelse(rows[by].notnull(), value.sum().over(window), ibis.null("int64"))


def _numbers(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """Every feature that is a number."""
    known = {*rows.columns}
    yield "is_return", rows.is_return
    yield "amount", rows.amount
    yield from ((name, rows[name]) for name in rows.columns if _is_window(name))
    earlier = (rows.n_orders - 1).nullif(0)
    mean = (rows.n_amount - rows.amount) / earlier
    yield "orders_before", rows.n_orders - 1
    yield "amount_times", rows.amount / mean.nullif(0.0)
    if "discount" in known:
        price = rows.amount + _zero(rows.discount)
        yield "discount_rate", _zero(rows.discount) / price.nullif(0)
    if "coupon_id" in known:
        yield "has_coupon", rows.coupon_id.notnull().cast("int64")
    if "quantity" in known:
        yield "quantity", rows.quantity
    if "signed" in known:
        yield "account_days", (rows["at"] - rows.signed) / _DAY
    if "begun" in known:
        yield "seconds_to_order", rows.ordered - rows.begun
    if "inviter_id" in known:
        yield "is_self", (rows["inviter_id"] == rows["user_id"]).fill_null(False).cast("int64")  # noqa: FBT003 - Ibis takes it so
        other = (rows["inviter_id"] != rows["user_id"]) & (rows.met <= rows["at"])
        yield "is_mutual", other.fill_null(False).cast("int64")  # noqa: FBT003 - as above
    if {"product_id", "quantity"} <= known:
        usual = rows.n_paid / rows.n_pieces.nullif(0)
        yield "price_times", (rows.amount / rows.quantity.nullif(0)) / usual.nullif(0.0)
    if "given_back" in known:
        yield "returned_rate", _zero(rows.given_back) / rows.amount.nullif(0)
        yield (
            "return_days",
            ibis.ifelse(
                rows.is_return == 1, (rows["at"] - rows.ordered) / _DAY, ibis.null("float64")
            ),
        )
    if "praised_at" in known:
        praised = (rows.praised_at < rows["at"]) & (rows.is_return == 1)
        yield "praised", praised.fill_null(False).cast("int64")  # noqa: FBT003 - as above


def _is_window(name: str) -> bool:
    return name == "invited" or (name.rpartition("_")[2].isdigit() and not name.startswith("n_"))


def _zero(value: ir.IntegerValue) -> ir.IntegerValue:
    return value.fill_null(0).cast("int64")


def _seconds(at: ir.TimestampColumn) -> ir.IntegerColumn:
    """Whole seconds; what stands at a day's end, being known by the day, stays on that day."""
    return at.truncate("s").epoch_seconds().cast("int64")
