"""How well a forecast of purchases holds: made at a cut-off, compared with what came after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.customers.value.arrays import customers
from workbench.customers.value.history import days_of_users, purchase_history
from workbench.customers.value.purchases import fit_purchases
from workbench.errors import ParameterError
from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.findings import Finding, Status
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say

MISSED = 0.2
"""From which error of its sum on a forecast has missed: a fifth, well beyond the 12 % by which the
purchase model misses the customers that it was published on, so this shop does not follow it."""


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
        """The comparison in words, with the increment's error as its figure; bad beyond `MISSED`."""
        sentence = say(
            "Held against what came after, {expected:count} purchases were forecast and {actual:count} made, "
            "{error}; over {customers:count} customers forecast and actual purchases correlate at "
            "{correlation}.",
            expected=self.expected,
            actual=self.actual,
            error=_missed(self.increment_error_rate),
            customers=self.customers,
            correlation=say("an unknown rate")
            if np.isnan(self.correlation)
            else f"{self.correlation:z.2f}".replace("-", "−"),
        )
        is_known = not np.isnan(self.increment_error_rate)
        figure = self.increment_error_rate if is_known else None
        return Finding(sentence, figure, status=status_of(self.increment_error_rate))


def status_of(*error_rates: float) -> Status:
    """Return that forecasts are bad news if the sum of one misses by more than `MISSED`.

    Args:
        error_rates: expected / actual − 1 each; nan where nothing came.
    """
    return "bad" if any(abs(one) > MISSED for one in error_rates) else "neutral"


def _missed(error_rate: float) -> str:
    if np.isnan(error_rate):
        return say("which gives no error rate")
    size = words.percent(abs(error_rate))
    text = message("{size} too few") if error_rate < 0 else message("{size} too many")
    return text.format(size=size)


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
    frame = pd.DataFrame({"expected": forecast, "actual": made})
    grouped = frame.groupby(np.minimum(before, classes).astype("int64"))
    table = grouped.mean().assign(customers=grouped.size()).rename_axis("repeat_count")
    varies = bool(np.ptp(forecast) > 0 and np.ptp(made) > 0)
    known = float(np.sum(before))
    return HoldOut(
        customers=len(before),
        correlation=float(np.corrcoef(forecast, made)[0, 1]) if varies else np.nan,
        expected=float(np.sum(forecast)),
        actual=float(np.sum(made)),
        increment_error_rate=_error(float(np.sum(forecast)), float(np.sum(made))),
        cumulative_error_rate=_error(known + float(np.sum(forecast)), known + float(np.sum(made))),
        by_repeat_count=table.reset_index()[["repeat_count", "customers", "expected", "actual"]],
    )


def holdout(scope: Scope, later: Scope) -> HoldOut:
    """Fit the purchases known in a scope and compare their forecast with those of a later one.

    Args:
        scope: Its end is the cut-off: what follows the model does not know.
        later: Its end is that of the hold-out.

    Raises:
        ParameterError: If the hold-out ends before a day has passed.
        SourceError: If the orders before the cut-off cannot be fitted.
    """
    before = purchase_history(scope)
    length = (later.period.last - scope.period.last).days
    if length < 1:
        raise ParameterError(
            f"until == {later.end:%Y-%m-%d %H:%M}, must be a day or more after the cut-off "
            f"{scope.end:%Y-%m-%d %H:%M}"
        )
    expected = fit_purchases(before).conditional_expected_purchases(length, before)
    actual = bought_since(later, before["user_id"], scope.period.last)
    return check_forecast(before["repeat_count"], expected, actual)


def bought_since(later: Scope, user_ids: pd.Series, known: date) -> npt.NDArray[np.int64]:
    """Return on how many days each user bought after a day.

    Args:
        later: As `holdout`.
        user_ids: Whose days are counted, shape (customers,).
        known: The last day that does not count yet.

    Returns:
        Days with a purchase, shape (customers,).
    """
    days = days_of_users(later)
    bought = frame(
        days.filter(days.day > known, days.orders > 0)
        .group_by("user_id")
        .agg(days=lambda t: t.count())
    )
    counted = bought.set_index("user_id")["days"].reindex(user_ids, fill_value=0)
    return counted.to_numpy(dtype=np.int64)


def _error(expected: float, actual: float) -> float:
    return expected / actual - 1 if actual else np.nan
