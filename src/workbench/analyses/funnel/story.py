"""What a funnel says, in sentences computed from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from workbench.analyses.funnel.cohorts import TICK, Cohort
from workbench.analyses.funnel.collect import Span
from workbench.analyses.funnel.phrases import (
    by_name,
    leak,
    leak_sentence,
    segment_name,
)
from workbench.kit import words
from workbench.kit.findings import Finding, Status
from workbench.kit.language import translated_plural as ngettext
from workbench.kit.sentences import message, say
from workbench.periods import Period, to_local

_DOUBT = 0.05


@dataclass(frozen=True)
class Setting:
    """What a funnel was asked, and over which attempts.

    Attributes:
        period: In which attempts start.
        window: How long an attempt may take.
        data: From when to when data are there.
        steps: The events.
        entry: Which attempt of a user counts.
        by: The column that segments are told apart by, or empty.
        groups: The cohorts that there are.
    """

    period: Period
    window: timedelta
    data: Span
    steps: tuple[str, ...]
    entry: str
    by: str
    groups: Sequence[Cohort]

    def place(self, name: str) -> int:
        """Return which number the cohort `name` has; −1 if there is none."""
        return next((i for i, one in enumerate(self.groups) if one.name == name), -1)

    def has(self, name: str) -> bool:
        """Return whether there is a cohort `name`."""
        return self.place(name) >= 0


def tell(
    setting: Setting, steps: pd.DataFrame, segments: pd.DataFrame, young: int
) -> tuple[Finding, ...]:
    """Return the findings in the order in which a reader wants them.

    Args:
        setting: What was asked.
        steps: `Funnel.steps`.
        segments: `Funnel.segments`.
        young: How many users' attempts are too young.
    """
    if steps["users"].iloc[0] == 0:
        return (_nobody(setting, young),)
    row = leak(steps)
    return (
        _overall(setting, steps),
        _change(setting, segments if len(segments) else steps),
        *([] if row is None else [_leak(steps, row)]),
        *([_young(setting, young)] if young else []),
    )


def _overall(setting: Setting, steps: pd.DataFrame) -> Finding:
    last = steps.iloc[-1]
    change, low, high = (last[f"overall_rate_change{end}"] for end in ("", "_low", "_high"))
    status: Status = "neutral"
    against = ""
    if low <= 0 <= high:
        against = message(" That is about as many as before ({before}, {compared}).")
    elif change < 0:
        status, against = "bad", message(" That is {change} against {before} before ({compared}).")
    elif change > 0:
        status, against = "good", message(" That is {change} against {before} before ({compared}).")
    users = int(steps["users"].iloc[0])
    sentence = ngettext(
        "Of {users} user who started with {first} ({days}), {rate} came as far as {last} within "
        "{window} (95 % sure: {low} to {high}).",
        "Of {users} users who started with {first} ({days}), {rate} came as far as {last} within "
        "{window} (95 % sure: {low} to {high}).",
        users,
    )
    return Finding(
        (sentence + against).format(
            users=words.count(users),
            first=words.label(setting.steps[0]),
            days=_days(setting, "current"),
            rate=words.percent(last["overall_rate"]),
            last=words.label(setting.steps[-1]),
            window=words.duration(setting.window),
            low=words.percent(last["overall_rate_low"]),
            high=words.percent(last["overall_rate_high"]),
            change=words.points(change),
            before=words.percent(last["previous_overall_rate"]),
            compared=_days(setting, "previous"),
        ),
        float(last["overall_rate"]),
        float(last["overall_rate_low"]),
        float(last["overall_rate_high"]),
        status,
    )


def _days(setting: Setting, name: str) -> Period | str:
    """The days on which the attempts of a cohort started, as far as there are data."""
    if not setting.has(name):
        return ""
    zone = setting.period.time_zone
    cohort = setting.groups[setting.place(name)]
    opens = max(cohort.opens, setting.data.since or cohort.opens)
    last = to_local(cohort.closes - TICK, zone).date()
    return Period(to_local(opens, zone).date(), last, zone)


def _leak(steps: pd.DataFrame, row: int) -> Finding:
    return Finding(leak_sentence(steps, row), float(steps["lost_users"].iloc[row]))


def _change(setting: Setting, cells: pd.DataFrame) -> Finding:
    """The change that cost or won most users, of those beyond chance; or why none is told.

    Args:
        setting: What was asked.
        cells: `Funnel.segments`, or `Funnel.steps` where there are none.
    """
    if not setting.has("previous"):
        return _no_comparison(setting)
    later = cells["step"] > 1
    cells = cells.assign(entrants=cells["users"].shift(), looks=int(later.sum()))[later]
    if cells["p_value"].isna().all():
        return Finding(
            say("Nobody started in the period before, so there is nothing to compare with."),
            status="unknown",
        )
    sure = cells[cells["p_adjusted"] < _DOUBT]
    if sure.empty:
        sentence = message(
            "No single step changed against the period before by more than chance would explain "
            "({looks} comparisons)."
        )
        return Finding(sentence.format(looks=len(cells)))
    moved = (sure["step_rate_change"] * sure["entrants"]).abs().to_numpy()
    return _changed(setting, sure.iloc[int(np.argmax(moved))])


def _changed(setting: Setting, cell: pd.Series) -> Finding:
    change = float(cell["step_rate_change"])
    sentence = (
        message(
            "From {first} to {then}, fewer users go on{where}: {now} in place of {before} "
            "({change}). At the old rate, about {users} more would have come as far."
        )
        if change < 0
        else message(
            "From {first} to {then}, more users go on{where}: {now} in place of {before} "
            "({change}). At the old rate, about {users} fewer would have come as far."
        )
    )
    sure = message(
        " That is more than chance would explain, even for the strongest of {looks} comparisons."
    )
    where = say(
        " ({by} {segment})",
        by=by_name(setting.by),
        segment=segment_name(cell.get("segment"), setting.by),
    )
    return Finding(
        (sentence + sure).format(
            first=words.label(setting.steps[int(cell["step"]) - 2]),
            then=words.label(cell["event"]),
            where=where if setting.by else "",
            now=words.percent(cell["step_rate"]),
            before=words.percent(cell["previous_step_rate"]),
            change=words.points(change),
            users=words.count(round(abs(change) * cell["entrants"])),
            looks=words.count(cell["looks"]),
        ),
        change,
        float(cell["step_rate_change_low"]),
        float(cell["step_rate_change_high"]),
        "bad" if change < 0 else "good",
    )


def _no_comparison(setting: Setting) -> Finding:
    sentence = message(
        "There is no comparison with the period before: it starts on {first}, the data on {since}."
    )
    first = setting.period.previous().first
    return Finding(
        sentence.format(first=words.day(first), since=_day(setting.data.since, setting)),
        status="unknown",
    )


def _young(setting: Setting, young: int) -> Finding:
    sentence = ngettext(
        "{users} user started later, up to {day}, and still has time to go on: "
        "this attempt is in no rate above.",
        "{users} users started later, up to {day}, and still have time to go on: "
        "these attempts are in no rate above.",
        young,
    )
    closes = setting.groups[setting.place("young")].closes
    until = min(closes - TICK, setting.data.until or closes)
    return Finding(
        sentence.format(users=words.count(young), day=_day(until, setting)), float(young)
    )


def _nobody(setting: Setting, young: int) -> Finding:
    """Why there is no funnel to show."""
    if setting.data.since is None:
        sentence = say("There are no events, so there is no funnel to show.")
    elif young:
        sentence = ngettext(
            "It is too early to judge the {users} user of this period: "
            "each is given {window}, and the data end on {until}.",
            "It is too early to judge the {users} users of this period: "
            "each is given {window}, and the data end on {until}.",
            young,
        )
    else:
        sentence = message(
            "Nobody started with {first} in this period, {period}; "
            "the data run from {since} to {until}."
        )
    return Finding(
        sentence.format(
            users=words.count(young),
            window=words.duration(setting.window),
            first=words.label(setting.steps[0]),
            period=setting.period,
            since=_day(setting.data.since, setting),
            until=_day(setting.data.until, setting),
        ),
        status="unknown",
    )


def _day(instant: datetime | None, setting: Setting) -> str:
    if instant is None:
        return ""
    return words.day(to_local(instant, setting.period.time_zone))
