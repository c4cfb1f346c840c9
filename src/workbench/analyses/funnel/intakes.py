"""Whose attempts a report compares, and what the engine is asked about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.paths.attempts import at
from workbench.paths.hits import hits
from workbench.paths.journey import Journey
from workbench.paths.levels import search
from workbench.paths.options import Options
from workbench.paths.precision import KNOWN, floored, spread, whole_days
from workbench.paths.segments import TOP, attribute, decode, encode, keep_largest
from workbench.periods import TICK, Period, Week, day_number, midnight, to_local

_DAY = timedelta(days=1)
_COMPARED = ("current", "previous")
_KEYS = ("user_id", "intake")
_DROPPED = ["user_id", "segment", "level", "step", "last_at"]


@dataclass(frozen=True)
class Intake:
    """Attempts that start within a stretch of time; each user has at most one in it.

    Attributes:
        period: `current`, `previous`, or `immature`.
        opens: The first instant at which an attempt may start.
        closes: The first instant at which it may no longer.
        week: The ISO week, for the intake of a week; else empty.
        first: The first day of that week that belongs to the period.
        is_whole: Whether at most the last day of the week was too late to be in it, and no day of it
            is blind.
    """

    period: str
    opens: datetime
    closes: datetime
    week: str = ""
    first: date | None = None
    is_whole: bool = True


@dataclass(frozen=True)
class Question:
    """What a funnel is asked.

    Attributes:
        scope: What is looked at.
        path: The events and steps.
        options: The rules.
        steps: What the steps are called.
        by: The column that segments are told apart by, or empty.
    """

    scope: Scope
    path: Journey
    options: Options
    steps: tuple[str, ...]
    by: str

    @cached_property
    def intakes(self) -> tuple[Intake, ...]:
        """Whose attempts are looked at; none without data."""
        since, until = self.path.since, self.path.until
        if since is None or until is None:
            return ()
        found = intakes(self.period, since, until, self.options.window)
        is_blind = any(
            one.period in _COMPARED and not one.week and self._touches(one) for one in found
        )
        return tuple(
            replace(one, is_whole=one.is_whole and not self._touches(one)) if one.week else one
            for one in found
            if one.week or one.period != "previous" or not is_blind
        )

    @property
    def period(self) -> Period:
        """The days on which attempts start; from order to order the last ones that are ripe."""
        if not self.path.is_from_orders:
            return self.scope.period
        return self.scope.until(self.scope.period.last - self.options.window).period

    @cached_property
    def blind(self) -> tuple[tuple[datetime, datetime], ...]:
        """When no attempt may start that counts: on days without data, and so long before them.

        At the data's end such an attempt is immature anyway.
        """
        zone, window, until = self.scope.time_zone, self.options.window, self.path.until
        return tuple(
            (midnight(gap.first, zone) - window, midnight(gap.last + _DAY, zone))
            for gap in self.path.gaps
            if until is not None and midnight(gap.first, zone) <= until
        )

    def _touches(self, intake: Intake) -> bool:
        return any(start < intake.closes and end > intake.opens for start, end in self.blind)

    def place(self, period: str) -> int:
        """Return which number the intake of a whole period has; −1 if there is none."""
        named = (i for i, one in enumerate(self.intakes) if one.period == period and not one.week)
        return next(named, -1)

    def has(self, period: str) -> bool:
        """Return whether a period has an intake."""
        return self.place(period) >= 0


@dataclass(frozen=True)
class Collected:
    """The answers of the engine.

    Attributes:
        counts: `intake` (the intake's place), `segment`, `level`, `users`.
        seconds: How long each user of the period took from the first step to the last.
        dropped: `user_id`, `segment`, `level`, `step`, `last_at` of those who did not.
    """

    counts: pd.DataFrame
    seconds: np.ndarray[Any, Any]
    dropped: pd.DataFrame


def intakes(
    period: Period, since: datetime, until: datetime, window: timedelta
) -> tuple[Intake, ...]:
    """Return the intakes of a report.

    `current` holds the attempts of the period whose window has passed when the data end,
    `immature` the others. `previous` is as long a stretch from the start of the period before, so
    that both gave users the same time to try; it is absent where the data do not reach back to
    its first day. A week owns the attempts that start in it, wherever they end.

    Args:
        period: The report's days.
        since: First instant in the data, UTC without a zone.
        until: Last instant in the data.
        window: How long an attempt may take.
    """
    settled = until - window + TICK
    closes = min(period.end, settled)
    found = [
        Intake("current", period.start, closes),
        Intake("immature", max(period.start, settled), period.end),
    ]
    before = period.previous()
    if to_local(since, period.time_zone).date() <= before.first:
        end = before.end if closes == period.end else before.start + (closes - period.start)
        found += [Intake("previous", before.start, end), *_weeks("previous", before, settled)]
    found += _weeks("current", period, settled)
    return tuple(one for one in found if one.opens < one.closes)


def _weeks(name: str, period: Period, settled: datetime) -> Iterator[Intake]:
    for week, days in groupby(period.days, Week.of):
        own = list(days)
        opens = midnight(own[0], period.time_zone)
        end = midnight(own[-1] + _DAY, period.time_zone)
        yield Intake(name, opens, min(end, settled), str(week), own[0], end - settled <= _DAY)


def collect(question: Question) -> Collected:
    """Return what users of each intake did; nothing where there is no intake.

    Every intake is searched in one run, and the attempts are kept by the engine while it is asked
    for their counts. The segments are ranked by the first intake.
    """
    if not question.intakes:
        counts = pd.DataFrame({"intake": [], "segment": [], "level": [], "users": []})
        return Collected(counts, np.array([]), pd.DataFrame({name: [] for name in _DROPPED}))
    options, by = question.options, question.by
    joined = _join_intakes(question)
    known = {KNOWN: joined[KNOWN]} if question.path.by_day else {}
    starts = known.get(KNOWN, joined.occurred_at)
    opens = starts < joined.closes
    for start, end in question.blind:
        opens &= (starts < ibis.literal(start)) | (starts >= ibis.literal(end))
    code = encode(joined[by]) if by else ibis.literal("")
    every = options.all_events_count
    found = hits(joined, question.path.steps, _KEYS, every=every, opens=opens, code=code, **known)
    attempts = search(found, _KEYS, options)
    valued = (
        attribute(attempts, found.table, _KEYS, options, "first")
        if by
        else attempts.mutate(code=code)
    )
    with valued.cache() as kept:
        ranked = keep_largest(kept, kept.filter(kept.intake == 0), TOP) if by else kept
        return _ask(ranked.mutate(segment=decode(ranked.code)), question)


def _join_intakes(question: Question) -> ir.Table:
    """The events that attempts of each intake may consist of, once for each."""
    groups, window = question.intakes, question.options.window
    instant = pa.timestamp("us")
    bounds = ibis.memtable(
        pa.table(
            {
                "intake": pa.array(range(len(groups)), pa.int64()),
                "opens": pa.array([one.opens for one in groups], instant),
                "closes": pa.array([one.closes for one in groups], instant),
                "reach": pa.array([one.closes + window for one in groups], instant),
            }
        )
    )
    events = question.path.events
    last = max(one.closes for one in groups) + window
    wanted = events.filter(
        events.occurred_at >= ibis.literal(min(one.opens for one in groups)),
        events.occurred_at < ibis.literal(last),
    )
    if not question.options.all_events_count:
        wanted = wanted.filter(wanted.event.isin(sorted(set(question.path.steps))))
    if question.path.by_day:
        by_days = floored if question.options.all_events_count else spread
        wanted = by_days(wanted, _days(question))
    inside = [wanted.occurred_at >= bounds.opens, wanted.occurred_at < bounds.reach]
    return wanted.join(bounds, inside)


def _days(question: Question) -> Period:
    """The days on which there are events of any attempt."""
    groups = question.intakes
    last = max(one.closes for one in groups) + question.options.window
    return whole_days(min(one.opens for one in groups), last, question.scope.time_zone)


def _taken(first: ir.TimestampValue, last: ir.TimestampValue, question: Question) -> ir.Value:
    """How many seconds lie between two instants; whole days where one is known by its day only."""
    if question.path.by_day:
        days = _days(question)
        return (day_number(last, days) - day_number(first, days)).cast(
            "float64"
        ) * _DAY.total_seconds()
    return last.epoch_seconds().cast("float64") - first.epoch_seconds().cast("float64")


def _ask(attempts: ir.Table, question: Question) -> Collected:
    n = len(question.steps)
    counts = attempts.group_by("intake", "segment", "level").agg(users=attempts.count())
    own = attempts.filter(attempts.intake == question.place("current"))
    done = own.filter(own.level == n)
    taken = done.select(seconds=_taken(done[at(1)], done[at(n)], question))
    short = own.filter(own.level < n)
    places = range(1, n)
    dropped = short.mutate(
        step=short.level.cases(*((k, question.steps[k - 1]) for k in places), else_=""),
        last_at=short.level.cases(*((k, short[at(k)]) for k in places), else_=short[at(1)]),
    ).select(*_DROPPED)
    return Collected(
        frame(counts),
        frame(taken)["seconds"].to_numpy(),
        frame(dropped.order_by("last_at", "user_id")),
    )
