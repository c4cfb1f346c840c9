"""The rows of the register: each indicator with its colour, its figures and what is written of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import numpy as np
import pandas as pd

from workbench.analyses.risk.loss import Loss
from workbench.analyses.risk.plans import Unit
from workbench.analyses.risk.signal import STATUSES, Signal
from workbench.kit import words
from workbench.kit.playbook import Response
from workbench.kit.results import told_instead
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say

COLUMNS = (
    "status", "indicator", "now", "expected", "limits", "reason", "cause", "since", "told", "loss",
    "expected_loss_amount", "expected_loss_amount_low", "expected_loss_amount_high", "owner", "due",
    "treatment", "is_overdue", "dimension", "category", "name", "figure", "figure_low", "figure_high",
    "unit", "usual", "threshold_yellow", "threshold_red", "events_a_year", "events_a_year_low",
    "events_a_year_high", "event_amount", "event_amount_low", "event_amount_high",
    "seen_3_days_rate", "seen_7_days_rate", "seen_28_days_rate",
)  # fmt: skip
_CAUSES = {
    "level": message("beyond the threshold"),
    "breaks": message("broke from the usual"),
    "creeps": message("creeps away from the usual"),
    "accepted": message("accepted"),
}
_SECONDS = {"hours": 3600, "minutes": 60}
_ORDER = {name: place for place, name in enumerate(reversed(STATUSES))}
SPENT = 100_000  # minor units


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
        "cause": words.listed([say(_CAUSES[why]) for why in reason.split(", ")]) if reason else None,
        "since": signal.began_on(place) if is_coloured else None, "told": told,
        **dict(zip(("figure", "figure_low", "figure_high", "usual"), value, strict=True)),
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
        return "yellow", f"{reason}, accepted"
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


def noticed(register: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a register of which a smallest change that is seen can be told."""
    rows = register[register.filter(regex="^seen_").notna().any(axis=1)].reset_index(drop=True)
    none = say(
        "No indicator is watched from day to day, so no smallest change that is seen can be told."
    )
    return told_instead(rows, none) if rows.empty else rows


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame, each by its columns."""
    return cast("list[dict[str, Any]]", rows.to_dict("records"))


def write(unit: Unit, value: float, scope: Scope) -> str:
    """Return a value of an indicator as a reader reads it."""
    if unit == "rate":
        return words.percent(value)
    if unit in _SECONDS:
        return words.duration(_SECONDS[unit] * value) if value else say("none")
    if unit == "per_order":
        return say("{n:short} per 100 orders", n=100 * value)
    return say(
        "{n:short} orders per {spent:money} spent", n=value, spent=SPENT, currency=scope.currency
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
    yellow, red = (written_limit(signal, one, scope) for one in signal.threshold)
    template = (
        message("from {yellow}, red from {red}")
        if signal.of.is_up
        else message("below {yellow}, red below {red}")
    )
    return say(template, yellow=yellow, red=red)


def written_limit(signal: Signal, limit: float, scope: Scope) -> str:
    """Return a threshold as a reader reads it, without decimals that say nothing."""
    if signal.of.unit == "rate":
        return words.whole_percent(limit)
    return write(signal.of.unit, limit, scope)
