"""ISO weeks and the days of a shop, in the shop's own time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from workbench.errors import ParameterError

if TYPE_CHECKING:
    import ibis.expr.types as ir

TICK = timedelta(microseconds=1)
"""The tables' resolution."""

_WEEK = re.compile(r"(\d{4})-W(\d{2})", flags=re.ASCII)


@dataclass(frozen=True, order=True)
class Week:
    """An ISO 8601 week: Monday 00:00 up to the next Monday, exclusive.

    Attributes:
        year: The ISO year (`%G`, which at the turn of a year is not the calendar's).
        number: 1..52, or 53 in a long year.
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        try:
            date.fromisocalendar(self.year, self.number, 1)
        except ValueError:
            raise ParameterError(
                f"week == '{self}', but {self.year} has the weeks W01 to W{_last(self.year)}"
            ) from None

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @classmethod
    def parse(cls, text: str) -> Week:
        """Return the week that `text` names as `YYYY-Www`.

        Raises:
            ParameterError: If it is written otherwise, or that year has no such week.
        """
        match = _WEEK.fullmatch(text)
        if match is None:
            raise ParameterError(f"week == '{text}', must look like 2026-W40")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Week:
        """Return the week that `day` falls in."""
        iso = day.isocalendar()
        return cls(iso.year, iso.week)

    @property
    def monday(self) -> date:
        """The week's first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    def plus(self, weeks: int) -> Week:
        """Return the week so many weeks later (earlier, if negative)."""
        return Week.of(self.monday + timedelta(weeks=weeks))


@dataclass(frozen=True)
class Period:
    """Whole days of a shop, from the first up to and with the last.

    Attributes:
        first: First day.
        last: Last day, which belongs to the period.
        time_zone: IANA name of the zone whose midnights divide the days.
    """

    first: date
    last: date
    time_zone: str

    @classmethod
    def weeks(cls, last: Week, count: int, time_zone: str) -> Period:
        """Return the `count` weeks that end with the week `last`."""
        monday = last.monday
        return cls(monday - timedelta(weeks=count - 1), monday + timedelta(days=6), time_zone)

    @property
    def start(self) -> datetime:
        """The first instant, in UTC without a zone, as tables hold instants."""
        return midnight(self.first, self.time_zone)

    @property
    def end(self) -> datetime:
        """The first instant after the period, in UTC without a zone."""
        return midnight(self.last + timedelta(days=1), self.time_zone)

    @property
    def days(self) -> list[date]:
        """Every day of the period, in order."""
        return [self.first + timedelta(days=i) for i in range((self.last - self.first).days + 1)]

    def previous(self) -> Period:
        """Return the period of the same length that ends where this one starts."""
        length = timedelta(days=len(self.days))
        return Period(self.first - length, self.last - length, self.time_zone)

    def __str__(self) -> str:
        """Return the days for a program; `words.period` writes them for a reader."""
        return f"{self.first}..{self.last}"


def midnight(day: date, time_zone: str) -> datetime:
    """Return the instant at which `day` begins in `time_zone`, in UTC without a zone."""
    local = datetime.combine(day, time(), tzinfo=ZoneInfo(time_zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def to_local(instant: datetime, time_zone: str) -> datetime:
    """Return an instant in UTC without a zone as the clock of `time_zone` shows it."""
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)


def last_complete_week(until: datetime, time_zone: str) -> Week:
    """Return the last week that the data reach the end of.

    A week counts as complete once something is known of its Sunday: an export made on Monday
    morning holds hardly ever an instant of that Monday.

    Args:
        until: The last instant in the data, in UTC without a zone.
        time_zone: The shop's zone.
    """
    day = to_local(until, time_zone).date()
    return Week.of(day + timedelta(days=1)).plus(-1)


def local_day(instants: ir.TimestampColumn, period: Period) -> ir.DateColumn:
    """Return the day of the shop that each instant falls on, as an Ibis expression.

    The zone's offset is constant between its changes (two a year at most), so the shift is a
    CASE over the changes inside the period: plain arithmetic that every engine does alike.

    Args:
        instants: UTC without a zone, all inside `period`.
        period: Names the zone and bounds the search for its changes.
    """
    import ibis  # noqa: PLC0415 - a wrong week is refused before anything heavy is imported

    shifts = _offsets(period)
    local = instants + ibis.interval(seconds=shifts[-1][1])
    for (_, seconds), (until, _later) in reversed(list(pairwise(shifts))):
        local = ibis.ifelse(instants < until, instants + ibis.interval(seconds=seconds), local)
    return local.date()


def day_number(instants: ir.TimestampColumn, period: Period) -> ir.IntegerColumn:
    """Return the same day as a whole number that grows by one a day, which every engine adds alike.

    Args:
        instants: As for `local_day`.
        period: As for `local_day`.

    Returns:
        The days since 1970-01-01, which is day 0.
    """
    days = local_day(instants, period).cast("timestamp").epoch_seconds() // 86_400
    return days.cast("int64")


def ends_a_minute(instants: ir.TimestampColumn) -> ir.BooleanColumn:
    """Return whether an instant is the last one of a minute: only such can end a day of any zone."""
    import ibis  # noqa: PLC0415 - as in local_day

    following = instants + ibis.interval(microseconds=1)
    return following.minute() != instants.minute()


def ends_a_day(instants: ir.TimestampColumn, period: Period) -> ir.BooleanColumn:
    """Return whether an instant is the last one of a shop's day: what is known by its day stands there.

    Args:
        instants: As for `local_day`.
        period: As for `local_day`.
    """
    import ibis  # noqa: PLC0415 - as in local_day

    following = instants + ibis.interval(microseconds=1)
    return ends_a_minute(instants) & (local_day(following, period) != local_day(instants, period))


@cache
def _offsets(period: Period) -> list[tuple[datetime, int]]:
    """The zone's offsets in seconds inside the period, each with the instant it holds from."""
    zone = ZoneInfo(period.time_zone)

    def offset(instant: datetime) -> int:
        shift = instant.replace(tzinfo=UTC).astimezone(zone).utcoffset()
        return int(shift.total_seconds()) if shift is not None else 0

    found = [(period.start, offset(period.start))]
    instant = period.start
    while instant < period.end:
        following = min(instant + timedelta(hours=1), period.end)
        if offset(following) != found[-1][1]:
            found.append(
                (_change(instant, following, offset(following), offset), offset(following))
            )
        instant = following
    return found


def _change(
    low: datetime, high: datetime, after: int, offset: Callable[[datetime], int]
) -> datetime:
    """The instant in (low, high] from which the offset is `after`, to the second."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (low, middle) if offset(middle) == after else (middle, high)
    return high.replace(microsecond=0)


def _last(year: int) -> int:
    return date(year, 12, 28).isocalendar().week
