"""The forecast of money that was made at the cut-off of a back-test, held against what came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.customers.value.holdout import status_of
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say

_DAY = 86_400

Array = np.ndarray[Any, Any]


def forecast_check(
    place: Array, predicted: pd.Series, amounts: Array, levels: Sequence[str]
) -> pd.DataFrame:
    """Return what the users of each level were expected to bring beside what they brought.

    Args:
        place: Each user's level, 0 the highest; shape (users,).
        predicted: Each user's expected minor units; shape (users,).
        amounts: Each user's minor units that came; shape (users,).
        levels: The nine levels, the highest first.

    Returns:
        `Validity.forecast_check`.
    """
    rows = pd.DataFrame(
        {"expected": predicted.astype("Float64"), "actual": amounts}, index=predicted.index
    )
    grouped, every = rows.groupby(place), range(len(levels))
    actual = grouped["actual"].sum().reindex(every, fill_value=0)
    # A sum that leaves out users without a forecast would be held against all that they brought.
    expected = (
        grouped["expected"].agg(lambda one: one.sum(skipna=False)).reindex(every, fill_value=0)
    )
    ratio = expected / actual.where(actual > 0) - 1
    return pd.DataFrame(
        {
            "level": list(levels),
            "users": np.bincount(place, minlength=len(levels)),
            "expected_amount": expected.round().astype("Int64"),
            "actual_amount": actual.astype("int64"),
            "error_rate": ratio.astype("float64"),
        }
    )


def forecast_told(
    check: pd.DataFrame,
    horizon_days: int,
    currency: str,
    *,
    purchases_error_rate: float,
) -> Finding:
    """Return by how much the forecast missed: the money of these users, and purchases.

    It is bad where the sum of either misses by more than `MISSED`.

    Args:
        check: `Validity.forecast_check`.
        horizon_days: How many days after the cut-off were looked at.
        currency: ISO 4217 code of the amounts.
        purchases_error_rate: By how much the forecast purchases were more than those made; nan
            where none were made.
    """
    expected = check["expected_amount"]
    if expected.isna().any():
        return Finding(
            say("No amounts could be forecast at the cut-off, so their forecast is not tested."),
            status="unknown",
        )
    forecast, actual = int(expected.sum()), int(check["actual_amount"].sum())
    error = forecast / actual - 1 if actual > 0 else math.nan
    sentence = say(
        "Forecast for the {span:duration} after the cut-off: {forecast:money} from the users on a level, who "
        "brought {actual:money}. Money was forecast {money}, the purchases of all users known then "
        "{purchases}.",
        span=horizon_days * _DAY,
        forecast=forecast,
        actual=actual,
        money=_missed(error),
        purchases=_missed(purchases_error_rate),
        currency=currency,
    )
    if math.isnan(error):
        return Finding(sentence, status="unknown")
    return Finding(sentence, error, status=status_of(error, purchases_error_rate))


def untested(missing: str) -> Finding:
    """Return that no forecast is tested, for there was none at the cut-off.

    Args:
        missing: Why, as `Forecast.missing` says.
    """
    sentence = message("At the cut-off nothing could be forecast, so no forecast is tested. {why}")
    return Finding(sentence.format(why=missing), status="unknown")


def _missed(error_rate: float) -> str:
    if math.isnan(error_rate):
        return say("with no error rate, for none came")
    text = message("{size} too low") if error_rate < 0 else message("{size} too high")
    return text.format(size=words.percent(abs(error_rate)))
