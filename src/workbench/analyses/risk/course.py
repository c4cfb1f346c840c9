"""An indicator over time, beside what is usual and its thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.analyses.risk.signal import Signal
from workbench.analyses.risk.status import SPENT, write
from workbench.charts import Chart, watched
from workbench.errors import MissingData, ParameterError, unknown
from workbench.kit import words
from workbench.kit.scope import Scope
from workbench.kit.sentences import say, together


def watch_chart(scope: Scope, signals: Sequence[Signal], name: str) -> Chart | MissingData:
    """Return an indicator over the period, with what is usual and its thresholds.

    Args:
        scope: Its period is drawn.
        signals: All of them.
        name: Of the indicator; "" where there is none.

    Raises:
        ParameterError: If there is no such indicator.
    """
    by_name = {one.of.name: one for one in signals}
    if not name:
        return MissingData(say("No indicator is known from day to day, so there is none to draw."))
    if name not in by_name:
        raise ParameterError(unknown("indicator", name, by_name))
    one = by_name[name]
    rows = _drawn(scope, one)
    if one.last < 0 or rows["value"].notna().sum() < 2:  # noqa: PLR2004 - a line has two ends
        return MissingData(say("{label} is not known from day to day.", label=one.of.label))
    place, now = one.last, one.now
    is_changed = now in {"yellow", "red"} and one.since[place] >= 0
    value = write(one.of.unit, float(one.rate[place]), scope)
    title = say(
        "{label}: {value} in the seven days up to {day:day}", label=one.of.label, value=value,
        day=one.days[place],
    )  # fmt: skip
    note = say(
        "Each point: the seven days that end there; band: 95 % interval; dashed: what is usual by the "
        "weeks before; yellow and red lines: the thresholds; dotted upright: where a change began."
    )
    if one.of.unit == "per_order":
        note = together(say("Upwards: so many an order."), note)
    if one.of.unit == "per_spend":
        spent = say(
            "Upwards: orders per {spent:money} spent.", spent=SPENT, currency=scope.currency
        )
        note = together(spent, note)
    if one.of.closed_days:
        note = together(note, say("Hollow: days whose orders may still be sent back; not judged."))
    return watched(
        rows,
        thresholds=one.threshold._asdict(),
        form=lambda value: words.whole_percent(value) if one.of.unit == "rate" else words.short(value),
        since=one.days[one.began(place)] if is_changed else None,
        title=title,
        alt=title,
        note=note,
    )  # fmt: skip


def _drawn(scope: Scope, one: Signal) -> pd.DataFrame:
    first = max(scope.period.first, one.days[0]) if one.days else scope.period.first
    keep = slice(one.days.index(first), None) if one.days and first in one.days else slice(0)
    open_days = np.arange(len(one.days)) > one.last
    hits, trials = (
        np.convolve(part, np.ones(7))[: len(part)] for part in (one.of.hits, one.of.trials)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        still = np.where(open_days & (trials > 0), hits / trials, np.nan)
    return pd.DataFrame(
        {
            "when": list(one.days)[keep],
            "value": np.where(open_days, still, one.rate)[keep],
            "low": np.where(open_days, np.nan, one.low)[keep],
            "high": np.where(open_days, np.nan, one.high)[keep],
            "usual": np.where(open_days, np.nan, one.usual)[keep],
            "is_open": open_days[keep],
        }
    )
