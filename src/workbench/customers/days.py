"""The days on which users ordered, who of them is new, and how long a pause means goodbye."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import ibis.expr.types as ir

from workbench.customers.purchases import purchases
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.periods import Period, day_number, midnight

NEEDS = {"orders": ("user_id", "order_id", "ordered_at", "amount")}
"""The table and columns without which there are no customers."""

EPOCH = date(1970, 1, 1).toordinal()  # of day 0
_USUAL = 0.95  # of the pauses are shorter than the one that means goodbye
_ROUNDING = 1e-9  # of a sum of shares
_FEWEST = 30  # pauses from which it can be learned


class Days(NamedTuple):
    """Days on which users placed orders; several orders of a day are one.

    Attributes:
        table: `user_id`, `day` (as `day_number` counts them), each pair once.
        first: The day of the first order of all.
        last: The last day of the scope.
        knows_new: Whether only users are in it who signed up since the first day, and so are new;
            otherwise their first day here may be a later one of a longer life.
        missing: What it would take to know who is new, in a sentence; none if it is known.
    """

    table: ir.Table
    first: int
    last: int
    knows_new: bool
    missing: tuple[str, ...]


def ordering_days(scope: Scope, *, only_new: bool) -> Days | None:
    """Return the days on which users ordered up to a scope's end; None without an order.

    Args:
        scope: Its history on its platform counts; it has what `NEEDS` says. Who is new to the
            shop is so on any platform: that of a user's first account does not matter.
        only_new: Leave out who was there before the data began, where users tell of it.
    """
    first, last = scope.first_day("orders"), scope.period.last
    if first is None or first > last:
        return None
    bought = purchases(scope)
    number = day_number(bought.ordered_at, Period(first, last, scope.time_zone))
    days = bought.select("user_id", day=number).distinct()
    what = say("since when users are customers")
    missing = scope.missing({"users": ("user_id", "signed_up_at")}, what)
    if not missing and only_new:
        users = scope.history.users
        new = users.filter(users.signed_up_at >= midnight(first, scope.time_zone))
        days = days.semi_join(new.select("user_id"), "user_id")
    start, end = (day.toordinal() - EPOCH for day in (first, last))
    return Days(days, start, end, not missing, (missing,) if missing else ())


def inactivity_days(scope: Scope) -> int | None:
    """Return the pause in days that only one in twenty of those who come back exceeds.

    Long pauses are seen only where there was time for them. So the pauses are counted that begin
    in the first half of the history and end within as many days as that half has: each of them
    had the same time to be seen. Each user weighs the same, by one pause or shared among many: who
    orders every day would else make a month's pause of anybody else a goodbye.

    Args:
        scope: As for `ordering_days`; all its users count, the new ones and the others.

    Returns:
        Whole days; None where there are too few pauses.
    """
    learned: int | None = scope.asked("inactivity_days", lambda: _usual_pause(scope))
    return learned


def came_back(scope: Scope, pause: int) -> tuple[int, int]:
    """Return how many of those who had paused so long half-way through the data ordered later.

    Args:
        scope: As for `inactivity_days`.
        pause: What counts as goodbye, in days.

    Returns:
        Who ordered in the second half, and all who had counted as gone when it began.
    """
    days = ordering_days(scope, only_new=False)
    if days is None:
        return 0, 0
    middle = days.last - (days.last - days.first) // 2
    table = days.table
    users = table.group_by("user_id").agg(
        before=table.day.max(where=table.day <= middle), latest=table.day.max()
    )
    gone = users.filter(users.before <= middle - pause)
    counted = gone.agg(back=(gone.latest > middle).sum(), users=gone.count())
    row = frame(counted).fillna(0).iloc[0]
    return int(row["back"]), int(row["users"])


def _usual_pause(scope: Scope) -> int | None:
    days = ordering_days(scope, only_new=False)
    if days is None:
        return None
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
