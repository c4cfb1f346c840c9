"""Probabilities that were forecast at a cut-off, held against what happened."""

from __future__ import annotations

import pandas as pd

from workbench.charts import Chart, dots
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say
from workbench.stats.calibration import Calibration
from workbench.stats.interval import Interval

TOPIC = "calibration"
_HOLDS = message(
    "The forecast probabilities ({what}) hold: on average {forecast:percent}, and it came true for "
    "{happened:percent} of {users:count} users; group by group they miss by {ece:decimal} points, as a "
    "perfect forecast could by chance (up to {perfect:decimal} points)."
)
_MISSES = {  # by the side on which what happened lies
    -1: message(
        "The forecast probabilities ({what}) are too high: on average {forecast:percent}, and it came "
        "true for {happened:percent} of {users:count} users; group by group they miss by "
        "{ece:decimal} points, where a perfect forecast would hardly miss by more than {perfect:decimal}."
    ),
    0: message(
        "The forecast probabilities ({what}) are right on the whole, but not group by group: on "
        "average {forecast:percent}, and it came true for {happened:percent} of {users:count} users; "
        "groups miss by {ece:decimal} points, where a perfect forecast would hardly miss by more than {perfect:decimal}."
    ),
    1: message(
        "The forecast probabilities ({what}) are too low: on average {forecast:percent}, and it came "
        "true for {happened:percent} of {users:count} users; group by group they miss by "
        "{ece:decimal} points, where a perfect forecast would hardly miss by more than {perfect:decimal}."
    ),
}


def told(found: Calibration, what: str) -> Finding:
    """Return whether probabilities hold: bad if they miss by more than a perfect forecast could.

    Args:
        found: As `stats.calibration.calibrate` returns it, of one user or more.
        what: What was forecast, as it stands in brackets.
    """
    holds = found.ece_rate <= found.perfect_ece_rate.high
    # Too few hits for an intercept may still be too few for the forecast.
    side = found.intercept.side() or found.happened_rate.side(found.forecast_rate)
    sentence = say(
        _HOLDS if holds else _MISSES[side],
        what=what,
        forecast=found.forecast_rate,
        happened=found.happened_rate.value,
        users=found.users,
        ece=100 * found.ece_rate,
        perfect=100 * found.perfect_ece_rate.high,
    )
    figure = Interval(found.ece_rate)
    return Finding.about(TOPIC, sentence, figure, "neutral" if holds else "bad")


def frame(found: Calibration, measure: str) -> pd.DataFrame:
    """Return how probabilities hold over all users, in one row.

    Args:
        found: As `stats.calibration.calibrate` returns it.
        measure: What was forecast, by the name of its column.

    Returns:
        `measure`, and the attributes of `Calibration` by their names, with `_low` and `_high`.
    """
    row: dict[str, object] = {"measure": measure}
    for name, value in vars(found).items():
        row |= value.spread(name) if isinstance(value, Interval) else {name: value}
    return pd.DataFrame([row])


def reliability_chart(curve: pd.DataFrame, title: str, panel: str) -> Chart:
    """Return what happened to each group of users beside what was forecast, the highest first.

    Args:
        curve: As `stats.calibration.by_group` returns it, of one user or more.
        title: The finding.
        panel: What happened, and over which days.
    """
    rows = curve[::-1].reset_index(drop=True)
    labels = [
        say("{place:count}. {rate:percent}", place=place, rate=rate)
        for place, rate in enumerate(rows["forecast_rate"], start=1)
    ]
    texts = [
        say("{forecast:percent} forecast, {happened:percent} came", forecast=one, happened=other)
        for one, other in zip(rows["forecast_rate"], rows["happened_rate"], strict=True)
    ]
    drawn = {
        "panel": panel,
        "label": labels,
        "value": rows["happened_rate"],
        "low": rows["happened_rate_low"],
        "high": rows["happened_rate_high"],
        "before": rows["forecast_rate"],
    }
    return dots(
        pd.DataFrame(drawn),
        title=title,
        alt=say("Groups of users, the highest probability first: {texts}.", texts="; ".join(texts)),
        note=say(
            "Groups of users by their probability, which is written before each and drawn as a "
            "stroke; dot: what happened, line: 95 % interval."
        ),
    )
