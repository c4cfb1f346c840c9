"""Whose attempts a report compares, and what the engine is asked about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.paths.attempts import at
from workbench.paths.drops import Drop
from workbench.paths.hits import hits
from workbench.paths.intakes import Intake, intakes
from workbench.paths.journey import Journey
from workbench.paths.levels import search
from workbench.paths.options import Options, options_of
from workbench.paths.precision import KNOWN, floored, spread, whole_days
from workbench.paths.segments import REST, TOP, attribute, decode, encode, keep_largest
from workbench.periods import Period, day_number, midnight, to_local

_DAY = timedelta(days=1)
_COMPARED = ("current", "previous")
_KEYS = ("user_id", "intake")
_ENDS = (0, -1)
_WEEKS = ("reached", "started", "reached_before", "started_before", "users")
_PAST = ("level", "users")
_DROPPED = ["user_id", "segment", "level", "step", "last_at"]


@dataclass(frozen=True)
class Question:
    """What a funnel is asked.

    Attributes:
        scope: What is looked at.
        path: The events and steps.
        options: The rules.
        steps: What the steps are called.
        by: The column that segments are told apart by, or empty.
        drops: What was low beyond chance on some days, which are no measure for others.
    """

    scope: Scope
    path: Journey
    options: Options
    steps: tuple[str, ...]
    by: str
    drops: tuple[Drop, ...] = ()

    @cached_property
    def intakes(self) -> tuple[Intake, ...]:
        """Whose attempts are looked at; none without data."""
        since, until = self.path.since, self.path.until
        if since is None or until is None:
            return ()
        zone = self.scope.time_zone
        low = [(midnight(d.first, zone), midnight(d.last + _DAY, zone)) for d in self.drops]
        found = intakes(self.period, since, until, self.options.window, low)
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

    def ripe_weeks(self, period: str) -> list[int]:
        """Return the intakes of the weeks of a period that tell its weekly conversion.

        They are those of the period that are old enough, and as many before from the first on, but
        none that a drop makes no measure.
        """
        weeks = [(i, one) for i, one in enumerate(self.intakes) if one.week]
        ripe = [i for i, one in weeks if one.period == "current" and one.is_whole]
        if period == "current":
            return ripe
        # The cut week stands behind the whole one, and in its place.
        before = {one.week: i for i, one in weeks if one.period in ("previous", "cut")}
        return [i for i in list(before.values())[: len(ripe)] if not self.intakes[i].shut]

    def day(self, instant: datetime | None) -> datetime | None:
        """Return an instant on the shop's clock."""
        return None if instant is None else to_local(instant, self.scope.time_zone)

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
        weeks: Users by what they did in the ripe weeks: `reached`, `started`, `reached_before`,
            `started_before` (attempts, one a week) and how many `users` did that.
        past: Users of the period by `level` who came to the last step past one between: `users`.
    """

    counts: pd.DataFrame
    seconds: np.ndarray[Any, Any]
    dropped: pd.DataFrame
    weeks: pd.DataFrame
    past: pd.DataFrame

    def folding(self, segments: Collection[str | None]) -> Collected:
        """Return the same with these segments as one, the rest."""
        counts, dropped = (_folded(one, segments) for one in (self.counts, self.dropped))
        names = ["intake", "segment", "level"]
        summed = counts.groupby(names, dropna=False)[["users"]].sum().reset_index()
        return replace(self, counts=summed, dropped=dropped)


def _folded(rows: pd.DataFrame, segments: Collection[str | None]) -> pd.DataFrame:
    of = rows["segment"]
    few = of.isin([one for one in segments if one is not None])
    return rows.assign(segment=of.mask(few | of.isna() if None in segments else few, REST))


def collect(question: Question) -> Collected:
    """Return what users of each intake did; nothing where there is no intake.

    Every intake is searched in one run, and the attempts are kept by the engine while it is asked
    for their counts. The segments are ranked by the first intake.
    """
    if not question.intakes:
        counts, dropped, weeks, past = (
            pd.DataFrame({name: [] for name in names})
            for names in (("intake", "segment", "level", "users"), _DROPPED, _WEEKS, _PAST)
        )
        return Collected(counts, np.array([]), dropped, weeks, past)
    options, by = question.options, question.by
    joined = _join_intakes(question)
    known, opens = _known(joined, question), _may_start(joined, question)
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
        return _ask(ranked.mutate(segment=decode(ranked.code)), joined, question)


def _known(joined: ir.Table, question: Question) -> dict[str, ir.Value]:
    """When events stood before they were spread over their day, where some are known by it only."""
    return {KNOWN: joined[KNOWN]} if question.path.by_day else {}


def _may_start(joined: ir.Table, question: Question) -> ir.BooleanValue:
    """Whether an event may begin an attempt of its intake."""
    at = _known(joined, question).get(KNOWN, joined.occurred_at)
    opens, place = at < joined.closes, question.place("previous")
    for start, end in question.blind:
        opens &= (at < ibis.literal(start)) | (at >= ibis.literal(end))
    for start, end in question.intakes[place].shut if place >= 0 else ():
        low = (at >= ibis.literal(start)) & (at < ibis.literal(end))
        opens &= ~(low & (joined.intake == place))
    return opens


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


def _ask(attempts: ir.Table, joined: ir.Table, question: Question) -> Collected:
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
        _by_week(attempts, question),
        _past(own, joined, question),
    )


def _by_week(attempts: ir.Table, question: Question) -> pd.DataFrame:
    """Return `Collected.weeks`."""
    now, before = (
        attempts.intake.isin(question.ripe_weeks(name) or [-1]) for name in ("current", "previous")
    )
    reached = attempts.level == len(question.steps)
    each = (
        attempts.filter(now | before)
        .group_by("user_id")
        .agg(
            reached=(now & reached).sum(),
            started=now.sum(),
            reached_before=(before & reached).sum(),
            started_before=before.sum(),
        )
    )
    kinds = list(_WEEKS[:-1])
    return frame(each.group_by(kinds).agg(users=each.count()).order_by(kinds))


def _past(attempts: ir.Table, joined: ir.Table, question: Question) -> pd.DataFrame:
    """Return `Collected.past`: who did not come through all steps, but from the first to the last."""
    options, steps = question.options, question.path.steps
    if len(steps) == len(_ENDS) or options.sequence == "unordered":
        return pd.DataFrame({name: [] for name in _PAST})
    rows = joined.filter(joined.intake == question.place("current"))
    known, opens = _known(rows, question), _may_start(rows, question)
    ends = [steps[place] for place in _ENDS]
    found = hits(rows, ends, _KEYS, opens=opens, **known)
    direct = search(found, _KEYS, options_of(ends, options.window))
    there = direct.filter(direct.level == len(_ENDS)).select("user_id")
    short = attempts.filter(attempts.level < len(steps)).semi_join(there, "user_id")
    return frame(short.group_by("level").agg(users=short.count()))
