"""Several daily rates watched side by side: what each was, whether it changed, and since when.

Each day is held against a base of the days before it, and nothing that came later is known: what
was told of a day is what would have been told on it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.stats import scan, usual
from workbench.stats.arrays import Array
from workbench.stats.cusum import FAST, GAP, SLOW, Chart, Sums
from workbench.stats.tails import scores
from workbench.stats.usual import Usual

FEWEST_BASE, MOST_BASE = 49, 182
"""Days of the base: from so many on a day is judged, and it grows up to so many."""

WEEK = 7
_LATELY = 28  # days whose trials say how much a day of the base weighs
_SCANNED = 112  # days up to the last one in which a change is dated
_FINE = 1_000  # trials that a unit of a count's exposure is taken for, where it is dated


class Series(NamedTuple):
    """Daily rates; a row a series, a column a day.

    Attributes:
        hits: Whole numbers.
        trials: Of how many (shares), or by how much (counts).
        is_known: Whether there are data of the day.
        is_share: Whether a series is a share; shape (series,).
        is_up: Whether more is bad, likewise.
        yellow: The threshold of the rate, NaN where none is written, likewise.
        red: The same for red.
        weekday: 0..6, shape (days,).
        left_out: Whether a day never belongs to a base, shape (days,).
    """

    hits: Array
    trials: Array
    is_known: Array
    is_share: Array
    is_up: Array
    yellow: Array
    red: Array
    weekday: Array
    left_out: Array


class Watched(NamedTuple):
    """What was told on each day; shape (series, days) each.

    Attributes:
        rate: Of the seven days that end with it.
        low: Lower end of its 95 % interval.
        high: Upper end.
        usual: The rate of the base.
        usual_week: What it lets expect of the seven days, by their weekdays; NaN without a base.
        dispersion: Variance of a day by that of chance alone.
        base_days: How many days the base has.
        is_judged: Whether there are a base and data of the day: whether it changed can be told.
        level: 0; 1 where the interval lies beyond the threshold for yellow, 2 beyond that for red;
            it falls once the rate is within on two days in a row.
        breaks: Whether the fast sum speaks.
        creeps: Whether the slow sum speaks.
        began: Place of the day since which the sum that speaks has not been at 0; else -1.
    """

    rate: Array
    low: Array
    high: Array
    usual: Array
    usual_week: Array
    dispersion: Array
    base_days: Array
    is_judged: Array
    level: Array
    breaks: Array
    creeps: Array
    began: Array


def watch(series: Series) -> Watched:
    """Return what is told of each day by what was known on it.

    Args:
        series: Rates, thresholds and days that are left out.
    """
    shape = series.hits.shape
    hits, trials = (np.where(series.is_known, one, 0.0) for one in (series.hits, series.trials))
    kept = series.is_known & (trials > 0) & ~series.left_out
    told = {name: np.full(shape, np.nan) for name in Watched._fields[:7]}
    marks = {name: np.zeros(shape, dtype=np.int64) for name in Watched._fields[7:]}
    sums = [Sums.at_rest(shape[0]), Sums.at_rest(shape[0])]
    for place in range(shape[1]):
        base = _base(hits, trials, kept[:, : max(place - GAP, 0)], series)
        lately = slice(max(0, place - _LATELY + 1), place + 1)
        judged = (base.days >= FEWEST_BASE) & series.is_known[:, place]
        day = _scored(series, hits, trials, base, place)
        weight, events = _weight(base, trials, lately, kept, series.is_share)
        for number, chart in enumerate((FAST, SLOW)):
            score = np.where(judged, day[number], np.nan)
            sums[number] = sums[number].after(chart, place, score, chart.limit(weight, events))
        _tell(told, marks, place, (series, hits, trials), base)
        marks["is_judged"][:, place] = judged
        marks["breaks"][:, place], marks["creeps"][:, place] = (one.speaks for one in sums)
        marks["began"][:, place] = _began(sums)
        changed = sums[0].speaks | sums[1].speaks
        kept[:, place] &= ~(changed & (marks["level"][:, place] > 1))
    flags = {name: marks[name].astype(bool) for name in ("is_judged", "breaks", "creeps")}
    return Watched(**told, **(marks | flags))


def _base(hits: Array, trials: Array, kept: Array, series: Series) -> Usual:
    """What was usual on the last days that count, up to the gap before a day."""
    after = np.cumsum(kept[:, ::-1], axis=1)[:, ::-1]
    mask = kept & (after <= MOST_BASE)
    days = kept.shape[1]
    return usual.usual(
        np.where(mask, hits[:, :days], 0),
        np.where(mask, trials[:, :days], 0),
        series.weekday[:days],
        series.is_share,
    )


def _weight(
    base: Usual, trials: Array, lately: slice, kept: Array, is_share: Array
) -> tuple[Array, Array]:
    """How many days like those of late the base has, fewer in a shop that grows; and their events."""
    size = np.where(kept[:, lately], trials[:, lately], 0.0)
    mean = size.sum(axis=1) / np.maximum((size > 0).sum(axis=1), 1)
    days = np.where(
        mean > 0, np.minimum(base.days, base.trials / np.maximum(mean, 1e-9)), base.days
    )
    return days, mean * np.where(is_share, np.minimum(base.rate, 1 - base.rate), base.rate)


def _scored(
    series: Series, hits: Array, trials: Array, base: Usual, place: int
) -> tuple[Array, Array]:
    expected = usual.at(base, series.weekday[place : place + 1], series.is_share)[:, 0]
    return scores(
        hits[:, place], trials[:, place], expected, base.spread, series.is_share, series.is_up
    )


def _tell(
    told: dict[str, Array],
    marks: dict[str, Array],
    place: int,
    watched: tuple[Series, Array, Array],
    base: Usual,
) -> None:
    series, hits, trials = watched
    week = slice(max(0, place - WEEK + 1), place + 1)
    own = trials[:, week]
    wide = usual.interval(
        hits[:, week].sum(axis=1), own.sum(axis=1), base.dispersion, series.is_share
    )
    expected = (usual.at(base, series.weekday[week], series.is_share) * own).sum(axis=1)
    has_base = base.days >= FEWEST_BASE
    with np.errstate(divide="ignore", invalid="ignore"):
        by_weekday = np.where(has_base, expected / own.sum(axis=1), np.nan)
    values = (*wide, np.where(has_base, base.rate, np.nan), by_weekday, base.dispersion, base.days)
    for name, value in zip(told, values, strict=True):
        told[name][:, place] = value
    marks["level"][:, place] = _level(series, told, marks["level"][:, max(0, place - 1)], place)


def _level(series: Series, told: dict[str, Array], before: Array, place: int) -> Array:
    """How many thresholds the interval is beyond, or was and the rate is, or was the day before."""

    def beyond(value: Array, other: Array) -> Array:
        return np.asarray(sum(np.where(series.is_up, value > limit, other < limit).astype(np.int64)
                              for limit in (series.yellow, series.red)))  # fmt: skip

    surely = beyond(told["low"][:, place], told["high"][:, place])
    lately = [told["rate"][:, one] for one in (place, max(0, place - 1))]
    still = np.maximum(*(beyond(rate, rate) for rate in lately))
    return np.maximum(surely, np.minimum(before, still))


def _began(sums: list[Sums]) -> Array:
    """The first day of the sums that speak; the earlier one where both do."""
    never = np.iinfo(np.int64).max
    days = [np.where(one.speaks & (one.since >= 0), one.since, never) for one in sums]
    first = np.minimum(*days)
    return np.where(first == never, -1, first)


def dated(series: Series, row: int, began: int, last: int) -> int:
    """Return the place of the first day of a change that is told on a day.

    It is that of the stretch that the scan for leaks finds; where that finds none, or one that was
    over before the change was told, the day on which the sum left 0.

    Args:
        series: As they were watched.
        row: Which of them.
        began: Place of the day on which its sum left 0.
        last: Place of the day on which it is told.
    """
    first = max(0, last - _SCANNED + 1)
    hits, trials = (one[row, first : last + 1] for one in (series.hits, series.trials))
    fine = 1 if series.is_share[row] else _FINE / max(float(trials.mean()), 1e-9)
    whole = np.maximum(np.round(trials * fine), hits).astype(np.int64)
    low = whole - hits.astype(np.int64) if series.is_up[row] else hits.astype(np.int64)
    free = series.is_known[row, first : last + 1]
    found = scan.lowest(whole, low, free)
    if found is None or first + found.last < began:
        return began
    return first + found.first


def visible(chart: Chart, days: int, limit: float) -> float:
    """Return the shift of the daily score that a sum sees within so many days in four cases of five.

    Args:
        chart: The sum.
        days: Within which it speaks.
        limit: Beyond which it does.
    """
    return chart.allowance + (limit + 0.8416 * float(np.sqrt(days))) / days
