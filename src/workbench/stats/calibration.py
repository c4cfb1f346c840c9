"""Whether probabilities hold: on the whole, from the low to the high ones, and group by group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from workbench.errors import ParameterError
from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT, FEWEST, UNKNOWN, Interval, Z, columns
from workbench.stats.rates import wilson

GROUPS = 10
_DRAWS, _SEED = 4000, 20_260_101
_LEAST = float(np.finfo(np.float64).eps)  # no probability is nearer to 0 or 1 than that
_STEPS, _CLOSE = 100, 1e-10


@dataclass(frozen=True)
class Calibration:
    """Forecast probabilities beside what happened.

    Attributes:
        users: How many were forecast.
        forecast_rate: The mean of the probabilities, 0..1.
        happened_rate: The share of users to whom it happened, with Wilson's interval.
        intercept: By how many log-odds it happened more often than forecast, as if all forecasts
            were off by the same ("calibration in the large": Cox 1958, "Two further applications
            of a model for binary regression", Biometrika 45); 0 is right, below 0 they are too high.
        slope: How much the log-odds of what happened rise with those that were forecast (Cox's);
            1 is right, below 1 the forecasts are too extreme, 0 they tell nothing.
        ece_rate: The expected calibration error (Naeini, Cooper and Hauskrecht 2015, "Obtaining well
            calibrated probabilities using Bayesian binning", AAAI): the mean over users of the
            distance between forecast and happened in their group of `by_group`, 0..1.
        perfect_ece_rate: What a perfect forecast would show there: if each of these probabilities were
            true, so many users would still leave groups off by chance. The mean, and the
            ends between which 95 % of 4,000 simulated outcomes lie.
        brier_score: The mean squared distance of probability and outcome (Brier 1950, halved).
        log_loss: The mean of −log of the probability of what came; natural logarithm.
    """

    users: int
    forecast_rate: float
    happened_rate: Interval
    intercept: Interval
    slope: Interval
    ece_rate: float
    perfect_ece_rate: Interval
    brier_score: float
    log_loss: float


def calibrate(predicted: Array, happened: Array) -> Calibration:
    """Return how well probabilities hold; all is NaN without users.

    Intercept and slope have Wald's intervals; both are unknown with fewer than five users to whom it
    happened, or did not, and the slope where all forecasts are the same or part those to whom it
    happened from the others without a fault.

    Args:
        predicted: Probabilities of 0..1, shape (users,).
        happened: Whether it happened, shape (users,).

    Raises:
        ParameterError: If a probability is none, or the lengths differ.
    """
    predicted, happened = _checked(predicted, happened)
    users, hits = len(happened), int(happened.sum())
    if not users:
        nothing = math.nan, UNKNOWN, math.nan, math.nan
        return Calibration(0, math.nan, UNKNOWN, UNKNOWN, UNKNOWN, *nothing)
    inside = np.clip(predicted, _LEAST, 1 - _LEAST)
    odds = special.logit(inside)
    intercept = slope = UNKNOWN
    if min(hits, users - hits) >= FEWEST:
        intercept = _recalibrated(happened, [np.ones(users)], odds)
        if np.ptp(odds) > 0:
            slope = _recalibrated(happened, [odds, np.ones(users)], np.zeros(users))
    group = groups(predicted)
    return Calibration(
        users,
        float(predicted.mean()),
        wilson(hits, users),
        intercept,
        slope,
        float(np.abs(np.bincount(group, predicted - happened)).sum()) / users,
        _perfect(group, predicted),
        float(((predicted - happened) ** 2).mean()),
        float(-np.log(np.where(happened == 1, inside, 1 - inside)).mean()),
    )


def groups(predicted: Array) -> Array:
    """Return the group of each user, 0 the lowest: tenths by probability; equal ones stay together.

    Args:
        predicted: Probabilities, shape (users,).
    """
    borders = np.quantile(predicted, np.arange(1, GROUPS) / GROUPS)
    return np.unique(np.searchsorted(borders, predicted), return_inverse=True)[1]


def by_group(predicted: Array, happened: Array) -> pd.DataFrame:
    """Return the reliability curve: what was forecast for each group of users, and what happened.

    Args:
        predicted: As for `calibrate`.
        happened: As for `calibrate`.

    Returns:
        One row for each of up to ten groups, the lowest probabilities first: `users`,
        `forecast_rate` (the mean probability), `happened_rate` with `_low` and `_high` (Wilson).

    Raises:
        ParameterError: As `calibrate`.
    """
    predicted, happened = _checked(predicted, happened)
    rows = pd.DataFrame({"forecast_rate": predicted, "happened": happened})
    found = rows.groupby(groups(predicted) if len(rows) else []).agg(
        users=("happened", "size"),
        forecast_rate=("forecast_rate", "mean"),
        hits=("happened", "sum"),
    )
    told = [wilson(int(hits), users) for hits, users in zip(found.hits, found.users, strict=True)]
    spread = pd.DataFrame(told, columns=columns("happened_rate"))
    return found[["users", "forecast_rate"]].reset_index(drop=True).join(spread)


def _checked(predicted: Array, happened: Array) -> tuple[Array, Array]:
    predicted, happened = (np.asarray(one, dtype=np.float64) for one in (predicted, happened))
    if predicted.shape != happened.shape:
        raise ParameterError(
            f"{len(predicted)} probabilities and {len(happened)} outcomes, must be as many"
        )
    is_bad = ~((predicted >= 0) & (predicted <= 1))
    if is_bad.any():
        row = int(np.argmax(is_bad))
        raise ParameterError(f"probability == {predicted[row]:g} in row {row}, must be in 0..1")
    return predicted, happened


def _perfect(group: Array, predicted: Array) -> Interval:
    """What the calibration error would be over and over again, if each probability were true.

    To how many of a group it happens is then a sum of unequal coins, drawn here as a binomial of the
    same mean and, but for rounding to whole coins, the same variance; so the work does not grow with
    the users.
    """
    mean, square = (np.bincount(group, predicted**power) for power in (1, 2))
    coins = np.ceil(mean**2 / np.maximum(square, _LEAST) - _CLOSE).clip(1)
    chance = np.random.default_rng(_SEED)
    hits = chance.binomial(coins.astype(np.int64), mean / coins, (_DRAWS, len(mean)))
    found = np.abs(hits - mean).sum(axis=1) / len(group)
    low, high = np.quantile(found, [DOUBT / 2, 1 - DOUBT / 2])
    return Interval(float(found.mean()), float(low), float(high))


def _recalibrated(happened: Array, columns: Sequence[Array], known: Array) -> Interval:
    """The first coefficient of a logistic regression, by Newton's steps of at most 1 each.

    Args:
        happened: 0 or 1, shape (users,).
        columns: What the log-odds are made of, shape (users,) each.
        known: What they have besides, with the coefficient 1.
    """
    found = np.zeros(len(columns))
    for _ in range(_STEPS):
        rate = special.expit(known + sum(map(np.multiply, found, columns)))
        weight = rate * (1 - rate)
        # Sums in place of dot products: the threads that those wake cost more than they bring.
        information = np.array([[(weight * a * b).sum() for b in columns] for a in columns])
        slopes = np.array([((happened - rate) * one).sum() for one in columns])
        try:
            step = np.clip(np.linalg.solve(information, slopes), -1, 1)
        except np.linalg.LinAlgError:
            return UNKNOWN
        found += step
        if np.abs(step).max() < _CLOSE:
            reach = Z * math.sqrt(np.linalg.inv(information)[0, 0])
            return Interval(float(found[0]), float(found[0] - reach), float(found[0] + reach))
    return UNKNOWN
