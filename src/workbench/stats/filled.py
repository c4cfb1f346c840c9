"""Days that are far emptier than their neighbours: where data are missing, and not customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from workbench.stats.arrays import Array

_CHANCE = 1e-5  # of so few rows on such days, below which they are missing
_THIN = 0.2  # of what is usual: a day with more is quiet, not empty
_WEEK = 7
_SIDE = 4  # weeks on either side that say what is usual
_FEW = 3  # filled days, below which a side says nothing by itself
_RUNS = 3  # of which more, and a share of the days above this one,
_OFTEN = 0.4  # are the rhythm of a shop
_AROUND = 56  # days on either side over which the mean is taken
_CALM = 0.454936423119572  # the median of chi-squared with one degree of freedom


class Run(NamedTuple):
    """Days in a row with far fewer rows than usual.

    Attributes:
        first: Place of the first day.
        last: Place of the last day.
        rows: What there is on them.
        usual: What there would be.
    """

    first: int
    last: int
    rows: int
    usual: float


def emptied(counts: Array) -> list[Run]:
    """Return the runs of days that are emptier than chance would explain, in order.

    A day is held against the same weekday in the four weeks before and after that have anything, by
    the smaller of the two medians: a shop that closes on Sundays, begins slowly or fades misses
    nothing. The rows of a run are then held against that, and against the mean of the days around,
    by Poisson's law widened by how restless the days are. Where many runs take much of the days, as
    of a shop that bills on the first of each month, that is its rhythm, and nothing is missing.

    Args:
        counts: Rows by day, from the first day on which there are any.
    """
    usual = _usual(counts)
    restless = _dispersion(counts, usual)
    found = []
    for first, last in _runs((counts < _THIN * usual), counts):
        rows, wanted = (
            float(counts[first : last + 1].sum()),
            float(np.nansum(usual[first : last + 1])),
        )
        least = min(wanted, _mean_around(counts, first, last) * (last - first + 1))
        if _at_most(rows / restless, least / restless) < _CHANCE:
            found.append(Run(first, last, int(rows), wanted))
    empty = sum(int((usual[run.first : run.last + 1] > 0).sum()) for run in found)
    has_rhythm = len(found) > _RUNS and empty > _OFTEN * (usual > 0).sum()
    return [] if has_rhythm else found


def _at_most(rows: float, mean: float) -> float:
    """The chance of at most so many rows by Poisson's law."""
    from scipy import special  # noqa: PLC0415 - a quarter of a second that few sources ask for

    return float(special.pdtr(np.floor(rows), mean))


def _usual(counts: Array) -> Array:
    """What is usual on each day; NaN where nothing says it."""
    usual = np.full(len(counts), np.nan)
    for weekday in range(min(_WEEK, len(counts))):
        own = counts[weekday::_WEEK]
        filled = np.flatnonzero(own)
        for place in range(len(own)):
            before = own[filled[filled < place][-_SIDE:]]
            after = own[filled[filled > place][:_SIDE]]
            usual[weekday + _WEEK * place] = _level(before, after)
    return usual


def _level(before: Array, after: Array) -> float:
    if len(before) >= _FEW:
        own = float(np.median(before))
        return min(own, float(np.median(after))) if len(after) >= _FEW else own
    both = np.concatenate([before, after])
    return float(np.median(both)) if len(before) and len(both) >= _FEW else np.nan


def _dispersion(counts: Array, usual: Array) -> float:
    """By how much days differ more than by chance; at least 1."""
    there = (usual > 0) & (counts >= _THIN * usual)
    if not there.any():
        return 1.0
    apart = (counts[there] - usual[there]) ** 2 / usual[there]
    return max(1.0, float(np.median(apart)) / _CALM)


def _runs(is_thin: Array, counts: Array) -> Iterator[tuple[int, int]]:
    """The stretches of thin days; days without a row between two of them belong to them."""
    places = np.flatnonzero(is_thin)
    if not len(places):
        return
    first = last = int(places[0])
    for place in map(int, places[1:]):
        if counts[last + 1 : place].any():
            yield first, last
            first = place
        last = place
    yield first, last


def _mean_around(counts: Array, first: int, last: int) -> float:
    """The mean of the days before a run and of those after it, the smaller one."""
    sides = (counts[max(0, first - _AROUND) : first], counts[last + 1 : last + 1 + _AROUND])
    means = [float(side.mean()) for side in sides if len(side) >= _WEEK]
    return min(means) if means else float(np.concatenate(sides).mean())
