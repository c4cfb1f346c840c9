"""Drops: the stretches of days on which fewer at a step went on than chance would explain.

All users are searched together, and each segment by itself. What is found is one drop, told of
the whole unless some segments fell otherwise than the rest beyond chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from workbench.paths.daily import WHOLE
from workbench.periods import Period
from workbench.stats.arrays import Array
from workbench.stats.changes import Reach, Sides, Split, change, reach, split
from workbench.stats.interval import DOUBT
from workbench.stats.rates import difference, fewer
from workbench.stats.scan import Stretch, dispersion, edges, lowest, smallest

_BASE_DAYS = 7
_WEEK = 7
_CALM = (
    1.5  # times what the binomial lets days differ; of which chance alone makes a third and more
)
_KINDS = 2  # of series: all users, and segments; each has half of the doubt

Baseline = Literal["before", "after", "others"]
Sure = tuple[date, date]
"""The earliest and the latest day that it may be."""


@dataclass(frozen=True)
class Series:
    """One step of one segment, day by day.

    Attributes:
        step: From 2.
        event: The step's event.
        segment: `WHOLE`: all users; null where it is missing.
        users: At the step before, by day.
        went_on: Of those, by day.
        free: Which days no drop explains yet.
    """

    step: int
    event: str
    segment: str | None
    users: Array
    went_on: Array
    free: Array

    def counts(self, days: Array) -> tuple[int, int]:
        """Return how many went on and how many were there on these days."""
        return int(self.went_on[days].sum()), int(self.users[days].sum())

    def usual(self, days: Array) -> tuple[Baseline, Array]:
        """Return the days that these are held against: those before, if there are seven, or after."""
        there = np.flatnonzero(self.free & (self.users > 0))
        before, after = there[there < days[0]], there[there > days[-1]]
        return ("before", before) if len(before) >= _BASE_DAYS else ("after", after)

    def sides(self, days: Array) -> Sides:
        """Return what happened on these days, and on those that they are held against."""
        return Sides(self.counts(days), self.counts(self.usual(days)[1]))


@dataclass(frozen=True)
class Drop:
    """A stretch of low days, where it was so, and what it is held against.

    Attributes:
        step: From 2.
        event: The step's event.
        segment: The one that fell; `WHOLE`: all users; null where it is missing.
        first: Its first day.
        last: Its last day.
        began: Between which days it began, 95 % sure.
        ended: Between which days its last one lies.
        is_open: Whether no later day tells that it is over.
        own: How many went on and how many were there.
        baseline: What it is held against: its own days `before` or `after`, or the `others`.
        against: How many of those went on and were there.
        since: The first of the days that it is held against.
        reach: `one` segment alone; or the whole: `all` users, where no segments are told apart;
            all segments `alike`; `all_but` those `apart`; all, but above all (`most`) those.
        apart: Segments that fell otherwise than the rest beyond chance.
        rest: Of one segment, how many of the others went on and were there on its days.
        p_value: The chance of so low a stretch anywhere in all series.
    """

    step: int
    event: str
    segment: str | None
    first: date
    last: date
    began: Sure
    ended: Sure
    is_open: bool
    own: tuple[int, int]
    baseline: Baseline
    against: tuple[int, int]
    since: date
    reach: Reach
    apart: tuple[str | None, ...]
    rest: tuple[int, int]
    p_value: float


@dataclass(frozen=True)
class _Step:
    """What is searched of a step: all users, and the segments if there are several."""

    whole: Series
    parts: Sequence[Series]
    begin: pd.Timestamp
    chances: tuple[int, int]
    since: int
    lent: int

    def surest(self) -> tuple[float, Series, Stretch] | None:
        """Return the lowest stretch of all series, if it is beyond chance."""
        found = []
        for place, one in enumerate((self.whole, *self.parts)):
            low = lowest(one.users, one.went_on, one.free, self.lent)
            if low is not None:
                many = 1 if self._fell(one) else self.chances[place > 0]
                found.append((low.p_value * many, place, low))
        chance, place, low = min(found, default=(1.0, 0, Stretch(0, 0, 1.0)))
        return (chance, (self.whole, *self.parts)[place], low) if chance < DOUBT else None

    def _fell(self, one: Series) -> bool:
        """Whether the period as a whole is lower than the days before, beyond chance in all series.

        Where it is, there is no doubt about the series, only about the days.
        """
        there = np.flatnonzero(one.free)
        now, before = (
            one.counts(own) for own in (there[there >= self.since], there[there < self.since])
        )
        return fewer(now, before) * sum(self.chances) < DOUBT

    def day(self, place: int) -> date:
        """Return which day stands at a place of the series."""
        found: date = (self.begin + timedelta(days=int(place))).date()
        return found

    def drops(self) -> list[Drop]:
        """Return what fell, each time with its days set aside before the search goes on."""
        found: list[Drop] = []
        while (surest := self.surest()) is not None:
            chance, one, low = surest
            found += self._located(chance, one, low)
            one.free[low.first : low.last + 1] = False
        return found

    def _located(self, chance: float, one: Series, low: Stretch) -> list[Drop]:
        """Where it fell on these days: everywhere, or in those segments that differ."""
        days = np.arange(low.first, low.last + 1)
        if not self.parts:
            return self._told(chance, one, days, "all")
        sides = [part.sides(days) for part in self.parts]
        spread = dispersion(one.users, one.went_on, low.first, low.last)
        parted = split(sides, spread)
        if parted.side() < 0:
            return self._everywhere(chance, low, sides, parted)
        others = [self.parts[k] for k in parted.alike]
        fell = [self.parts[k] for k in parted.odd if change([sides[k]]).size < 0]
        self.whole.free[days] = False
        return [
            drop
            for part in fell
            for drop in self._told(chance, part, self._own_days(part, low), "one", beside=others)
        ]

    def _everywhere(
        self, chance: float, low: Stretch, sides: Sequence[Sides], parted: Split
    ) -> list[Drop]:
        days = self._own_days(self.whole, low)
        whom, apart = reach(sides, parted)
        names = tuple(self.parts[k].segment for k in apart)
        found = self._told(chance, self.whole, days, whom, names)
        for part in self.parts:
            part.free[days] = False
        return found

    def _own_days(self, one: Series, low: Stretch) -> Array:
        """The days of a series' own lowest stretch if that is the same drop, else the given ones."""
        own = lowest(one.users, one.went_on, one.free, self.lent)
        if own is None or own.p_value >= DOUBT or own.first > low.last or own.last < low.first:
            own = low
        return np.arange(own.first, own.last + 1)

    def _told(
        self,
        chance: float,
        one: Series,
        days: Array,
        whom: Reach,
        apart: tuple[str | None, ...] = (),
        beside: Sequence[Series] = (),
    ) -> list[Drop]:
        """The drop, if what it is held against is higher beyond chance; its days are set aside."""
        later = np.flatnonzero(one.free[days[-1] + 1 :]) + days[-1] + 1
        is_open = fewer(one.counts(days), one.counts(later)) >= DOUBT
        when = self._edges(one, days, is_open)
        if is_open:
            days = np.arange(days[0], len(one.free))
        baseline, usual = one.usual(days)
        against = one.counts(usual)
        there = [part.counts(days) for part in beside]
        rest = (sum(own for own, _all in there), sum(every for _own, every in there))
        if baseline == "after" and rest[1]:
            baseline, against, usual = "others", rest, days
        own = one.counts(days)
        began = fewer(own, one.counts(np.flatnonzero(one.free[: days[0]]))) < DOUBT
        one.free[days] = False
        # What was low from the first day on may have become better as well.
        if not began or not against[1] or not difference(against, own).low > 0:
            return []
        where = (one.step, one.event, one.segment, self.day(days[0]), self.day(days[-1]), *when)
        held = (own, baseline, against, self.day(usual[0]))
        return [Drop(*where, is_open, *held, whom, apart, rest, min(1.0, chance))]

    def _edges(self, one: Series, days: Array, is_open: bool) -> tuple[Sure, Sure]:  # noqa: FBT001
        """Between which days a stretch began, and ended; what is open has not."""
        sure = edges(one.users, one.went_on, one.free, (int(days[0]), int(days[-1])))
        last = (len(one.free) - 1,) * 2 if is_open else sure.last
        begin, end = ((self.day(a), self.day(b)) for a, b in (sure.first, last))
        return begin, end


def find(daily: pd.DataFrame, period: Period) -> list[Drop]:
    """Return the drops of all steps, those beyond chance only.

    The chance of a stretch is corrected for all stretches of its series and for all series: those
    of all users have half of the doubt, those of segments the other half. A series that is lower in
    the period than before beyond chance is searched without that correction. A step may have several
    drops: days that are explained are set aside and the rest searched again. The rate of a drop is
    held against the same users on the days before, if there are seven of them; else against the
    other segments on the same days, or the days after, provided that it surely began.

    Args:
        daily: What `daily.daily_counts` returns.
        period: The report's days; a drop that was over before the period before is not told.
    """
    since = period.previous().first
    steps = _steps(daily, period.first)
    return [drop for step in steps for drop in step.drops() if drop.last >= since]


def visible(daily: pd.DataFrame) -> float:
    """Return how small a fall of any step, a week long and up to now, would have been seen.

    Args:
        daily: What `daily.daily_counts` returns.

    Returns:
        A share of the rate, that of the step in which it must be largest; above 1: none would.
    """
    found = [
        smallest(step.whole.users, step.whole.went_on, _WEEK, step.chances[0])
        for step in _steps(daily, daily["day"].min())
    ]
    return max(found, default=np.inf)


def searched_in(daily: pd.DataFrame) -> int:
    """Return how many series of days are searched: all users, and each segment where it is not all."""
    return sum(1 + len(step.parts) for step in _steps(daily, daily["day"].min()))


def _steps(daily: pd.DataFrame, first: date) -> list[_Step]:
    begin = pd.Timestamp(daily["day"].min())
    series = {step: _series(rows, begin) for step, rows in daily.groupby("step", sort=True)}
    parts = {step: own[1:] if len(own) > 2 else [] for step, own in series.items()}  # noqa: PLR2004 - of one, the whole tells all
    many = sum(map(len, parts.values()))
    kinds = _KINDS if many else 1
    chances = (kinds * len(series), _KINDS * many)
    since = max(0, (pd.Timestamp(first) - begin).days)
    every = [one for step, own in series.items() for one in (own[0], *parts[step])]
    lent = _lent(every)
    return [_Step(own[0], parts[step], begin, chances, since, lent) for step, own in series.items()]


def _lent(series: Sequence[Series]) -> int:
    """How many days of others tell that a series is calm: all of them, where most are."""
    days = [len(one.users) for one in series]
    spreads = [
        dispersion(one.users, one.went_on, size, size)
        for one, size in zip(series, days, strict=True)
        if one.users.any()
    ]
    is_calm = spreads and float(np.median(spreads)) <= _CALM
    return sum(days) - max(days) if is_calm else 0


def _series(rows: pd.DataFrame, begin: pd.Timestamp) -> list[Series]:
    """The series of one step, that of all users first."""
    days = pd.date_range(begin, rows["day"].max())
    found = []
    for segment, own in rows.groupby("segment", dropna=False, sort=True):
        by_day = own.assign(day=pd.to_datetime(own["day"])).set_index("day")
        # A day of which others are told nothing has no figure.
        table = by_day[["users", "went_on"]].reindex(days).fillna(0).astype("int64")
        name = None if pd.isna(segment) else str(segment)
        counts = (table["users"].to_numpy(), table["went_on"].to_numpy())
        free = np.ones(len(days), dtype=np.bool_)
        found.append(
            Series(int(own["step"].iloc[0]), str(own["event"].iloc[0]), name, *counts, free)
        )
    return sorted(found, key=lambda one: one.segment != WHOLE)
