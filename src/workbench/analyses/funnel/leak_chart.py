"""The dearest leaks on a line of time; where there are none, how small a fall would have been seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analyses.funnel.leaks import days, local, low, over, rows_of, told
from workbench.analyses.funnel.segments import noun, segment_name
from workbench.charts import Chart, stretches
from workbench.errors import MissingData
from workbench.kit.sentences import message, pairs, say, say_rows, together
from workbench.paths.daily import WHOLE, stretch
from workbench.paths.drops import searched_in, visible
from workbench.periods import Period

if TYPE_CHECKING:
    from workbench.analyses.funnel.funnel import Funnel
    from workbench.kit.scope import Scope

LEAK_DAYS = ("leak", "day", "is_week", "users", "went_on")

_DAY = timedelta(days=1)
_SHOWN = 3
_FEWEST_DAYS = 14  # so that a low week has another one beside it
_THIN = 10  # users a day, below which a day's share says little: weeks are drawn
_PLACE = {
    False: message("From {first:label} to {then:label}, {days:period}"),
    True: message("From {first:label} to {then:label} ({by:lower} {segment}), {days:period}"),
}
"""By whether it is one segment's; two leaks of one place have a panel each, named by its days."""

_AGAINST = {
    True: message("Dashed: what it is held against, the rate there on the days before."),
    False: message(
        "Dashed: what it is held against, the rate there on the days before or, without those, on the "
        "days after or of the others."
    ),
}
"""By whether every leak is held against the days before it."""

_NO_LEAK = {
    "": message(
        "No leak: {days:period}, no step was low on any stretch of days beyond what chance would "
        "explain (series of days searched: {searched:count})."
    ),
    "fall": message(
        "The fall is of no single stretch of days: {days:period}, none stands out beyond what chance "
        "would explain (series of days searched: {searched:count})."
    ),
    "mix": message(
        "No leak: {days:period}, users of the same {by:lower} were low on no stretch of days beyond what "
        "chance would explain (series of days searched: {searched:count}); what changed is the mix of "
        "users."
    ),
}
"""By what is told against the period before."""


def chart(funnel: Funnel) -> Chart | MissingData:
    """Return the dearest leaks on a line of time, each with its cost."""
    if funnel.leaks.empty:
        return MissingData(_no_leak(funnel))
    scope, steps = funnel.scope, list(funnel.steps["event"])
    zone, shown = scope.time_zone, rows_of(funnel.leaks.head(_SHOWN))
    spans = pd.DataFrame(
        {
            "panel": [_place(leak, steps, funnel.by, zone) for leak in shown],
            "since": [local(leak.started_at, zone) for leak in shown],
            "until": [local(leak.ended_at, zone) for leak in shown],
            "usual": [leak.baseline_rate for leak in shown],
            "text": [_cost(leak, scope.currency) for leak in shown],
        }
    )
    drawn = funnel.leak_days
    rates = drawn["went_on"] / drawn["users"].where(drawn["users"] > 0)
    # Drawn at noon, or in the middle of the week, so that a dot stands inside the shade of its days.
    half = drawn["is_week"].map({True: timedelta(days=3.5), False: timedelta(days=0.5)})
    panels = drawn["leak"].map(dict(enumerate(spans["panel"])))
    by_week = any(one["is_week"].all() for _, one in drawn.groupby("leak"))
    return stretches(
        drawn.assign(panel=panels, value=rates.astype("float64"), when=drawn["day"] + half),
        spans,
        title=together(low(shown[0], steps, funnel.by, zone), over(shown[0], scope)),
        alt=together(
            *(told(leak, steps, funnel.by, scope) for leak in shown),
            _weeks(drawn[drawn["leak"] == 0]),
        ),
        note=together(
            say(
                "Share of the users at a step on a day who went on; a user counts once on each day. "
                "Shaded: days on which it was low beyond chance: at most one report in twenty would show "
                "any without a cause."
            ),
            say(_AGAINST[all(leak.baseline == "before" for leak in shown)]),
            say("Drawn by weeks, as few users come on a day.") if by_week else "",
        ),
    )


def _place(leak: Any, steps: Sequence[str], by: str, time_zone: str) -> str:
    """Where a leak is and when: `From Visit to Purchase (platform Douyin), 14 – 25 Sep 2026`."""
    return say(
        _PLACE[leak.reach == "one"],
        first=steps[leak.step - 2],
        then=leak.event,
        by=noun(by),
        segment=segment_name(leak.segment, by),
        days=days(leak, time_zone),
    )


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


def drawn(leaks: pd.DataFrame, daily: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return what the dearest leaks are drawn by: days, or weeks where few users come on a day.

    Args:
        leaks: As `Funnel.leaks`.
        daily: As `Funnel.daily`, with every day of a segment.
        scope: Nothing is told of a segment's day or week of under `min_group` users.

    Returns:
        As `Funnel.leak_days`.
    """
    parts = [_series(leak, daily, scope) for leak in rows_of(leaks.head(_SHOWN))]
    if not parts:
        return pd.DataFrame(columns=[*LEAK_DAYS])
    named = [one.assign(leak=place) for place, one in enumerate(parts)]
    return pd.concat(named, ignore_index=True)[[*LEAK_DAYS]]


def _series(leak: Any, daily: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """The users of a leak's series at its step, and how many went on: by day or week."""
    period = scope.period
    own = daily["segment"].isna() if pd.isna(leak.segment) else daily["segment"] == leak.segment
    rows = daily[own & (daily["step"] == leak.step)].assign(day=pd.to_datetime(daily["day"]))
    near = min(
        pd.Timestamp(stretch(period, period.start - timedelta(days=366)).first),
        local(leak.started_at, period.time_zone) - 7 * _DAY,
    )
    rows = rows[rows["day"] >= near].sort_values("day")
    is_week = bool(rows["users"].sum() < _THIN * ((rows["day"].max() - near).days + 1))
    begin = rows["day"] - pd.to_timedelta(rows["day"].dt.day_of_week if is_week else 0, unit="D")
    sums = rows.groupby(begin, as_index=True)[["users", "went_on"]].sum().reset_index()
    least = scope.fewest if leak.segment == WHOLE else scope.min_group
    few = (sums["users"] > 0) & (sums["users"] < least)
    numbers = {name: sums[name].mask(few) for name in ("users", "went_on")}
    whole: pd.DataFrame = sums.assign(is_week=is_week, **numbers)
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
    if daily.empty and funnel.steps["users"].iloc[0]:
        return say("Leaks are looked for where the steps have an order.")
    if daily.empty:
        return say("There are too few days to look for leaks.")
    first, last = (pd.Timestamp(day).date() for day in (daily["day"].min(), daily["day"].max()))
    looked_at = Period(first, last, funnel.scope.time_zone)
    if len(looked_at.days) < _FEWEST_DAYS:
        return say("There are too few days to look for leaks: {days:period}.", days=looked_at)
    size = visible(daily)
    if size > 1:
        return say(
            "No leak could have been seen: {days:period}, so few users came, or so unlike one another "
            "were the days, that not even a week without anybody going on would have stood out from "
            "chance.",
            days=looked_at,
        )
    searched = say(
        _NO_LEAK[_told(funnel)],
        by=noun(funnel.by),
        days=looked_at,
        searched=searched_in(daily),
    )
    seen = say(
        "A week in which {size:whole_percent} fewer than usual went on at any step would most likely "
        "have been seen, a smaller fall perhaps not.",
        size=size,
    )
    return together(searched, seen)


def _told(funnel: Funnel) -> str:
    """What the findings say of the change: that the mix of users is what fell, or something else."""
    if any(one.status == "neutral" and one.direction == "down" for one in funnel.about("change")):
        return "mix"
    fell = any(one.status == "bad" for one in funnel.about("conversion", "change"))
    return "fall" if fell else ""
