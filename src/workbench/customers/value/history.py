"""Purchase histories from orders: one row a user, counted in the engine."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.customers.days import NEEDS
from workbench.customers.purchases import net_orders
from workbench.errors import MissingData, SourceError
from workbench.kit.scope import Scope
from workbench.periods import Period, local_day


def purchase_history(scope: Scope) -> pd.DataFrame:
    """Return how often, how lately and for how much each user bought before a scope's end.

    A user's purchases of one day are one and their amounts are summed, as in the published fits.
    What a purchase is, and what was given back as far as it was known at the end, says
    `workbench.customers.purchases`; a return that names no order lowers the mean of the repeat
    purchases if it came after the day of the first one, but never below nothing.

    Args:
        scope: Its whole history counts, on its platform.

    Returns:
        `user_id`; `repeat_count`, purchases after the first; `last_purchase_days`, whole days from
        the first to the last; `age_days`, from the first to the last day before the end;
        `mean_amount`, the mean of the repeat purchases in minor units, 0 where there are none.
        One row a user with a purchase before the end, in the order of `user_id`.

    Raises:
        MissingData: If a column of `NEEDS` is missing.
        SourceError: If nobody ordered before the end.
    """
    daily = days_of_users(scope)
    found = _by_user(daily).to_pyarrow().to_pandas(date_as_object=False)
    if found.empty:
        raise _nobody(scope)
    repeats = found["purchases"] - 1
    paid = found["repeat_amount"].clip(lower=0)
    last_day = pd.Timestamp(scope.period.last)
    return pd.DataFrame(
        {
            "user_id": found["user_id"],
            "repeat_count": repeats.astype("int64"),
            "last_purchase_days": (found["last_day"] - found["first_day"]).dt.days.astype("int64"),
            "age_days": (last_day - found["first_day"]).dt.days.astype("int64"),
            "mean_amount": (paid / repeats.where(repeats > 0)).fillna(0.0),
        }
    )


def days_of_users(scope: Scope) -> ir.Table:
    """Return the days on which users bought or gave back something before a scope's end.

    Args:
        scope: As for `purchase_history`.

    Returns:
        `user_id`, `day` (of the shop), `orders` (purchases, may be 0), `amount` (minor units, net);
        a row a user and day.

    Raises:
        MissingData: If a column of `NEEDS` is missing.
        SourceError: If nobody ordered before the end.
    """
    columns = scope.tables.orders.columns
    missing = [name for name in NEEDS["orders"] if name not in columns]
    if missing:
        raise MissingData(f"a purchase history needs orders.{', orders.'.join(missing)}")
    first = scope.first_day("orders")
    if first is None or first > scope.period.last:
        raise _nobody(scope)
    made = net_orders(scope)
    told = made.select(
        "user_id",
        "net_amount",
        day=local_day(made.ordered_at, Period(first, scope.period.last, scope.time_zone)),
        bought=made.is_purchase,
    )
    return told.group_by("user_id", "day").agg(
        orders=told.bought.sum(), amount=told.net_amount.sum().cast("int64")
    )


def _nobody(scope: Scope) -> SourceError:
    return SourceError(f"no user has an order before {scope.end:%Y-%m-%d %H:%M} UTC")


def _by_user(daily: ir.Table) -> ir.Table:
    """One row a user who bought: `purchases`, `first_day`, `last_day`, `repeat_amount`."""
    day = daily.select(
        "user_id", "amount", "day", bought=ibis.ifelse(daily.orders > 0, daily.day, None)
    )
    first = day.bought.min().over(ibis.window(group_by="user_id"))
    dated = day.select("user_id", "amount", "day", "bought", first_day=first)
    repeat = ibis.ifelse(dated.day > dated.first_day, dated.amount, 0)
    users = dated.group_by("user_id").agg(
        purchases=dated.bought.count(),
        first_day=dated.bought.min(),
        last_day=dated.bought.max(),
        repeat_amount=repeat.sum().cast("int64"),
    )
    return users.filter(users.purchases > 0).order_by("user_id")
