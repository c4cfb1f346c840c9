"""What is too rare to be watched for a change, and is held against its written threshold alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.analyses.risk.days import Days
from workbench.analyses.risk.indicators import Indicator, is_cut, whole_only
from workbench.analyses.risk.plans import Unit
from workbench.analyses.risk.signal import Signal, threshold
from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.metrics import plain
from workbench.kit.playbook import CATEGORIES, Threshold
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.periods import midnight
from workbench.stats.arrays import Array
from workbench.stats.cusum import DAYS_A_YEAR
from workbench.stats.interval import FEWEST, UNKNOWN, Interval, Z
from workbench.stats.rates import wilson

NAMES = ("policy_response", "flagged_contents", "incident_minutes")
PUBLISHED_DAYS = 28
"""Of so many days the flagged share is told."""

_WEEK = timedelta(days=7)
_ANSWERED = ("opened_at", "first_response_at")
NEEDS = {"incidents": ("kind", "opened_at", "resolved_at")}


class Incident(NamedTuple):
    """A known incident.

    Attributes:
        kind: What went wrong.
        category: One of the nine; "" where the playbook does not say.
        opened_at: In UTC without a zone.
        resolved_at: The same; None where it is open at the scope's end.
    """

    kind: str
    category: str
    opened_at: datetime
    resolved_at: datetime | None


def incidents(scope: Scope) -> list[Incident]:
    """Return the incidents that opened before a scope's end, in order; none where no table tells."""
    if "incidents" not in scope.known:
        return []

    def ask() -> list[Incident]:
        table = scope.known.incidents
        rows = frame(table.order_by("opened_at", "incident_id")).to_dict("records")
        kinds = scope.settings.playbook.kinds
        return [
            Incident(row["kind"], kinds.get(row["kind"], ""), row["opened_at"].to_pydatetime(),
                     _resolved(row.get("resolved_at"), scope.end))
            for row in rows
        ]  # fmt: skip

    found: list[Incident] = scope.asked(("risk", "incidents"), ask)
    return found


def _resolved(at: pd.Timestamp | None, end: datetime) -> datetime | None:
    """When an incident was over, if that is known by the end."""
    return None if at is None or pd.isna(at) or at >= end else at.to_pydatetime()


def signals(scope: Scope, counted: Days) -> list[Signal]:
    """Return the signals that no change is watched of.

    Args:
        scope: What is looked at.
        counted: Its counts.
    """
    if not counted.all:
        return []
    return [
        _of_incidents(scope, counted, "policy_response", "policy_change", "hours", _hours),
        _of_incidents(scope, counted, "incident_minutes", "system_stability", "minutes", _minutes),
        _flagged(scope, counted),
    ]


def _of_incidents(
    scope: Scope,
    counted: Days,
    name: str,
    category: str,
    unit: Unit,
    measure: Callable[[datetime, datetime, datetime], float],
) -> Signal:
    """The worst of the incidents of a category on each day, as it was known at the day's end."""
    why = scope.missing(NEEDS, say("“{what:label}”", what=name))
    if is_cut(scope) and not why:
        why = whole_only(words.label(name))
    kinds = scope.settings.playbook.kinds.values()
    own = [one for one in incidents(scope) if _counts(one, category)]
    if not why and not any(CATEGORIES[one] == CATEGORIES[category] for one in kinds):
        why = say(
            "To show “{name:label}”, parameters/risk would have to say which kinds of incidents are "
            "of {category:lower}.",
            name=name,
            category=category,
        )
    ends = [midnight(day + timedelta(days=1), scope.time_zone) for day in counted.all]
    values = np.array([
        max((measure(one.opened_at, one.resolved_at or end, end) for one in own
             if one.opened_at < end), default=0.0)
        for end in ends
    ])  # fmt: skip
    return _signal(scope, counted, _named(name, category, unit, counted, why), values)


def _counts(one: Incident, category: str) -> bool:
    return bool(one.category) and CATEGORIES[one.category] == CATEGORIES[category]


def _hours(opened: datetime, resolved: datetime, end: datetime) -> float:
    """How long it had been open by then, if it was within the last seven days."""
    if resolved <= end - _WEEK:
        return 0.0
    return (min(resolved, end) - opened).total_seconds() / 3600


def _minutes(opened: datetime, resolved: datetime, end: datetime) -> float:
    """How long it was open within the last seven days."""
    within = min(resolved, end) - max(opened, end - _WEEK)
    return max(0.0, within.total_seconds() / 60)


def flagged(scope: Scope, counted: Days) -> Interval:
    """Return the share of the contents of the last 28 days that are flagged as of today.

    A flag has no date: of a week that is long over, today's flags say nothing, and it is not known.
    """
    if not counted.all or not counted.has("contents", "is_flagged") or _is_past(scope):
        return UNKNOWN
    hits, trials = (
        int(counted.sums("contents", name)[-PUBLISHED_DAYS:].sum()) for name in ("flagged", "rows")
    )
    return wilson(hits, trials)


def _is_past(scope: Scope) -> bool:
    """Whether contents were published more than a week after the scope's end."""
    contents = scope.tables.contents
    later = contents.filter(contents.published_at >= scope.end + _WEEK)
    found: bool = scope.asked(("risk", "is past"), lambda: later.count().to_pyarrow().as_py() > 0)
    return found


def _flagged(scope: Scope, counted: Days) -> Signal:
    """It is told of the last day alone."""
    needs = {"contents": ("published_at", "is_flagged")}
    why = scope.missing(needs, say("“{what:label}”", what="flagged_contents"))
    told = UNKNOWN if why else flagged(scope, counted)
    if not why and not told.is_known:
        why = say(
            "“{what:label}” is told as of today, of the latest week.", what="flagged_contents"
        )
    values = np.full((3, len(counted.all)), np.nan)
    values[:, -1] = told
    return _signal(
        scope, counted, _named("flagged_contents", "platform_rules", "rate", counted, why), *values
    )


def _named(name: str, category: str, unit: Unit, counted: Days, why: str) -> Indicator:
    none = np.zeros(len(counted.all))
    return Indicator(
        name=name, label=words.label(name), category=category, unit=unit, is_up=True, hits=none,
        trials=none, is_known=none > 0, why=why,
    )  # fmt: skip


def _signal(
    scope: Scope,
    counted: Days,
    one: Indicator,
    values: Array,
    low: Array | None = None,
    high: Array | None = None,
) -> Signal:
    limits: Threshold = threshold(scope, one.name)
    surely = values if low is None else low
    level = (surely > limits.yellow).astype(np.int64) + (surely > limits.red)
    able = ~np.isnan(values) & (limits.red == limits.red) & (not one.why)
    none = np.full(len(values), np.nan)
    never = np.zeros(len(values), dtype=np.bool_)
    return Signal(
        one, counted.all, limits, values, none if low is None else low,
        none if high is None else high, none, np.where(able, level + 1, 0), level, never, never,
        np.full(len(values), -1), len(values) - 1, (np.nan, np.nan, np.nan),
    )  # fmt: skip


def slowest(scope: Scope) -> Interval:
    """Return after how many hours the slowest policy incident of 52 weeks was over, or is open by now."""
    if is_cut(scope):
        return UNKNOWN
    since = scope.end - timedelta(days=DAYS_A_YEAR)
    own = [one for one in incidents(scope) if _counts(one, "policy_change")]
    hours = [
        ((one.resolved_at or scope.end) - one.opened_at).total_seconds() / 3600
        for one in own
        if (one.resolved_at or scope.end) >= since
    ]
    return plain(max(hours)) if hours else UNKNOWN


def first_response(scope: Scope) -> Interval:
    """Return the median hours until a complaint of the last four weeks was first answered.

    One that waits counts as longer than all others; the interval is that of the ranks.
    """
    if is_cut(scope) or scope.lacking("complaints", _ANSWERED):
        return UNKNOWN
    rows = scope.known.complaints
    begin = scope.end - timedelta(days=PUBLISHED_DAYS)
    rows = rows.filter(rows.opened_at >= begin).select(*_ANSWERED)
    found = frame(rows)
    answered = found["first_response_at"].where(found["first_response_at"] < scope.end)
    hours = (answered - found["opened_at"]).dt.total_seconds() / 3600
    ranked = np.sort(hours.fillna(np.inf).to_numpy(float))
    n = len(ranked)
    if n < FEWEST:
        return UNKNOWN
    reach = Z * math.sqrt(n) / 2
    places = (n / 2, max(n / 2 - reach, 0), min(n / 2 + reach, n - 1))
    middle, low, high = (float(ranked[min(int(place), n - 1)]) for place in places)
    return Interval(middle, low, high) if math.isfinite(middle) else UNKNOWN
