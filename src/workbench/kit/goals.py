"""Goals beside the actuals: reached or not, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pandas as pd

from workbench.kit import words
from workbench.kit.aims import MEASURES, Goal
from workbench.kit.findings import Finding, Status
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.sentences import message, say
from workbench.stats.interval import UNKNOWN, Interval

if TYPE_CHECKING:
    from workbench.kit.scope import Scope


@dataclass(frozen=True)
class Goals(Result):
    """The goals that a report's figures can be held against, each beside its actual.

    Attributes:
        goals: `measure`, `unit` (that of the metric), and in that unit `goal`, `actual`
            with its ends, `distance` (actual less goal) with its ends; `better` (`up` or `down`),
            `by` (the day it is to be reached by, null where it holds already), `is_reached` (null
            where not known), `status`. An actual may be null while an end of it is known.
        findings: The same in sentences: the missed ones first; one that says so where there is none.
    """

    TOPICS: ClassVar = ("goal",)
    COMES_ALONG: ClassVar = True
    goals: pd.DataFrame


_NOTES = {
    "good": message("Goal {goal}: reached"),
    "bad": message("Goal {goal}: missed"),
    "neutral": message("Goal {goal}: within doubt"),
    "early": message("Goal {goal} by {by:day}"),
}


def note(scope: Scope, actual: Metric) -> str:
    """Return how a figure stands to the shop's goal for it, for its tile; empty where there is none."""
    if actual.name not in scope.goals:
        return ""
    row = _row(scope.goals[actual.name], actual, scope.period.last)
    if row.status == "unknown":
        return ""
    is_early = row.status == "neutral" and row.is_reached is False and row.by is not None
    goal = _goal_of(row)
    return say(_NOTES["early" if is_early else row.status], goal=goal, by=row.by or "")


def compare(scope: Scope, *results: Result) -> Goals:
    """Return the shop's goals beside what was reached, of those that these results tell.

    A goal counts as reached if the actual is not on its wrong side; the interval says how sure that
    is. One that has time until a later day is not missed before it. An actual that cannot be told, as
    data lack or history is too short, is grey, unless even its known end misses or reaches the goal.

    Args:
        scope: Whose goals.
        results: By their metrics.
    """
    told = {one.name: one for result in results for one in result.metrics}
    today = scope.period.last
    rows = [_row(goal, told[name], today) for name, goal in scope.goals.items() if name in told]
    found = [_finding(row, told[row.measure].why) for row in rows]
    order = {"bad": 0, "neutral": 1, "good": 2, "unknown": 3}
    first = tuple(sorted(found or _none(scope, results), key=lambda one: order[one.status]))
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
    better: str
    by: date | None
    is_reached: bool | None
    status: Status


def _none(scope: Scope, results: Sequence[Result]) -> list[Finding]:
    """That no goal is held against these results, where one would be set, and what could have one.

    Figures that a finding tells already are not told again.
    """
    if scope.goals or not (name := scope.settings.goals_name):
        return [Finding.about("goal", say("No goal is set for what this report tells."))]
    file = f"parameters/{name}"
    none = say("No goals are set for this shop: {file} would hold them.", file=file)
    said = {one.figure for result in results for one in result.findings}
    figures = [one for result in results for one in result.metrics if one.name in MEASURES]
    fresh = [one for one in figures if one.interval.is_known and one.interval.value not in said]
    return [Finding.about("goal", none), *map(_figure, fresh)]


def _figure(actual: Metric) -> Finding:
    value, low, high = map(MEASURES[actual.name].write, actual.interval)
    text = say(
        "{name:label}: {value} (95 % sure: {low} to {high}).",
        name=actual.name,
        value=value,
        low=low,
        high=high,
    )
    return Finding.about("goal", text, actual.interval)


def _row(goal: Goal, actual: Metric, today: date) -> _Row:
    value, low, high = actual.interval
    reached: bool | None = None
    status: Status = "unknown"
    if math.isnan(low) and math.isnan(high) and not math.isnan(value):
        low = high = value  # a fact, of which nothing is in doubt
    if high < goal.value or low > goal.value:
        reached = (low > goal.value) == (goal.better == "up")
        has_time = not reached and goal.by is not None and today < goal.by
        status = "good" if reached else "neutral" if has_time else "bad"
    elif not math.isnan(value):
        reached = value >= goal.value if goal.better == "up" else value <= goal.value
        status = "neutral"
    distances = (value - goal.value, low - goal.value, high - goal.value)
    return _Row(
        actual.name,
        actual.unit,
        goal.value,
        *actual.interval,
        *distances,
        goal.better,
        goal.by,
        reached,
        status,
    )


_SURE = {
    "good": message(
        "{name}: {value}, goal {goal} reached ({distance}; 95 % sure: {low} to {high})."
    ),
    "bad": message("{name}: {value}, goal {goal} missed ({distance}; 95 % sure: {low} to {high})."),
    "neutral": message(
        "{name}: {value}, goal {goal} by {by:day} not reached yet ({distance}; 95 % sure: {low} to "
        "{high})."
    ),
}
_FACT = {
    "good": message("{name}: {value}, goal {goal} reached ({distance})."),
    "bad": message("{name}: {value}, goal {goal} missed ({distance})."),
    "neutral": message("{name}: {value}, goal {goal} by {by:day} not reached yet ({distance})."),
}
"""By status, of what is in no doubt."""
_BY_AN_END = {
    ("good", True): message("{name}: at least {low}, goal {goal} reached."),
    ("bad", True): message("{name}: at least {low}, goal {goal} missed."),
    ("neutral", True): message("{name}: at least {low}, goal {goal} by {by:day} not reached yet."),
    ("good", False): message("{name}: at most {high}, goal {goal} reached."),
    ("bad", False): message("{name}: at most {high}, goal {goal} missed."),
    ("neutral", False): message("{name}: at most {high}, goal {goal} by {by:day} not reached yet."),
}
"""By status, and whether the actual lies above the goal."""


def _template(row: _Row) -> str:
    above = row.actual_low > row.goal
    if math.isnan(row.actual):
        return _BY_AN_END[row.status, above]
    if math.isnan(row.actual_low) and row.actual != row.goal:
        return _FACT[row.status]
    if above or row.actual_high < row.goal:
        return _SURE[row.status]
    if math.isnan(row.actual_low):
        return message("{name}: {value}, goal {goal} reached.")
    return message("{name}: {value}, at the goal of {goal} within doubt ({low} to {high}).")


def _goal_of(row: _Row) -> str:
    goal = MEASURES[row.measure].write(row.goal)
    return say("at most {goal}", goal=goal) if row.better == "down" else goal


def _finding(row: _Row, why: str) -> Finding:
    measure, name, goal = MEASURES[row.measure], words.label(row.measure), _goal_of(row)
    if row.status == "unknown":
        reason = why or say("the data do not tell it, or not for long enough")
        text = say("{name}: goal {goal}; {reason}.", name=name, goal=goal, reason=reason)
        return Finding(text, status="unknown", topic="goal")
    text = say(
        _template(row),
        name=name,
        value=measure.write(row.actual),
        goal=goal,
        by=row.by or "",
        distance=measure.write_distance(row.distance),
        low=measure.write(row.actual_low),
        high=measure.write(row.actual_high),
    )
    known = not math.isnan(row.actual)
    ends = Interval(row.actual, row.actual_low, row.actual_high) if known else UNKNOWN
    return Finding.about("goal", text, ends, row.status)
