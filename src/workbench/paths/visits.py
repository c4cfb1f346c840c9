"""Visits that a content led to, and whether they ended in the funnel's last step."""

from __future__ import annotations

import ibis.expr.types as ir

from workbench.periods import Period


def converted(events: ir.Table, start: str, end: str, days: Period) -> ir.Table:
    """Return the visits of some days, each with whether it ended in a purchase.

    A visit is an event `start` with a content; it converted if an event `end` has its session.

    Args:
        events: `event`, `occurred_at`, `session_id` and what is to be kept.
        start: The event that begins a visit.
        end: The event that a visit aims at.
        days: Over which days.

    Returns:
        The rows of `start` with a boolean `bought`.
    """
    began = events.filter(
        events.event == start, events.occurred_at >= days.start, events.occurred_at < days.end
    )
    bought = events.filter(events.event == end, events["session_id"].notnull())
    sessions = bought.select(bought_in="session_id").distinct()
    joined = began.left_join(sessions, began.session_id == sessions.bought_in)
    return joined.mutate(bought=joined["bought_in"].notnull())
