"""Purchase histories from orders: one row a user, counted in the engine."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.errors import MissingData, SourceError
from workbench.periods import Period, local_day, to_local

NEEDS = ("user_id", "ordered_at", "amount")
"""The columns of orders without which there is no history."""

COLUMNS = ("user_id", "repeat_count", "last_purchase_days", "age_days", "mean_amount")


def purchase_history(orders: ir.Table, cutoff: datetime, time_zone: str) -> pd.DataFrame:
    """Return how often, how lately and for how much each user bought before the cut-off.

    A user's orders of one day are one purchase and their amounts are summed, as in the published
    fits. A purchase of nothing is a purchase. Orders without a user and cancelled ones are left
    out. Amounts are net of what is known at the cut-off to have been given back: a refund counts if
    it was made before the cut-off, and one without an instant counts as made with its order. No
    purchase is worth less than nothing, and one refunded in full remains a purchase.

    Args:
        orders: `user_id`, `ordered_at`, `amount`, and where the source has them `status`,
            `refunded_amount`, `refunded_at`.
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
    missing = [name for name in NEEDS if name not in orders.columns]
    if missing:
        raise MissingData(f"a purchase history needs orders.{', orders.'.join(missing)}")
    known = _known(orders, cutoff)
    since = known.aggregate(since=known.ordered_at.min()).to_pyarrow()["since"][0].as_py()
    if since is None:
        raise SourceError(f"no user has an order before {cutoff:%Y-%m-%d %H:%M} UTC")
    last_day = to_local(cutoff - timedelta(microseconds=1), time_zone).date()
    days = Period(to_local(since, time_zone).date(), last_day, time_zone)
    told = known.select("user_id", "amount", day=local_day(known.ordered_at, days))
    found = _by_user(told).to_pyarrow().to_pandas(date_as_object=False)
    repeats = found["purchases"] - 1
    return pd.DataFrame(
        {
            "user_id": found["user_id"],
            "repeat_count": repeats.astype("int64"),
            "last_purchase_days": (found["last_day"] - found["first_day"]).dt.days.astype("int64"),
            "age_days": (pd.Timestamp(last_day) - found["first_day"]).dt.days.astype("int64"),
            "mean_amount": (found["repeat_amount"] / repeats.where(repeats > 0)).fillna(0.0),
        }
    )


def _known(orders: ir.Table, cutoff: datetime) -> ir.Table:
    """Orders of users before the cut-off that were not cancelled: `amount` as known by then."""
    until = ibis.literal(cutoff)
    valid = [orders.ordered_at < until, orders.user_id.notnull()]  # noqa: PD004 - Ibis
    if "status" in orders.columns:
        valid.append(ibis.coalesce(orders.status, "") != "cancelled")
    amount = orders.amount
    if "refunded_amount" in orders.columns:
        refund = ibis.coalesce(orders.refunded_amount, 0)
        if "refunded_at" in orders.columns:
            is_known = ibis.coalesce(orders.refunded_at, orders.ordered_at) < until
            refund = ibis.ifelse(is_known, refund, 0)
        amount = ibis.greatest(amount - refund, 0)
    return orders.filter(valid).select("user_id", "ordered_at", amount=amount.cast("int64"))


def _by_user(known: ir.Table) -> ir.Table:
    """One row a user: `purchases`, `first_day`, `last_day`, `repeat_amount`."""
    daily = known.group_by("user_id", "day").agg(amount=known.amount.sum().cast("int64"))
    first = daily.day.min().over(ibis.window(group_by="user_id"))
    dated = daily.select("user_id", "day", "amount", first_day=first)
    repeat = ibis.ifelse(dated.day > dated.first_day, dated.amount, 0)
    return (
        dated.group_by("user_id")
        .agg(
            purchases=dated.count(),
            first_day=dated.day.min(),
            last_day=dated.day.max(),
            repeat_amount=repeat.sum().cast("int64"),
        )
        .order_by("user_id")
    )
