"""What a purchase is worth on average, by which lost ones are priced."""

from __future__ import annotations

import ibis

from workbench.customers.purchases import purchases
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.paths.journey import Journey
from workbench.periods import Period


def average_order(scope: Scope, path: Journey, days: Period, by: str) -> dict[str | None, float]:
    """Return what a purchase is worth on average over these days, by segment, in minor units.

    Before any refund. Without orders of known users, the average of the values of the last step's
    events that are more than nothing. Under None stands the average of all; `by` may be empty.
    """
    if "orders" in scope.tables and "user_id" in scope.tables.orders.columns:
        during = scope.during(days)
        bought = purchases(during)
        kept = bought.filter(bought.ordered_at >= days.start).select("order_id")
        rows = during.orders.semi_join(kept, "order_id")
        worth = rows.amount
    elif "value" in path.events.columns:
        last = path.events.filter(path.events.event == path.steps[-1], path.events.value > 0)
        rows = last.filter(last.occurred_at >= days.start, last.occurred_at < days.end)
        worth = rows.value
    else:
        return {}
    segment = rows[by].cast("string") if by and by in rows.columns else ibis.literal("")
    named = rows.select(segment=segment, worth=worth)
    sums = frame(named.group_by("segment").agg(worth=named.worth.sum(), orders=named.count()))
    if not sums["orders"].sum():
        return {}
    own = sums[sums["segment"].notna() & (sums["segment"] != "")]
    averages = zip(own["segment"], own["worth"] / own["orders"], strict=True)
    return {**dict(averages), None: float(sums["worth"].sum() / sums["orders"].sum())}
