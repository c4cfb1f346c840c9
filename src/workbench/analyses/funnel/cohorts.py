"""Which attempts a report compares: those of the period, of the one before, of each week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.periods import Period, Week, midnight, to_local

TICK = timedelta(microseconds=1)  # the tables' resolution
_DAY = timedelta(days=1)
KEYS = ("user_id", "cohort")


@dataclass(frozen=True)
class Cohort:
    """Attempts that start within a stretch of time; each user has at most one in it.

    Attributes:
        name: `current`, `previous`, `young`, or a week with what it belongs to.
        opens: The first instant at which an attempt may start.
        closes: The first instant at which it may no longer.
        week: The ISO week, for the cohort of a week; else empty.
        first: The first day of that week that belongs to the period.
        whole: Whether at most the last day of the week was too young to be in it.
    """

    name: str
    opens: datetime
    closes: datetime
    week: str = ""
    first: date | None = None
    whole: bool = True


def cohorts(
    period: Period, since: datetime, until: datetime, window: timedelta
) -> tuple[Cohort, ...]:
    """Return the cohorts of a report.

    `current` holds the attempts of the period whose window has passed when the data end, `young`
    the others. `previous` is as long a stretch from the start of the period before, so that both
    gave users the same time to try; it is absent where the data do not reach back to its first
    day. A week owns the attempts that start in it, wherever they end.

    Args:
        period: The report's days.
        since: First instant in the data, UTC without a zone.
        until: Last instant in the data.
        window: How long an attempt may take.
    """
    settled = until - window + TICK
    closes = min(period.end, settled)
    found = [
        Cohort("current", period.start, closes),
        Cohort("young", max(period.start, settled), period.end),
    ]
    before = period.previous()
    compared = to_local(since, period.time_zone).date() <= before.first
    if compared:
        end = before.end if closes == period.end else before.start + (closes - period.start)
        found += [Cohort("previous", before.start, end), *_weeks("previous week", before, settled)]
    found += _weeks("current week", period, settled)
    return tuple(cohort for cohort in found if cohort.opens < cohort.closes)


def _weeks(name: str, period: Period, settled: datetime) -> Iterator[Cohort]:
    for week, days in groupby(period.days, Week.of):
        own = list(days)
        opens = midnight(own[0], period.time_zone)
        end = midnight(own[-1] + timedelta(days=1), period.time_zone)
        yield Cohort(name, opens, min(end, settled), str(week), own[0], end - settled <= _DAY)


def join_cohorts(
    events: ir.Table, steps: Sequence[str] | None, groups: Sequence[Cohort], window: timedelta
) -> ir.Table:
    """Return the events that attempts of each cohort may consist of, once for each.

    Args:
        events: `user_id`, `event`, `occurred_at` and more.
        steps: The only events that matter; None if all do.
        groups: The cohorts; a row's `cohort` is the place in this list.
        window: How long an attempt may take.
    """
    bounds = ibis.memtable(
        pa.table(
            {
                "cohort": pa.array(range(len(groups)), pa.int64()),
                "opens": pa.array([one.opens for one in groups], pa.timestamp("us")),
                "closes": pa.array([one.closes for one in groups], pa.timestamp("us")),
                "reach": pa.array([one.closes + window for one in groups], pa.timestamp("us")),
            }
        )
    )
    first = min(one.opens for one in groups)
    last = max(one.closes for one in groups) + window
    kinds = [] if steps is None else [events.event.isin(sorted(set(steps)))]
    wanted = events.filter(
        *kinds,
        events.occurred_at >= ibis.literal(first),
        events.occurred_at < ibis.literal(last),
    )
    inside = [wanted.occurred_at >= bounds.opens, wanted.occurred_at < bounds.reach]
    return wanted.join(bounds, inside)
