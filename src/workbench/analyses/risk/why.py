"""Why an indicator has its colour, in words; what is over, and what is not known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyses.risk.days import CLOSED_DAYS
from workbench.analyses.risk.signal import STATUSES, Signal
from workbench.analyses.risk.status import records, written_limit
from workbench.kit.findings import Finding
from workbench.kit.results import told_instead
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n, together
from workbench.stats.cusum import CLEAN, FAST, GAP, SLOW
from workbench.stats.interval import Interval
from workbench.stats.watch import FEWEST_BASE, MOST_BASE

_NAMED = 4  # indicators that one sentence names
_FIRST = 2  # that a page begins with
_TOLD = 8  # findings of one colour that a page tells
_LATELY = 28  # days in which what is over is still told


def told(scope: Scope, register: pd.DataFrame, signals: Sequence[Signal]) -> list[Finding]:
    """Return in words how the register stands.

    Args:
        scope: What is looked at.
        register: Its rows, ordered.
        signals: Of the same indicators.
    """
    by_name = {one.of.name: one for one in signals}
    found = [_summary(register)] if len(register) else []
    found += [_first(one) for one in records(coloured(register).head(_FIRST))]
    for colour in ("red", "yellow"):
        rows = records(register[register["status"] == colour].head(_TOLD))
        found += [_sentence(scope, one, by_name[str(one["name"])]) for one in rows]
    found += _over(signals)
    grey = register[register["status"] == "grey"]
    if len(grey):
        said = say_n(
            "{n:count} indicator is not known, for want of data, of users or of a threshold: {names:list}.",
            "{n:count} indicators are not known, for want of data, of users or of a threshold: {names:list}.",
            len(grey),
            names=list(grey["indicator"]),
        )
        if len(grey) > _NAMED:
            said = say(
                "{n:count} indicators are not known, for want of data, of users or of a threshold; what they would "
                "need is told at the end.",
                n=len(grey),
            )
        found.append(Finding.about("grey", said, status="unknown"))
    return found


def coloured(register: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a register that are red or yellow."""
    rows = register[register["status"].isin(["red", "yellow"])].reset_index(drop=True)
    if rows.empty:  # where nothing is known a finding beside the table says so
        is_known = (register["status"] != "grey").any()
        return told_instead(rows, say("Nothing is known to be red or yellow.") if is_known else "")
    return rows


def _summary(register: pd.DataFrame) -> Finding:
    n = {name: int((register["status"] == name).sum()) for name in STATUSES}
    said = say(
        "Of {all:count} indicators {red:count} are red, {yellow:count} yellow, {green:count} green and "
        "{grey:count} not known.",
        all=len(register),
        **n,
    )
    return Finding.about(
        "summary", said, Interval(float(n["red"])), "bad" if n["red"] else "neutral"
    )


_SINCE = {
    ("red", False): message("Red since {since:day}: {indicator}, {now}."),
    ("red", True): message("Red, and not as usual since {since:day}: {indicator}, {now}."),
    ("yellow", False): message("Yellow since {since:day}: {indicator}, {now}."),
    ("yellow", True): message("Yellow, and not as usual since {since:day}: {indicator}, {now}."),
}
"""By colour, and whether the day is that of a change, which is older than its colour."""

_OWNED = {
    "by": message("Owner: {owner}, due on {due:day}."),
    "at all": message("Owner: {owner}."),
    "nobody": message("It has no owner."),
}


def _first(row: dict[str, Any]) -> Finding:
    """What is worst, since when, and whose it is: without the reasons, which are told below."""
    colour = str(row["status"])
    dated = isinstance(row["since"], date)
    is_change = any(name in str(row["reason"]) for name in ("breaks", "creeps"))
    what = say(_SINCE[colour, is_change], **row) if dated else say(
        _COLOUR[colour], sentence=say(_WHY[""], **row)
    )  # fmt: skip
    owned = "nobody" if not row["owner"] else "by" if isinstance(row["due"], date) else "at all"
    told = together(what, say(_OWNED[owned], **row))
    ends = Interval(*(float(row[f"figure{end}"]) for end in ("", "_low", "_high")))
    return Finding.about("first", told, ends, "bad" if colour == "red" else "neutral")


_WHY = {
    "breaks": message("{indicator}: {now}, where {expected} is usual; it changed on {since:day}."),
    "creeps": message(
        "{indicator}: {now}, where {expected} is usual; it changes little by little, since about "
        "{since:day}."
    ),
    "over": message(
        "{indicator}: {now}, where {expected} is usual; what changed on {since:day} has not been back "
        "to usual for two days."
    ),
    "": message("{indicator}: {now}."),
}
_LEVEL = {
    "sure": message("The whole interval is beyond the threshold of {limit}."),
    "plain": message("That is beyond the threshold of {limit}."),
    "held": message(
        "It was surely beyond the threshold of {limit}, and has not been within it for two days since."
    ),
}
_COLOUR = {"red": message("Red: {sentence}"), "yellow": message("Yellow: {sentence}")}


def _sentence(scope: Scope, row: dict[str, Any], signal: Signal) -> Finding:
    """Why an indicator has its colour: a change beside what is usual, a level beside its threshold."""
    place, colour = signal.last, str(row["status"])
    figures = Interval(signal.rate[place], signal.low[place], signal.high[place])
    what = {name: row[name] for name in ("indicator", "now", "expected", "since")}
    told = say(_COLOUR[colour], sentence=say(_WHY[_change(signal, figures)], **what))
    level = int(signal.level[place])
    if level:
        limit = signal.threshold[level - 1]
        said = say(
            _LEVEL[_beyond(signal, figures, limit)], limit=written_limit(signal, limit, scope)
        )
        told = together(told, said)
    if "accepted" in str(row["reason"]):
        told = together(told, say("Somebody accepts it: see what is done about it."))
    return Finding.about(colour, told, figures, "bad" if colour == "red" else "neutral")


def _change(signal: Signal, figures: Interval) -> str:
    """Which change colours it; `over` where the last seven days are no worse than usual."""
    place = signal.last
    if not (signal.breaks[place] or signal.creeps[place]):
        return ""
    usual = signal.usual[place]
    worse = figures.value > usual if signal.of.is_up else figures.value < usual
    return "over" if not worse else "breaks" if signal.breaks[place] else "creeps"


def _beyond(signal: Signal, figures: Interval, limit: float) -> str:
    """How a level is beyond its threshold: its whole interval, a figure without one, or once it was."""
    if math.isnan(figures.low):
        return "plain"
    is_sure = figures.low > limit if signal.of.is_up else figures.high < limit
    return "sure" if is_sure else "held"


def _over(signals: Sequence[Signal]) -> list[Finding]:
    """What was coloured in the last four weeks and is green again; reds, or changes, the latest first."""
    found = []
    for one in signals:
        since = max(0, one.last - _LATELY + 1)
        bad = np.flatnonzero((one.status >= 2) & ((one.status > 2) | one.breaks | one.creeps))  # noqa: PLR2004
        if one.now != "green" or not len(bad) or bad[-1] < since:
            continue
        last = int(bad[-1])
        run = slice(one.run(last), last + 1)
        worst = STATUSES[int(one.status[run].max())]
        said = say(
            message("{indicator}: red at worst, from {first:day} to {last:day}; green again.")
            if worst == "red"
            else message("{indicator}: yellow from {first:day} to {last:day}; green again."),
            indicator=one.of.label,
            first=one.days[run.start],
            last=one.days[last],
        )
        found.append((last, Finding.about("over", said)))
    return [finding for _last, finding in sorted(found, key=lambda one: -one[0])][:_TOLD]


def rules(scope: Scope) -> tuple[str, ...]:
    """Return how the register judges.

    Args:
        scope: For whom.
    """
    few = say(
        "Of a platform or a price cut others are told a week only where one of its days has "
        "{least:count} users.",
        least=scope.min_group,
    )
    return (
        *((few,) if scope.min_group else ()),
        say(
            "Level: the whole 95 % interval of the last seven closed days lies beyond a written threshold. "
            "Change: one of two cumulative sums of exact daily scores is beyond its limit, one for what "
            "breaks and one for what creeps. A change alone is yellow; red needs the level."
        ),
        say(
            "A day is held against a base of {fewest:count} to {most:count} earlier days that ends "
            "{gap:count} days before it and leaves out known incidents and earlier reds. A calm indicator "
            "seems to creep about once in {slow:count} years and to break once in {fast:count}. Without a base "
            "its level alone is judged.",
            fewest=FEWEST_BASE,
            most=MOST_BASE,
            gap=GAP,
            slow=1 / SLOW.rate,
            fast=1 / FAST.rate,
        ),
        say(
            "What changed is green again after {clean:count} days in a row that add nothing; what is missing "
            "is grey, never green. Orders sent back count within {days:count} days, and are judged once these "
            "are over.",
            clean=CLEAN,
            days=CLOSED_DAYS,
        ),
        say(
            "A flag of a content has no date: what is flagged today is told of the four weeks up to the "
            "latest, and of no week before."
        ),
        say(
            "Expected loss: events beyond what is usual, as many a year as in the last seven closed days, "
            "times the mean money of one in the last four weeks. Likelihood times impact ranks nothing."
        ),
    )
