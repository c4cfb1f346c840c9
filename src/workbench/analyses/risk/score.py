"""How well the register warned: of the incidents that are known, and of its own reds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.analyses.risk import rare
from workbench.analyses.risk.days import CLOSED_DAYS
from workbench.analyses.risk.indicators import is_cut, whole_shop
from workbench.analyses.risk.rare import Incident
from workbench.analyses.risk.signal import STATUSES, Signal
from workbench.analyses.risk.status import records
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric
from workbench.kit.playbook import CATEGORIES
from workbench.kit.scope import Scope
from workbench.kit.sentences import say, say_n
from workbench.periods import to_local
from workbench.stats.cusum import DAYS_A_YEAR
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

_YELLOW, _RED = STATUSES.index("yellow"), STATUSES.index("red")
_GROUPS = {"": ("compliance", "operations"), "_technology": ("technology",), "_market": ("market",)}
_COLUMNS = (
    "kind",
    "category",
    "first",
    "last",
    "indicator",
    "told",
    "status",
    "incident_day",
    "passed",
    "lead_days",
    "red_on",
)


class Warning(NamedTuple):  # noqa: A001 - it is one
    """A stretch of days on which an indicator was yellow or red."""

    signal: Signal
    first: int
    last: int
    red: int  # place of the first red day; -1 without one


def warned(scope: Scope, signals: Sequence[Signal]) -> pd.DataFrame:
    """Return the incidents of the 52 weeks up to a scope's end, each with what warned of it first.

    Args:
        scope: Its table `incidents` and its playbook say what went wrong, and of which category.
        signals: Those of a rate; what is made of the incidents themselves warns of none.
    """
    told = _warnings(scope, signals)
    rows = [_row(scope, one, told) for one in _known(scope)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def metrics(scope: Scope, signals: Sequence[Signal], found: pd.DataFrame) -> tuple[Metric, ...]:
    """Return how well it warned, as headline figures by dimension.

    Args:
        scope: What is looked at.
        signals: As for `warned`.
        found: What that returned.
    """
    made, untold = [], whole_shop(scope)
    for suffix, dimensions in _GROUPS.items():
        own = found[found["category"].map(CATEGORIES).isin(dimensions)]
        leads = own["lead_days"].dropna().to_numpy(float)
        lead = Interval(float(np.median(leads))) if len(leads) else UNKNOWN
        share = wilson(int(own["told"].notna().sum()), len(own))
        passed = untold or say("no threshold for red was passed in an incident")
        known = untold or say("no incident is known")
        made += [
            Metric(f"warned_days{suffix}", lead, "days", why=passed),
            Metric(f"warned_rate{suffix}", share, "rate", why=known),
        ]
    true, every = came_true(scope, signals)
    share = wilson(true, every) if _can_come_true(scope) else UNKNOWN
    none = untold or say("no change that was told could be held against an incident or a threshold")
    return (*made, Metric("warnings_true_rate", share, "rate", why=none))


def came_true(scope: Scope, signals: Sequence[Signal]) -> tuple[int, int]:
    """Return how many warnings an incident or a red of their own bore out, and how many there were.

    Args:
        scope: What is looked at.
        signals: As for `warned`.
    """
    spans = [_days(scope, one) for one in _of_year(scope)]
    true = every = 0
    for one in _warnings(scope, signals):
        first, last = one.signal.days[one.first], one.signal.days[one.last]
        every += 1
        true += one.red >= 0 or any(a <= last and first <= b for a, b in spans)
    return true, every


def told(scope: Scope, signals: Sequence[Signal], found: pd.DataFrame) -> list[Finding]:
    """Return in words what was warned of, and what came of the warnings.

    Args:
        scope: What is looked at.
        signals: As for `warned`.
        found: What that returned.
    """
    if is_cut(scope):
        text = say(
            "Whether the register warned in time is told of the whole shop only: incidents name no part of it."
        )
        return [Finding.about("score", text, status="unknown")]
    said = []
    if len(found):
        n = int(_in_time(signals, found).sum())
        text = say_n(
            "Of {n:count} known incident of the last 52 weeks {warned:count} was told while it lasted.",
            "Of {n:count} known incidents of the last 52 weeks {warned:count} were told while they lasted.",
            len(found),
            warned=n,
        )
        said.append(
            Finding.about(
                "score", text, wilson(n, len(found)), "good" if n == len(found) else "bad"
            )
        )
    said += _unsorted(scope)
    waited = {one.of.label for one in signals if one.of.closed_days}
    late = [name for name in dict.fromkeys(found["indicator"]) if name in waited]
    if late:
        text = say(
            "{names:list} warned by day of order: these days were told {days:count} days later, when what "
            "is sent back was known.",
            names=late,
            days=CLOSED_DAYS,
        )
        said.append(Finding.about("score", text))
    said += [
        _never_red(one) for one in records(found[found["passed"].notna() & found["red_on"].isna()])
    ]
    true, every = came_true(scope, signals)
    if every and not _can_come_true(scope):
        text = say_n(
            "{n:count} time an indicator was told to have changed in the last 52 weeks; whether that was "
            "right is not known, as the shop names no incidents and no thresholds.",
            "{n:count} times an indicator was told to have changed in the last 52 weeks; whether that was "
            "right is not known, as the shop names no incidents and no thresholds.",
            every,
        )
        said.append(Finding.about("score", text, status="unknown"))
    elif every:
        share = wilson(true, every)
        text = say_n(
            "{n:count} time an indicator was told to have changed, or turned red, in the last 52 weeks; "
            "{true:count} of it fell into a known incident or turned red.",
            "{n:count} times an indicator was told to have changed, or turned red, in the last 52 weeks; "
            "{true:count} of them fell into a known incident or turned red.",
            every,
            true=true,
        )
        said.append(Finding.about("score", text, share))
    return said


def _never_red(row: dict[str, Any]) -> Finding:
    """An incident in which a rate was beyond its threshold for red, though not surely."""
    text = say(
        "{kind:label}: no rate of its category turned red. From {passed:day} on one of them, told over seven days, "
        "was beyond its threshold for red at times, but never by its whole interval.",
        **row,
    )
    return Finding.about("score", text)


def _in_time(signals: Sequence[Signal], found: pd.DataFrame) -> pd.Series:
    """Whether each incident was told before its end; what waits for returns is told later than its day."""
    waits = {one.of.label: timedelta(days=one.of.closed_days) for one in signals}
    return pd.Series(
        [
            one["told"] is not None and one["told"] + waits[one["indicator"]] <= one["last"]
            for one in records(found.astype(object).where(found.notna(), None))
        ],
        dtype=bool,
    )


def _can_come_true(scope: Scope) -> bool:
    """Whether anything could bear a warning out: an incident, or a threshold for red."""
    return not is_cut(scope) and ("incidents" in scope.known or bool(scope.settings.thresholds))


def _of_year(scope: Scope) -> list[Incident]:
    """The incidents of the 52 weeks up to a scope's end, of whatever category; none of a part of a shop."""
    if is_cut(scope):
        return []
    since = scope.period.last - timedelta(days=DAYS_A_YEAR - 1)
    return [one for one in rare.incidents(scope) if _days(scope, one)[1] >= since]


def _known(scope: Scope) -> list[Incident]:
    """Those of which the playbook says of which category they are: indicators of it may warn of them."""
    return [one for one in _of_year(scope) if one.category]


def _unsorted(scope: Scope) -> Iterator[Finding]:
    """What keeps incidents from being held against warnings, where something does."""
    every, own = _of_year(scope), _known(scope)
    lacking = scope.missing(rare.NEEDS, say("whether the register warned in time"))
    if lacking:
        yield Finding.about("score", lacking, status="unknown")
    elif not every:
        text = say("No incident of the last 52 weeks is known, so there was none to warn of.")
        yield Finding.about("score", text)
    elif len(every) > len(own):
        text = say_n(
            "Of {n:count} incident of the last 52 weeks parameters/risk does not say of which category it is, so "
            "whether the register warned of it is not known.",
            "Of {n:count} incidents of the last 52 weeks parameters/risk does not say of which category they are, "
            "so whether the register warned of them is not known.",
            len(every) - len(own),
        )
        yield Finding.about("score", text, status="unknown")


def _days(scope: Scope, one: Incident) -> tuple[date, date]:
    """Its first day, and its last, which is not that of an end at midnight."""
    first = to_local(one.opened_at, scope.time_zone).date()
    if one.resolved_at is None:
        return first, scope.period.last
    last = to_local(one.resolved_at - timedelta(microseconds=1), scope.time_zone).date()
    return first, max(first, last)


def _warnings(scope: Scope, signals: Sequence[Signal]) -> list[Warning]:
    since = scope.period.last - timedelta(days=DAYS_A_YEAR - 1)
    found = []
    for one in signals:
        changed = one.breaks | one.creeps
        coloured = (one.status >= _YELLOW) & (changed | (one.status >= _RED))
        edges = np.flatnonzero(np.diff(np.pad(coloured.astype(int), 1)))
        for first, after in zip(edges[::2], edges[1::2], strict=True):
            red = np.flatnonzero(one.status[first:after] >= _RED)
            place = int(first + red[0]) if len(red) else -1
            found.append(Warning(one, int(first), int(after) - 1, place))
    return [one for one in found if one.signal.days[one.last] >= since]


def _row(scope: Scope, incident: Incident, every: Sequence[Warning]) -> tuple[object, ...]:
    first, last = _days(scope, incident)
    own = [
        one
        for one in every
        if one.signal.of.category == incident.category
        and first <= one.signal.days[one.last]
        and one.signal.days[one.first] <= last
    ]
    begin = (incident.kind, incident.category, first, last)
    if not own:
        return (*begin, None, None, None, math.nan, None, math.nan, None)
    one = min(own, key=lambda one: (one.first, one.signal.of.name))
    day = max(first, one.signal.days[one.first])
    passed = min(filter(None, (_passed(each, first, last) for each in own)), default=None)
    status = STATUSES[int(one.signal.status[one.signal.days.index(day)])]
    lead = (passed - day).days if passed is not None else math.nan
    reds = [each.signal.days[each.red] for each in own if each.red >= 0]
    red = min((day for day in reds if first <= day <= last), default=None)
    return (*begin, one.signal.of.label, day, status, (day - first).days + 1, passed, lead, red)


def _passed(warning: Warning, first: date, last: date) -> date | None:
    """The first day of an incident on which the rate of seven days lay beyond the threshold for red."""
    one = warning.signal
    sign = 1 if one.of.is_up else -1
    days = range(max(0, (first - one.days[0]).days), min(one.last, (last - one.days[0]).days) + 1)
    return next(
        (one.days[day] for day in days if sign * (one.rate[day] - one.threshold.red) > 0), None
    )
