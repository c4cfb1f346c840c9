"""What is red or yellow, why, and since when: the rows of the register in figures and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from workbench.analyses.risk.indicators import Unit
from workbench.analyses.risk.loss import Loss
from workbench.analyses.risk.signal import STATUSES, Signal
from workbench.charts import Chart, watched
from workbench.errors import MissingData, ParameterError, unknown
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.playbook import Response
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n, together
from workbench.stats.interval import Interval
from workbench.stats.watch import FEWEST_BASE, MOST_BASE

COLUMNS = (
    "status", "indicator", "now", "expected", "limits", "reason", "since", "told", "loss",
    "expected_loss_amount", "expected_loss_amount_low", "expected_loss_amount_high", "owner", "due",
    "treatment", "is_overdue", "dimension", "category", "name", "value", "value_low", "value_high",
    "unit", "usual", "threshold_yellow", "threshold_red", "events_a_year", "events_a_year_low",
    "events_a_year_high", "event_amount", "event_amount_low", "event_amount_high",
    "seen_3_days_rate", "seen_7_days_rate", "seen_28_days_rate",
)  # fmt: skip
_SECONDS = {"hours": 3600, "minutes": 60}
_ORDER = {name: place for place, name in enumerate(reversed(STATUSES))}
_TOLD = 8  # findings of one colour that a page tells
_LATELY = 28  # days in which what is over is still told


def row(scope: Scope, signal: Signal, cost: Loss) -> dict[str, object]:
    """Return the register's row of a signal.

    Args:
        scope: What is looked at.
        signal: Of an indicator.
        cost: What it costs.
    """
    one, place = signal.of, signal.last
    response = scope.settings.playbook.response(one.name, one.category)
    now, reason = _coloured(scope, signal, response)
    is_known, is_coloured = now != "grey", now in {"yellow", "red"}
    value = [float(part[place]) if is_known else math.nan
             for part in (signal.rate, signal.low, signal.high, signal.usual)]  # fmt: skip
    told = signal.days[_first_of_colour(signal, place)] if is_coloured else None
    due = told + timedelta(days=response.due_days) if told and response and now == "red" else None
    return {
        "status": now, "indicator": one.label, "name": one.name,
        "dimension": one.dimension, "category": one.category,
        "now": _with_ends(one.unit, value, scope) if is_known else None,
        "expected": None if math.isnan(value[3]) else write(one.unit, value[3], scope),
        "limits": _limits(signal, scope), "reason": reason or None,
        "since": signal.days[signal.began(place)] if is_coloured else None, "told": told,
        **dict(zip(("value", "value_low", "value_high", "usual"), value, strict=True)),
        "unit": one.unit, "loss": _in_money(cost, scope) if is_known else None,
        "threshold_yellow": signal.threshold.yellow, "threshold_red": signal.threshold.red,
        **cost.events.spread("events_a_year"), **cost.money.spread("event_amount"),
        **cost.amount.spread("expected_loss_amount"),
        "owner": response.owner if response else None, "due": due,
        "treatment": response.treatment if response else None,
        "is_overdue": None if due is None else due < scope.period.last,
        "seen_3_days_rate": signal.seen[0], "seen_7_days_rate": signal.seen[1],
        "seen_28_days_rate": signal.seen[2],
    }  # fmt: skip


def _coloured(scope: Scope, signal: Signal, response: Response | None) -> tuple[str, str]:
    """The colour and why; a red that somebody accepted until today or later is yellow."""
    now, reason = signal.now, signal.reason(signal.last)
    until = response.accepted_until if response else None
    if now == "red" and until is not None and until >= scope.period.last:
        return "yellow", f"{reason}+accepted"
    return now, reason


def _first_of_colour(signal: Signal, place: int) -> int:
    """The place of the first of the days in a row that are at least of that colour."""
    better = np.flatnonzero(signal.status[: place + 1] < signal.status[place])
    return int(better[-1]) + 1 if len(better) else 0


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the register with the worst colour first, and within one what costs most."""
    loss = -pd.to_numeric(rows["expected_loss_amount"]).fillna(-np.inf)
    place = rows["status"].map(_ORDER)
    keyed = rows.assign(_place=place, _loss=loss.where(rows["status"].isin(["red", "yellow"]), 0.0))
    kept = keyed.sort_values(["_place", "_loss"], kind="stable", ignore_index=True)
    for name in ("expected_loss_amount", "event_amount"):
        for end in ("", "_low", "_high"):
            kept[f"{name}{end}"] = kept[f"{name}{end}"].astype("float64").round().astype("Int64")
    return kept.drop(columns=["_place", "_loss"])


def write(unit: Unit, value: float, scope: Scope) -> str:
    """Return a value of an indicator as a reader reads it."""
    if unit == "rate":
        return words.percent(value)
    if unit in _SECONDS:
        return words.duration(_SECONDS[unit] * value) if value else say("none")
    if unit == "per_order":
        return say("{n:short} per 100 orders", n=100 * value)
    return say(
        "{n:short} orders per {spent:money} spent", n=value, spent=100_000, currency=scope.currency
    )


def _with_ends(unit: Unit, value: Sequence[float], scope: Scope) -> str:
    middle, low, high = value[:3]
    if math.isnan(low):
        return write(unit, middle, scope)
    scale = {"rate": 100, "per_order": 100}.get(unit, 1)
    digits = 0 if scale == 1 and high >= 10 else 1  # noqa: PLR2004 - two figures are enough
    ends = (words.decimal(scale * end, digits) for end in (low, high))
    return say("{value} ({low}–{high})", value=write(unit, middle, scope),
               **dict(zip(("low", "high"), ends, strict=True)))  # fmt: skip


def _in_money(cost: Loss, scope: Scope) -> str:
    if not cost.amount.is_known:
        return say("not told in money")
    return say(
        "{amount:money} ({amount_low:money} to {amount_high:money})",
        currency=scope.currency,
        **cost.amount.spread("amount"),
    )


def _limits(signal: Signal, scope: Scope) -> str | None:
    if math.isnan(signal.threshold.red):
        return None
    yellow, red = (_limit(signal, one, scope) for one in signal.threshold)
    template = (
        message("from {yellow}, red from {red}")
        if signal.of.is_up
        else message("below {yellow}, red below {red}")
    )
    return say(template, yellow=yellow, red=red)


def _limit(signal: Signal, limit: float, scope: Scope) -> str:
    if signal.of.unit == "rate":
        return words.whole_percent(limit)
    return write(signal.of.unit, limit, scope)


def told(scope: Scope, register: pd.DataFrame, signals: Sequence[Signal]) -> list[Finding]:
    """Return in words how the register stands.

    Args:
        scope: What is looked at.
        register: Its rows, ordered.
        signals: Of the same indicators.
    """
    by_name = {one.of.name: one for one in signals}
    found = [_summary(register)] if len(register) else []
    for colour in ("red", "yellow"):
        rows = register[register["status"] == colour].head(_TOLD).to_dict("records")
        found += [_sentence(scope, one, by_name[one["name"]]) for one in rows]
    found += _over(signals)
    grey = register[register["status"] == "grey"]
    if len(grey):
        said = say_n(
            "{n:count} indicator is not known, for want of data or of a threshold: {names:list}.",
            "{n:count} indicators are not known, for want of data or of a threshold: {names:list}.",
            len(grey),
            names=list(grey["indicator"]),
        )
        found.append(Finding.about("grey", said, status="unknown"))
    return found


def _summary(register: pd.DataFrame) -> Finding:
    n = {name: int((register["status"] == name).sum()) for name in STATUSES}
    said = say(
        "Of {all:count} indicators {red:count} are red, {yellow:count} yellow, {green:count} green and "
        "{grey:count} not known.",
        all=len(register),
        **n,
    )
    status = "bad" if n["red"] else "neutral"
    return Finding.about("summary", said, Interval(float(n["red"])), status)


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


def _sentence(scope: Scope, row: dict[str, object], signal: Signal) -> Finding:
    """Why an indicator has its colour: a change beside what is usual, a level beside its threshold."""
    place, colour = signal.last, str(row["status"])
    figures = Interval(signal.rate[place], signal.low[place], signal.high[place])
    what = {name: row[name] for name in ("indicator", "now", "expected", "since")}
    told = say(_COLOUR[colour], sentence=say(_WHY[_change(signal, figures)], **what))
    level = int(signal.level[place])
    if level:
        limit = signal.threshold[level - 1]
        said = say(_LEVEL[_beyond(signal, figures, limit)], limit=_limit(signal, limit, scope))
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
            first=one.days[one.began(last)],
            last=one.days[last],
        )
        found.append((last, Finding.about("over", said)))
    return [finding for _last, finding in sorted(found, key=lambda one: -one[0])][:_TOLD]


def responded(scope: Scope, done: pd.DataFrame) -> list[Finding]:
    """Return which responses are overdue, whose acceptance ran out, and whom nobody answers for.

    Args:
        scope: What is looked at.
        done: The responses.
    """
    found = []
    for one in done.to_dict("records"):
        if one["is_overdue"]:
            said = say("Overdue: {indicator} was due on {due:day} by {owner}.", **one)
            if one["escalate_to"]:
                said = together(said, say("It goes to {escalate_to}.", **one))
            found.append(Finding.about("response", said, status="bad"))
        until = one["accepted_until"]
        if isinstance(until, date) and until < scope.period.last and one["status"] == "red":
            said = say("{accepted_by} accepted {indicator} until {accepted_until:day}; that ran out.",
                       **one)  # fmt: skip
            found.append(Finding.about("response", said, status="bad"))
        if not one["owner"]:
            said = say("{indicator} is red, and nobody is written to answer for it.", **one)
            found.append(Finding.about("response", said, status="bad"))
    return found


def watch_chart(scope: Scope, signals: Sequence[Signal], name: str) -> Chart | MissingData:
    """Return an indicator over the period, with what is usual and its thresholds.

    Args:
        scope: Its period is drawn.
        signals: All of them.
        name: Of the indicator; "" where there is none.

    Raises:
        ParameterError: If there is no such indicator.
    """
    by_name = {one.of.name: one for one in signals}
    if not name:
        return MissingData(say("There is no indicator to draw."))
    if name not in by_name:
        raise ParameterError(unknown("indicator", name, by_name))
    one = by_name[name]
    rows = _drawn(scope, one)
    if rows["value"].notna().sum() < 2:  # noqa: PLR2004 - a line has two ends
        return MissingData(say("{label} is not known from day to day.", label=one.of.label))
    place, now = one.last, one.now
    is_changed = now in {"yellow", "red"} and one.since[place] >= 0
    value = write(one.of.unit, float(one.rate[place]), scope)
    title = say(
        "{label}: {value} in the seven days up to {day:day}", label=one.of.label, value=value,
        day=one.days[place],
    )  # fmt: skip
    note = say(
        "Each point: the seven days that end there; band: 95 % interval; dashed: what is usual by the "
        "weeks before; yellow and red lines: the thresholds; dotted upright: where a change began."
    )
    if one.of.closed_days:
        note = together(note, say("Hollow: days whose orders may still be sent back; not judged."))
    return watched(
        rows,
        thresholds=one.threshold._asdict(),
        form=lambda value: write(one.of.unit, value, scope) if one.of.unit != "per_spend"
        else words.short(value),
        since=one.days[one.began(place)] if is_changed else None,
        title=title,
        alt=title,
        note=note,
    )  # fmt: skip


def _drawn(scope: Scope, one: Signal) -> pd.DataFrame:
    first = max(scope.period.first, one.days[0]) if one.days else scope.period.first
    keep = slice(one.days.index(first), None) if one.days and first in one.days else slice(0)
    open_days = np.arange(len(one.days)) > one.last
    hits, trials = (np.convolve(part, np.ones(7))[: len(part)] for part in (one.of.hits, one.of.trials))
    with np.errstate(divide="ignore", invalid="ignore"):
        still = np.where(open_days & (trials > 0), hits / trials, np.nan)
    return pd.DataFrame(
        {
            "when": list(one.days)[keep],
            "value": np.where(open_days, still, one.rate)[keep],
            "low": np.where(open_days, np.nan, one.low)[keep],
            "high": np.where(open_days, np.nan, one.high)[keep],
            "usual": np.where(open_days, np.nan, one.usual)[keep],
            "is_open": open_days[keep],
        }
    )


def rules() -> tuple[str, ...]:
    """Return how the register judges."""
    return (
        say(
            "Level: the whole 95 % interval of the last seven closed days lies beyond a written threshold. "
            "Change: one of two cumulative sums of exact daily scores is beyond its limit, one for what "
            "breaks and one for what creeps. A change alone is yellow; red needs the level."
        ),
        say(
            "A day is held against a base of {fewest:count} to {most:count} earlier days that ends two weeks "
            "before it and leaves out known incidents and earlier reds; a calm indicator is falsely yellow "
            "about once in ten years of it, and at once in three hundred.",
            fewest=FEWEST_BASE,
            most=MOST_BASE,
        ),
        say(
            "What changed is green again after two days that add nothing; what is missing is grey, never "
            "green. Orders sent back count within 14 days, and are judged once these are over."
        ),
        say(
            "Expected loss: events beyond what is usual, as many a year as in the last seven closed days, "
            "times the mean money of one in the last four weeks. Likelihood times impact ranks nothing."
        ),
    )
