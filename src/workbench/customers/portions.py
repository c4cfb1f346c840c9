"""Many customers in portions: what an engine holds of one portion is a part of what all would take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import pairwise

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


def features(scope: Scope, known: Mixes, cut_offs: Sequence[date]) -> list[pd.DataFrame]:
    """Return `snapshot` of each cut-off in memory, in the order of `user_id`, which is the index.

    A user's portion is that of the last letter of the id, of which there are enough to part millions
    alike; the rows of the tables are read once a portion. Where there are several, each cut-off is asked
    by itself, else all at once.

    Args:
        scope: As for `snapshot`.
        known: As for `snapshot`.
        cut_offs: As for `snapshot`, one or more.
    """
    groups = _groups(scope, len(cut_offs))
    if len(cut_offs) > 1 and len(groups) > 1:
        return [features(scope, known, [one])[0] for one in cut_offs]
    return _whole((snapshot(one, known, cut_offs) for one in _portions(scope, groups)), cut_offs)


def _whole(portions: Iterable[ir.Table], cut_offs: Sequence[date]) -> list[pd.DataFrame]:
    """The features of all portions, by cut-off."""
    parts = [_sorted(one.to_pyarrow()) for one in portions]
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


def _sorted(part: pa.Table) -> tuple[pa.Table, dict[str, Array]]:
    """Whose the rows of a portion are, in order, and their numbers by column; gaps are NaN.

    Each is a copy that can be given back by itself: as the engine gave them, all live as long as any.
    """
    keys = part.select(_KEYS)
    order = pc.sort_indices(keys, [(name, "ascending") for name in _KEYS])
    places = order.to_numpy()
    numbers = [name for name in part.column_names if name not in _KEYS]
    return keys.take(order), {name: part[name].to_numpy()[places] for name in numbers}


def _portions(scope: Scope, groups: list[list[str]]) -> Iterator[Scope]:
    if len(groups) < 2:  # noqa: PLR2004 - all of them
        yield scope
        return
    for group in groups:
        yield replace(scope, tables=scope.tables.each(partial(_of, group)))


def _groups(scope: Scope, cut_offs: int) -> list[list[str]]:
    """The last letters of ids by portion, each with about as many orders as the others."""
    sizes = scope.asked("last letters", lambda: _letters(scope), shared=True)
    portions = min(math.ceil(sizes["rows"].sum() * cut_offs / _MOST), len(sizes))
    groups: list[list[str]] = [[] for _ in range(max(portions, 1))]
    filled = [0] * len(groups)
    for last, rows in zip(sizes["last"], sizes["rows"], strict=True):
        least = filled.index(min(filled))
        groups[least].append(last)
        filled[least] += int(rows)
    return groups


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
