"""Gradient-boosted trees, stopped early and monotone where the sign is known: the only xgboost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench.errors import SourceError
from workbench.models.encoding import Encoding
from workbench.stats.arrays import Array

_PARAMETERS = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "eta": 0.08,
    "max_depth": 3,
    "min_child_weight": 20,
    "subsample": 0.7,
    "colsample_bytree": 0.5,
    "lambda": 5.0,
    "tree_method": "hist",
    "max_bin": 64,
    "nthread": 1,  # the same sums in the same order, on any machine
    "seed": 0,
}
_ROUNDS, _PATIENCE = 600, 20
_HELD = 0.3  # of the users, by whom is learned when to stop


@dataclass(frozen=True)
class Boosted:
    """A fitted model.

    Attributes:
        encoding: Of the columns that count; their plain numbers are what the trees split.
        booster: As xgboost holds it.
    """

    KIND: ClassVar = "boosted"
    encoding: Encoding
    booster: Any

    @classmethod
    def fit(
        cls,
        rows: pd.DataFrame,
        happened: Array,
        groups: Array,
        signs: Mapping[str, int] | None = None,
        options: Mapping[str, float] | None = None,
    ) -> Boosted:
        """Return the model; how many trees it has is learned on users that it does not know.

        Args:
            rows: Features, a row an example.
            happened: 0 or 1, shape (rows,).
            groups: Whose example each is: one user's are never on both sides, shape (rows,).
            signs: 1 where more of a column can only make it likelier, -1 where only less likely.
            options: Of xgboost, where the house's own do not suit: what is rare needs small leaves.

        Raises:
            SourceError: As `Logistic.fit`.
        """
        import xgboost  # noqa: PLC0415 - importing it starts a thread, and few reports need it

        happened = np.asarray(happened, dtype=float)
        if not 0 < happened.mean() < 1:
            raise SourceError(
                f"all {len(happened)} examples came out alike: nothing can be learned"
            )
        encoding = Encoding.learn(rows, 0)
        if not encoding.columns:
            raise SourceError("every feature is the same in all examples: nothing can be learned")
        held = tuple(
            (signs or {}).get(one.name, 0) for one in encoding.columns for _ in one.kinds or [0]
        )
        asked = _PARAMETERS | dict(options or {}) | {"monotone_constraints": str(held)}
        matrix = xgboost.DMatrix(_plain(encoding, rows), happened)
        learned, tested = _halves(groups)
        rounds = xgboost.train(
            asked, matrix.slice(learned), _ROUNDS, evals=[(matrix.slice(tested), "tested")],
            early_stopping_rounds=_PATIENCE, verbose_eval=False,
        ).best_iteration + 1  # fmt: skip
        return cls(encoding, xgboost.train(asked, matrix, rounds))

    def log_odds(self, rows: pd.DataFrame) -> Array:
        """Return the log-odds of each row, shape (rows,)."""
        told = self.booster.predict(self._matrix(rows), output_margin=True)
        return np.asarray(told, dtype=np.float64)

    @property
    def base(self) -> float:
        """The log-odds of the mean row: what all contributions start from."""
        none = pd.DataFrame(
            {one.name: [None if one.kinds else np.nan] for one in self.encoding.columns}
        )
        return float(self.booster.predict(self._matrix(none), pred_contribs=True)[0, -1])

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return what each column adds to the log-odds of each row; with `base` they are the score."""
        added = self.booster.predict(self._matrix(rows), pred_contribs=True)[:, :-1]
        owners = np.repeat(
            np.arange(len(self.encoding.columns)),
            [len(one.kinds) or 1 for one in self.encoding.columns],
        )
        parts = {
            one.name: added[:, owners == place].sum(axis=1, dtype=np.float64)
            for place, one in enumerate(self.encoding.columns)
        }
        return pd.DataFrame(parts, index=rows.index)

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        told = json.loads(self.booster.save_raw("json").decode())
        return {"encoding": self.encoding.to_json(), "booster": told}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Boosted:
        """Return what `to_json` told."""
        import xgboost  # noqa: PLC0415 - as in `fit`

        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(json.dumps(told["booster"]).encode()))
        return cls(Encoding.from_json(told["encoding"]), booster)

    def _matrix(self, rows: pd.DataFrame) -> Any:
        import xgboost  # noqa: PLC0415 - as in `fit`

        return xgboost.DMatrix(_plain(self.encoding, rows), nthread=1)


def _plain(encoding: Encoding, rows: pd.DataFrame) -> Array:
    """Numbers as they are, gaps as gaps, and a 0 or 1 for each value of a category."""
    parts = []
    for one in encoding.columns:
        parts += one.parts(rows[one.name]) if one.kinds else [one.taken(rows[one.name])]
    return np.column_stack(parts)


def _halves(groups: Array) -> tuple[Array, Array]:
    """Rows to learn from and to stop by, each user's on one side; the same in whatever order."""
    names, place = np.unique(groups, return_inverse=True)
    is_tested = np.random.default_rng(0).random(len(names))[place] < _HELD
    return np.flatnonzero(~is_tested), np.flatnonzero(is_tested)
