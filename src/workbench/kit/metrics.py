"""The few headline figures of a result, by the names that goals and later weeks know them by."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from workbench.kit.findings import Better
from workbench.stats.interval import Interval

Unit = Literal["rate", "points", "growth", "months", "days", "hours", "amount", "count", "ratio"]
COLUMNS = ("metric", "figure", "figure_low", "figure_high", "unit", "better")


@dataclass(frozen=True)
class Metric:
    """A headline figure.

    Attributes:
        name: In the field's words, such as `repurchase_rate`; the same in every week.
        interval: Its value with the ends of its 95 % interval; NaN where it is not known, and the
            ends where the figure is a plain count.
        unit: `rate` (0..1), `points` (a difference of rates), `growth` (relative), `months`,
            `days`, `hours`, `amount` (minor units), `count`, `ratio`.
        better: Which way is good.
        why: The reason that a reader is told where it is not known: a sentence without its
            beginning and its full stop.
    """

    name: str
    interval: Interval
    unit: Unit
    better: Better = "up"
    why: str = ""


def plain(value: float) -> Interval:
    """Return a count or an amount, of which nothing is in doubt."""
    return Interval(float(value), math.nan, math.nan)


def frame(metrics: Iterable[Metric]) -> pd.DataFrame:
    """Return metrics as a table: `metric`, `figure` with its ends, `unit`, `better`."""
    rows = [(one.name, *one.interval, one.unit, one.better) for one in metrics]
    return pd.DataFrame(rows, columns=list(COLUMNS))
