"""What users are expected to buy, and what that is worth: BG/NBD and Gamma-Gamma on a shop's orders."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from workbench.errors import SourceError
from workbench.periods import Period
from workbench.value import (
    PurchaseModel,
    SpendModel,
    fit_purchases,
    fit_spend,
    lifetime_value,
    purchase_history,
)
from workbench.words import _

LTV_DAYS = 365
COLUMNS = ("expected_orders", "order_probability", "expected_amount", "ltv_amount")
_HISTORY = ("repeat_count", "last_purchase_days", "age_days")


@dataclass(frozen=True)
class Forecast:
    """What each user known by the end of a period is expected to do after it.

    Attributes:
        users: A row a user with a purchase before the end: `user_id`; over the horizon
            `expected_orders` (days with a purchase), `order_probability` (of any) and
            `expected_amount` (minor units); `ltv_amount`, the discounted worth of the next 365
            days. Null where the data do not tell.
        missing: Why nothing can be forecast; empty where it can.
    """

    users: pd.DataFrame
    missing: str


def forecast(
    orders: ir.Table, period: Period, *, horizon_days: int, discount_rate: float
) -> Forecast:
    """Return what users are expected to buy after a period, from all their orders up to its end.

    Args:
        orders: The contract's table.
        period: Nothing after its end is known.
        horizon_days: How far `expected_orders`, `order_probability` and `expected_amount` look.
        discount_rate: By which an amount a year away is worth less today, for `ltv_amount`.
    """
    history = purchase_history(orders, period.end, period.time_zone)
    known = [history[name].to_numpy() for name in _HISTORY]
    users = history[["user_id"]].assign(**dict.fromkeys(COLUMNS, float("nan")))
    try:
        purchases = fit_purchases(*known)
        users["expected_orders"] = purchases.conditional_expected_purchases(horizon_days, *known)
        users["order_probability"] = purchases.probability_of_purchase(horizon_days, *known)
        spend = fit_spend(history["repeat_count"], history["mean_amount"])
        for name, days, rate in (
            ("expected_amount", horizon_days, 0.0),
            ("ltv_amount", LTV_DAYS, discount_rate),
        ):
            users[name] = _worth(purchases, spend, history, days, rate)
    except SourceError as error:
        return Forecast(_whole(users), _("To forecast purchases: {why}.").format(why=error))
    return Forecast(_whole(users), "")


def _worth(
    purchases: PurchaseModel, spend: SpendModel, history: pd.DataFrame, days: int, rate: float
) -> pd.Series:
    worth = lifetime_value(
        purchases,
        spend,
        *(history[name] for name in (*_HISTORY, "mean_amount")),
        horizon=days,
        unit_days=1,
        yearly_discount_rate=rate,
    )
    return pd.Series(worth, index=history.index)


def _whole(users: pd.DataFrame) -> pd.DataFrame:
    """The users with amounts in whole minor units."""
    for name in ("expected_amount", "ltv_amount"):
        users[name] = users[name].round().astype("Int64")
    return users
