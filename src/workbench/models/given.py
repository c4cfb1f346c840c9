"""A score that is there already, as a rival of what is learned: its column is its log-odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from workbench.models.encoding import Encoding
from workbench.stats.arrays import Array


@dataclass(frozen=True)
class Given:
    """A model that was fitted elsewhere.

    Attributes:
        encoding: Of its column, for what lies outside of the range it was seen in.
        column: Whose log-odds against the outcome it gives.
    """

    KIND: ClassVar = "given"
    encoding: Encoding
    column: str

    @classmethod
    def fit(cls, rows: pd.DataFrame, column: str) -> Given:
        """Return the model that gives a column's log-odds against."""
        return cls(Encoding.learn(rows, 0, [column]), column)

    @property
    def base(self) -> float:
        """What all contributions start from."""
        return 0.0

    def log_odds(self, rows: pd.DataFrame) -> Array:
        """Return the log-odds of each row, shape (rows,)."""
        return -rows[self.column].to_numpy(dtype=float)

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return what its column adds, which is all."""
        return pd.DataFrame({self.column: self.log_odds(rows)}, index=rows.index)

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {"encoding": self.encoding.to_json(), "column": self.column}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Given:
        """Return what `to_json` told."""
        return cls(Encoding.from_json(told["encoding"]), told["column"])
