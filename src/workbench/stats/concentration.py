"""How well a ranking of users puts future revenue first: normalised concentration.

Users are cut into nine equal groups, the best ranked first. The curve of the share of revenue
against the share of users, straight within a group, encloses an area with the diagonal; twice that
area is the concentration index, as Gini's is of the Lorenz curve. Divided by the index of the best
order there could have been (by the future revenue itself, cut likewise), it is the accuracy ratio
of credit scoring (Sobehart, Keenan and Stein 2000, "Benchmarking quantitative default risk
models"), also called the normalised Gini: 1 is the perfect order, 0 is chance, below 0 is worse
than chance.

With g the shares of revenue of the groups k = 1..9, the trapezoids add up to the index
sum g_k (10 - 2k) / 9: every user counts with the weight of the group, from 8/9 to -8/9 by steps of
2/9. Users who tie are not told
apart: each gets the mean weight of the places that they hold together, and a user on a border
counts for both groups by parts. So no ranking gains by having more or fewer distinct values than
another one, only by what it tells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT, FEWEST, UNKNOWN, Interval

GROUPS = 9
_BORDERS = np.arange(GROUPS + 1) / GROUPS


@dataclass(frozen=True)
class Order:
    """What an order of users tells of their revenue.

    Attributes:
        index: The concentration index; NaN where there is no revenue.
        curve: Share of revenue of the first 0, 1 to 9 ninths of the users; shape (10,).
        influence: How the index moves with the weight of each user; shape (users,).
        payers: How many users have any revenue.
    """

    index: float
    curve: Array
    influence: Array
    payers: int


def order(scores: Array, amounts: Array) -> Order:
    """Return the concentration of amounts over an order by scores, the highest first.

    The influence is the derivative of the index when a user's weight grows (the infinitesimal
    jackknife: Jaeckel 1972, Efron 1982): a user brings an amount into all groups from the own one
    on, and pushes those who stand at the borders behind it out of theirs. What a user at a border
    brings is the slope of the curve there, over the square root of users to either side, at most
    half a group: the one user who happens to stand there would not tell it.

    Args:
        scores: What users are ranked by; shape (users,); all of the order is NaN if one is.
        amounts: Their revenue; shape (users,); all is NaN unless the sum is above nought.
    """
    amounts = amounts.astype(float)
    users = len(amounts)
    mean = float(amounts.mean()) if users else 0.0
    if mean <= 0 or np.isnan(scores).any():
        return Order(math.nan, np.full(GROUPS + 1, math.nan), np.full(users, math.nan), 0)
    _, block, held = np.unique(-scores, return_inverse=True, return_counts=True)
    ends = np.concatenate([[0], np.cumsum(held)])
    reached = np.concatenate([[0.0], np.cumsum(np.bincount(block, amounts))]) / users
    weight = np.full(len(held), 1 / GROUPS - 1)
    pushed = np.zeros(len(held))
    reach = min(1 / (2 * GROUPS), users**-0.5)
    for border in np.arange(1, GROUPS) / GROUPS:
        # Which part of each block of ties stands before the border.
        before = np.clip((border * users - ends[:-1]) / held, 0, 1)
        around = np.interp([border - reach, border + reach], ends / users, reached)
        weight += 2 / GROUPS * before
        pushed += 2 / GROUPS * before * (around[1] - around[0]) / (2 * reach)
    index = float((weight[block] * amounts).mean()) / mean
    moved = weight[block] * amounts - pushed[block]
    influence = (moved - moved.mean() - index * (amounts - mean)) / mean
    curve = np.interp(_BORDERS, ends / users, reached / reached[-1])
    return Order(index, curve, influence, int(np.count_nonzero(amounts)))


@dataclass(frozen=True)
class Concentration:
    """A ranking's normalised concentration.

    Attributes:
        value: 1 is the perfect order, 0 is chance; NaN where it cannot be told.
        influence: How it moves with the weight of each user; shape (users,).
    """

    value: float
    influence: Array

    def interval(self) -> Interval:
        """Return the value with its 95 % interval over users; nothing can be above 1.

        The normal interval of the infinitesimal jackknife. On lognormal amounts with two thirds of
        noughts it held the true value in 94 to 96 % of samples of 2,000 users (sigma 0.6 and 1.0;
        93 to 94 % at 1.4), in 90 to 95 % of 400 (0.6 and 1.0) and 86 to 93 % of 100. The percentile
        bootstrap held it in 92 to 96 % of 400 and 90 to 96 % of 100, at hundreds of times the work.
        """
        value, low, high = _interval(self.value, self.influence)
        return Interval(value, low, min(high, 1.0))

    def lead(self, other: Concentration) -> Interval:
        """Return how far it is ahead of another ranking of the same users, with the interval.

        The users are the same, so the interval is that of the paired difference.
        """
        return _interval(self.value - other.value, self.influence - other.influence)


def normalised(ranking: Order, best: Order) -> Concentration:
    """Return the concentration of a ranking as a share of the best one's.

    With fewer than five payers it has no interval: a few amounts do not tell how others spread.

    Args:
        ranking: The order by the ranking.
        best: The order of the same users by the revenue itself.
    """
    if not best.index > 0:
        return Concentration(math.nan, ranking.influence)
    value = ranking.index / best.index
    if best.payers < FEWEST:
        return Concentration(value, np.full(len(best.influence), math.nan))
    return Concentration(value, (ranking.influence - value * best.influence) / best.index)


def _interval(value: float, influence: Array) -> Interval:
    users = len(influence)
    if math.isnan(value) or users < 2:  # noqa: PLR2004 - one user has no spread
        return UNKNOWN
    error = math.sqrt(float((influence**2).sum()) / (users * (users - 1)))
    reach = float(stats.t.ppf(1 - DOUBT / 2, users - 1)) * error
    return Interval(value, value - reach, value + reach)
