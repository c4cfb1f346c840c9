"""Features of orders, fetched: what was known of each when it was placed, and when it was sent back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.analyses.risk.order_facts import IDS, KINDS, facts
from workbench.kit.scope import Scope


def moments(scope: Scope) -> pd.DataFrame:
    """Return the features of every moment up to a scope's end, by time.

    Args:
        scope: Its platform's orders count, in all its history.

    Returns:
        A row a moment: `order_id`, `user_id` and, where it is known, `content_id`; `order` (its number: 0, 1, … by first moment); `at` (seconds since 1970); `is_return`; the features, NaN where not known.
    """
    first, *parts = facts(scope)
    told = first.to_pyarrow()
    place = told["place"].to_numpy()
    by_time = np.argsort(place)
    columns: dict[str, Any] = {
        name: told[name].take(by_time).to_pandas() for name in ("order_id", "at", "amount")
    }
    # Numbers in place of ids: a table of a million texts is best made while little else is held.
    coded = told["order_id"].take(by_time).combine_chunks().dictionary_encode()
    columns["order"] = coded.indices.to_numpy()
    del told, coded
    for part in parts:
        columns |= _spread(part.to_pyarrow(), len(place))
    local = pd.to_datetime(columns["at"], unit="s", utc=True).dt.tz_convert(scope.time_zone)
    columns["hour"] = local.dt.hour.astype("float32")
    pa.default_memory_pool().release_unused()  # what the parts took; a million orders feel it
    return pd.DataFrame(columns, copy=False)


def _spread(part: Any, count: int) -> dict[str, Any]:
    """The columns of some moments as those of all by time; not known where they are not told."""
    place = part["place"].to_numpy()
    row = np.full(count, -1, dtype=np.int32)
    row[place] = np.arange(len(place), dtype=np.int32)
    where = pa.array(row, mask=row < 0)
    told: dict[str, Any] = {}
    for name in part.column_names:
        if name in IDS:
            told[name] = part[name].take(where).to_pandas()
        elif name in KINDS:
            told[name] = part[name].take(where).to_pandas().astype("category")
        elif name != "place":
            told[name] = np.full(count, np.nan, dtype=np.float32)
            told[name][place] = part[name].to_numpy()
    return told


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of moments that a model may learn from."""
    return rows.drop(columns=[one for one in ("at", "order", *IDS) if one in rows])
