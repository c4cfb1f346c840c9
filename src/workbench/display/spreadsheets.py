"""Tables for people: money in the main unit, the shop's clock, nothing that a spreadsheet runs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import ParameterError
from workbench.kit.figures import is_figure, is_money
from workbench.kit.ids import mask
from workbench.kit.words import currency_style
from workbench.markup import harmless
from workbench.periods import to_local

if TYPE_CHECKING:
    import ibis.expr.types as ir

_DIGITS = 4  # of a fraction in a spreadsheet


def export(
    table: pd.DataFrame | ir.Table,
    path: str | Path,
    *,
    mask_ids: bool = True,
    money: Collection[str] = (),
    currency: str = "",
    time_zone: str = "",
) -> Path:
    """Write a table as CSV for a spreadsheet or a campaign.

    Ids of users are pseudonyms, money is in the currency's main unit, instants are the shop's, and
    no text is taken for a formula. A mark at its beginning tells spreadsheets that it is UTF-8.

    Args:
        table: A frame of a result, or what pandas made of one, knows its currency and zone; of
            any other table, or an Ibis table, they are to be said.
        path: Where to; a file there is replaced.
        mask_ids: Whether user ids leave as pseudonyms.
        money: Own columns that count minor units; those of the contract are known.
        currency: ISO 4217 code, where the table does not know it.
        time_zone: IANA name, where the table does not know it.

    Returns:
        The path.

    Raises:
        ParameterError: If there is money and no currency, or instants and no zone.
    """
    frame = table if isinstance(table, pd.DataFrame) else table.to_pyarrow().to_pandas()
    known = {"currency": currency, "time_zone": time_zone}
    frame.attrs = {**frame.attrs, **{name: text for name, text in known.items() if text}}
    told = _for_people(mask(frame) if mask_ids else frame, money)
    told.map(harmless).to_csv(path, index=False, encoding="utf-8-sig")
    return Path(path)


def _for_people(frame: pd.DataFrame, money: Collection[str]) -> pd.DataFrame:
    """A frame as a spreadsheet needs it; `attrs` has its currency and zone."""
    told = frame.copy()
    for name in map(str, frame.columns):
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            zone = _said(frame, "time_zone", name)
            told[name] = [None if pd.isna(at) else to_local(at, zone) for at in values]
        elif not is_figure(values):
            continue
        elif is_money(name) or name in money:
            digits = currency_style(_said(frame, "currency", name))[1]
            told[name] = (values / 10**digits).round(digits) if digits else values
        elif pd.api.types.is_float_dtype(values):
            told[name] = values.round(_DIGITS)
    return told


def _said(frame: pd.DataFrame, what: str, column: str) -> str:
    text = frame.attrs.get(what)
    if text is None:
        raise ParameterError(
            f"this table does not know its {what}, which the column '{column}' is written in: "
            f"say {what}=, or export a frame of a result"
        )
    return str(text)
