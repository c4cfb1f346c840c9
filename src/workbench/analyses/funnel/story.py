"""What a funnel says, in sentences computed from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from workbench import words
from workbench.analyses.funnel.cohorts import Cohort
from workbench.analyses.funnel.collect import Span
from workbench.analyses.funnel.phrases import duration, leak_sentence, segment_name
from workbench.findings import Finding
from workbench.periods import Period, to_local
from workbench.words import _

_DOUBT = 0.05


@dataclass(frozen=True)
class Setting:
    """What a funnel was asked, and over which attempts.

    Attributes:
        period: In which attempts start.
        window: How long an attempt may take.
        data: From when to when data are there.
        steps: The events.
        by: The column that segments are told apart by, or empty.
        groups: The cohorts that there are.
    """

    period: Period
    window: timedelta
    data: Span
    steps: tuple[str, ...]
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
    found: list[Finding | None] = []
    if steps["users"].iloc[0] == 0:
        found = [_nobody(setting, young)]
    else:
        cells = segments if len(segments) else steps
        found = [_overall(setting, steps), _leak(steps), _change(setting, cells)]
        if young:
            found.append(_young(setting, young))
    return tuple(one for one in found if one is not None)


def _overall(setting: Setting, steps: pd.DataFrame) -> Finding:
    last, users = steps.iloc[-1], int(steps["users"].iloc[0])
    sentence = _(
        "Of {users} users who started with {first}, {rate} came as far as {last} within {window} "
        "(95 % sure: {low} to {high})"
    ).format(
        users=words.count(users),
        first=_name(setting.steps[0]),
        rate=words.percent(last["overall_rate"]),
        last=_name(setting.steps[-1]),
        window=duration(setting.window.total_seconds()),
        low=words.percent(last["overall_rate_low"]),
        high=words.percent(last["overall_rate_high"]),
    )
    change = last["overall_rate_change"]
    status = "neutral"
    if pd.isna(change):
        sentence += "."
    elif last["overall_rate_change_low"] <= 0 <= last["overall_rate_change_high"]:
        sentence += _(", about as many as in the period before ({before}).").format(
            before=words.percent(last["previous_overall_rate"])
        )
    else:
        status = "good" if change > 0 else "bad"
        sentence += _("; in the period before it was {before} ({change}).").format(
            before=words.percent(last["previous_overall_rate"]), change=words.points(change)
        )
    return Finding(
        sentence,
        float(last["overall_rate"]),
        float(last["overall_rate_low"]),
        float(last["overall_rate_high"]),
        status,  # type: ignore[arg-type]
    )


def _leak(steps: pd.DataFrame) -> Finding | None:
    worst = steps["lost_users"].idxmax()
    lost = int(steps["lost_users"].loc[worst])
    return Finding(leak_sentence(steps), float(lost)) if lost else None


def _change(setting: Setting, cells: pd.DataFrame) -> Finding:
    """The change that cost or won most users, of those beyond chance; or why none is told."""
    if not setting.has("previous"):
        return _no_comparison(setting)
    tested = cells[cells["p_adjusted"].notna()]
    looks = int((cells["step"] > 1).sum())
    if tested.empty:
        return Finding(
            _("Nobody started in the period before, so nothing can be compared with it."),
            status="unknown",
        )
    sure = tested[tested["p_adjusted"] < _DOUBT]
    if sure.empty:
        sentence = _(
            "No step changed against the period before by more than chance would explain "
            "({looks} comparisons)."
        )
        return Finding(sentence.format(looks=words.count(looks)))
    entrants = (
        cells.groupby("segment", dropna=False)["users"].shift()
        if setting.by
        else cells["users"].shift()
    )
    moved = sure["step_rate_change"] * entrants.loc[sure.index]
    return _changed(
        setting, sure.loc[moved.abs().idxmax()], float(moved.loc[moved.abs().idxmax()]), looks
    )


def _changed(setting: Setting, cell: pd.Series, moved: float, looks: int) -> Finding:
    down = moved < 0
    sentence = (
        _(
            "{step}{where} fell from {before} to {now} ({change}): about {users} users fewer at {last} than at the old rate."
        )
        if down
        else _(
            "{step}{where} rose from {before} to {now} ({change}): about {users} users more at {last} than at the old rate."
        )
    ).format(
        step=_("The share who go on from {before} to {after}").format(
            before=_name(setting.steps[int(cell["step"]) - 2]), after=_name(cell["event"])
        ),
        where=_(" on {segment}").format(segment=segment_name(cell["segment"], setting.by))
        if setting.by
        else "",
        before=words.percent(cell["previous_step_rate"]),
        now=words.percent(cell["step_rate"]),
        change=words.points(cell["step_rate_change"]),
        users=words.count(round(abs(moved))),
        last=_name(cell["event"]),
    )
    sentence += " " + _("Beyond chance, even as the strongest of {looks} comparisons.").format(
        looks=looks
    )
    return Finding(
        sentence,
        float(cell["step_rate_change"]),
        float(cell["step_rate_change_low"]),
        float(cell["step_rate_change_high"]),
        "bad" if down else "good",
    )


def _no_comparison(setting: Setting) -> Finding:
    since = setting.data.since
    sentence = _(
        "The data begin on {since} and do not reach back over the period before, so nothing can be compared with it."
    )
    return Finding(sentence.format(since=_day(since, setting)), status="unknown")


def _young(setting: Setting, young: int) -> Finding:
    sentence = _(
        "{users} users started on or after {day} and still have time to go on (each has {window}); "
        "they are left out of the rates."
    )
    opens = setting.groups[setting.place("young")].opens
    return Finding(
        sentence.format(
            users=words.count(young),
            day=_day(opens, setting),
            window=duration(setting.window.total_seconds()),
        ),
        float(young),
    )


def _nobody(setting: Setting, young: int) -> Finding:
    first, data = _name(setting.steps[0]), setting.data
    if data.since is None:
        return Finding(
            _("There are no events at all, so there is no funnel to show."), status="unknown"
        )
    if young:
        sentence = _(
            "All {users} users of this period started so recently that they still have time to go on "
            "(each has {window}): it is too early to judge."
        )
        return Finding(
            sentence.format(
                users=words.count(young), window=duration(setting.window.total_seconds())
            ),
            float(young),
            status="unknown",
        )
    sentence = _("Nobody started with {first} in {period}; the data run from {since} to {until}.")
    return Finding(
        sentence.format(
            first=first,
            period=setting.period,
            since=_day(data.since, setting),
            until=_day(data.until, setting),
        ),
        0.0,
        status="unknown",
    )


def _name(event: str) -> str:
    return words.label(event)


def _day(instant: datetime | None, setting: Setting) -> str:
    if instant is None:
        return words.percent(None)
    local = to_local(instant, setting.period.time_zone)
    return f"{local.day} {local:%b %Y}"
