"""How well scores tell those to whom it happens from the others, and whether one does so better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT, UNKNOWN, Interval

DRAWS = 250
_SEED = 20_260_401


def auc(scores: Array, happened: Array) -> float:
    """Return the chance that who it happens to has the higher score; ties count half; NaN for one kind.

    Args:
        scores: Any order, shape (users,).
        happened: 0 or 1, shape (users,).
    """
    return _auc(*_Ranked.of(scores, happened).ties())


def average_precision(scores: Array, happened: Array) -> float:
    """Return the mean of the precision over those to whom it happened; ties are taken together.

    Args:
        scores: As for `auc`.
        happened: As for `auc`.

    Returns:
        The area under the curve of precision by recall, by steps; NaN if it happened to nobody.
    """
    return _average_precision(*_Ranked.of(scores, happened).ties())


def lift(scores: Array, happened: Array, share: float) -> float:
    """Return how many times as often it happens among the share with the highest scores."""
    first = np.argsort(-np.asarray(scores), kind="stable")[: max(1, round(share * len(scores)))]
    mean = float(np.mean(happened))
    return float(np.mean(np.asarray(happened)[first])) / mean if mean else float("nan")


def resampled(
    scores: Mapping[str, Sequence[Array]],
    happened: Sequence[Array],
    users: Sequence[Array],
    *,
    measure: Literal["auc", "average_precision"] = "auc",
) -> dict[str, Array]:
    """Return each score's AUC over and over, as users are drawn anew with all that is known of them.

    A user is drawn with the rows of all cut-offs, so that a user who is in all of them is not taken
    for three. Pairs are compared within a cut-off, where a list is made, and the cut-offs weigh alike.

    Args:
        scores: By name, shape (users,) for each cut-off.
        happened: 0 or 1, likewise.
        users: Whose rows they are, likewise.
        measure: What is told in place of the AUC.

    Returns:
        By name: the AUC as it is, then those of `DRAWS` draws; shape (1 + DRAWS,).
    """
    told = _auc if measure == "auc" else _average_precision
    names, place = np.unique(np.concatenate(users), return_inverse=True)
    parts = np.split(place, np.cumsum([len(one) for one in users])[:-1])
    chance = np.random.default_rng(_SEED)
    drawn: list[Array | None] = [None]
    for _ in range(DRAWS):
        times = np.bincount(chance.integers(0, len(names), len(names)), minlength=len(names))
        drawn.append(times.astype(float))
    found = {}
    for name, each in scores.items():
        ready = [
            (ranked, part[ranked.rows])
            for part, ranked in zip(parts, map(_Ranked.of, each, happened), strict=True)
        ]
        found[name] = np.array(
            [
                np.mean(
                    [
                        told(*ranked.ties(times if times is None else times[own]))
                        for ranked, own in ready
                    ]
                )
                for times in drawn
            ]
        )
    return found


def spread(values: Array) -> Interval:
    """Return a figure with the ends between which 95 % of its draws lie, as `resampled` tells them."""
    drawn = values[1:][~np.isnan(values[1:])]
    if not len(drawn):
        return Interval(float(values[0]))
    low, high = np.quantile(drawn, [DOUBT / 2, 1 - DOUBT / 2])
    return Interval(float(values[0]), float(low), float(high))


def corrected_t(differences: Array, test_share: float) -> Interval:
    """Return the mean difference over folds of repeated cross-validation, with its interval.

    Folds share most of their training rows, so their differences are not independent: the variance
    is corrected by Nadeau and Bengio (2003), "Inference for the generalization error", Machine
    Learning 52(3), to (1/k + n_test / n_train) times that of the differences.

    Args:
        differences: Of each fold, shape (folds,).
        test_share: How many rows are tested for each that is learned from; a quarter in five folds.
    """
    folds = len(differences)
    if folds < 2:  # noqa: PLR2004 - one difference has no spread
        return UNKNOWN
    error = np.sqrt((1 / folds + test_share) * np.var(differences, ddof=1))
    reach = float(stats.t.ppf(1 - DOUBT / 2, folds - 1) * error)
    mean = float(np.mean(differences))
    return Interval(mean, mean - reach, mean + reach)


class _Ranked(NamedTuple):
    """Rows from the lowest score to the highest.

    Attributes:
        rows: Their places, shape (rows,).
        hits: 0 or 1 as it happened to them, shape (rows,).
        starts: Where each tie begins, shape (ties,).
    """

    rows: Array
    hits: Array
    starts: Array

    @classmethod
    def of(cls, scores: Array, happened: Array) -> _Ranked:
        rows = np.argsort(scores, kind="stable")
        is_start = np.append(True, np.diff(np.asarray(scores)[rows]) > 0)[: len(rows)]
        return cls(rows, np.asarray(happened, dtype=float)[rows], np.flatnonzero(is_start))

    def ties(self, times: Array | None = None) -> tuple[Array, Array]:
        """Of each tie to how many it happened, and how many there are, with so many of each row."""
        weight = np.ones(len(self.rows)) if times is None else times
        hits = self.hits * weight
        if len(self.starts) == len(self.rows):
            return hits, weight
        return np.add.reduceat(hits, self.starts), np.add.reduceat(weight, self.starts)


def _auc(hits: Array, listed: Array) -> float:
    """The AUC, by tie from the lowest score to the highest."""
    others = listed - hits
    passed = others.cumsum()
    pairs = hits.sum() * passed[-1] if len(passed) else 0.0
    return float((hits * (passed - others / 2)).sum() / pairs) if pairs else float("nan")


def _average_precision(hits: Array, listed: Array) -> float:
    """The average precision, likewise."""
    own, among = hits[::-1], listed[::-1].cumsum()
    found = own.cumsum()
    if not len(found) or found[-1] == 0:
        return float("nan")
    return float((own * found / np.maximum(among, 1)).sum() / found[-1])
