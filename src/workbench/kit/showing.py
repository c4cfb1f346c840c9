"""One verb for everything that a notebook shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.blocks import Block
from workbench.kit.figures import is_figure, writer
from workbench.kit.findings import MIME, Finding, listed, status_text
from workbench.kit.words import _
from workbench.markup import escape

_SCREENFUL = 20
_UNIT = re.compile(r"(?<=\d)[ \u202f][^\d]+$")
_charts_shown: list[str] = []


def show(
    thing: Sequence[Finding] | Sequence[str] | Chart | pd.DataFrame | MissingData | str,
    columns: Sequence[str] | None = None,
    *,
    currency: str = "",
    time_zone: str = "",
    rows: int = _SCREENFUL,
) -> Block:
    """Return a result as a piece of a page.

    Args:
        thing: Findings, a chart, a frame, sentences, or what is missing (an error, or one
            sentence that says what the section would need).
        columns: Which columns of a frame, in order (default: all but ends of intervals, which
            stand beside their value in any case).
        currency: ISO 4217 code, for a frame with amounts.
        time_zone: Zone in which a frame's instants are told.
        rows: How many rows of a frame at most.

    Raises:
        TypeError: If `thing` is nothing that can be shown.
    """
    if isinstance(thing, Chart):
        _charts_shown.append(thing.title)
        return Block(thing._repr_html_(), f"{thing.title}\n{thing.alt}")
    if isinstance(thing, pd.DataFrame):
        return _table(thing, columns, currency, time_zone, rows)
    if isinstance(thing, (MissingData, str)):
        return Block(f'<div class="wb-missing">{escape(thing)}</div>', str(thing))
    if isinstance(thing, (tuple, list)) and all(isinstance(one, Finding) for one in thing):
        return _findings(list(dict.fromkeys(thing)))
    if isinstance(thing, (tuple, list)) and all(isinstance(one, str) for one in thing):
        return _sentences(list(dict.fromkeys(one for one in thing if one)))
    raise TypeError(f"show() takes findings, a chart or a frame, not {type(thing).__name__}")


def charts_shown() -> int:
    """Return how many charts this notebook has put on its page so far."""
    return len(_charts_shown)


def _findings(findings: Sequence[Finding]) -> Block:
    text = "\n".join(f"{status_text(one.status)}: {one.sentence}" for one in findings)
    return Block(listed(findings), text, {MIME: [asdict(one) for one in findings]})


def _sentences(sentences: Sequence[str]) -> Block:
    items = "".join(f"<li>{escape(one)}</li>" for one in sentences or [_("Nothing.")])
    return Block(f'<ul class="wb-sentences">{items}</ul>', "\n".join(sentences))


def _table(
    frame: pd.DataFrame, columns: Sequence[str] | None, currency: str, time_zone: str, rows: int
) -> Block:
    chosen = list(columns) if columns is not None else _without_ends(frame)
    part = frame.head(rows)
    cells = {name: _written(part, name, currency, time_zone) for name in chosen}
    numeric = {name: ' class="wb-figure"' if is_figure(frame[name]) else "" for name in chosen}
    head = "".join(f"<th{numeric[name]}>{escape(words.label(name))}</th>" for name in chosen)
    body = "".join(
        f'<tr data-row="{escape(part[chosen[0]].iloc[i])}">'
        + "".join(
            f'<td{numeric[name]} data-column="{escape(name)}">{escape(cells[name][i])}</td>'
            for name in chosen
        )
        + "</tr>"
        for i in range(len(part))
    )
    more = _("{shown} of {all} rows; all of them are in the results beside the report.")
    note = more.format(shown=words.count(len(part)), all=words.count(len(frame)))
    rest = f'<p class="wb-note">{escape(note)}</p>' if len(part) < len(frame) else ""
    html = (
        f'<div class="wb-scroll"><table class="wb-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{rest}"
    )
    return Block(html, pd.DataFrame(cells).to_string(index=False))


def _without_ends(frame: pd.DataFrame) -> list[str]:
    return [
        str(name)
        for name in frame.columns
        if not (str(name).endswith(("_low", "_high")) and str(name).rsplit("_", 1)[0] in frame)
    ]


def _written(frame: pd.DataFrame, name: str, currency: str, time_zone: str) -> list[str]:
    """A column as text; a value with an interval carries it in brackets: `61.2 % (60.1–62.3)`."""
    write = writer(name, frame[name], currency, time_zone)
    texts = [write(value) for value in frame[name]]
    if f"{name}_low" not in frame or f"{name}_high" not in frame:
        return texts
    pairs = zip(frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
    return [
        text if pd.isna(low) or pd.isna(high) else f"{text} ({_ends(write(low), write(high))})"
        for text, (low, high) in zip(texts, pairs, strict=True)
    ]


def _ends(low: str, high: str) -> str:
    """Both ends of an interval; a unit that they share stands behind the value already."""
    figures = [_UNIT.sub("", end) for end in (low, high)]
    units = {end.removeprefix(figure) for end, figure in zip((low, high), figures, strict=True)}
    ends = figures if len(units) == 1 else [low, high]
    form = _("{low} to {high}") if any(end.startswith("−") for end in ends) else "{low}–{high}"
    return form.format(low=ends[0], high=ends[1])
