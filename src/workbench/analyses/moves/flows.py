"""Users by their level before and after, counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import WorkbenchError
from workbench.kit.levels import CLASSES, LOST, NEW, classes
from workbench.stats.interval import columns
from workbench.stats.rates import wilson
from workbench.stats.stability import psi

KINDS = (*CLASSES, NEW)
_ENDS = ["level_before", "level_after"]
_CLASS_ENDS = ["class_before", "class_after"]

Array = np.ndarray[Any, Any]


def kinds(levels: int) -> Array:
    """The class of each level, from 0; the last of all is that of `new` or `lost`."""
    return np.append(np.repeat(np.arange(len(CLASSES)), levels // len(CLASSES)), len(CLASSES))


def reconcile(flows: Array, before: Array, after: Array) -> None:
    """Refuse flows that do not add up to the users of the levels, with a WorkbenchError.

    The last level before is `new`, the last one after `lost`.
    """
    if not (
        np.array_equal(flows.sum(axis=1)[:-1], before)
        and np.array_equal(flows.sum(axis=0)[:-1], after)
        and flows[-1, -1] == 0
    ):
        raise WorkbenchError("the users who moved do not add up to the users of the levels")


def frame(flows: Array, levels: Sequence[str]) -> pd.DataFrame:
    """Return `Moves.migration`."""
    ways = pd.MultiIndex.from_product([[*levels, NEW], [*levels, LOST]], names=_ENDS)
    return ways.to_frame(index=False).assign(users=flows.ravel())[:-1]  # but from new to lost


def class_frame(flows: Array) -> pd.DataFrame:
    """Return `Moves.class_migration`."""
    n = len(KINDS)
    of = np.eye(n, dtype=np.int64)[kinds(len(flows) - 1)]
    ways = pd.MultiIndex.from_product([[*CLASSES, NEW], [*CLASSES, LOST]], names=_CLASS_ENDS)
    return ways.to_frame(index=False).assign(users=(of.T @ flows @ of).ravel())[:-1]


def level_changes(flows: Array, levels: Sequence[str]) -> pd.DataFrame:
    """Return `Moves.level_changes`."""
    stayed = np.diag(flows)[:-1]
    inner = flows[:-1, :-1]
    # The highest level comes first, so who rose is left of the diagonal.
    rose, fell = np.tril(inner, -1).sum(axis=1), np.triu(inner, 1).sum(axis=1)
    users = flows.sum(axis=1)[:-1]
    counts = {"level": levels, "class": classes(levels).values(), "users_before": users}
    counts |= {"stayed": stayed, "rose": rose, "fell": fell, "lost": flows[:-1, -1]}
    counts |= {"users_after": flows.sum(axis=0)[:-1]}
    counts |= {"joined": inner.sum(axis=0) - stayed, "new": flows[-1, :-1]}
    rates = [wilson(int(one), int(of)) for one, of in zip(stayed, users, strict=True)]
    return pd.DataFrame(counts).join(pd.DataFrame(rates, columns=columns("stay_rate")))


def stability(flows: Array, before: Array, after: Array) -> pd.DataFrame:
    """Return `Moves.stability`."""
    users = int(before.sum())
    of = kinds(len(before))[:-1]
    in_class = int(flows[:-1, :-1][of[:, None] == of].sum())
    row = {"users_before": users, "users_after": int(after.sum()), "psi": psi(before, after)}
    row |= wilson(int(np.trace(flows)), users).spread("stay_level_rate")
    return pd.DataFrame([row | wilson(in_class, users).spread("stay_class_rate")])
