"""Users whose outcome is known: the table `features` of a shop that tells who ended a contract."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.stats.arrays import Array

_NUMBER = r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"


class Outcomes(NamedTuple):
    """What is known of users, and how it came out.

    Attributes:
        rows: Features, a row a user in the order of the ids, which are the index.
        churned: 1 for those whose contract ended, else 0; shape (users,).
    """

    rows: pd.DataFrame
    churned: Array

    @property
    def staying(self) -> pd.DataFrame:
        """The features of those who are still there."""
        staying: pd.DataFrame = self.rows.loc[self.churned == 0]
        return staying


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return a column of texts that are all numbers as such: a text file knows no others.

    What is written with a leading nought stays text: it is a code.
    """
    if not pd.api.types.is_string_dtype(column.dtype):
        return column
    told = column.str.strip()
    told = told.mask(told == "")
    known = told.dropna()
    is_number = len(known) > 0 and bool(known.str.fullmatch(_NUMBER).all())
    return told.astype("float64") if is_number else column


def outcomes(scope: Scope) -> Outcomes:
    """Return the users of the table `features`; it has no days, so a scope's period cuts nothing."""

    def ask() -> Outcomes:
        rows = frame(scope.tables.features).set_index("user_id").sort_index()
        churned = rows.pop("is_churned").to_numpy(dtype=float)
        rows.columns = rows.columns.astype("object")
        return Outcomes(rows.apply(_as_numbers), np.asarray(churned))

    found: Outcomes = scope.asked("outcomes", ask, shared=True)
    return found
