"""Visits, and what followed: whether in the same session, or within so long from an instant."""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from workbench.kit.scope import Scope
from workbench.periods import ends_a_minute


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


def followed(start: ir.Table, later: ir.Table, within: timedelta) -> ir.Table:
    """Return each start with what its user did later, but not later than so long from then.

    Args:
        start: `user_id`, `at` and what is to be kept.
        later: `user_id`, `at`.
        within: How long, inclusive; the instant itself counts.

    Returns:
        The rows of `start` with a `went_at`: one row for each of `later`, NULL where there is none.
    """
    then = later.select(goer="user_id", went_at="at")
    went, since = then.went_at, start["at"]
    a_day_ago = since - ibis.interval(
        days=1
    )  # known by its day only, it may have been any time of it
    inside = [
        start.user_id == then.goer,
        (went >= since) | (ends_a_minute(since) & (went > a_day_ago)),
    ]
    inside.append(went <= start["at"] + ibis.interval(within))
    return start.left_join(then, inside).select(*start.columns, "went_at")
