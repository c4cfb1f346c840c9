"""Further shapes of charts: a heat map, a waterfall, low stretches of days, a curve of dots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
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

Array = np.ndarray[Any, Any]
_DARK = 0.83  # of the scale: up to there ink has more contrast than white


def heat(rows: pd.DataFrame, **told: Unpack[Told]) -> Chart:
    """Return a table whose cells are shaded in one hue, each with its value written in.

    Args:
        rows: Columns `row`, `column`, `text`, and `weight` (0 is white, the largest one full; a
            null one is left blank); one row per cell, in the order in which they are to be read.
        told: What the chart says; its note tells what a darker cell means.
    """
    names, columns = (list(dict.fromkeys(rows[axis])) for axis in ("row", "column"))
    weights = _grid(rows, names, columns, "weight").astype(float)
    texts = _grid(rows, names, columns, "text")
    hue = LinearSegmentedColormap.from_list("house", ["#ffffff", PALE, ACCENT])
    top = max(float(np.nanmax(np.nan_to_num(weights))), 1e-9)

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        axes.pcolormesh(
            np.nan_to_num(weights), cmap=hue, vmin=0, vmax=top, edgecolors="white", linewidth=2
        )
        for (row, column), text in np.ndenumerate(texts):
            dark = np.nan_to_num(weights[row, column]) > _DARK * top
            axes.annotate(
                text,
                (column + 0.5, row + 0.5),
                ha="center",
                va="center",
                color="white" if dark else INK,
                fontsize=8.5 if phone else 10.5,
            )
        heads = [_broken(str(name), len(columns), phone=phone) for name in columns]
        level = "bottom" if any("\n" in head for head in heads) else "baseline"
        axes.set_xticks([i + 0.5 for i in range(len(columns))], heads, va=level)
        axes.set_yticks(
            [i + 0.5 for i in range(len(names))], [label(name, phone=phone) for name in names]
        )
        axes.xaxis.tick_top()
        axes.tick_params(labelsize=8.5 if phone else 10, length=0)
        axes.invert_yaxis()
        axes.grid(visible=False)

    each = 0.42 * len(names) + 0.6
    return Chart(draw=draw, height=(each, each), **told)


def waterfall(
    labels: Sequence[str],
    changes: Sequence[float],
    *,
    start: tuple[str, float],
    end: tuple[str, float],
    texts: Sequence[str],
    form: Callable[[float], str] = words.percent,
    **told: Unpack[Told],
) -> Chart:
    """Return how a value came from its start to its end, a floating bar for each part.

    The axis need not begin at nought: start and end are lines and no bars, so that no length
    is read where none is meant.

    Args:
        labels: What each part is, from the top.
        changes: How much each adds, in the unit of the value; they lead from start to end.
        start: What the first value is called, and the value.
        end: What the last value is called, and the value.
        texts: What stands beside each part.
        form: Writes the first and the last value.
        told: What the chart says.
    """
    levels = start[1] + np.concatenate([[0.0], np.cumsum(changes)])
    names = [start[0], *labels, end[0]]
    beside = [form(start[1]), *texts, form(end[1])]

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        for row, change in enumerate(changes, start=1):
            colour = ACCENT if change < 0 else BEFORE
            axes.barh(row, change, left=levels[row - 1], color=colour, height=0.5)
        for row, level in enumerate([*levels, end[1]]):
            whole = row in {0, len(names) - 1}
            half = 0.36 if whole else 0.25
            axes.vlines(level, row - half, row + half, color=INK, lw=2.4 if whole else 0)
        axes.vlines(levels, range(len(levels)), range(1, len(levels) + 1), color=QUIET, lw=0.8)
        low, high = float(np.min(levels)), float(np.max(levels))
        room = max(high - low, 1e-6)
        tops = np.maximum([levels[0], *levels], [*levels, end[1]])
        for row, (top, text) in enumerate(zip(tops, beside, strict=True)):
            write(axes, text, (top, row))
        axes.set_xlim(low - 0.1 * room, high + room * (0.75 if phone else 0.35))
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), [label(name, phone=phone) for name in names])
        axes.tick_params(axis="y", labelsize=8.5 if phone else 10)
        axes.xaxis.set_visible(False)
        axes.grid(visible=False)

    each = 0.36 * len(names) + 0.3
    return Chart(draw=draw, height=(each, each), **told)


def stretches(
    rows: pd.DataFrame,
    spans: pd.DataFrame,
    *,
    form: Callable[[float], str] = words.whole_percent,
    **told: Unpack[Told],
) -> Chart:
    """Return daily values, one panel a series, with a stretch of each shaded and its cost on it.

    Args:
        rows: Columns `panel`, `when`, `value` (null: no value that day), ordered by time.
        spans: One row per panel: `panel`, `since` and `until` (the stretch), `usual` (the value
            it is held against), `text` (what it cost).
        form: Writes a value on the axis.
        told: What the chart says.
    """

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        grid = figure.subplots(len(spans), 1, squeeze=False, sharex=True).flatten()
        for axes, span in zip(grid, spans.itertuples(index=False), strict=True):
            part = rows[rows["panel"] == span.panel]
            _draw_stretch(axes, part, span)
            if len(spans) > 1:
                axes.set_title(label(span.panel, most=64), loc="left", fontsize=10, color=QUIET)
            axes.yaxis.set_major_formatter(lambda value, _position: form(value))
            axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.xaxis.set_major_locator(MaxNLocator(4 if phone else 8))
            axes.xaxis.set_major_formatter(day_tick)

    return Chart(draw=draw, height=(1.9 * len(spans) + 0.3, 1.8 * len(spans) + 0.3), **told)


def curve(
    points: pd.DataFrame,
    line: pd.DataFrame,
    *,
    ticks: Mapping[float, str],
    mark: tuple[str, float, float] | None = None,
    logarithmic: bool = False,
    **told: Unpack[Told],
) -> Chart:
    """Return rates by a quantity as dots with intervals, and the line that is fitted to them.

    Args:
        points: Columns `x`, `value`, `low`, `high`.
        line: Columns `x`, `value`; empty: no line.
        ticks: Which places on the axis are named, and how.
        mark: A named stretch of the axis, from and to: shaded.
        logarithmic: Whether equal distances are equal ratios.
        told: What the chart says.
    """

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        if mark is not None:
            axes.axvspan(mark[1], mark[2], color=PALE, alpha=0.6, lw=0)
        axes.vlines(points["x"], points["low"], points["high"], color=BEFORE, lw=2)
        axes.plot(points["x"], points["value"], "o", color=ACCENT, ms=5)
        axes.plot(line["x"], line["value"], color=ACCENT, lw=1.6)
        if logarithmic:
            axes.set_xscale("log")
        top = min(max(float(points["high"].max()), 1e-9) * 1.22, 1.05)  # no rate exceeds 100 %
        axes.set_ylim(0, top)
        if mark is not None:
            middle = (mark[1] * mark[2]) ** 0.5 if logarithmic else (mark[1] + mark[2]) / 2
            axes.annotate(mark[0], (middle, top * 0.94), ha="center", va="center", color=ACCENT)
        axes.set_xticks(list(ticks), list(ticks.values()), minor=False)
        axes.xaxis.set_minor_locator(MaxNLocator(1))
        axes.xaxis.set_minor_formatter(lambda _value, _position: "")
        axes.tick_params(axis="x", labelsize=8.5 if phone else 10)
        axes.yaxis.set_major_formatter(lambda y, _position: words.whole_percent(y))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.grid(visible=False)

    return Chart(draw=draw, height=(2.6, 2.4), **told)


def _draw_stretch(axes: Axes, part: pd.DataFrame, span: object) -> None:
    since, until, usual, text = (getattr(span, one) for one in ("since", "until", "usual", "text"))
    axes.axvspan(since, until, color=PALE, alpha=0.7, lw=0)
    axes.hlines(usual, part["when"].min(), part["when"].max(), color=QUIET, lw=1, linestyle="--")
    axes.plot(part["when"], part["value"], color=ACCENT, lw=1.4, marker="o", ms=2.5)
    top = float(np.nanmax([part["value"].max(), usual, 1e-9])) * 1.3
    axes.set_ylim(0, top)
    days = pd.to_datetime(part["when"])
    late = since > days.min() + (days.max() - days.min()) / 2
    place = (until if late else since, top * 0.93)
    shift, side = ((-4, 0), "right") if late else ((4, 0), "left")
    write(axes, text, place, shift, ha=side, color=ACCENT)
    axes.grid(visible=False, axis="x")


def _grid(rows: pd.DataFrame, names: list[str], columns: list[str], value: str) -> Array:
    table = rows.set_index(["row", "column"])[value].unstack()  # noqa: PD010 - nothing to sum up
    filled = table.reindex(index=names, columns=columns)
    return (filled.fillna("") if value == "text" else filled).to_numpy()


def _broken(name: str, columns: int, *, phone: bool) -> str:
    """A column's head in two lines where it would run into the next one."""
    most = (34 if phone else 80) // max(columns, 1)
    name = label(name, most=2 * most)
    if len(name) <= most or " " not in name:
        return name
    words_ = name.split(" ")
    halves = ((" ".join(words_[:i]), " ".join(words_[i:])) for i in range(1, len(words_)))
    return "\n".join(min(halves, key=lambda pair: max(map(len, pair))))
