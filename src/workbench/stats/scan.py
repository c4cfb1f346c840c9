"""The search for a stretch of days on which a rate was low.

For every stretch the days inside are compared with those outside by the likelihood ratio of two
binomial rates against one (Kulldorff's scan statistic of 1997, over time). What days differ by
beyond the binomial is estimated (Pearson's dispersion) and the ratio is divided by it, so that
restless series do not look like leaks. The chance of the largest ratio among so many stretches that
overlap is Yao's (1993, "Tests for detecting change-points with epidemic alternatives") and, among
those that reach the last day, Siegmund's (1985, "Sequential Analysis"): each has half of the doubt,
as what is low today is to be seen while it is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.special import xlogy

from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT, FEWEST
from workbench.stats.rates import fewer

_WIDEST = 0.5  # of the days: what is low for longer is how the segment is
_WIDEST_DAYS = 56
_FEWEST_DAYS = 8
_LEAST = 1e-300  # a chance of nought has no height
_SURE = 0.8  # so often a fall is seen of which it is said that it would have been
_RUNS = (1, 3, 7, 14, 28)
_WEEK, _FEWEST_RUNS = 7, 4
_TRIMMED = 0.2
# So far may twice the logarithm of a likelihood fall from where the change is said to be to where it
# is, 95 times of 100 (Siegmund 1988, "Confidence sets in change-point problems": (1 - exp(-x/2))^2).
_FARTHEST = -2 * np.log(1 - np.sqrt(1 - DOUBT))
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


class Edges(NamedTuple):
    """Between which places a stretch begins and ends, each 95 % sure.

    Attributes:
        first: The earliest and the latest place of its first day.
        last: The same of its last day.
    """

    first: tuple[int, int]
    last: tuple[int, int]


def lowest(users: Array, went_on: Array, free: Array, lent: int = 0) -> Stretch | None:
    """Return the stretch of days that is most surely lower than the days around it.

    Args:
        users: At the step, by day.
        went_on: Of those, by day.
        free: Whether a day may be used: neither inside nor outside otherwise.
        lent: Days of other series that tell how restless this one is, as they are all calm.

    Returns:
        None where no stretch has enough users, or there are under eight days.
    """
    there = free & (users > 0)
    days = int(there.sum())
    if days < _FEWEST_DAYS:
        return None
    users, went_on = np.where(there, users, 0), np.where(there, went_on, 0)
    first, last = _stretches(free, days)
    ratio = _stretch_ratios(users, went_on, first, last)
    if not len(ratio) or ratio.max() <= 0:
        return None
    runs_on = last == len(free) - 1
    found = [
        (tail(float(stats.norm.isf(_alone(users, went_on, place, lent))), days), *place)
        for family, tail in ((runs_on, _runs_on), (~runs_on, _anywhere))
        for place in _largest(np.where(family, ratio, 0.0), first, last)
    ]
    chance, begin, end = min(found)
    # Of what was found, the days are those of the largest ratio: it may have ended by now.
    near = np.where((first <= end) & (last >= begin), ratio, 0.0)
    ((begin, end),) = _largest(near, first, last)
    return Stretch(begin, end, min(1.0, 2 * chance))


def edges(users: Array, went_on: Array, free: Array, place: tuple[int, int]) -> Edges:
    """Return how surely the first and the last day of a low stretch are known.

    A place is kept while the best stretch that begins (or ends) there is not much less likely than
    the best of all that share a day with the one found (a profile likelihood).

    Args:
        users: At the step, by day.
        went_on: Of those, by day.
        free: Whether a day may be used.
        place: The first and the last day of the stretch.
    """
    there = free & (users > 0)
    users, went_on = np.where(there, users, 0), np.where(there, went_on, 0)
    first, last = _stretches(free, int(there.sum()))
    near = (first <= place[1]) & (last >= place[0])
    first, last = first[near], last[near]
    ratio = _stretch_ratios(users, went_on, first, last) / dispersion(users, went_on, *place)
    likely = ratio >= ratio.max(initial=0.0) - _FARTHEST
    begins, ends = (
        (int(min(own.min(initial=at), at)), int(max(own.max(initial=at), at)))
        for own, at in ((first[likely], place[0]), (last[likely], place[1]))
    )
    return Edges(begins, ends)


def smallest(users: Array, went_on: Array, days: int, series: float) -> float:
    """Return how small a fall, as a share of the rate, would be seen were it so on the last days.

    Args:
        users: At the step, by day.
        went_on: Of those, by day.
        days: How many days it would last.
        series: By how many series the chance is multiplied.

    Returns:
        The least share by which four falls in five are seen; above 1 where none would be.
    """
    known, came, went = len(users), users.sum(), went_on.sum()
    if not came or not went or known < max(_FEWEST_DAYS, 2 * days):
        return np.inf
    rate, inside = went / came, came * days / known
    spread = dispersion(users, went_on, known, known)
    free = (known - 2) / 2
    falls = np.linspace(0.01, 1, 100)
    hits = inside * rate * (1 - falls)
    ratio = _ratios((np.full(100, inside), hits), (came, went - inside * rate * falls))
    sure = np.sqrt(ratio / spread) - stats.norm.ppf(_SURE)
    chance = [2 * series * _runs_on(stats.norm.isf(stats.t.sf(z, free)), known) for z in sure]
    seen = falls[np.asarray(chance) < DOUBT]
    return float(seen[0]) if len(seen) else np.inf


def _largest(ratio: Array, first: Array, last: Array) -> list[tuple[int, int]]:
    """The stretch of the largest ratio, if any has one."""
    if not len(ratio) or ratio.max() <= 0:
        return []
    place = int(np.argmax(ratio))
    return [(int(first[place]), int(last[place]))]


def _alone(users: Array, went_on: Array, place: tuple[int, int], lent: int) -> float:
    """The chance of so low a stretch if no other had been looked at."""
    own = slice(place[0], place[1] + 1)
    inside = int(went_on[own].sum()), int(users[own].sum())
    exact = fewer(inside, (int(went_on.sum()) - inside[0], int(users.sum()) - inside[1]))
    height = stats.norm.isf(max(exact, _LEAST)) / np.sqrt(dispersion(users, went_on, *place))
    # Without its largest fifth, the spread is known about as well as from half as many days.
    free = (int((users > 0).sum()) - 2 + lent) / 2
    return max(float(stats.t.sf(height, free)), _LEAST)


def _anywhere(height: float, days: int) -> float:
    """The chance that a calm series of days is anywhere so many standard errors too low."""
    width = np.arange(1, _widest(days) + 1) / days
    ends = _overshoot(height, width, days) ** 2 / (width**2 * (1 - width))
    return _one(height**3 * stats.norm.pdf(height) * ends.sum() / (4 * days), height)


def _runs_on(height: float, days: int) -> float:
    """The same of the stretches that reach the last day."""
    width = np.arange(1, _widest(days) + 1) / days
    ends = _overshoot(height, width, days) / (width * (1 - width))
    return _one(height * stats.norm.pdf(height) * ends.sum() / (2 * days), height)


def _overshoot(height: float, width: Array, days: int) -> Array:
    """Siegmund's nu: by how much rarer a walk by days crosses a height than one without steps."""
    x = height / np.sqrt(days * width * (1 - width))
    half = stats.norm.cdf(x / 2)
    return np.asarray(2 / x * (half - 0.5) / (x / 2 * half + stats.norm.pdf(x / 2)))


def _one(chance: float, height: float) -> float:
    """A chance; the approximations are of heights that are rarely reached."""
    return min(1.0, float(chance)) if height > 1 else 1.0


def _widest(days: int) -> int:
    return int(min(_WIDEST * days, _WIDEST_DAYS))


def _stretches(free: Array, days: int) -> tuple[Array, Array]:
    """All runs of free days that are not wider than allowed."""
    first, last = np.triu_indices(len(free))
    shut = _sums(~free, first, last)
    kept = (shut == 0) & (last - first + 1 <= _widest(days))
    return first[kept], last[kept]


def _stretch_ratios(users: Array, went_on: Array, first: Array, last: Array) -> Array:
    """`_ratios` of each stretch against the other days."""
    inside = _sums(users, first, last), _sums(went_on, first, last)
    return _ratios(inside, (int(users.sum()), int(went_on.sum())))


def _sums(values: Array, first: Array, last: Array) -> Array:
    total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return np.asarray(total[last + 1] - total[first])


def _ratios(inside: tuple[Array, Array], whole: tuple[int, int]) -> Array:
    """Twice the logarithm of each likelihood ratio; 0 where the rate inside is not lower."""
    users, hits = inside
    others, other_hits = whole[0] - users, whole[1] - hits
    rate = whole[1] / whole[0]
    enough = (users * rate >= FEWEST) & (others * rate >= FEWEST)
    lower = hits * others < other_hits * users
    two = _likelihood(hits, users) + _likelihood(other_hits, others)
    one = _likelihood(np.asarray(whole[1]), np.asarray(whole[0]))
    return np.where(enough & lower, 2 * (two - one), 0.0)


def _likelihood(hits: Array, users: Array) -> Array:
    rate = hits / np.maximum(users, 1)
    return np.asarray(xlogy(hits, rate) + xlogy(users - hits, 1 - rate))


def dispersion(users: Array, went_on: Array, first: int, last: int) -> float:
    """How much more than the binomial days vary, once the stretch has its own rate; at least 1.

    Also by runs of 3 to 28 days, where there are enough: what drifts slowly varies little
    from day to day, but long stretches of it differ all the same.
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
        if len(users) >= length * (_FEWEST_RUNS if length > _WEEK else _FEWEST_DAYS):
            found.append(_spread(sums[0][there], sums[1][there], inside[there]))
    return max(found)


def _spread(users: Array, went_on: Array, inside: Array) -> float:
    """Pearson's dispersion of a series whose stretch has a rate of its own.

    The mean of the squared residuals without the largest fifth of them, made up for that, from
    the rate without it: a second leak outside of the stretch would otherwise hide the first.
    """
    squares: list[Array] = []
    for part in filter(np.any, (inside, ~inside)):
        own, hits = users[part], went_on[part]
        calm = _calm(_squares(own, hits, own, hits))
        squares.append(_squares(own, hits, own[calm], hits[calm]))
    every = np.concatenate(squares)
    return float(every[_calm(every)].mean() / _CALM_MEAN)


def _squares(users: Array, went_on: Array, calm: Array, calm_went_on: Array) -> Array:
    """Squared residuals from the rate of the calm days."""
    rate = float(calm_went_on.sum()) / float(calm.sum())
    variance = users * rate * (1 - rate)
    return np.asarray((went_on - users * rate) ** 2 / np.where(variance > 0, variance, 1.0))


def _calm(squares: Array) -> Array:
    """The places of all but the largest fifth."""
    return np.argsort(squares, kind="stable")[: max(1, int(len(squares) * (1 - _TRIMMED)))]
