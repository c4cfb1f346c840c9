"""Whose attempts a report compares, and what the engine is asked about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.analyses.funnel.question import Question
from workbench.kit.engine import frame
from workbench.paths.attempts import at
from workbench.paths.hits import hits
from workbench.paths.levels import search
from workbench.paths.options import options_of
from workbench.paths.precision import KNOWN, floored, spread, whole_days
from workbench.paths.segments import REST, TOP, attribute, decode, encode, keep_largest
from workbench.periods import Period, day_number

_DAY = timedelta(days=1)
_KEYS = ("user_id", "intake")
_ENDS = (0, -1)
_WEEKS = ("reached", "started", "reached_before", "started_before", "users")
_PAST = ("level", "users")
_DROPPED = ["user_id", "segment", "level", "step", "last_at"]


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
        counts, dropped = (folded(one, segments) for one in (self.counts, self.dropped))
        names = ["intake", "segment", "level"]
        summed = counts.groupby(names, dropna=False)[["users"]].sum().reset_index()
        return replace(self, counts=summed, dropped=dropped)


def folded(rows: pd.DataFrame, segments: Collection[str | None]) -> pd.DataFrame:
    """Return rows with a `segment` with these segments as one, the rest."""
    of = rows["segment"]
    few = of.isin([one for one in segments if one is not None])
    return rows.assign(segment=of.mask(few | of.isna() if None in segments else few, REST))


@dataclass(frozen=True)
class Attempts:
    """The attempts of a question, kept by the engine while it is asked about them.

    Attributes:
        question: Whose attempts they are.
        rows: One row per attempt: the keys, `level`, the steps' instants, `code`.
        joined: The events that they may consist of.
    """

    question: Question
    rows: ir.Table
    joined: ir.Table

    @cached_property
    def ranked(self) -> ir.Table:
        """The attempts with their `segment`; those are ranked by the first intake."""
        rows = self.rows
        if self.question.by:
            rows = keep_largest(rows, rows.filter(rows.intake == 0), TOP)
        return rows.mutate(segment=decode(rows.code))

    def counts(self) -> pd.DataFrame:
        """Return `Collected.counts`."""
        names = ("intake", "segment", "level")
        return frame(self.ranked.group_by(*names).agg(users=self.ranked.count()))


@contextmanager
def searching(question: Question) -> Iterator[Attempts | None]:
    """Search every intake in one run, for as long as the block lasts; None where there is none."""
    if not question.intakes:
        yield None
        return
    joined = _join_intakes(question)
    with _attempts(joined, question).cache() as kept:
        yield Attempts(question, kept, joined)


@contextmanager
def searching_again(found: Attempts, question: Question) -> Iterator[Attempts]:
    """Search anew what low days leave out of the period before; all else is as it was found.

    Args:
        found: The attempts before those days were known.
        question: The same question, with its drops.
    """
    place = question.place("previous")
    if place < 0:  # Nothing is left of that period, and each intake has another place.
        with searching(question) as all_anew:
            yield all_anew or found
        return
    rows, joined = found.rows, found.joined
    past = _attempts(joined.filter(joined.intake == place), question)
    with past.select(rows.columns).cache() as anew:
        others = rows.filter(rows.intake != place)
        yield Attempts(question, ibis.union(others, anew), joined)


def _attempts(joined: ir.Table, question: Question) -> ir.Table:
    """Return one row per attempt: the keys, `level`, the steps' instants, `code`."""
    options, by = question.options, question.by
    known, opens = _known(joined, question), _may_start(joined, question)
    code = encode(joined[by]) if by else ibis.literal("")
    every = options.all_events_count
    found = hits(joined, question.path.steps, _KEYS, every=every, opens=opens, code=code, **known)
    attempts = search(found, _KEYS, options)
    if not by:
        return attempts.mutate(code=code)
    return attribute(attempts, found.table, _KEYS, options, "first")


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


def collect(found: Attempts | None) -> Collected:
    """Return what users of each intake did; nothing where there is no intake."""
    if found is None:
        counts, dropped, weeks, past = (
            pd.DataFrame({name: [] for name in names})
            for names in (("intake", "segment", "level", "users"), _DROPPED, _WEEKS, _PAST)
        )
        return Collected(counts, np.array([]), dropped, weeks, past)
    question, attempts = found.question, found.ranked
    n = len(question.steps)
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
        found.counts(),
        frame(taken)["seconds"].to_numpy(),
        frame(dropped.order_by("last_at", "user_id")),
        _by_week(attempts, question),
        _past(own, found.joined, question),
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
