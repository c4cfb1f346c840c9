"""The days on which users ordered, who of them is new, and how long a pause means goodbye."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import ibis.expr.types as ir

from workbench.customers.purchases import first_day, purchases
from workbench.kit.scope import frame, lacking, of_platform
from workbench.kit.sentences import say
from workbench.periods import Period, local_day, midnight

NEEDS = {"orders": ("user_id", "order_id", "ordered_at", "amount")}
"""The table and columns without which there are no customers."""

EPOCH = date(1970, 1, 1).toordinal()  # of day 0
_USUAL = 0.95  # of the pauses are shorter than the one that means goodbye
_ROUNDING = 1e-9  # of a sum of shares
_FEWEST = 30  # pauses from which it can be learned


class Days(NamedTuple):
    """Days on which users placed orders; several orders of a day are one.

    Attributes:
        table: `user_id`, `day` (a whole number that grows by one a day), each pair once.
        first: The day of the table's first order.
        last: The last day of the period.
        knows_new: Whether only users are in it who signed up since the first day, and so are new;
            otherwise their first day here may be a later one of a longer life.
        missing: What it would take to know who is new, in a sentence; empty if it is known.
    """

    table: ir.Table
    first: int
    last: int
    knows_new: bool
    missing: str


def ordering_days(
    tables: Mapping[str, ir.Table], period: Period, platform: str, *, only_new: bool
) -> Days | None:
    """Return the days on which users ordered up to a period's end; None without an order.

    Args:
        tables: The source's tables, orders among them.
        period: Its last day is the last one; days are its zone's.
        platform: Only this platform's orders; empty means all. Who is new to the shop is so on any
            of them: the platform of a user's first account does not matter.
        only_new: Leave out who was there before the data began, where users tell of it.
    """
    orders = of_platform(tables, platform)["orders"]
    first = first_day(orders, period)
    if first is None or first > period.last:
        return None
    whole = Period(first, period.last, period.time_zone)
    bought = purchases(orders, period.end)
    number = local_day(bought.ordered_at, whole).cast("timestamp").epoch_seconds() // 86_400
    days = bought.select("user_id", day=number.cast("int64")).distinct()
    what = say("since when users are customers")
    missing = lacking(tables, {"users": ("user_id", "signed_up_at")}, what)
    if not missing and only_new:
        users = tables["users"]
        new = users.filter(users.signed_up_at >= midnight(first, period.time_zone))
        days = days.semi_join(new.select("user_id"), "user_id")
    start, end = (day.toordinal() - EPOCH for day in (first, period.last))
    return Days(days, start, end, not missing, missing)


def patience(days: Days) -> int | None:
    """Return the pause in days that only one in twenty of those who come back exceeds.

    Long pauses are seen only where there was time for them. So the pauses are counted that begin
    in the first half of the history and end within as many days as that half has: each of them
    had the same time to be seen. Each user weighs the same, by one pause or shared among many: who
    orders every day would else make a month's pause of anybody else a goodbye.

    Args:
        days: Of all users, the new ones and the others.

    Returns:
        Whole days; None where there are too few pauses.
    """
    half = (days.last - days.first) // 2
    table = days.table
    following = table.day.lead().over(group_by=table.user_id, order_by=table.day)
    pauses = table.mutate(pause=following - table.day)
    seen = pauses.filter(pauses.day <= days.last - half, pauses.pause <= half)
    each = seen.mutate(own=seen.user_id.count().over(group_by=seen.user_id))
    counted = frame(each.group_by("pause", "own").agg(pauses=each.count()))
    if counted["pauses"].sum() < _FEWEST:
        return None
    weights = (counted["pauses"] / counted["own"]).groupby(counted["pause"]).sum()
    share = weights.cumsum() / weights.sum()
    return int(share.index[share >= _USUAL - _ROUNDING][0])


def came_back(days: Days, pause: int) -> tuple[int, int]:
    """Return how many of those who had paused so long half-way through the data ordered later.

    Args:
        days: Of all users.
        pause: What counts as goodbye, in days.

    Returns:
        Who ordered in the second half, and all who had counted as gone when it began.
    """
    middle = days.last - (days.last - days.first) // 2
    table = days.table
    users = table.group_by("user_id").agg(
        before=table.day.max(where=table.day <= middle), latest=table.day.max()
    )
    gone = users.filter(users.before <= middle - pause)
    counted = gone.agg(back=(gone.latest > middle).sum(), users=gone.count())
    row = frame(counted).fillna(0).iloc[0]
    return int(row["back"]), int(row["users"])
