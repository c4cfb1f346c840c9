"""Findings, sentences and tables as pieces of a page."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd

from workbench.errors import ParameterError, unknown
from workbench.kit import words
from workbench.kit.audience import audience
from workbench.kit.blocks import Block
from workbench.kit.figures import Writer, end_writer, is_figure, writer
from workbench.kit.findings import MIME, Finding, listed, status_text
from workbench.kit.ids import mask, named
from workbench.kit.sentences import say, say_n
from workbench.markup import escape, prose

SCREENFUL = 20
_PHONE = 58  # signs that stand beside one another on a phone
_GAP = 1.5  # signs between two columns
_TEXT = 12  # signs of a text that one reads with ease in a column
_INTERVAL = re.compile(r"\([^()]*\d–\d[^()]*\)$")
_ENDS_AFTER = " ("  # between a figure and its interval, where a narrow cell is broken


def findings_block(findings: Sequence[Finding]) -> Block:
    """Return findings as a list; each sentence once."""
    findings = list({(one.status, one.sentence): one for one in findings}.values())
    text = "\n".join(f"{status_text(one.status)}: {one.sentence}" for one in findings)
    return Block(listed(findings), text, {MIME: [asdict(one) for one in findings]})


def sentences_block(sentences: Sequence[str]) -> Block:
    """Return sentences as a list; each once, the empty ones not."""
    sentences = list(dict.fromkeys(one for one in sentences if one))
    items = "".join(f"<li>{prose(one)}</li>" for one in sentences or [say("Nothing.")])
    return Block(f'<ul class="wb-sentences">{items}</ul>', "\n".join(sentences))


def told_block(frame: pd.DataFrame, columns: Sequence[str] | None = None, **how: Any) -> Block:
    """Return the first rows of a frame as its readers may see them.

    Others than the owner see pseudonyms of users; viewers of a served page, only how many they are.
    A column without a value in any row is left out for them: it would be dashes alone.

    Args:
        frame: As for `frame_block`, with ids as they are.
        columns: As for `frame_block`.
        how: As for `frame_block`.
    """
    if audience() == "owner":
        return frame_block(frame, columns, **how)
    if columns is None or set(columns) <= set(frame):
        columns = _with_values(frame, columns)
    if not named(frame):
        return frame_block(frame, columns, **how)
    if audience() == "live":
        return sentences_block([say_n("{n:count} user", "{n:count} users", len(frame))])
    return frame_block(mask(frame), columns, **how)


def frame_block(
    frame: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    currency: str = "",
    time_zone: str = "",
    rows: int = SCREENFUL,
    money: Collection[str] = (),
) -> Block:
    """Return the first rows of a frame as a table.

    Args:
        frame: Any; one of a result knows its currency and zone.
        columns: Which columns, in order (default: all but ends of intervals, which stand beside
            their value in any case).
        currency: ISO 4217 code, where the frame does not know it.
        time_zone: Zone in which instants are told, where the frame does not know it.
        rows: How many rows at most.
        money: Columns of minor units whose names do not say so.
    """
    currency = currency or frame.attrs.get("currency", "")
    time_zone = time_zone or frame.attrs.get("time_zone", "")
    names = list(map(str, frame.columns))
    for name in columns or ():
        if name not in names:
            raise ParameterError(unknown("column", str(name), names))
    chosen = list(columns) if columns is not None else _without_ends(frame)
    if frame.empty:  # the names of columns alone tell nothing
        return _in_place(frame.attrs.get("instead"))
    part = frame.head(rows)
    write = partial(writer, currency=currency, time_zone=time_zone, money=money)
    cells = {name: _written(part, name, write(name, part[name])) for name in chosen}
    note = say(
        "{shown:count} of {all:count} rows; all of them are in the results beside the report.",
        shown=len(part),
        all=len(frame),
    )
    rest = "" if len(frame) == len(part) else f'<p class="wb-note">{escape(note)}</p>'
    return Block(f"{_table(part, cells)}{rest}", pd.DataFrame(cells).to_string(index=False))


def _in_place(said: str | None) -> Block:
    """What stands in place of a table without rows: the sentence it came with, or that it has none."""
    if said is None:
        return Block(f'<p class="wb-note">{escape(say("No rows."))}</p>', say("No rows."))
    return missing_block(said) if said else Block("", "")


def missing_block(said: object) -> Block:
    """Return what is missing, in one sentence."""
    return Block(f'<div class="wb-missing">{prose(said)}</div>', str(said))


def _table(part: pd.DataFrame, cells: Mapping[str, Sequence[str]]) -> str:
    """Rows and what is written of them; where they are wider than a phone each cell knows its column's name."""
    first, labels = next(iter(cells)), {name: words.label(name) for name in cells}
    numeric = {name: ' class="wb-figure"' if is_figure(part[name]) else "" for name in cells}
    is_wide = _width(cells, labels, numeric) > _PHONE
    named = {name: f' data-label="{escape(labels[name])}"' if is_wide else "" for name in cells}
    head = "".join(f"<th{numeric[name]}>{escape(labels[name])}</th>" for name in cells)
    body = "".join(
        f'<tr data-row="{escape(part[first].iloc[i])}">'
        + "".join(
            f'<td{numeric[name]} data-column="{escape(name)}"{named[name]}>'
            f"{_figure(texts[i]) if numeric[name] else _text(texts[i])}</td>"
            for name, texts in cells.items()
        )
        + "</tr>"
        for i in range(len(part))
    )
    return (
        f'<div class="wb-scroll"><table class="wb-table{" wb-stack" if is_wide else ""}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _figure(text: str) -> str:
    """A figure as markup; a narrow cell is broken only before its interval."""
    value, after, ends = text.partition(_ENDS_AFTER)
    whole = f"<span>{escape(value)}</span>"
    return f"{whole} <span>({escape(ends)}</span>" if after else whole


def _text(text: str) -> str:
    """A text as markup; an interval at its end is not broken."""
    ends = _INTERVAL.search(text)
    if ends is None:
        return escape(text)
    return f'{escape(text[: ends.start()])}<span class="wb-ends">{escape(ends[0])}</span>'


def _width(
    cells: Mapping[str, Sequence[str]], labels: Mapping[str, str], numeric: Mapping[str, str]
) -> float:
    """About how many signs wide a table must be: texts are broken between words, figures are not."""
    widths = []
    for name, texts in cells.items():
        if numeric[name]:
            parts = [len(part) for text in texts for part in text.split(_ENDS_AFTER)]
        else:
            parts = [len(one) for text in texts for one in text.split()]
            parts.append(min(max(map(len, texts), default=0), _TEXT))
        widths.append(max([*parts, *map(len, labels[name].split())]))
    return sum(widths) + _GAP * len(widths)


def _with_values(frame: pd.DataFrame, columns: Sequence[str] | None) -> list[str]:
    """The columns of which some row has a value; all of them where none has."""
    chosen = list(columns) if columns is not None else _without_ends(frame)
    return [name for name in chosen if frame[name].notna().any()] or chosen


def _without_ends(frame: pd.DataFrame) -> list[str]:
    return [
        str(name)
        for name in frame.columns
        if not (str(name).endswith(("_low", "_high")) and str(name).rsplit("_", 1)[0] in frame)
    ]


def _written(frame: pd.DataFrame, name: str, write: Writer) -> list[str]:
    """A column as text; a value with an interval carries it in brackets: `61.2 % (60.1–62.3)`."""
    texts = [write(value) for value in frame[name]]
    if f"{name}_low" not in frame or f"{name}_high" not in frame:
        return texts
    write_end = end_writer(name) or write
    pairs = zip(frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
    return [
        text
        if pd.isna(low) or pd.isna(high)
        else f"{text} ({_ends(write_end(low), write_end(high))})"
        for text, (low, high) in zip(texts, pairs, strict=True)
    ]


def _ends(low: str, high: str) -> str:
    """Both ends of an interval; beside a sign a dash would be misread."""
    is_signed = any(sign in low + high for sign in "+−")
    return say("{low} to {high}", low=low, high=high) if is_signed else f"{low}–{high}"
