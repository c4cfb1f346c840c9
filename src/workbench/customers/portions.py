"""Many customers in portions: what an engine holds of one portion is a part of what all would take."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise
from typing import TypeAlias

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.customers.snapshot import Mixes, snapshot
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.stats.arrays import Array

_MOST = 350_000  # orders of a portion
_KEYS = ["cut", "user_id"]
_Part: TypeAlias = tuple[pa.Table, dict[str, Array]]


def features(scope: Scope, known: Mixes, cut_offs: Sequence[date]) -> list[pd.DataFrame]:
    """Return `snapshot` of each cut-off in memory, in the order of `user_id`, which is the index.

    A user's portion is that of the last letter of the id, of which there are enough to part millions
    alike; the rows of the tables are read once a portion. Of a shop that is one portion, as many cut-offs
    are asked for at once as make one together; of others each by itself.

    Args:
        scope: As for `snapshot`.
        known: As for `snapshot`.
        cut_offs: As for `snapshot`, one or more.
    """
    sizes = scope.asked("last letters", lambda: _letters(scope), shared=True)
    at_once = max(_MOST // max(sizes["rows"].sum(), 1), 1)
    found = []
    for first in range(0, len(cut_offs), at_once):
        some = cut_offs[first : first + at_once]
        parts = [
            _sorted(snapshot(one, known, some).to_pyarrow()) for one in _portions(scope, sizes)
        ]
        found += _whole(parts, some)
    return found


def _whole(parts: list[_Part], cut_offs: Sequence[date]) -> list[pd.DataFrame]:
    """The features of all portions, by cut-off."""
    keys = pa.concat_tables([own for own, _ in parts])
    order = pc.sort_indices(keys, [(name, "ascending") for name in _KEYS])
    keys, places = keys.take(order), order.to_numpy()
    borders = np.searchsorted(keys["cut"].to_numpy(), range(len(cut_offs) + 1))
    # A column at a time, its parts given back: all of both at once would be twice as much.
    columns = {
        name: np.concatenate([numbers.pop(name) for _, numbers in parts])[places]
        for name in [*parts[0][1]]
    }
    found = []
    for start, end in pairwise(borders):
        ids = pd.Index(keys["user_id"][start:end].to_pandas(), name="user_id")
        own = {name: column[start:end] for name, column in columns.items()}
        found.append(pd.DataFrame(own, index=ids, copy=False))
        found[-1].columns = found[-1].columns.astype("object")
    return found


def _sorted(part: pa.Table) -> _Part:
    """Whose the rows of a portion are, in order, and their numbers by column; gaps are NaN.

    Each is a copy that can be given back by itself: as the engine gave them, all live as long as any.
    """
    keys = part.select(_KEYS)
    order = pc.sort_indices(keys, [(name, "ascending") for name in _KEYS])
    places = order.to_numpy()
    numbers = [name for name in part.column_names if name not in _KEYS]
    return keys.take(order), {name: part[name].to_numpy()[places] for name in numbers}


def _portions(scope: Scope, sizes: pd.DataFrame) -> Iterator[Scope]:
    """The scope for some users at a time, by the last letters of ids, with about as many orders each."""
    count = min(math.ceil(sizes["rows"].sum() / _MOST), len(sizes))
    if count <= 1:
        yield scope
        return
    groups: list[list[str]] = [[] for _ in range(count)]
    filled = [0] * count
    for last, rows in zip(sizes["last"], sizes["rows"], strict=True):
        least = filled.index(min(filled))
        groups[least].append(last)
        filled[least] += int(rows)
    for group in groups:
        yield replace(scope, tables=scope.tables.each(partial(_of, group)))


def _letters(scope: Scope) -> pd.DataFrame:
    """How many orders there are of users with each last letter, the most first."""
    orders = scope.tables.orders.drop_null(["user_id"])
    named = orders.select(last=orders["user_id"].right(1))
    return frame(named.group_by("last").agg(rows=named.count())).sort_values(
        ["rows", "last"], ascending=[False, True]
    )


def _of(letters: list[str], _name: str, table: ir.Table) -> ir.Table:
    """Only the rows of a portion's users, of a table that names users."""
    if "user_id" not in table.columns:
        return table
    return table.filter(table["user_id"].right(1).isin(letters))
