"""Draws and clocks: vectorised helpers over numpy's generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt

from workbench.demo import exactly
from workbench.periods import midnight

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
GOLDEN = (5**0.5 - 1) / 2
SHANGHAI = 8 * HOUR  # ahead of UTC, without change since 1991

_LAST_DAY = date(2026, 10, 4)
_HOURS = [
    2, 1, 0.6, 0.4, 0.4, 0.7, 1.5, 2.5, 3.5, 4.5, 5, 5,
    6, 5.5, 5, 5, 5, 5.5, 6, 7, 9, 9.5, 8, 5,
]  # fmt: skip
_WEEKDAYS = [0.95, 0.94, 0.95, 0.97, 1.02, 1.10, 1.07]


class Rows:
    """Arrays of one length, an attribute each."""

    def take(self, rows: Ints | Flags) -> Self:
        """Return these rows."""
        return type(self)(*(column[rows] for column in vars(self).values()))

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of all parts."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*map(np.concatenate, columns))


@dataclass(frozen=True)
class Span:
    """The time the data cover, in microseconds since 1970 UTC, `end` exclusive.

    Attributes:
        start: Monday's midnight in Shanghai.
        end: The midnight after the last Sunday.
        edges: The borders of its hours.
        busy: Traffic before each border, as a share of the whole.
    """

    start: int
    end: int
    edges: Floats
    busy: Floats

    @classmethod
    def of(cls, weeks: int) -> Span:
        """Return the span of so many weeks that ends on the shop's last day."""
        after = _LAST_DAY + timedelta(days=1)
        start = micros(midnight(after - timedelta(weeks=weeks), "Asia/Shanghai"))
        hour = np.arange(weeks * 168)
        season = 1 + 0.05 * exactly.cos(2 * np.pi * (hour / 24 / 364 - 0.1))
        weight = np.array(_HOURS)[hour % 24] * np.array(_WEEKDAYS)[hour // 24 % 7] * season
        busy = np.concatenate([[0.0], np.cumsum(weight)])
        edges = start + np.arange(weeks * 168 + 1, dtype=np.float64) * HOUR
        return cls(start, start + weeks * 7 * DAY, edges, busy / busy[-1])

    @property
    def part_of_year(self) -> float:
        """How much of a year of 52 weeks it is, at most 1."""
        return min((self.end - self.start) / (364 * DAY), 1.0)

    def share_after(self, instant: Ints) -> Floats:
        """The share of the whole traffic that comes after each instant."""
        return np.asarray(1 - np.interp(instant, self.edges, self.busy))

    def draw(self, rng: np.random.Generator, after: Ints) -> Ints:
        """Draw an instant of the span after each given one, as busy hours and days have it.

        None falls in the last ten minutes, so that what an arrival starts can still be seen.
        """
        low = np.interp(after, self.edges, self.busy)
        high = np.interp(self.end - 600 * SECOND, self.edges, self.busy)
        drawn = np.interp(low + rng.random(len(after)) * (high - low), self.busy, self.edges)
        return drawn.astype(np.int64)


def micros(instant: datetime) -> int:
    """Microseconds since 1970 of an instant in UTC without a zone."""
    return int(instant.replace(tzinfo=UTC).timestamp()) * SECOND


def spread(rng: np.random.Generator, chance: Floats) -> Flags:
    """Draw a yes for each chance such that the number of yeses in any run is as expected.

    Systematic sampling: each is a yes with its own chance, but all of them together, and any
    stretch of them, have as many as they should, to within one. It plants a share exactly.
    """
    total = np.cumsum(chance) + rng.random()
    return np.diff(np.floor(total), prepend=0.0) >= 1


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Draw `count` indices with the chances that `weights` give."""
    reached = np.cumsum(weights) / np.sum(weights)
    drawn = np.searchsorted(reached, rng.random(count), side="right")
    return np.minimum(drawn, len(weights) - 1)


def pause(rng: np.random.Generator, count: int, median: float, sigma: float = 0.8) -> Ints:
    """Draw log-normal pauses of at least a second, in microseconds; the median is in seconds."""
    luck = rng.standard_normal(count, dtype=np.float32).astype(np.float64)
    seconds = median * exactly.exp(sigma * luck)
    return np.asarray(np.maximum(seconds, 1.0) * SECOND).astype(np.int64)


def within(instant: Ints, started_at: datetime, ended_at: datetime) -> Flags:
    """Whether each instant lies in the stretch (its end exclusive)."""
    return (instant >= micros(started_at)) & (instant < micros(ended_at))
