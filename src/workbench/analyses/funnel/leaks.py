"""Leaks: a step and a segment, the days on which fewer went on, and what that cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from workbench.analyses.funnel.segments import listed, noun, reach_sentence, segment_name
from workbench.charts import Chart, stretches
from workbench.customers.purchases import purchases
from workbench.errors import MissingData
from workbench.kit.engine import frame
from workbench.kit.findings import Finding, Status
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_rows, together
from workbench.paths.daily import stretch
from workbench.paths.drops import Drop, visible
from workbench.paths.journey import Journey
from workbench.periods import Period, midnight, to_local
from workbench.stats.interval import Interval, columns
from workbench.stats.rates import difference, wilson

if TYPE_CHECKING:
    from workbench.analyses.funnel.funnel import Funnel

_DAY = timedelta(days=1)
_TOLD, _SHOWN = 2, 3
_THIN = 10  # users a day, below which a day's share says little: weeks are drawn
_PLACE = {
    False: message("From {first:label} to {then:label}"),
    True: message("From {first:label} to {then:label} ({by:lower} {segment})"),
}
_TYPES = {
    "step": "int64", "event": "str", "segment": "str", "reach": "str", "apart": "str",
    "started_at": "datetime64[us]", "ended_at": "datetime64[us]", "is_open": "bool",
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
        "Before, since {since:day_month}, it was {usual:percent} ({went:count} of {users:count})."
    ),
    "after": message(
        "After it, from {since:day_month} on, it was {usual:percent} ({went:count} of {users:count})."
    ),
    "others": message(
        "Of the others, {usual:percent} went on in these days ({went:count} of {users:count})."
    ),
}
_OTHERS = message(
    "The others were not touched: {usual:percent} went on in these days ({went:count} of "
    "{users:count})."
)
_STATE = {
    "open": message("It was still so on {last:day_month}, the last day that can be judged."),
    "over": message("It is over since {over:day_month}."),
    "past": message("It is over since {over:day_month}, before this period."),
}
_LOST = {
    False: message(
        "That cost about {users:count} users (95 % sure: {low:count} to {high:count}); to price "
        "them, this report would need orders."
    ),
    True: message(
        "That cost about {users:count} users (95 % sure: {low:count} to {high:count}), "
        "{amount:money} in orders."
    ),
}
"""By whether an order's worth is known."""

_AGAINST = {
    True: message("Dashed: what it is held against, the same users' rate on the days before."),
    False: message(
        "Dashed: what it is held against, the rate on the days before or, without those, on the "
        "days after or of the others."
    ),
}
"""By whether every leak is held against the days before it."""

_NO_LEAK = {
    False: message(
        "No leak: from {first:day_month} to {last:day_month}, no step was low on any stretch of days "
        "beyond what chance would explain (series of days searched: {searched:count})."
    ),
    True: message(
        "The fall is of no single stretch of days: from {first:day_month} to {last:day_month}, none "
        "stands out beyond what chance would explain (series of days searched: {searched:count})."
    ),
}
"""By whether something fell against the period before."""


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
        "started_at": midnight(drop.first, time_zone),
        "ended_at": midnight(drop.last + _DAY, time_zone),
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


def average_order(scope: Scope, path: Journey, days: Period, by: str) -> dict[str | None, float]:
    """Return what a purchase is worth on average over these days, by segment, in minor units.

    Before any refund. Without orders of known users, the average of the values of the last step's
    events that are more than nothing. Under None stands the average of all; `by` may be empty.
    """
    if "orders" in scope.tables and "user_id" in scope.tables.orders.columns:
        during = scope.during(days)
        bought = purchases(during)
        kept = bought.filter(bought.ordered_at >= days.start).select("order_id")
        rows = during.orders.semi_join(kept, "order_id")
        worth = rows.amount
    elif "value" in path.events.columns:
        last = path.events.filter(path.events.event == path.steps[-1], path.events.value > 0)
        rows = last.filter(last.occurred_at >= days.start, last.occurred_at < days.end)
        worth = rows.value
    else:
        return {}
    segment = rows[by].cast("string") if by and by in rows.columns else ibis.literal("")
    named = rows.select(segment=segment, worth=worth)
    sums = frame(named.group_by("segment").agg(worth=named.worth.sum(), orders=named.count()))
    if not sums["orders"].sum():
        return {}
    own = sums[sums["segment"].notna() & (sums["segment"] != "")]
    averages = zip(own["segment"], own["worth"] / own["orders"], strict=True)
    return {**dict(averages), None: float(sums["worth"].sum() / sums["orders"].sum())}


def findings(
    leaks: pd.DataFrame, steps: Sequence[str], by: str, scope: Scope
) -> tuple[list[Finding], list[Finding]]:
    """Return what the dearest of `Funnel.leaks` are, and of those that are history."""
    found: tuple[list[Finding], list[Finding]] = ([], [])
    for leak in _rows(leaks):
        is_past = leak.ended_at <= scope.start
        status: Status = "bad" if leak.is_open else "neutral"
        lost = Interval(leak.lost_users, leak.lost_users_low, leak.lost_users_high)
        found[is_past].append(Finding.about("leak", _told(leak, steps, by, scope), lost, status))
    return found[False][:_TOLD], found[True][:_TOLD]


def _told(leak: Any, steps: Sequence[str], by: str, scope: Scope) -> str:
    """What fell, when, from what, for whom, what it cost, and whether it is over."""
    zone = scope.time_zone
    is_past = leak.ended_at <= scope.start
    state = "open" if leak.is_open else "past" if is_past else "over"
    return together(
        _low(leak, steps, by, zone),
        say(
            _USUAL[leak.baseline],
            since=_local(leak.baseline_since, zone),
            usual=leak.baseline_rate,
            went=leak.baseline_rate * leak.baseline_users,
            users=leak.baseline_users,
        ),
        _whom(leak, by),
        say(
            _LOST[pd.notna(leak.lost_amount)],
            users=leak.lost_users,
            low=leak.lost_users_low,
            high=leak.lost_users_high,
            amount=leak.lost_amount,
            currency=scope.currency,
        ),
        say(
            _STATE[state],
            last=_local(leak.ended_at, zone) - _DAY,
            over=_local(leak.ended_at, zone),
        ),
    )


def _low(leak: Any, steps: Sequence[str], by: str, time_zone: str) -> str:
    """How low it was, where and when."""
    return say(
        _LOW[leak.reach == "one"],
        first=steps[leak.step - 2],
        then=leak.event,
        by=noun(by),
        segment=segment_name(leak.segment, by),
        rate=leak.rate,
        days=_days(leak, time_zone),
        went=leak.rate * leak.users,
        users=leak.users,
    )


def _whom(leak: Any, by: str) -> str:
    """Whether it was so for all users alike, or whom it did not touch."""
    if leak.reach != "one":
        return reach_sentence(leak.reach, leak.apart, by)
    if leak.baseline == "others" or not leak.other_users:
        return ""
    went = leak.other_rate * leak.other_users
    return say(_OTHERS, usual=leak.other_rate, went=went, users=leak.other_users)


def chart(funnel: Funnel) -> Chart | MissingData:
    """Return the dearest leaks on a line of time, each with its cost."""
    if funnel.leaks.empty:
        return MissingData(_no_leak(funnel))
    scope, steps = funnel.scope, list(funnel.steps["event"])
    zone, shown = scope.time_zone, _rows(funnel.leaks.head(_SHOWN))
    spans = pd.DataFrame(
        {
            "panel": [_place(leak, steps, funnel.by) for leak in shown],
            "since": [_local(leak.started_at, zone) for leak in shown],
            "until": [_local(leak.ended_at, zone) for leak in shown],
            "usual": [leak.baseline_rate for leak in shown],
            "text": [_cost(leak, scope.currency) for leak in shown],
        }
    )
    # Of two leaks of one place each has a panel: it is named by its days, too.
    days = pd.Series([_days(leak, zone) for leak in shown], dtype="object")
    spans["panel"] = say_rows("{panel}, {days:period}", spans.assign(days=days))
    drawn = [_drawn(leak, funnel) for leak in shown]
    rows = [one.assign(panel=panel) for one, panel in zip(drawn, spans["panel"], strict=True)]
    by_week = any(len(one) and one["is_week"].all() for one in drawn)
    return stretches(
        pd.concat(rows),
        spans,
        title=_low(shown[0], steps, funnel.by, zone),
        alt=together(*(_told(leak, steps, funnel.by, scope) for leak in shown), _weeks(drawn[0])),
        note=together(
            say(
                "Share of the users at a step on a day who went on. Shaded: days on which it was low "
                "beyond chance: at most one report in twenty would show any without a cause."
            ),
            say(_AGAINST[all(leak.baseline == "before" for leak in shown)]),
            say("Drawn by weeks, as few users come on a day.") if by_week else "",
        ),
    )


def _rows(leaks: pd.DataFrame) -> list[Any]:
    return list(leaks.itertuples(index=False))


def _place(leak: Any, steps: Sequence[str], by: str) -> str:
    """Where a leak is: `From Begin checkout to Purchase (platform Douyin)`."""
    return say(
        _PLACE[leak.reach == "one"],
        first=steps[leak.step - 2],
        then=leak.event,
        by=noun(by),
        segment=segment_name(leak.segment, by),
    )


def _days(leak: Any, time_zone: str) -> Period:
    first, after = (_local(at, time_zone).date() for at in (leak.started_at, leak.ended_at))
    return Period(first, after - _DAY, time_zone)


def _cost(leak: Any, currency: str) -> str:
    """What a leak cost: users, and the amount where it is known."""
    if pd.isna(leak.lost_amount):
        return say("about {users:count} users", users=leak.lost_users)
    return say(
        "about {users:count} users and {amount:money}",
        users=leak.lost_users,
        amount=leak.lost_amount,
        currency=currency,
    )


def _drawn(leak: Any, funnel: Funnel) -> pd.DataFrame:
    """The share of a leak's series who went on: by day, or by week where few come on a day."""
    daily, period = funnel.daily, funnel.scope.period
    own = daily["segment"].isna() if pd.isna(leak.segment) else daily["segment"] == leak.segment
    rows = daily[own & (daily["step"] == leak.step)].assign(day=pd.to_datetime(daily["day"]))
    near = min(
        pd.Timestamp(stretch(period, period.start - timedelta(days=366)).first),
        _local(leak.started_at, period.time_zone) - 7 * _DAY,
    )
    rows = rows[rows["day"] >= near].sort_values("day")
    is_week = bool(rows["users"].sum() < _THIN * ((rows["day"].max() - near).days + 1))
    # Drawn at noon, or in the middle of the week, so that a dot stands inside the shade of its days.
    begin = rows["day"] - pd.to_timedelta(rows["day"].dt.weekday if is_week else 0, unit="D")
    sums = rows.groupby(begin, as_index=True)[["users", "went_on"]].sum().reset_index()
    half = timedelta(days=3.5 if is_week else 0.5)
    sums["value"] = sums["went_on"] / sums["users"].where(sums["users"] > 0)
    whole: pd.DataFrame = sums.assign(when=sums["day"] + half, is_week=is_week)
    return whole


def _weeks(drawn: pd.DataFrame) -> str:
    """The weeks that are drawn, in words; nothing of days."""
    if not len(drawn) or not drawn["is_week"].all():
        return ""
    days = say_rows("{day:day_month}", drawn)
    return say(
        "By weeks from that day on: {rows}.",
        rows=pairs(days, say_rows("{went_on:count} of {users:count}", drawn)),
    )


def _no_leak(funnel: Funnel) -> str:
    daily = funnel.daily
    if daily.empty:
        return say("There are too few days to look for leaks.")
    size = visible(daily)
    searched = say(
        _NO_LEAK[any(one.status == "bad" for one in funnel.about("conversion", "change"))],
        first=daily["day"].min(),
        last=daily["day"].max(),
        searched=len(daily[["step", "segment"]].drop_duplicates()),
    )
    seen = (
        say(
            "A week in which {size:whole_percent} fewer than usual went on at any step would most "
            "likely have been seen, a smaller fall not.",
            size=size,
        )
        if size <= 1
        else say(
            "But so few users came that not even a week without anybody going on would have been seen."
        )
    )
    return together(searched, seen)


def _local(instant: pd.Timestamp, time_zone: str) -> pd.Timestamp:
    return pd.Timestamp(to_local(pd.Timestamp(instant).to_pydatetime(), time_zone))
