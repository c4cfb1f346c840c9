"""What an analysis is given: tables cut to a platform, what they lack, small tables as pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import ibis.expr.types as ir
import pandas as pd

from workbench.kit.words import _
from workbench.periods import Period

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


def frame(table: ir.Table) -> pd.DataFrame:
    """Return a small table as pandas."""
    found: pd.DataFrame = table.to_pyarrow().to_pandas()
    return found
