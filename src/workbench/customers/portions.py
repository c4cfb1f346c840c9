"""Many customers in portions: what an engine holds of one portion is a part of what all would take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from workbench.customers.snapshot import Mixes, snapshot
from workbench.kit.engine import frame
from workbench.kit.scope import Scope

_MOST = 500_000  # orders of a portion


def features(scope: Scope, known: Mixes) -> pd.DataFrame:
    """Return `snapshot` in memory, in the order of `user_id`, which is the index.

    A user's portion is that of the last letter of the id, of which there are enough to part millions
    alike; the rows of the tables are read once a portion.

    Args:
        scope: As for `snapshot`.
        known: As for `snapshot`.
    """
    parts = [snapshot(one, known).to_pyarrow() for one in _portions(scope)]
    # What Arrow holds is given back column by column: both at once would be twice as much.
    whole = pa.concat_tables(parts)
    del parts
    found: pd.DataFrame = whole.to_pandas(split_blocks=True, self_destruct=True)
    found.columns = found.columns.astype("object")
    return found.set_index("user_id").sort_index()


def _portions(scope: Scope) -> Iterator[Scope]:
    groups = scope.asked("portions", lambda: _letters(scope), shared=True)
    if len(groups) < 2:  # noqa: PLR2004 - all of them
        yield scope
        return
    for group in groups:
        yield replace(scope, tables=scope.tables.each(partial(_of, group)))


def _letters(scope: Scope) -> list[list[str]]:
    """The last letters of ids by portion, each with about as many orders as the others."""
    orders = scope.tables.orders.drop_null(["user_id"])
    named = orders.select(last=orders["user_id"].right(1))
    sizes = frame(named.group_by("last").agg(rows=named.count())).sort_values(
        ["rows", "last"], ascending=[False, True]
    )
    portions = min(math.ceil(sizes["rows"].sum() / _MOST), len(sizes))
    groups: list[list[str]] = [[] for _ in range(max(portions, 1))]
    filled = [0] * len(groups)
    for last, rows in zip(sizes["last"], sizes["rows"], strict=True):
        least = filled.index(min(filled))
        groups[least].append(last)
        filled[least] += int(rows)
    return groups


def _of(letters: list[str], _name: str, table: ir.Table) -> ir.Table:
    """Only the rows of a portion's users, of a table that names users."""
    if "user_id" not in table.columns:
        return table
    return table.filter(table["user_id"].right(1).isin(letters))
