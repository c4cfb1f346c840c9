"""What is unlike the rest, without any outcome to learn from: the only scikit-learn.

Two ways, of which a caller takes the better: an isolation forest (Liu, Ting and Zhou 2008, "Isolation
Forest", ICDM), and the distance to the k-th nearest neighbour (Ramaswamy, Rastogi and Shim 2000,
"Efficient algorithms for mining outliers from large data sets", SIGMOD).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench.errors import SourceError
from workbench.stats.arrays import Array

Way = Literal["forest", "neighbours"]
WAYS: tuple[Way, ...] = ("forest", "neighbours")

_SEED = 20_260_525
_TREES, _EACH = 200, 256  # as the paper has it, and twice the trees
_NEIGHBOURS = 20
_KNOWN = 3_000  # rows to which distances are taken, and as many others that scores are ranked among
_CHUNK = 20_000  # rows that are scored at once


@dataclass(frozen=True)
class Outliers:
    """A fitted model.

    Attributes:
        names: The columns that differ at all.
        middle: Median of each, taken where it is not known, shape (columns,).
        spread: By what each is divided, likewise.
        is_log: Whether log(1 + value) is taken of each.
        model: Forest, or neighbours, as scikit-learn holds it.
        ranks: Scores of the rows that were learned from, ascending.
    """

    names: tuple[str, ...]
    middle: Array
    spread: Array
    is_log: Array
    model: Any
    ranks: Array

    @classmethod
    def fit(cls, rows: pd.DataFrame, way: Way) -> Outliers:
        """Return the model of these rows; what is not a number does not count.

        Args:
            rows: Features.
            way: Which of the two.

        Raises:
            SourceError: If all rows are alike.
        """
        numbers = rows.select_dtypes("number")
        chosen = np.random.default_rng(_SEED).permutation(len(numbers))[: 2 * _KNOWN]
        plain = numbers.iloc[chosen].to_numpy(dtype=np.float64)
        known = ~np.isnan(plain)
        tells = [
            known[:, j].any() and np.nanmin(plain[:, j]) < np.nanmax(plain[:, j])
            for j in range(plain.shape[1])
        ]
        if not any(tells):
            raise SourceError("every feature is the same in all rows: none is unlike the rest")
        plain = plain[:, tells]
        low, mean, high = np.nanmin(plain, 0), np.nanmean(plain, 0), np.nanmax(plain, 0)
        is_log = (low >= 0) & (high > 10 * np.maximum(mean, 1e-9))
        taken = _logged(plain, is_log)
        middle = np.nanmedian(taken, axis=0)
        taken = np.where(np.isnan(taken), middle, taken)
        spread = np.maximum(taken.std(axis=0), 1e-9)
        scaled = ((taken - middle) / spread).astype(np.float32)
        half = min(_KNOWN, max(len(scaled) // 2, 1))
        model = (_forest() if way == "forest" else _neighbours()).fit(scaled[:half])
        names = tuple(name for name, tell in zip(numbers.columns, tells, strict=True) if tell)
        return cls(names, middle, spread, is_log, model, np.sort(_told(model, scaled[half:])))

    def ranked(self, rows: pd.DataFrame) -> Array:
        """Return which share of the rows learned from is less unlike the rest than each row, 0..1."""
        parts = [
            _told(self.model, self._scaled(rows.iloc[first : first + _CHUNK]))
            for first in range(0, len(rows), _CHUNK)
        ]
        scores = np.concatenate(parts) if parts else np.empty(0)
        return np.searchsorted(self.ranks, scores, side="left") / max(len(self.ranks), 1)

    def distances(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return by how many deviations each column lies off its median, a row a row."""
        return pd.DataFrame(np.abs(self._scaled(rows)), columns=list(self.names), index=rows.index)

    def _scaled(self, rows: pd.DataFrame) -> Array:
        plain = rows[list(self.names)].to_numpy(dtype=np.float64)
        taken = _logged(plain, self.is_log)
        taken = np.where(np.isnan(taken), self.middle, taken)
        return ((taken - self.middle) / self.spread).astype(np.float32)


def _logged(plain: Array, is_log: Array) -> Array:
    return np.where(is_log, np.log1p(np.maximum(plain, 0)), plain)


def _forest() -> Any:
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 - heavy, and few reports need it

    return IsolationForest(n_estimators=_TREES, max_samples=_EACH, random_state=_SEED, n_jobs=1)


def _neighbours() -> Any:
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415 - as above

    return NearestNeighbors(n_neighbors=_NEIGHBOURS, algorithm="brute", n_jobs=1)


def _told(model: Any, scaled: Array) -> Array:
    """The higher, the more unlike the rest."""
    if hasattr(model, "score_samples"):
        return -np.asarray(model.score_samples(scaled))
    if not len(scaled):
        return np.empty(0)
    least = min(_NEIGHBOURS, model.n_samples_fit_)
    parts = [
        model.kneighbors(scaled[first : first + 5_000], least)[0][:, -1]
        for first in range(0, len(scaled), 5_000)
    ]
    return np.concatenate(parts)
