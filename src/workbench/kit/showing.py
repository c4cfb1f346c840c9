"""One verb for everything that a notebook shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from workbench.errors import MissingData
from workbench.kit.audience import audience
from workbench.kit.blocks import Block, InCell
from workbench.kit.drawing import (
    SCREENFUL,
    findings_block,
    missing_block,
    sentences_block,
    told_block,
)
from workbench.kit.findings import Finding
from workbench.kit.ids import mask
from workbench.kit.tiles import Tile, tiles_block

_charts_shown: list[str] = []


@runtime_checkable
class Picture(Protocol):
    """A chart, as far as it is known here: a finding as a picture."""

    title: str
    alt: str

    def block(self) -> Block:
        """Return the piece of a page."""
        ...


def show(
    thing: Any,
    columns: Sequence[str] | None = None,
    *,
    currency: str = "",
    time_zone: str = "",
    rows: int = SCREENFUL,
    money: Collection[str] = (),
) -> Block:
    """Return a thing as a piece of a page, as far as its readers may see it.

    Args:
        thing: A result, findings, tiles, a chart, a frame, an Ibis table (its first rows), a shop, a
            scope, sentences, or what is missing (an error, or one sentence that says what the
            section would need).
        columns: Which columns of a frame or table, in order (default: all but ends of intervals,
            which stand beside their value in any case).
        currency: ISO 4217 code, for amounts of a frame that does not know it.
        time_zone: Zone in which a frame's instants are told, where it does not know it.
        rows: How many rows at most.
        money: Own columns that count minor units; those of the contract are known.

    Raises:
        TypeError: If `thing` is nothing that can be shown.
        ParameterError: If a frame has no such column.
    """
    if hasattr(thing, "to_pyarrow"):
        thing = thing.limit(rows).to_pyarrow().to_pandas()
        thing = mask(thing) if audience() == "owner" else thing
    if isinstance(thing, pd.DataFrame):
        told: dict[str, Any] = {"currency": currency, "time_zone": time_zone, "money": money}
        return told_block(thing, columns, rows=rows, **told)
    if isinstance(thing, (MissingData, str)):
        return missing_block(thing)
    if isinstance(thing, (tuple, list)):
        return _several(thing)
    if isinstance(thing, Picture):
        _charts_shown.append(thing.title)
        return thing.block()
    if isinstance(thing, InCell):
        return thing.block()
    raise _refused(thing)


def _several(things: Sequence[Any]) -> Block:
    if things == []:  # a page's own list; of a topic, a tuple, there may be nothing to say
        return sentences_block(())
    if all(isinstance(one, Finding) for one in things):
        return findings_block(things)
    if all(isinstance(one, str) for one in things):
        return sentences_block(things)
    if all(isinstance(one, Tile) for one in things):
        return tiles_block(things)
    raise _refused(things)


def _refused(thing: object) -> TypeError:
    return TypeError(f"show() takes findings, a chart or a frame, not {type(thing).__name__}")


def charts_shown() -> int:
    """Return how many charts this notebook has put on its page so far."""
    return len(_charts_shown)
