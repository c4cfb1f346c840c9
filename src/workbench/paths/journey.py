"""The events that a funnel runs over: a source's own, or those its orders tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from workbench.errors import MissingData, ParameterError, unknown
from workbench.kit.sentences import say

FROM_ORDERS = ("first_order", "second_order", "third_order")
_CARRIED = ("platform", "channel", "content_id", "order_id")


@dataclass(frozen=True)
class Journey:
    """What users did on their way.

    Attributes:
        events: `user_id`, `event`, `occurred_at`, and what else there is.
        steps: The events of the funnel in order, all known to the source.
        platforms: The platforms on which events happened, in the order of the alphabet.
        missing: What the report would need to tell more; empty if nothing is missing.
    """

    events: ir.Table
    steps: tuple[str, ...]
    platforms: tuple[str, ...]
    missing: str = ""


def journey(tables: Mapping[str, ir.Table], steps: Sequence[str] = ()) -> Journey:
    """Return the events of a source and the steps among them.

    A source without events may have orders: then each user's first three orders are events, the
    ones that were not cancelled and cost something, in the order of `ordered_at`, `order_id`.

    Args:
        tables: The source's contract tables by name.
        steps: The events of the funnel in order; empty means all that orders tell of.

    Raises:
        MissingData: If there are neither events nor orders with users.
        ParameterError: If a step is no event of this source or stands twice, or none is named.
    """
    if "events" in tables:
        return _from_events(tables["events"], steps)
    orders = tables.get("orders")
    if orders is None or "user_id" not in orders.columns:
        raise MissingData(
            "a funnel needs the table events (user_id, event, occurred_at), or orders with a user_id"
        )
    _check_known(steps, FROM_ORDERS)
    missing = say(
        "This shop gives orders only, so the report follows users from order to order. To show "
        "where they leave before they buy, it would need the table events: who (user_id) did what "
        "(event) when (occurred_at), and on which platform."
    )
    events = _from_orders(orders)
    return Journey(events, tuple(steps) or FROM_ORDERS, _values(events, "platform"), missing)


def _from_events(events: ir.Table, steps: Sequence[str]) -> Journey:
    names = _values(events, "event")
    if not steps:
        shown = ", ".join(names[:12]) or "none"
        raise ParameterError(f"steps == [], must name events in order, of: {shown}")
    _check_known(steps, names)
    return Journey(events, tuple(steps), _values(events, "platform"))


def _values(events: ir.Table, column: str) -> tuple[str, ...]:
    """The values of a column; none if there is no such column."""
    if column not in events.columns:
        return ()
    found = events.select(column).distinct().limit(10_000).to_pyarrow()[column].to_pylist()
    return tuple(sorted(value for value in found if value is not None))


def _check_known(steps: Sequence[str], names: Sequence[str]) -> None:
    for place, step in enumerate(steps):
        if step in steps[:place]:
            raise ParameterError(f"steps == {list(steps)}, but '{step}' stands twice")
        if step not in names:
            shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")  # noqa: PLR2004
            message = unknown("step", step, names)
            raise ParameterError(
                f"{message} The events here: {shown}" if message.endswith("?") else message
            )


def _from_orders(orders: ir.Table) -> ir.Table:
    real = orders.filter(orders.user_id.notnull(), orders.ordered_at.notnull(), orders.amount > 0)
    if "status" in real.columns:
        real = real.filter(real.status.fill_null("paid") != "cancelled")
    rank = ibis.row_number().over(group_by=real.user_id, order_by=[real.ordered_at, real.order_id])
    ranked = real.mutate(rank=rank).filter(lambda t: t["rank"] < len(FROM_ORDERS))
    event = ranked["rank"].cases(*enumerate(FROM_ORDERS[:-1]), else_=FROM_ORDERS[-1])
    carried = [name for name in _CARRIED if name in ranked.columns]
    return ranked.select(
        "user_id", *carried, event=event, occurred_at=ranked.ordered_at, value=ranked.amount
    )
