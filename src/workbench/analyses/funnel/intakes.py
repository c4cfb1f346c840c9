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
from workbench.paths.segments import REST, TOP, attribute, decode, encode, keep_largest
from workbench.periods import midnight, to_local

_DAY = timedelta(days=1)
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
        return intakes(self.scope.period, since, until, self.options.window, low)

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
    opens = _may_start(joined, question)
    code = encode(joined[by]) if by else ibis.literal("")
    every = options.all_events_count
    found = hits(joined, question.path.steps, _KEYS, every=every, opens=opens, code=code)
    attempts = search(found, _KEYS, options)
    valued = (
        attribute(attempts, found.table, _KEYS, options, "first")
        if by
        else attempts.mutate(code=code)
    )
    with valued.cache() as kept:
        ranked = keep_largest(kept, kept.filter(kept.intake == 0), TOP) if by else kept
        return _ask(ranked.mutate(segment=decode(ranked.code)), joined, question)


def _may_start(joined: ir.Table, question: Question) -> ir.BooleanValue:
    """Whether an event may begin an attempt of its intake."""
    opens, place = joined.occurred_at < joined.closes, question.place("previous")
    for since, until in question.intakes[place].shut if place >= 0 else ():
        low = (joined.occurred_at >= ibis.literal(since)) & (
            joined.occurred_at < ibis.literal(until)
        )
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
    inside = [wanted.occurred_at >= bounds.opens, wanted.occurred_at < bounds.reach]
    return wanted.join(bounds, inside)


def _ask(attempts: ir.Table, joined: ir.Table, question: Question) -> Collected:
    n = len(question.steps)
    counts = attempts.group_by("intake", "segment", "level").agg(users=attempts.count())
    own = attempts.filter(attempts.intake == question.place("current"))
    done = own.filter(own.level == n)
    seconds = done[at(n)].epoch_seconds().cast("float64")
    taken = done.select(seconds=seconds - done[at(1)].epoch_seconds().cast("float64"))
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
    opens = rows.occurred_at < rows.closes
    ends = [steps[place] for place in _ENDS]
    direct = search(hits(rows, ends, _KEYS, opens=opens), _KEYS, options_of(ends, options.window))
    there = direct.filter(direct.level == len(_ENDS)).select("user_id")
    short = attempts.filter(attempts.level < len(steps)).semi_join(there, "user_id")
    return frame(short.group_by("level").agg(users=short.count()))
