"""Visits that a content led to, and whether they ended in the funnel's last step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import ibis.expr.types as ir
import pandas as pd

from workbench.periods import Period
from workbench.words import _

_YEAR = timedelta(weeks=52)
_BY_PLATFORM = ("events", "orders", "users")


def year_to(period: Period) -> Period:
    """Return the 52 weeks that end with the period: effects of habit need that many visits."""
    return Period(period.last - _YEAR + timedelta(days=1), period.last, period.time_zone)


def of_platform(tables: Mapping[str, ir.Table], platform: str) -> dict[str, ir.Table]:
    """Return the tables with only the events, orders and users of a platform; empty means all.

    A table that does not tell of platforms stays as it is.
    """
    return {
        name: table.filter(table.platform == platform)
        if platform and name in _BY_PLATFORM and "platform" in table.columns
        else table
        for name, table in tables.items()
    }


def lacking(tables: Mapping[str, ir.Table], needs: Mapping[str, Sequence[str]], what: str) -> str:
    """Return what a section would need, in a sentence; empty if nothing is missing.

    Args:
        tables: The source's tables.
        needs: Columns by table.
        what: What the section would show, as it stands within the sentence.
    """
    gaps = [
        _("the table {table} ({columns})").format(table=name, columns=", ".join(columns))
        if name not in tables
        else _("the column {columns} of {table}").format(columns=", ".join(absent), table=name)
        for name, columns in needs.items()
        if (
            absent := [
                one for one in columns if name not in tables or one not in tables[name].columns
            ]
        )
    ]
    if not gaps:
        return ""
    return _("To show {what}, this report would need {gaps}.").format(
        what=what, gaps=_(" and ").join(gaps)
    )


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
    bought = events.filter(events.event == end, events["session_id"].notnull())  # noqa: PD004 - Ibis
    sessions = bought.select(bought_in="session_id").distinct()
    joined = began.left_join(sessions, began.session_id == sessions.bought_in)
    return joined.mutate(bought=joined["bought_in"].notnull())  # noqa: PD004 - Ibis


def frame(table: ir.Table) -> pd.DataFrame:
    """Return a small table as pandas."""
    found: pd.DataFrame = table.to_pyarrow().to_pandas()
    return found
