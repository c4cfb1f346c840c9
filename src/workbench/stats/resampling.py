"""Rates of users who may count several times: their doubt by drawing the users again."""

from __future__ import annotations

import numpy as np

from workbench.stats.arrays import Array
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

_DRAWS = 2000
_SEED = 20_261_004  # the same users give the same interval, on whatever day


def pooled(cells: Array, users: Array) -> tuple[Interval, Interval, Interval]:
    """Return a rate now, the same before, and its change, each with its 95 % interval.

    The bootstrap's percentiles, with users as what is drawn: one who came in four weeks is drawn
    with all four, and with what he did before. Where no draw differs, Wilson's interval.

    Args:
        cells: A row a kind of user: hits and trials now, hits and trials before.
        users: How many there are of each.

    Returns:
        Not known where there are no trials.
    """
    whole = _rates(users[None, :] @ cells)[0]
    if not len(users):
        return UNKNOWN, UNKNOWN, UNKNOWN
    draws = np.random.default_rng(_SEED).multinomial(users.sum(), users / users.sum(), _DRAWS)
    drawn = _rates(draws @ cells)
    sums = users @ cells
    found = [
        _interval(whole[side], drawn[:, side], wilson(*map(int, sums[2 * side : 2 * side + 2])))
        for side in (0, 1)
    ]
    change = _interval(whole[0] - whole[1], drawn[:, 0] - drawn[:, 1], found[0].minus(found[1]))
    return found[0], found[1], change


def _rates(sums: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[:, [0, 2]] / sums[:, [1, 3]])


def _interval(value: float, drawn: Array, otherwise: Interval) -> Interval:
    if np.isnan(value):
        return UNKNOWN
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Interval(float(value), float(low), float(high)) if low < high else otherwise
