"""Goals beside the actuals: reached or not, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from workbench import project, words
from workbench.analyses.funnel.content import Content
from workbench.analyses.funnel.funnel import Funnel
from workbench.analyses.funnel.habits import Habits
from workbench.analyses.funnel.journey import FROM_ORDERS
from workbench.errors import SourceError, unknown
from workbench.findings import Finding, Status
from workbench.rates import UNKNOWN, Interval, difference
from workbench.sources import yaml_text
from workbench.words import _

MEASURES = ("conversion", "organic_visits", "live_over_notes", "retention_day_7")
_FORMATS = ("live", "image_text")


@dataclass(frozen=True)
class Goals:
    """Every goal beside its actual.

    Attributes:
        goals: `measure`, `goal_rate`, `actual_rate` with its ends, `distance_change` (actual less
            goal) with its ends, `is_reached` (null where not known), `status`.
        findings: The same in sentences: the missed ones first.
    """

    goals: pd.DataFrame
    findings: tuple[Finding, ...]


def read_goals() -> dict[str, float]:
    """Return the goals of `parameters/goals.yaml` by measure, as shares of 0..1.

    Raises:
        SourceError: If the file is not there, names no known measure, or gives no share.
    """
    path = project.root() / "parameters/goals.yaml"
    if not path.is_file():
        raise SourceError(f"no goals: '{path}' is not there")
    given = yaml_text.read(path.read_text(encoding="utf-8"), path.name).mapping("the file")
    goals = {}
    for name, node in given.items():
        if name not in MEASURES:
            raise SourceError(f"{node.place}: {unknown('goal', name, MEASURES)}")
        goals[name] = _share(node.text(name), name, node.place)
    return goals


def compare(goals: Mapping[str, float], funnel: Funnel, content: Content, habits: Habits) -> Goals:
    """Return each goal beside what was reached.

    A goal counts as reached if the actual is not below it; the interval says how sure that is. An
    actual that cannot be told, as data lack or history is too short, is grey.

    Args:
        goals: By measure, as `read_goals` returns them.
        funnel: For `conversion`, the overall rate of the last step.
        content: For `live_over_notes`, the difference of the conversions of both formats.
        habits: For `organic_visits` and `retention_day_7`.
    """
    actuals: dict[str, Callable[[], Interval]] = {
        "conversion": lambda: _conversion(funnel),
        "organic_visits": lambda: _habit(habits, "organic_visits"),
        "live_over_notes": lambda: _live_over_notes(content),
        "retention_day_7": lambda: _habit(habits, "retention_day_7"),
    }
    rows = [_row(name, goal, actuals[name]()) for name, goal in goals.items()]
    frame = pd.DataFrame(rows, columns=list(_row("conversion", 0.0, UNKNOWN)))
    found = [_finding(row) for row in rows]
    order = {"bad": 0, "neutral": 1, "good": 2, "unknown": 3}
    return Goals(frame, tuple(sorted(found, key=lambda one: order[one.status])))


def _share(text: str, name: str, place: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise SourceError(f"{place}: {name} == '{text}', must be a share of 0..1")
    return value


def _conversion(funnel: Funnel) -> Interval:
    if funnel.steps["event"].iloc[0] in FROM_ORDERS:
        return UNKNOWN  # who has ordered already is no visitor
    last = funnel.steps.iloc[-1]
    return (
        float(last["overall_rate"]),
        float(last["overall_rate_low"]),
        float(last["overall_rate_high"]),
    )


def _habit(habits: Habits, name: str) -> Interval:
    rows = habits.rates[habits.rates["measure"] == name]
    if rows.empty:
        return UNKNOWN
    one = rows.iloc[0]
    return float(one["rate"]), float(one["rate_low"]), float(one["rate_high"])


def _live_over_notes(content: Content) -> Interval:
    formats = content.formats
    bought = (formats["conversion_rate"] * formats["visits"]).round()
    pairs = [
        (int(bought[own].sum()), int(formats.loc[own, "visits"].sum()))
        for own in (formats["format"] == kind for kind in _FORMATS)
    ]
    return difference(*pairs) if all(visits for _bought, visits in pairs) else UNKNOWN


def _row(name: str, goal: float, actual: Interval) -> dict[str, object]:
    value, low, high = actual
    known = not math.isnan(value)
    reached = value >= goal if known else None
    status: Status = "unknown"
    if known:
        status = "neutral" if low <= goal <= high else "good" if reached else "bad"
    return {
        "measure": name,
        "goal_rate": goal,
        "actual_rate": value,
        "actual_rate_low": low,
        "actual_rate_high": high,
        "distance_change": value - goal,
        "distance_change_low": low - goal,
        "distance_change_high": high - goal,
        "is_reached": reached,
        "status": status,
    }


def _finding(row: Mapping[str, object]) -> Finding:
    name, status = words.label(str(row["measure"])), row["status"]
    goal = float(row["goal_rate"])  # type: ignore[arg-type]
    value, low, high = (
        float(row[f"actual_rate{end}"])  # type: ignore[arg-type]
        for end in ("", "_low", "_high")
    )
    # A difference of two rates is told in points.
    write = words.points if row["measure"] == "live_over_notes" else words.percent
    if status == "unknown":
        text = _("{name}: goal {goal}; the data do not tell it, or not for long enough.")
        return Finding(text.format(name=name, goal=write(goal)), status="unknown")
    sentence = {
        "good": _("{name}: {value}, goal {goal} reached ({distance}; 95 % sure: {low} to {high})."),
        "bad": _("{name}: {value}, goal {goal} missed ({distance}; 95 % sure: {low} to {high})."),
        "neutral": _("{name}: {value}, at the goal of {goal} within doubt ({low} to {high})."),
    }[str(status)]
    text = sentence.format(
        name=name,
        value=write(value),
        goal=write(goal),
        distance=words.points(value - goal),
        low=write(low),
        high=write(high),
    )
    return Finding(text, value, low, high, status)  # type: ignore[arg-type]
