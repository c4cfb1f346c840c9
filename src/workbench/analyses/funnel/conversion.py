"""How many came through, where most are lost, and what changed against the period before."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from workbench.analyses.funnel.intakes import Question
from workbench.analyses.funnel.segments import noun, segment_name
from workbench.kit.findings import Finding, verdict
from workbench.kit.metrics import Metric, plain
from workbench.kit.sentences import message, say, say_n, together
from workbench.periods import TICK, Period, to_local
from workbench.stats.interval import DOUBT, UNKNOWN, Interval, columns

_AGAINST = {
    False: message("That is about as many as before ({before:percent}, {compared:period})."),
    True: message("That is {change:points} against {before:percent} before ({compared:period})."),
}
"""By whether the change is beyond doubt."""
_CHANGED = {
    (True, False): message(
        "From {first:label} to {then:label}, fewer users go on: {now:percent} in place of "
        "{before:percent} ({change:points})."
    ),
    (False, False): message(
        "From {first:label} to {then:label}, more users go on: {now:percent} in place of "
        "{before:percent} ({change:points})."
    ),
    (True, True): message(
        "From {first:label} to {then:label}, fewer users go on ({by:lower} {segment}): "
        "{now:percent} in place of {before:percent} ({change:points})."
    ),
    (False, True): message(
        "From {first:label} to {then:label}, more users go on ({by:lower} {segment}): "
        "{now:percent} in place of {before:percent} ({change:points})."
    ),
}
"""By whether fewer go on, and whether segments are told apart."""

_AT_THE_OLD_RATE = {
    True: message("At the old rate, about {users:count} more would have come as far."),
    False: message("At the old rate, about {users:count} fewer would have come as far."),
}


def metrics(question: Question, steps: pd.DataFrame) -> tuple[Metric, ...]:
    """Return the metrics of `Funnel`, from its `steps`."""
    last = steps.iloc[-1]
    rate, why = Interval(*last[columns("overall_rate")]), ""
    if question.path.is_from_orders:
        rate, why = UNKNOWN, say("orders alone do not tell who came and bought nothing")
    elif not rate.is_known:
        why = say("nobody started whose time has passed")
    ends = {"started_users": steps["users"].iloc[0], "finished_users": last["users"]}
    counts = [Metric(name, plain(n), "count") for name, n in ends.items()]
    return (Metric("conversion", rate, "rate", why=why), *counts)


def findings(
    question: Question, steps: pd.DataFrame, segments: pd.DataFrame, immature: int
) -> tuple[Finding, ...]:
    """Return what the figures say, in the order in which a reader wants it.

    The steps and segments are those of `Funnel`; `immature` users' attempts may still go on.
    """
    if steps["users"].iloc[0] == 0:
        return (Finding.about("conversion", _nobody(question, immature), status="unknown"),)
    row = loss(steps)
    told = [_overall(question, steps), _change(question, segments if len(segments) else steps)]
    if row is not None:
        told.append(
            Finding.about("loss", loss_sentence(steps, row), plain(steps["lost_users"][row]))
        )
    return (*told, *([_immature(question, immature)] if immature else []))


def loss(steps: pd.DataFrame) -> int | None:
    """Return the row of `Funnel.steps` before which most users are lost; None if none are."""
    lost = steps["lost_users"].to_numpy()
    return int(np.argmax(lost)) if lost.max() > 0 else None


def loss_sentence(steps: pd.DataFrame, row: int) -> str:
    """Return what `loss` found, in words."""
    before, after = steps.iloc[row - 1], steps.iloc[row]
    return say(
        "Most users are lost between {before:label} and {after:label}: {lost:count} of "
        "{users:count} ({rate:percent}).",
        before=before["event"],
        after=after["event"],
        lost=after["lost_users"],
        users=before["users"],
        rate=after["lost_users"] / before["users"],
    )


def _overall(question: Question, steps: pd.DataFrame) -> Finding:
    last = steps.iloc[-1]
    rate, change = (
        Interval(*last[columns("overall_rate")]),
        Interval(*last[columns("overall_rate_change")]),
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
    if not change.is_known:
        return Finding.about("conversion", sentence, rate)
    status = verdict(change)
    against = say(
        _AGAINST[status != "neutral"],
        change=change.value,
        before=last["previous_overall_rate"],
        compared=_days(question, "previous"),
    )
    return Finding.about("conversion", together(sentence, against), rate, status)


def _change(question: Question, cells: pd.DataFrame) -> Finding:
    """The change that cost or won most users, of those beyond chance; or why none is told.

    The cells are `Funnel.segments`, or `Funnel.steps` where there are none.
    """
    if not question.has("previous") and question.blind:
        sentence = say(
            "There is no comparison with the period before: there are days without data in one of "
            "the two."
        )
        return Finding.about("comparison", sentence, status="unknown")
    if not question.has("previous"):
        sentence = say(
            "There is no comparison with the period before: it starts on {first:day}, the data on "
            "{since:day}.",
            first=question.period.previous().first,
            since=_day(question, question.path.since),
        )
        return Finding.about("comparison", sentence, status="unknown")
    cells = cells.assign(entrants=cells["users"].shift())[cells["step"] > 1]
    if cells["p_value"].isna().all():
        sentence = say("Nobody started in the period before, so there is nothing to compare with.")
        return Finding.about("comparison", sentence, status="unknown")
    sure = cells[cells["p_adjusted"] < DOUBT]
    if sure.empty:
        sentence = say(
            "No single step changed against the period before by more than chance would explain "
            "({comparisons:count} comparisons).",
            comparisons=len(cells),
        )
        return Finding.about("change", sentence)
    moved = (sure["step_rate_change"] * sure["entrants"]).abs().to_numpy()
    return _changed(question, sure.iloc[int(np.argmax(moved))], len(cells))


def _changed(question: Question, cell: pd.Series, comparisons: int) -> Finding:
    change = Interval(*cell[columns("step_rate_change")])
    fell = change.value < 0
    told = say(
        _CHANGED[fell, bool(question.by)],
        first=question.steps[int(cell["step"]) - 2],
        then=cell["event"],
        by=noun(question.by),
        segment=segment_name(cell.get("segment"), question.by),
        now=cell["step_rate"],
        before=cell["previous_step_rate"],
        change=change.value,
    )
    users = round(abs(change.value) * cell["entrants"])
    sure = say(
        "That is more than chance would explain, even for the strongest of {comparisons:count} "
        "comparisons.",
        comparisons=comparisons,
    )
    text = together(told, say(_AT_THE_OLD_RATE[fell], users=users), sure)
    return Finding.about("change", text, change, "bad" if fell else "good")


def _immature(question: Question, users: int) -> Finding:
    closes = question.intakes[question.place("immature")].closes
    sentence = say_n(
        "{n:count} user started later, up to {day:day}, and still has time to go on: "
        "this attempt is in no rate above.",
        "{n:count} users started later, up to {day:day}, and still have time to go on: "
        "these attempts are in no rate above.",
        users,
        day=_day(question, min(closes - TICK, question.path.until or closes)),
    )
    return Finding.about("immature", sentence, plain(users))


def _nobody(question: Question, immature: int) -> str:
    """Why there is no funnel to show."""
    since, until = (_day(question, at) for at in (question.path.since, question.path.until))
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
        "Nobody started with {first:label} in this period, {period:period}; "
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


def _day(question: Question, instant: datetime | None) -> datetime | None:
    return None if instant is None else to_local(instant, question.scope.time_zone)
