"""How long those who come as far as the last step take for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench.charts import Chart, histogram
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.sentences import message, pairs, say, say_n, say_rows

if TYPE_CHECKING:
    from workbench.analyses.funnel.funnel import Funnel

_DAY = 86_400
_ENOUGH = 20  # users, below which the nine in ten of a title are a handful
_TICKS = (60, 3600, 8 * 3600, 2 * _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY)
_MOST_TICKS = 7  # that have room beside one another on a phone
_TITLE = {
    False: message(
        "Half of those who came as far as {step:label} did so within {half}, nine in ten within "
        "{most}."
    ),
    True: message("Nine in ten of those who came as far as {step:label} did so within {most}."),
}
"""By whether half of them took as long, as it is written."""


def chart(funnel: Funnel) -> Chart | MissingData:
    """Return how long users take from the first step to the last, as a histogram."""
    one, classes = funnel.time_to_convert.iloc[0], funnel.time_histogram
    last = str(funnel.steps["event"].iloc[-1])
    if funnel.steps["users"].iloc[0] == 0:
        return MissingData(say("So there is no time to show either."))
    if one["users"] == 0:
        nobody = message("Nobody came as far as {step:label}, so there is no time to show.")
        return MissingData(say(nobody, step=last))
    if one["users"] < _ENOUGH:
        few = say_n(
            "{n:count} user came as far as {step:label}: too few to say how long it takes.",
            "{n:count} users came as far as {step:label}: too few to say how long it takes.",
            int(one["users"]),
            step=last,
        )
        return MissingData(few)
    half, most = (float(one[name]) for name in ("median_seconds", "p90_seconds"))
    told = [_within(seconds, classes) for seconds in (half, most)]
    filled = classes["users"].to_numpy().nonzero()[0]
    # With an empty class on either side, so that one alone is seen as a bar.
    classes = classes.iloc[max(filled[0] - 1, 0) : filled[-1] + 2]
    edges = [*classes["from_seconds"], classes["to_seconds"].iloc[-1]]
    spans = say_rows("up to {to_seconds:duration}", classes)
    return histogram(
        edges,
        list(classes["users"]),
        title=say(_TITLE[told[0] == told[1]], step=last, half=told[0], most=told[1]),
        alt=say(
            "Users by the time that they took: {rows}.",
            rows=pairs(spans, map(words.count, classes["users"])),
        ),
        ticks=_ticks(edges),
        marks={say("half: {time}", time=told[0]): half},
        note=say("From the first step to the last. Each bar to the right spans a longer time."),
    )


def _within(seconds: float, classes: pd.DataFrame) -> str:
    """A time as a reader is told it; of times known by the day, that of the same day."""
    is_by_day = classes["to_seconds"].iloc[0] >= _DAY
    return say("the day") if is_by_day and seconds == 0 else words.duration(seconds)


def _ticks(edges: Sequence[float]) -> dict[float, str]:
    """Which borders of classes are named: as many as have room beside one another on a phone."""
    apart = -(-len(edges) // _MOST_TICKS)
    named: list[int] = []
    for place, edge in enumerate(edges):
        is_usual = edge in _TICKS or len(edges) <= _MOST_TICKS
        if is_usual and edge and (not named or place - named[-1] >= apart):
            named.append(place)
    return {edges[place]: words.duration(edges[place]) for place in named}
