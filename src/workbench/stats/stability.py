"""Whether a population is still spread over its groups as it was."""

from __future__ import annotations

import math

import numpy as np

from workbench.stats.arrays import Array

STABLE, CHANGED = 0.1, 0.25
"""The conventional marks of the population stability index."""

_HALF = 0.5  # of a user, for a group that is empty in one of the two


def psi(before: Array, after: Array) -> float:
    """Return the population stability index of two distributions over the same groups.

    sum (a - b) ln(a / b) over the shares of the groups: Jeffreys' divergence, as credit scoring
    uses it (Lewis 1994; Siddiqi 2006, "Credit Risk Scorecards"). By convention a population is
    stable under 0.1 and has changed from 0.25 on. A group that is empty in both adds nothing;
    one that is empty in one of them counts half a user there, for its logarithm would be infinite.

    Args:
        before: Users of each group; shape (groups,).
        after: The same later.

    Returns:
        The index, 0 where nothing moved; NaN where one has no users.
    """
    if not before.sum() or not after.sum():
        return math.nan
    seen = (before > 0) | (after > 0)
    shares = [
        np.where(users[seen] > 0, users[seen], _HALF) / users.sum() for users in (before, after)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def psi_by_chance(groups: int, before: int, after: int) -> float:
    """Return what the index of two samples of one population is on average.

    About (groups - 1) (1/n + 1/m) with n and m users (Yurdakul 2018, "Statistical properties of
    population stability index").

    Args:
        groups: How many there are.
        before: Users of the first sample.
        after: Users of the second.
    """
    return (groups - 1) * (1 / before + 1 / after)
