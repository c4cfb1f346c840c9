"""Recency, frequency and monetary value of every user who ordered in a period."""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.inputs import frame
from workbench.periods import Period


def booked(orders: ir.Table, known_by: datetime) -> ir.Table:
    """Return what each order came to, as far as it was known by an instant.

    A refund counts from its instant on, or from the order's where that is not given. An order is
    a purchase unless all of it was given back; one of amount 0 is a purchase where nothing was
    given back, and else the cancellation of another one, which lowers what its user spent. A
    cancelled order without a refund was never paid: it is no purchase and worth nothing. Its day
    of cancellation is not known, so it is so for every `known_by`.

    Args:
        orders: The contract's table.
        known_by: UTC without a zone; what became known then or later does not count.

    Returns:
        `user_id` (may be null), `order_id`, `ordered_at`, `net_amount` (minor units), `is_purchase`;
        a row for each order placed before `known_by`.
    """
    orders = orders.filter(orders.ordered_at < known_by)
    back = _known_refund(orders, known_by)
    unpaid = ibis.literal(False)  # noqa: FBT003 - Ibis takes it so
    if "status" in orders.columns:
        never = back == 0
        if "refunded_amount" in orders.columns:
            never &= orders.refunded_amount.fill_null(0) == 0
        unpaid = (orders.status == "cancelled").fill_null(False) & never  # noqa: FBT003 - as above
    user = orders["user_id"] if "user_id" in orders.columns else ibis.null("string")
    return orders.select(
        "order_id",
        "ordered_at",
        user_id=user,
        net_amount=ibis.ifelse(unpaid, 0, orders.amount - back).cast("int64"),
        is_purchase=~unpaid & ((back == 0) | (back < orders.amount)),
    )


def measure(orders: ir.Table, period: Period) -> pd.DataFrame:
    """Return the RFM of every user with a purchase in a period.

    Args:
        orders: The contract's table.
        period: The base period; what was given back by its end counts.

    Returns:
        `user_id`; `recency_days`, from the shop's day of the last purchase to the period's last
        one; `frequency`, the purchases; `monetary`, minor units net of refunds. Ordered by user.
    """
    made = booked(orders, period.end)
    made = made.filter(made.ordered_at >= period.start, made["user_id"].notnull())  # noqa: PD004 - Ibis
    users = made.group_by("user_id").agg(
        last_at=made.ordered_at.max(where=made.is_purchase),
        frequency=made.is_purchase.sum(),
        monetary=made.net_amount.sum(),
    )
    found = frame(users.filter(users.frequency > 0))
    days = _days_ago(found["last_at"], period)
    return pd.DataFrame(
        {
            "user_id": found["user_id"],
            "recency_days": days,
            "frequency": found["frequency"].astype("int64"),
            "monetary": found["monetary"].astype("int64"),
        }
    ).sort_values("user_id", ignore_index=True)


def _known_refund(orders: ir.Table, known_by: datetime) -> ir.IntegerValue:
    if "refunded_amount" not in orders.columns:
        return ibis.literal(0)
    amount = orders.refunded_amount.fill_null(0)
    if "refunded_at" not in orders.columns:
        return amount
    return ibis.ifelse((orders.refunded_at >= known_by).fill_null(False), 0, amount)  # noqa: FBT003 - Ibis takes it so


def _days_ago(instants: pd.Series, period: Period) -> pd.Series:
    """Whole days of the shop from each instant's day to the period's last one."""
    local = instants.dt.tz_localize("UTC").dt.tz_convert(period.time_zone).dt.tz_localize(None)
    last = np.datetime64(period.last)
    return pd.Series((last - local.dt.floor("D")).dt.days, dtype="int64")
