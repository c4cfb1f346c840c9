"""Segments as pictures: who has it harder, and why a rate changed."""

from __future__ import annotations

import pandas as pd

from workbench.analyses.funnel.phrases import by_name, segment_name
from workbench.analyses.funnel.pictures import pairs
from workbench.charts import Chart, heat, waterfall
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.sentences import message, say
from workbench.paths.segments import REST
from workbench.stats.rates import contrasts

_DOUBT = 0.05


def draw_segments(segments: pd.DataFrame, steps: pd.DataFrame, by: str) -> Chart | MissingData:
    """Return each step's rate for each segment, the darker the more users are lost there.

    Args:
        segments: `Funnel.segments`.
        steps: `Funnel.steps`.
        by: The column by which segments are told apart; empty if by none.
    """
    if not by:
        return MissingData(say("No column was named by which to compare users."))
    if segments.empty:
        return MissingData(
            say("Nobody started in this period whose time has passed: nothing to draw.")
        )
    if len(segments["segment"].drop_duplicates()) == 1:
        name = segment_name(segments["segment"].iloc[0], by)
        alone = message("Only {segment} is looked at here: there are no others to compare with.")
        return MissingData(alone.format(segment=name))
    later = segments[segments["step"] > 1].sort_values("step", kind="stable")
    whole = steps.set_index("step")["step_rate"]
    behind = later["step"].map(whole).to_numpy() - later["step_rate"].to_numpy()
    rows = pd.DataFrame(
        {
            "row": [segment_name(segment, by) for segment in later["segment"]],
            "column": [say("to {step:label}", step=event) for event in later["event"]],
            "text": [words.percent(rate) for rate in later["step_rate"]],
            "weight": behind.clip(min=0),
        }
    )
    told = "; ".join(f"{one.row} {one.column} {one.text}" for one in rows.itertuples(index=False))
    return heat(
        rows.drop_duplicates(["row", "column"]),
        title=_apart(segments, by),
        alt=say("Share of users who go on, by step and {by}: {rows}.", by=by_name(by), rows=told),
        note=say(
            "Share of users at a step who go on to the next. Darker: further below the share of "
            "all users at that step."
        ),
    )


def draw_decomposition(
    decomposition: pd.DataFrame, steps: pd.DataFrame, by: str
) -> Chart | MissingData:
    """Return how the step rate that moved most users came from one period's to the other's.

    Args:
        decomposition: `Funnel.decomposition`.
        steps: `Funnel.steps`.
        by: The column by which segments are told apart; empty if by none.
    """
    if not by:
        return MissingData(say("No column was named by which to compare users."))
    if decomposition.empty:
        return MissingData(
            say("There is no period before to compare with, so there is no change to explain.")
        )
    rows = _most_moved(decomposition)
    one = steps[steps["step"] == rows["step"].iloc[0]].iloc[0]
    ordered = rows.sort_values("rate_effect", key=abs, ascending=False)
    names = [segment_name(segment, by) for segment in ordered["segment"]]
    mix = float(rows["mix_effect"].sum())
    labels = [*(say("Rate: {segment}", segment=name) for name in names), say("Other mix")]
    changes = [*ordered["rate_effect"], mix]
    texts = [words.points(change) for change in changes]
    return waterfall(
        labels,
        changes,
        start=(say("Before"), float(one["previous_step_rate"])),
        end=(say("Now"), float(one["step_rate"])),
        texts=texts,
        title=_moved(rows, one, steps, ordered, by),
        alt=say(
            "From {before:percent} to {now:percent}: {rows}.",
            before=one["previous_step_rate"],
            now=one["step_rate"],
            rows="; ".join(f"{name} {text}" for name, text in zip(labels, texts, strict=True)),
        ),
        note=say(
            "Rate: those of this {by} go on more or less often. Other mix: the shares of each {by} "
            "among the users changed. The parts add up exactly; the axis does not start at nought.",
            by=by_name(by),
        ),
    )


def _most_moved(decomposition: pd.DataFrame) -> pd.DataFrame:
    """The rows of the step whose change moved most users."""
    moved = decomposition.groupby("step").agg(
        users=("users", "sum"), change=("step_rate_change", "first")
    )
    step = (moved["users"] * moved["change"]).abs().idxmax()
    return decomposition[decomposition["step"] == step]


def _moved(
    rows: pd.DataFrame, one: pd.Series, steps: pd.DataFrame, ordered: pd.DataFrame, by: str
) -> str:
    rate, mix = float(rows["rate_effect"].sum()), float(rows["mix_effect"].sum())
    often = say("less often") if rate < 0 else say("more often")
    sentence = (
        message(
            "From {first} to {then}, {change}: {rate} as users of the same {by} go on {often}, "
            "above all {segment} ({own}), and {mix} as the mix of users changed."
        )
        if abs(rate) >= abs(mix)
        else message(
            "From {first} to {then}, {change}: {mix} as the mix of users changed, and only {rate} "
            "as users of the same {by} go on {often}."
        )
    )
    return sentence.format(
        first=words.label(str(steps["event"].iloc[int(one["step"]) - 2])),
        then=words.label(str(one["event"])),
        change=words.points(float(rows["step_rate_change"].iloc[0])),
        rate=words.points(rate),
        often=often,
        mix=words.points(mix),
        by=by_name(by),
        segment=segment_name(ordered["segment"].iloc[0], by),
        own=words.points(float(ordered["rate_effect"].iloc[0])),
    )


def _apart(segments: pd.DataFrame, by: str) -> str:
    """Name the segment and step that differ most surely from all other segments together."""
    cells = segments.assign(entrants=segments["users"].shift(fill_value=0))
    found = []
    for step in sorted(set(cells["step"]) - {1}):
        rows = cells[cells["step"] == step]
        found += [(one, rows.iloc[one.part]) for one in contrasts(pairs(rows))]
    named = [pair for pair in found if pair[1]["segment"] != REST and pd.notna(pair[1]["segment"])]
    one, cell = min(named, key=lambda pair: pair[0].p_value, default=(None, None))
    if one is None or cell is None or one.p_value * len(named) >= _DOUBT:
        return say(
            "No {by} differs from the others by more than chance would explain.", by=by_name(by)
        )
    return say(
        "On the way to {step:label}, {segment} stands out: {own:percent} go on, {rest:percent} of the others.",
        step=cell["event"],
        segment=segment_name(cell["segment"], by),
        own=one.rate,
        rest=one.rest,
    )
