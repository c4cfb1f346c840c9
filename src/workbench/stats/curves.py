"""What conversion owes to the length of a live and to plays, with how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT, Interval, Z, columns
from workbench.stats.rates import p_value

_FALLEN = 0.75  # of the best conversion: below it a length counts as too long
_FEWEST = 200  # visits in a class, under which it is not looked at
_FEWEST_PIECES = 20
_GRID = 121
_NO_WIDTH = 1e-12


@dataclass(frozen=True)
class BestLength:
    """The best window of live lengths, in minutes.

    Attributes:
        from_minutes: Where the class with the best conversion begins.
        to_minutes: Where it ends.
        low_minutes: Where the classes begin that may as well be the best: the interval.
        high_minutes: Where they end.
        conversion: The rate in the best class.
        falls_beyond: From which length on every class converts at less than three quarters of the
            best, NaN if none does; its low by the lower ends of the classes' intervals (from
            there on it may be so), its high by their upper ends (from there on it surely is so).
    """

    from_minutes: float
    to_minutes: float
    low_minutes: float
    high_minutes: float
    conversion: Interval
    falls_beyond: Interval


@dataclass(frozen=True)
class PlaysCurve:
    """Conversion as it rises with the logarithm of plays and stays flat from some point on.

    Attributes:
        flat_from: From how many plays more of them change nothing.
        slope: How much conversion rises per e-fold of plays below, relative to the flat one; its
            ends are those over all flattening points of the interval.
        flat_rate: The conversion where it is flat.
    """

    flat_from: Interval
    slope: Interval
    flat_rate: float

    def at(self, plays: Array) -> Array:
        """Return the conversion that the curve has at so many plays."""
        below = np.minimum(0.0, np.log(plays / self.flat_from.value))
        return np.asarray(np.maximum(self.flat_rate * (1 + self.slope.value * below), 0.0))


def best_length(lengths: pd.DataFrame) -> BestLength | None:
    """Return the class of lengths that converts best, and those not surely worse around it.

    A neighbour belongs to the interval unless the test of two proportions, times the number of
    classes, tells it from the best one.

    Args:
        lengths: One row a class, ordered: `from_minutes`, `to_minutes`, `visits`,
            `conversion_rate` with its ends.

    Returns:
        None where fewer than two classes have enough visits.
    """
    rows = lengths[lengths["visits"] >= _FEWEST].reset_index(drop=True)
    if len(rows) < 2:  # noqa: PLR2004 - one class is not better than any
        return None
    place = int(np.argmax(rows["conversion_rate"].to_numpy()))
    hits = (rows["conversion_rate"] * rows["visits"]).round().astype(int)
    pairs = list(zip(hits, rows["visits"], strict=True))
    even = [i == place or p_value(pair, pairs[place]) * len(rows) >= DOUBT
            for i, pair in enumerate(pairs)]  # fmt: skip
    first = last = place
    while first > 0 and even[first - 1]:
        first -= 1
    while last < len(rows) - 1 and even[last + 1]:
        last += 1
    ends = columns("conversion_rate")
    return BestLength(
        float(rows["from_minutes"].iloc[place]),
        float(rows["to_minutes"].iloc[place]),
        float(rows["from_minutes"].iloc[first]),
        float(rows["to_minutes"].iloc[last]),
        Interval(*(float(rows[end].iloc[place]) for end in ends)),
        Interval(*(_falls(rows, place, end) for end in ends)),
    )


def _falls(rows: pd.DataFrame, place: int, column: str) -> float:
    """From which length on all rates, or those ends of their intervals, are far below the best."""
    low = (rows[column] < _FALLEN * rows["conversion_rate"].iloc[place]).to_numpy()
    start = len(rows)
    while start - 1 > place and low[start - 1]:
        start -= 1
    return float(rows["from_minutes"].iloc[start]) if start < len(rows) else math.nan


def plays_curve(pieces: pd.DataFrame) -> PlaysCurve | None:
    """Return the curve of conversion by plays: a + b × min(0, ln(plays / k)), fitted by piece.

    For each k on a grid a and b are fitted by least squares, weighted by visits; the best k has
    the least residue. Its interval holds the k whose residue, in units of the residual variance
    (so that pieces may differ by more than chance), is not worse by more than the 95 % point of
    chi-squared with one degree of freedom: the likelihood profile of the flattening point.

    Args:
        pieces: `plays`, `visits`, `bought`, one row a content.

    Returns:
        None where too few contents have visits, or none of those ended in an order.
    """
    seen = pieces[pieces["visits"] > 0]
    if len(seen) < _FEWEST_PIECES or seen["bought"].sum() == 0:
        return None
    log = np.log(seen["plays"].to_numpy(dtype=float))
    weight = seen["visits"].to_numpy(dtype=float)
    rate = seen["bought"].to_numpy(dtype=float) / weight
    mean = np.average(rate, weights=weight)
    first, last = np.quantile(log, [0.05, 0.995])
    grid = np.linspace(first, last, _GRID)
    below = np.minimum(0.0, log - grid[:, None])  # a row for each k, a column for each piece
    middle = np.average(below, axis=1, weights=weight)
    apart = below - middle[:, None]
    width = np.maximum(apart**2 @ weight, _NO_WIDTH)
    slope = apart @ (weight * (rate - mean)) / width
    flat = mean - slope * middle
    residue = (rate - mean - slope[:, None] * apart) ** 2 @ weight
    best = int(np.argmin(residue))
    variance = residue[best] / (len(seen) - 3)
    near = np.flatnonzero((residue - residue[best]) / variance <= Z**2)
    reach = Z * np.sqrt(variance / width)
    low, high = ((slope + side * reach) / flat for side in (-1, 1))
    return PlaysCurve(
        Interval(*(float(np.exp(grid[i])) for i in (best, near[0], near[-1]))),
        Interval(float(slope[best] / flat[best]), float(low[near].min()), float(high[near].max())),
        float(flat[best]),
    )
