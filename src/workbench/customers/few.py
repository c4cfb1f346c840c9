"""Which levels, and which cells of scores, others are told of: those of users enough."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from workbench.kit.levels import CLASSES
from workbench.stats.disclosure import Mask, is_small, withheld, withheld_within

_OF_USERS = ("users", "users_rate", "revenue_amount", "revenue_rate", "expected_amount")
_MEDIANS = ("recency_days", "frequency", "monetary")


def tells_core(levels: pd.DataFrame, least: int) -> bool:
    """Return whether the core is told of: neither it nor the rest has too few users.

    Args:
        levels: `class` and `users` of each level.
        least: Users, under which nothing is told.
    """
    users, core = levels["users"], levels["class"] == CLASSES[0]
    return not any(is_small(users[part].sum(), least) for part in (core, ~core))


def few_levels(levels: pd.DataFrame, least: int) -> Mask:
    """Return which levels are not told of, where the core and all of them are.

    Args:
        levels: `class` and `users` of each level.
        least: Users, under which nothing is told.
    """
    return withheld(levels["users"].to_numpy(), _sums(levels, least), least)


def few_cells(levels: pd.DataFrame, cells: pd.DataFrame, least: int) -> tuple[Mask, Mask]:
    """Return which cells of scores, and which levels, are not told of.

    Args:
        levels: As for `few_levels`, with `level`.
        cells: `r`, `f`, `m`, `level` and `users` of each cell.
        least: Users, under which nothing is told.
    """
    rows = cells.groupby(["r", "f"]).ngroup().to_numpy()
    columns = cells["m"].to_numpy()
    lines = [axis == one for axis in (rows, columns) for one in np.unique(axis)]
    of = cells["level"].map({name: i for i, name in enumerate(levels["level"])}).to_numpy()
    return withheld_within(cells["users"].to_numpy(), lines, of, _sums(levels, least), least)


def without(frame: pd.DataFrame, few: Mask, columns: Collection[str] = ()) -> pd.DataFrame:
    """Return a frame whose rows of `few` have no figures.

    Args:
        frame: Of levels or cells.
        few: Its rows that are not told of.
        columns: The figures; by default what `customers.tiering` tells of users.
    """
    if not few.any():
        return frame
    named = columns or [one for one in (*_OF_USERS, *_MEDIANS) if one in frame]
    return frame.assign(**{name: frame[name].astype("float64").mask(few) for name in named})


def _sums(levels: pd.DataFrame, least: int) -> Sequence[Mask]:
    """The sums that are told of levels: of all, of the core, and so of the rest."""
    everybody = np.ones(len(levels), dtype=np.bool_)
    core = (levels["class"] == CLASSES[0]).to_numpy()
    return [everybody, core, ~core] if tells_core(levels, least) else [everybody]
