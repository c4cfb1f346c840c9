"""Whether tiers add up: every order and all money of the source, on a level or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from workbench.customers.purchases import account, booked
from workbench.errors import WorkbenchError
from workbench.kit.scope import frame
from workbench.periods import Period


@dataclass(frozen=True)
class Reconciled:
    """An account that was found to add up.

    Attributes:
        account: As `purchases.account` returns it.
        others_amount: What was given back in the period to users without a purchase in it, who are
            on no level; minor units, 0 or below.
    """

    account: pd.DataFrame
    others_amount: int


def reconcile(orders: ir.Table, period: Period, users: pd.DataFrame) -> Reconciled:
    """Return the account of the orders, once the tiers are found to be in it to the minor unit.

    Args:
        orders: Those that the tiers were made of.
        period: The base period.
        users: `frequency` and `monetary` of every tiered user.

    Raises:
        WorkbenchError: If the tiers have other orders or other money than the period.
    """
    found = account(orders, period)
    rows = found.set_index("outcome")
    others = _others(orders, period)
    there = (
        int(rows["orders"]["in_period"]),
        int(rows["net_amount"]["in_period"] + rows["net_amount"]["given_back_in_period"]),
    )
    tiered = (int(users["frequency"].sum()), int(users["monetary"].sum()) + others)
    if there != tiered:
        raise WorkbenchError(
            f"the tiers do not add up: orders and money of the period are {there}, theirs {tiered}"
        )
    return Reconciled(found, others)


def _others(orders: ir.Table, period: Period) -> int:
    made = booked(orders, period.end)
    made = made.filter(made.ordered_at >= period.start)
    users = made.group_by("user_id").agg(
        bought=made.is_purchase.sum(), amount=made.net_amount.sum()
    )
    rest = users.filter(users.bought == 0)
    return int(frame(rest.agg(amount=rest.amount.sum())).fillna(0)["amount"].iloc[0])
