"""Goals beside the actuals: reached or not, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, cast

import pandas as pd

from workbench import yaml_text
from workbench.errors import SourceError, unknown
from workbench.kit import words
from workbench.kit.findings import Finding, Status
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.sentences import message, say, say_n
from workbench.stats.interval import UNKNOWN, Interval

if TYPE_CHECKING:
    from workbench.kit.scope import Scope
    from workbench.yaml_text import Node


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


def _hours(value: float) -> str:
    return words.duration(3600 * value)


def _hours_apart(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{_hours(abs(value))}"


def _days(value: float) -> str:
    if math.isnan(value):
        return words.count(value)
    return say_n("{n:count} day", "{n:count} days", round(value))


def _days_apart(value: float) -> str:
    return f"{'−' if round(value) < 0 else '+'}{_days(abs(value))}"


_HOURS = Measure(False, _hours, _hours_apart)  # noqa: FBT003 - a table
_DAYS = Measure(False, _days, _days_apart)  # noqa: FBT003 - a table
_RATE = Measure(True, words.percent, words.points)  # noqa: FBT003 - a table
MEASURES: Mapping[str, Measure] = {
    "conversion": _RATE,
    "organic_visits": _RATE,
    "retention_day_7": _RATE,
    "live_over_notes": Measure(True, words.points, words.points),  # noqa: FBT003
    "repurchase_rate": _RATE,
    "ltv_growth": Measure(False, words.percent, words.points),  # noqa: FBT003
    "life_cycle_months": Measure(False, words.months, _months_apart),  # noqa: FBT003
    "first_response_hours": _HOURS,
    "flagged_rate": _RATE,
    "policy_response_hours": _HOURS,
    "warned_days": _DAYS,
    "warned_days_technology": _DAYS,
    "warned_days_market": _DAYS,
    "warned_rate": _RATE,
    "warned_rate_technology": _RATE,
    "warned_rate_market": _RATE,
    "warnings_true_rate": _RATE,
}
"""What a goal may be set for: the metrics of results, by their names."""

THRESHOLDS = ("risk", "thresholds")
"""What stands among the goals and is none: see `playbook.read_thresholds`."""


class Goal(NamedTuple):
    """What a shop means to reach of a measure.

    Attributes:
        value: In the measure's unit.
        better: Which way is good: `down` where the actual is to stay below it.
        by: The last day until which it is not missed yet; None where it holds already.
    """

    value: float
    better: Literal["up", "down"] = "up"
    by: date | None = None


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


def read_goals(path: Path) -> dict[str, Goal]:
    """Return the goals that a file gives, by measure; none where it is not there.

    Args:
        path: `parameters/goals/SOURCE.yaml`: sections, each with goals by measure. A goal is a
            number or `{value, better, by}`.

    Raises:
        SourceError: If a goal stands in no section or in two, names no known measure, or gives what
            its measure cannot be.
    """
    if not path.is_file():
        return {}
    sections = yaml_text.read(path.read_text(encoding="utf-8"), path.name).mapping("the file")
    goals: dict[str, Goal] = {}
    for section, node in sections.items():
        if isinstance(node.value, str):
            raise SourceError(
                f"{node.place}: '{section}' stands in no section, must be below one such as funnel:"
            )
        for name, given in node.mapping(section).items():
            if (section, name) == THRESHOLDS:
                continue
            if name not in MEASURES:
                raise SourceError(f"{given.place}: {unknown('goal', name, MEASURES)}")
            if name in goals:
                raise SourceError(f"{given.place}: the goal '{name}' is given twice")
            goals[name] = _goal(given, name)
    return goals


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


def _goal(given: Node, name: str) -> Goal:
    if isinstance(given.value, str):
        return Goal(_value(given, name))
    known = given.known("key of a goal", Goal._fields)
    if "value" not in known:
        raise SourceError(f"{given.place}: {name} has no value")
    better = known.text("better") or "up"
    if better not in {"up", "down"}:
        raise SourceError(f"{known['better'].place}: {unknown('better', better, ('up', 'down'))}")
    return Goal(
        _value(known["value"], name), cast('Literal["up", "down"]', better), known.day("by", name)
    )


def _value(given: Node, name: str) -> float:
    value = given.number(name)
    if must := MEASURES[name].must(value):
        raise SourceError(f"{given.place}: {name} == '{given.text(name)}', {must}")
    return value


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


def _finding(row: _Row, why: str) -> Finding:
    measure, name = MEASURES[row.measure], words.label(row.measure)
    goal = measure.write(row.goal)
    if row.better == "down":
        goal = say("at most {goal}", goal=goal)
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
