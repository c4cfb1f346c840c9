"""The shapes that charts of the house take: bars, dots, a line over time, a histogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from workbench.charts.chart import (
    ACCENT,
    BEFORE,
    INK,
    PALE,
    QUIET,
    Chart,
    Told,
    day_tick,
    label,
    write,
)
from workbench.kit import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE, _WIDE_PHONE = 80, 38  # letters of a panel's heading on a line
_LABEL, _LABEL_ALONE = 0.6, 0.2  # of a panel's width, for the figure beside a dot


def bars(
    labels: Sequence[str],
    values: Sequence[float],
    *,
    texts: Sequence[str],
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    before: Sequence[float] | None = None,
    highlight: int | None = None,
    **told: Unpack[Told],
) -> Chart:
    """Return horizontal bars from the first label at the top, each with its text at its end.

    Args:
        labels: What each bar stands for.
        values: Lengths, all in one unit.
        texts: What stands at each bar's end: the value in short form.
        low: Lower ends of the intervals, in the unit of `values`.
        high: Upper ends of the intervals.
        before: Values to compare with, drawn as grey strokes.
        highlight: Which bar is the finding's own; it gets the accent, the others its pale form.
        told: What the chart says.
    """
    plain = highlight is None
    colours = [ACCENT if plain or i == highlight else PALE for i in range(len(labels))]

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        rows = range(len(labels))
        axes.barh(rows, values, color=colours, height=0.44 if phone else 0.6)
        if before is not None:
            half = 0.24 if phone else 0.36
            axes.vlines(
                before, [i - half for i in rows], [i + half for i in rows], color=BEFORE, lw=2
            )
        if low is not None and high is not None:
            axes.hlines(rows, low, high, color=INK, lw=1.2)
        ends = [max(parts) for parts in zip(values, high or values, before or values, strict=True)]
        _write_rows(axes, labels, ends, texts, phone=phone)
        axes.set_xlim(0, max([*ends, 1e-9]) * (1.38 if phone else 1.28))
        axes.xaxis.set_visible(False)
        axes.grid(visible=False)

    return Chart(draw=draw, height=(0.5 * len(labels) + 0.3, 0.66 * len(labels) + 0.2), **told)


def dots(
    rows: pd.DataFrame,
    *,
    form: Callable[[float], str] = words.percent,
    **told: Unpack[Told],
) -> Chart:
    """Return values with their intervals, one panel a question and one row a group.

    Args:
        rows: Columns `panel`, `label`, `value`, `low`, `high`, and `before` (may be null); one
            row per panel and label, in the order in which they are to be read.
        form: Writes a value.
        told: What the chart says.
    """
    panels = list(dict.fromkeys(rows["panel"]))
    labels = list(dict.fromkeys(rows["label"]))

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        shape = (len(panels), 1) if phone else (1, len(panels))
        grid = figure.subplots(*shape, squeeze=False, sharey=True).flatten()
        parts = [rows[rows["panel"] == panel] for panel in panels]
        span, room = _span(rows), _LABEL if phone or len(panels) > 1 else _LABEL_ALONE
        for axes, panel, part in zip(grid, panels, parts, strict=True):
            _draw_dots(axes, part, labels, form, (*span, room))
            heading = fill(label(panel, most=80), _WIDE_PHONE if phone else _WIDE)
            axes.set_title(heading, loc="left", fontsize=10, color=QUIET)

    each = 0.36 * len(labels) + 0.5
    return Chart(draw=draw, height=(each + 0.2, each * len(panels)), **told)


def line(
    rows: pd.DataFrame,
    *,
    form: Callable[[float], str] = words.whole_percent,
    since: object = None,
    **told: Unpack[Told],
) -> Chart:
    """Return a value over time with its interval as a band.

    Args:
        rows: Columns `when`, `value`, `low`, `high`, ordered by time; a null value is a gap.
        form: Writes a value on the axis.
        since: Where the period begins; what lies before is drawn in grey.
        told: What the chart says.
    """

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        recent = rows if since is None else rows[rows["when"] >= since]
        for part, colour in ((rows, BEFORE), (recent, ACCENT)):
            axes.fill_between(
                part["when"], part["low"], part["high"], color=colour, alpha=0.2, lw=0
            )
            axes.plot(part["when"], part["value"], color=colour, lw=1.8, marker="o", ms=2.5)
            known = part["value"].notna()
            # A band has no width at a point without a neighbour.
            alone = part[
                known & ~known.shift(fill_value=False) & ~known.shift(-1, fill_value=False)
            ]
            axes.vlines(alone["when"], alone["low"], alone["high"], color=colour, alpha=0.2, lw=6)
        axes.set_ylim(0, max(float(rows["high"].max()), 1e-9) * 1.08)
        axes.yaxis.set_major_formatter(lambda value, _position: form(value))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.set_xticks(list(rows["when"])[:: -(-len(rows) // (4 if phone else 8))])
        axes.xaxis.set_major_formatter(day_tick)

    return Chart(draw=draw, height=(2.6, 2.4), **told)


def histogram(
    edges: Sequence[float],
    counts: Sequence[float],
    *,
    ticks: Mapping[float, str],
    marks: Mapping[str, float] | None = None,
    **told: Unpack[Told],
) -> Chart:
    """Return counts over classes of one quantity.

    Args:
        edges: Borders of the classes, one more than `counts`, in the unit of `ticks`; drawn at
            equal distances, so classes may widen.
        counts: How many fall into each class.
        ticks: Which borders are named on the axis, and how.
        marks: Named places on the axis, such as the median.
        told: What the chart says.
    """
    places = range(len(edges))

    def place(value: float) -> float:
        return float(np.interp(value, edges, places))

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        axes.bar([i + 0.5 for i in range(len(counts))], counts, width=0.92, color=PALE)
        top = max([*counts, 1e-9]) * 1.18
        for name, value in (marks or {}).items():
            axes.vlines(place(value), 0, top * 0.93, color=ACCENT, lw=1.6)
            near_end = place(value) > len(counts) * 0.6
            shift, side = ((-5, 0), "right") if near_end else ((5, 0), "left")
            write(axes, name, (place(value), top * 0.97), shift, ha=side, color=ACCENT)
        axes.set_ylim(0, top)
        axes.set_xticks([place(value) for value in ticks], list(ticks.values()))
        axes.yaxis.set_major_formatter(lambda value, _position: words.short(value))
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.xaxis.grid(visible=False)
        axes.tick_params(axis="x", labelsize=9 if phone else 10)

    return Chart(draw=draw, height=(2.6, 2.4), **told)


def _write_rows(
    axes: Axes, labels: Sequence[str], ends: Sequence[float], texts: Sequence[str], *, phone: bool
) -> None:
    """Name each bar: beside it on a desktop, above it where the page is narrow."""
    axes.set_ylim(len(labels) - 0.4, -0.75 if phone else -0.6)
    labels = [label(one) for one in labels]
    for row, (name, end, text) in enumerate(zip(labels, ends, texts, strict=True)):
        write(axes, text, (end, row), color=INK, fontsize=10.5)
        if phone:
            axes.annotate(name, (0, row - 0.28), va="bottom", color=QUIET, fontsize=10)
    axes.set_yticks([] if phone else range(len(labels)), [] if phone else labels)


def _draw_dots(
    axes: Axes,
    part: pd.DataFrame,
    labels: Sequence[str],
    form: Callable[[float], str],
    span: tuple[float, float, float],
) -> None:
    """Draw one panel; all have the same `span` and room for figures: places mean the same in each."""
    places = [labels.index(one) for one in part["label"]]
    axes.hlines(places, part["low"], part["high"], color=BEFORE, lw=2)
    axes.plot(part["value"], places, "o", color=ACCENT, ms=6)
    if part["before"].notna().any():
        axes.plot(part["before"], places, "|", color=QUIET, ms=12, mew=1.6)
    left, width, room = span[0], span[1] - span[0], span[2]
    for row, value, high, before in zip(
        places, part["value"], part["high"], part["before"], strict=True
    ):
        if pd.notna(value):
            in_the_way = high < before < high + room * width
            place = (before if in_the_way else high, row)
            write(axes, form(value), place, (5, 0))
    axes.set_xlim(left, left + (1 + room) * width)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), [label(one) for one in labels])
    axes.xaxis.set_visible(False)
    axes.yaxis.grid(visible=True)


def _span(part: pd.DataFrame) -> tuple[float, float]:
    """The values' range with a little room, never of no width."""
    values = part[["value", "low", "high", "before"]].to_numpy(dtype=float)
    if np.isnan(values).all():
        return 0.0, 1.0
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.08 * (high - low) or 0.01
    return low - room, high + room
