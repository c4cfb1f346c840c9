"""What the models take: columns of numbers, one row a customer, refused in one line if impossible.

A history is a frame as `purchase_history` returns it: `repeat_count` (purchases after the first),
`last_purchase_days` (from the first to the last), `age_days` (from the first to now), and
`mean_amount` (of the repeat purchases, disregarded where there are none). Days may be fractions.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.errors import ParameterError, SourceError, unknown

Floats: TypeAlias = npt.NDArray[np.float64]

TIMES = ("repeat_count", "last_purchase_days", "age_days")
"""The columns of a history from which it is told how often a customer will buy."""


def customers(**values: npt.ArrayLike) -> tuple[Floats, ...]:
    """Return columns of equal length, shape (customers,), in the order given.

    Raises:
        SourceError: If there is no row, a length differs, a column is not one-dimensional or holds
            what is no number, missing, infinite or negative, or `repeat_count` is not whole.
    """
    found = {name: _column(name, given) for name, given in values.items()}
    lengths = {name: len(one) for name, one in found.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length} rows" for name, length in lengths.items())
        raise SourceError(f"{told}; each must have one row a customer")
    counts = found["repeat_count"]
    if not len(counts):
        raise SourceError("there is no customer: repeat_count has no rows")
    _refuse("repeat_count", counts, counts != np.floor(counts), "must be a whole number")
    return tuple(found.values())


def _column(name: str, values: npt.ArrayLike) -> Floats:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise SourceError(f"{name} must hold numbers only") from None
    if found.ndim != 1:
        raise SourceError(f"{name} has {found.ndim} dimensions, must have 1: one row a customer")
    _refuse(name, found, ~np.isfinite(found), "must be a finite number")
    _refuse(name, found, found < 0, "must not be negative")
    return found


def _refuse(name: str, values: Floats, is_bad: npt.NDArray[np.bool_], fault: str) -> None:
    if np.any(is_bad):
        row = int(np.argmax(is_bad))
        raise SourceError(f"{name} == {values[row]:g} in row {row}, {fault}")


def columns(history: pd.DataFrame, *names: str) -> tuple[Floats, ...]:
    """Return columns of a history, shape (customers,) each.

    Raises:
        ParameterError: If there is no such column.
        SourceError: If a column is refused by `customers`.
    """
    for name in names:
        if name not in history:
            raise ParameterError(unknown("column of a history", name, map(str, history)))
    return customers(**{name: history[name] for name in names})


def times_of(history: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return `repeat_count`, `last_purchase_days` and `age_days`, shape (customers,) each.

    Raises:
        ParameterError: If a column is not there.
        SourceError: If a column is refused, a last purchase lies after the cut-off, or a customer
            without repeat purchase has a last purchase apart from the first.
    """
    x, last, known = columns(history, *TIMES)
    is_early = (x == 0) & (last > 0)
    _refuse("last_purchase_days", last, last > known, "must not be more than age_days")
    _refuse("last_purchase_days", last, is_early, "must be 0 where repeat_count is 0")
    return x, last, known


def times(name: str, values: npt.ArrayLike, rows: int | None = None) -> Floats:
    """Return lengths of time as floats: of any shape, or one for all or one for each of `rows`.

    Raises:
        ParameterError: If one is negative or no finite number, or their number does not fit.
    """
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must be a number, or one a customer") from None
    if rows is not None and found.shape not in {(), (rows,)}:
        raise ParameterError(
            f"{name} has the shape {found.shape}, must be one number or have {rows} rows"
        )
    is_bad = ~(np.isfinite(found) & (found >= 0))
    if np.any(is_bad):
        raise ParameterError(f"{name} == {found[is_bad].flat[0]:g}, must be 0 or more")
    return found
