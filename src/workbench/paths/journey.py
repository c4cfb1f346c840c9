"""The events that a funnel runs over: a shop's own, or those its orders tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir

from workbench.customers.purchases import purchases
from workbench.errors import MissingData, ParameterError, unknown
from workbench.kit.gaps import Gap, filled_until
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.paths.precision import day_steps, ends
from workbench.periods import TICK, midnight
from workbench.tables import TABLES

FROM_ORDERS = ("first_order", "second_order", "third_order")
_KNOWN = {*TABLES["orders"].names, "place", "event", "occurred_at", "value"}
_CARRIED = ("platform", "channel", "content_id", "order_id")
_SHOWN = 12


@dataclass(frozen=True)
class Journey:
    """What users did on their way, as a scope knows it.

    Attributes:
        events: `user_id`, `event`, `occurred_at`, and what else there is; of the scope's platform
            and up to its end.
        steps: The events of the funnel in order, all known to the shop.
        platforms: The platforms on which events happened, in the order of the alphabet.
        since: First instant of the data on any platform, UTC without a zone; None without data.
        until: Last instant by the scope's end, before any days without data there; None without data.
            Where something is known of its last day, that is its end: an export of Monday morning
            holds no more of the week than one that is made later.
        missing: What the report would need to tell more.
        gaps: The days without data.
        by_day: The steps that are known by their day only, where others have a time: days are
            compared.
    """

    events: ir.Table
    steps: tuple[str, ...]
    platforms: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    missing: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    by_day: tuple[str, ...] = ()

    @property
    def is_from_orders(self) -> bool:
        """Whether the events are orders: it begins with who has ordered, not with who came."""
        return self.steps[0] in FROM_ORDERS


def journey(scope: Scope, steps: Sequence[str] = ()) -> Journey:
    """Return the events of a scope and the steps among them.

    A shop without events may have orders: then each user's first three purchases are events, in
    the sequence of `ordered_at`, `order_id`. They are counted on all platforms; a scope of one has
    those of the three that were placed there.

    Args:
        scope: Its table `events` is needed, or `orders` with a user.
        steps: The events of the funnel in order; empty means the shop's own, or all that orders
            tell of.

    Raises:
        MissingData: If there are neither events nor orders with users, or the scope is of the rows
            whose column has some value, and events lack that column.
        ParameterError: If a step is no event of this shop or stands twice, none is named, or no
            event is of the scope's platform.
    """
    if isinstance(steps, str):
        raise ParameterError(f"steps == {steps!r}, must be a list of events")
    named, missing = tuple(steps) or scope.steps, ""
    if "events" in {*scope.tables, *scope.tables.lacking}:
        table = "events"
    elif "orders" in scope.tables and "user_id" in scope.tables.orders.columns:
        table, missing, named = "orders", _orders_only(), named or FROM_ORDERS
    else:
        raise MissingData(
            "a funnel needs the table events (user_id, event, occurred_at), or orders with a user_id"
        )
    scope.check_platform(table)
    told = ends(scope, table)
    known = sorted(row["event"] for row in told if row["event"] is not None)
    _check(named, list(FROM_ORDERS) if table == "orders" else known)
    since = min((row["since"] for row in told if row["since"] is not None), default=None)
    until = max((row["until"] for row in told if row["until"] is not None), default=None)
    begin = scope.first_instants.get(table)  # later than a stray row
    since = max(since, begin) if since and begin else since
    if since is None or since >= scope.end:
        since = until = None
    gaps = scope.gaps(table)
    return Journey(
        scope.known.events if table == "events" else _from_orders(scope),
        named,
        scope.platforms(table),
        since,
        None if until is None else _known_until(until, gaps, scope),
        (missing,) if missing else (),
        gaps,
        day_steps(told, named),
    )


def _known_until(until: datetime, gaps: Sequence[Gap], scope: Scope) -> datetime:
    last = midnight(scope.period.last, scope.time_zone)
    known = scope.end - TICK if until >= last else until
    return filled_until(gaps, known, scope.time_zone)


def _check(steps: Sequence[str], names: Sequence[str]) -> None:
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    if not steps:
        raise ParameterError(f"steps == [], must name events in order, of: {shown or 'none'}")
    for place, step in enumerate(steps):
        if step in steps[:place]:
            raise ParameterError(f"steps == {list(steps)}, but '{step}' stands twice")
        if names and step not in names:
            message = unknown("step", step, names)
            raise ParameterError(
                f"{message} The events here: {shown}" if message.endswith("?") else message
            )


def _orders_only() -> str:
    return say(
        "This shop gives orders only, so the report follows users from order to order. To show "
        "where they leave before they buy, it would need the table events: who (user_id) did what "
        "(event) when (occurred_at), and on which platform."
    )


def _from_orders(scope: Scope) -> ir.Table:
    everywhere = scope.everywhere
    bought = purchases(everywhere).select("order_id")
    orders = everywhere.history.orders.semi_join(bought, "order_id")
    place = ibis.row_number().over(
        group_by=orders.user_id, order_by=[orders.ordered_at, orders.order_id]
    )
    first = orders.mutate(place=place).filter(lambda t: t.place < len(FROM_ORDERS))
    if scope.platform or scope.filters:
        first = first.semi_join(scope.known.orders.select("order_id"), "order_id")
    return first.select(
        "user_id",
        *(name for name in _CARRIED if name in first.columns),
        *(name for name in first.columns if name not in _KNOWN),
        event=first.place.cases(*enumerate(FROM_ORDERS[:-1]), else_=FROM_ORDERS[-1]),
        occurred_at=first.ordered_at,
        value=first.amount,
    )
