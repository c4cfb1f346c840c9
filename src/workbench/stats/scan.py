"""The search for a stretch of days on which a rate was low.

For every stretch the days inside are compared with those outside by the likelihood ratio of two
binomial rates against one (Kulldorff's scan statistic of 1997, over time). What days differ by
beyond the binomial is estimated (Pearson's dispersion) and the ratio is divided by it, so that
restless series do not look like leaks. The chance of the largest ratio is bounded by Bonferroni
over all stretches that were looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.special import xlogy

from workbench.stats.arrays import Array

_ENOUGH = 10  # expected inside, of those who go on and of those who do not
_WIDEST = 0.5  # of the days: what is low for longer is how the segment is
_WIDEST_DAYS = 56
_FEWEST_DAYS = 8
_RUNS = (1, 7, 28)
_TRIMMED = 0.2
# The mean of a chi-squared variable of one degree of freedom below its 80 % quantile.
_CALM_MEAN = float(stats.chi2.cdf(stats.chi2.ppf(1 - _TRIMMED, 1), 3) / (1 - _TRIMMED))


class Stretch(NamedTuple):
    """A run of days with a low rate.

    Attributes:
        first: Place of its first day.
        last: Place of its last day.
        p_value: The chance of so low a stretch anywhere in the series if nothing had happened.
    """

    first: int
    last: int
    p_value: float


def lowest(users: Array, went_on: Array, free: Array) -> Stretch | None:
    """Return the stretch of days that is most surely lower than the days around it.

    Args:
        users: At the step, by day.
        went_on: Of those, by day.
        free: Whether a day may be used: neither inside nor outside otherwise.

    Returns:
        None where no stretch has enough users, or there are under eight days.
    """
    there = free & (users > 0)
    if there.sum() < _FEWEST_DAYS:
        return None
    users, went_on = np.where(there, users, 0), np.where(there, went_on, 0)
    first, last = _stretches(free, int(there.sum()))
    inside = _sums(users, first, last), _sums(went_on, first, last)
    ratio = _ratios(inside, (int(users.sum()), int(went_on.sum())))
    if not len(ratio) or ratio.max() <= 0:
        return None
    place = int(np.argmax(ratio))
    begin, end = int(first[place]), int(last[place])
    spread = _dispersion(users, went_on, begin, end)
    # Without its largest fifth, the spread is known about as well as from half as many days.
    chance = stats.t.sf(np.sqrt(ratio[place] / spread), (there.sum() - 2) / 2)
    return Stretch(begin, end, float(min(1.0, chance * len(ratio))))


def _stretches(free: Array, days: int) -> tuple[Array, Array]:
    """All runs of free days that are not wider than allowed."""
    first, last = np.triu_indices(len(free))
    shut = _sums(~free, first, last)
    kept = (shut == 0) & (last - first + 1 <= min(_WIDEST * days, _WIDEST_DAYS))
    return first[kept], last[kept]


def _sums(values: Array, first: Array, last: Array) -> Array:
    total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return np.asarray(total[last + 1] - total[first])


def _ratios(inside: tuple[Array, Array], whole: tuple[int, int]) -> Array:
    """Twice the logarithm of each likelihood ratio; 0 where the rate inside is not lower."""
    users, hits = inside
    others, other_hits = whole[0] - users, whole[1] - hits
    rate = whole[1] / whole[0]
    enough = (users * min(rate, 1 - rate) >= _ENOUGH) & (others * min(rate, 1 - rate) >= _ENOUGH)
    lower = hits * others < other_hits * users
    two = _likelihood(hits, users) + _likelihood(other_hits, others)
    one = _likelihood(np.asarray(whole[1]), np.asarray(whole[0]))
    return np.where(enough & lower, 2 * (two - one), 0.0)


def _likelihood(hits: Array, users: Array) -> Array:
    rate = hits / np.maximum(users, 1)
    return np.asarray(xlogy(hits, rate) + xlogy(users - hits, 1 - rate))


def _dispersion(users: Array, went_on: Array, first: int, last: int) -> float:
    """How much more than the binomial days vary, once the stretch has its own rate; at least 1.

    Also by runs of 7 and of 28 days, where there are eight of them: what drifts slowly varies
    little from day to day, but long stretches of it differ all the same.
    """
    places = np.arange(len(users))
    part = np.where(places < first, 0, np.where(places <= last, 1, 2))
    since = places - np.array([0, first, last + 1])[part]
    found = [1.0]
    for length in _RUNS:
        run = part * len(users) + since // length
        sums = [np.bincount(run, weights=values) for values in (users, went_on)]
        inside = np.bincount(run, weights=part == 1) > 0
        there = sums[0] > 0
        if length == 1 or there.sum() >= _FEWEST_DAYS:
            found.append(_spread(sums[0][there], sums[1][there], inside[there]))
    return max(found)


def _spread(users: Array, went_on: Array, inside: Array) -> float:
    """Pearson's dispersion of a series whose stretch has a rate of its own.

    The mean of the squared residuals without the largest fifth of them, made up for that: a
    second leak outside of the stretch would otherwise hide the first.
    """
    squares: list[Array] = []
    for part in (inside, ~inside):
        own, hits = users[part], went_on[part]
        rate = float(hits.sum()) / float(own.sum())
        variance = own * rate * (1 - rate)
        squares.append((hits - own * rate) ** 2 / np.where(variance > 0, variance, 1.0))
    calm = np.sort(np.concatenate(squares))
    calm = calm[: max(1, int(len(calm) * (1 - _TRIMMED)))]
    return float(calm.mean() / _CALM_MEAN)
