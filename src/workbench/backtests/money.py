"""Forecasts of purchases and of money that were made at a cut-off, held against what came."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.backtests.cutoff import split
from workbench.customers.purchases import purchases
from workbench.customers.value import fit_purchases, purchase_history
from workbench.customers.value.arrays import customers
from workbench.kit.engine import frame
from workbench.kit.findings import Finding, Status
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.periods import local_day
from workbench.stats.arrays import Array
from workbench.stats.interval import Interval, Z

MISSED = 0.2
"""From which error of its sum on a forecast has missed: a fifth, well beyond the 12 % by which the
purchase model misses the customers that it was published on, so this shop does not follow it."""

TOPIC = "forecast"

_PURCHASES = {
    -1: message(
        "Held against what came after, {expected:count} purchases were forecast and {actual:count} "
        "made, {size:percent} too few; over {customers:count} customers forecast and actual "
        "purchases correlate at {correlation:decimal}."
    ),
    1: message(
        "Held against what came after, {expected:count} purchases were forecast and {actual:count} "
        "made, {size:percent} too many; over {customers:count} customers forecast and actual "
        "purchases correlate at {correlation:decimal}."
    ),
    0: message(
        "Held against what came after, {expected:count} purchases of {customers:count} customers "
        "were forecast and none made, which gives no error rate."
    ),
}
_ALIKE = message(
    "Held against what came after, {expected:count} purchases of {customers:count} customers were "
    "forecast and {actual:count} made; whether the forecast tells customers apart is not known."
)
_MONEY = {
    -1: message(
        "For the {span:duration} after the cut-off {expected:whole_money} was forecast from the users "
        "on a level, {size:percent} too low: they brought {actual:whole_money}."
    ),
    1: message(
        "For the {span:duration} after the cut-off {expected:whole_money} was forecast from the users "
        "on a level, {size:percent} too high: they brought {actual:whole_money}."
    ),
    0: message(
        "For the {span:duration} after the cut-off {expected:whole_money} was forecast from the users "
        "on a level, which has no error rate: they brought {actual:whole_money}."
    ),
}


@dataclass(frozen=True)
class HoldOut:
    """A forecast beside what happened.

    Attributes:
        customers: How many customers were forecast.
        correlation: Pearson's, of forecast and actual purchases over the customers; nan where one
            of them does not vary.
        expected: Purchases forecast, in all.
        actual: Purchases made, in all.
        increment_error_rate: expected / actual − 1; nan where nothing was bought.
        cumulative_error_rate: The same with the purchases before the cut-off added on both sides,
            which hides much of the error: it is there to compare with published figures.
        by_repeat_count: `repeat_count` before the cut-off (the last class means "or more"),
            `customers`, `expected` and `actual` purchases a customer.
    """

    customers: int
    correlation: float
    expected: float
    actual: float
    increment_error_rate: float
    cumulative_error_rate: float
    by_repeat_count: pd.DataFrame

    @property
    def finding(self) -> Finding:
        """The comparison in words, with the increment's error; bad beyond `MISSED` and chance."""
        error = self.increment_error_rate
        is_alike = math.isnan(self.correlation) and self.actual > 0
        sentence = say(
            _ALIKE if is_alike else _PURCHASES[_side(error)],
            expected=self.expected,
            actual=self.actual,
            customers=self.customers,
            size=abs(error),
            correlation=self.correlation,
        )
        # Purchases vary by their root at least: what that explains is no miss.
        is_chance = abs(self.expected - self.actual) <= Z * math.sqrt(max(self.actual, 0.0))
        status = "neutral" if is_chance and not math.isnan(error) else _status(error)
        return Finding.about(TOPIC, sentence, Interval(error), status)


def check_forecast(
    repeat_count: npt.ArrayLike,
    expected: npt.ArrayLike,
    actual: npt.ArrayLike,
    *,
    classes: int = 7,
) -> HoldOut:
    """Compare forecast and actual purchases.

    Args:
        repeat_count: Repeat purchases before the cut-off, shape (customers,).
        expected: Purchases forecast for the time after it, shape (customers,).
        actual: Purchases made in that time, shape (customers,).
        classes: From how many repeat purchases on customers are one class of `by_repeat_count`.

    Raises:
        SourceError: If the columns are empty, differ in length or hold impossible values.
    """
    before, forecast, made = customers(repeat_count=repeat_count, expected=expected, actual=actual)
    rows = pd.DataFrame({"expected": forecast, "actual": made})
    grouped = rows.groupby(np.minimum(before, classes).astype("int64"))
    table = grouped.mean().assign(customers=grouped.size()).rename_axis("repeat_count")
    varies = bool(np.ptp(forecast) > 0 and np.ptp(made) > 0)
    sums = [float(np.sum(one)) for one in (before, forecast, made)]
    return HoldOut(
        customers=len(before),
        correlation=float(np.corrcoef(forecast, made)[0, 1]) if varies else math.nan,
        expected=sums[1],
        actual=sums[2],
        increment_error_rate=_error(sums[1], sums[2]),
        cumulative_error_rate=_error(sums[0] + sums[1], sums[0] + sums[2]),
        by_repeat_count=table.reset_index()[["repeat_count", "customers", "expected", "actual"]],
    )


def holdout(scope: Scope, horizon_days: int) -> HoldOut:
    """Fit purchases before a scope's last days and compare their forecast with those since.

    Args:
        scope: Whose orders; all before the cut-off are learned from.
        horizon_days: How many days before its end the cut-off lies.

    Raises:
        ParameterError: If no day is held out.
        SourceError: If the orders before the cut-off cannot be fitted.
    """
    base, ahead = split(scope, horizon_days)
    history = purchase_history(base)
    expected = fit_purchases(history).conditional_expected_purchases(horizon_days, history)
    actual = bought_days(ahead, history["user_id"])
    return check_forecast(history["repeat_count"], expected, actual)


def bought_days(scope: Scope, user_ids: pd.Series) -> npt.NDArray[np.int64]:
    """Return on how many days of a scope's period each user bought, shape (users,).

    Args:
        scope: Whose orders.
        user_ids: Whose days are counted, shape (users,).
    """
    made = purchases(scope)
    made = made.filter(made.ordered_at >= scope.start)
    days = made.select("user_id", day=local_day(made.ordered_at, scope.period)).distinct()
    counted = frame(days.group_by("user_id").agg(days=days.count())).set_index("user_id")["days"]
    return counted.reindex(user_ids, fill_value=0).to_numpy(dtype=np.int64)


def by_level(levels: pd.DataFrame, place: Array, predicted: pd.Series) -> pd.DataFrame:
    """Return what the users of each level were expected to bring beside what they brought.

    Args:
        levels: `level`, `users`, `total_amount` (what they brought, minor units); the highest first.
        place: Each user's level, 0 the highest; shape (users,).
        predicted: Each user's expected minor units; shape (users,).

    Returns:
        One row a level: `level`, `users`, `expected_amount` (the sum of the predicted values; null
        where one is), `actual_amount` (both in minor units), `error_rate` (expected over actual,
        less 1; null where nothing was brought or forecast).
    """
    each = predicted.to_numpy(dtype=float, na_value=math.nan)
    # A sum that leaves out users without a forecast would be held against all that they brought.
    expected = pd.Series(np.bincount(place, each, minlength=len(levels)))
    actual = levels["total_amount"]
    return levels[["level", "users"]].assign(
        expected_amount=expected.round().astype("Int64"),
        actual_amount=actual,
        error_rate=expected / actual.where(actual > 0) - 1,
    )


def error(check: pd.DataFrame) -> float:
    """Return by how much the money of all levels was forecast too high, relative; nan if not known.

    Args:
        check: As `by_level` returns it.
    """
    sums = check[["expected_amount", "actual_amount"]].sum(skipna=False)
    return math.nan if sums.isna().any() else _error(*map(int, sums))


def told(check: pd.DataFrame, span: timedelta, currency: str) -> Finding:
    """Return by how much the forecast of money missed; bad beyond `MISSED`.

    Args:
        check: As `by_level` returns it.
        span: How long after the cut-off was looked at.
        currency: ISO 4217 code of the amounts.
    """
    missed = error(check)
    if check["expected_amount"].isna().any():
        sentence = say(
            "No amounts could be forecast at the cut-off, so their forecast is not tested."
        )
        return Finding.about(TOPIC, sentence, status="unknown")
    sentence = say(
        _MONEY[_side(missed)],
        span=span,
        expected=int(check["expected_amount"].sum()),
        actual=int(check["actual_amount"].sum()),
        size=abs(missed),
        currency=currency,
    )
    return Finding.about(TOPIC, sentence, Interval(missed), _status(missed))


def _error(expected: float, actual: float) -> float:
    return expected / actual - 1 if actual > 0 else math.nan


def _side(error: float) -> int:
    """Whether a forecast was too low (−1) or too high; 0 where that is not known."""
    return 0 if math.isnan(error) else -1 if error < 0 else 1


def _status(error: float) -> Status:
    return "unknown" if math.isnan(error) else "bad" if abs(error) > MISSED else "neutral"
