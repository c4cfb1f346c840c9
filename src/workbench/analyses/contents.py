"""Contents: at which live length, with how many plays, by whom and in which format they sell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.charts import Chart, curve, dots
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_rows, together
from workbench.paths.journey import journey
from workbench.paths.visits import converted
from workbench.stats.curves import BestLength, PlaysCurve, best_length, plays_curve
from workbench.stats.disclosure import folded
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
_KINDS = ["format", "author_kind"]
_COMPARED = ("live", "image_text")
_LENGTH_TICKS = (0, 20, 40, 60, 90, 120)
_PLAYS_TICKS = tuple(10**power for power in range(1, 8))
_FEWEST_SHOWN = 50  # visits: fewer say nothing of a rate
_VISITS = message(
    "Visits of the 52 weeks that end with the period, and orders as placed, whatever became of "
    "them; thin lines: 95 % intervals."
)
_BEST = {
    False: message(
        "Lives of {from_minutes:count} to {to_minutes:count} minutes sell best: {rate:percent} of "
        "visits end in an order."
    ),
    True: message(
        "Lives of {from_minutes:count} to {to_minutes:count} minutes sell best: {rate:percent} of "
        "visits end in an order (the best length may lie anywhere from {low_minutes:count} to "
        "{high_minutes:count})."
    ),
}
"""By whether the best length is in doubt."""


@dataclass(frozen=True)
class Contents(Result):
    """What visits through contents came to, over the 52 weeks that end with the period.

    A visit converts if it ends in the funnel's last step in the same session: an order placed,
    whatever became of it. Ends of 95 % intervals stand beside their value as `_low` and `_high`.

    Attributes:
        live_lengths: `from_minutes`, `to_minutes` (exclusive), `visits`, `conversion_rate`.
        plays: `from_plays`, `to_plays` (exclusive), `visits`, `conversion_rate`.
        formats: `format`, `author_kind`, `visits`, `conversion_rate`; the best first.
        length: The best length of lives; None without lives.
        curve: How conversion rises with plays; None without plays.
        metrics: `live_over_notes`, how many points lives convert better than notes.
    """

    TOPICS: ClassVar = ("length", "plays")
    live_lengths: pd.DataFrame
    plays: pd.DataFrame
    formats: pd.DataFrame
    length: BestLength | None
    curve: PlaysCurve | None

    def length_chart(self) -> Chart | MissingData:
        """Return conversion by the length of lives, with the best window."""
        rows, best = self.live_lengths, self.length
        if best is None:
            few = say("There are too few visits through lives to compare their lengths.")
            return MissingData(together(*self.missing) or few)
        middle = ((rows["from_minutes"] + rows["to_minutes"]) / 2).to_numpy()
        spans = say_rows("{from_minutes:count} to {to_minutes:count} minutes", rows)
        return curve(
            _points(rows, x=middle),
            pd.DataFrame({"x": [], "value": []}),
            title=_length_sentence(best),
            alt=say("Conversion by length of the live: {rows}.", rows=_told(spans, rows)),
            ticks={tick: words.count(tick) for tick in _LENGTH_TICKS if tick <= middle.max() + 10},
            mark=(say("best"), best.low_minutes, best.high_minutes),
            note=together(say("Minutes that the live lasted."), say(_VISITS)),
        )

    def plays_chart(self) -> Chart | MissingData:
        """Return conversion by plays, with the curve and where it flattens."""
        fitted = self.curve
        if fitted is None:
            few = say("There are too few contents with plays to compare them.")
            return MissingData(together(*self.missing) or few)
        rows = self.plays[self.plays["visits"] >= _FEWEST_SHOWN]
        middle = np.sqrt((rows["from_plays"].astype(float) * rows["to_plays"]).to_numpy())
        grid = np.geomspace(middle.min(), middle.max(), 100)
        told = _told(map(words.short, rows["from_plays"]), rows)
        inside = (middle.min() * 0.7, middle.max() * 1.4)
        return curve(
            _points(rows, x=middle),
            pd.DataFrame({"x": grid, "value": fitted.at(grid)}),
            title=_plays_sentence(fitted),
            alt=say("Conversion by plays from: {rows}.", rows=told),
            ticks={one: words.short(one) for one in _PLAYS_TICKS if inside[0] <= one <= inside[1]},
            mark=(say("flattens"), *fitted.flat_from[1:]),
            logarithmic=True,
            note=together(say("Plays that the content has by now."), say(_VISITS)),
        )

    def formats_chart(self) -> Chart | MissingData:
        """Return conversion by format and kind of author."""
        rows = self.formats
        if rows.empty:
            none = say("There are no visits through contents to compare.")
            return MissingData(together(*self.missing) or none)
        kinds = say_rows("{format:label} by {author_kind:label}", rows)
        best, least = rows.iloc[0], rows.iloc[-1]
        sure = message(
            "{best:label} by {author:label} ({rate:percent}) sells surely better than {least:lower} by "
            "{other:label} ({low:percent})."
        )
        unsure = message(
            "No kind of content sells surely better than another: from {rate:percent} ({best:label} "
            "by {author:label}) down to {low:percent} ({least:lower} by {other:label})."
        )
        panels, authors = (list(map(words.label, rows[one])) for one in ("format", "author_kind"))
        return dots(
            _points(rows, panel=panels, label=authors, before=np.nan),
            title=say(
                sure if best[_RATES[1]] > least[_RATES[2]] else unsure,
                best=best["format"],
                author=best["author_kind"],
                rate=best[_RATES[0]],
                least=least["format"],
                other=least["author_kind"],
                low=least[_RATES[0]],
            ),
            alt=say("Conversion by format and author: {rows}.", rows=_told(kinds, rows)),
            note=together(
                say("UGC: by users, PGC: by professionals, OGC: by those whose job it is."),
                say(_VISITS),
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
    lengths, plays, formats = (
        _classes(lives, "minutes", LENGTHS),
        _classes(played, "plays", PLAYS),
        _groups(pieces),
    )
    ahead, few = _live_over_notes(pieces), _Few()
    if scope.min_group and not missing:
        few = _few(scope, steps)
        lengths = lengths[~lengths["from_minutes"].isin(few.minutes)].reset_index(drop=True)
        plays = plays[~plays["from_plays"].isin(few.plays)].reset_index(drop=True)
        kinds = pd.MultiIndex.from_frame(formats[_KINDS])
        formats = formats[~kinds.isin(few.kinds)].reset_index(drop=True)
        ahead = UNKNOWN if few.compares_few else ahead
    best, fitted = best_length(lengths), plays_curve(played)
    found = [Finding.about("length", missing, status="unknown")] if missing else []
    if best is not None:
        found.append(Finding.about("length", _length_sentence(best), best.conversion))
    if fitted is not None:
        found.append(Finding.about("plays", _plays_sentence(fitted), fitted.flat_from))
    metrics = (Metric("live_over_notes", ahead, "points"),)
    return Contents(
        scope,
        lengths,
        plays,
        formats,
        best,
        fitted,
        findings=tuple(found),
        metrics=metrics,
        tiles=tuple(headlines(scope, metrics, {one.name: () for one in metrics})),
        rules=(
            say(
                "A visit through a content sells if an order is placed in the same session. What a "
                "content is now is held against all of its visits: plays and formats have no date."
            ),
        ),
        missing=(missing,) if missing else (),
        owners=partial(contents, scope.whole, steps) if any(few) else None,
    )


def _pieces(scope: Scope, steps: Sequence[str]) -> pd.DataFrame:
    """One row a content that led to visits: what it is, how many, and how many bought."""
    steps, about = journey(scope, steps).steps, _about(scope)
    visits = converted(scope.over(52), steps[0], steps[-1])
    counted = visits.group_by("content_id").agg(visits=visits.count(), bought=visits.bought.sum())
    return frame(counted.join(about, "content_id").order_by("content_id"))[_PIECES]


def _about(scope: Scope) -> ir.Table:
    return scope.contents.select(
        "content_id", "format", "author_kind", minutes="duration_minutes", plays="plays"
    )


class _Few(NamedTuple):
    """What is not told of, for it has too few users, or the rest would without it.

    Attributes:
        minutes: Where classes of lengths begin.
        plays: Where classes of plays begin.
        kinds: Formats with their authors.
        compares_few: Whether lives or notes have too few users to be compared.
    """

    minutes: tuple[float, ...] = ()
    plays: tuple[float, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    compares_few: bool = False


def _few(scope: Scope, steps: Sequence[str]) -> _Few:
    events, least = scope.over(52).events, scope.min_group
    began = events.filter(events.event == journey(scope, steps).steps[0])
    visitors = began.select("user_id", "content_id").distinct()
    with visitors.join(_about(scope), "content_id").cache() as seen:
        lives = seen.filter(seen.format == "live")
        classes = [
            _of_users(rows, least, begin=_begin(rows[column], edges))[0]
            for rows, column, edges in ((lives, "minutes", LENGTHS), (seen, "plays", PLAYS))
        ]
        kinds, sizes = _of_users(seen, least, format=seen.format, author_kind=seen.author_kind)
    minutes, plays = ([float(one) for (one,) in few] for few in classes)
    most = [max((n for kind, n in sizes.items() if kind[0] == one), default=0) for one in _COMPARED]
    return _Few(tuple(minutes), tuple(plays), tuple(kinds), min(most) < least)


def _of_users(
    rows: ir.Table, least: int, **by: ir.Value
) -> tuple[list[tuple[Any, ...]], dict[tuple[Any, ...], int]]:
    """The groups of rows with too few users, and how many users each group has."""
    named = rows.select("user_id", **by)
    counted = frame(named.group_by(*by).agg(users=named["user_id"].nunique())).dropna()
    sizes = counted.set_index(list(by))["users"]
    few = sizes[folded(sizes.to_numpy(), least, overlap=True)]
    keyed = {key if isinstance(key, tuple) else (key,): int(n) for key, n in sizes.items()}
    return [key if isinstance(key, tuple) else (key,) for key in few.index], keyed


def _begin(values: ir.NumericColumn, edges: Sequence[float]) -> ir.NumericColumn:
    """Where the class of each value begins; null below the first and from the last edge on."""
    inside = [(values.between(low, high) & (values < high), low) for low, high in pairwise(edges)]
    return ibis.cases(*inside)


def _classes(pieces: pd.DataFrame, column: str, edges: Sequence[float]) -> pd.DataFrame:
    """Visits and conversion by classes of a quantity; classes without visits are left out."""
    sums = (
        (low, high, *_sums(pieces[pieces[column].between(low, high, inclusive="left")]))
        for low, high in pairwise(edges)
    )
    rows = [(low, high, n, *wilson(bought, n)) for low, high, n, bought in sums if n]
    return pd.DataFrame(rows, columns=[f"from_{column}", f"to_{column}", "visits", *_RATES])


def _groups(pieces: pd.DataFrame) -> pd.DataFrame:
    sums = [(kind, *_sums(part)) for kind, part in pieces.groupby(_KINDS)]
    rows = [(*kind, visits, *wilson(bought, visits)) for kind, visits, bought in sums]
    whole = pd.DataFrame(rows, columns=[*_KINDS, "visits", *_RATES])
    return whole.sort_values("conversion_rate", ascending=False, ignore_index=True)


def _live_over_notes(pieces: pd.DataFrame) -> Interval:
    """How much higher the conversion through lives is than through notes."""
    (lives, live_orders), (notes, note_orders) = (
        _sums(pieces[pieces["format"] == kind]) for kind in _COMPARED
    )
    return difference((live_orders, lives), (note_orders, notes)) if lives and notes else UNKNOWN


def _sums(pieces: pd.DataFrame) -> tuple[int, int]:
    return int(pieces["visits"].sum()), int(pieces["bought"].sum())


def _points(rows: pd.DataFrame, **more: Any) -> pd.DataFrame:
    """The rates as charts take them."""
    return rows[_RATES].set_axis(["value", "low", "high"], axis=1).assign(**more)


def _told(names: Iterable[str], rows: pd.DataFrame) -> str:
    return pairs(names, map(words.percent, rows[_RATES[0]]))


def _length_sentence(best: BestLength) -> str:
    wider = (best.low_minutes, best.high_minutes) != (best.from_minutes, best.to_minutes)
    sentence = say(_BEST[wider], rate=best.conversion.value, **asdict(best))
    if not best.falls_beyond.is_known:
        return sentence
    falls = say(
        "From {beyond:count} minutes on it is less than three quarters of that.",
        beyond=best.falls_beyond.value,
    )
    return together(sentence, falls)


def _plays_sentence(fitted: PlaysCurve) -> str:
    if fitted.slope.low <= 0:
        return say("More plays do not go with better sales beyond what chance would explain.")
    flat, low, high = map(_rounded, fitted.flat_from)
    return say(
        "Each doubling of plays goes with {gain:points} of visits that end in an order, up to about "
        "{flat:count} plays (95 % sure: {low:count} to {high:count}); from there on the curve is flat.",
        gain=fitted.flat_rate * fitted.slope.value * float(np.log(2)),
        flat=flat,
        low=low,
        high=high,
    )


def _rounded(plays: float) -> float:
    """Two figures: the flattening point is not known better."""
    digits = 1 - int(np.floor(np.log10(max(plays, 1))))
    return float(round(plays, digits))
