"""Users scored and set on a level: what a ranking, its moves and its back-tests share.

users = measure(scope)                      R, F and M, a row a user
cuts = learn(users, str(scope.week))        the values at which scores change
place(users, cuts, scope.levels)            scores, class, level and rank
tiered(scope, cuts)                         all of that at once
"""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from workbench.customers.purchases import account
from workbench.customers.rfm import measure, others_amount
from workbench.customers.thresholds import Thresholds, learn
from workbench.errors import WorkbenchError
from workbench.kit.levels import Levels
from workbench.kit.scope import Scope


class Tiered(Protocol):
    """A ranking of users, as far as what carries it on must know it.

    Attributes:
        scope: What it rests on; `scope.levels` are the levels in use.
        users: A row a user: `user_id`, `recency_days`, `frequency`, `monetary`, `class`, `level`,
            `rank`, `expected_orders`, `order_probability`, `expected_amount`, `ltv_amount`.
        cuts: The thresholds in use.
        horizon_days: How far its forecast looks.
        discount_rate: A year's, for `ltv_amount`.
    """

    @property
    def scope(self) -> Scope: ...  # noqa: D102 - said above, as of the others
    @property
    def users(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def cuts(self) -> Thresholds: ...  # noqa: D102
    @property
    def horizon_days(self) -> int: ...  # noqa: D102
    @property
    def discount_rate(self) -> float: ...  # noqa: D102


def tiered(scope: Scope, cuts: Thresholds | None = None) -> pd.DataFrame:
    """Return every user with a purchase in a period on a level, in the order of `user_id`.

    Args:
        scope: Whose orders; nothing after its end is known.
        cuts: The thresholds; by default they are learned from these very users.

    Returns:
        As `place`; empty where nobody bought.
    """
    users = measure(scope).sort_values("user_id", ignore_index=True)
    return place(users, cuts or learn(users, str(scope.week)), scope.levels)


def place(users: pd.DataFrame, cuts: Thresholds, levels: Levels) -> pd.DataFrame:
    """Return users with their scores `r`, `f` and `m`, `class`, `level` and `rank`.

    Args:
        users: As `rfm.measure` returns them.
        cuts: From which value on a user scores higher.
        levels: Which scores make which level.
    """
    return levels.assign(cuts.score(users))


def summary(placed: pd.DataFrame, levels: Levels) -> pd.DataFrame:
    """Return users and revenue of each level, the highest first.

    Args:
        placed: As `place` returns them, with `expected_amount`.
        levels: Those that they were placed on.

    Returns:
        `class`, `level`, `users`, `users_rate`, `revenue_amount`, `revenue_rate`, `expected_amount`
        and the medians `recency_days`, `frequency` and `monetary`, as `Tiers.levels` tells.
    """
    groups = placed.groupby("level")
    found = groups.agg(users=("user_id", "size"), revenue_amount=("monetary", "sum"))
    found["expected_amount"] = groups["expected_amount"].sum(min_count=1)
    medians = groups[["recency_days", "frequency", "monetary"]].median()
    table = pd.DataFrame({"class": levels.classes.values(), "level": levels.names})
    return _with_shares(table.join(found, on="level").join(medians, on="level"))


def by_cell(placed: pd.DataFrame, levels: Levels) -> pd.DataFrame:
    """Return users and revenue of each of the 27 cells of scores, the best first.

    Args:
        placed: As `place` returns them.
        levels: Those that they were placed on.
    """
    scores = ["r", "f", "m"]
    found = placed.groupby(scores).agg(
        users=("user_id", "size"), revenue_amount=("monetary", "sum")
    )
    return _with_shares(levels.frame().drop(columns="rank").join(found, on=scores))


def reconciled(scope: Scope, users: pd.DataFrame) -> pd.DataFrame:
    """Return the account of the orders, once the tiers are found to be in it to the minor unit.

    Args:
        scope: That of the tiers.
        users: `frequency` and `monetary` of every tiered user.

    Raises:
        WorkbenchError: If the tiers have other orders or other money than the period.
    """
    found = account(scope)
    rows = found.set_index("outcome")
    money = rows["net_amount"]
    there = (
        int(rows["orders"]["in_period"]),
        int(money["in_period"] + money["given_back_in_period"]),
    )
    tiered_money = int(users["monetary"].sum()) + others_amount(scope)
    if there != (own := (int(users["frequency"].sum()), tiered_money)):
        raise WorkbenchError(
            f"the tiers do not add up: orders and money of the period are {there}, theirs {own}"
        )
    return found


def _with_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Return counted users and revenue with the share of the whole beside each."""
    for name, share in (("users", "users_rate"), ("revenue_amount", "revenue_rate")):
        table[name] = table[name].fillna(0).astype("int64")
        total = int(table[name].sum())
        table.insert(
            list(table).index(name) + 1, share, table[name] / total if total > 0 else float("nan")
        )
    return table
