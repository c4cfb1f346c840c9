"""Leaks: a step and a segment, the days on which fewer went on, and what that cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from workbench.analyses.funnel.segments import noun, segment_name
from workbench.charts import Chart, stretches
from workbench.customers.purchases import purchases
from workbench.errors import MissingData
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_rows, together
from workbench.paths.drops import Drop
from workbench.paths.journey import Journey
from workbench.periods import Period, midnight, to_local
from workbench.stats.interval import Interval, columns
from workbench.stats.rates import difference, wilson

if TYPE_CHECKING:
    from workbench.analyses.funnel.funnel import Funnel

_DAY = timedelta(days=1)
_TOLD, _SHOWN = 2, 3
_PLACE = {
    False: message("From {first:label} to {then:label}"),
    True: message("From {first:label} to {then:label} ({by:lower} {segment})"),
}
_TYPES = {
    "step": "int64", "event": "str", "segment": "str", "started_at": "datetime64[us]",
    "ended_at": "datetime64[us]", "is_open": "bool", "users": "int64",
    **dict.fromkeys(columns("rate"), "float64"), "baseline": "str", "baseline_rate": "float64",
    **dict.fromkeys(columns("lost_users"), "float64"), "onward_rate": "float64",
    **dict.fromkeys(columns("lost_amount"), "float64"), "p_value": "float64",
}  # fmt: skip
_LOW = {
    "before": message(
        "{place}: only {rate:percent} went on {when}, in place of {baseline:percent} before."
    ),
    "others": message(
        "{place}: only {rate:percent} went on {when}, in place of {baseline:percent} among the "
        "others."
    ),
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
        "Dashed: what it is held against, the rate on the days before or, without those, of the "
        "others."
    ),
}
"""By whether every leak is held against the days before it."""


def leak_frame(
    drops: Sequence[Drop],
    time_zone: str,
    onward: Mapping[tuple[int, str | None], float],
    prices: Mapping[str | None, float],
) -> pd.DataFrame:
    """Return the columns of `Funnel.leaks`, the dearest first.

    Args:
        drops: What `paths.drops.find` found.
        time_zone: The shop's.
        onward: By step and segment, the share of those at the step who come as far as the last;
            under None, that of all users.
        prices: By segment, what an order is worth on average, in minor units; under None, of all.
    """
    rows = []
    for drop in drops:
        everyone = onward.get((drop.step, None), np.nan)
        further = onward.get((drop.step, drop.segment), everyone)
        price = prices.get(drop.segment, prices.get(None, np.nan))
        rows.append(_row(drop, time_zone, further, price))
    typed = pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)
    dearest = ["lost_amount", "lost_users"]
    return typed.sort_values(dearest, ascending=False, ignore_index=True, kind="stable")


def _row(drop: Drop, time_zone: str, further: float, price: float) -> dict[str, Any]:
    came = drop.own[1]
    lost = Interval(*(came * part for part in difference(drop.against, drop.own)))
    return {
        "step": drop.step,
        "event": drop.event,
        "segment": drop.segment,
        "started_at": midnight(drop.first, time_zone),
        "ended_at": midnight(drop.last + _DAY, time_zone),
        "is_open": drop.is_open,
        "users": came,
        **wilson(*drop.own).spread("rate"),
        "baseline": drop.baseline,
        "baseline_rate": wilson(*drop.against).value,
        **lost.spread("lost_users"),
        "onward_rate": further,
        **Interval(*(max(part, 0.0) * further * price for part in lost)).spread("lost_amount"),
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


def findings(leaks: pd.DataFrame, steps: Sequence[str], by: str, scope: Scope) -> list[Finding]:
    """Return what the dearest of `Funnel.leaks` are, when and where, and what they cost."""
    found = []
    for leak in _rows(leaks, _TOLD):
        low = say(
            _LOW[str(leak.baseline)],
            place=_place(leak, steps, by),
            rate=leak.rate,
            when=_when(leak, scope.time_zone),
            baseline=leak.baseline_rate,
        )
        lost = Interval(leak.lost_users, leak.lost_users_low, leak.lost_users_high)
        cost = say(
            _LOST[pd.notna(leak.lost_amount)],
            users=lost.value,
            low=max(lost.low, 0),
            high=lost.high,
            amount=leak.lost_amount,
            currency=scope.currency,
        )
        found.append(Finding.about("leak", together(low, cost), lost, "bad"))
    return found


def chart(funnel: Funnel) -> Chart | MissingData:
    """Return the dearest leaks on a line of time, each with its cost."""
    if funnel.leaks.empty:
        return MissingData(_no_leak(funnel.daily))
    zone, steps = funnel.scope.time_zone, list(funnel.steps["event"])
    shown = _rows(funnel.leaks, _SHOWN)
    spans = pd.DataFrame(
        {
            "panel": [_place(leak, steps, funnel.by) for leak in shown],
            "since": [_local(leak.started_at, zone) for leak in shown],
            "until": [_local(leak.ended_at, zone) for leak in shown],
            "usual": [leak.baseline_rate for leak in shown],
            "text": [_cost(leak, funnel.scope.currency) for leak in shown],
        }
    )
    whens = [_when(leak, zone) for leak in shown]
    drawn = zip(shown, spans["panel"], strict=True)
    names = say_rows("{panel} {when}", spans.assign(when=whens))
    rates = spans.assign(rate=[leak.rate for leak in shown])
    texts = say_rows("{rate:percent} in place of {usual:percent}, {text}", rates)
    return stretches(
        pd.concat([_daily_of(leak, funnel.daily).assign(panel=panel) for leak, panel in drawn]),
        spans,
        title=say(
            "{place} lost {cost} {when}.",
            place=spans["panel"][0],
            cost=spans["text"][0],
            when=whens[0],
        ),
        alt=say("Low stretches of days: {rows}.", rows=pairs(names, texts)),
        note=together(
            say(
                "Share of the users at a step on a day who went on. Shaded: days on which it was low "
                "beyond chance: at most one report in twenty would show any without a cause."
            ),
            say(_AGAINST[all(leak.baseline == "before" for leak in shown)]),
        ),
    )


def _rows(frame: pd.DataFrame, most: int) -> list[Any]:
    return list(frame.head(most).itertuples(index=False))


def _place(leak: Any, steps: Sequence[str], by: str) -> str:
    """Where a leak is: `From Begin checkout to Purchase (platform Douyin)`."""
    return say(
        _PLACE[bool(by)],
        first=steps[leak.step - 2],
        then=leak.event,
        by=noun(by),
        segment=segment_name(leak.segment, by),
    )


def _when(leak: Any, time_zone: str) -> str:
    """The days of a leak: `from 14 Sep to 25 Sep`, or `since 14 Sep` if it still runs."""
    first = _local(leak.started_at, time_zone)
    last = _local(leak.ended_at, time_zone) - _DAY
    if leak.is_open:
        return say("since {first:day_month}", first=first)
    if first == last:
        return say("on {first:day_month}", first=first)
    return say("from {first:day_month} to {last:day_month}", first=first, last=last)


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


def _daily_of(leak: Any, daily: pd.DataFrame) -> pd.DataFrame:
    own = daily["segment"].isna() if pd.isna(leak.segment) else daily["segment"] == leak.segment
    rows = daily[own & (daily["step"] == leak.step)].sort_values("day")
    value = rows["went_on"] / rows["users"].where(rows["users"] > 0)
    # Drawn at noon, so that a day's dot stands inside the shade of its day.
    noon = pd.to_datetime(rows["day"]) + pd.Timedelta(hours=12)
    return pd.DataFrame({"when": noon.to_numpy(), "value": value.to_numpy()})


def _no_leak(daily: pd.DataFrame) -> str:
    if daily.empty:
        return say("There are too few days to look for leaks.")
    return say(
        "No leak: from {first:day_month} to {last:day_month}, no step was low on any stretch of "
        "days beyond what chance would explain ({searched:count} series of days searched).",
        first=daily["day"].min(),
        last=daily["day"].max(),
        searched=len(daily[["step", "segment"]].drop_duplicates()),
    )


def _local(instant: pd.Timestamp, time_zone: str) -> pd.Timestamp:
    return pd.Timestamp(to_local(pd.Timestamp(instant).to_pydatetime(), time_zone))
