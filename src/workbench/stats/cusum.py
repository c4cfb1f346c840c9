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
from workbench.stats.tails import scores

GAP = 14
"""Days between the end of the base and the day that is tested."""

CLEAN = 2
"""Days in a row that add nothing, after which a sum that spoke is silent and begins anew."""

DAYS_A_YEAR = 364
_ROUND = 4_000  # years drawn at once
BASES = (28, 49, 70, 98, 140, 182)
"""Days of the base for which limits are simulated."""


EVENTS = (1.3, 4.0, 20.0)
"""Events of a typical day for which limits are simulated: scores of few events vary less."""


class Chart(NamedTuple):
    """A cumulative sum.

    Attributes:
        allowance: What a day's score may be without adding to the sum (k).
        rate: How often a year it speaks of a calm series.
        limits: The sum beyond which it speaks (h): a row for each of `EVENTS`, in it one for each of
            `BASES`.
    """

    allowance: float
    rate: float
    limits: tuple[tuple[float, ...], ...]

    def limit(self, days: Array, events: Array) -> Array:
        """Return the limits for bases of so many days with so many events each.

        Args:
            days: Of the base; shape (series,).
            events: Hits of a typical day, or misses where these are fewer; likewise.
        """
        by_events = np.array([np.interp(days, BASES, row) for row in self.limits])
        place = np.interp(np.log(np.maximum(events, EVENTS[0])), np.log(EVENTS), range(len(EVENTS)))
        low = np.minimum(place.astype(np.int64), len(EVENTS) - 2)
        both = np.take_along_axis(by_events, np.array([low, low + 1]), axis=0)
        return np.asarray(both[0] + (place - low) * (both[1] - both[0]))


_MANY = (5.75, 5.37, 5.19, 5.14, 5.06, 5.05)
FAST = Chart(1.0, 0.003, (_MANY, _MANY, _MANY))
SLOW = Chart(
    0.25,
    0.1,
    (
        (11.53, 11.1, 10.81, 10.57, 10.31, 10.15),
        (12.5, 12.18, 11.85, 11.59, 11.4, 11.16),
        (12.79, 12.45, 12.1, 11.82, 11.54, 11.43),
    ),
)
"""For what breaks, and for what creeps; `python benchmarks/risk_quiet.py --limits` makes them anew. The
fast one takes the whole chance of a score, so that few events need no limits of their own."""


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


def spoken(chart: Chart, base_days: int, limits: Array, drawn: Array) -> Array:
    """Return how often a year calm series speak, by limit, with the base estimated.

    Args:
        chart: Its allowance counts.
        base_days: Days of the base, which ends `GAP` days before each tested day and moves with it.
        limits: To try, shape (limits,).
        drawn: Scores of calm days, shape (series, base, gap and a year).
    """
    series, days = drawn.shape
    sums, squares = (np.cumsum(np.pad(drawn**power, ((0, 0), (1, 0))), axis=1) for power in (1, 2))
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
    return np.asarray(begun / series)


def simulated(
    chart: Chart, base_days: int, events: float, series: int = 16_000, seed: int = 20_261_004
) -> float:
    """Return the limit with which calm series speak as often as the chart allows.

    Args:
        chart: Its allowance and rate count.
        base_days: Days of the base.
        events: A day on average; from the last of `EVENTS` on scores are normal.
        series: How many years are drawn, some thousands at a time.
        seed: Of the draw.
    """
    tried = np.arange(9.0, 16.0, 0.25) if chart.allowance < 1 else np.arange(4.0, 8.0, 0.25)
    rng = np.random.default_rng(seed)
    rounds = -(-series // _ROUND)
    shape = (_ROUND, base_days + GAP + DAYS_A_YEAR)
    found = np.mean(
        [spoken(chart, base_days, tried, _calm(rng, events, shape)) for _ in range(rounds)], axis=0
    )
    # Between two limits the logarithm of the rate is nearly straight.
    heights = np.log(np.maximum(found, 0.5 / (rounds * _ROUND)))
    return float(np.interp(-np.log(chart.rate), -heights, tried))


def _calm(rng: np.random.Generator, events: float, shape: tuple[int, int]) -> Array:
    """Scores of calm days of so many events each."""
    if events >= EVENTS[-1]:
        return rng.standard_normal(shape)
    hits = rng.poisson(events, shape).ravel().astype(float)
    one, no = np.ones_like(hits), np.zeros(len(hits), dtype=np.bool_)
    return np.asarray(scores(hits, one, events * one, 0 * one, no, ~no)[1].reshape(shape))
