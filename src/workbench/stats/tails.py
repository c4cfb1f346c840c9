"""How unusual a day's count or share is: exact tails, written as a normal score.

A day of five complaints is far from normal, and a z of it speaks falsely dozens of times a year. So
the chance of so much or more is taken from the law itself: the negative binomial for counts, the
beta-binomial for shares, the Poisson and the binomial where days differ no more than by chance.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from workbench.stats.arrays import Array

MOST = 5.0
"""The largest score of a day: one freak alone says little of a change."""

_LEAST = 1e-300  # a chance of nought has no score
_LONG = 4_000  # trials beyond which a beta-binomial is taken as a binomial of fewer trials


def upper(hits: Array, trials: Array, rate: Array, spread: Array, is_share: Array) -> Array:
    """Return the chances of more, and of so much or more, than came; shape (2, days).

    Args:
        hits: What came, whole numbers; shape (days,).
        trials: Of how many (shares), or in how much of what they are counted by (counts).
        rate: The usual one.
        spread: What days differ by beyond chance: of shares the correlation within a day, of counts
            the squared coefficient of variation of the rate; 0: by chance alone.
        is_share: Whether it is a share; else a count.
    """
    laws = (
        (is_share & (spread == 0), _binomial),
        (is_share & (spread > 0), _beta_binomial),
        (~is_share & (spread == 0), _poisson),
        (~is_share & (spread > 0), _negative_binomial),
    )
    found = np.full((2, len(hits)), np.nan)
    for where, law in laws:
        if where.any():
            found[:, where] = law(*(part[where] for part in (hits, trials, rate, spread)))
    return found


def scores(
    hits: Array, trials: Array, rate: Array, spread: Array, is_share: Array, is_up: Array
) -> tuple[Array, Array]:
    """Return two normal scores of each day, upwards in the bad direction, at most `MOST`.

    The first is of the whole chance of so much or more (never too high, for what speaks at once);
    the second counts half of the chance of exactly that (right on average, for what is summed up for
    weeks: Lancaster 1961, "Significance tests in discrete distributions").

    Args:
        hits: As for `upper`.
        trials: As for `upper`; days without any have no score.
        rate: As for `upper`.
        spread: As for `upper`.
        is_share: As for `upper`.
        is_up: Whether more is bad; else less.
    """
    more, as_much = upper(hits, trials, rate, spread, is_share)
    tail = np.where(is_up, as_much, 1 - more)
    middle = np.where(is_up, (more + as_much) / 2, 1 - (more + as_much) / 2)
    there = trials > 0
    return _score(np.where(there, tail, np.nan)), _score(np.where(there, middle, np.nan))


def _score(chance: Array) -> Array:
    return np.clip(-special.ndtri(np.clip(chance, _LEAST, 1 - 1e-16)), -MOST, MOST)


def _binomial(hits: Array, trials: Array, rate: Array, _spread: Array) -> Array:
    return np.array([
        np.where(hits < trials, special.betainc(hits + 1, np.maximum(trials - hits, 0.5), rate), 0),
        np.where(hits > 0, special.betainc(np.maximum(hits, 0.5), trials - hits + 1, rate), 1),
    ])  # fmt: skip


def _poisson(hits: Array, trials: Array, rate: Array, _spread: Array) -> Array:
    mean = trials * rate
    as_much = np.where(hits > 0, special.gammainc(np.maximum(hits, 0.5), mean), 1)
    return np.array([special.gammainc(hits + 1, mean), as_much])


def _negative_binomial(hits: Array, trials: Array, rate: Array, spread: Array) -> Array:
    size, mean = 1 / spread, trials * rate
    chance = mean / (mean + size)
    as_much = np.where(hits > 0, special.betainc(np.maximum(hits, 0.5), size, chance), 1)
    return np.array([special.betainc(hits + 1, size, chance), as_much])


def _beta_binomial(hits: Array, trials: Array, rate: Array, spread: Array) -> Array:
    """By the ratios of neighbouring chances, for all days at once."""
    long = trials > _LONG
    shrunk = np.where(long, 1 + (trials - 1) * spread, 1.0)
    found = _binomial(hits / shrunk, trials / shrunk, rate, spread)
    if long.all():
        return found
    short = np.flatnonzero(~long)
    n, x = trials[short, None], hits[short]
    both = (1 - spread[short, None]) / spread[short, None]
    a, b = both * rate[short, None], both * (1 - rate[short, None])
    k = np.arange(int(n.max()))
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(k < n, (n - k) * (k + a) / ((k + 1) * (n - k - 1 + b)), 0.0)
        heights = np.cumsum(np.pad(np.log(step), ((0, 0), (1, 0))), axis=1)
    chances = np.exp(heights - heights.max(axis=1, keepdims=True))
    above = np.cumsum(chances[:, ::-1], axis=1)[:, ::-1] / chances.sum(axis=1, keepdims=True)
    above = np.pad(above, ((0, 0), (0, 1)))
    row = np.arange(len(short))
    found[:, short] = np.array([above[row, x.astype(int) + 1], above[row, x.astype(int)]])
    return found
