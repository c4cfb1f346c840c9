"""Is it getting better or worse? How many come as far as the last step, week by week."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analyses.funnel.segments import NOBODY
from workbench.charts import Chart, line
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.sentences import message, pairs, say, say_n, together
from workbench.periods import midnight
from workbench.stats.interval import DOUBT, columns
from workbench.stats.rates import beyond_the_rest, fewer

if TYPE_CHECKING:
    from workbench.analyses.funnel.funnel import Funnel

_DAYS = timedelta(days=1)
_MOST_OF_A_WEEK = 4  # days
_ODD = {
    True: (
        message(
            "The week of {days} stands out: {own:percent} came as far as {step:label}, {rest:percent} "
            "in the other week."
        ),
        message(
            "The week of {days} stands out: {own:percent} came as far as {step:label}, {rest:percent} "
            "in the other weeks."
        ),
    ),
    False: (
        message(
            "The weeks of {days} stand out: {own:percent} came as far as {step:label}, {rest:percent} "
            "in the other week."
        ),
        message(
            "The weeks of {days} stand out: {own:percent} came as far as {step:label}, {rest:percent} "
            "in the other weeks."
        ),
    ),
}
_OF_LEAK = {
    True: (
        message(
            "The week of the leak stands out: {own:percent} came as far as {step:label}, "
            "{rest:percent} in the other."
        ),
        message(
            "The week of the leak stands out: {own:percent} came as far as {step:label}, "
            "{rest:percent} in the others."
        ),
    ),
    False: (
        message(
            "The weeks of the leak stand out: {own:percent} came as far as {step:label}, "
            "{rest:percent} in the other."
        ),
        message(
            "The weeks of the leak stand out: {own:percent} came as far as {step:label}, "
            "{rest:percent} in the others."
        ),
    ),
}
"""By whether it is one week; each by how many other weeks there are."""


def chart(funnel: Funnel) -> Chart | MissingData:
    """Return the overall rate by start week, as a line."""
    weekly = funnel.weekly
    started = weekly[weekly["overall_rate"].notna() & weekly["is_complete"].astype(bool)]
    first, last = (started[started["step"] == step] for step in (1, started["step"].max()))
    current = last.loc[last["period"] == "current", "first_day"]
    if last.empty:
        young = message("No week of this period is old enough to be drawn.")
        return MissingData(say(young if funnel.steps["users"].iloc[0] else NOBODY))
    rows = last[["users", *columns("overall_rate")]].reset_index(drop=True)
    rows.columns = ["users", "value", "low", "high"]
    rows["when"] = pd.to_datetime(last["first_day"]).to_numpy()
    rows["entrants"] = first["users"].to_numpy()
    weeks = pd.to_datetime(weekly["first_day"]).drop_duplicates()
    inner = weeks[weeks.between(rows["when"].min(), rows["when"].max())]
    drawn = rows.merge(pd.DataFrame({"when": inner}), how="right").sort_values("when")
    step = str(last["event"].iloc[0])
    days = [words.day_month(day) for day in last["first_day"]]
    return line(
        drawn,
        title=_weeks_of_leaks(funnel, rows, step) or _odd_weeks(rows, step),
        alt=say(
            "Share of users who came as far as {step:label}, by the week in which they started: "
            "{rows}.",
            step=step,
            rows=pairs(days, [words.percent(rate) for rate in rows["value"]]),
        ),
        since=pd.Timestamp(current.min()) if len(current) else None,
        note=together(
            say("A point is the users who started in the week from that day; band: 95 % interval."),
            say("Where a period begins or ends within a week, a point is of its days in it.")
            if (rows["when"].dt.day_of_week > 0).any()
            else "",
            say("Grey: the period before.") if len(current) < len(last) else "",
            _left_out(weekly),
        ),
    )


def _weeks_of_leaks(funnel: Funnel, rows: pd.DataFrame, step: str) -> str:
    """How the weeks stand out of which a leak of all users takes most; empty where none do."""
    leaks, zone = funnel.leaks[funnel.leaks["reach"] != "one"], funnel.scope.time_zone
    low = pd.Series(data=False, index=rows.index)
    for since, until in zip(leaks["started_at"], leaks["ended_at"], strict=True):
        opens = pd.Series([midnight(when.date(), zone) for when in rows["when"]], index=rows.index)
        inside = (opens + 7 * _DAYS).clip(upper=until) - opens.clip(lower=since)
        low |= inside >= _MOST_OF_A_WEEK * _DAYS
    own, rest = rows[low], rows[~low]
    pairs = [(int(one["users"].sum()), int(one["entrants"].sum())) for one in (own, rest)]
    if not pairs[0][1] or not pairs[1][1] or not fewer(*pairs) < DOUBT:
        return ""
    return _apart(_OF_LEAK[len(own) == 1], own, rest, step=step)


def _odd_weeks(rows: pd.DataFrame, step: str) -> str:
    """Name the weeks that differ most surely from all others together, to one side."""
    if not rows["users"].any():
        return say("Nobody came as far as {step:label} in any of these weeks.", step=step)
    ends = (rows["value"].min(), rows["value"].max())
    told: dict[str, Any] = {"low": ends[0], "high": ends[1], "step": step}
    if len(rows) == 1:
        return say(
            "{low:percent} of those who started in the week of {day:day_month} came as far as "
            "{step:label}.",
            day=rows["when"].iloc[0],
            **told,
        )
    pairs = list(zip(rows["users"].map(int), rows["entrants"].map(int), strict=True))
    odd = sorted(beyond_the_rest(pairs))
    if 2 * len(odd) > len(rows):
        return say(
            "The weeks differ by more than chance would explain: {low:percent} to {high:percent} came "
            "as far as {step:label}.",
            **told,
        )
    if odd:
        own = rows.iloc[odd]
        days = words.listed(words.day_month(day) for day in own["when"])
        return _apart(_ODD[len(odd) == 1], own, rows.drop(own.index), days=days, step=step)
    if words.percent(ends[0]) == words.percent(ends[1]):
        return say("In each of these weeks {low:percent} came as far as {step:label}.", **told)
    return say(
        "No single week differs from the others by more than chance would explain: {low:percent} to "
        "{high:percent} came as far as {step:label}.",
        **told,
    )


def _apart(template: tuple[str, str], own: pd.DataFrame, rest: pd.DataFrame, **told: Any) -> str:
    """Some weeks beside the others; the template has two forms, by how many others there are."""
    rates = {
        name: float(one["users"].sum() / one["entrants"].sum())
        for name, one in (("own", own), ("rest", rest))
    }
    return say_n(*template, len(rest), **rates, **told)


def _left_out(weekly: pd.DataFrame) -> str:
    """Why weeks are missing in a line: the last ones are too young, others have a gap."""
    whole = weekly["is_complete"].astype(bool)
    if whole.all():
        return ""
    has_gaps = (weekly.loc[~whole, "first_day"] < weekly.loc[whole, "first_day"].max()).any()
    return say(
        message("Weeks too young to judge, or with days without data, are left out.")
        if has_gaps
        else message("Weeks too young to judge are left out.")
    )
