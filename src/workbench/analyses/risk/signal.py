"""What an indicator said on each day: its colour, why, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from workbench.analyses.risk.indicators import Indicator
from workbench.kit.playbook import Threshold
from workbench.kit.scope import Scope
from workbench.stats.arrays import Array

Status = Literal["grey", "green", "yellow", "red"]
STATUSES: tuple[Status, ...] = ("grey", "green", "yellow", "red")
"""By their number; a category is as bad as its worst indicator."""


@dataclass(frozen=True, eq=False)
class Signal:
    """An indicator with what was told of it on each day by what was known then.

    Attributes:
        of: The indicator.
        days: Every day.
        threshold: What is written; NaN where nothing is.
        rate: Of the seven days that end with each.
        low: Lower end of its 95 % interval.
        high: Upper end.
        usual: What the base lets expect of the same days; NaN without a base.
        status: A place in `STATUSES`.
        level: 1 beyond the threshold for yellow, 2 beyond that for red.
        breaks: Whether it changed at once.
        creeps: Whether it changes little by little.
        since: Of each day with a change, the place of its first day, as it was known; else -1.
        last: Place of the last day that is closed.
        seen: The least change, as a share of what is usual, that is seen in 3, 7 and 28 days; NaN
            where none is.
    """

    of: Indicator
    days: Sequence[date]
    threshold: Threshold
    rate: Array
    low: Array
    high: Array
    usual: Array
    status: Array
    level: Array
    breaks: Array
    creeps: Array
    since: Array
    last: int
    seen: tuple[float, float, float]

    @property
    def now(self) -> Status:
        """The colour on the last closed day."""
        return STATUSES[int(self.status[self.last])] if self.last >= 0 else "grey"

    def reason(self, place: int) -> str:
        """Return why it is coloured on a day: `level`, `breaks`, `creeps`, joined by commas."""
        if place < 0 or self.status[place] < STATUSES.index("yellow"):
            return ""
        why = (("level", self.level[place] > 0), ("breaks", self.breaks[place]),
               ("creeps", self.creeps[place]))  # fmt: skip
        return ", ".join(name for name, is_so in why if is_so)

    def began(self, place: int) -> int:
        """Return the place of the first day of what colours a day: the change's, or the level's."""
        if self.since[place] >= 0:
            return int(self.since[place])
        return self.run(place)

    def began_on(self, place: int) -> date | None:
        """Return the first day of what colours a day; None where it may have been so for longer.

        A level that was beyond its threshold when it was first known is as old as nobody knows.
        """
        first = self.began(place)
        is_dated = self.since[place] >= 0 or (
            first > 0 and self.status[first - 1] > STATUSES.index("grey")
        )
        return self.days[first] if is_dated else None

    def run(self, place: int) -> int:
        """Return the place of the first of the coloured days in a row that end with a day."""
        calm = np.flatnonzero(self.status[: place + 1] < STATUSES.index("yellow"))
        return int(calm[-1]) + 1 if len(calm) else 0


def threshold(scope: Scope, name: str) -> Threshold:
    """Return what is written of an indicator; NaN where nothing is."""
    return scope.settings.thresholds.get(name, Threshold(np.nan, np.nan))
