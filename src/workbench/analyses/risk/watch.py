"""Every indicator of a shop, watched: against its own past, and against what is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from workbench.analyses.risk import rare
from workbench.analyses.risk.days import Days, days
from workbench.analyses.risk.drill import Drill
from workbench.analyses.risk.indicators import Indicator, indicators
from workbench.analyses.risk.plans import NAMES
from workbench.analyses.risk.signal import Signal, threshold
from workbench.errors import SourceError, unknown
from workbench.kit.playbook import CATEGORIES, Threshold
from workbench.kit.scope import Scope
from workbench.periods import to_local
from workbench.stats import watch as watching
from workbench.stats.arrays import Array
from workbench.stats.cusum import FAST, SLOW
from workbench.stats.watch import Series, Watched

_SEEN = (3, 7, 28)


def signals(scope: Scope, drill: Drill | None = None) -> tuple[list[Signal], Days]:
    """Return what every indicator said on each day, in the order of the categories.

    Args:
        scope: What is looked at; its whole history counts.
        drill: What is multiplied on the last days, in memory.

    Raises:
        ParameterError: If the drill names no indicator that is told.
        SourceError: If a threshold names no indicator.
    """
    counted = scope.asked(("risk", "days"), lambda: days(scope))
    found = indicators(scope, counted)
    if drill is not None:
        found = drill.applied(found)
    _check(scope)
    told = [one for one in found if one.is_known.any()]
    untold = [_untold(one, counted) for one in found if not one.is_known.any()]
    made = _watched(scope, counted, told) if told else []
    every = [*made, *untold, *rare.signals(scope, counted)]
    order = list(CATEGORIES)
    return sorted(every, key=lambda one: order.index(one.of.category)), counted


def _check(scope: Scope) -> None:
    known = {*NAMES, *rare.NAMES}
    for name in scope.settings.thresholds:
        if not any(name == one or name.startswith(f"{one}_") for one in known):
            raise SourceError(f"{scope.settings.goals_name}: {unknown('indicator', name, known)}")


def _watched(scope: Scope, counted: Days, told: Sequence[Indicator]) -> list[Signal]:
    series = _series(scope, counted, told)
    seen = watching.watch(series)
    return [_signal(scope, counted, one, row, series, seen) for row, one in enumerate(told)]


def _series(scope: Scope, counted: Days, told: Sequence[Indicator]) -> Series:
    def rows(name: str) -> Array:
        return np.array([getattr(one, name) for one in told])

    limits = [threshold(scope, one.name) for one in told]
    return Series(
        rows("hits"),
        rows("trials"),
        rows("is_known"),
        rows("is_share"),
        rows("is_up"),
        np.array([one.yellow for one in limits]),
        np.array([one.red for one in limits]),
        np.array([day.weekday() for day in counted.all]),
        _incident_days(scope, counted),
    )


def _incident_days(scope: Scope, counted: Days) -> Array:
    """Whether an incident was open on each day."""
    found = np.zeros(len(counted.all), dtype=np.bool_)
    for one in rare.incidents(scope):
        first = to_local(one.opened_at, scope.time_zone).date()
        last = to_local(one.resolved_at or scope.end, scope.time_zone).date()
        found |= np.array([first <= day <= last for day in counted.all])
    return found


def _signal(
    scope: Scope, counted: Days, one: Indicator, row: int, series: Series, seen: Watched
) -> Signal:
    limits = threshold(scope, one.name)
    level = seen.level[row]
    changed = seen.breaks[row] | seen.creeps[row]
    has_level = ~np.isnan(seen.rate[row]) & (limits.red == limits.red)
    able = one.is_known & (seen.is_judged[row] | has_level)
    status = np.where(level > 1, 3, np.where(changed | (level > 0), 2, 1))
    last = len(counted.all) - 1 - one.closed_days
    return Signal(
        one,
        counted.all,
        limits,
        seen.rate[row],
        seen.low[row],
        seen.high[row],
        seen.usual_week[row],
        np.where(able, status, 0),
        level,
        seen.breaks[row],
        seen.creeps[row],
        _since(series, row, seen),
        last,
        _visible(one, row, seen, last),
    )


def _since(series: Series, row: int, seen: Watched) -> Array:
    """Of each stretch of days with a change, its first day as the scan finds it on the last of them."""
    changed = seen.breaks[row] | seen.creeps[row]
    found = np.full(len(changed), -1)
    edges = np.flatnonzero(np.diff(np.pad(changed.astype(int), 1)))
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        began = int(seen.began[row][first:after].max())
        found[first:after] = watching.dated(series, row, began, int(after) - 1)
    return found


def _visible(one: Indicator, row: int, seen: Watched, last: int) -> tuple[float, float, float]:
    """By which share of the usual rate it must change to be seen in 3, 7 and 28 days."""
    usual, base = seen.usual[row][last], seen.base_days[row][last]
    trials = one.trials[max(0, last - 27) : last + 1].mean()
    if last < 0 or not usual > 0 or not trials > 0:
        return (np.nan, np.nan, np.nan)
    free = 1 - usual if one.is_share else 1.0
    spread = float(np.sqrt(seen.dispersion[row][last] * free / (usual * trials)))
    events = np.array([trials * (min(usual, free) if one.is_share else usual)])
    shifts = [
        min(
            watching.visible(chart, days, float(chart.limit(np.array([base]), events)[0]))
            for chart in (FAST, SLOW)
        )
        for days in _SEEN
    ]
    most = (1 / usual - 1 if one.is_share else np.inf) if one.is_up else 1.0
    least = [shift * spread if shift * spread <= most else np.nan for shift in shifts]
    return cast("tuple[float, float, float]", tuple(least))


def _untold(one: Indicator, counted: Days) -> Signal:
    none = np.full(len(counted.all), np.nan)
    zero = np.zeros(len(counted.all), dtype=np.int64)
    return Signal(
        one, counted.all, Threshold(np.nan, np.nan), none, none, none, none, zero, zero, zero > 0,
        zero > 0, zero - 1, len(counted.all) - 1 - one.closed_days, (np.nan, np.nan, np.nan),
    )  # fmt: skip
