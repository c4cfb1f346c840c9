"""Users parted by chance: each is tested once in a parting by what was learned from the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.backtests.rivals import Fold
from workbench.stats.arrays import Array

FOLDS, SEEDS = 5, (0, 1, 2)
"""Into how many parts users are parted, and by which seeds: folds of one seed have one name."""

TEST_SHARE = 1 / (FOLDS - 1)
"""Users that are tested for each that is learned from."""


def crossed(rows: pd.DataFrame, happened: Array) -> list[Fold]:
    """Return the folds of repeated cross-validation, in each as many of either outcome.

    Args:
        rows: Features, a row a user.
        happened: 0 or 1, shape (users,).
    """
    folds = []
    for seed in SEEDS:
        part = _part(happened, seed)
        for one in range(FOLDS):
            tested = part == one
            folds.append(
                Fold(
                    str(seed),
                    rows.loc[~tested],
                    happened[~tested],
                    rows.loc[tested],
                    happened[tested],
                )
            )
    return folds


def _part(happened: Array, seed: int) -> Array:
    """The part that each user falls into, those of either outcome dealt out in turn."""
    chance, part = np.random.default_rng(seed), np.zeros(len(happened), dtype=np.int64)
    for outcome in (0, 1):
        own = np.flatnonzero(happened == outcome)
        part[chance.permutation(own)] = np.arange(len(own)) % FOLDS
    return part
