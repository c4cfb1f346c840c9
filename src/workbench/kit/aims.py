"""What a shop means to reach: the goals that its file gives, and what a goal may be set for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from workbench import yaml_text
from workbench.errors import SourceError, unknown
from workbench.kit import words
from workbench.kit.sentences import say_n

if TYPE_CHECKING:
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


def hours(value: float) -> str:
    """Return so many hours as a person says it."""
    return words.duration(3600 * value)


def _hours_apart(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{hours(abs(value))}"


def days(value: float) -> str:
    """Return so many days, whole ones."""
    if math.isnan(value):
        return words.count(value)
    return say_n("{n:count} day", "{n:count} days", round(value))


def _days_apart(value: float) -> str:
    return f"{'−' if round(value) < 0 else '+'}{days(abs(value))}"


_HOURS = Measure(False, hours, _hours_apart)  # noqa: FBT003 - a table
_DAYS = Measure(False, days, _days_apart)  # noqa: FBT003 - a table
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
