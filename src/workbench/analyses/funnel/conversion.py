"""How many came through, where most are lost, and what changed against the period before."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from workbench.analyses.funnel import changes
from workbench.analyses.funnel.question import Question
from workbench.analyses.funnel.weeks import Weekly
from workbench.kit import words
from workbench.kit.findings import Finding, verdict
from workbench.kit.metrics import Metric, plain
from workbench.kit.sentences import message, say, say_n, together
from workbench.periods import TICK, Period, to_local
from workbench.stats.interval import FEWEST, UNKNOWN, Interval, columns

_MENTIONED = 0.01  # of those who came to the last step: so many past one between are told

_WEEKS = {
    True: message(
        "Week by week, {rate:percent} of those who started with {first:label} came as far as "
        "{last:label} within {window:duration} ({weeks:weeks}, {days:period}; 95 % sure: "
        "{low:percent} to {high:percent})."
    ),
    False: message(
        "Week by week, {rate:percent} of those who started with {first:label} came as far as "
        "{last:label} within {window:duration} ({weeks:weeks} of {days:period}; 95 % sure: "
        "{low:percent} to {high:percent})."
    ),
}
"""By whether these weeks follow one another."""
_AGAINST = {
    False: message("That is about as many as before ({before:percent}, {compared:period})."),
    True: message("That is {change:points} against {before:percent} before ({compared:period})."),
}
"""By whether the change is beyond doubt."""
_PAST = {
    True: message(
        "By whatever way, {all:count} of {users:count} ({rate:percent}) came from {first:label} to "
        "{last:label}, {past:count} of them ({share:percent} of those who started) past {step:label}."
    ),
    False: message(
        "By whatever way, {all:count} of {users:count} ({rate:percent}) came from {first:label} to "
        "{last:label}, {past:count} of them ({share:percent} of those who started) past {step:label} "
        "or another step between."
    ),
}
"""By whether all of them left out the same step."""


_LEFT_OUT = {
    False: message("Left out before are the days of a leak, {days:list}."),
    True: message("Left out before are the weeks of a leak, {days:list}."),
}
"""By whether whole weeks are compared."""


def metrics(question: Question, steps: pd.DataFrame, week: Weekly) -> tuple[Metric, ...]:
    """Return the metrics of `Funnel`, from its `steps` and the conversion by week."""
    rate, why = week.now, ""
    if question.path.is_from_orders:
        rate, why = UNKNOWN, say("orders alone do not tell who came and bought nothing")
    elif not week.weeks:
        why = say("no week of this period is old enough")
    elif not rate.is_known:
        why = say("nobody started whose time has passed")
    ends = {"started_users": steps["users"].iloc[0], "finished_users": steps["users"].iloc[-1]}
    counts = [Metric(name, plain(n), "count") for name, n in ends.items()]
    return (Metric("conversion", rate, "rate", why=why), *counts)


def findings(
    question: Question,
    frames: tuple[pd.DataFrame, pd.DataFrame],
    week: Weekly,
    past: pd.DataFrame,
    immature: int,
) -> tuple[Finding, ...]:
    """Return what the figures say, in the order in which a reader wants it.

    Args:
        question: What was asked.
        frames: `Funnel.steps` and `Funnel.segments`.
        week: The conversion by week.
        past: `Collected.past`.
        immature: How many users' attempts may still go on.
    """
    steps, segments = frames
    if steps["users"].iloc[0] == 0:
        return (Finding.about("conversion", _nobody(question, immature), status="unknown"),)
    row = loss(steps)
    # Of one week, and of first orders, of which a user has one, the funnel of the period tells the same.
    is_same = week.weeks == 1 or question.path.is_from_orders
    told = [_by_week(question, week)] if week.now.is_known and not is_same else []
    told += [
        _overall(question, steps, is_judged=bool(told) and week.change.is_known),
        changes.finding(question, steps, segments),
    ]
    if row is not None:
        lost = loss_sentence(steps, row)
        told.append(Finding.about("loss", lost, plain(steps["lost_users"][row])))
        told += _past(steps, row, past)
    return (*told, *([_immature(question, immature)] if immature else []))


def loss(steps: pd.DataFrame) -> int | None:
    """Return the row of `Funnel.steps` before which most users are lost; None if none are."""
    lost = steps["lost_users"].to_numpy()
    return int(np.argmax(lost)) if lost.max() > 0 else None


def loss_sentence(steps: pd.DataFrame, row: int) -> str:
    """Return what `loss` found, in words."""
    before, after = steps.iloc[row - 1], steps.iloc[row]
    return say(
        "The largest loss is between {before:label} and {after:label}: {lost:count} of {users:count} "
        "users ({rate:percent}).",
        before=before["event"],
        after=after["event"],
        lost=after["lost_users"],
        users=before["users"],
        rate=after["lost_users"] / before["users"],
    )


def _by_week(question: Question, week: Weekly) -> Finding:
    in_a_row = week.days is None or len(week.days.days) <= 7 * week.weeks
    sentence = say(
        _WEEKS[in_a_row],
        weeks=week.weeks,
        first=question.steps[0],
        days=week.days,
        rate=week.now.value,
        last=question.steps[-1],
        window=question.options.window,
        low=week.now.low,
        high=week.now.high,
    )
    return _against(
        sentence, question, (week.now, week.change), week.before, week.before_days, weekly=True
    )


def _overall(question: Question, steps: pd.DataFrame, *, is_judged: bool) -> Finding:
    """The funnel of the period; where the week's tells the verdict (`is_judged`), without one."""
    last = steps.iloc[-1]
    rate, change = (
        Interval(*last[columns(name)]) for name in ("overall_rate", "overall_rate_change")
    )
    sentence = say_n(
        "Of {n:count} user who started with {first:label} ({days:period}), {rate:percent} came as "
        "far as {last:label} within {window:duration} (95 % sure: {low:percent} to {high:percent}).",
        "Of {n:count} users who started with {first:label} ({days:period}), {rate:percent} came as "
        "far as {last:label} within {window:duration} (95 % sure: {low:percent} to {high:percent}).",
        int(steps["users"].iloc[0]),
        first=question.steps[0],
        days=_days(question, "current"),
        rate=rate.value,
        last=question.steps[-1],
        window=question.options.window,
        low=rate.low,
        high=rate.high,
    )
    if not is_judged or not change.is_known:
        before = Interval(last["previous_overall_rate"])
        compared = None if not change.is_known else _days(question, "previous")
        return _against(sentence, question, (rate, change), before, compared, weekly=False)
    earlier = say(
        "Before, it was {before:percent} of {users:count} ({compared:period}).",
        before=last["previous_overall_rate"],
        users=steps["previous_users"].iloc[0],
        compared=_days(question, "previous"),
    )
    return Finding.about(
        "conversion", together(sentence, earlier, _without(question, weekly=False)), rate
    )


def _against(
    sentence: str,
    question: Question,
    figures: tuple[Interval, Interval],
    before: Interval,
    compared: Period | None,
    *,
    weekly: bool,
) -> Finding:
    """A rate and its change, with the verdict."""
    rate, change = figures
    if not change.is_known:
        return Finding.about("conversion", sentence, rate)
    status = verdict(change)
    against = say(
        _AGAINST[status != "neutral"], change=change.value, before=before.value, compared=compared
    )
    text = together(sentence, against, _without(question, weekly=weekly))
    return Finding.about("conversion", text, rate, status)


def _without(question: Question, *, weekly: bool) -> str:
    """That days of a leak are no measure, where the period before has some."""
    place, zone = question.place("previous"), question.scope.time_zone
    shut = question.intakes[place].shut if place >= 0 else ()
    if not shut:
        return ""
    ends = [[to_local(at, zone).date() for at in one] for one in shut]
    days = [words.period(Period(first, end - timedelta(days=1), zone)) for first, end in ends]
    return say(_LEFT_OUT[weekly], days=days)


def _past(steps: pd.DataFrame, row: int, past: pd.DataFrame) -> list[Finding]:
    """Those who came to the last step past one between, if they are more than a few."""
    skipped = int(past["users"].sum())
    users, finished = int(steps["users"].iloc[0]), int(steps["users"].iloc[-1]) + skipped
    if skipped < max(FEWEST, _MENTIONED * finished):
        return []
    most = past.sort_values("users").iloc[-1]
    before, after = steps.iloc[row - 1], steps.iloc[row]
    own = int(past.loc[past["level"] == row, "users"].sum())
    told = say(
        _PAST[len(past) == 1],
        all=finished,
        users=users,
        rate=finished / users,
        first=steps["event"].iloc[0],
        last=steps["event"].iloc[-1],
        past=skipped,
        share=skipped / users,
        step=steps["event"].iloc[int(most["level"])],
    )
    left = say(
        "So {left:count} users, not {lost:count}, left between {before:label} and {after:label} "
        "without coming to {last:label}.",
        left=after["lost_users"] - own,
        lost=after["lost_users"],
        before=before["event"],
        after=after["event"],
        last=steps["event"].iloc[-1],
    )
    return [Finding.about("loss", together(told, left if own else ""), plain(skipped))]


def _immature(question: Question, users: int) -> Finding:
    closes = question.intakes[question.place("immature")].closes
    sentence = say_n(
        "{n:count} user started later, up to {day:day}, and still has time to go on: "
        "this attempt is in no rate above.",
        "{n:count} users started later, up to {day:day}, and still have time to go on: "
        "these attempts are in no rate above.",
        users,
        day=question.day(min(closes - TICK, question.path.until or closes)),
    )
    return Finding.about("immature", sentence, plain(users))


def _nobody(question: Question, immature: int) -> str:
    """Why there is no funnel to show."""
    since, until = (question.day(at) for at in (question.path.since, question.path.until))
    if since is None:
        return say("There are no events, so there is no funnel to show.")
    if immature:
        return say_n(
            "It is too early to judge the {n:count} user of this period: "
            "each is given {window:duration}, and what is known ends on {until:day}.",
            "It is too early to judge the {n:count} users of this period: "
            "each is given {window:duration}, and what is known ends on {until:day}.",
            immature,
            window=question.options.window,
            until=until,
        )
    return say(
        "Nobody started with {first:label} on the days looked at, {period:period}; "
        "what is known runs from {since:day} to {until:day}.",
        first=question.steps[0],
        period=question.period,
        since=since,
        until=until,
    )


def _days(question: Question, name: str) -> Period:
    """The days on which the attempts of a period started, as far as there are data."""
    zone = question.scope.time_zone
    intake = question.intakes[question.place(name)]
    opens = max(intake.opens, question.path.since or intake.opens)
    last = to_local(intake.closes - TICK, zone).date()
    return Period(to_local(opens, zone).date(), last, zone)
