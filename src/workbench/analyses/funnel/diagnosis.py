"""From events to a funnel: which users left where, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.analyses.funnel.cohorts import Cohort, cohorts
from workbench.analyses.funnel.collect import Collected, Span, collect, span
from workbench.analyses.funnel.counts import (
    Counts,
    reached,
    step_frame,
    time_frame,
    time_histogram,
    weekly_rows,
)
from workbench.analyses.funnel.decomposition import decomposition_frame
from workbench.analyses.funnel.funnel import Funnel
from workbench.analyses.funnel.leak_views import leak_findings
from workbench.analyses.funnel.leaks import average_order, find, leak_frame
from workbench.analyses.funnel.rules import rules, step_names
from workbench.analyses.funnel.story import Setting, tell
from workbench.errors import ParameterError, unknown
from workbench.kit.sentences import say
from workbench.paths.daily import COLUMNS, daily_frame, stretch
from workbench.paths.hits import check_steps
from workbench.paths.options import options_of
from workbench.paths.segments import REST
from workbench.periods import Period
from workbench.tables import TABLES

GROUPS = ("platform", "channel", "content_id", "product_id")
"""The columns of the contract's events whose values tell groups of users apart."""

_WEEKLY = ("week", "first_day", "period", "is_complete")


def diagnose(
    events: ir.Table,
    steps: Sequence[str],
    period: Period,
    *,
    window: timedelta,
    platform: str = "",
    order: str = "ordered",
    entry: str = "best",
    by: str = "",
    orders: ir.Table | None = None,
    currency: str = "",
) -> Funnel:
    """Return where users left who started in a period, and what changed against the one before.

    The rates cover the attempts whose window has passed by the last instant of `events`. If that
    leaves out the period's last days, the period before is compared over as many of its days from
    its start. A change of a step rate counts as beyond chance if the p-value of the two-proportion
    test, times the number of changes looked at (Bonferroni), is below 0.05. Leaks are looked for
    over the days of both periods, day by day, whatever the order of all steps: see `Funnel.leaks`.

    Args:
        events: `user_id`, `event`, `occurred_at`, and the columns `platform` and `by` if named.
        steps: At least two events in order (in any, if `order` is `"unordered"`: the result's
            steps are then the number of them that users completed).
        period: In which attempts start.
        window: How long an attempt may take, inclusive.
        platform: Only this platform's events; empty means all.
        order: As `levels`.
        entry: As `levels`, among the attempts that start in the period.
        by: A column of `events` whose first value in an attempt tells segments apart; empty means
            none. A column of the contract that these events lack is no error: `Funnel.missing`
            then says so.
        orders: The table `orders`, by whose average lost users are priced; without it, by the
            `value` of the last step's events.
        currency: ISO 4217 code in which findings tell amounts.

    Raises:
        ParameterError: If an argument is not what it may be, or no event is of `platform`.
        MissingData: If `events` lacks a column.
    """
    check_steps(events, steps)
    options = options_of(steps, window, order=order, entry=entry)
    if len(steps) == 1:
        raise ParameterError(f"steps == {list(steps)}, must name at least two events")
    present = _present(events, by)
    data = span(events, platform)
    kept = events.filter(events.platform == platform) if platform else events
    groups = _cohorts(period, data, window)
    names = step_names(steps, order)
    collected = (
        collect(kept, steps, groups, options=options, by=present, names=names) if groups else None
    )
    setting = Setting(period, window, data, names, entry, present, groups)
    funnel = _assemble(setting, collected, by, order)
    if collected is None or order == "unordered":
        return funnel  # where steps have no order, nobody leaves between two of them
    if orders is not None and platform and "platform" in orders.columns:
        orders = orders.filter(orders.platform == platform)
    return _with_leaks(funnel, setting, kept, orders, currency)


def _with_leaks(
    funnel: Funnel, setting: Setting, events: ir.Table, orders: ir.Table | None, currency: str
) -> Funnel:
    """Return the funnel with its leaks, which become its first findings."""
    since, until, steps, by = setting.data.since, setting.data.until, setting.steps, setting.by
    if since is None or until is None:
        return funnel
    days = stretch(setting.period, since)
    daily = daily_frame(events, steps, days, window=setting.window, until=until, by=by)
    found = find(daily, setting.period.previous().first)
    prices = average_order(orders, events, steps[-1], days, by) if found else {}
    first = pd.Timestamp(daily["day"].min())
    leaks = leak_frame(found, first, setting.period, _onward(funnel), prices)
    told = leak_findings(leaks, steps, by, currency, setting.period.time_zone)
    return replace(
        funnel, daily=daily, leaks=leaks, findings=(*told, *funnel.findings), currency=currency
    )


def _onward(funnel: Funnel) -> dict[tuple[int, str | None], float]:
    """By step and segment, the share of those at the step who come as far as the last.

    Under no segment stands that of all users, for those that the funnel knows nothing of.
    """
    whole = funnel.steps.assign(segment=None)
    cells = pd.concat([funnel.segments.dropna(subset="segment"), whole], ignore_index=True)
    found = {}
    for _segment, rows in cells.groupby(cells["segment"].fillna(""), sort=False):
        last = int(rows["users"].iloc[-1])
        name = rows["segment"].iloc[0]
        for step, users in rows[["step", "users"]].itertuples(index=False):
            if users:
                found[int(step), None if pd.isna(name) else str(name)] = last / int(users)
    return found


def _present(events: ir.Table, by: str) -> str:
    """The column to compare by, or nothing if the contract knows it and these events do not.

    A column that names one user, visit or order makes no groups; its values would also put ids on
    the page.
    """
    known = TABLES["events"].names
    if not by or (by in events.columns and by not in known):
        return by
    if by not in GROUPS:
        allowed = [*GROUPS, *(name for name in events.columns if name not in known)]
        raise ParameterError(unknown("column to compare by", by, allowed))
    return by if by in events.columns else ""


def _cohorts(period: Period, data: Span, window: timedelta) -> tuple[Cohort, ...]:
    if data.since is None or data.until is None:
        return ()
    return cohorts(period, data.since, data.until, window)


def _assemble(setting: Setting, collected: Collected | None, by: str, order: str) -> Funnel:
    steps, n = setting.steps, len(setting.steps)
    empty = pd.DataFrame({"cohort": [], "segment": [], "level": [], "users": []})
    counts = empty if collected is None else collected.counts
    settled = setting.has("current")
    now = counts[counts["cohort"] == setting.place("current")]
    before = counts[counts["cohort"] == setting.place("previous")]
    compared = setting.has("previous") and settled
    total = Counts(reached(now, n), reached(before, n) if compared else None)
    frame = step_frame(total, steps, n - 1)
    segments = _segments(now, before if compared else None, setting)
    young = counts[counts["cohort"] == setting.place("young")]
    seconds = collected.seconds if collected is not None and settled else np.array([])
    young_users = reached(young, n)
    missing = say(
        "To compare users by {by}, this shop's data would need to say it: they lack the column {by}.",
        by=by,
    )
    return Funnel(
        steps=frame,
        segments=segments,
        decomposition=decomposition_frame(segments),
        leaks=leak_frame([], pd.Timestamp(setting.period.first), setting.period, {}, {}),
        daily=pd.DataFrame({name: [] for name in COLUMNS}),
        weekly=_weekly(counts, setting),
        young=pd.DataFrame({"step": range(1, n + 1), "event": steps, "users": young_users}),
        time_to_convert=time_frame(seconds),
        time_histogram=time_histogram(seconds, setting.window.total_seconds()),
        dropped_users=_dropped(collected if settled else None),
        findings=tell(setting, frame, segments, young_users[0]),
        rules=rules(setting.window, setting.entry, setting.by, order),
        by=setting.by,
        missing=missing if by != setting.by else "",
        time_zone=setting.period.time_zone,
    )


def _segments(now: pd.DataFrame, before: pd.DataFrame | None, setting: Setting) -> pd.DataFrame:
    """The funnel of each segment: the largest first, the rest and the missing value last."""
    n = len(setting.steps)
    names = _segment_names(now) if setting.by else []
    frames = [step_frame(Counts((0,) * n), setting.steps, 1).assign(segment="").head(0)]
    for name in names:
        own = reached(_of(now, name), n)
        past = None if before is None else reached(_of(before, name), n)
        frame = step_frame(Counts(own, past), setting.steps, (n - 1) * len(names))
        frames.append(frame.assign(segment=name))
    whole = pd.concat(frames[1:] or frames, ignore_index=True).astype({"segment": "str"})
    return whole[["segment", *(name for name in whole.columns if name != "segment")]]


def _segment_names(counts: pd.DataFrame) -> list[str | None]:
    sizes = counts.groupby("segment")["users"].sum().to_dict()
    names = sorted(map(str, sizes), key=lambda name: (name == REST, -sizes[name], name))
    return [*names, *([None] if counts["segment"].isna().any() else [])]


def _of(counts: pd.DataFrame, segment: str | None) -> pd.DataFrame:
    values = counts["segment"]
    return counts[values.isna() if segment is None else values == segment]


def _weekly(counts: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    n = len(setting.steps)
    frames = [weekly_rows((0,) * n, setting.steps).head(0).assign(**dict.fromkeys(_WEEKLY))]
    weeks = [(place, one) for place, one in enumerate(setting.groups) if one.week]
    for place, one in weeks:
        users = reached(counts[counts["cohort"] == place], n)
        frames.append(
            weekly_rows(users, setting.steps).assign(
                week=one.week,
                first_day=one.first,
                period=one.name.split()[0],
                is_complete=one.whole,
            )
        )
    whole = pd.concat(frames[1:] or frames, ignore_index=True)
    return whole[[*_WEEKLY, *(name for name in whole.columns if name not in _WEEKLY)]]


def _dropped(collected: Collected | None) -> pd.DataFrame:
    if collected is not None:
        return collected.dropped
    return pd.DataFrame({"user_id": [], "segment": [], "level": [], "step": [], "last_at": []})
