"""Orders by numbers in place of their ids: what is known of 1.5 million of them fits in little memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.stats.arrays import Array

_DAY = 86_400
_PART = 200_000  # ids that are looked up at once


@dataclass(frozen=True)
class Numbered:
    """Orders, moments and verdicts by the number of the order.

    Attributes:
        ids: Of each order, in the order of their first moments.
        order: Of each moment, the number of its order.
        placed: When each order was placed, seconds since 1970.
        judged: Of each verdict, by when it was known, the number of its order.
        known: When it was known, seconds since 1970.
        is_bad: What it says.
    """

    ids: pa.Array
    order: Array
    placed: Array
    judged: Array
    known: Array
    is_bad: Array

    @classmethod
    def of(cls, rows: pd.DataFrame, verdicts: pd.DataFrame) -> Numbered:
        """Return it of moments, by time, and of verdicts on orders, by when they were known.

        The moments give their `order_id` away: a million texts are held once.
        """
        order = rows["order"].to_numpy()
        first = np.zeros(int(order.max()) + 1 if len(order) else 0, dtype=np.int32)
        # The first moment of each is its placing.
        first[order[::-1]] = np.arange(len(order), dtype=np.int32)[::-1]
        ids = pa.array(rows.pop("order_id").iloc[first], pa.string())
        number = _found(pa.array(verdicts["subject_id"], pa.string()), ids)
        ours = number >= 0
        return cls(
            ids,
            order,
            rows["at"].to_numpy()[first],
            number[ours],
            verdicts["known"].to_numpy()[ours],
            verdicts["is_bad"].to_numpy(dtype=bool)[ours],
        )

    @property
    def ages(self) -> Array:
        """After how many days each verdict was known."""
        return np.asarray((self.known - self.placed[self.judged]) / _DAY)

    def verdict(self, until: float = np.inf) -> Array:
        """Return the verdict that counts on each order at an instant: 1 bad, 0 good, -1 for none."""
        told = np.full(len(self.placed), -1, dtype=np.int8)
        some = np.searchsorted(self.known, until)
        told[self.judged[:some]] = self.is_bad[:some]  # of several the latest is written last
        return told

    def first_known(self, never: int) -> Array:
        """Return when the first verdict on each order was known, `never` for none."""
        told = np.full(len(self.placed), never, dtype=np.int64)
        told[self.judged[::-1]] = self.known[::-1]
        return told

    def last(self, count: int) -> Array:
        """Return the place of each order's last of so many moments, -1 for none."""
        told = np.full(len(self.placed), -1, dtype=np.int32)
        told[self.order[:count]] = np.arange(count, dtype=np.int32)
        return told


def _found(asked: pa.Array, ids: pa.Array) -> Array:
    """The place of each text among the ids, -1 for none; by parts, as a table of all ids is large."""
    place = np.full(len(asked), -1, dtype=np.int32)
    for start in range(0, len(ids), _PART):
        found = pc.index_in(asked, ids.slice(start, _PART))
        here = np.asarray(found.is_valid())
        place[here] = start + found.drop_null().to_numpy()
    return place
