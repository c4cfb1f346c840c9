"""What users are expected to buy, and what that is worth: BG/NBD and Gamma-Gamma on a shop's orders."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.customers.value import (
    PurchaseModel,
    fit_purchases,
    fit_spend,
    lifetime_value,
    purchase_history,
)
from workbench.customers.value.fitting import NoFit
from workbench.errors import SourceError
from workbench.kit.scope import Scope
from workbench.kit.sentences import say, say_n

LTV_DAYS = 365
COLUMNS = ("expected_orders", "order_probability", "expected_amount", "ltv_amount")
_DROPOUT, _RATE = "dropout", "rate"  # at the end of r and a + b, users are only alike


@dataclass(frozen=True)
class Forecast:
    """What each user known by the end of a period is expected to do after it.

    Attributes:
        users: A row a user with a purchase before the end: `user_id`, `repeat_count` (days with a
            purchase after the first such day); over the horizon
            `expected_orders` (days with a purchase), `order_probability` (of any) and
            `expected_amount` (minor units); `ltv_amount`, the discounted worth of the next 365
            days. Null where the data do not tell.
        missing: Why nothing can be forecast; empty where it can.
        doubt: Why the forecast is uncertain, in a sentence; empty if nothing speaks against it.
    """

    users: pd.DataFrame
    missing: str
    doubt: str = ""


def forecast(scope: Scope, *, horizon_days: int, discount_rate: float) -> Forecast:
    """Return what users are expected to buy after a scope, from all their orders up to its end.

    Args:
        scope: Its whole history counts, on its platform.
        horizon_days: How far `expected_orders`, `order_probability` and `expected_amount` look.
        discount_rate: By which an amount a year away is worth less today, for `ltv_amount`.
    """
    history = purchase_history(scope)
    users = history[["user_id", "repeat_count"]].assign(**dict.fromkeys(COLUMNS, float("nan")))
    try:
        purchases = fit_purchases(history)
        users["expected_orders"] = purchases.conditional_expected_purchases(horizon_days, history)
        users["order_probability"] = purchases.probability_of_purchase(horizon_days, history)
        spend = fit_spend(history)
        users["expected_amount"] = users["expected_orders"] * spend.expected_amount(history)
        users["ltv_amount"] = lifetime_value(
            purchases, spend, history, horizon_days=LTV_DAYS, yearly_discount_rate=discount_rate
        )
    except SourceError as error:
        why = error.told if isinstance(error, NoFit) else str(error)
        return Forecast(
            _whole(users), say("What users will buy cannot be forecast: {why}.", why=why)
        )
    known_days = int(history["age_days"].max()) + 1
    return Forecast(_whole(users), "", _doubt(purchases, known_days, horizon_days))


def _doubt(purchases: PurchaseModel, known_days: int, horizon_days: int) -> str:
    """Why a model that was fitted need not hold over the horizon."""
    if known_days < horizon_days:
        return say_n(
            "The forecast is uncertain: it looks {horizon:count} days ahead, and there are purchases "
            "of the last {n:count} day only.",
            "The forecast is uncertain: it looks {horizon:count} days ahead, and there are purchases "
            "of the last {n:count} days only.",
            known_days,
            horizon=horizon_days,
        )
    if _DROPOUT in purchases.at_bound and purchases.a < purchases.b:
        return say(
            "The forecast is uncertain: these orders do not show that users ever stop buying, so it "
            "counts on all of them to go on."
        )
    if {_DROPOUT, _RATE} & set(purchases.at_bound):
        return say(
            "The forecast is uncertain: so few of these users bought again, or so many so often, "
            "that the purchase model fits them only at the end of what is tried."
        )
    return ""


def _whole(users: pd.DataFrame) -> pd.DataFrame:
    """The users with amounts in whole minor units."""
    for name in ("expected_amount", "ltv_amount"):
        users[name] = users[name].round().astype("Int64")
    return users
