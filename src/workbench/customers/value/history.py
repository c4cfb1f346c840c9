"""Purchase histories from orders: one row a user, counted in the engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.customers.purchases import booked
from workbench.errors import MissingData, SourceError
from workbench.kit.scope import frame
from workbench.periods import Period, local_day, to_local

NEEDS = ("user_id", "order_id", "ordered_at", "amount")
"""The columns of orders without which there is no history."""


def purchase_history(orders: ir.Table, cutoff: datetime, time_zone: str) -> pd.DataFrame:
    """Return how often, how lately and for how much each user bought before the cut-off.

    A user's purchases of one day are one and their amounts are summed, as in the published fits.
    What a purchase is, and what was given back as far as it was known at the cut-off, says
    `workbench.customers.purchases`; a return that names no order lowers the mean of the repeat purchases if
    it came after the day of the first one, but never below nothing.

    Args:
        orders: The contract's table.
        cutoff: First instant that is not known any more, UTC without a zone: a period's `end`.
        time_zone: IANA name of the zone whose midnights divide the days.

    Returns:
        `user_id`; `repeat_count`, purchases after the first; `last_purchase_days`, whole days from
        the first to the last; `age_days`, from the first to the last day before the cut-off;
        `mean_amount`, the mean of the repeat purchases in minor units, 0 where there are none.
        One row a user with a purchase before the cut-off, in the order of `user_id`.

    Raises:
        MissingData: If a column of `NEEDS` is missing.
        SourceError: If nobody ordered before the cut-off.
    """
    daily = days_of_users(orders, cutoff, time_zone)
    found = _by_user(daily).to_pyarrow().to_pandas(date_as_object=False)
    if found.empty:
        raise SourceError(f"no user has an order before {cutoff:%Y-%m-%d %H:%M} UTC")
    repeats = found["purchases"] - 1
    paid = found["repeat_amount"].clip(lower=0)
    last_day = pd.Timestamp(last_day_before(cutoff, time_zone))
    return pd.DataFrame(
        {
            "user_id": found["user_id"],
            "repeat_count": repeats.astype("int64"),
            "last_purchase_days": (found["last_day"] - found["first_day"]).dt.days.astype("int64"),
            "age_days": (last_day - found["first_day"]).dt.days.astype("int64"),
            "mean_amount": (paid / repeats.where(repeats > 0)).fillna(0.0),
        }
    )


def last_day_before(cutoff: datetime, time_zone: str) -> date:
    """Return the last day of the shop of which something is known at the cut-off."""
    return to_local(cutoff - timedelta(microseconds=1), time_zone).date()


def days_of_users(orders: ir.Table, cutoff: datetime, time_zone: str) -> ir.Table:
    """Return the days on which users bought or gave back something before the cut-off.

    Args:
        orders: The contract's table.
        cutoff: First instant that is not known any more, UTC without a zone.
        time_zone: IANA name of the zone whose midnights divide the days.

    Returns:
        `user_id`, `day` (of the shop), `orders` (purchases, may be 0), `amount` (minor units, net);
        a row a user and day.

    Raises:
        MissingData: If a column of `NEEDS` is missing.
        SourceError: If nobody ordered before the cut-off.
    """
    missing = [name for name in NEEDS if name not in orders.columns]
    if missing:
        raise MissingData(f"a purchase history needs orders.{', orders.'.join(missing)}")
    made = booked(orders, cutoff)
    since = frame(made.agg(since=made.ordered_at.min()))["since"].iloc[0]
    if pd.isna(since):
        raise SourceError(f"no user has an order before {cutoff:%Y-%m-%d %H:%M} UTC")
    first = to_local(since.to_pydatetime(), time_zone).date()
    known = Period(first, last_day_before(cutoff, time_zone), time_zone)
    told = made.select(
        "user_id",
        "net_amount",
        day=local_day(made.ordered_at, known),
        bought=made.is_purchase,
    )
    return told.group_by("user_id", "day").agg(
        orders=told.bought.sum(), amount=told.net_amount.sum().cast("int64")
    )


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
