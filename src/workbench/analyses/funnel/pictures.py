"""The charts of a funnel: each a finding, with its picture and its words."""

from __future__ import annotations

import pandas as pd

from workbench import words
from workbench.analyses.funnel.phrases import duration, leak_sentence, segment_name
from workbench.charts import Chart, bars, dots, histogram, line
from workbench.errors import MissingData
from workbench.words import _

_TICKS = (60, 3600, 12 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400)


def steps_chart(steps: pd.DataFrame) -> Chart | MissingData:
    """Return how many users come how far.

    Args:
        steps: `Funnel.steps`.
    """
    if steps["users"].iloc[0] == 0:
        return _nobody()
    labels = [words.label(event) for event in steps["event"]]
    texts = [
        f"{words.count(users)} · {words.percent(rate)}"
        for users, rate in zip(steps["users"], steps["overall_rate"], strict=True)
    ]
    leaks = bool(steps["lost_users"].max() > 0)
    compared = steps["previous_overall_rate"].notna().all()
    note = _("Users and their share of those at the first step; black: 95 % interval.")
    return bars(
        labels,
        list(steps["overall_rate"]),
        texts=texts,
        title=leak_sentence(steps) if leaks else _("Everybody came as far as the last step."),
        alt=_listed(_("Users by step: {rows}."), labels, texts),
        low=list(steps["overall_rate_low"]),
        high=list(steps["overall_rate_high"]),
        before=list(steps["previous_overall_rate"]) if compared else None,
        highlight=int(steps["lost_users"].to_numpy().argmax()) if leaks else None,
        note=note + (" " + _("Grey strokes: the period before.") if compared else ""),
    )


def segments_chart(segments: pd.DataFrame, by: str) -> Chart | MissingData:
    """Return each step's rate for each segment.

    Args:
        segments: `Funnel.segments`.
        by: The column by which segments are told apart.
    """
    if segments.empty:
        return _nobody() if by else MissingData(_("No column was named by which to compare users."))
    later = segments[segments["step"] > 1]
    names = [segment_name(segment, by) for segment in later["segment"]]
    panels = [_("to {step}").format(step=words.label(event)) for event in later["event"]]
    rows = pd.DataFrame(
        {
            "panel": panels,
            "label": names,
            "value": later["step_rate"].to_numpy(),
            "low": later["step_rate_low"].to_numpy(),
            "high": later["step_rate_high"].to_numpy(),
            "before": later["previous_step_rate"].to_numpy(),
        }
    ).sort_values("panel", key=lambda column: column.map(panels.index), kind="stable")
    texts = [words.percent(rate) for rate in rows["value"]]
    where = [f"{label} {panel}" for label, panel in zip(rows["label"], rows["panel"], strict=True)]
    note = _("Share of users who go on to the next step, with its 95 % interval.")
    compared = bool(rows["before"].notna().any())
    return dots(
        rows,
        title=_widest(later, by),
        alt=_listed(
            _("Share who go on, by step and {by}: {{rows}}.").format(by=words.label(by).lower()),
            where,
            texts,
        ),
        note=note + (" " + _("Upright strokes: the period before.") if compared else ""),
    )


def trend_chart(weekly: pd.DataFrame) -> Chart | MissingData:
    """Return the overall rate by start week.

    Args:
        weekly: `Funnel.weekly`.
    """
    last = weekly[weekly["step"] == weekly["step"].max()]
    known = last[last["overall_rate"].notna()]
    if known.empty:
        return _nobody()
    rows = pd.DataFrame(
        {
            "when": pd.to_datetime(known["first_day"]).to_numpy(),
            "value": known["overall_rate"].to_numpy(),
            "low": known["overall_rate_low"].to_numpy(),
            "high": known["overall_rate_high"].to_numpy(),
        }
    )
    step = words.label(known["event"].iloc[0])
    days = [_day(day) for day in rows["when"]]
    current = known.loc[known["period"] == "current", "first_day"]
    partial = not known["is_complete"].all()
    note = _("Each point: users who started in the week from that Monday, with its 95 % interval.")
    return line(
        rows,
        title=_course(rows, step),
        alt=_listed(
            _("Share who came as far as {step}, by start week: {{rows}}.").format(step=step),
            days,
            [words.percent(rate) for rate in rows["value"]],
        ),
        since=pd.Timestamp(current.min()) if len(current) else None,
        note=note
        + (" " + _("Grey: the period before.") if len(current) < len(known) else "")
        + (" " + _("The last week holds only those whose time has passed.") if partial else ""),
    )


def time_chart(
    times: pd.DataFrame, classes: pd.DataFrame, steps: pd.DataFrame
) -> Chart | MissingData:
    """Return how long users take from the first step to the last.

    Args:
        times: `Funnel.time_to_convert`.
        classes: `Funnel.time_histogram`.
        steps: `Funnel.steps`.
    """
    one, last = times.iloc[0], words.label(steps["event"].iloc[-1])
    if one["users"] == 0:
        return MissingData(
            _("Nobody came as far as {step} here, so there is no time to show.").format(step=last)
        )
    half, most = duration(one["median_seconds"]), duration(one["p90_seconds"])
    edges = [*classes["from_seconds"], classes["to_seconds"].iloc[-1]]
    spans = [_("up to {time}").format(time=duration(end)) for end in classes["to_seconds"]]
    return histogram(
        edges,
        list(classes["users"]),
        title=_(
            "Half of those who came as far as {step} did so within {half}, nine in ten within {most}."
        ).format(step=last, half=half, most=most),
        alt=_listed(
            _("Users by time: {rows}."), spans, [words.count(users) for users in classes["users"]]
        ),
        ticks={edge: duration(edge) for edge in edges if edge in _TICKS or edge == edges[-1]},
        marks={_("half: {time}").format(time=half): float(one["median_seconds"])},
        note=_("Time from the first step to the last. The classes widen to the right."),
    )


def _widest(later: pd.DataFrame, by: str) -> str:
    """Name the step at which segments differ most, and its ends."""
    sized = later[later["step_rate"].notna()]
    rates = sized.groupby("step")["step_rate"]
    apart = rates.max() - rates.min()
    if apart.empty or apart.max() == 0:
        return _("Users go on alike in every {by}.").format(by=words.label(by).lower())
    step = sized[sized["step"] == apart.idxmax()]
    best, worst = step.loc[step["step_rate"].idxmax()], step.loc[step["step_rate"].idxmin()]
    return _(
        "{by} matters most on the way to {step}: {high} go on for {best}, {low} for {worst}."
    ).format(
        by=words.label(by),
        step=words.label(best["event"]),
        high=words.percent(best["step_rate"]),
        best=segment_name(best["segment"], by),
        low=words.percent(worst["step_rate"]),
        worst=segment_name(worst["segment"], by),
    )


def _course(rows: pd.DataFrame, step: str) -> str:
    """Say from where to where the rate went, and if that is more than doubt."""
    first, last = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        return _("{rate} of those who started in the week of {day} came as far as {step}.").format(
            rate=words.percent(last["value"]), day=_day(last["when"]), step=step
        )
    apart = last["low"] > first["high"] or last["high"] < first["low"]
    sentence = (
        _("The share who come as far as {step} went from {before} ({then}) to {now} ({day}).")
        if apart
        else _(
            "The share who come as far as {step} shows no clear trend: {before} ({then}), {now} ({day})."
        )
    )
    return sentence.format(
        step=step,
        before=words.percent(first["value"]),
        then=_day(first["when"]),
        now=words.percent(last["value"]),
        day=_day(last["when"]),
    )


def _listed(sentence: str, names: list[str], texts: list[str]) -> str:
    pairs = zip(names, texts, strict=True)
    return sentence.format(rows="; ".join(f"{name} {text}" for name, text in pairs))


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b}"


def _nobody() -> MissingData:
    return MissingData(_("Nobody whose time has passed started in this period: nothing to draw."))
