"""What conversion owes to the length of a live and to plays, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workbench.stats.interval import DOUBT, Z
from workbench.stats.rates import p_value

_FALLEN = 0.75  # of the best conversion: below it a length counts as too long
_FEWEST = 200  # visits in a class, under which it is not looked at
_FEWEST_PIECES = 20
_GRID = 121

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class BestLength:
    """The best window of live lengths, in minutes.

    Attributes:
        from_minutes: Where the class with the best conversion begins.
        to_minutes: Where it ends.
        low_minutes: Where the classes begin that may as well be the best: the interval.
        high_minutes: Where they end.
        conversion_rate: In the best class, with its ends.
        conversion_rate_low: Lower end of its 95 % interval.
        conversion_rate_high: Upper end.
        falls_beyond_minutes: From which length on every class converts at less than three
            quarters of the best; None if none does.
        falls_beyond_low: The same by the lower ends of the classes' intervals: from here on it
            may be so.
        falls_beyond_high: The same by their upper ends: from here on it surely is so.
    """

    from_minutes: float
    to_minutes: float
    low_minutes: float
    high_minutes: float
    conversion_rate: float
    conversion_rate_low: float
    conversion_rate_high: float
    falls_beyond_minutes: float | None
    falls_beyond_low: float | None
    falls_beyond_high: float | None


@dataclass(frozen=True)
class PlaysCurve:
    """Conversion as it rises with the logarithm of plays and stays flat from some point on.

    Attributes:
        flat_from_plays: From how many plays more of them change nothing, with its 95 % interval.
        flat_from_plays_low: Its lower end.
        flat_from_plays_high: Its upper end.
        slope: How much conversion rises per e-fold of plays below, relative to the flat one.
        slope_low: Its lower end, over all flattening points of the interval.
        slope_high: Its upper end.
        flat_rate: The conversion where it is flat.
    """

    flat_from_plays: float
    flat_from_plays_low: float
    flat_from_plays_high: float
    slope: float
    slope_low: float
    slope_high: float
    flat_rate: float

    def at(self, plays: Array) -> Array:
        """Return the conversion that the curve has at so many plays."""
        below = np.minimum(0.0, np.log(plays / self.flat_from_plays))
        return np.asarray(np.maximum(self.flat_rate * (1 + self.slope * below), 0.0))


def best_length(lengths: pd.DataFrame) -> BestLength | None:
    """Return the class of lengths that converts best, and those not surely worse around it.

    A neighbour belongs to the interval unless the test of two proportions, times the number of
    classes, tells it from the best one.

    Args:
        lengths: `Content.live_lengths`.
    """
    rows = lengths[lengths["visits"] >= _FEWEST].reset_index(drop=True)
    if len(rows) < 2:  # noqa: PLR2004 - one class is not better than any
        return None
    place = int(np.argmax(rows["conversion_rate"].to_numpy()))
    best = rows.iloc[place]
    pairs = [_pair(rows, i) for i in range(len(rows))]
    even = [
        p_value(pair, pairs[place]) * len(rows) >= DOUBT or i == place
        for i, pair in enumerate(pairs)
    ]
    first = last = place
    while first > 0 and even[first - 1]:
        first -= 1
    while last < len(rows) - 1 and even[last + 1]:
        last += 1
    return BestLength(
        float(best["from_minutes"]),
        float(best["to_minutes"]),
        float(rows["from_minutes"].iloc[first]),
        float(rows["to_minutes"].iloc[last]),
        *(float(best[f"conversion_rate{end}"]) for end in ("", "_low", "_high")),
        *(_falls(rows, place, end) for end in ("", "_low", "_high")),
    )


def _pair(rows: pd.DataFrame, place: int) -> tuple[int, int]:
    visits = int(rows["visits"].iloc[place])
    return round(float(rows["conversion_rate"].iloc[place]) * visits), visits


def _falls(rows: pd.DataFrame, place: int, end: str) -> float | None:
    """From which length on all rates, or those ends of their intervals, are far below the best."""
    bound = _FALLEN * float(rows["conversion_rate"].iloc[place])
    low = (rows[f"conversion_rate{end}"] < bound).to_numpy()
    start = len(rows)
    while start - 1 > place and low[start - 1]:
        start -= 1
    return float(rows["from_minutes"].iloc[start]) if start < len(rows) else None


def plays_curve(pieces: pd.DataFrame) -> PlaysCurve | None:
    """Return the curve of conversion by plays: a + b × min(0, ln(plays / k)), fitted by piece.

    For each k on a grid a and b are fitted by least squares, weighted by visits; the best k has
    the least residue. Its interval holds the k whose residue, in units of the residual variance
    (so that pieces may differ by more than chance), is not worse by more than the 95 % point of
    chi-squared with one degree of freedom: the likelihood profile of the flattening point.

    Args:
        pieces: `plays`, `visits`, `bought`, one row a content.
    """
    seen = pieces[pieces["visits"] > 0]
    if len(seen) < _FEWEST_PIECES or seen["bought"].sum() == 0:
        return None
    log = np.log(seen["plays"].to_numpy(dtype=float))
    weight = seen["visits"].to_numpy(dtype=float)
    rate = seen["bought"].to_numpy(dtype=float) / weight
    inner = np.quantile(log, [0.05, 0.995])
    grid = np.linspace(inner[0], inner[1], _GRID)
    fits = [_fit(np.minimum(0.0, log - k), rate, weight) for k in grid]
    residue = np.array([fit[0] for fit in fits])
    best = int(np.argmin(residue))
    variance = residue[best] / (len(seen) - 3)
    near = np.flatnonzero((residue - residue[best]) / variance <= stats.chi2.ppf(1 - DOUBT, 1))
    slopes = [_slope(fits[i], variance) for i in near]
    flat, slope = fits[best][1], fits[best][2] / fits[best][1]
    return PlaysCurve(
        float(np.exp(grid[best])),
        float(np.exp(grid[near[0]])),
        float(np.exp(grid[near[-1]])),
        float(slope),
        min(low for low, _high in slopes),
        max(high for _low, high in slopes),
        float(flat),
    )


def _fit(below: Array, rate: Array, weight: Array) -> tuple[float, float, float, float]:
    """Weighted least squares of the rate on one quantity: residue, level, slope, its spread."""
    total = float(weight.sum())
    middle, mean = (weight * below).sum() / total, (weight * rate).sum() / total
    width = (weight * (below - middle) ** 2).sum()
    slope = (weight * (below - middle) * (rate - mean)).sum() / max(width, 1e-12)
    residue = (weight * (rate - mean - slope * (below - middle)) ** 2).sum()
    return float(residue), float(mean - slope * middle), float(slope), float(width)


def _slope(fit: tuple[float, float, float, float], variance: float) -> tuple[float, float]:
    _residue, flat, slope, width = fit
    reach = Z * np.sqrt(variance / max(width, 1e-12))
    return float((slope - reach) / flat), float((slope + reach) / flat)
