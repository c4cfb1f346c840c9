"""Small tables typed out by hand, for the tests of the funnel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

COLUMNS = ("user_id", "event", "occurred_at", "platform")


def at(text: str) -> datetime:
    """An instant of 2026 written `03-02 10:00`."""
    return datetime.fromisoformat(f"2026-{text}")


def events(*rows: tuple[str | None, ...]) -> ir.Table:
    """Events typed as `user, event, month-day hour:minute, platform` (the last may be left out)."""
    padded = [(*row, None)[:4] for row in rows]
    return table((u, e, at(t) if t else None, p) for u, e, t, p in padded)


def table(rows: Iterable[tuple[Any, ...]]) -> ir.Table:
    text = pa.string()
    types = dict(zip(COLUMNS, (text, text, pa.timestamp("us"), text), strict=True))
    lines = list(rows)
    return ibis.memtable(
        pa.table(
            {
                name: pa.array([line[place] for line in lines], type_)
                for place, (name, type_) in enumerate(types.items())
            }
        )
    )


def rows(expression: ir.Table) -> list[tuple[Any, ...]]:
    """The rows of a table as tuples, sorted, with instants written as they were typed."""
    found = expression.to_pyarrow().to_pylist()
    return sorted((tuple(map(_typed, row.values())) for row in found), key=repr)


def _typed(value: Any) -> Any:
    return value.strftime("%m-%d %H:%M") if isinstance(value, datetime) else value
