"""The charts of a funnel: each a finding, with its picture and its words."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench.analyses.funnel.phrases import leak, leak_sentence
from workbench.charts import Chart, bars, histogram, line
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.language import translated_plural as ngettext
from workbench.kit.sentences import message, say
from workbench.stats.rates import contrasts

_DAY = 86_400
_ENOUGH = 20  # users, below which the nine in ten of a title are a handful
_TICKS = (60, 3600, 8 * 3600, 2 * _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY)
_DOUBT = 0.05


def draw_steps(steps: pd.DataFrame) -> Chart | MissingData:
    """Return how many users come how far.

    Args:
        steps: `Funnel.steps`.
    """
    if steps["users"].iloc[0] == 0:
        return _nobody()
    row = leak(steps)
    labels = [words.label(event) for event in steps["event"]]
    texts = [
        f"{words.count(users)} · {words.percent(rate)}"
        for users, rate in zip(steps["users"], steps["overall_rate"], strict=True)
    ]
    compared = bool(steps["previous_overall_rate"].notna().all())
    return bars(
        labels,
        list(steps["overall_rate"]),
        texts=texts,
        title=say("Everybody came as far as the last step.")
        if row is None
        else leak_sentence(steps, row),
        alt=say("Users who reached each step: {rows}.", rows=_listed(labels, texts)),
        low=list(steps["overall_rate_low"]),
        high=list(steps["overall_rate_high"]),
        before=list(steps["previous_overall_rate"]) if compared else None,
        highlight=row,
        note=say("Users, and their share of those at the first step. Thin line: 95 % interval.")
        + (say(" Grey stroke: the period before.") if compared else ""),
    )


def draw_trend(weekly: pd.DataFrame) -> Chart | MissingData:
    """Return the overall rate by start week.

    Args:
        weekly: `Funnel.weekly`.
    """
    started = weekly[weekly["overall_rate"].notna() & weekly["is_complete"].astype(bool)]
    first, last = (started[started["step"] == step] for step in (1, started["step"].max()))
    current = last.loc[last["period"] == "current", "first_day"]
    if last.empty:
        return _nobody()
    rows = pd.DataFrame(
        {
            "when": pd.to_datetime(last["first_day"]).to_numpy(),
            "users": last["users"].to_numpy(),
            "entrants": first["users"].to_numpy(),
            "value": last["overall_rate"].to_numpy(),
            "low": last["overall_rate_low"].to_numpy(),
            "high": last["overall_rate_high"].to_numpy(),
        }
    )
    step = words.label(str(last["event"].iloc[0]))
    texts = [words.percent(rate) for rate in rows["value"]]
    alt = message(
        "Share of users who came as far as {step}, by the week in which they started: {rows}."
    )
    return line(
        rows,
        title=_odd_week(rows, step),
        alt=alt.format(step=step, rows=_listed([_day(day) for day in rows["when"]], texts)),
        since=pd.Timestamp(current.min()) if len(current) else None,
        note=say("A point is the users who started in the week from that day; band: 95 % interval.")
        + (say(" Grey: the period before.") if len(current) < len(last) else "")
        + ("" if weekly["is_complete"].all() else say(" Weeks too young to judge are left out.")),
    )


def draw_times(
    times: pd.DataFrame, classes: pd.DataFrame, steps: pd.DataFrame
) -> Chart | MissingData:
    """Return how long users take from the first step to the last.

    Args:
        times: `Funnel.time_to_convert`.
        classes: `Funnel.time_histogram`.
        steps: `Funnel.steps`.
    """
    one, last = times.iloc[0], words.label(str(steps["event"].iloc[-1]))
    if one["users"] == 0:
        sentence = message("Nobody came as far as {step}, so there is no time to show.")
        return MissingData(sentence.format(step=last))
    if one["users"] < _ENOUGH:
        sentence = ngettext(
            "{users} user came as far as {step}: too few to say how long it takes.",
            "{users} users came as far as {step}: too few to say how long it takes.",
            int(one["users"]),
        )
        return MissingData(sentence.format(users=words.count(one["users"]), step=last))
    half, most = words.duration(one["median_seconds"]), words.duration(one["p90_seconds"])
    edges = [*classes["from_seconds"], classes["to_seconds"].iloc[-1]]
    spans = [say("up to {time:duration}", time=end) for end in classes["to_seconds"]]
    texts = [words.count(users) for users in classes["users"]]
    title = message(
        "Half of those who came as far as {step} did so within {half}, nine in ten within {most}."
    )
    return histogram(
        edges,
        list(classes["users"]),
        title=title.format(step=last, half=half, most=most),
        alt=say("Users by the time that they took: {rows}.", rows=_listed(spans, texts)),
        ticks={edge: words.duration(edge) for edge in edges if edge in _TICKS},
        marks={say("half: {time}", time=half): float(one["median_seconds"])},
        note=say("From the first step to the last. Each bar to the right spans a longer time."),
    )


def pairs(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """Return users and entrants of each row."""
    return [
        (int(users), int(entrants))
        for users, entrants in zip(rows["users"], rows["entrants"], strict=True)
    ]


def _odd_week(rows: pd.DataFrame, step: str) -> str:
    """Name the week that differs most surely from all other weeks together."""
    found = contrasts(pairs(rows))
    one = min(found, key=lambda week: (week.p_value, -week.part))
    if len(found) == 1:
        sentence = message("{own} of those who started in the week of {day} came as far as {step}.")
    elif one.p_value * len(found) < _DOUBT:
        sentence = ngettext(
            "The week of {day} stands out: {own} came as far as {step}, {rest} in the other week.",
            "The week of {day} stands out: {own} came as far as {step}, {rest} in the other weeks.",
            len(found) - 1,
        )
    else:
        sentence = message(
            "No week differs by more than chance would explain: "
            "{low} to {high} came as far as {step}."
        )
    return sentence.format(
        own=words.percent(one.rate),
        day=_day(rows["when"].iloc[one.part]),
        step=step,
        rest=words.percent(one.rest),
        low=words.percent(rows["value"].min()),
        high=words.percent(rows["value"].max()),
    )


def _listed(names: Sequence[str], texts: Sequence[str]) -> str:
    return "; ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b}"


def _nobody() -> MissingData:
    return MissingData(say("Nobody started in this period whose time has passed: nothing to draw."))
