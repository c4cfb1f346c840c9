"""Leaks: a step and a segment, the days on which fewer went on, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyses.funnel.segments import listed, noun, reach_sentence, segment_name
from workbench.kit.findings import Finding, Status
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, together
from workbench.paths.drops import Drop
from workbench.periods import Period, midnight, to_local
from workbench.stats.interval import Interval, columns
from workbench.stats.rates import difference, wilson

_DAY = timedelta(days=1)
_TOLD = 2
_TYPES = {
    "step": "int64", "event": "str", "segment": "str", "reach": "str", "apart": "str",
    **dict.fromkeys(columns("started_at"), "datetime64[us]"),
    **dict.fromkeys(columns("ended_at"), "datetime64[us]"), "is_open": "bool",
    "users": "int64", **dict.fromkeys(columns("rate"), "float64"), "baseline": "str",
    "baseline_since": "datetime64[us]", "baseline_users": "int64", "baseline_rate": "float64",
    "other_users": "int64", "other_rate": "float64",
    **dict.fromkeys(columns("lost_users"), "float64"), "onward_rate": "float64",
    **dict.fromkeys(columns("lost_amount"), "float64"), "p_value": "float64",
}  # fmt: skip
_LOW = {
    False: message(
        "From {first:label} to {then:label}, only {rate:percent} went on, {days:period} "
        "({went:count} of {users:count})."
    ),
    True: message(
        "From {first:label} to {then:label}, only {rate:percent} went on ({by:lower} {segment}), "
        "{days:period} ({went:count} of {users:count})."
    ),
}
"""By whether it is one segment's."""

_USUAL = {
    "before": message(
        "Before, since {since:day}, it was {usual:percent} ({went:count} of {users:count})."
    ),
    "after": message(
        "After it, from {since:day} on, it was {usual:percent} ({went:count} of {users:count})."
    ),
    "others": message(
        "Of the others, {usual:percent} went on in these days ({went:count} of {users:count})."
    ),
}
_OTHERS = message(
    "The others were not touched: {usual:percent} went on in these days ({went:count} of "
    "{users:count})."
)
_EDGES = {
    "first": message("Its first day lies between {a:day_month} and {b:day_month} (95 % sure)."),
    "last": message("Its last day lies between {c:day_month} and {d:day_month} (95 % sure)."),
    "both": message(
        "Its first day lies between {a:day_month} and {b:day_month}, its last one between "
        "{c:day_month} and {d:day_month} (each 95 % sure)."
    ),
}
_OPEN = message("It was still so on {last:day_month}, the last day that can be judged.")
_OVER = {
    False: message("It is over since {over:day_month}."),
    True: message("It ended on {last:day_month}, before this period."),
}
"""By whether that was before the period."""
_LOST = {
    "users": message(
        "That cost about {users:count} users (95 % sure: {low:count} to {high:count})."
    ),
    "no_orders": message(
        "That cost about {users:count} users (95 % sure: {low:count} to {high:count}); to price "
        "them, this report would need orders."
    ),
    "amount": message(
        "That cost about {users:count} users (95 % sure: {low:count} to {high:count}), "
        "{amount:money} in orders."
    ),
}
"""By what is known: how many of those at the step come through, and an order's worth."""


def leak_frame(
    drops: Sequence[Drop],
    scope: Scope,
    onward: Mapping[tuple[int, str | None], float],
    prices: Mapping[str | None, float],
    by: str,
) -> pd.DataFrame:
    """Return the columns of `Funnel.leaks`: those of the period first, of these the dearest.

    Args:
        drops: What `paths.drops.find` found.
        scope: Whose.
        onward: By step and segment, the share of those at the step who come as far as the last;
            under None, that of all users.
        prices: By segment, what an order is worth on average, in minor units; under None, of all.
        by: The column that tells segments apart.
    """
    rows = []
    for drop in drops:
        everyone = onward.get((drop.step, None), np.nan)
        further = onward.get((drop.step, drop.segment), everyone)
        price = prices.get(drop.segment, prices.get(None, np.nan))
        row = _row(drop, scope.time_zone, further, price)
        rows.append({**row, "apart": listed(drop.apart, by)})
    typed = pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)
    dearest = ["is_past", "lost_amount", "lost_users"]
    dated = typed.assign(is_past=typed["ended_at"] <= scope.start)
    ordered = dated.sort_values(
        dearest, ascending=[True, False, False], ignore_index=True, kind="stable"
    )
    return ordered.drop(columns="is_past")


def _row(drop: Drop, time_zone: str, further: float, price: float) -> dict[str, Any]:
    came = drop.own[1]
    lost = Interval(*(came * part for part in difference(drop.against, drop.own)))
    return {
        "step": drop.step,
        "event": drop.event,
        "segment": drop.segment,
        "reach": drop.reach,
        **_edge("started_at", (drop.first, *drop.began), time_zone),
        **_edge("ended_at", (one + _DAY for one in (drop.last, *drop.ended)), time_zone),
        "is_open": drop.is_open,
        "users": came,
        **wilson(*drop.own).spread("rate"),
        "baseline": drop.baseline,
        "baseline_since": midnight(drop.since, time_zone),
        "baseline_users": drop.against[1],
        "baseline_rate": wilson(*drop.against).value,
        "other_users": drop.rest[1],
        "other_rate": wilson(*drop.rest).value,
        **lost.spread("lost_users"),
        "onward_rate": further,
        **Interval(*(part * further * price for part in lost)).spread("lost_amount"),
        "p_value": drop.p_value,
    }


def _edge(name: str, days: Iterable[date], time_zone: str) -> dict[str, datetime]:
    """A midnight, and the earliest and the latest that it may be."""
    return {key: midnight(day, time_zone) for key, day in zip(columns(name), days, strict=True)}


def findings(
    leaks: pd.DataFrame, steps: Sequence[str], by: str, scope: Scope
) -> tuple[list[Finding], list[Finding]]:
    """Return what the dearest of `Funnel.leaks` are, and of those that are history."""
    found: tuple[list[Finding], list[Finding]] = ([], [])
    for leak in rows_of(leaks):
        is_past = leak.ended_at <= scope.start
        status: Status = "bad" if leak.is_open else "neutral"
        lost = Interval(leak.lost_users, leak.lost_users_low, leak.lost_users_high)
        found[is_past].append(Finding.about("leak", told(leak, steps, by, scope), lost, status))
    return found[False][:_TOLD], found[True][:_TOLD]


def told(leak: Any, steps: Sequence[str], by: str, scope: Scope) -> str:
    """What fell, when, from what, for whom, what it cost, and whether it is over."""
    zone = scope.time_zone
    priced = "amount" if pd.notna(leak.lost_amount) else "no_orders"
    still = say(_OPEN, last=local(leak.ended_at, zone) - _DAY)
    return together(
        low(leak, steps, by, zone),
        _edges(leak, zone),
        say(
            _USUAL[leak.baseline],
            since=local(leak.baseline_since, zone),
            usual=leak.baseline_rate,
            went=leak.baseline_rate * leak.baseline_users,
            users=leak.baseline_users,
        ),
        _whom(leak, by),
        say(
            _LOST[priced if pd.notna(leak.onward_rate) else "users"],
            users=leak.lost_users,
            low=leak.lost_users_low,
            high=leak.lost_users_high,
            amount=leak.lost_amount,
            currency=scope.currency,
        ),
        over(leak, scope) or still,
    )


def over(leak: Any, scope: Scope) -> str:
    """Return that a leak is over, and since when; empty of one that is open."""
    if leak.is_open:
        return ""
    end = local(leak.ended_at, scope.time_zone)
    return say(_OVER[leak.ended_at <= scope.start], last=end - _DAY, over=end)


def low(leak: Any, steps: Sequence[str], by: str, time_zone: str) -> str:
    """How low it was, where and when."""
    return say(
        _LOW[leak.reach == "one"],
        first=steps[leak.step - 2],
        then=leak.event,
        by=noun(by),
        segment=segment_name(leak.segment, by),
        rate=leak.rate,
        days=days(leak, time_zone),
        went=leak.rate * leak.users,
        users=leak.users,
    )


def _edges(leak: Any, time_zone: str) -> str:
    """Between which days it began and ended, where the data leave more than one for either."""
    begin = [local(at, time_zone) for at in (leak.started_at_low, leak.started_at_high)]
    end = [local(at, time_zone) - _DAY for at in (leak.ended_at_low, leak.ended_at_high)]
    open_ends = [name for name, (a, b) in (("first", begin), ("last", end)) if a != b]
    if not open_ends:
        return ""
    which = "both" if len(open_ends) > 1 else open_ends[0]
    return say(_EDGES[which], a=begin[0], b=begin[1], c=end[0], d=end[1])


def _whom(leak: Any, by: str) -> str:
    """Whether it was so for all users alike, or whom it did not touch."""
    if leak.reach != "one":
        return reach_sentence(leak.reach, leak.apart, by)
    if leak.baseline == "others" or not leak.other_users:
        return ""
    went = leak.other_rate * leak.other_users
    return say(_OTHERS, usual=leak.other_rate, went=went, users=leak.other_users)


def rows_of(leaks: pd.DataFrame) -> list[Any]:
    """Return leaks one by one, with their columns as attributes."""
    return list(leaks.itertuples(index=False))


def days(leak: Any, time_zone: str) -> Period:
    """Return the shop's days of a leak."""
    first, after = (local(at, time_zone).date() for at in (leak.started_at, leak.ended_at))
    return Period(first, after - _DAY, time_zone)


def local(instant: pd.Timestamp, time_zone: str) -> pd.Timestamp:
    """Return an instant on the shop's clock."""
    return pd.Timestamp(to_local(pd.Timestamp(instant).to_pydatetime(), time_zone))
