"""What users bought and gave back, as it was known at an instant; every order has its place.

Three kinds of rows stand in a table of orders. A purchase is an order of which something was kept;
of amount 0 it counts too, as the literature counts free ones, unless it gives money back. An order
that was cancelled or given back in full is undone: neither its amount nor the refund of it counts.
A return is a row that only gives back what other orders paid, as exports write it that book a
cancellation on its own (amount 0 with a refund); so does an undone order with what it gives back
beyond its own amount.

A status has no date of its own: an order is undone from its refund on, and was an ordinary
purchase to whoever looked before that. One that was cancelled without a refund was never paid.
"""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.errors import WorkbenchError
from workbench.kit.engine import frame
from workbench.kit.scope import Scope

_PARTS = {
    ("purchase", True): "in_period",
    ("purchase", False): "before_period",
    ("return", True): "given_back_in_period",
    ("return", False): "given_back_before_period",
    ("undone", True): "undone",
    ("undone", False): "undone",
    ("without_user", True): "without_user",
    ("without_user", False): "without_user",
    ("later", True): "after_period",
}
_LATER = "refunded_after_period"
_ORDER = (*dict.fromkeys(_PARTS.values()), _LATER)
_COLUMNS = ["outcome", "orders", "amount", "refunded_amount", "net_amount"]


def purchases(scope: Scope) -> ir.Table:
    """Return the purchases of known users up to a scope's end on its platform, one row an order.

    Args:
        scope: Its table `orders` is needed; `status`, `refunded_amount` and `refunded_at` may be
            missing. Those of the period alone are the rows from `scope.start` on.

    Returns:
        `user_id`, `order_id`, `ordered_at`, `amount` (minor units, before any refund).
    """
    rows = _of_users(scope)
    return rows.filter(rows.is_purchase).select("user_id", "order_id", "ordered_at", "amount")


def net_orders(scope: Scope) -> ir.Table:
    """Return what each order of a known user up to a scope's end came to by then, one row an order.

    Args:
        scope: As for `purchases`.

    Returns:
        `user_id`, `order_id`, `ordered_at`, `is_purchase`, `net_amount` (minor units: what the
        purchase paid less what was given back of it; of any other order what it gave back, below
        0). Over all rows it comes to the amounts of `purchases` less those of `returns`.
    """
    rows = _of_users(scope)
    return rows.select("user_id", "order_id", "ordered_at", "is_purchase", "net_amount")


def returns(scope: Scope) -> ir.Table:
    """Return what was given back to known users by a scope's end, one row an order.

    Args:
        scope: As for `purchases`.

    Returns:
        `user_id`, `order_id`, `ordered_at`, `refunded_at` (when the order was placed, where the
        source does not say), `refunded_amount` (minor units, more than 0). Cut to a period by
        `ordered_at`, a refund of an order counts where the order does, and a return that names
        no order counts on its own day.
    """
    rows = _of_users(scope)
    back = _returned(rows)
    return rows.filter(back > 0).select(
        "user_id", "order_id", "ordered_at", "refunded_at", refunded_amount=back
    )


def account(scope: Scope) -> pd.DataFrame:
    """Return where each order and all money are, as known when the period ends.

    Args:
        scope: The orders of its platform and filters, whenever they were placed.

    Returns:
        One row each for `in_period` and `before_period` (purchases of known users with what was
        given back of them), `given_back_in_period` and `given_back_before_period` (returns that
        name no order), `undone`, `without_user`, `after_period` (ordered later),
        `refunded_after_period` (refunds of known users that were not known yet; no orders) and
        `total`: `outcome`, `orders`, `amount`, `refunded_amount`, `net_amount` (amount less
        refunded_amount), in minor units.

    Raises:
        WorkbenchError: If the parts are not the whole, to the last minor unit.
    """
    orders = scope.cut("orders", scope.tables.orders)
    rows = _kinds(orders, scope.end)
    parts = frame(
        rows.group_by(kind=rows.kind, is_new=rows.ordered_at >= scope.start).agg(
            orders=rows.count(),
            amount=rows.amount.sum(),
            own=(rows.refunded - rows.returned - rows.later).sum(),
            returned=rows.returned.sum(),
            later=rows.later.sum(),
        )
    )
    lines = []
    for part in parts.to_dict("records"):
        name, new = str(part["kind"]), bool(part["is_new"])
        own = _PARTS[name, new]
        back = own if name == "purchase" else _PARTS["return", new]
        lines.append((own, part["orders"], part["amount"], part["own"]))
        lines += [(back, 0, 0, part["returned"]), (_LATER, 0, 0, part["later"])]
    table = pd.DataFrame(lines, columns=_COLUMNS[:-1]).groupby("outcome").sum()
    table = table.reindex(_ORDER, fill_value=0).astype("int64")
    whole, found = _whole(orders), table.sum().tolist()
    if found != whole:
        raise WorkbenchError(
            f"the account of the orders does not add up: {found} of {whole} (orders, amount, refunded)"
        )
    table.loc["total"] = whole
    table["net_amount"] = table["amount"] - table["refunded_amount"]
    return table.rename_axis("outcome").reset_index()


def _whole(orders: ir.Table) -> list[int]:
    """The table's own orders, amount and refunds."""
    back = orders.refunded_amount.sum() if "refunded_amount" in orders.columns else ibis.literal(0)
    counted = orders.agg(orders=orders.count(), amount=orders.amount.sum(), refunded=back)
    return [int(value) for value in frame(counted).fillna(0).iloc[0]]


def _kinds(orders: ir.Table, end: datetime) -> ir.Table:
    """Every order with its kind, what of its refund is a return, and what is known only later.

    A row of the kinds `later` (ordered after the end) and `without_user` has neither.
    """
    rows = as_known(outcomes(orders), end)
    is_later, has_none = rows.ordered_at >= end, rows["user_id"].isnull()  # noqa: PD003 - Ibis
    kind = ibis.cases(
        (is_later, "later"),
        (has_none, "without_user"),
        (rows.is_return, "return"),
        (rows.is_undone, "undone"),
        else_="purchase",
    )
    counts = ~(is_later | has_none)
    return rows.mutate(
        kind=kind,
        returned=ibis.ifelse(counts, _returned(rows), _zero()),
        later=ibis.ifelse(counts & ~rows.is_known, rows.refunded, _zero()),
    )


def _of_users(scope: Scope) -> ir.Table:
    """The orders of known users before the end, as known then; engines read no others."""
    orders = scope.known.orders
    return as_known(outcomes(orders.filter(orders["user_id"].notnull())), scope.end)  # noqa: PD004 - Ibis


def outcomes(orders: ir.Table, *carried: str) -> ir.Table:
    """Return what became of each order, as the source knows it today.

    Args:
        orders: Of the contract.
        carried: Further columns to keep.

    Returns:
        `user_id`, `order_id`, `ordered_at`, `amount`, what is `carried`; `refunded` (minor units)
        and `refunded_at` (when the order was placed, where the source does not say); `is_return`;
        `comes_undone`, from `refunded_at` on.
    """
    known = orders.columns
    refunded = orders.refunded_amount.fill_null(0) if "refunded_amount" in known else _zero()
    at = orders.ordered_at
    if "refunded_at" in known:
        at = ibis.coalesce(orders.refunded_at, at)
    no = ibis.literal(False)  # noqa: FBT003 - Ibis takes it so
    is_cancelled = (orders.status == "cancelled").fill_null(no) if "status" in known else no
    is_return = (orders.amount == 0) & (refunded > 0)
    is_whole = (orders.amount > 0) & (refunded >= orders.amount)
    return orders.select(
        "order_id",
        "ordered_at",
        "amount",
        *carried,
        user_id=orders["user_id"] if "user_id" in known else ibis.null("string"),
        refunded=refunded,
        refunded_at=at,
        is_return=is_return,
        comes_undone=is_whole | (is_cancelled & ~is_return),
    )


def as_known(rows: ir.Table, end: datetime | ir.TimestampColumn) -> ir.Table:
    """Return outcomes as they were known at an instant, the same for all or a column.

    Returns:
        The rows with `is_known` (the refund), `is_undone`, `is_purchase` (of whomever) and
        `net_amount`, as `net_orders` tells it.
    """
    is_known = rows.refunded_at < end
    is_undone = rows.comes_undone & is_known
    return rows.mutate(
        is_known=is_known,
        is_undone=is_undone,
        is_purchase=~(rows.is_return | is_undone),
        net_amount=ibis.ifelse(
            is_undone,
            ibis.least(rows.amount - rows.refunded, 0),
            rows.amount - ibis.ifelse(is_known, rows.refunded, 0),
        ),
    )


def _returned(rows: ir.Table) -> ir.IntegerColumn:
    """What was given back by then beyond what an undone order had paid itself."""
    own = ibis.ifelse(rows.is_undone, ibis.least(rows.refunded, rows.amount), 0)
    return ibis.ifelse(rows.is_known, rows.refunded - own, _zero())


def _zero() -> ir.IntegerScalar:
    return ibis.literal(0, "int64")
