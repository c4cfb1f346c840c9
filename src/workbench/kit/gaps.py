"""Days without data: far emptier than usual, so that nothing they touch is compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say, together
from workbench.periods import Period, Week, local_day, to_local
from workbench.stats.filled import emptied
from workbench.stats.interval import Interval
from workbench.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.kit.scope import Scope

TOPIC = "gaps"
_MOST = 1 / 14  # of some days may be missing where the others still tell

_NAMED = {
    ("events", True): message("No events {when}; usual are about {usual:count} a day."),
    ("orders", True): message("No orders {when}; usual are about {usual:count} a day."),
    ("events", False): message(
        "Hardly any events {when}: {rows:count} in all; usual are about {usual:count} a day."
    ),
    ("orders", False): message(
        "Hardly any orders {when}: {rows:count} in all; usual are about {usual:count} a day."
    ),
}
"""By table, and whether there is nothing at all."""


@dataclass(frozen=True)
class Gap:
    """Days in a row on which a table is empty, or nearly so.

    Attributes:
        table: Its name.
        first: First day.
        last: Last day.
        rows: What there is all the same.
        usual: What there would be a day.
        until: The last instant before it, UTC without a zone.
    """

    table: str
    first: date
    last: date
    rows: int
    usual: float
    until: datetime

    def touches(self, first: date, last: date) -> bool:
        """Whether it has any of the days from the first to the last."""
        return self.first <= last and self.last >= first

    def days_in(self, period: Period) -> int:
        """Return how many of a period's days it has."""
        days = (min(self.last, period.last) - max(self.first, period.first)).days + 1
        return max(0, days)

    @property
    def sentence(self) -> str:
        """What a reader is told of it."""
        if self.first == self.last:
            when = say("on {day:day}", day=self.last)
        elif self.first.year == self.last.year:
            when = say("from {first:day_month} to {last:day}", first=self.first, last=self.last)
        else:
            when = say("from {first:day} to {last:day}", first=self.first, last=self.last)
        named = _NAMED[self.table, not self.rows]
        return say(named, when=when, rows=self.rows, usual=self.usual)


def find(table: ir.Table, name: str, since: date, until: date, time_zone: str) -> tuple[Gap, ...]:
    """Return the gaps of a table, in order.

    Args:
        table: Its rows.
        name: `events` or `orders`.
        since: Day of its first row.
        until: The last day that is looked at.
        time_zone: The shop's.
    """
    days = Period(since, until, time_zone)
    at = table[TABLES[name].instant]
    told = table.select(at=at, day=local_day(at, days))
    by_day = frame(told.group_by("day").agg(rows=told.count(), last=told["at"].max()))
    by_day.index = pd.DatetimeIndex(by_day["day"])
    by_day = by_day.sort_index()
    whole = by_day.reindex(pd.DatetimeIndex(pd.to_datetime(days.days)))
    counts = whole["rows"].fillna(0).to_numpy(dtype=np.float64)
    lasts = whole["last"].ffill()
    return tuple(
        Gap(
            name,
            days.days[run.first],
            days.days[run.last],
            run.rows,
            run.usual / (run.last - run.first + 1),
            lasts.iloc[run.first - 1].to_pydatetime(),
        )
        for run in emptied(counts)
    )


def told(scope: Scope, table: str, then: str) -> tuple[Finding, ...]:
    """Return a finding for each gap that a report on a scope, or on the period before, touches.

    Args:
        scope: What is looked at.
        table: Whose gaps.
        then: What the report does about them, in a sentence.
    """
    first, last = scope.period.previous().first, scope.period.last
    own = [(gap, then) for gap in scope.gaps(table) if gap.touches(first, last)]
    later = [
        (gap, say("So {week} is not told yet.", week=Week.of(gap.first)))
        for gap in scope.later
        if gap.table == table
    ]
    return tuple(
        Finding.about(TOPIC, together(gap.sentence, so), _length(gap), "bad")
        for gap, so in (*own, *later)
    )


def _length(gap: Gap) -> Interval:
    return Interval(float((gap.last - gap.first).days + 1))


def too_many(missing: int, period: Period) -> bool:
    """Whether so many days of a period are missing that the others do not tell it."""
    return missing > _MOST * len(period.days)


def filled_until(gaps: Iterable[Gap], until: datetime, time_zone: str) -> datetime:
    """Return the last instant of a table that no gap follows, up to an instant.

    One stray row after days without any does not make these days known.
    """
    day = to_local(until, time_zone).date()
    return min((gap.until for gap in gaps if gap.touches(day, day)), default=until)
