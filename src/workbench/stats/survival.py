"""Kaplan and Meier's estimate of how long something lasts, from counts by day."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from workbench.stats.interval import UNKNOWN, Interval, Z


def kaplan_meier(ends: pd.DataFrame) -> pd.DataFrame:
    """Return the share that is alive after each day (Kaplan and Meier, 1958).

    The interval is that of log(−log) with Greenwood's variance, which stays inside 0..1; where
    everybody or nobody is left it is the share itself. Who is censored on a day is at risk on it.

    Args:
        ends: `day` (0 or more), `ended` and `censored` (how many on that day), a row a day.

    Returns:
        `day`, `alive_rate` with its ends, `at_risk`, `ended`; ordered by day.
    """
    ends = ends.sort_values("day")
    day, gone = ends["day"].to_numpy(dtype="int64"), ends["ended"].to_numpy(dtype="int64")
    leaving = gone + ends["censored"].to_numpy(dtype="int64")
    at_risk = leaving[::-1].cumsum()[::-1]
    alive = np.cumprod(1 - gone / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(gone / (at_risk * (at_risk - gone)))
        spread = Z * np.sqrt(variance) / np.log(alive)
        low, high = alive ** np.exp(-spread), alive ** np.exp(spread)
    sure = (alive <= 0) | (alive >= 1)
    return pd.DataFrame(
        {
            "day": day,
            "alive_rate": alive,
            "alive_rate_low": np.where(sure, alive, low),
            "alive_rate_high": np.where(sure, alive, high),
            "at_risk": at_risk,
            "ended": gone,
        }
    )


def restricted_mean(curve: pd.DataFrame, horizon: int) -> Interval:
    """Return how many of the first `horizon` days are lived on average, with its 95 % interval.

    The area under the curve (Irwin, 1949), with the variance that Kaplan and Meier give for it;
    the interval is cut to what is possible.

    Args:
        curve: As `kaplan_meier` returns it.
        horizon: Days; the curve reaches so far.
    """
    if curve.empty:
        return UNKNOWN
    part = curve[curve["day"] < horizon]
    starts = np.concatenate([[0], part["day"].to_numpy(dtype="int64")])
    alive = np.concatenate([[1.0], part["alive_rate"].to_numpy(dtype="float64")])
    areas = alive * np.diff(np.concatenate([starts, [horizon]]))
    mean = float(areas.sum())
    ahead = mean - areas.cumsum()[:-1]  # the area to the right of each day
    gone = part["ended"].to_numpy(dtype="int64")
    left = part["at_risk"].to_numpy(dtype="int64") - gone
    terms = np.where(left > 0, ahead**2 * gone / np.maximum(left * (left + gone), 1), 0.0)
    spread = Z * math.sqrt(float(terms.sum()))
    return Interval(mean, max(mean - spread, 0.0), min(mean + spread, float(horizon)))


def median(curve: pd.DataFrame) -> int | None:
    """Return the first day after which no more than half are alive; None if the curve ends above."""
    below = curve.loc[curve["alive_rate"] <= 0.5, "day"]  # noqa: PLR2004 - the half
    return None if below.empty else int(below.iloc[0])
