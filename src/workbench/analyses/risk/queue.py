"""The queue: so many cases a day, the likeliest first, and none twice."""

from __future__ import annotations

import numpy as np

from workbench.stats.arrays import Array

WAITS_DAYS = 14
"""How long a case competes for a place before it is let go."""


def queued(
    order: Array, day: Array, scores: Array, known: Array, days: int, capacity: int
) -> Array:
    """Return on which day each order comes up for checking, -1 for none.

    At a day's end the orders of the last two weeks compete by the score of their latest moment. Who
    has been in the queue, or whose verdict is known, does not come up again. Of equal scores the newer
    moment comes first.

    Args:
        order: Of each moment, by time: the place of its order, shape (moments,).
        day: Of each moment: on which day of the queue it falls, likewise; those outside do not count.
        scores: Of each moment; NaN for those that cannot be told, likewise.
        known: From which day on the verdict on each order is known, `days` for never, shape (orders,).
        days: How many days there are.
        capacity: Places a day.
    """
    found = np.full(len(known), -1)
    counts = ~np.isnan(scores) & (day >= 0) & (day < days)
    rows = np.flatnonzero(counts)
    starts = np.searchsorted(day[rows], np.arange(days + 1))
    for today in range(days):
        some = rows[starts[max(0, today - WAITS_DAYS + 1)] : starts[today + 1]]
        if not len(some):
            continue
        # The latest moment of each order: the last of its rows.
        latest = some[len(some) - 1 - np.unique(order[some][::-1], return_index=True)[1]]
        mine = order[latest]
        free = latest[(found[mine] < 0) & (known[mine] > today)]
        first = free[np.lexsort((-free, -scores[free]))][:capacity]
        found[order[first]] = today
    return found
