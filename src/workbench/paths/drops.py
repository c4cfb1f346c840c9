"""Drops: the stretches of days on which fewer at a step went on than chance would explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT
from workbench.stats.rates import wilson
from workbench.stats.scan import lowest

_BEFORE_DAYS = 7


@dataclass(frozen=True)
class Series:
    """One step of one segment, day by day.

    Attributes:
        step: From 2.
        event: The step's event.
        segment: Null where it is missing.
        users: At the step before, by day.
        went_on: Of those, by day.
    """

    step: int
    event: str
    segment: str | None
    users: Array
    went_on: Array

    def counts(self, days: Array) -> tuple[int, int]:
        """Return how many went on and how many were there on these days."""
        return int(self.went_on[days].sum()), int(self.users[days].sum())


@dataclass(frozen=True)
class Drop:
    """A stretch of low days of a series, and what it is held against.

    Attributes:
        step: From 2.
        event: The step's event.
        segment: Null where it is missing.
        first: Its first day.
        last: Its last day.
        is_open: Whether that is the last day that can be judged.
        own: How many went on and how many were there.
        baseline: What it is held against: the segment on the days `before`, or the `others`.
        against: How many of those went on and were there.
        p_value: The chance of so low a stretch anywhere in all series.
    """

    step: int
    event: str
    segment: str | None
    first: date
    last: date
    is_open: bool
    own: tuple[int, int]
    baseline: str
    against: tuple[int, int]
    p_value: float


def find(daily: pd.DataFrame, since: date) -> list[Drop]:
    """Return the drops of all series, those beyond chance only.

    The chance of a stretch is corrected for all stretches of its series and for all series. A
    series may have several: days that are explained are set aside and the rest searched again.
    The rate of a drop is held against the same segment on the days before, if there are seven of
    them; else against the other segments on the same days.

    Args:
        daily: What `daily.daily_counts` returns.
        since: A drop that was over before this day is not told.
    """
    series = _series(daily)
    begin = pd.Timestamp(daily["day"].min())
    return [
        drop
        for one in series
        for drop in _of_series(one, series, begin)
        if wilson(*drop.against).value > wilson(*drop.own).value and drop.last >= since
    ]


def _series(daily: pd.DataFrame) -> list[Series]:
    found = []
    for step in sorted(set(daily["step"])):
        rows = daily[daily["step"] == step]
        event = rows["event"].iloc[0]
        days = pd.date_range(daily["day"].min(), rows["day"].max())
        for segment, own in rows.groupby("segment", dropna=False, sort=True):
            by_day = own.assign(day=pd.to_datetime(own["day"])).set_index("day")
            table = by_day[["users", "went_on"]].reindex(days, fill_value=0)
            name = None if pd.isna(segment) else str(segment)
            counts = (table["users"].to_numpy(), table["went_on"].to_numpy())
            found.append(Series(int(step), str(event), name, *counts))
    return found


def _of_series(one: Series, series: Sequence[Series], begin: pd.Timestamp) -> list[Drop]:
    free = np.ones(len(one.users), dtype=np.bool_)
    found = []
    while (low := lowest(one.users, one.went_on, free)) is not None:
        chance = min(1.0, low.p_value * len(series))
        if chance >= DOUBT:
            break
        days = np.arange(low.first, low.last + 1)
        baseline, against = _baseline(one, series, np.flatnonzero(free[: low.first]), days)
        first, last = ((begin + timedelta(days=place)).date() for place in (low.first, low.last))
        is_open = low.last == len(free) - 1
        where = (one.step, one.event, one.segment, first, last, is_open)
        if against[1]:
            found.append(Drop(*where, one.counts(days), baseline, against, chance))
        free[days] = False
    return found


def _baseline(
    one: Series, series: Sequence[Series], before: Array, days: Array
) -> tuple[str, tuple[int, int]]:
    own = before[one.users[before] > 0]
    if len(own) >= _BEFORE_DAYS:
        return "before", one.counts(own)
    others = [other.counts(days) for other in series if other.step == one.step and other is not one]
    went, came = (sum(column) for column in zip(*others, strict=True)) if others else (0, 0)
    return "others", (went, came)
