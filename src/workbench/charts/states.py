"""Shapes for what is watched: a map of colours, a rate with its thresholds, two scales beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

import pandas as pd
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from workbench.charts.chart import (
    ACCENT,
    BEFORE,
    GRID,
    INK,
    QUIET,
    Chart,
    Told,
    day_tick,
    label,
    write,
)
from workbench.kit import words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE_COLOURS: Mapping[str, str] = {
    "red": "#b3261e", "yellow": "#e3a008", "green": "#4f8a6d", "grey": "#d5dae0",
}  # fmt: skip
_SHAPES = {"red": "s", "yellow": "^", "green": "o", "grey": "_"}
_SIZES = {"red": 1.0, "yellow": 1.0, "green": 0.45, "grey": 0.6}


def states(rows: pd.DataFrame, **told: Unpack[Told]) -> Chart:
    """Return how things stood week by week: a row a thing, each week with its shape and colour.

    Args:
        rows: Columns `row`, `when` (days) and `state` (`red`, `yellow`, `green`, `grey`); the rows in
            the order in which they are to be read.
        told: What the chart says; its note tells what the shapes are.
    """
    names, whens = (list(dict.fromkeys(rows[one])) for one in ("row", "when"))

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        room = (3.4 if phone else 5.6) * 72 / max(len(whens), 1)
        side = min(13.0, max(2.5, room * 0.62))
        for state, part in rows.groupby("state"):
            axes.plot(
                [whens.index(one) for one in part["when"]],
                [names.index(one) for one in part["row"]],
                _SHAPES[str(state)], color=STATE_COLOURS[str(state)], mew=2 if state == "grey" else 0,
                ms=side * _SIZES[str(state)],
            )  # fmt: skip
        step = -(-len(whens) // (3 if phone else 8))
        places = range(0, len(whens), step)
        axes.set_xticks(places, [words.day_month(whens[one]) for one in places])
        axes.set_yticks(range(len(names)), [label(name, phone=phone) for name in names])
        axes.set_xlim(-0.7, len(whens) - 0.3)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(labelsize=8.5 if phone else 10, length=0)
        axes.xaxis.grid(visible=False)
        axes.set_axisbelow(True)

    each = 0.33 * len(names) + 0.5
    return Chart(draw=draw, height=(each, each), **told)


def watched(
    rows: pd.DataFrame,
    *,
    thresholds: Mapping[str, float],
    form: Callable[[float], str] = words.whole_percent,
    since: object = None,
    **told: Unpack[Told],
) -> Chart:
    """Return a rate over time beside what is usual and its thresholds; days still open are hollow.

    Args:
        rows: Columns `when`, `value`, `low`, `high`, `usual` and `is_open`, ordered by time; a null
            value is a gap.
        thresholds: Where lines are drawn, by `yellow` and `red`; NaN draws none.
        form: Writes a value.
        since: The first day of a change, marked; None marks none.
        told: What the chart says.
    """

    def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        closed, still = rows[~rows["is_open"]], rows[rows["is_open"]]
        axes.fill_between(
            closed["when"], closed["low"], closed["high"], color=ACCENT, alpha=0.18, lw=0
        )
        axes.plot(closed["when"], closed["value"], color=ACCENT, lw=1.8)
        axes.plot(still["when"], still["value"], "o", mfc="white", mec=BEFORE, ms=3)
        axes.plot(closed["when"], closed["usual"], color=QUIET, lw=1, ls=(0, (2, 2)))
        top = float(pd.concat([rows["high"], rows["value"]]).max())
        for state, value in thresholds.items():
            if value == value and value < 1.6 * top:  # noqa: PLR0124 - NaN
                axes.axhline(value, color=STATE_COLOURS[state], lw=1.4)
                top = max(top, value)
        if since is not None:
            axes.axvline(since, color=INK, lw=1, ls=(0, (1, 2)))  # type: ignore[arg-type]
        axes.set_ylim(0, max(top, 1e-9) * 1.08)
        axes.yaxis.set_major_formatter(lambda value, _position: form(value))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.set_xticks(list(rows["when"])[:: -(-len(rows) // (4 if phone else 8))])
        axes.xaxis.set_major_formatter(day_tick)

    return Chart(draw=draw, height=(2.6, 2.4), **told)


def crossed(
    rows: pd.DataFrame,
    *,
    form: Callable[[float], str],
    names: tuple[str, str],
    **told: Unpack[Told],
) -> Chart:
    """Return things by how often they happen and what one costs, each with its number and intervals.

    Args:
        rows: Columns `state`, `often` and `cost`, each with `_low` and `_high`; above 0.
        form: Writes a cost.
        names: What the two scales are, the one to the right and the one upwards.
        told: What the chart says.
    """
    drawn: list[Any] = list(rows.itertuples(index=False))

    def draw(figure: Figure, _phone: bool) -> None:  # noqa: FBT001 - Chart's own call
        axes = figure.subplots()
        for one in drawn:
            colour = STATE_COLOURS[one.state]
            axes.plot([max(one.often_low, one.often / 30), one.often_high], [one.cost] * 2,
                      color=BEFORE, lw=1)  # fmt: skip
            axes.plot([one.often] * 2, [max(one.cost_low, one.cost / 30), one.cost_high],
                      color=BEFORE, lw=1)  # fmt: skip
            axes.plot(one.often, one.cost, _SHAPES[one.state], color=colour, ms=9, mec=INK, mew=0.6)
        for number, one in enumerate(drawn, start=1):
            write(axes, str(number), (one.often, one.cost), (7, 7), fontsize=10, color=INK)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_major_formatter(lambda value, _position: words.short(value))
        axes.yaxis.set_major_formatter(lambda value, _position: form(value))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_minor_locator(NullLocator())
        axes.margins(0.18)
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        axes.grid(color=GRID)

    return Chart(draw=draw, height=(3.6, 3.4), **told)
