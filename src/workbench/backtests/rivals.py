"""Rivals on the same folds: the simplest that is not worse is chosen, and the page says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special

from workbench.customers.examples import BG_NBD, PARETO_NBD
from workbench.errors import SourceError
from workbench.models.boosted import Boosted
from workbench.models.given import Given
from workbench.models.logistic import KNOTS, Logistic
from workbench.models.saved import Model
from workbench.stats import discrimination
from workbench.stats.arrays import Array
from workbench.stats.calibration import Calibration, calibrate
from workbench.stats.interval import UNKNOWN, Interval, columns

RECENCY, LOGISTIC, SPLINES, BOOSTED = "recency", "logistic", "splines", "boosted_trees"
RIVALS = (RECENCY, "bg_nbd", "pareto_nbd", LOGISTIC, SPLINES, BOOSTED)
"""From the simplest on: what is chosen is the first that is not worse than the best."""

MARGIN = 0.01
"""Of AUC: what a simpler model may lose at most, with 95 % certainty, to be chosen all the same."""

FIRST = 0.1
"""The share of users, from the highest score on, of which the lift is told."""

SIGNS = {"recency_days": 1, BG_NBD: -1, PARETO_NBD: -1}
"""Features that can only make churn likelier (1) or less likely (-1): trees are held to it."""

COLUMNS = (
    *("model", *columns("auc"), "average_precision", "brier_score", "log_loss", "ece_rate"),
    *("perfect_ece_rate", "slope", "lift_times", *columns("behind_change"), "is_chosen"),
)
"""Of `table`."""

_FAR = 20.0  # log-odds: as good as never
_GIVEN = {"bg_nbd": BG_NBD, "pareto_nbd": PARETO_NBD}


class Fold(NamedTuple):
    """What is learned from, and what it is tested on; users are the index of the rows."""

    name: str
    rows: pd.DataFrame
    happened: Array
    tested_rows: pd.DataFrame
    tested_happened: Array


@dataclass(frozen=True)
class Contest:
    """What came of rivals on the same folds.

    Attributes:
        scores: The probabilities of each, by fold.
        aucs: The area under the curve of each, by fold; shape (folds,).
        behind: By how much AUC each is behind the best one.
        spread: The AUC of each with its interval.
        best: Who has the highest AUC.
        chosen: The simplest that is not worse.
    """

    folds: Sequence[Fold]
    scores: Mapping[str, list[Array]]
    aucs: Mapping[str, Array]
    behind: Mapping[str, Interval]
    spread: Mapping[str, Interval]
    best: str
    chosen: str

    def calibration(self, name: str) -> Calibration:
        """Return whether the probabilities of one hold, over all folds together."""
        happened = np.concatenate([one.tested_happened for one in self.folds])
        return calibrate(np.concatenate(self.scores[name]), happened)


def fit(name: str, rows: pd.DataFrame, happened: Array) -> Model:
    """Return one rival fitted; the index of the rows says whose they are.

    Raises:
        SourceError: If these rows teach it nothing.
    """
    if name in _GIVEN:
        if not 0 < happened.mean() < 1:
            raise SourceError(
                f"all {len(happened)} examples came out alike: nothing can be learned"
            )
        return Given.fit(rows, _GIVEN[name])
    if name == RECENCY:
        return Logistic.fit(rows, happened, knots=KNOTS, names=["recency_days"])
    if name == BOOSTED:
        return Boosted.fit(rows, happened, rows.index.to_numpy(dtype=object), SIGNS)
    return Logistic.fit(rows, happened, knots=KNOTS if name == SPLINES else 0)


def able(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return which rivals these rows allow, the simplest first."""
    needed = {RECENCY: "recency_days", **_GIVEN}
    return tuple(
        name
        for name in RIVALS
        if name not in needed or (needed[name] in rows and rows[needed[name]].notna().all())
    )


def contest(
    folds: Sequence[Fold],
    names: Sequence[str],
    *,
    test_share: float | None = None,
    level: bool = False,
) -> Contest:
    """Return what comes of rivals on the same folds, and which of them is chosen.

    Args:
        folds: In time, each tested at a cut-off by whose day its training labels were closed; or of
            cross-validation, 15 of them or more.
        names: Of `RIVALS`, the simplest first.
        test_share: In cross-validation, rows that are tested for each that is learned from; None
            where the folds are cut-offs, which are compared by drawing users anew.
        level: Whether labels looked less far than is asked: what is learned of them is then carried
            to the mean of the model of value (`carried`).

    Raises:
        SourceError: If a fold teaches nothing.
    """
    scores = {name: [_tested(name, one, level=level) for one in folds] for name in names}
    happened = [one.tested_happened for one in folds]
    users = [one.tested_rows.index.to_numpy(dtype=object).astype(str) for one in folds]
    aucs = {
        name: np.array([discrimination.auc(*pair) for pair in zip(each, happened, strict=True)])
        for name, each in scores.items()
    }
    if test_share is None:
        drawn = discrimination.resampled(scores, happened, users)
        spread = {name: discrimination.spread(one) for name, one in drawn.items()}
        best = max(names, key=lambda name: spread[name].value)
        behind = {name: discrimination.spread(drawn[best] - one) for name, one in drawn.items()}
    else:
        spread = {name: discrimination.corrected_t(one, test_share) for name, one in aucs.items()}
        best = max(names, key=lambda name: spread[name].value)
        behind = {
            name: discrimination.corrected_t(aucs[best] - one, test_share)
            for name, one in aucs.items()
        }
    return Contest(folds, scores, aucs, behind, spread, best, _chosen(names, behind, best))


def carried(log_odds: Array, rows: pd.DataFrame) -> Array:
    """Return log-odds moved alike, so that their mean probability is that of the model of value.

    Labels of thirteen weeks say who buys before whom in thirty-nine, but not how many do: the model of
    value knows how purchases go on.

    Args:
        log_odds: Of churn within the time that was learned, shape (users,).
        rows: The features, with the model of value over the time that is asked.
    """
    mean = float(special.expit(-rows[BG_NBD]).mean())
    moved = optimize.brentq(lambda by: special.expit(log_odds + by).mean() - mean, -_FAR, _FAR)
    return np.asarray(log_odds + moved)


def _tested(name: str, fold: Fold, *, level: bool) -> Array:
    """The probabilities of one rival on what is tested."""
    odds = fit(name, fold.rows, fold.happened).log_odds(fold.tested_rows)
    is_moved = level and name not in _GIVEN
    return np.asarray(special.expit(carried(odds, fold.tested_rows) if is_moved else odds))


def _chosen(names: Sequence[str], behind: Mapping[str, Interval], best: str) -> str:
    """The first that is not surely behind the best one, and surely by less than the margin."""
    even = (name for name in names if behind[name].low <= 0 and behind[name].high < MARGIN)
    return next(even, best)


def table(found: Contest) -> pd.DataFrame:
    """Return a row a rival, the simplest first, of the folds taken together.

    Returns:
        `model`, `auc` with `_low` and `_high`, `average_precision`, `brier_score`, `log_loss`,
        `ece_rate` beside `perfect_ece_rate`, `slope`, `lift_times` (of the tenth with the
        highest scores), `behind_change` (AUC behind the best; null of that) with its ends, `is_chosen`.
    """
    rows = []
    happened = [one.tested_happened for one in found.folds]
    for name, each in found.scores.items():
        held, behind = (
            found.calibration(name),
            found.behind[name] if name != found.best else UNKNOWN,
        )
        pairs = list(zip(each, happened, strict=True))
        precision = [discrimination.average_precision(*pair) for pair in pairs]
        rows.append(
            {
                "model": name,
                **found.spread[name].spread("auc"),
                "average_precision": float(np.mean(precision)),
                "brier_score": held.brier_score,
                "log_loss": held.log_loss,
                "ece_rate": held.ece_rate,
                "perfect_ece_rate": held.perfect_ece_rate.value,
                "slope": held.slope.value,
                "lift_times": float(np.mean([discrimination.lift(*pair, FIRST) for pair in pairs])),
                **behind.spread("behind_change"),
                "is_chosen": name == found.chosen,
            }
        )
    return pd.DataFrame(rows, columns=[*COLUMNS])
