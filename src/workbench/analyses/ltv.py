"""What is a user worth on average: now, and by what was known a year ago?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.customers.forecast import LTV_DAYS, forecast
from workbench.customers.purchases import purchases
from workbench.customers.tiering import Tiered
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n, together
from workbench.stats.disclosure import is_small
from workbench.stats.interval import UNKNOWN, Interval, Z

_YEAR = timedelta(weeks=52)
_ENOUGH = 0.9  # of the days that a forecast looks ahead: with fewer behind it is uncertain

Estimate = tuple[float, float]
"""A mean and its standard error."""


@dataclass(frozen=True)
class Ltv(Result):
    """The mean lifetime value of the users with a purchase in a period, in minor units.

    Attributes:
        now: By all orders up to the period's end; None where it cannot be forecast.
        year_ago: Of the users of the same weeks a year before, by the orders up to then; None where
            the orders do not reach back over these weeks, or it could not be forecast.
        metrics: `ltv_amount` (minor units), and `ltv_growth` since a year ago.
    """

    TOPICS: ClassVar = ("ltv",)
    now: Estimate | None
    year_ago: Estimate | None


def ltv(scope: Scope, tiers: Tiered) -> Ltv:
    """Return what a user is worth on average, now and a year ago.

    The worth is that of the next 365 days, see `forecast`; the standard error is that of the mean
    over the users, the models taken as they were fitted.

    Args:
        scope: That of `tiers`.
        tiers: The users now, and by which rate a year's amount is worth less.
    """
    before = scope.until(scope.period.last - _YEAR)
    first = scope.first_day("orders")
    reaches = first is not None and first <= before.period.first
    year_ago = _before(before, tiers.discount_rate) if reaches else None
    known_days = 0 if first is None else (scope.period.last - first).days + 1
    return told(scope, _mean(tiers.users["ltv_amount"]), year_ago, known_days)


def told(
    scope: Scope, now: Estimate | None, year_ago: Estimate | None, known_days: int = LTV_DAYS
) -> Ltv:
    """Return the result of two means, with its figures and its sentence.

    Args:
        scope: Whose.
        now: As `Ltv.now`.
        year_ago: As `Ltv.year_ago`.
        known_days: How many days the orders reach back; where they are far fewer than a year the sentence says so.
    """
    amount = UNKNOWN
    if now is not None:
        amount = Interval(now[0], now[0] - Z * now[1], now[0] + Z * now[1])
    growth = ltv_growth(now, year_ago)
    why = (
        say(
            "a year ago there were no users to compare with, or fewer than {least:count}",
            least=scope.fewest,
        )
        if scope.fewest
        else say("the orders do not reach back far enough for the value of a year ago")
    )
    metrics = (
        Metric("ltv_amount", amount, "amount"),
        Metric("ltv_growth", growth, "growth", why=why),
    )
    finding = _finding(scope, amount, year_ago, known_days)
    ahead = say("by the orders forecast for {n:count} days", n=LTV_DAYS)
    tiles = tuple(headlines(scope, metrics, {"ltv_amount": [ahead], "ltv_growth": []}))
    return Ltv(scope, now, year_ago, findings=(finding,), metrics=metrics, tiles=tiles)


def ltv_growth(now: Estimate | None, year_ago: Estimate | None) -> Interval:
    """Return by how much a mean grew relative to a year ago, with its 95 % interval.

    The delta method on the scale of logarithms, as for a ratio of independent means (the users
    that both have in common make it err on the wide side). NaN where either is unknown, or not
    above 0.
    """
    if now is None or year_ago is None or not (now[0] > 0 and year_ago[0] > 0):
        return UNKNOWN
    ratio = now[0] / year_ago[0]
    reach = Z * math.hypot(now[1] / now[0], year_ago[1] / year_ago[0])
    return Interval(ratio - 1, ratio * math.exp(-reach) - 1, ratio * math.exp(reach) - 1)


def _before(scope: Scope, discount_rate: float) -> Estimate | None:
    bought = purchases(scope)
    users = frame(bought.filter(bought.ordered_at >= scope.start).select("user_id").distinct())
    if users.empty or is_small(len(users), scope.fewest):
        return None
    worth = forecast(scope, horizon_days=1, discount_rate=discount_rate).users
    return _mean(users.merge(worth, on="user_id")["ltv_amount"])


def _mean(amounts: pd.Series) -> Estimate | None:
    known = amounts.dropna().to_numpy(dtype=float)
    if len(known) < 2:  # noqa: PLR2004 - one user has no spread
        return None
    return float(np.mean(known)), float(np.std(known, ddof=1) / np.sqrt(len(known)))


def _finding(scope: Scope, amount: Interval, year_ago: Estimate | None, known_days: int) -> Finding:
    if not amount.is_known:
        text = say("What a user of this period is worth cannot be forecast.")
        return Finding.about("ltv", text, status="unknown")
    now, since = (
        message(
            "A user with an order in this period is worth {value:money} on average, by the orders "
            "that are forecast for the next 365 days."
        ),
        message(
            "A user with an order in this period is worth {value:money} on average, by the orders "
            "that are forecast for the next 365 days; a year ago it was {before:money}."
        ),
    )
    values = {"value": amount.value, "currency": scope.currency}
    text = say(since, before=year_ago[0], **values) if year_ago else say(now, **values)
    if known_days >= _ENOUGH * LTV_DAYS:
        return Finding.about("ltv", text, amount)
    young = say_n(
        "That is uncertain: there are orders of {n:count} day only.",
        "That is uncertain: there are orders of {n:count} days only.",
        known_days,
    )
    return Finding.about("ltv", together(text, young), amount, "unknown")
