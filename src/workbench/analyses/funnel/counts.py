"""From counts of users to the frames of a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.stats.interval import UNKNOWN
from workbench.stats.rates import difference, p_value, wilson

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_EDGES = (
    *(0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR),
    *(_DAY * n for n in (1, 2, 3, 5, 7, 14, 30, 60, 90)),
)


@dataclass(frozen=True)
class Counts:
    """How many users reached each step, at least.

    Attributes:
        now: Users by step.
        before: The same in the period before; None where there is nothing to compare with.
    """

    now: tuple[int, ...]
    before: tuple[int, ...] | None = None

    def at(self, step: int) -> tuple[tuple[int, int], tuple[int, int] | None]:
        """Return users at a step (from 0) and at the one before, now and in the period before."""
        now = (self.now[step], self.now[step - 1])
        before = None if self.before is None else (self.before[step], self.before[step - 1])
        return now, before


def reached(levels: pd.DataFrame, n: int) -> tuple[int, ...]:
    """Return how many users reached each step.

    Args:
        levels: `level`, `users`.
        n: How many steps there are.
    """
    return tuple(int(levels.loc[levels["level"] >= k, "users"].sum()) for k in range(1, n + 1))


def step_frame(counts: Counts, steps: Sequence[str], looks: int) -> pd.DataFrame:
    """Return the rows of one funnel, a row a step: the columns of `Funnel.steps`.

    Args:
        counts: Users by step.
        steps: The events in order.
        looks: How many changes are looked at in all, by which p-values are corrected.
    """
    return pd.DataFrame(
        [_step_row(counts, steps, place, looks) for place in range(len(steps))]
    ).astype({"step": "int64", "users": "int64", "lost_users": "int64"})


def _step_row(counts: Counts, steps: Sequence[str], place: int, looks: int) -> dict[str, Any]:
    before = counts.before
    row: dict[str, Any] = {"step": place + 1, "event": steps[place], "users": counts.now[place]}
    row["lost_users"] = 0 if place == 0 else counts.now[place - 1] - counts.now[place]
    step_now, step_before = counts.at(place) if place else ((0, 0), None)
    overall_now = (counts.now[place], counts.now[0])
    overall_before = None if before is None else (before[place], before[0])
    row |= _spread("step_rate", wilson(*step_now))
    row |= _spread("overall_rate", wilson(*overall_now))
    row["previous_users"] = np.nan if before is None else before[place]
    row["previous_step_rate"] = wilson(*step_before)[0] if step_before else np.nan
    row["previous_overall_rate"] = wilson(*overall_before)[0] if overall_before else np.nan
    row |= _spread(
        "step_rate_change", difference(step_now, step_before) if step_before else UNKNOWN
    )
    change = difference(overall_now, overall_before) if overall_before and place else UNKNOWN
    row |= _spread("overall_rate_change", change)
    row["p_value"] = p_value(step_now, step_before) if step_before else np.nan
    row["p_adjusted"] = min(1.0, row["p_value"] * looks) if step_before else np.nan
    return row


def weekly_rows(users: Sequence[int], steps: Sequence[str]) -> pd.DataFrame:
    """Return one week's `step`, `event`, `users`, `step_rate` and `overall_rate` with their ends."""
    frame = step_frame(Counts(tuple(users)), steps, 1)
    rates = [
        f"{name}{end}" for name in ("step_rate", "overall_rate") for end in ("", "_low", "_high")
    ]
    return frame[["step", "event", "users", *rates]]


def time_frame(seconds: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return one row of how long it took: the columns of `Funnel.time_to_convert`."""
    there = len(seconds) > 0
    quantiles = np.quantile(seconds, [0.25, 0.5, 0.75, 0.9]) if there else [np.nan] * 4
    names = ("p25_seconds", "median_seconds", "p75_seconds", "p90_seconds")
    return pd.DataFrame(
        {
            "users": [len(seconds)],
            "mean_seconds": [float(seconds.mean()) if there else np.nan],
            **{name: [float(value)] for name, value in zip(names, quantiles, strict=True)},
        }
    )


def time_histogram(seconds: np.ndarray[Any, Any], window_seconds: float) -> pd.DataFrame:
    """Return users by classes of time, which widen as time goes on: `Funnel.time_histogram`."""
    edges = [edge for edge in _EDGES if edge < window_seconds] + [window_seconds]
    users, _edges = np.histogram(seconds, bins=edges)
    return pd.DataFrame(
        {"from_seconds": edges[:-1], "to_seconds": edges[1:], "users": users}
    ).astype({"from_seconds": "float64", "to_seconds": "float64", "users": "int64"})


def _spread(name: str, interval: tuple[float, float, float]) -> dict[str, float]:
    value, low, high = interval
    return {name: value, f"{name}_low": low, f"{name}_high": high}
