"""Recency, frequency and monetary value of every user who ordered in a period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.customers.purchases import net_orders
from workbench.kit.engine import frame
from workbench.kit.scope import Scope


def measure(scope: Scope) -> pd.DataFrame:
    """Return the RFM of every user with a purchase in a scope's period.

    Args:
        scope: Whose orders; what was given back by its end counts.

    Returns:
        `user_id`; `recency_days`, from the shop's day of the last purchase to the period's last
        one; `frequency`, the purchases; `monetary`, minor units net of refunds. One row
        a user, in no order: to sort them is a quarter of the cost.
    """
    users = _by_user(scope)
    bought = users["frequency"] > 0
    # To copy users costs a tenth of the whole, and mostly all of them bought something.
    found = users if bought.all() else users[bought].reset_index(drop=True)
    return pd.DataFrame(
        {
            "user_id": found["user_id"],
            "recency_days": _days_ago(found["last_at"], scope),
            "frequency": found["frequency"].astype("int64"),
            "monetary": found["monetary"].astype("int64"),
        }
    )


def others_amount(scope: Scope) -> int:
    """Return what users without a purchase in the period came to: minor units, 0 or below.

    Who bought nothing in it can only have been given something back.
    """
    users = _by_user(scope)
    return int(users.loc[users["frequency"] == 0, "monetary"].sum())


def _by_user(scope: Scope) -> pd.DataFrame:
    """Who bought in the period, or was given something back in it."""

    def ask() -> pd.DataFrame:
        made = net_orders(scope)
        made = made.filter(made.ordered_at >= scope.start)
        users = made.group_by("user_id").agg(
            last_at=made.ordered_at.max(where=made.is_purchase),
            frequency=made.count(where=made.is_purchase),
            monetary=made.net_amount.sum(),
        )
        return frame(users.filter((users.frequency > 0) | (users.monetary != 0)))

    found: pd.DataFrame = scope.asked("rfm", ask)
    return found


def _days_ago(instants: pd.Series, scope: Scope) -> pd.Series:
    """Whole days of the shop from each instant's day to the period's last one."""
    local = instants.dt.tz_localize("UTC").dt.tz_convert(scope.time_zone).dt.tz_localize(None)
    last = np.datetime64(scope.period.last)
    return pd.Series((last - local.dt.floor("D")).dt.days, dtype="int64")
