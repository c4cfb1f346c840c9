"""Recency, frequency and monetary value of every user who ordered in a period."""

from __future__ import annotations

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.customers.purchases import booked
from workbench.kit.scope import frame
from workbench.periods import Period


def measure(orders: ir.Table, period: Period) -> pd.DataFrame:
    """Return the RFM of every user with a purchase in a period.

    Args:
        orders: The contract's table.
        period: The base period; what was given back by its end counts.

    Returns:
        `user_id`; `recency_days`, from the shop's day of the last purchase to the period's last
        one; `frequency`, the purchases; `monetary`, minor units net of refunds. One row
        a user, in no order: to sort them is a quarter of the cost.
    """
    made = booked(orders, period.end)
    made = made.filter(made.ordered_at >= period.start)
    users = made.group_by("user_id").agg(
        last_at=made.ordered_at.max(where=made.is_purchase),
        frequency=made.count(where=made.is_purchase),
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
    )


def _days_ago(instants: pd.Series, period: Period) -> pd.Series:
    """Whole days of the shop from each instant's day to the period's last one."""
    local = instants.dt.tz_localize("UTC").dt.tz_convert(period.time_zone).dt.tz_localize(None)
    last = np.datetime64(period.last)
    return pd.Series((last - local.dt.floor("D")).dt.days, dtype="int64")
