"""How a value of a column is written, by the column's name and type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from functools import partial

import numpy as np
import pandas as pd

from workbench.kit import words
from workbench.kit.sentences import message, say
from workbench.periods import to_local
from workbench.tables import TABLES

_MONEY = ("amount", "money", "monetary", "gmv", "aov", "ltv")
_OF_CONTRACT = {
    column.name for table in TABLES.values() for column in table.columns if column.is_money
}
# Columns of machine names; other text (ids, files, products) is shown as it came.
_NAMES = {
    *("event", "segment", "platform", "channel", "table", "outcome", "format", "author_kind"),
    *("by", "measure", "variant", "ranking", "class", "level", "level_before", "level_after"),
    *("class_before", "class_after"),
    *("dimension", "category", "kind", "treatment"),
    *("highest_level", "lowest_level", "ahead_level", "behind_level", "step"),
    *(
        "period",
        "baseline",
        "reach",
        "origin",
        "unit",
        "better",
        "result",
        "metric",
        "model",
        "way",
        "rule",
        "products",
    ),
}

_STATES = {  # not among the labels: a platform may be called red
    "red": message("■ Red"),
    "yellow": message("▲ Yellow"),
    "green": message("● Green"),
    "grey": message("– Not known"),
}

Writer = Callable[[object], str]


def writer(
    column: str,
    values: pd.Series,
    *,
    currency: str = "",
    time_zone: str = "",
    money: Collection[str] = (),
) -> Writer:
    """Return the function that writes this column's values for a reader.

    Args:
        column: Its name, whose ending says what it holds: `_rate`, `probability`, `_change`, `_at`, `_seconds`,
            `_id`, `p_value`; `amount`, `money` and their like count minor units.
        values: The column itself; its type decides where the name does not.
        currency: ISO 4217 code for money.
        time_zone: Zone in which instants are told.
        money: Further columns that count minor units.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return partial(_instant, time_zone=time_zone)
    if is_figure(values):
        form = "minor units" if column in money else unit(column)
        return _of_number(_number_form(form, values, currency))
    if column == "status":
        return _status
    return _label if column in _NAMES else _text


def end_writer(column: str) -> Writer | None:
    """Return what writes the ends of an interval where the value beside them tells the unit."""
    by_unit = {
        "share, 0..1": lambda value: words.decimal(100 * value, 1),
        "difference of shares": lambda value: words.signed(100 * value),
    }
    return by_unit.get(unit(column))


def unit(column: str) -> str:
    """Return what one of a column's figures is, by its name; "" where the name does not say."""
    name = column.removesuffix("_low").removesuffix("_high")
    last = name.rsplit("_", 1)[-1]
    if last in {"rate", "lift", "probability"}:
        return "share, 0..1"
    if name.endswith(("change", "_effect")):
        return "difference of shares"
    if name.endswith(("p_value", "p_adjusted")):
        return "chance, 0..1"
    if is_money(name):
        return "minor units"
    return {"seconds": "seconds", "days": "days", "at": "UTC"}.get(last, "")


def _number_form(form: str, values: pd.Series, currency: str) -> Callable[[float | None], str]:
    by_unit: dict[str, Callable[[float | None], str]] = {
        "share, 0..1": words.percent,
        "difference of shares": words.points,
        "chance, 0..1": words.p_value,
        "seconds": words.duration,
        "minor units": partial(words.money, currency=currency, whole=True),
    }
    return by_unit.get(form) or (words.count if _is_whole(values) else words.short)


def is_money(column: str) -> bool:
    """Whether a column of that name counts minor units: the contract says so, or the name does."""
    name = column.removesuffix("_low").removesuffix("_high")
    return name in _OF_CONTRACT or (
        not name.endswith("_rate") and any(part in name.split("_") for part in _MONEY)
    )


def is_figure(values: pd.Series) -> bool:
    """Whether the column is read from its right edge."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _of_number(write: Callable[[float | None], str]) -> Writer:
    return lambda value: write(None if pd.isna(value) else float(value))  # type: ignore[call-overload, arg-type]


def _is_whole(values: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(values) or bool((values.dropna() % 1 == 0).all())


def _instant(value: object, time_zone: str) -> str:
    if not isinstance(value, dt.datetime) or pd.isna(value):
        return "–"
    local = to_local(value, time_zone) if time_zone else value
    return words.instant(local)


def _status(value: object) -> str:
    """A colour as a shape and a word; any other status by its name."""
    return say(_STATES[str(value)]) if value in _STATES else _label(value)


def _text(value: object) -> str:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - NaN
        return "–"
    if isinstance(value, bool | np.bool_):
        return say("yes") if value else say("no")
    return words.day(value) if type(value) is dt.date else str(value)


def _label(value: object) -> str:
    text = _text(value)
    return words.label(text) if text != "–" else text
