"""Logistic regression with a ridge, straight or with splines: coefficients that JSON can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench.errors import SourceError
from workbench.models.encoding import Encoding
from workbench.stats.arrays import Array

KNOTS = 5
"""Into how many places splines cut a column. Three more gain nothing on any data set tried, and cost
a tenth of a point where rows are few."""

_RIDGE = 30.0  # of coefficients of numbers of deviation 1: what thirty rows could say against it
_STEPS, _CLOSE = 60, 1e-9


@dataclass(frozen=True)
class Logistic:
    """A fitted model.

    Attributes:
        encoding: How rows become numbers.
        base: The log-odds of the mean row.
        weights: What a deviation of each number adds, shape (numbers,).
    """

    KIND: ClassVar = "logistic"
    encoding: Encoding
    base: float
    weights: Array

    @classmethod
    def fit(
        cls, rows: pd.DataFrame, happened: Array, *, knots: int = 0, names: Sequence[str] = ()
    ) -> Logistic:
        """Return the model that fits best, less a ridge.

        Args:
            rows: Features, a row an example.
            happened: 0 or 1, shape (rows,).
            knots: As `Encoding.learn`; 0 is plain logistic regression.
            names: The columns that count; by default all.

        Raises:
            SourceError: If all rows came out alike, or no column tells rows apart.
        """
        happened = np.asarray(happened, dtype=float)
        if not 0 < happened.mean() < 1:
            raise SourceError(
                f"all {len(happened)} examples came out alike: nothing can be learned"
            )
        encoding, matrix = Encoding.learned(rows, knots, names)
        if not encoding.columns:
            raise SourceError("every feature is the same in all examples: nothing can be learned")
        base, *weights = _ridge(matrix, happened)
        return cls(encoding, float(base), np.array(weights))

    def log_odds(self, rows: pd.DataFrame) -> Array:
        """Return the log-odds of each row, shape (rows,)."""
        return np.asarray(self.base + (self.encoding.matrix(rows) * self.weights).sum(axis=1))

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return what each column adds to the log-odds of each row; with `base` they are the score."""
        added = self.encoding.matrix(rows) * self.weights
        owners = self.encoding.owners
        parts = {
            one.name: added[:, owners == place].sum(axis=1)
            for place, one in enumerate(self.encoding.columns)
        }
        return pd.DataFrame(parts, index=rows.index)

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        told = {"base": self.base, "weights": self.weights.tolist()}
        return told | {"encoding": self.encoding.to_json()}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Logistic:
        """Return what `to_json` told."""
        weights = np.array(told["weights"], dtype=float)
        return cls(Encoding.from_json(told["encoding"]), float(told["base"]), weights)


def _ridge(matrix: Array, happened: Array) -> Array:
    """Base and weights, by Newton's steps; the base is not held back."""
    columns = np.column_stack([np.ones(len(matrix)), matrix])
    ridge = np.append(0.0, np.full(matrix.shape[1], _RIDGE))

    def worth(weights: Array) -> float:
        odds = columns @ weights
        return float(
            (happened * odds - np.logaddexp(0, odds)).sum() - (ridge * weights**2).sum() / 2
        )

    found = np.append(special.logit(happened.mean()), np.zeros(matrix.shape[1]))
    best = worth(found)
    for _ in range(_STEPS):
        rate = special.expit(columns @ found)
        slope = columns.T @ (happened - rate) - ridge * found
        bend = (columns * (rate * (1 - rate))[:, None]).T @ columns + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        # A whole step may lead too far, from where the next one leads farther still: halved till it gains.
        while (gained := worth(found + step)) < best and np.abs(step).max() > _CLOSE:
            step = step / 2
        if gained < best:
            break
        found, best = found + step, gained
        if np.abs(step).max() < _CLOSE:
            break
    return np.asarray(found)
