"""Intakes: the attempts that start in one stretch of time, of which each user has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from workbench.periods import TICK, Period, Week, midnight, to_local

_DAY = timedelta(days=1)
Stretch = tuple[datetime, datetime]
"""The first instant of it, and the first one after."""


@dataclass(frozen=True)
class Intake:
    """Attempts that start within a stretch of time; each user has at most one in it.

    Attributes:
        period: `current`, `previous`, `immature`, or `cut`: a week of the previous period that is
            as short as its counterpart.
        opens: The first instant at which an attempt may start.
        closes: The first instant at which it may no longer.
        week: The ISO week, for the intake of a week; else empty.
        first: The first day of that week that belongs to the period.
        is_whole: Whether at most the last day of the week was too late to be in it.
        shut: Stretches of time within it at which no attempt may start.
    """

    period: str
    opens: datetime
    closes: datetime
    week: str = ""
    first: date | None = None
    is_whole: bool = True
    shut: tuple[Stretch, ...] = ()


def intakes(
    period: Period,
    since: datetime,
    until: datetime,
    window: timedelta,
    low: Sequence[Stretch] = (),
) -> tuple[Intake, ...]:
    """Return the intakes of a report.

    `current` holds the attempts of the period whose window has passed when the data end,
    `immature` the others. `previous` is as long a stretch from the start of the period before, so
    that both gave users the same time to try; it is absent where the data do not reach back to
    its first day, or were low on all of it. A week owns the attempts that start in it, wherever they
    end; should its counterpart of the period lack a day, one before is there as long again (`cut`).

    Args:
        period: The report's days.
        since: First instant in the data, UTC without a zone.
        until: Last instant in the data.
        window: How long an attempt may take.
        low: Stretches of time that are no measure for others: no attempt of the period before
            starts in them.
    """
    settled = until - window + TICK
    closes = min(period.end, settled)
    found = [
        Intake("current", period.start, closes),
        Intake("immature", max(period.start, settled), period.end),
    ]
    before = period.previous()
    if to_local(since, period.time_zone).date() <= before.first:
        lag = period.first - before.first
        end = before.end if closes == period.end else _moved(closes, -lag, period.time_zone)
        past = Intake("previous", before.start, end, shut=_inside(low, before.start, end))
        found += [] if _is_shut(past) else [past]
        for week in _weeks("previous", before, settled):
            own = _moved(week.closes, lag, period.time_zone)
            other = min(own, settled)
            whole = replace(week, shut=_inside(low, week.opens, week.closes))
            found.append(whole)
            if timedelta() < own - other <= _DAY:
                ends = _moved(other, -lag, period.time_zone)
                found.append(replace(whole, period="cut", closes=ends))
    found += _weeks("current", period, settled)
    return tuple(one for one in found if one.opens < one.closes)


def _moved(instant: datetime, days: timedelta, time_zone: str) -> datetime:
    """Return the instant so many days later at the same hour of the shop, clocks changed or not."""
    day = to_local(instant, time_zone).date()
    return midnight(day + days, time_zone) + (instant - midnight(day, time_zone))


def _inside(low: Sequence[Stretch], opens: datetime, closes: datetime) -> tuple[Stretch, ...]:
    return tuple(sorted(one for one in low if one[0] < closes and one[1] > opens))


def _is_shut(intake: Intake) -> bool:
    """Whether no time is left of it."""
    at = intake.opens
    for since, until in intake.shut:
        if since > at:
            return False
        at = max(at, until)
    return at >= intake.closes


def _weeks(name: str, period: Period, settled: datetime) -> Iterator[Intake]:
    for week, days in groupby(period.days, Week.of):
        own = list(days)
        opens = midnight(own[0], period.time_zone)
        end = midnight(own[-1] + _DAY, period.time_zone)
        yield Intake(name, opens, min(end, settled), str(week), own[0], end - settled <= _DAY)
