"""What a user is worth on average: now, and by what was known a year ago."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.analyses.tiers.tiering import Tiers, orders_of
from workbench.customers.forecast import forecast
from workbench.customers.purchases import first_day
from workbench.customers.rfm import measure
from workbench.periods import Period

_YEAR = timedelta(weeks=52)

Estimate = tuple[float, float]
"""A mean and its standard error."""


class Ltv(NamedTuple):
    """The mean lifetime value of the users with an order in a period, in minor units.

    Attributes:
        now: By all orders up to the period's end; None where it cannot be forecast.
        year_ago: Of the users of the same weeks a year before, by the orders up to then; None where
            the orders do not reach back over these weeks, or it could not be forecast.
    """

    now: Estimate | None
    year_ago: Estimate | None


def ltv(
    tables: Mapping[str, ir.Table],
    period: Period,
    tiers: Tiers,
    *,
    discount_rate: float = 0.1,
    platform: str = "",
) -> Ltv:
    """Return what a user is worth on average, now and a year ago.

    The worth is that of the next 365 days, see `forecast`; the standard error is that of the mean
    over the users, the models taken as they were fitted.

    Args:
        tables: The source's; `orders` is needed.
        period: That of `tiers`.
        tiers: The users now.
        discount_rate: That of `tiers`.
        platform: That of `tiers`.
    """
    orders = orders_of(tables, platform)
    before = Period(period.first - _YEAR, period.last - _YEAR, period.time_zone)
    first = first_day(orders, period)
    reaches = first is not None and first <= before.first
    return Ltv(
        _mean(tiers.tiers["ltv_amount"]),
        _before(orders, before, discount_rate) if reaches else None,
    )


def _before(orders: ir.Table, period: Period, discount_rate: float) -> Estimate | None:
    users = measure(orders, period)
    if users.empty:
        return None
    worth = forecast(orders, period, horizon_days=1, discount_rate=discount_rate).users
    return _mean(users.merge(worth, on="user_id")["ltv_amount"])


def _mean(amounts: pd.Series) -> Estimate | None:
    known = amounts.dropna().to_numpy(dtype=float)
    if len(known) < 2:  # noqa: PLR2004 - one user has no spread
        return None
    return float(np.mean(known)), float(np.std(known, ddof=1) / np.sqrt(len(known)))
