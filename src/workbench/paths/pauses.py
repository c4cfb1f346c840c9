"""How long users pause between two orders: how long a way from order to order may take."""

from __future__ import annotations

import math

import ibis
import numpy as np

from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.paths.journey import Journey
from workbench.periods import Period, day_number
from workbench.stats.interval import FEWEST

_MOST = 0.75  # of the pauses end within the window's share of them
_SHORTEST, _LONGEST = 7, 90


def own_window(scope: Scope, path: Journey) -> int:
    """Return how many days a shop's own pauses give a user from the first of its orders to the last.

    Three in four pauses between two orders of a user are no longer than one step's share of it; whole
    weeks, 7..90. Where hardly anybody came again it is the longest.

    Args:
        scope: What is looked at; all purchases up to its end count.
        path: From order to order.
    """
    first = scope.everywhere.first_day("orders")
    if first is None or first > scope.period.last:
        return _SHORTEST
    at = path.events.occurred_at
    days = Period(first, scope.period.last, scope.time_zone)
    told = path.events.select("user_id", "event", at=at, day=day_number(at, days))
    before = told.day.lag().over(ibis.window(group_by="user_id", order_by=[told["at"], told.event]))
    paused = told.mutate(pause=told.day - before)
    counted = (
        frame(paused.group_by("pause").agg(users=paused.count())).dropna().sort_values("pause")
    )
    if counted["users"].sum() < FEWEST:
        return _LONGEST
    reached = counted["users"].cumsum() >= _MOST * counted["users"].sum()
    pause = int(counted["pause"].iloc[int(np.argmax(reached.to_numpy()))])
    weeks = math.ceil(pause * (len(path.steps) - 1) / 7)
    return min(max(7 * weeks, _SHORTEST), _LONGEST)
