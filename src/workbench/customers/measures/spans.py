"""The stretches of days that a measure is taken over: a scope's whole, or each of its weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.errors import ParameterError
from workbench.kit.scope import Scope
from workbench.periods import Week, midnight

DAY = timedelta(days=1)


class Span(NamedTuple):
    """Some days, and until when what became of them is known.

    Attributes:
        first: First day.
        last: Last day; before the first one where no day is old enough.
        known: Last day that anything is known of.
    """

    first: date
    last: date
    known: date


def spans(scope: Scope, *, weekly: bool, within_days: int | None) -> tuple[Span, ...]:
    """Return a scope's whole as one span, or each of its weeks as one.

    A week is a scope of its own: of what came after it nothing is known. Within so many days means
    that days are left out which are younger than that; all others are then seen at the same age.

    Args:
        scope: What is looked at.
        weekly: Whether each week is a span; a week that begins or ends outside of the scope has
            its days in it alone, and one of which a day is too young has `last` before `first`.
        within_days: How old each day must be; None: no age is asked for.

    Raises:
        ParameterError: If `within_days` is below 0.
    """
    if within_days is not None and within_days < 0:
        raise ParameterError(f"within_days == {within_days}, must be 0 or more")
    period, old = scope.period, (within_days or 0) * DAY
    if not weekly:
        return (Span(period.first, period.last - old, period.last),)
    weeks = [list(days) for _, days in groupby(period.days, Week.of)]
    return tuple(
        Span(days[0], days[-1] if days[-1] + old <= period.last else days[0] - DAY, days[-1] + old)
        for days in weeks
    )


Bounds = Callable[[Span], tuple[date, date]]


def days_of(span: Span) -> tuple[date, date]:
    """Return a span's own first and last day."""
    return span.first, span.last


def across(
    rows: ir.Table, at: str, scope: Scope, of: Sequence[Span], bounds: Bounds = days_of
) -> ir.Table:
    """Return rows once for each span that they are in.

    Args:
        rows: With an instant.
        at: Its column.
        scope: Names the zone.
        of: The spans.
        bounds: The first and the last day whose rows belong to a span.

    Returns:
        The rows with `span` (the place among the spans), `closes` (the first instant after the
        span's own days) and `known_until` (the first one of which nothing is known).
    """
    days = {
        "opens": [bounds(one)[0] for one in of],
        "until": [bounds(one)[1] + DAY for one in of],
        "closes": [one.last + DAY for one in of],
        "known_until": [one.known + DAY for one in of],
    }
    instants = {
        name: pa.array([midnight(day, scope.time_zone) for day in column], pa.timestamp("us"))
        for name, column in days.items()
    }
    edges = ibis.memtable(pa.table({"span": pa.array(range(len(of)), pa.int64()), **instants}))
    inside = [rows[at] >= edges.opens, rows[at] < edges.until]
    return rows.join(edges, inside).select(*rows.columns, "span", "closes", "known_until")
