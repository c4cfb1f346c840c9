"""Contents: at which live length, with how many plays, by whom and in which format they sell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import ibis.expr.types as ir
import pandas as pd

from workbench.analyses.funnel.content_views import (
    content_findings,
    draw_formats,
    draw_lengths,
    draw_plays,
)
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.kit.findings import Finding
from workbench.kit.scope import frame, lacking, of_platform, year_to
from workbench.kit.sentences import say
from workbench.paths.visits import converted
from workbench.periods import Period
from workbench.stats.curves import BestLength, PlaysCurve, best_length, plays_curve
from workbench.stats.rates import wilson

LENGTHS = (0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 360)
PLAYS = tuple(base * 10**power for power in range(1, 8) for base in (1, 2, 5))
_RATES = ("conversion_rate", "conversion_rate_low", "conversion_rate_high")


@dataclass(frozen=True)
class Content:
    """What visits through contents came to, over the 52 weeks that end with the period.

    A visit converts if it ends in the funnel's last step in the same session. Ends of 95 %
    intervals stand beside their value as `_low` and `_high`.

    Attributes:
        live_lengths: `from_minutes`, `to_minutes` (exclusive), `visits`, `conversion_rate`.
        plays: `from_plays`, `to_plays` (exclusive), `visits`, `conversion_rate`.
        formats: `format`, `author_kind`, `visits`, `conversion_rate`.
        length: The best length of lives; None without lives.
        curve: How conversion rises with plays; None without plays.
        findings: What all that says, in sentences.
        missing: What this would need; empty if nothing is missing.
    """

    live_lengths: pd.DataFrame
    plays: pd.DataFrame
    formats: pd.DataFrame
    length: BestLength | None
    curve: PlaysCurve | None
    findings: tuple[Finding, ...]
    missing: str = ""

    def length_chart(self) -> Chart | MissingData:
        """Return conversion by the length of lives, with the best window."""
        return self._or_missing(draw_lengths(self.live_lengths, self.length))

    def plays_chart(self) -> Chart | MissingData:
        """Return conversion by plays, with the curve and where it flattens."""
        return self._or_missing(draw_plays(self.plays, self.curve))

    def formats_chart(self) -> Chart | MissingData:
        """Return conversion by format and kind of author."""
        return self._or_missing(draw_formats(self.formats))

    def _or_missing(self, chart: Chart | MissingData) -> Chart | MissingData:
        return MissingData(self.missing) if self.missing else chart


def content(
    tables: Mapping[str, ir.Table], steps: Sequence[str], period: Period, *, platform: str = ""
) -> Content:
    """Return how visits through contents convert.

    What a content is now (plays, format) is held against all visits of the 52 weeks: plays have
    no date, so this describes and does not look back.

    Args:
        tables: `events` (event, occurred_at, content_id, session_id) and `contents` (content_id;
            format, duration_minutes, plays and author_kind where known).
        steps: The events of the funnel: the first one begins a visit, the last one is its aim.
        period: The report's days.
        platform: Only this platform's visits; empty means all.
    """
    missing = lacking(
        tables,
        {
            "events": ("event", "occurred_at", "content_id", "session_id"),
            "contents": ("content_id", "format", "duration_minutes", "plays", "author_kind"),
        },
        say("how contents sell"),
    )
    if missing:
        return _assemble(_pieces(None), missing)
    events, contents = of_platform(tables, platform)["events"], tables["contents"]
    visits = converted(events, steps[0], steps[-1], year_to(period))
    counted = visits.group_by("content_id").agg(visits=visits.count(), bought=visits.bought.sum())
    pieces = counted.join(
        contents.select(
            "content_id", "format", "author_kind", minutes="duration_minutes", plays="plays"
        ),
        "content_id",
    )
    return _assemble(_pieces(frame(pieces.order_by("content_id"))), "")


def _pieces(pieces: pd.DataFrame | None) -> pd.DataFrame:
    names = ["format", "author_kind", "minutes", "plays", "visits", "bought"]
    return pd.DataFrame({name: [] for name in names}) if pieces is None else pieces[names]


def _assemble(pieces: pd.DataFrame, missing: str) -> Content:
    lives = pieces[(pieces["format"] == "live") & pieces["minutes"].notna()]
    lengths = _classes(lives, "minutes", LENGTHS)
    plays = _classes(pieces[pieces["plays"] > 0], "plays", PLAYS)
    length, curve = best_length(lengths), plays_curve(pieces[pieces["plays"] > 0])
    return Content(
        live_lengths=lengths,
        plays=plays,
        formats=_groups(pieces),
        length=length,
        curve=curve,
        findings=content_findings(length, curve),
        missing=missing,
    )


def _classes(pieces: pd.DataFrame, column: str, edges: Sequence[float]) -> pd.DataFrame:
    """Visits and conversion by classes of a quantity; classes without visits are left out."""
    rows = []
    for low, high in pairwise(edges):
        part = pieces[(pieces[column] >= low) & (pieces[column] < high)]
        visits, bought = int(part["visits"].sum()), int(part["bought"].sum())
        if visits:
            rows.append((low, high, visits, *wilson(bought, visits)))
    return pd.DataFrame(rows, columns=[f"from_{column}", f"to_{column}", "visits", *_RATES])


def _groups(pieces: pd.DataFrame) -> pd.DataFrame:
    sums = pieces.groupby(["format", "author_kind"], as_index=False)[["visits", "bought"]].sum()
    rows = [
        (kind, author, int(visits), *wilson(int(bought), int(visits)))
        for kind, author, visits, bought in sums.itertuples(index=False)
        if visits
    ]
    whole = pd.DataFrame(rows, columns=["format", "author_kind", "visits", *_RATES])
    return whole.sort_values("conversion_rate", ascending=False, ignore_index=True)
