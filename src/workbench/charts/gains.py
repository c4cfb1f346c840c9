"""The cumulative gains chart: which share of a whole the best ranked share holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from workbench.charts.chart import ACCENT, BEFORE, QUIET, Chart, Told, label, write
from workbench.kit import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TICKS = (0, 0.25, 0.5, 0.75, 1)


def gains(rows: pd.DataFrame, *, highlight: str, chance: str, **told: Unpack[Told]) -> Chart:
    """Return which share of a whole the first share of a ranking holds, one line a ranking.

    Args:
        rows: Columns `line`, `x`, `value`, both of 0..1; the line that lies highest comes first.
        highlight: The line that is the finding's own; it gets the accent, the others grey.
        chance: What the diagonal is called, on which any share holds as much of the whole.
        told: What the chart says.
    """
    names = list(dict.fromkeys(rows["line"]))

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        for name in names:
            part = rows[rows["line"] == name]
            own = name == highlight
            form = {"lw": 2, "marker": "o", "ms": 3.5} if own else {"lw": 1.8}
            colour = ACCENT if own else BEFORE
            axes.plot(part["x"], part["value"], color=colour, label=label(name), **form)
        axes.plot([0, 1], [0, 1], color=QUIET, lw=1, linestyle=":", label=label(chance))
        # No ranking worth its name comes into the lower right corner.
        axes.legend(loc="lower right", labelcolor=QUIET, fontsize=10)
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.14)
        axes.set_xticks(_TICKS, [words.whole_percent(tick) for tick in _TICKS])
        axes.set_yticks(_TICKS, [words.whole_percent(tick) for tick in _TICKS])
        axes.tick_params(labelsize=9 if phone else 10)

    return Chart(draw=draw, height=(3.4, 3.0), **told)


def _name_place(
    axes: Axes, name: str, place: tuple[float, float], colour: str, *, above: bool = False
) -> None:
    """Write a line's name beside a place of it: below to the right, or above."""
    write(
        axes,
        label(name),
        place,
        (0, 4) if above else (7, -6),
        ha="center" if above else "left",
        va="bottom" if above else "top",
        color=colour,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
    )


def band(
    rows: pd.DataFrame,
    *,
    highlight: str,
    form: Callable[[float], str],
    mark: float | None = None,
    **told: Unpack[Told],
) -> Chart:
    """Return what a growing number of users comes to, one line a ranking, the own one with its band.

    Args:
        rows: Columns `line`, `x` (users), `value`, `low`, `high`.
        highlight: The line that is the finding's own; it gets the accent and its band.
        form: Writes a value.
        mark: A place of the axis that a stroke stands at.
        told: What the chart says.
    """
    names = list(dict.fromkeys(rows["line"]))

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        for place, name in enumerate(names):
            part = rows[rows["line"] == name]
            own = name == highlight
            if own:
                axes.fill_between(
                    part["x"], part["low"], part["high"], color=ACCENT, alpha=0.15, lw=0
                )
            axes.plot(part["x"], part["value"], color=ACCENT if own else BEFORE, lw=2)
            x = float(part["x"].max()) * (0.45 if own else 0.75)
            y = float(np.interp(x, part["x"], part["value"]))
            _name_place(axes, name, (x, y), ACCENT if own else QUIET, above=not place)
        if mark is not None:
            axes.axvline(mark, color=QUIET, lw=1, linestyle=":")
        axes.axhline(0, color=QUIET, lw=0.8)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(lambda x, _position: words.short(x))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(lambda y, _position: form(y))
        axes.tick_params(labelsize=9 if phone else 10)

    return Chart(draw=draw, height=(3.0, 2.6), **told)
