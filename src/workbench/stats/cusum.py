"""Two cumulative sums that say when a series has changed: one for what breaks, one for what creeps.

Page's one-sided sums (1954, "Continuous inspection schemes") over normal scores: what exceeds the
allowance `k` is added up, and a sum beyond its limit speaks. The usual level is estimated from a
base of earlier days, which makes limits for a known level far too low (Jones, Champ and Rigdon 2004,
"The run length distribution of the CUSUM with estimated parameters"); those here are simulated with
the base estimated in the same way, so that a calm series speaks falsely as often as is said.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.stats.arrays import Array

GAP = 14
"""Days between the end of the base and the day that is tested."""

CLEAN = 2
"""Days in a row that add nothing, after which a sum that spoke is silent and begins anew."""

DAYS_A_YEAR = 364
_ROUND = 4_000  # years drawn at once
_BASES = (28, 49, 70, 98, 140, 182)


class Chart(NamedTuple):
    """A cumulative sum.

    Attributes:
        allowance: What a day's score may be without adding to the sum (k).
        rate: How often a year it speaks of a calm series.
        limits: The sum beyond which it speaks (h), by the days of the base in `_BASES`.
    """

    allowance: float
    rate: float
    limits: tuple[float, ...]

    def limit(self, days: Array) -> Array:
        """Return the limit for bases of so many days."""
        return np.interp(days, _BASES, self.limits)


FAST = Chart(1.0, 0.003, (5.75, 5.37, 5.22, 5.14, 5.06, 5.04))
SLOW = Chart(0.25, 0.1, (12.78, 12.45, 12.01, 11.82, 11.52, 11.52))
"""For what breaks, and for what creeps; `python benchmarks/risk_quiet.py --limits` makes them anew."""


class Sums(NamedTuple):
    """Where the cumulative sums of several series stand after a day; shape (series,) each.

    Attributes:
        sum: The sum, at least 0.
        speaks: Whether it is beyond its limit, or was and has not been clean since.
        clean: Days in a row that added nothing.
        since: Place of the day on which the sum last left 0; -1 where it is 0.
    """

    sum: Array
    speaks: Array
    clean: Array
    since: Array

    @classmethod
    def at_rest(cls, series: int) -> Sums:
        """Return the sums before the first day."""
        none = np.zeros(series)
        return cls(none, none > 0, none.astype(int), np.full(series, -1))

    def after(self, chart: Chart, place: int, score: Array, limit: Array) -> Sums:
        """Return the sums after another day.

        Args:
            chart: Whose sums they are.
            place: Of the day.
            score: Normal scores of the day, upwards in the bad direction; NaN where a series has
                none, whose sum then stays as it is.
            limit: By series.
        """
        known = ~np.isnan(score)
        adds = np.where(known, score - chart.allowance, 0.0)
        total = np.maximum(self.sum + adds, 0.0)
        clean = np.where(known, np.where(adds <= 0, self.clean + 1, 0), self.clean)
        speaks = self.speaks | (total > limit)
        over = speaks & (clean >= CLEAN)
        total = np.where(over, 0.0, total)
        began = np.where((self.sum == 0) & (total > 0), place, self.since)
        return Sums(total, speaks & ~over, clean, np.where(total == 0, -1, began))


def spoken(
    chart: Chart, base_days: int, limits: Array, series: int, rng: np.random.Generator
) -> Array:
    """Return how often a year calm series speak, by limit, with the base estimated.

    Args:
        chart: Its allowance counts.
        base_days: Days of the base, which ends `GAP` days before each tested day and moves with it.
        limits: To try, shape (limits,).
        series: How many are drawn, of a year each.
        rng: The source of chance.
    """
    days = base_days + GAP + DAYS_A_YEAR
    drawn = rng.standard_normal((series, days))
    sums, squares = (
        np.cumsum(np.pad(drawn**power, ((0, 0), (1, 0))), axis=1) for power in (1, 2)
    )
    state = Sums.at_rest(series * len(limits))
    limit = np.tile(limits, series)
    begun = np.zeros(len(limits))
    for place in range(base_days + GAP, days):
        end = place - GAP
        mean, square = (
            (total[:, end] - total[:, end - base_days]) / base_days for total in (sums, squares)
        )
        # As the dispersion of a base is: days vary no less than by chance.
        spread = np.sqrt(np.maximum((square - mean**2) * base_days / (base_days - 1), 1.0))
        score = np.repeat((drawn[:, place] - mean) / spread, len(limits))
        then = state.after(chart, place, score, limit)
        begun += (then.speaks & ~state.speaks).reshape(series, -1).sum(axis=0)
        state = then
    return begun / series


def simulated(chart: Chart, base_days: int, series: int = 200_000, seed: int = 20_261_004) -> float:
    """Return the limit with which calm series speak as often as the chart allows.

    Args:
        chart: Its allowance and rate count.
        base_days: Days of the base.
        series: How many years are drawn, some thousands at a time.
        seed: Of the draw.
    """
    tried = np.arange(10.0, 20.0, 0.5) if chart.allowance < 1 else np.arange(4.5, 12.0, 0.5)
    rng = np.random.default_rng(seed)
    rounds = -(-series // _ROUND)
    found = sum(spoken(chart, base_days, tried, _ROUND, rng) for _ in range(rounds)) / rounds
    # Between two limits the logarithm of the rate is nearly straight.
    heights = np.log(np.maximum(found, 0.5 / (rounds * _ROUND)))
    return float(np.interp(-np.log(chart.rate), -heights, tried))
