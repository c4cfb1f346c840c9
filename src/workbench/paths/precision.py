"""Events known by their day only, among events known to the second.

Such an event stands at the last instant of its day, but may have happened at any time of it. So
where it comes before or after another event, days are compared: it is given every instant of its
day that could matter, the first, those of the user's other events, and the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.kit.scope import Scope
from workbench.periods import (
    TICK,
    Period,
    day_number,
    ends_a_day,
    ends_a_minute,
    midnight,
    to_local,
)
from workbench.tables import TABLES

KNOWN = "known_at"
"""The column that says, of events that were spread over their day, when they stood before."""

_EPOCH = date(1970, 1, 1)


def ends(scope: Scope, table: str) -> list[dict[str, Any]]:
    """Return what is known of each event, whatever the scope's period.

    Returns:
        Rows of `event` (that of a table without events is `order`), `since`, `until`, `rows`, and
        how many of them are known `by_day` only.
    """

    def ask() -> list[dict[str, Any]]:
        rows = getattr(scope.tables, table)
        event = rows.event if table == "events" else ibis.literal("order")
        told = rows.select(event=event, at=rows[TABLES[table].instant])
        found: list[dict[str, Any]] = (
            told.group_by("event")
            .agg(
                since=told["at"].min(),
                until=told["at"].max(),
                rows=told.count(),
                by_day=ends_a_minute(told["at"]).sum(),
            )
            .to_pyarrow()
            .to_pylist()
        )
        return found

    known: list[dict[str, Any]] = scope.asked(("ends", table), ask, shared=True)
    return known


def day_steps(known: Iterable[dict[str, Any]], steps: Sequence[str]) -> tuple[str, ...]:
    """Return the steps known by their day, where others are known to the second; else none.

    Args:
        known: What `ends` returns.
        steps: The events of a funnel; those of orders are all of one kind.
    """
    of = {row["event"]: row for row in known}
    own = [(step, of.get(step) or of.get("order")) for step in steps]
    there = [(step, row) for step, row in own if row]
    by_day = [step for step, row in there if row["by_day"]]
    return tuple(by_day) if any(row["by_day"] < row["rows"] for _step, row in there) else ()


def whole_days(since: datetime, until: datetime, time_zone: str) -> Period:
    """Return the days that two instants and all between them lie in."""
    first, last = (to_local(one, time_zone).date() for one in (since, until))
    return Period(first, last, time_zone)


def spread(events: ir.Table, days: Period) -> ir.Table:
    """Return events with those known by their day at each instant of it that could matter.

    Args:
        events: `user_id`, `occurred_at` and what else there is, all inside the days.
        days: Of the shop.

    Returns:
        The events with `known_at`, when each stood before; a row for each of its instants.
    """
    kept = [name for name in events.columns if name != "occurred_at"]
    told = events.mutate(known_at=events.occurred_at, day=day_number(events.occurred_at, days))
    is_day = ends_a_day(told.occurred_at, days)
    whole = told.filter(is_day)
    exact = told.filter(~is_day)
    exact = exact.select(goer="user_id", went_at="occurred_at", went_on="day").distinct()
    firsts = _firsts(days)
    opening = whole.join(firsts, whole.day == firsts.number)
    others = whole.join(exact, [whole["user_id"] == exact.goer, whole.day == exact.went_on])
    return ibis.union(
        told.select(*kept, KNOWN, "occurred_at"),
        opening.select(*kept, KNOWN, occurred_at=firsts.opens_at),
        others.select(*kept, KNOWN, occurred_at=exact.went_at),
    )


def floored(events: ir.Table, days: Period) -> ir.Table:
    """Return events at the last instant of their day: those of one day have no order.

    Args:
        events: As for `spread`.
        days: As for `spread`.
    """
    kept = [name for name in events.columns if name != "occurred_at"]
    told = events.mutate(day=day_number(events.occurred_at, days))
    lasts = _firsts(days)
    joined = told.join(lasts, told.day == lasts.number)
    return joined.select(*kept, known_at=lasts.closes_at, occurred_at=lasts.closes_at)


def _firsts(days: Period) -> ir.Table:
    """The `number` of each day, when it `opens_at`, and its last instant."""
    one = timedelta(days=1)
    opens = [midnight(day, days.time_zone) for day in days.days]
    closes = [midnight(day + one, days.time_zone) - TICK for day in days.days]
    instant = pa.timestamp("us")
    return ibis.memtable(
        pa.table(
            {
                "number": pa.array([(day - _EPOCH).days for day in days.days], pa.int64()),
                "opens_at": pa.array(opens, instant),
                "closes_at": pa.array(closes, instant),
            }
        )
    )
