"""What is done for each class, and the list of the users whom it is done for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench import project, yaml_text
from workbench.analyses.tiers.tiering import Tiers
from workbench.errors import SourceError, unknown
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.language import translated_plural as ngettext
from workbench.kit.levels import CLASSES, Levels
from workbench.yaml_text import Node

_KEYS = ("action", "channel", "listed")
_LIST = (
    *("user_id", "class", "level", "channel", "recency_days", "frequency", "monetary"),
    *("expected_orders", "order_probability", "expected_amount"),
)


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


@dataclass(frozen=True)
class Actions:
    """What is to be done, and for whom.

    Attributes:
        actions: A row a class: `class`, `action`, `channel`, `users`, `listed_users`.
        act_on: A row a user of the listed levels: `user_id`, `class`, `level`, `channel`,
            `recency_days`, `frequency`, `monetary`, `expected_orders`, `order_probability`,
            `expected_amount`; who is expected to bring most comes first, on
            whichever level: the forecast ranks users better than the levels do.
        findings: How many users are on the list, and what they are expected to bring.
    """

    actions: pd.DataFrame
    act_on: pd.DataFrame
    findings: tuple[Finding, ...]


def read_actions(levels: Levels) -> dict[str, Action]:
    """Return the actions of `parameters/actions.yaml` by class.

    Args:
        levels: The levels that may be listed, each under its own class.

    Raises:
        SourceError: If the file is not there, a class or key is missing or unknown, or a level
            is not one of its class.
    """
    path = project.root() / "parameters/actions.yaml"
    if not path.is_file():
        raise SourceError(f"no actions: '{path}' is not there")
    given = yaml_text.read(path.read_text(encoding="utf-8"), path.name).known("class", CLASSES)
    for name in CLASSES:
        if name not in given:
            raise SourceError(f"{path.name}: the class '{name}' is missing")
    return {name: _action(name, given[name], levels) for name in CLASSES}


def act(tiers: Tiers, actions: Mapping[str, Action]) -> Actions:
    """Return what is to be done for each class, and the list of the users to act on.

    Args:
        tiers: Who the users are.
        actions: What is done for each class, as `read_actions` returns it.
    """
    users = tiers.tiers
    listed = {level: kind for kind, action in actions.items() for level in action.listed}
    chosen = users[users["level"].isin(list(listed))]
    channel = chosen["class"].map({kind: action.channel for kind, action in actions.items()})
    ordered = chosen.assign(channel=channel).sort_values(
        ["expected_amount", "monetary", "user_id"],
        ascending=[False, False, True],
        ignore_index=True,
    )
    rows = [
        (
            kind,
            action.text,
            action.channel,
            int((users["class"] == kind).sum()),
            int((chosen["class"] == kind).sum()),
        )
        for kind, action in actions.items()
    ]
    table = pd.DataFrame(rows, columns=["class", "action", "channel", "users", "listed_users"])
    return Actions(table, ordered[list(_LIST)], (_told(ordered, tiers.currency),))


def _action(name: str, node: Node, levels: Levels) -> Action:
    given = node.known("key of an action", _KEYS)
    for key in _KEYS:
        if key not in given:
            raise SourceError(f"{node.place}: the class '{name}' has no '{key}'")
    own = [level for level, kind in levels.classes.items() if kind == name]
    listed = given["listed"].texts("a listed level")
    for level in listed:
        if level not in own:
            raise SourceError(f"{given['listed'].place}: {unknown(f'level of {name}', level, own)}")
    text, channel = (given[key].text(f"the {key}") for key in ("action", "channel"))
    return Action(text, channel, tuple(listed))


def _told(listed: pd.DataFrame, currency: str) -> Finding:
    users = len(listed)
    if listed["expected_amount"].isna().all():
        sentence = ngettext("{users} user is on the list.", "{users} users are on the list.", users)
        return Finding(sentence.format(users=words.count(users)))
    expected = float(listed["expected_amount"].sum())
    sentence = ngettext(
        "{users} user is on the list and is expected to spend {amount}.",
        "{users} users are on the list; they are expected to spend {amount}.",
        users,
    )
    told = sentence.format(users=words.count(users), amount=words.money(expected, currency))
    return Finding(told, expected)
