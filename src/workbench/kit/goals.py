"""Goals beside the actuals: reached or not, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pandas as pd

from workbench import yaml_text
from workbench.errors import SourceError, unknown
from workbench.kit import words
from workbench.kit.findings import Finding, Status
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.sentences import message, say
from workbench.stats.interval import UNKNOWN, Interval

if TYPE_CHECKING:
    from workbench.kit.scope import Scope


class Measure(NamedTuple):
    """What a goal is set for: what may be given, and how it is told.

    Attributes:
        is_share: Whether a goal is a share of 0..1; else it is above 0.
        write: Writes a value of it.
        write_distance: Writes how far a value lies from the goal, with its sign.
    """

    is_share: bool
    write: Callable[[float], str]
    write_distance: Callable[[float], str]

    def must(self, goal: float) -> str:
        """Return what a goal must be, if it is not that."""
        if self.is_share:
            return "" if 0 <= goal <= 1 else "must be a share of 0..1"
        return "" if 0 < goal < math.inf else "must be above 0"


def _months_apart(value: float) -> str:
    return f"{'−' if round(value, 1) < 0 else '+'}{words.months(abs(value))}"


_RATE = Measure(True, words.percent, words.points)  # noqa: FBT003 - a table
MEASURES: Mapping[str, Measure] = {
    "conversion": _RATE,
    "organic_visits": _RATE,
    "retention_day_7": _RATE,
    "live_over_notes": Measure(True, words.points, words.points),  # noqa: FBT003
    "repurchase_rate": _RATE,
    "ltv_growth": Measure(False, words.percent, words.points),  # noqa: FBT003
    "life_cycle_months": Measure(False, words.months, _months_apart),  # noqa: FBT003
}
"""What a goal may be set for: the metrics of results, by their names."""


@dataclass(frozen=True)
class Goals(Result):
    """The goals that a report's figures can be held against, each beside its actual.

    Attributes:
        goals: `measure`, `unit` (that of the metric), and in that unit `goal`, `actual`
            with its ends, `distance` (actual less goal) with its ends; `is_reached` (null where
            not known), `status`. An actual may be null while an end of it is known.
        findings: The same in sentences: the missed ones first; one that says so where there is none.
    """

    TOPICS: ClassVar = ("goal",)
    goals: pd.DataFrame


def read_goals(path: Path) -> dict[str, float]:
    """Return the goals that a file gives, by measure.

    Args:
        path: `parameters/goals.yaml`: sections, each with goals by measure.

    Raises:
        SourceError: If the file is not there, a goal stands in no section or in two, names no
            known measure, or gives what its measure cannot be.
    """
    if not path.is_file():
        raise SourceError(f"no goals: '{path}' is not there")
    sections = yaml_text.read(path.read_text(encoding="utf-8"), path.name).mapping("the file")
    goals: dict[str, float] = {}
    for section, node in sections.items():
        if isinstance(node.value, str):
            raise SourceError(
                f"{node.place}: '{section}' stands in no section, must be below one such as funnel:"
            )
        for name, given in node.mapping(section).items():
            if name not in MEASURES:
                raise SourceError(f"{given.place}: {unknown('goal', name, MEASURES)}")
            if name in goals:
                raise SourceError(f"{given.place}: the goal '{name}' is given twice")
            goals[name] = _goal(given.text(name), name, given.place)
    return goals


def compare(scope: Scope, *results: Result) -> Goals:
    """Return the shop's goals beside what was reached, of those that these results tell.

    A goal counts as reached if the actual is not below it; the interval says how sure that is. An
    actual that cannot be told, as data lack or history is too short, is grey, unless even its
    known end misses or reaches the goal.

    Args:
        scope: Whose goals.
        results: By their metrics.
    """
    told = {one.name: one for result in results for one in result.metrics}
    rows = [_row(goal, told[name]) for name, goal in scope.goals.items() if name in told]
    found = [_finding(row, told[row.measure].why) for row in rows]
    none = Finding.about("goal", say("No goal is set for what this report tells."))
    order = {"bad": 0, "neutral": 1, "good": 2, "unknown": 3}
    first = tuple(sorted(found or [none], key=lambda one: order[one.status]))
    goals = pd.DataFrame(rows, columns=list(_Row._fields))
    if all(one.owners is None for one in results):
        return Goals(scope, goals, findings=first)
    return Goals(
        scope,
        goals,
        findings=first,
        owners=lambda: compare(scope.whole, *(one.whole for one in results)),
    )


class _Row(NamedTuple):
    """A row of the frame `Goals.goals`."""

    measure: str
    unit: str
    goal: float
    actual: float
    actual_low: float
    actual_high: float
    distance: float
    distance_low: float
    distance_high: float
    is_reached: bool | None
    status: Status


def _goal(text: str, name: str, place: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if must := MEASURES[name].must(value):
        raise SourceError(f"{place}: {name} == '{text}', {must}")
    return value


def _row(goal: float, actual: Metric) -> _Row:
    value, low, high = actual.interval
    reached: bool | None = None
    status: Status = "unknown"
    if high < goal or low > goal:
        reached = low > goal
        status = "good" if reached else "bad"
    elif not math.isnan(value):
        reached, status = value >= goal, "neutral"
    distances = (value - goal, low - goal, high - goal)
    return _Row(actual.name, actual.unit, goal, value, low, high, *distances, reached, status)


def _finding(row: _Row, why: str) -> Finding:
    measure, name = MEASURES[row.measure], words.label(row.measure)
    if row.status == "unknown":
        text = say(
            "{name}: goal {goal}; {reason}.",
            name=name,
            goal=measure.write(row.goal),
            reason=why or say("the data do not tell it, or not for long enough"),
        )
        return Finding(text, status="unknown", topic="goal")
    known = not math.isnan(row.actual)
    template = {
        ("good", True): message(
            "{name}: {value}, goal {goal} reached ({distance}; 95 % sure: {low} to {high})."
        ),
        ("bad", True): message(
            "{name}: {value}, goal {goal} missed ({distance}; 95 % sure: {low} to {high})."
        ),
        ("neutral", True): message(
            "{name}: {value}, at the goal of {goal} within doubt ({low} to {high})."
        ),
        ("good", False): message("{name}: at least {low}, goal {goal} reached."),
        ("bad", False): message("{name}: at most {high}, goal {goal} missed."),
    }[row.status, known]
    text = say(
        template,
        name=name,
        value=measure.write(row.actual),
        goal=measure.write(row.goal),
        distance=measure.write_distance(row.distance),
        low=measure.write(row.actual_low),
        high=measure.write(row.actual_high),
    )
    ends = Interval(row.actual, row.actual_low, row.actual_high) if known else UNKNOWN
    return Finding.about("goal", text, ends, row.status)
