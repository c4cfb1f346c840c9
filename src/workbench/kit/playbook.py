"""What a shop has written about its risks: thresholds, what they cost, and who does what about them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from workbench import yaml_text
from workbench.errors import SourceError, unknown
from workbench.stats.interval import Interval
from workbench.yaml_text import Fields, Node

DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "compliance": ("policy_change", "platform_rules"),
    "operations": ("content_quality", "user_interaction", "campaign_effect"),
    "technology": ("system_stability", "security"),
    "market": ("competition", "preference_shift"),
}
"""The four dimensions of risk with their categories, nine in all."""

CATEGORIES: Mapping[str, str] = {own: one for one, many in DIMENSIONS.items() for own in many}
"""The dimension of each category."""

_Read = TypeVar("_Read")
TREATMENTS = ("reduce", "transfer", "avoid", "accept")
_STEPS = ("plan", "do", "check", "act")
_NEEDED = ("owner", "due_days", "treatment", *_STEPS)
_KEYS = (*_NEEDED, "escalate_to", "accepted_by", "accepted_until")


class Threshold(NamedTuple):
    """From where on an indicator is yellow, and red, in its own unit."""

    yellow: float
    red: float


@dataclass(frozen=True)
class Response:
    """What is done about a red.

    Attributes:
        owner: Who answers for it.
        due_days: Days after it began by which it is to be done.
        treatment: `reduce`, `transfer`, `avoid` or `accept`.
        steps: What to plan, do, check and act upon, by these four words.
        escalate_to: Who is told where it is overdue; "" for nobody.
        accepted_by: Who accepted the risk; "" for nobody.
        accepted_until: The last day on which it is accepted; None where it is not.
    """

    owner: str
    due_days: int
    treatment: str
    steps: Mapping[str, str]
    escalate_to: str = ""
    accepted_by: str = ""
    accepted_until: date | None = None


@dataclass(frozen=True)
class Playbook:
    """What a shop has written in `parameters/risk/SOURCE.yaml`; empty where there is no such file.

    Attributes:
        responses: By category, or by indicator, which comes first.
        costs: Of an event of an indicator, from..to, in the main unit of the currency.
        kinds: The category of each kind in the table `incidents`.
        name: The file, for errors; "" where there is none.
    """

    responses: Mapping[str, Response] = field(default_factory=dict)
    costs: Mapping[str, Interval] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def response(self, indicator: str, category: str) -> Response | None:
        """Return what is done about an indicator; None where nothing is written."""
        return self.responses.get(indicator) or self.responses.get(category)


def read_playbook(path: Path) -> Playbook:
    """Return what a file says; nothing where it is not there.

    Args:
        path: `parameters/risk/SOURCE.yaml`: `responses`, `costs`, `incidents`.

    Raises:
        SourceError: If a key is missing or unknown, or a value is not what it must be.
    """
    if not path.is_file():
        return Playbook()
    given = yaml_text.read(path.read_text(encoding="utf-8"), path.name).known(
        "section", ("responses", "costs", "incidents")
    )
    return Playbook(
        _each(given, "responses", _response),
        _each(given, "costs", _cost),
        _each(given, "incidents", _category),
        path.name,
    )


def read_thresholds(path: Path) -> dict[str, Threshold]:
    """Return the thresholds that a file of goals holds in its section `risk`, by indicator.

    Args:
        path: `parameters/goals/SOURCE.yaml`.

    Raises:
        SourceError: If one has no yellow or no red, or is no number.
    """
    if not path.is_file():
        return {}
    sections = yaml_text.read(path.read_text(encoding="utf-8"), path.name).mapping("the file")
    own = sections["risk"].mapping("risk") if "risk" in sections else {}
    return _each(Fields(own), "thresholds", _threshold)


def _each(given: Fields, section: str, read: Callable[[str, Node], _Read]) -> dict[str, _Read]:
    nodes = given[section].mapping(section) if section in given else {}
    return {name: read(name, node) for name, node in nodes.items()}


def _threshold(name: str, node: Node) -> Threshold:
    given = node.known("key of a threshold", Threshold._fields)
    for key in Threshold._fields:
        if key not in given:
            raise SourceError(f"{node.place}: the threshold '{name}' has no '{key}'")
    return Threshold(*(_number(given[key], f"{name}: {key}") for key in Threshold._fields))


def _response(name: str, node: Node) -> Response:
    given = node.known("key of a response", _KEYS)
    for key in _NEEDED:
        if key not in given:
            raise SourceError(f"{node.place}: the response '{name}' has no '{key}'")
    treatment = given.text("treatment")
    if treatment not in TREATMENTS:
        raise SourceError(
            f"{given['treatment'].place}: {unknown('treatment', treatment, TREATMENTS)}"
        )
    days = _number(given["due_days"], f"{name}: due_days")
    if days != int(days):
        raise SourceError(f"{given['due_days'].place}: {name}: due_days must be a whole number")
    return Response(
        given.text("owner"),
        int(days),
        treatment,
        {step: given.text(step) for step in _STEPS},
        given.text("escalate_to"),
        given.text("accepted_by"),
        _until(given, name),
    )


def _until(given: Fields, name: str) -> date | None:
    if given.text("accepted_until") and not given.text("accepted_by"):
        raise SourceError(f"{given['accepted_until'].place}: {name} has no 'accepted_by'")
    return given.day("accepted_until", name)


def _cost(name: str, node: Node) -> Interval:
    given = node.known("key of a cost", ("from", "to"))
    low, high = (_number(given[key], f"{name}: {key}") if key in given else math.nan
                 for key in ("from", "to"))  # fmt: skip
    if not low <= high:
        raise SourceError(f"{node.place}: the cost '{name}' must say from and to, in this order")
    return Interval((low + high) / 2, low, high)


def _category(_kind: str, node: Node) -> str:
    name = node.text("a category")
    if name not in CATEGORIES:
        raise SourceError(f"{node.place}: {unknown('category', name, CATEGORIES)}")
    return name


def _number(node: Node, what: str) -> float:
    value = node.number(what)
    if not 0 <= value < math.inf:
        raise SourceError(
            f"{node.place}: {what} == '{node.text(what)}', must be a number from 0 on"
        )
    return value
