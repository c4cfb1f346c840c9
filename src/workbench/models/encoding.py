"""Columns as numbers that a linear model can take, within the range in which they were learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.stats.arrays import Array

RANGE = (0.01, 0.99)
"""The quantiles of a column beyond which a model takes it to be as at them."""

OUTSIDE = 0.05
"""The share of rows outside that range, or of a value never seen, from which a reader is told."""

_FEWEST = 10  # rows that a value of a category must have to be one of its own
_SKEWED = 4.0  # times its mean that a column's 99 % quantile must be to be taken by its logarithm


class Column(NamedTuple):
    """How one column becomes numbers.

    Attributes:
        name: The column's.
        knots: Of a number: from the lowest to the highest value at which it still changes; between
            them it is straight. Of its logarithm where `is_log`.
        is_log: Whether log(1 + value) is taken.
        has_gaps: Whether rows lacked it, which is then a number of its own.
        kinds: Of a category: those that are told apart, each by a 0 or 1.
    """

    name: str
    knots: tuple[float, ...] = ()
    is_log: bool = False
    has_gaps: bool = False
    kinds: tuple[str, ...] = ()

    @classmethod
    def learn(cls, name: str, given: pd.Series, knots: int) -> Column | None:
        """Return how a column is taken; None where it has one value only, or none."""
        if not _is_number(given):
            counted = given.dropna().astype("str").value_counts()
            usual = sorted(counted.index[counted >= _FEWEST])
            return cls(name, kinds=tuple(usual)) if len(usual) > 1 else None
        numbers = _numbers(given)
        there = numbers[~np.isnan(numbers)]
        if not len(there) or np.ptp(there) == 0:
            return None
        is_log = bool(there.min() >= 0 and np.quantile(there, RANGE[1]) > _SKEWED * there.mean())
        taken = np.log1p(there) if is_log else there
        places = np.unique(np.quantile(taken, np.linspace(*RANGE, max(knots, 2))))
        if len(places) == 1:  # rare values, but some
            places = np.array([taken.min(), taken.max()])
        return cls(name, tuple(map(float, places)), is_log, len(there) < len(numbers))

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return len(self.kinds) or len(self.knots) - 1 + self.has_gaps

    def parts(self, given: pd.Series) -> list[Array]:
        """Return its numbers, shape (rows,) each; a gap is 0 but for the number that tells of it."""
        if self.kinds:
            texts = given.astype("str")
            return [(texts == value).to_numpy(dtype=float) for value in self.kinds]
        numbers = self.taken(given)
        lacks = np.isnan(numbers)
        inside = np.clip(np.where(lacks, self.knots[0], numbers), self.knots[0], self.knots[-1])
        if len(self.knots) == 2:  # noqa: PLR2004 - a straight line
            hats = [inside - self.knots[0]]
        else:
            each = np.eye(len(self.knots))
            hats = [np.interp(inside, self.knots, hat) for hat in each[1:]]
        gaps = [lacks.astype(float)] if self.has_gaps else []
        return [np.where(lacks, 0.0, hat) for hat in hats] + gaps

    def taken(self, given: pd.Series) -> Array:
        """Return a column of numbers as it is taken, shape (rows,)."""
        numbers = _numbers(given)
        return np.log1p(np.maximum(numbers, 0)) if self.is_log else numbers

    def outside_rate(self, given: pd.Series) -> float:
        """Return the share of the rows that tell outside of what was learned, 0..1."""
        if self.kinds:
            return float((given.notna() & ~given.astype("str").isin(self.kinds)).mean())
        numbers = self.taken(given)
        return float(((numbers < self.knots[0]) | (numbers > self.knots[-1])).mean())


@dataclass(frozen=True)
class Encoding:
    """How a table of features becomes a matrix.

    Attributes:
        columns: Those that tell rows apart.
        centre: The mean of each number, shape (numbers,).
        scale: Its standard deviation, likewise.
    """

    columns: tuple[Column, ...]
    centre: Array
    scale: Array

    @classmethod
    def learn(cls, rows: pd.DataFrame, knots: int, names: Sequence[str] = ()) -> Encoding:
        """Return how these rows become numbers.

        Args:
            rows: Numbers and categories, a row an example.
            knots: Into how many places a number's range is cut, by its quantiles; 0: it is straight.
            names: The columns that count; by default all.
        """
        return cls.learned(rows, knots, names)[0]

    @classmethod
    def learned(
        cls, rows: pd.DataFrame, knots: int, names: Sequence[str] = ()
    ) -> tuple[Encoding, Array]:
        """Return what `learn` does, and these rows as its `matrix`."""
        each = [Column.learn(name, rows[name], knots) for name in names or rows.columns]
        columns = tuple(one for one in each if one is not None)
        plain = _matrix(columns, rows)
        spread = plain.std(axis=0)
        found = cls(columns, plain.mean(axis=0), np.where(spread > 0, spread, 1.0))
        return found, found._even(plain)

    def matrix(self, rows: pd.DataFrame) -> Array:
        """Return rows as numbers of mean 0 and deviation 1, shape (rows, numbers)."""
        return self._even(_matrix(self.columns, rows))

    def _even(self, plain: Array) -> Array:
        return np.asarray((plain - self.centre) / self.scale)

    @property
    def owners(self) -> Array:
        """The place in `columns` of the column that each number belongs to, shape (numbers,)."""
        return np.repeat(np.arange(len(self.columns)), [one.width for one in self.columns])

    def outside(self, rows: pd.DataFrame) -> pd.Series:
        """Return by column which share of rows lies outside of what was learned, 0..1."""
        return pd.Series(
            {one.name: one.outside_rate(rows[one.name]) for one in self.columns}, dtype=float
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {
            "columns": [one._asdict() for one in self.columns],
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Encoding:
        """Return what `to_json` told."""
        columns = tuple(
            Column(**one | {"knots": tuple(one["knots"]), "kinds": tuple(one["kinds"])})
            for one in told["columns"]
        )
        return cls(columns, np.array(told["centre"]), np.array(told["scale"]))


def _is_number(given: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(given) or pd.api.types.is_bool_dtype(given))


def _numbers(given: pd.Series) -> Array:
    return np.asarray(given.to_numpy(dtype=float, na_value=np.nan))


def _matrix(columns: Sequence[Column], rows: pd.DataFrame) -> Array:
    parts = [part for one in columns for part in one.parts(rows[one.name])]
    return np.column_stack(parts) if parts else np.zeros((len(rows), 0))
