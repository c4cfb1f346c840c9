"""What a shop does for the users of each class: `parameters/actions.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench import yaml_text
from workbench.errors import ParameterError, SourceError, unknown
from workbench.kit.levels import CLASSES, Levels
from workbench.yaml_text import Node

_KEYS = ("action", "channel", "listed")


@dataclass(frozen=True)
class Action:
    """What is done for the users of a class.

    Attributes:
        text: What, in the shop's own words.
        channel: By which way.
        listed: The levels whose users are put on the list.
    """

    text: str
    channel: str
    listed: tuple[str, ...]


def read_actions(path: Path, levels: Levels) -> dict[str, Action]:
    """Return the actions that a file gives, by class.

    Args:
        path: `parameters/actions.yaml`.
        levels: The levels that may be listed, each under its own class.

    Raises:
        SourceError: If the file is not there, a class or key is missing or unknown, or a level
            is not one of its class.
    """
    if not path.is_file():
        raise SourceError(f"no actions: '{path}' is not there")
    given = yaml_text.read(path.read_text(encoding="utf-8"), path.name).known("class", CLASSES)
    for name in CLASSES:
        if name not in given:
            raise SourceError(f"{path.name}: the class '{name}' is missing")
    return {name: _action(name, given[name], levels) for name in CLASSES}


def check_actions(actions: Mapping[str, Action], levels: Levels) -> None:
    """Refuse actions that do not go with the levels.

    Args:
        actions: By class.
        levels: The levels that may be listed, each under its own class.

    Raises:
        ParameterError: If a class is missing or unknown, or a level is not one of its class.
    """
    for name in (*CLASSES, *actions):
        if name not in CLASSES:
            raise ParameterError(unknown("class", name, CLASSES))
        if name not in actions:
            raise ParameterError(f"actions: the class '{name}' is missing")
        for level in actions[name].listed:
            if level not in (own := levels.of_class(name)):
                raise ParameterError(f"actions: {unknown(f'level of {name}', level, own)}")


def _action(name: str, node: Node, levels: Levels) -> Action:
    given = node.known("key of an action", _KEYS)
    for key in _KEYS:
        if key not in given:
            raise SourceError(f"{node.place}: the class '{name}' has no '{key}'")
    own = levels.of_class(name)
    listed = given["listed"].texts("a listed level")
    for level in listed:
        if level not in own:
            raise SourceError(f"{given['listed'].place}: {unknown(f'level of {name}', level, own)}")
    text, channel = (given[key].text(f"the {key}") for key in ("action", "channel"))
    return Action(text, channel, tuple(listed))
