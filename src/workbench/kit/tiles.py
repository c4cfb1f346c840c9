"""What is read at arm's length: a figure a tile, what it was before, its last weeks, its goal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from workbench.kit.blocks import Block
from workbench.kit.findings import Status, status_text
from workbench.kit.sentences import say
from workbench.markup import escape, prose

_WIDE, _HIGH, _EDGE = 120, 28, 3  # of the small line, in its own units
_FEWEST = 3  # weeks, below which a line is none


@dataclass(frozen=True)
class Tile:
    """A headline figure, written as its readers see it.

    Attributes:
        label: What it is.
        figure: The figure.
        notes: What stands under it, a short line each; the empty ones not.
        status: `good` or `bad` where its change, or the goal it is held against, surely is.
        course: The figure week by week, the oldest first; NaN where it is not known.
        weeks: The same as they are written, for those who hear the page.
    """

    label: str
    figure: str
    notes: tuple[str, ...] = ()
    status: Status = "neutral"
    course: tuple[float, ...] = ()
    weeks: tuple[str, ...] = ()


def tiles_block(tiles: Iterable[Tile]) -> Block:
    """Return tiles side by side, as many as the page is wide."""
    shown = list(tiles)
    html = "".join(map(_tile, shown))
    text = "\n".join("; ".join([f"{one.label}: {one.figure}", *_notes(one)]) for one in shown)
    return Block(f'<div class="wb-tiles">{html}</div>' if shown else "", text)


def _tile(one: Tile) -> str:
    verdict = status_text(one.status) if one.status in {"good", "bad"} else ""
    mark = f'<span class="wb-status">{verdict}</span>' if verdict else ""
    notes = "".join(f"<div>{prose(note)}</div>" for note in _notes(one))
    return (
        f'<div class="wb-tile wb-{one.status}"><div class="wb-tile-name">{prose(one.label)}</div>'
        f'<div class="wb-tile-figure">{escape(one.figure)} {mark}</div>{_line(one)}'
        f'<div class="wb-note">{notes}</div></div>'
    )


def _notes(one: Tile) -> list[str]:
    return [note for note in one.notes if note]


def _line(one: Tile) -> str:
    """The figure week by week from nought on, so that what hardly moves looks so."""
    if sum(not math.isnan(value) for value in one.course) < _FEWEST:
        return ""
    known = list(_places(one.course))
    pieces = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}"/>'
        for run in known
        if len(run) > 1
    )
    x, y = known[-1][-1]
    told = say("Week by week: {weeks:list}.", weeks=one.weeks)
    nought = _HIGH - _EDGE
    return (
        f'<svg class="wb-tile-line" viewBox="0 0 {_WIDE} {_HIGH}" preserveAspectRatio="xMinYMid" '
        f'role="img" aria-label="{escape(told)}"><path d="M0 {nought}H{_WIDE}"/>{pieces}'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    )


def _places(course: Sequence[float]) -> Iterator[list[tuple[float, float]]]:
    """Where the known weeks lie, those without a gap between them together."""
    top = max(value for value in course if not math.isnan(value)) or 1.0
    step = (_WIDE - 2 * _EDGE) / max(len(course) - 1, 1)
    for is_known, run in groupby(enumerate(course), lambda one: not math.isnan(one[1])):
        if is_known:
            yield [
                (_EDGE + step * place, _HIGH - _EDGE - (_HIGH - 2 * _EDGE) * max(value, 0.0) / top)
                for place, value in run
            ]
