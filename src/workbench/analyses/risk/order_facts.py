"""Facts of orders: what was known of each when it was placed, and again when it was sent back.

Everything is counted up to that instant and never beyond it. A moment is an order or a return; what a
user, an inviter or a content had in the last 1, 7 and 30 days is a window over moments by the second.
A window takes all of one second together, so no order within it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

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
IDS = ("order_id", "user_id", "content_id")
"""Features that are ids, which no model learns from."""


def facts(scope: Scope) -> Iterator[ir.Table]:
    """Return the features of every moment up to a scope's end in parts, so that each stays small.

    Returns:
        First `place` (0, 1, … by time), `order_id`, `at` and `amount` of every moment; then, each with `place`, the
        other ids and names, what is known of a moment alone, and what users, inviters, contents and
        products had had by then, for the moments that name one.
    """
    stream = _stream(scope)
    rows, told = _placed(stream), _placed(_told(scope, stream))
    yield rows.select("place", "order_id", "at", "amount")
    yield from (rows.select("place", one) for one in (*IDS[1:], *KINDS) if one in rows.columns)
    yield told.select("place", **_small(_alone(told)))
    for by, count in _COUNTED.items():
        if by in rows.columns:
            mine = rows.filter(rows[by].notnull())
            yield mine.select("place", **_small(count(mine)))
    if "quantity" in stream.columns and "product_id" in told.columns:
        mine = told.filter(told.product_id.notnull())
        yield mine.select("place", **_small(_of_product(mine)))


def _placed(rows: ir.Table) -> ir.Table:
    """Rows with their place by time; an order comes before what is sent back of it."""
    by = ibis.window(order_by=["at", "order_id", "is_return"])
    return rows.mutate(place=ibis.row_number().over(by))


def _small(named: Iterator[tuple[str, ir.Value]]) -> dict[str, ir.Value]:
    return {name: value.cast("float32") for name, value in named}


def _stream(scope: Scope) -> ir.Table:
    """Orders and returns, a row each, with what the order is known by."""
    orders = scope.known.orders
    orders = orders.filter(orders.amount > 0)  # a cancellation that is booked apart is no case
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
    if "events" in tables and "order_id" in tables.events.columns:
        rows = _joined(rows, _visits(tables.events), "order_id")
        if "worth" in rows.columns:  # else the order holds more than its event tells of
            is_all = rows.worth.isnull() | (rows.worth == rows.amount)
            product = ibis.ifelse(is_all, rows.product_id, ibis.null("string"))
            rows = rows.select(
                *(one for one in rows.columns if one not in {"worth", "product_id"}),
                product_id=product,
            )
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
    """Of each order, what its event tells: product, if it holds no other, and when its visit began."""
    bought = events.filter(events.order_id.notnull())
    told = {"n_events": bought.count()}
    if "product_id" in events.columns:
        first, last = bought.product_id.min(), bought.product_id.max()
        is_one = (first == last) & (bought.product_id.count() == bought.count())
        told["product_id"] = ibis.ifelse(is_one, first, ibis.null("string"))
        if "value" in events.columns:
            told["worth"] = bought["value"].sum()
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


def _of_user(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    for days in DAYS:
        yield f"orders_{days}", _within("user_id", rows.is_order, days)
        yield f"returns_{days}", _within("user_id", rows.is_return, days)
        if "coupon_id" in rows.columns:
            coupon = ibis.ifelse(rows.coupon_id.notnull(), rows.is_order, 0)
            yield f"coupons_{days}", _within("user_id", coupon, days)
    paid = rows.amount * rows.is_order
    yield "amount_30", _within("user_id", paid, DAYS[-1])
    earlier = _within("user_id", rows.is_order, None) - 1
    mean = (_within("user_id", paid, None) - rows.amount) / earlier.nullif(0)
    yield "orders_before", earlier
    yield "amount_times", rows.amount / mean.nullif(0.0)


def _of_inviter(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    for days in DAYS:
        yield f"invited_{days}", _within("inviter_id", rows.is_order, days)
    yield "invited", _within("inviter_id", rows.is_order, None)


def _of_content(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    for days in DAYS:
        yield f"content_orders_{days}", _within("content_id", rows.is_order, days)
        yield f"content_returns_{days}", _within("content_id", rows.is_return, days)


_COUNTED: Mapping[str, Callable[[ir.Table], Iterator[tuple[str, ir.Value]]]] = {
    "user_id": _of_user,
    "inviter_id": _of_inviter,
    "content_id": _of_content,
}


def _of_product(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """What a piece cost, in relation to all that was paid for the product so far."""
    pieces = _within("product_id", _zero(rows.quantity) * rows.is_order, None)
    usual = _within("product_id", rows.amount * rows.is_order, None) / pieces.nullif(0)
    yield "price_times", (rows.amount / rows.quantity.nullif(0)) / usual.nullif(0.0)


def _within(by: str, value: ir.IntegerValue, days: int | None) -> ir.Value:
    """The sum over what one of a column had in so many days up to the moment."""
    window = ibis.range_window(
        group_by=by, order_by="at", preceding=None if days is None else days * _DAY - 1, following=0
    )
    return value.sum().over(window)


def _alone(rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """What is known of a moment without any other."""
    known = {*rows.columns}
    yield "is_return", rows.is_return
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
    if "given_back" in known:
        yield "returned_rate", _zero(rows.given_back) / rows.amount.nullif(0)
        took = (rows["at"] - rows.ordered) / _DAY
        yield "return_days", ibis.ifelse(rows.is_return == 1, took, ibis.null("float64"))
    if "praised_at" in known:
        praised = (rows.praised_at < rows["at"]) & (rows.is_return == 1)
        yield "praised", praised.fill_null(False).cast("int64")  # noqa: FBT003 - as above


def _zero(value: ir.IntegerValue) -> ir.IntegerValue:
    return value.fill_null(0).cast("int64")


def _seconds(at: ir.TimestampColumn) -> ir.IntegerColumn:
    """Whole seconds; what stands at a day's end, being known by the day, stays on that day."""
    return at.truncate("s").epoch_seconds().cast("int64")
