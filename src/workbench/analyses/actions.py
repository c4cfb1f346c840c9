"""What should we do, and for whom? An action a class, and the list of the users it is done for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.customers.few import few_levels
from workbench.customers.tiering import Tiered
from workbench.kit.actions import Action, check_actions
from workbench.kit.audience import note
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric, plain
from workbench.kit.results import Result
from workbench.kit.sentences import message, say, say_n
from workbench.stats.disclosure import is_small, withheld
from workbench.stats.interval import UNKNOWN, Interval

_LIST = (
    *("user_id", "class", "level", "channel", "recency_days", "frequency", "monetary"),
    *("expected_orders", "order_probability", "expected_amount"),
)


_CAMPAIGN = message(
    "This list is for a campaign: who is expected to bring most comes first. Whom to call before they "
    "leave is another list, that of the report on churn: a user may be on both."
)


@dataclass(frozen=True)
class Actions(Result):
    """What is to be done, and for whom.

    Attributes:
        actions: A row a class: `class`, `action`, `channel`, `users`, `listed_users` (null where
            that, or the rest of the class, is too few to be told).
        act_on: A row a user of the listed levels: `user_id`, `class`, `level`, `channel`,
            `recency_days`, `frequency`, `monetary`, `expected_orders`, `order_probability`,
            `expected_amount`; who is expected to bring most comes first, on
            whichever level: the forecast ranks users better than the levels do.
        findings: How many users are on the list, what they are expected to bring, and what tells
            this list from that of customers to call.
        metrics: `listed_users`, `listed_expected_amount`.
    """

    TOPICS: ClassVar = ("list", "lists")
    LISTS: ClassVar = ("act_on",)
    actions: pd.DataFrame
    act_on: pd.DataFrame


def act(tiers: Tiered, actions: Mapping[str, Action] | None = None) -> Actions:
    """Return what is to be done for each class, and the list of the users to act on.

    Args:
        tiers: Who the users are.
        actions: What is done for each class; by default what the shop does.

    Raises:
        ParameterError: If a class is missing or unknown, or a listed level is not one of its class.
    """
    actions = tiers.scope.actions if actions is None else actions
    check_actions(actions, tiers.scope.levels)
    users = tiers.users
    chosen = users[users["level"].isin([level for one in actions.values() for level in one.listed])]
    channel = chosen["class"].map({kind: action.channel for kind, action in actions.items()})
    ordered = chosen.assign(channel=channel).sort_values(
        ["expected_amount", "monetary", "user_id"],
        ascending=[False, False, True],
        ignore_index=True,
    )
    there, listed = (one["class"].value_counts() for one in (users, chosen))
    rows = [
        (kind, action.text, action.channel, int(there.get(kind, 0)), int(listed.get(kind, 0)))
        for kind, action in actions.items()
    ]
    table = pd.DataFrame(rows, columns=["class", "action", "channel", "users", "listed_users"])
    expected = plain(ordered["expected_amount"].astype("float64").sum(min_count=1))
    found = _found(tiers, table, ordered[list(_LIST)], expected)
    told = _without_few(table, tiers.scope.min_group)
    is_whole = bool(told["listed_users"].notna().all())
    if _tells_amount(tiers, actions) and is_whole:
        return found
    least, known = tiers.scope.min_group, expected if _tells_amount(tiers, actions) else UNKNOWN
    others = _found(tiers, told, found.act_on, known)
    dashes = [] if is_whole else [Finding.about("list", note(least, is_needed=True))]
    return replace(others, findings=(*others.findings, *dashes), owners=lambda: found)


def _without_few(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """The classes without how many are listed where that, or the rest of the class, is too few."""
    listed, users = table["listed_users"], table["users"]
    # Where nobody is listed the rest is the class, which this tells nothing of.
    rest = [is_small(one, least) for one in (users - listed).where(listed > 0, 0)]
    whole = np.ones(len(table), dtype=np.bool_)
    hidden = withheld(listed.to_numpy(), [whole], least, also=np.array(rest, dtype=np.bool_))
    return table.assign(listed_users=listed.astype("Int64").mask(hidden)) if hidden.any() else table


def _found(tiers: Tiered, table: pd.DataFrame, listed: pd.DataFrame, expected: Interval) -> Actions:
    why = say("what these users will buy is not forecast")
    return Actions(
        tiers.scope,
        table,
        listed,
        findings=(
            _told(len(listed), expected, tiers),
            *([Finding.about("lists", say(_CAMPAIGN))] if len(listed) else []),
        ),
        metrics=(
            Metric("listed_users", plain(len(listed)), "count", ""),
            Metric("listed_expected_amount", expected, "amount", why=why),
        ),
    )


def _tells_amount(tiers: Tiered, actions: Mapping[str, Action]) -> bool:
    """Whether what the listed users will bring gives no level away that has too few users."""
    levels, least = tiers.scope.levels, tiers.scope.min_group
    users = tiers.users["level"].value_counts().reindex(levels.names, fill_value=0)
    sizes = pd.DataFrame({"class": levels.classes.values(), "users": users.to_numpy()})
    few = few_levels(sizes, least)
    on_list = np.isin(levels.names, [one for action in actions.values() for one in action.listed])
    parts = (few & on_list, few & ~on_list, on_list, ~on_list)
    return not any(is_small(sizes["users"][part].sum(), least) for part in parts)


def _told(users: int, expected: Interval, tiers: Tiered) -> Finding:
    if not users:
        return Finding.about("list", say("Nobody is on the list."))
    if not expected.is_known:
        sentence = say_n(
            "{n:count} user is on the list.", "{n:count} users are on the list.", users
        )
        return Finding.about("list", sentence)
    sentence = say_n(
        "{n:count} user is on the list and is expected to spend {amount:money} within {days:count} days.",
        "{n:count} users are on the list; they are expected to spend {amount:money} within {days:count} "
        "days.",
        users,
        amount=expected.value,
        days=tiers.horizon_days,
        currency=tiers.scope.currency,
    )
    return Finding.about("list", sentence, expected)
