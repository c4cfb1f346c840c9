"""Visits, and whether they ended in the funnel's last step."""

from __future__ import annotations

import ibis.expr.types as ir

from workbench.kit.scope import Scope


def converted(scope: Scope, start: str, end: str) -> ir.Table:
    """Return the visits of a scope's days, each with whether it ended in an order placed.

    A visit is an event `start`; it converted if an event `end` has its session.

    Args:
        scope: Its table `events` needs `event`, `occurred_at` and `session_id`.
        start: The event that begins a visit.
        end: The event that a visit aims at.

    Returns:
        The rows of `start` with a boolean `bought`.
    """
    events, known = scope.events, scope.known.events
    began = events.filter(events.event == start)
    aims = known.filter(known.event == end, known["session_id"].notnull())
    sessions = aims.select(bought_in="session_id").distinct()
    joined = began.left_join(sessions, began.session_id == sessions.bought_in)
    return joined.mutate(bought=joined["bought_in"].notnull())
