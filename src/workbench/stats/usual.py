"""What is usual of a daily rate: its level, its weekdays, and how much days differ beyond chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.stats.arrays import Array
from workbench.stats.interval import Z

_WEEK = 7
_HALF = 0.5  # of a hit, so that a base without any says that they are rare, not impossible
_SURE = 1.645  # standard errors by which weeks must differ more than by chance
_FREAK = 16.0  # squared residuals count for so much at most


class Usual(NamedTuple):
    """What is usual of several series; shape (series,) each, `weekdays` (series, 7).

    Attributes:
        rate: Hits a trial.
        weekdays: By what the rate of each weekday is multiplied, shrunk towards 1.
        dispersion: Variance of a day by that of chance alone, at least 1.
        spread: The same as a property of the law (see `stats.tails.upper`).
        days: How many days it rests on.
        trials: How many trials.
    """

    rate: Array
    weekdays: Array
    dispersion: Array
    spread: Array
    days: Array
    trials: Array


def usual(hits: Array, trials: Array, weekday: Array, is_share: Array) -> Usual:
    """Return what is usual of several series.

    A weekday's factor is shrunk by how much the weekdays differ more than by chance (empirical Bayes,
    by moments: Efron and Morris 1975). The dispersion is Pearson's.

    Args:
        hits: Shape (series, days); 0 where a day does not count.
        trials: Likewise.
        weekday: 0..6, shape (days,).
        is_share: Whether a series is a share of its trials; else a count by them; shape (series,).
    """
    one = np.eye(_WEEK)[weekday]
    sums = hits.sum(axis=1), trials.sum(axis=1)
    whole = np.maximum(sums[1], 1e-9)
    rate = (sums[0] + _HALF) / (np.maximum(sums[1], _HALF) + is_share)
    by_day = hits @ one, trials @ one
    expected = np.maximum(by_day[1] * rate[:, None], 1e-9)
    raw = np.where(by_day[1] > 0, (by_day[0] + _HALF) / (expected + _HALF), 1.0)
    free = np.where(is_share, 1 - rate, 1.0)[:, None]
    there = trials > 0
    days = there.sum(axis=1)
    dispersion = _dispersion(hits, trials, _at(rate, raw, weekday, is_share), is_share)
    noise = dispersion[:, None] * free / (expected + _HALF)
    differ = np.maximum(((raw - 1) ** 2).mean(axis=1) - noise.mean(axis=1), 0)[:, None]
    factors = 1 + (raw - 1) * differ / (differ + noise)
    mean = (factors * by_day[1]).sum(axis=1) / whole
    factors /= np.where(mean > 0, mean, 1.0)[:, None]
    size = np.where(is_share[:, None], trials, trials * rate[:, None])
    typical = (size**2).sum(axis=1) / np.maximum(size.sum(axis=1), 1e-9)
    spread = (dispersion - 1) / np.maximum(typical - is_share, 1e-9)
    return Usual(rate, factors, dispersion, np.clip(spread, 0, 0.9), days, sums[1])


def at(known: Usual, weekday: Array, is_share: Array) -> Array:
    """Return the rate to expect on each day; shape (series, days)."""
    return _at(known.rate, known.weekdays, weekday, is_share)


def _at(rate: Array, factors: Array, weekday: Array, is_share: Array) -> Array:
    expected = rate[:, None] * factors[:, weekday]
    return np.asarray(np.where(is_share[:, None], np.minimum(expected, 1 - 1e-6), expected))


def _dispersion(hits: Array, trials: Array, expected: Array, is_share: Array) -> Array:
    """Pearson's of the days, or that of the weeks where these differ surely more than by chance.

    What drifts, or comes in bursts that last, differs little from day to day, but weeks of it do.
    """
    variance = trials * expected * np.where(is_share[:, None], 1 - expected, 1.0)
    apart = hits - trials * expected
    own = _mean_square(apart, variance, _WEEK)[0]
    by_week, weeks = _mean_square(_weeks(apart), _weeks(variance), 1)
    doubt = 1 + _SURE * np.sqrt(2 / np.maximum(weeks - 1, 1))
    lasting = np.where(weeks > 1, by_week / doubt, 0)
    return np.asarray(np.maximum.reduce([np.ones_like(own), own, lasting]))


def _mean_square(apart: Array, variance: Array, used: int) -> tuple[Array, Array]:
    there = variance > 0
    squares = np.where(there, apart**2 / np.where(there, variance, 1.0), 0.0)
    count = there.sum(axis=1)
    found: Array = np.minimum(squares, _FREAK).sum(axis=1) / np.maximum(count - used, 1)
    return found, count


def _weeks(values: Array) -> Array:
    """Sums of seven days each, the first of them maybe of fewer."""
    short = -values.shape[1] % _WEEK
    blocks = np.pad(values, ((0, 0), (short, 0))).reshape(len(values), -1, _WEEK)
    return np.asarray(blocks.sum(axis=2))


def interval(
    hits: Array, trials: Array, dispersion: Array, is_share: Array
) -> tuple[Array, Array, Array]:
    """Return rates with the ends of their 95 % intervals; NaN without trials.

    Score intervals (Wilson 1927 for shares, its like for a Poisson count), widened by how much days
    differ more than by chance.

    Args:
        hits: Of any shape, as the others.
        trials: Of how many.
        dispersion: At least 1.
        is_share: Whether it is a share.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, square = hits / trials, Z**2 * dispersion / trials
        centre = rate + square / 2
        reach = np.sqrt(square * (rate * np.where(is_share, 1 - rate, 1.0) + square / 4))
        scale = np.where(is_share, 1 + square, 1.0)
    return rate, np.maximum((centre - reach) / scale, 0), (centre + reach) / scale
