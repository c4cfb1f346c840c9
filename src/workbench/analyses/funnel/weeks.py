"""The conversion by week: the headline, the same on whatever day and over however many weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.analyses.funnel.question import Question
from workbench.periods import TICK, Period, to_local
from workbench.stats.interval import Interval
from workbench.stats.rates import wilson
from workbench.stats.resampling import pooled


@dataclass(frozen=True)
class Weekly:
    """The conversion by week: of those who started in one, how many came through, weeks pooled.

    Attributes:
        now: The rate over the weeks of the period that are old enough.
        before: The same over as many weeks before, but for those of a leak.
        change: The difference.
        weeks: How many weeks there are now.
        days: Their days.
        before_days: Those before.
    """

    now: Interval
    before: Interval
    change: Interval
    weeks: int
    days: Period | None
    before_days: Period | None


def weekly(question: Question, cells: pd.DataFrame) -> Weekly:
    """Return the conversion by week, from `Collected.weeks`: each user counts once in a week."""
    kinds = cells[["reached", "started", "reached_before", "started_before"]].to_numpy("int64")
    users = cells["users"].to_numpy("int64")
    rates = pooled(kinds, users)
    weeks = [question.ripe_weeks(name) for name in ("current", "previous")]
    if len(weeks[0]) == 1:  # nobody counts twice
        reached, started, reached_before, started_before = map(int, users @ kinds)
        now, before = wilson(reached, started), wilson(reached_before, started_before)
        rates = (now, before, now.minus(before))
    return Weekly(*rates, len(weeks[0]), *(_days_of(question, own) for own in weeks))


def _days_of(question: Question, places: Sequence[int]) -> Period | None:
    """The days of some weeks, from the first to the last."""
    if not places:
        return None
    zone, own = question.scope.time_zone, [question.intakes[place] for place in places]
    last = to_local(own[-1].closes - TICK, zone).date()
    opens = max(own[0].opens, question.path.since or own[0].opens)
    return Period(to_local(opens, zone).date(), last, zone)
