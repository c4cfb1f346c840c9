"""Contents in sentences and as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.charts import Chart, curve, dots
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say
from workbench.stats.curves import BestLength, PlaysCurve

_LENGTH_TICKS = (0, 20, 40, 60, 90, 120)
_PLAYS_TICKS = (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_OVER_A_YEAR = say("Visits of the 52 weeks that end with the period; thin lines: 95 % intervals.")


def content_findings(length: BestLength | None, plays: PlaysCurve | None) -> tuple[Finding, ...]:
    """Return what length and plays of contents have to do with sales.

    Args:
        length: The best length of lives, if known.
        plays: The curve by plays, if known.
    """
    found = []
    if length is not None:
        ends = (length.conversion_rate_low, length.conversion_rate_high)
        found.append(Finding(_length_sentence(length), length.conversion_rate, *ends))
    if plays is not None:
        ends = (plays.flat_from_plays_low, plays.flat_from_plays_high)
        found.append(Finding(_plays_sentence(plays), plays.flat_from_plays, *ends))
    return tuple(found)


def draw_lengths(lengths: pd.DataFrame, best: BestLength | None) -> Chart | MissingData:
    """Return conversion by the length of lives.

    Args:
        lengths: `Content.live_lengths`.
        best: The best window.
    """
    if best is None:
        return MissingData(say("There are too few visits through lives to compare their lengths."))
    middle = ((lengths["from_minutes"] + lengths["to_minutes"]) / 2).to_numpy()
    spans = [
        say("{low:count} to {high:count} minutes {rate:percent}", low=low, high=high, rate=rate)
        for low, high, rate in lengths[
            ["from_minutes", "to_minutes", "conversion_rate"]
        ].itertuples(index=False)
    ]
    return curve(
        _points(lengths, middle),
        pd.DataFrame({"x": [], "value": []}),
        title=_length_sentence(best),
        alt=say("Conversion by length of the live: {rows}.", rows="; ".join(spans)),
        ticks={tick: words.count(tick) for tick in _LENGTH_TICKS if tick <= middle.max() + 10},
        mark=(say("best"), best.low_minutes, best.high_minutes),
        note=say("Minutes that the live lasted. ") + _OVER_A_YEAR,
    )


def draw_plays(plays: pd.DataFrame, fitted: PlaysCurve | None) -> Chart | MissingData:
    """Return conversion by plays.

    Args:
        plays: `Content.plays`.
        fitted: The curve.
    """
    if fitted is None:
        return MissingData(say("There are too few contents with plays to compare them."))
    shown = plays[plays["visits"] >= 50]  # noqa: PLR2004 - fewer say nothing
    middle = np.sqrt((shown["from_plays"].astype(float) * shown["to_plays"]).to_numpy())
    grid = np.geomspace(middle.min(), middle.max(), 100)
    told = [
        f"{words.short(low)} {words.percent(rate)}"
        for low, rate in shown[["from_plays", "conversion_rate"]].itertuples(index=False)
    ]
    inside = (middle.min() * 0.7, middle.max() * 1.4)
    return curve(
        _points(shown, middle),
        pd.DataFrame({"x": grid, "value": fitted.at(grid)}),
        title=_plays_sentence(fitted),
        alt=say("Conversion by plays from: {rows}.", rows="; ".join(told)),
        ticks={
            tick: words.short(tick).replace(".0", "")
            for tick in _PLAYS_TICKS
            if inside[0] <= tick <= inside[1]
        },
        mark=(say("flattens"), fitted.flat_from_plays_low, fitted.flat_from_plays_high),
        logarithmic=True,
        note=say("Plays that the content has by now. ") + _OVER_A_YEAR,
    )


def draw_formats(formats: pd.DataFrame) -> Chart | MissingData:
    """Return conversion by format and kind of author.

    Args:
        formats: `Content.formats`.
    """
    if formats.empty:
        return MissingData(say("There are no visits through contents to compare."))
    best, least = formats.iloc[0], formats.iloc[-1]
    rows = pd.DataFrame(
        {
            "panel": [words.label(kind) for kind in formats["format"]],
            "label": list(formats["author_kind"]),
            "value": formats["conversion_rate"],
            "low": formats["conversion_rate_low"],
            "high": formats["conversion_rate_high"],
            "before": np.nan,
        }
    )
    return dots(
        rows,
        title=say(
            "{best:label} by {author} sells best ({rate:percent}), {least} by {other} least ({low:percent}).",
            best=best["format"],
            author=best["author_kind"],
            rate=best["conversion_rate"],
            least=words.label(least["format"]).lower(),
            other=least["author_kind"],
            low=least["conversion_rate"],
        ),
        alt=say(
            "Conversion by format and author: {rows}.",
            rows="; ".join(
                f"{one.panel} {one.label} {words.percent(one.value)}"  # type: ignore[arg-type]
                for one in rows.itertuples(index=False)
            ),
        ),
        note=_OVER_A_YEAR,
    )


def _points(rows: pd.DataFrame, middle: np.ndarray[Any, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": middle,
            "value": rows["conversion_rate"].to_numpy(),
            "low": rows["conversion_rate_low"].to_numpy(),
            "high": rows["conversion_rate_high"].to_numpy(),
        }
    )


def _length_sentence(best: BestLength) -> str:
    wider = (best.low_minutes, best.high_minutes) != (best.from_minutes, best.to_minutes)
    sentence = message(
        "Lives of {first} to {last} minutes sell best: {rate} of visits end in an order{wider}."
    )
    fall = message(" From {beyond} minutes on it is less than three quarters of that.")
    return sentence.format(
        first=words.count(best.from_minutes),
        last=words.count(best.to_minutes),
        rate=words.percent(best.conversion_rate),
        wider=say(
            " (the best length may lie anywhere from {low:count} to {high:count})",
            low=best.low_minutes,
            high=best.high_minutes,
        )
        if wider
        else "",
    ) + (
        ""
        if best.falls_beyond_minutes is None
        else fall.format(beyond=words.count(best.falls_beyond_minutes))
    )


def _plays_sentence(fitted: PlaysCurve) -> str:
    if fitted.slope_low <= 0:
        return say("More plays do not go with better sales beyond what chance would explain.")
    return say(
        "Each doubling of plays goes with {gain:percent} more orders a visit, up to about {flat:count} plays "
        "(95 % sure: {low:count} to {high:count}); beyond, more plays change nothing.",
        gain=fitted.slope * float(np.log(2)),
        flat=_rounded(fitted.flat_from_plays),
        low=_rounded(fitted.flat_from_plays_low),
        high=_rounded(fitted.flat_from_plays_high),
    )


def _rounded(plays: float) -> float:
    """Two figures: the flattening point is not known better."""
    digits = 1 - int(np.floor(np.log10(max(plays, 1))))
    return float(round(plays, digits))
