"""Rates of users who may count several times: their doubt by drawing the users again."""

from __future__ import annotations

import numpy as np

from workbench.stats.arrays import Array
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

_DRAWS = 2000
_SEED = 20_261_004  # the same users give the same interval, on whatever day
_FEW = 20  # hits or misses, below which draws know too little of what else might have been


def pooled(cells: Array, users: Array) -> tuple[Interval, Interval, Interval]:
    """Return a rate now, the same before, and its change, each with its 95 % interval.

    The bootstrap's percentiles, with users as what is drawn: one who came in four weeks is drawn
    with all four, and with what he did before. Of few hits or misses Wilson's interval and
    Newcombe's of the change count too: the wider ends.

    Args:
        cells: A row a kind of user: hits and trials now, hits and trials before.
        users: How many there are of each.

    Returns:
        Not known where there are no trials.
    """
    if not len(users):
        return UNKNOWN, UNKNOWN, UNKNOWN
    draws = np.random.default_rng(_SEED).multinomial(users.sum(), users / users.sum(), _DRAWS)
    drawn = _rates(draws @ cells)
    hits, trials, hits_before, trials_before = map(int, users @ cells)
    plain = wilson(hits, trials), wilson(hits_before, trials_before)
    few = [min(hits, trials - hits) < _FEW, min(hits_before, trials_before - hits_before) < _FEW]
    now, before = (_interval(plain[side], drawn[:, side], few=few[side]) for side in (0, 1))
    change = _interval(plain[0].minus(plain[1]), drawn[:, 0] - drawn[:, 1], few=any(few))
    return now, before, change


def _rates(sums: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[:, [0, 2]] / sums[:, [1, 3]])


def _interval(plain: Interval, drawn: Array, *, few: bool) -> Interval:
    if not plain.is_known:
        return UNKNOWN
    low, high = map(float, np.nanpercentile(drawn, [2.5, 97.5]))
    if few or low == high:
        low, high = min(low, plain.low), max(high, plain.high)
    return Interval(plain.value, low, high)
