"""Metrics as tiles: each with what it is of, and how it stands to the shop's goal for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.kit import aims, goals, words
from workbench.kit.findings import Status
from workbench.kit.metrics import Metric, Unit
from workbench.kit.tiles import Tile

if TYPE_CHECKING:
    from workbench.kit.scope import Scope

_WRITTEN: Mapping[Unit, Callable[[float], str]] = {
    "rate": words.percent,
    "points": words.points,
    "growth": words.percent,
    "months": words.months,
    "days": aims.days,
    "hours": aims.hours,
    "count": words.short,
    "ratio": words.decimal,
}


def headlines(
    scope: Scope,
    metrics: Sequence[Metric],
    notes: Mapping[str, Sequence[str]],
    bad: Sequence[str] = (),
) -> Iterator[Tile]:
    """Yield a tile for each of some metrics that is known.

    Args:
        scope: Whose goals and currency.
        metrics: A result's.
        notes: Of which metrics, in this order, and what stands under each before its goal.
        bad: Which of them are bad as they stand.
    """
    named = {one.name: one for one in metrics}
    for name, own in notes.items():
        metric = named[name]
        if not math.isnan(metric.interval.value):
            status: Status = "bad" if name in bad else "neutral"
            told = (*own, goals.note(scope, metric))
            yield Tile(words.label(name), written(metric, scope.currency), told, status)


def written(metric: Metric, currency: str) -> str:
    """Return the value of a metric in its unit."""
    if metric.unit == "amount":
        return words.money(metric.interval.value, currency)
    return _WRITTEN[metric.unit](metric.interval.value)
