"""How many of those at a step went on, by the day on which they were there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.kit.engine import frame
from workbench.kit.gaps import Gap
from workbench.paths.journey import Journey
from workbench.paths.precision import KNOWN, spread, whole_days
from workbench.paths.segments import REST, TOP
from workbench.periods import TICK, Period, local_day, midnight, to_local

_DAY = timedelta(days=1)
_STEP = "_step"  # no name that a shop's own column has
_HOUR_SECONDS, _DAY_HOURS = 3600, 24
_FEWEST_DAYS = 56
_THIN_DAYS, _FEW = 182, 1000  # where fewer than so many users come in those days, half a year tells
_MOST = 0.95  # of those who go on in the window: so many must do so within a step's lag
_AT_ONCE = 0.99  # of them: if so many do so within an hour, no further day is waited for

WHOLE = ""
"""The segment of all users together; an event whose own is empty text has none."""

COLUMNS = ("step", "event", "segment", "day", "users", "went_on")


def stretch(period: Period, since: datetime, fewest: int = _FEWEST_DAYS) -> Period:
    """Return the days over which drops are looked for.

    They are the period and the one before, and at least eight weeks, so that a drop of a short
    period has days before it to be held against.

    Args:
        period: The report's days.
        since: First instant in the data, UTC without a zone.
        fewest: How many days there are at least, as far as the data reach back.
    """
    wanted = min(period.previous().first, period.last - (fewest - 1) * _DAY)
    known = to_local(since, period.time_zone).date()
    return Period(min(max(wanted, known), period.last), period.last, period.time_zone)


def searched(
    path: Journey,
    period: Period,
    *,
    window: timedelta,
    by: str = "",
    among: Collection[str | None] | None = None,
) -> pd.DataFrame:
    """Return the days in which drops are looked for: `daily_counts` over the `stretch` of a period.

    Where under a thousand users were at each step in it, half a year is taken: a few users a day
    tell more of what is usual the longer they are watched.
    """
    since = path.since or period.start
    days = stretch(period, since)
    counts = daily_counts(path, days, window=window, by=by, among=among)
    whole = counts[counts["segment"] == WHOLE].groupby("step")["users"].sum()
    longer = stretch(period, since, _THIN_DAYS)
    if longer == days or (len(whole) and whole.max() >= _FEW):
        return counts
    return daily_counts(path, longer, window=window, by=by, among=among)


def daily_counts(
    path: Journey,
    days: Period,
    *,
    window: timedelta,
    by: str = "",
    among: Collection[str | None] | None = None,
) -> pd.DataFrame:
    """Return who went on, by step, segment and day.

    Whoever is at a step on a day counts once that day, with the day's first event of the step,
    however the user came there; the segment is that event's. In a segment it is the day's first
    event of that segment that counts. Gone on is who has an event of the
    next step from then on and within the step's conversion lag: the whole days within which 95 %
    of those go on who do so within the window at all. Days too near to the data's end for that
    are left out, and so are days without data and those as near to them; where nearly all go on
    within an hour, that is all that is waited for.

    Args:
        path: The events and steps; there are data.
        days: Over which days.
        window: How long a user may take at most.
        by: The column that segments are told apart by; empty means none. All but its ten values
            with most events are the rest's.
        among: The values that may be told apart (None: the missing one); by default any.

    Returns:
        `step` (from 2), `event`, `segment` (`WHOLE`: all users), `day`, `users` (at the step
        before), `went_on`.
    """
    events, n = path.events, len(path.steps)
    segments = _largest(events, path.steps, days, by) if by else []
    until = days.start if path.until is None else path.until
    if path.by_day:
        near = events.filter(events.occurred_at >= ibis.literal(days.start))
        near = near.filter(near.event.isin(sorted(set(path.steps))))
        events = spread(near, whole_days(days.start, max(until, days.start), days.time_zone))
    came = _inside(_at_steps(events, path.steps[:-1]), days)
    came = came.mutate(segment=_segment(came, by, segments, among))
    delays = _delays(came, _at_steps(events, path.steps[1:]), days, window)
    counted = []
    for step in range(2, n + 1):
        mature = _mature(delays[delays["step"] == step], days, until, path.gaps)
        counted.append(mature.assign(step=step, event=path.steps[step - 1]))
    whole = pd.concat(counted, ignore_index=True)
    return whole[list(COLUMNS)].astype({"users": "int64", "went_on": "int64"})


def _at_steps(events: ir.Table, steps: Sequence[str]) -> ir.Table:
    """The events at these steps, each with the number of the step that it tells of; from 2."""
    numbers = pa.array(range(2, len(steps) + 2), pa.int64())
    places = ibis.memtable(pa.table({"at_step": list(steps), _STEP: numbers}))
    return events.join(places, events.event == places.at_step).select(*events.columns, _STEP)


def _inside(events: ir.Table, days: Period) -> ir.Table:
    at = events.occurred_at
    return events.filter(at >= ibis.literal(days.start), at < ibis.literal(days.end))


def _delays(came: ir.Table, next_: ir.Table, days: Period, window: timedelta) -> pd.DataFrame:
    """Return `step`, `segment`, `day`, `delay` (hours to the step, null: none), `users`, `persons`.

    Persons are the users whose first segment of the day it is: all of them together are the whole.
    """
    at = came.occurred_at
    told = came.filter(came.user_id.notnull()).select(  # noqa: PD004 - Ibis
        *("user_id", "segment"),
        step=came[_STEP],
        at=at,
        known=came[KNOWN] if KNOWN in came.columns else at,
        day=local_day(at, days),
    )
    first = told.group_by("user_id", "step", "segment", "day").agg(
        at=told["at"].min(), known=told.known.min()
    )
    went = next_.select(next_step=_STEP, goer="user_id", went_at="occurred_at")
    soon = first.left_join(
        went,
        [
            first.user_id == went.goer,
            first.step == went.next_step,
            went.went_at >= first["at"],
            went.went_at <= first.known + ibis.interval(window),
        ],
    )
    ends = soon.group_by("user_id", "step", "segment", "day", "at").agg(went_at=soon.went_at.min())
    place = ibis.row_number().over(group_by=["user_id", "step", "day"], order_by=["at", "segment"])
    seconds = ends.went_at.epoch_seconds() - ends["at"].epoch_seconds()
    delay = (seconds + (_HOUR_SECONDS - 1)) // _HOUR_SECONDS
    delayed = ends.select("step", "segment", "day", delay=delay, place=place)
    counted = delayed.group_by("step", "segment", "day", "delay")
    return frame(counted.agg(users=delayed.count(), persons=(delayed.place == 0).sum()))


def _segment(
    events: ir.Table, by: str, largest: Sequence[str], among: Collection[str | None] | None
) -> ir.StringValue:
    if not by:
        return ibis.literal(WHOLE)
    value = events[by].cast("string").nullif(WHOLE)
    missing = value.isnull()  # noqa: PD003 - Ibis
    if among is None:
        return ibis.ifelse(missing | value.isin(largest), value, REST) if largest else value
    apart = [one for one in largest if one in among]
    kept = value.isin(apart).fill_null(False) if apart else ibis.literal(False)  # noqa: FBT003 - Ibis
    return ibis.ifelse(kept | missing if None in among else kept, value, REST)


def _largest(events: ir.Table, steps: Sequence[str], days: Period, by: str) -> list[str]:
    """The values with most events at any step but the last; of equal ones, first by alphabet."""
    near = _inside(events.filter(events.event.isin(sorted(set(steps[:-1])))), days)
    named = near.filter(near[by].notnull()).select(segment=near[by].cast("string"))  # noqa: PD004 - Ibis
    sizes = named.group_by("segment").agg(events=named.count())
    return list(frame(sizes.order_by(sizes.events.desc(), sizes.segment).limit(TOP))["segment"])


def _mature(
    delays: pd.DataFrame, days: Period, until: datetime, gaps: Sequence[Gap]
) -> pd.DataFrame:
    """Return users and those gone on by segment and day, of the days that can be judged."""
    lag, wait = _conversion_lag(delays)
    last = min(days.last, to_local(until, days.time_zone).date())
    while midnight(last + _DAY, days.time_zone) + wait > until + TICK + _DAY / _DAY_HOURS:
        last -= _DAY
    day = pd.to_datetime(delays["day"])
    told = day <= pd.Timestamp(last)
    for gap in gaps:
        told &= ~day.between(pd.Timestamp(gap.first - lag * _DAY), pd.Timestamp(gap.last))
    kept = delays[told]
    whole = kept.assign(segment=WHOLE, users=kept["persons"])
    rows = pd.concat([whole, kept[kept["segment"] != WHOLE]])
    rows["went_on"] = rows["users"].where(rows["delay"] <= lag * _DAY_HOURS, 0)
    by_day = rows.groupby(["segment", "day"], dropna=False, as_index=False)
    return by_day[["users", "went_on"]].sum()


def _conversion_lag(delays: pd.DataFrame) -> tuple[int, timedelta]:
    """Within how many whole days nearly all go on who do, and how long a day is waited for."""
    went = delays[delays["delay"].notna()].sort_values("delay")
    if went.empty:
        return 1, _DAY
    share = went["persons"].cumsum() / went["persons"].sum()
    if share[went["delay"] <= 1].max() >= _AT_ONCE:
        return 1, _DAY / _DAY_HOURS
    hours = int(went["delay"].iloc[int(np.argmax((share >= _MOST).to_numpy()))])
    days = max(1, -(-hours // _DAY_HOURS))
    return days, days * _DAY
