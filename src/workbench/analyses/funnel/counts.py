"""From counts of users to the frames of a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyses.funnel.question import Question
from workbench.stats.interval import UNKNOWN, columns
from workbench.stats.rates import difference, p_value, wilson

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_EDGES = (
    *(0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR),
    *(_DAY * n for n in (1, 2, 3, 5, 7, 14, 30, 60, 90)),
)
_WEEK = ["week", "first_day", "period", "is_complete"]
_OF_WEEK = ["step", "event", "users", *columns("step_rate", "overall_rate")]


@dataclass(frozen=True)
class Counts:
    """How many users reached each step, at least.

    Attributes:
        now: Users by step.
        before: The same in the period before; None where there is nothing to compare with.
    """

    now: tuple[int, ...]
    before: tuple[int, ...] | None = None

    def share(self, step: int, of: int) -> tuple[tuple[int, int], tuple[int, int] | None]:
        """Return users at a step and at another (from 0), now and in the period before."""
        before = None if self.before is None else (self.before[step], self.before[of])
        return (self.now[step], self.now[of]), before


def reached(levels: pd.DataFrame, n: int) -> tuple[int, ...]:
    """Return how many users reached each of n steps, by `level` and `users`."""
    return tuple(int(levels.loc[levels["level"] >= k, "users"].sum()) for k in range(1, n + 1))


def step_frame(counts: Counts, steps: Sequence[str], comparisons: int) -> pd.DataFrame:
    """Return the rows of one funnel, a row a step: the columns of `Funnel.steps`.

    Args:
        counts: Users by step.
        steps: The events in order.
        comparisons: How many changes are looked at in all, by which p-values are corrected.
    """
    rows = [_step_row(counts, steps, place, comparisons) for place in range(len(steps))]
    return pd.DataFrame(rows).astype({"step": "int64", "users": "int64", "lost_users": "int64"})


def _step_row(counts: Counts, steps: Sequence[str], place: int, comparisons: int) -> dict[str, Any]:
    now, before = counts.share(place, place - 1) if place else ((0, 0), None)
    overall, overall_before = counts.share(place, 0)
    chance = p_value(now, before) if before else np.nan
    changed = difference(overall, overall_before) if overall_before and place else UNKNOWN
    return {
        "step": place + 1,
        "event": steps[place],
        "users": counts.now[place],
        "lost_users": now[1] - now[0],
        **wilson(*now).spread("step_rate"),
        **wilson(*overall).spread("overall_rate"),
        "previous_users": np.nan if counts.before is None else counts.before[place],
        "previous_step_rate": wilson(*before).value if before else np.nan,
        "previous_overall_rate": wilson(*overall_before).value if overall_before else np.nan,
        **(difference(now, before) if before else UNKNOWN).spread("step_rate_change"),
        **changed.spread("overall_rate_change"),
        "p_value": chance,
        "p_adjusted": min(1.0, chance * comparisons) if before else np.nan,
    }


def weekly_frame(counts: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the funnel of each week, from `Collected.counts`: the columns of `Funnel.weekly`."""
    n = len(question.steps)
    frames = [step_frame(Counts((0,) * n), question.steps, 1).head(0)]
    for place, one in enumerate(question.intakes):
        if one.week and one.period != "cut":
            users = reached(counts[counts["intake"] == place], n)
            week = dict(zip(_WEEK, (one.week, one.first, one.period, one.is_whole), strict=True))
            frames.append(step_frame(Counts(users), question.steps, 1).assign(**week))
    whole = pd.concat(frames[1:] or [frames[0].assign(**dict.fromkeys(_WEEK))], ignore_index=True)
    return whole[[*_WEEK, *_OF_WEEK]]


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


def time_histogram(
    seconds: np.ndarray[Any, Any], window_seconds: float, *, by_day: bool = False
) -> pd.DataFrame:
    """Return users by classes of time, which widen as time goes on: `Funnel.time_histogram`.

    Where times are known `by_day` only, the first class is a day.
    """
    wide = [edge for edge in _EDGES if edge < window_seconds and not (by_day and 0 < edge < _DAY)]
    edges = [*wide, window_seconds]
    # Whoever took just the time at which a class ends is of it, as it is called: up to that time.
    users = np.bincount(np.searchsorted(edges[1:], seconds), minlength=len(edges) - 1)
    return pd.DataFrame(
        {"from_seconds": edges[:-1], "to_seconds": edges[1:], "users": users}
    ).astype({"from_seconds": "float64", "to_seconds": "float64", "users": "int64"})
