"""Goals beside the actuals: reached or not, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from workbench import project, yaml_text
from workbench.errors import SourceError, unknown
from workbench.kit import words
from workbench.kit.findings import Finding, Status
from workbench.kit.words import _
from workbench.stats.rates import Interval

_FILE = "parameters/goals.yaml"


@dataclass(frozen=True)
class Measure:
    """What a goal is set for: its unit, what may be given, and how it is told.

    Attributes:
        unit: `rate` (0..1), `points` (a difference of two rates), `growth` (relative), `months`.
        allows: Whether a goal may be so high.
        must: What may be given, in words.
        write: Writes a value of it.
        write_distance: Writes how far a value lies from the goal, with its sign.
    """

    unit: str
    allows: Callable[[float], bool]
    must: str
    write: Callable[[float], str]
    write_distance: Callable[[float], str]


def _months_apart(value: float) -> str:
    return f"{'−' if round(value, 1) < 0 else '+'}{words.months(abs(value))}"


def _is_share(value: float) -> bool:
    return 0 <= value <= 1


def _is_above(value: float) -> bool:
    return 0 < value < math.inf


_SHARE = "must be a share of 0..1"
_ABOVE = "must be above 0"
RATE = Measure("rate", _is_share, _SHARE, words.percent, words.points)
POINTS = Measure("points", _is_share, _SHARE, words.points, words.points)
GROWTH = Measure("growth", _is_above, _ABOVE, words.percent, words.points)
MONTHS = Measure("months", _is_above, _ABOVE, words.months, _months_apart)


@dataclass(frozen=True)
class Goals:
    """Every goal beside its actual.

    Attributes:
        goals: `measure`, `unit` (rate, points, growth, months), and in that unit `goal`, `actual`
            with its ends, `distance` (actual less goal) with its ends; `is_reached` (null where
            not known), `status`. An actual may be null while an end of it is known.
        findings: The same in sentences: the missed ones first.
    """

    goals: pd.DataFrame
    findings: tuple[Finding, ...]


def read(section: str, measures: Mapping[str, Measure]) -> dict[str, float]:
    """Return the goals that a section of `parameters/goals.yaml` gives, by measure.

    Args:
        section: Its name there.
        measures: What may have a goal.

    Raises:
        SourceError: If the file or the section is not there, names no known measure, or gives
            what its measure cannot be.
    """
    path = project.root() / _FILE
    if not path.is_file():
        raise SourceError(f"no goals: '{path}' is not there")
    sections = yaml_text.read(path.read_text(encoding="utf-8"), path.name).mapping("the file")
    for name, node in sections.items():
        if isinstance(node.value, str):
            raise SourceError(
                f"{node.place}: '{name}' stands in no section, must be below one such as {section}:"
            )
    if section not in sections:
        raise SourceError(f"{path.name}: no goals for it: {unknown('section', section, sections)}")
    goals = {}
    for name, node in sections[section].mapping(section).items():
        if name not in measures:
            raise SourceError(f"{node.place}: {unknown('goal', name, measures)}")
        goals[name] = _goal(node.text(name), name, measures[name], node.place)
    return goals


def compare(
    goals: Mapping[str, float],
    measures: Mapping[str, Measure],
    actuals: Mapping[str, Interval],
    reasons: Mapping[str, str] | None = None,
) -> Goals:
    """Return each goal beside what was reached.

    A goal counts as reached if the actual is not below it; the interval says how sure that is. An
    actual that cannot be told, as data lack or history is too short, is grey, unless even its
    known end misses or reaches the goal.

    Args:
        goals: By measure, as `read` returns them.
        measures: How each is told.
        actuals: What was reached with its 95 % interval; NaN where it is not known.
        reasons: Why an actual is not known, a sentence without its beginning and its full stop.
    """
    rows = [_row(name, goal, measures[name].unit, actuals[name]) for name, goal in goals.items()]
    found = [_finding(row, measures[row.measure], (reasons or {}).get(row.measure)) for row in rows]
    order = {"bad": 0, "neutral": 1, "good": 2, "unknown": 3}
    return Goals(
        pd.DataFrame(rows, columns=list(_Row._fields)),
        tuple(sorted(found, key=lambda one: order[one.status])),
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


def _goal(text: str, name: str, measure: Measure, place: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not measure.allows(value):
        raise SourceError(f"{place}: {name} == '{text}', {measure.must}")
    return value


def _row(name: str, goal: float, unit: str, actual: Interval) -> _Row:
    value, low, high = actual
    reached: bool | None = None
    status: Status = "unknown"
    if high < goal or low > goal:
        reached = low > goal
        status = "good" if reached else "bad"
    elif not math.isnan(value):
        reached, status = value >= goal, "neutral"
    distances = (value - goal, low - goal, high - goal)
    return _Row(name, unit, goal, *actual, *distances, reached, status)


def _finding(row: _Row, measure: Measure, reason: str | None) -> Finding:
    write, name = measure.write, words.label(row.measure)
    if row.status == "unknown":
        text = _("{name}: goal {goal}; {reason}.").format(
            name=name,
            goal=write(row.goal),
            reason=reason or _("the data do not tell it, or not for long enough"),
        )
        return Finding(text, status="unknown")
    known = not math.isnan(row.actual)
    sentence = {
        ("good", True): _(
            "{name}: {value}, goal {goal} reached ({distance}; 95 % sure: {low} to {high})."
        ),
        ("bad", True): _(
            "{name}: {value}, goal {goal} missed ({distance}; 95 % sure: {low} to {high})."
        ),
        ("neutral", True): _(
            "{name}: {value}, at the goal of {goal} within doubt ({low} to {high})."
        ),
        ("good", False): _("{name}: at least {low}, goal {goal} reached."),
        ("bad", False): _("{name}: at most {high}, goal {goal} missed."),
    }[row.status, known]
    text = sentence.format(
        name=name,
        value=write(row.actual),
        goal=write(row.goal),
        distance=measure.write_distance(row.distance),
        low=write(row.actual_low),
        high=write(row.actual_high),
    )
    ends = (row.actual_low, row.actual_high)
    return (
        Finding(text, row.actual, *ends, row.status) if known else Finding(text, status=row.status)
    )
