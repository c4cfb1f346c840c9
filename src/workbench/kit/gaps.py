"""Days without data: far emptier than usual, so that nothing they touch is compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say, together
from workbench.periods import Period, Week, local_day, midnight, to_local
from workbench.stats.filled import emptied
from workbench.stats.interval import Interval
from workbench.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.kit.scope import Scope

TOPIC = "gaps"
_LONG = 56  # days without data, before which a few rows are strays
_MOST = 0.1  # of some days: with fewer missing the others still tell
_LATE = timedelta(days=55)  # before the last day: what users did lately weighs most
_MOST_LATELY = 8  # of these days

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
    def when(self) -> str:
        """Its days, as they stand within a sentence."""
        if self.first == self.last:
            return say("on {day:day}", day=self.last)
        if self.first.year == self.last.year:
            return say("from {first:day_month} to {last:day}", first=self.first, last=self.last)
        return say("from {first:day} to {last:day}", first=self.first, last=self.last)

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def sentence(gaps: Sequence[Gap]) -> str:
    """Return what a reader is told of gaps of one table, in one sentence."""
    rows, days = sum(gap.rows for gap in gaps), sum(gap.length for gap in gaps)
    usual = sum(gap.usual * gap.length for gap in gaps) / days
    named = _NAMED[gaps[0].table, not rows]
    return say(named, when=words.listed(gap.when for gap in gaps), rows=rows, usual=usual)


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
    whole = _by_day(table, name, days)
    counts = whole["rows"].to_numpy(dtype=np.float64)
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


def begins(table: ir.Table, name: str, first: datetime, last: datetime, time_zone: str) -> datetime:
    """Return the first instant of a table that no long gap follows: strays before it are no beginning.

    Strays are no more rows than a day of the weeks after the gap has, or one.

    Args:
        table: Its rows.
        name: `events` or `orders`.
        first: The instant of its first row, UTC without a zone.
        last: That of its last row.
        time_zone: The shop's.
    """
    since, until = (to_local(at, time_zone).date() for at in (first, last))
    if (until - since).days < 2 * _LONG:
        return first
    days = Period(since, until, time_zone)
    counts = _by_day(table, name, days)["rows"].to_numpy(dtype=np.float64)
    begin = first
    for run in emptied(counts):
        after = counts[run.last + 1 :]
        usual = after[:_LONG].mean() if after.any() else 0.0
        if run.last - run.first < _LONG or counts[: run.last + 1].sum() > max(usual, 1.0):
            break
        if after.any():
            place = run.last + 1 + int(np.flatnonzero(after)[0])
            begin = midnight(days.days[place], time_zone)
    return begin


def _by_day(table: ir.Table, name: str, days: Period) -> pd.DataFrame:
    """The `rows` of a table on every day, and the instant of the `last` one."""
    at = table[TABLES[name].instant]
    told = table.select(at=at, day=local_day(at, days))
    by_day = frame(told.group_by("day").agg(rows=told.count(), last=told["at"].max()))
    by_day.index = pd.DatetimeIndex(by_day["day"])
    whole = by_day.sort_index().reindex(pd.DatetimeIndex(pd.to_datetime(days.days)))
    return whole.assign(rows=whole["rows"].fillna(0))


def told(scope: Scope, table: str, then: str) -> tuple[Finding, ...]:
    """Return a finding for each gap that a report on a scope, or on the period before, touches.

    Args:
        scope: What is looked at.
        table: Whose gaps.
        then: What the report does about them, in a sentence.
    """
    first, last = scope.period.previous().first, scope.period.last
    own = [gap for gap in scope.gaps(table) if gap.touches(first, last)]
    later = [gap for gap in scope.later if gap.table == table]
    found = [(own, then)] if own else []
    if later:
        week = Week.of(later[0].first)
        found.append((later, say("So {week} is not told yet.", week=week)))
    return tuple(
        Finding.about(
            TOPIC,
            together(sentence(gaps), so),
            Interval(float(sum(gap.length for gap in gaps))),
            "unknown",
        )
        for gaps, so in found
    )


def too_many(missing: int, period: Period) -> bool:
    """Whether so many days of a period are missing that the others do not tell it."""
    return missing >= _MOST * len(period.days)


def is_untold(scope: Scope, table: str) -> bool:
    """Whether so many days of a scope are missing, or of its last ones, that it cannot be compared."""
    period = scope.period
    late = replace(period, first=max(period.first, period.last - _LATE))
    lately = scope.during(late).missing_days(table)
    return too_many(scope.missing_days(table), period) or lately > _MOST_LATELY


def filled_until(gaps: Iterable[Gap], until: datetime, time_zone: str) -> datetime:
    """Return the last instant of a table that no gap follows, up to an instant.

    One stray row after days without any does not make these days known.
    """
    day = to_local(until, time_zone).date()
    return min((gap.until for gap in gaps if gap.touches(day, day)), default=until)
