"""Contents: at which live length, with how many plays, by whom and in which format they sell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench.charts import Chart, curve, dots
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.paths.journey import journey
from workbench.paths.visits import converted
from workbench.stats.curves import BestLength, PlaysCurve, best_length, plays_curve
from workbench.stats.interval import UNKNOWN, Interval, columns
from workbench.stats.rates import difference, wilson

NEEDS = {
    "events": ("event", "occurred_at", "content_id", "session_id"),
    "contents": ("content_id", "format", "duration_minutes", "plays", "author_kind"),
}
LENGTHS = (0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 360)
PLAYS = tuple(base * 10**power for power in range(1, 8) for base in (1, 2, 5))
_PIECES = ["format", "author_kind", "minutes", "plays", "visits", "bought"]
_RATES = columns("conversion_rate")
_LENGTH_TICKS = (0, 20, 40, 60, 90, 120)
_PLAYS_TICKS = tuple(10**power for power in range(1, 8))
_FEWEST_SHOWN = 50  # visits: fewer say nothing of a rate
_SENTENCES = {  # by whether the best length is in doubt, and whether conversion falls beyond it
    (False, False): message(
        "Lives of {first:count} to {last:count} minutes sell best: {rate:percent} of visits end in an order."
    ),
    (True, False): message(
        "Lives of {first:count} to {last:count} minutes sell best: {rate:percent} of visits end in an order (the best length may lie anywhere from {low:count} to {high:count})."
    ),
    (False, True): message(
        "Lives of {first:count} to {last:count} minutes sell best: {rate:percent} of visits end in an order. From {beyond:count} minutes on it is less than three quarters of that."
    ),
    (True, True): message(
        "Lives of {first:count} to {last:count} minutes sell best: {rate:percent} of visits end in an order (the best length may lie anywhere from {low:count} to {high:count}). From {beyond:count} minutes on it is less than three quarters of that."
    ),
}


@dataclass(frozen=True)
class Contents(Result):
    """What visits through contents came to, over the 52 weeks that end with the period.

    A visit converts if it ends in the funnel's last step in the same session: an order placed,
    whatever became of it. Ends of 95 % intervals stand beside their value as `_low` and `_high`.

    Attributes:
        scope: What was looked at.
        live_lengths: `from_minutes`, `to_minutes` (exclusive), `visits`, `conversion_rate`.
        plays: `from_plays`, `to_plays` (exclusive), `visits`, `conversion_rate`.
        formats: `format`, `author_kind`, `visits`, `conversion_rate`; the best first.
        length: The best length of lives; None without lives.
        curve: How conversion rises with plays; None without plays.
        findings: What all that says, in sentences.
        metrics: `live_over_notes`, how many points lives convert better than notes.
        rules: How it was counted, in sentences.
        missing: What this would need, in sentences.
    """

    TOPICS: ClassVar = ("length", "plays")
    scope: Scope
    live_lengths: pd.DataFrame
    plays: pd.DataFrame
    formats: pd.DataFrame
    length: BestLength | None
    curve: PlaysCurve | None
    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]
    rules: tuple[str, ...]
    missing: tuple[str, ...]

    def length_chart(self) -> Chart | MissingData:
        """Return conversion by the length of lives, with the best window."""
        rows, best = self.live_lengths, self.length
        if best is None:
            few = say("There are too few visits through lives to compare their lengths.")
            return MissingData(*self.missing or (few,))
        middle = ((rows["from_minutes"] + rows["to_minutes"]) / 2).to_numpy()
        spans = [
            say("{low:count} to {high:count} minutes {rate:percent}", low=low, high=high, rate=rate)
            for low, high, rate in rows[["from_minutes", "to_minutes", _RATES[0]]].to_numpy()
        ]
        return curve(
            _points(rows, x=middle),
            pd.DataFrame({"x": [], "value": []}),
            title=_length_sentence(best),
            alt=say("Conversion by length of the live: {rows}.", rows="; ".join(spans)),
            ticks={tick: words.count(tick) for tick in _LENGTH_TICKS if tick <= middle.max() + 10},
            mark=(say("best"), best.low_minutes, best.high_minutes),
            note=say(
                "Minutes that the live lasted. Visits of the 52 weeks that end with the period, and "
                "orders as placed, whatever became of them; thin lines: 95 % intervals."
            ),
        )

    def plays_chart(self) -> Chart | MissingData:
        """Return conversion by plays, with the curve and where it flattens."""
        fitted = self.curve
        if fitted is None:
            few = say("There are too few contents with plays to compare them.")
            return MissingData(few)
        rows = self.plays[self.plays["visits"] >= _FEWEST_SHOWN]
        middle = np.sqrt((rows["from_plays"].astype(float) * rows["to_plays"]).to_numpy())
        grid = np.geomspace(middle.min(), middle.max(), 100)
        told = [
            say("{low:short} {rate:percent}", low=low, rate=rate)
            for low, rate in rows[["from_plays", _RATES[0]]].to_numpy()
        ]
        inside = (middle.min() * 0.7, middle.max() * 1.4)
        return curve(
            _points(rows, x=middle),
            pd.DataFrame({"x": grid, "value": fitted.at(grid)}),
            title=_plays_sentence(fitted),
            alt=say("Conversion by plays from: {rows}.", rows="; ".join(told)),
            ticks={one: words.short(one) for one in _PLAYS_TICKS if inside[0] <= one <= inside[1]},
            mark=(say("flattens"), *fitted.flat_from[1:]),
            logarithmic=True,
            note=say(
                "Plays that the content has by now. Visits of the 52 weeks that end with the "
                "period, and orders as placed, whatever became of them; thin lines: 95 % intervals."
            ),
        )

    def formats_chart(self) -> Chart | MissingData:
        """Return conversion by format and kind of author."""
        rows = self.formats
        if rows.empty:
            none = say("There are no visits through contents to compare.")
            return MissingData(none)
        told = [
            say("{form:label} {author} {rate:percent}", form=form, author=author, rate=rate)
            for form, author, rate in rows[["format", "author_kind", _RATES[0]]].to_numpy()
        ]
        best, least = rows.iloc[0], rows.iloc[-1]
        sure = message(
            "{best:label} by {author} ({rate:percent}) sells surely better than {least:lower} by {other} ({low:percent})."
        )
        unsure = message(
            "No kind of content sells surely better than another: from {rate:percent} ({best:label} by {author}) down to {low:percent} ({least:lower} by {other})."
        )
        panels = [words.label(kind) for kind in rows["format"]]
        return dots(
            _points(rows, panel=panels, label=list(rows["author_kind"]), before=np.nan),
            title=say(
                sure if best[_RATES[1]] > least[_RATES[2]] else unsure,
                best=best["format"],
                author=best["author_kind"],
                rate=best[_RATES[0]],
                least=least["format"],
                other=least["author_kind"],
                low=least[_RATES[0]],
            ),
            alt=say("Conversion by format and author: {rows}.", rows="; ".join(told)),
            note=say(
                "UGC: by users, PGC: by professionals, OGC: by those whose job it is. Visits of the 52 "
                "weeks that end with the period, and orders as placed, whatever became of them; thin "
                "lines: 95 % intervals."
            ),
        )


def contents(scope: Scope, steps: Sequence[str] = ()) -> Contents:
    """Return how visits through contents convert.

    What a content is now (plays, format) is held against all visits of the 52 weeks: plays have
    no date, so this describes and does not look back.

    Args:
        scope: What is looked at; `NEEDS` says what its tables must tell.
        steps: The events of the funnel: the first one begins a visit, the last one is its aim;
            empty means the shop's own.
    """
    missing = scope.missing(NEEDS, say("how contents sell"))
    pieces = pd.DataFrame({name: [] for name in _PIECES}) if missing else _pieces(scope, steps)
    lives = pieces[(pieces["format"] == "live") & pieces["minutes"].notna()]
    played = pieces[pieces["plays"] > 0]
    lengths = _classes(lives, "minutes", LENGTHS)
    length, fitted = best_length(lengths), plays_curve(played)
    found = [Finding.about("length", missing, status="unknown")] if missing else []
    if length is not None:
        found.append(Finding.about("length", _length_sentence(length), length.conversion))
    if fitted is not None:
        found.append(Finding.about("plays", _plays_sentence(fitted), fitted.flat_from))
    return Contents(
        scope=scope,
        live_lengths=lengths,
        plays=_classes(played, "plays", PLAYS),
        formats=_groups(pieces),
        length=length,
        curve=fitted,
        findings=tuple(found),
        metrics=(Metric("live_over_notes", _live_over_notes(pieces), "points"),),
        rules=(
            say(
                "A visit through a content sells if an order is placed in the same session. What a "
                "content is now is held against all of its visits: plays and formats have no date."
            ),
        ),
        missing=(missing,) if missing else (),
    )


def _pieces(scope: Scope, steps: Sequence[str]) -> pd.DataFrame:
    """One row a content that led to visits: what it is, how many, and how many bought."""
    steps = journey(scope, steps).steps
    visits = converted(scope.over(52), steps[0], steps[-1])
    counted = visits.group_by("content_id").agg(visits=visits.count(), bought=visits.bought.sum())
    about = scope.contents.select(
        "content_id", "format", "author_kind", minutes="duration_minutes", plays="plays"
    )
    return frame(counted.join(about, "content_id").order_by("content_id"))[_PIECES]


def _classes(pieces: pd.DataFrame, column: str, edges: Sequence[float]) -> pd.DataFrame:
    """Visits and conversion by classes of a quantity; classes without visits are left out."""
    rows = []
    for low, high in pairwise(edges):
        visits, bought = _sums(pieces[(pieces[column] >= low) & (pieces[column] < high)])
        if visits:
            rows.append((low, high, visits, *wilson(bought, visits)))
    return pd.DataFrame(rows, columns=[f"from_{column}", f"to_{column}", "visits", *_RATES])


def _groups(pieces: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for kind, part in pieces.groupby(["format", "author_kind"]):
        visits, bought = _sums(part)
        rows.append((*kind, visits, *wilson(bought, visits)))
    whole = pd.DataFrame(rows, columns=["format", "author_kind", "visits", *_RATES])
    return whole.sort_values("conversion_rate", ascending=False, ignore_index=True)


def _live_over_notes(pieces: pd.DataFrame) -> Interval:
    """How much higher the conversion through lives is than through notes."""
    (lives, live_orders), (notes, note_orders) = (
        _sums(pieces[pieces["format"] == kind]) for kind in ("live", "image_text")
    )
    return difference((live_orders, lives), (note_orders, notes)) if lives and notes else UNKNOWN


def _sums(pieces: pd.DataFrame) -> tuple[int, int]:
    return int(pieces["visits"].sum()), int(pieces["bought"].sum())


def _points(rows: pd.DataFrame, **more: Any) -> pd.DataFrame:
    """The rates as charts take them."""
    return rows[_RATES].set_axis(["value", "low", "high"], axis=1).assign(**more)


def _length_sentence(best: BestLength) -> str:
    wider = (best.low_minutes, best.high_minutes) != (best.from_minutes, best.to_minutes)
    return say(
        _SENTENCES[wider, best.falls_beyond.is_known],
        first=best.from_minutes,
        last=best.to_minutes,
        rate=best.conversion.value,
        low=best.low_minutes,
        high=best.high_minutes,
        beyond=best.falls_beyond.value,
    )


def _plays_sentence(fitted: PlaysCurve) -> str:
    if fitted.slope.low <= 0:
        return say("More plays do not go with better sales beyond what chance would explain.")
    flat, low, high = map(_rounded, fitted.flat_from)
    return say(
        "Each doubling of plays goes with {gain:points} of visits that end in an order, up to about "
        "{flat:count} plays (95 % sure: {low:count} to {high:count}); beyond, more plays change nothing.",
        gain=fitted.flat_rate * fitted.slope.value * float(np.log(2)),
        flat=flat,
        low=low,
        high=high,
    )


def _rounded(plays: float) -> float:
    """Two figures: the flattening point is not known better."""
    digits = 1 - int(np.floor(np.log10(max(plays, 1))))
    return float(round(plays, digits))
