"""How the indicators and their nine categories stood, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from workbench.analyses.risk.signal import STATUSES, Signal
from workbench.charts import Chart, states
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.playbook import CATEGORIES
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n
from workbench.periods import Week

_COLUMNS = (
    "week", "dimension", "category", "indicator", "name", "figure", "figure_low", "figure_high",
    "status", "reason", "is_open",
)  # fmt: skip


def history(scope: Scope, signals: Sequence[Signal]) -> pd.DataFrame:
    """Return the worst colour of each week of the period, and the value at its end, by indicator.

    Args:
        scope: Its period.
        signals: Of every indicator.
    """
    monday, last = Week.of(scope.period.first).monday, scope.period.last
    mondays = [monday + timedelta(weeks=n) for n in range((last - monday).days // 7 + 1)]
    rows = [
        row
        for one in signals
        for day in mondays
        if one.days and day + timedelta(days=6) >= one.days[0]
        for row in [_week(one, max(0, (day - one.days[0]).days), (day - one.days[0]).days + 6)]
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _week(one: Signal, first: int, end: int) -> tuple[object, ...]:
    end = min(end, len(one.days) - 1)
    closed = max(min(end, one.last), first - 1)
    status = one.status[first : closed + 1]
    worst = int(first + np.argmax(status)) if len(status) else -1
    values = [
        float(part[closed]) if len(status) else np.nan for part in (one.rate, one.low, one.high)
    ]
    return (
        str(Week.of(one.days[end])),
        one.of.dimension,
        one.of.category,
        one.of.label,
        one.of.name,
        *values,
        STATUSES[int(one.status[worst])] if worst >= 0 else "grey",
        (one.reason(worst) or None) if worst >= 0 else None,
        end > one.last,
    )


_RED = {
    0: message("No category that is known was red in any of these weeks"),
    1: message("Red for the most weeks: {categories:names}, in {weeks:count} of {all:count}"),
    2: message("Red for the most weeks: {categories:names}, each in {weeks:count} of {all:count}"),
}
"""By how many were; from two on they are even."""


def map_chart(rows: pd.DataFrame) -> Chart | MissingData:
    """Return the nine categories over the weeks, each as bad as its worst indicator.

    Args:
        rows: What `history` returned.
    """
    if not (rows["status"] != "grey").any():
        return MissingData(say("Nothing of the nine categories is known in these weeks."))
    place = {name: number for number, name in enumerate(STATUSES)}
    closed = rows.assign(place=rows["status"].map(place))
    worst = closed.pivot_table("place", "category", "week", aggfunc="max", fill_value=0)
    worst = worst.reindex(list(CATEGORIES), fill_value=0)[sorted(worst.columns)]
    red = (worst == place["red"]).sum(axis=1)
    weeks = worst.shape[1]
    most = [str(name) for name in red.index[(red == red.max()) & (red > 0)]]
    title = say(_RED[min(len(most), 2)], categories=most, weeks=int(red.max()), all=weeks)
    drawn = [
        {
            "row": words.label(str(category)),
            "when": Week.parse(str(week)).monday,
            "state": STATUSES[int(value)],
        }
        for category, own in worst.iterrows()
        for week, value in own.items()
    ]
    counted = [
        say_n("{category:label}: red in {n:count} week", "{category:label}: red in {n:count} weeks",
              int(n), category=str(category))
        for category, n in red.items()
    ]  # fmt: skip
    return states(
        pd.DataFrame(drawn),
        title=title,
        alt="; ".join(counted),
        note=say(
            "Each mark: a week, by its Monday, as bad as the worst day of the worst indicator. Red square: "
            "red; yellow triangle: yellow; green dot: green; grey stroke: not known."
        ),
    )
