"""A figure with its doubt, and the numbers by which doubt is measured, written once."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

DOUBT = 0.05
"""The chance of a false claim that a page accepts, after correction for all that was looked at."""

Z = NormalDist().inv_cdf(1 - DOUBT / 2)
"""How many standard errors lie on either side of a figure's 95 % interval."""

FEWEST = 5
"""Users (or expected hits) under which a normal approximation promises too much."""


class Interval(NamedTuple):
    """A value with the ends of its 95 % interval; NaN where it is not known.

    Attributes:
        value: The figure. It may be NaN while an end is known.
        low: Lower end; NaN where there is none, as of a plain count.
        high: Upper end, likewise.
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def is_known(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    def side(self, of: float = 0.0) -> int:
        """Return 1 if the whole interval lies above a number, −1 if below, 0 if that is not sure."""
        return int(self.low > of) - int(self.high < of)

    def minus(self, other: Interval) -> Interval:
        """Return how far it lies above a figure of other users; NaN ends where one has none.

        The interval of a difference recovered from two (MOVER: Zou and Donner 2008); of two Wilson
        intervals it is Newcombe's hybrid score interval (1998, method 10).
        """
        change = self.value - other.value
        down = math.hypot(self.value - self.low, other.high - other.value)
        up = math.hypot(self.high - self.value, other.value - other.low)
        return Interval(change, change - down, change + up)

    def spread(self, name: str) -> dict[str, float]:
        """Return the value and its ends under a column's name: `NAME`, `NAME_low`, `NAME_high`."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


UNKNOWN = Interval(math.nan)


def columns(*names: str) -> list[str]:
    """Return the columns of values with their ends: `a`, `a_low`, `a_high`, `b_low`, `b_high`."""
    return [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
