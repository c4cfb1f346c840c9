"""Whom does a treatment move? Qini: what treating the first of a ranking gains, over chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT, UNKNOWN, Interval

GROUPS = 20
HALVES = 200
_SEED = 20_260_402


def qini(scores: Array, treated: Array, happened: Array) -> float:
    """Return the area between the gains of a ranking and those of chance, a user.

    Treating the first share of a ranking gains, of all users, the outcomes of the treated among them
    less those of the controls scaled to as many (Radcliffe 2007, "Using control groups to target on
    predicted lift"). Averaged over shares of one to twenty twentieths, less the straight line of
    chance; ties are taken as they come in a fixed shuffle.

    Args:
        scores: The uplift that is expected, the highest first; shape (users,).
        treated: 0 or 1, drawn by chance; shape (users,).
        happened: 0 or 1; shape (users,).

    Returns:
        The area in outcomes a user; NaN where an arm is empty.
    """
    gains = gains_curve(scores, treated, happened)
    line = gains[-1] * np.arange(GROUPS + 1) / GROUPS
    return float((gains - line)[1:].mean())


def gains_curve(scores: Array, treated: Array, happened: Array) -> Array:
    """Return what treating the first 0, 1 to 20 twentieths of a ranking gains, a user of all.

    Args:
        scores: As for `qini`.
        treated: As for `qini`.
        happened: As for `qini`.

    Returns:
        Shape (21,).
    """
    users = len(scores)
    shuffled = np.random.default_rng(_SEED).permutation(users)
    order = shuffled[np.argsort(-np.asarray(scores, dtype=float)[shuffled], kind="stable")]
    t, y = np.asarray(treated, dtype=float)[order], np.asarray(happened, dtype=float)[order]
    ends = np.round(np.arange(GROUPS + 1) * users / GROUPS).astype(np.int64)
    counts = [np.append(0.0, one.cumsum())[ends] for one in (t, 1 - t, t * y, (1 - t) * y)]
    treated_n, control_n, treated_y, control_y = counts
    if not treated_n[-1] or not control_n[-1]:
        return np.full(GROUPS + 1, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        lift = treated_y / treated_n - control_y / control_n
    # Where an arm has nobody yet there is nothing to tell a gain by.
    return np.asarray(np.nan_to_num(lift, nan=0.0, posinf=0.0, neginf=0.0) * ends / users)


def interval(scores: Array, treated: Array, happened: Array) -> Interval:
    """Return the Qini of a ranking, with the interval by half-splits.

    Half of the users is drawn over and over, without putting back: what a half's Qini varies by is
    then what that of the whole would vary by over users like these.

    Args:
        scores: As for `qini`.
        treated: As for `qini`.
        happened: As for `qini`.
    """
    whole = qini(scores, treated, happened)
    if np.isnan(whole):
        return UNKNOWN
    low, high = _halves(lambda *half: np.array([qini(*half)]), scores, treated, happened)
    return Interval(whole, whole + float(low[0]), whole + float(high[0]))


def gains(scores: Array, treated: Array, happened: Array) -> pd.DataFrame:
    """Return the curve of `gains_curve` with its interval by half-splits.

    Args:
        scores: As for `qini`.
        treated: As for `qini`.
        happened: As for `qini`.

    Returns:
        A row for 0, 1 to 20 twentieths: `users_rate`, `gain_rate` with `_low` and `_high`.
    """
    whole = gains_curve(scores, treated, happened)
    low, high = _halves(gains_curve, scores, treated, happened)
    return pd.DataFrame(
        {
            "users_rate": np.arange(GROUPS + 1) / GROUPS,
            "gain_rate": whole,
            "gain_rate_low": whole + low,
            "gain_rate_high": whole + high,
        }
    )


def _halves(
    measure: Callable[..., Array], scores: Array, treated: Array, happened: Array
) -> tuple[Array, Array]:
    """By how much a measure of halves of the users lies below and above its mean, 95 % of the time."""
    chance = np.random.default_rng(_SEED)
    half, found = len(scores) // 2, []
    for _ in range(HALVES):
        rows = chance.permutation(len(scores))[:half]
        found.append(measure(scores[rows], treated[rows], happened[rows]))
    each = np.array(found)
    low, high = np.nanquantile(each - np.nanmean(each, axis=0), [DOUBT / 2, 1 - DOUBT / 2], axis=0)
    return low, high
