"""How many of those at a step went on, by the day on which they were there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.analyses.funnel.collect import TOP
from workbench.paths.segments import REST
from workbench.periods import Period, local_day, midnight, to_local

_DAY = timedelta(days=1)
_DAY_SECONDS = 86_400
_FEWEST_DAYS = 56
_MOST = 0.95  # of those who go on in the window: so many must do so within a step's patience

COLUMNS = ("step", "event", "segment", "day", "users", "went_on")


def stretch(period: Period, since: datetime) -> Period:
    """Return the days over which leaks are looked for.

    They are the period and the one before, and at least eight weeks, so that a leak of a short
    period has days before it to be held against.

    Args:
        period: The report's days.
        since: First instant in the data, UTC without a zone.
    """
    wanted = min(period.previous().first, period.last - (_FEWEST_DAYS - 1) * _DAY)
    known = to_local(since, period.time_zone).date()
    return Period(min(max(wanted, known), period.last), period.last, period.time_zone)


def daily_frame(
    events: ir.Table,
    steps: Sequence[str],
    days: Period,
    *,
    window: timedelta,
    until: datetime,
    by: str = "",
) -> pd.DataFrame:
    """Return who went on, by step, segment and day: the columns of `Funnel.daily`.

    Whoever is at a step on a day counts once that day, with the day's first event of the step,
    however the user came there; the segment is that event's. Gone on is who has an event of the
    next step from then on and within the step's patience: the whole days within which 95 % of
    those go on who do so within the window at all. Days too young for that are left out.

    Args:
        events: `user_id`, `event`, `occurred_at`, and the column `by`.
        steps: The events of the funnel.
        days: Over which days.
        window: How long a user may take at most.
        until: Last instant in the data, UTC without a zone.
        by: The column that segments are told apart by; empty means none. All but its ten values
            with most events are the rest's.
    """
    segments = _largest(events, steps, days, by) if by else []
    frames = [
        _of_step(events, steps, k, days, window, by, segments) for k in range(2, len(steps) + 1)
    ]
    whole = pd.concat([_ripe(frame, days, until) for frame in frames], ignore_index=True)
    return whole[list(COLUMNS)].astype({"users": "int64", "went_on": "int64"})


def _of_step(
    events: ir.Table,
    steps: Sequence[str],
    step: int,
    days: Period,
    window: timedelta,
    by: str,
    segments: Sequence[str],
) -> pd.DataFrame:
    """Return `segment`, `day`, `delay` (days until the next step, null: none) and `users`."""
    came = events.filter(
        events.event == steps[step - 2],
        events.user_id.notnull(),  # noqa: PD004 - Ibis
        events.occurred_at >= ibis.literal(days.start),
        events.occurred_at < ibis.literal(days.end),
    )
    told = came.select(
        "user_id",
        at=came.occurred_at,
        day=local_day(came.occurred_at, days),
        segment=_segment(came, by, segments),
    )
    first = told.group_by("user_id", "segment", "day").agg(at=told.at.min())
    went = events.filter(events.event == steps[step - 1]).select(
        goer="user_id", went_at="occurred_at"
    )
    soon = first.left_join(
        went,
        [
            first.user_id == went.goer,
            went.went_at >= first.at,
            went.went_at <= first.at + ibis.interval(window),
        ],
    )
    ends = soon.group_by("user_id", "segment", "day", "at").agg(went_at=soon.went_at.min())
    seconds = ends.went_at.epoch_seconds() - ends["at"].epoch_seconds()
    delayed = ends.select("segment", "day", delay=(seconds + (_DAY_SECONDS - 1)) // _DAY_SECONDS)
    counted = delayed.group_by("segment", "day", "delay").agg(users=delayed.count())
    frame: pd.DataFrame = counted.to_pyarrow().to_pandas()
    return frame.assign(step=step, event=steps[step - 1])


def _segment(events: ir.Table, by: str, segments: Sequence[str]) -> ir.StringValue:
    if not by:
        return ibis.literal("")
    value = events[by].cast("string")
    missing = value.isnull()  # noqa: PD003 - Ibis
    return ibis.ifelse(missing | value.isin(segments), value, REST) if segments else value


def _largest(events: ir.Table, steps: Sequence[str], days: Period, by: str) -> list[str]:
    """The values with most events at any step but the last; of equal ones, first by alphabet."""
    near = events.filter(
        events.event.isin(sorted(set(steps[:-1]))),
        events[by].notnull(),  # noqa: PD004 - Ibis
        events.occurred_at >= ibis.literal(days.start),
        events.occurred_at < ibis.literal(days.end),
    )
    named = near.select(segment=near[by].cast("string"))
    sizes = named.group_by("segment").agg(events=named.count())
    first = sizes.order_by(sizes.events.desc(), sizes.segment).limit(TOP)
    return [row["segment"] for row in first.to_pyarrow().to_pylist()]


def _ripe(frame: pd.DataFrame, days: Period, until: datetime) -> pd.DataFrame:
    """Return users and those gone on by segment and day, of the days that can be judged."""
    patience = _patience(frame)
    last = _last_ripe(days, until, patience)
    ripe = frame[pd.to_datetime(frame["day"]) <= pd.Timestamp(last)]
    went = ripe["users"].where(ripe["delay"] <= patience, 0)
    keys = ["step", "event", "segment", "day"]
    return (
        ripe.assign(went_on=went)
        .groupby(keys, dropna=False, as_index=False)[["users", "went_on"]]
        .sum()
    )


def _patience(frame: pd.DataFrame) -> int:
    """Within how many whole days nearly all go on who do."""
    went = frame[frame["delay"].notna()].sort_values("delay")
    if went.empty:
        return 1
    nearly_all = went["users"].cumsum() >= _MOST * went["users"].sum()
    place = int(np.argmax(nearly_all.to_numpy()))
    return max(1, int(went["delay"].iloc[place]))


def _last_ripe(days: Period, until: datetime, patience: int) -> date:
    last = min(days.last, to_local(until, days.time_zone).date())
    while midnight(last + _DAY, days.time_zone) + patience * _DAY > until + _DAY / 24:
        last -= _DAY
    return last
