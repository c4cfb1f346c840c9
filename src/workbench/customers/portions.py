"""Many customers in portions: what an engine holds of one portion is a part of what all would take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.customers.snapshot import Mixes, snapshot
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.stats.arrays import Array

_MOST = 500_000  # orders of a portion


def features(scope: Scope, known: Mixes) -> pd.DataFrame:
    """Return `snapshot` in memory, in the order of `user_id`, which is the index.

    A user's portion is that of the last letter of the id, of which there are enough to part millions
    alike; the rows of the tables are read once a portion.

    Args:
        scope: As for `snapshot`.
        known: As for `snapshot`.
    """
    parts = [_sorted(snapshot(one, known).to_pyarrow()) for one in _portions(scope)]
    ids = pa.chunked_array([chunk for own, _ in parts for chunk in own.chunks])
    order = pc.sort_indices(ids)
    index, places = pd.Index(ids.take(order).to_pandas(), name="user_id"), order.to_numpy()
    # A column at a time, its parts given back: all of both at once would be twice as much.
    columns = {
        name: np.concatenate([numbers.pop(name) for _, numbers in parts])[places]
        for name in [*parts[0][1]]
    }
    found = pd.DataFrame(columns, index=index, copy=False)
    found.columns = found.columns.astype("object")
    return found


def _sorted(part: pa.Table) -> tuple[pa.ChunkedArray, dict[str, Array]]:
    """The ids of a portion in order, and its numbers by column, likewise; gaps are NaN.

    Each is a copy that can be given back by itself: as the engine gave them, all live as long as any.
    """
    ids = part["user_id"]
    order = pc.sort_indices(ids)
    names = [name for name in part.column_names if name != "user_id"]
    return ids.take(order), {name: part[name].to_numpy()[order.to_numpy()] for name in names}


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
