"""Cut-offs one after another: what was learned before each, held against what came after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from workbench.backtests.rivals import Fold
from workbench.customers.days import inactivity_days
from workbench.customers.examples import Examples, examples
from workbench.customers.snapshot import Mixes, mixes
from workbench.errors import SourceError
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.periods import Period
from workbench.stats.arrays import Array

TESTED, LEARNED = 3, 2
"""How many cut-offs are tested, and from how many before it each is learned."""

FEWEST_DAYS = 7
"""The shortest horizon: what a week of a shop is like."""

_BEFORE = 6  # of the history a sixth lies before the first cut-off
_LONGEST = 4  # horizons in a history: three for the cut-offs, and something before the first
_USUAL_DAYS = 30
_TOO_SHORT = message(
    "Who leaves cannot be learned yet: it takes {least:count} days of purchases, and {known:count} are "
    "known."
)


@dataclass(frozen=True)
class Course:
    """Where a shop's history is cut.

    Attributes:
        horizon_days: How far ahead is asked.
        label_days: Over how many days after a cut-off purchases are looked for: the horizon, or as
            far as the history allows.
        is_learned: Whether the horizon was learned from the pauses of customers.
        pause_days: The pause that one in twenty exceeds, where it could be learned.
        step_days: How far the cut-offs stand apart.
        known: The values of mixes that were usual at the first cut-off.
        tested: The cut-offs that are tested, the latest first.
    """

    horizon_days: int
    label_days: int
    is_learned: bool
    pause_days: int | None
    step_days: int
    known: Mixes
    tested: tuple[date, ...]

    def learned(self, cut_off: date) -> list[date]:
        """Return the cut-offs whose labels are closed by a day, the latest first."""
        latest = cut_off - timedelta(days=self.label_days)
        return [latest - timedelta(days=self.step_days * step) for step in range(LEARNED)]

    def examples(self, scope: Scope, cut_offs: Sequence[date]) -> list[Examples]:
        """Return the customers at cut-offs of the course, with what came after them."""
        days, each = self.label_days, self._each
        among = [*each, *([self.last] if self.last == scope.period.last else [])]
        told = examples(scope, self.known, each, days, days, among)
        found = dict(zip(each, told, strict=True))
        return [found[one] for one in cut_offs]

    def today(self, scope: Scope) -> pd.DataFrame:
        """Return the features of the customers at a scope's end, as they are scored for the horizon."""
        last = scope.period.last
        among = [*self._each, last] if last == self.last else []
        (found,) = examples(scope, self.known, [last], 0, self.horizon_days, among)
        return found.rows

    def after(self, time_zone: str) -> list[Period]:
        """Return the days after each cut-off on which purchases are looked for."""
        first, last = timedelta(days=1), timedelta(days=self.label_days)
        return [Period(day + first, day + last, time_zone) for day in self._each]

    @property
    def last(self) -> date:
        """The last day whose purchases were looked at: that of the scope it was made for."""
        return self.tested[0] + timedelta(days=self.label_days)

    @property
    def _each(self) -> list[date]:
        """The cut-offs that are tested or learned from, each once."""
        learned = [day for tested in self.tested for day in self.learned(tested)]
        return list(dict.fromkeys([*self.tested, *learned]))

    def folds(self, scope: Scope) -> list[Fold]:
        """Return what is learned before each tested cut-off, and what came after it."""
        found = []
        for cut_off in self.tested:
            rows, churned = pooled(self.examples(scope, self.learned(cut_off)))
            (tested,) = self.examples(scope, [cut_off])
            found.append(Fold(str(cut_off), rows, churned, tested.rows, tested.churned))
        return found


def course(scope: Scope, horizon_days: int = 0) -> Course:
    """Return where a shop's history is cut for a horizon.

    Three cut-offs are tested, each by two before it whose labels were closed by its day. They stand
    a horizon apart where the history allows it, else nearer, a third of one at least. For that the
    history must be four horizons long; the horizon that is learned is never longer, and of one that
    is asked only as much is learned and tested.

    Args:
        scope: Its history up to its end counts.
        horizon_days: How far ahead is asked; 0: the pause between purchases that one in twenty
            exceeds, in whole weeks, as it was known before the first cut-off that is tested.

    Raises:
        SourceError: If the history is under four weeks.
    """
    first, last = scope.first_day("orders"), scope.period.last
    history = 0 if first is None else (last - first).days + 1
    longest = history // _LONGEST
    if longest < FEWEST_DAYS:
        raise SourceError(say(_TOO_SHORT, least=_LONGEST * FEWEST_DAYS, known=history))
    pause = None
    if not horizon_days:
        pause = inactivity_days(scope.until(last - timedelta(days=longest * 5 // 3)))
    asked = horizon_days or _weeks(pause or _USUAL_DAYS, longest)
    days = min(asked, longest)
    room = history - history // _BEFORE - 2 * days
    step = max(min(days, room // (TESTED + LEARNED - 2)), 1)
    tested = tuple(last - timedelta(days=days + step * place) for place in range(TESTED))
    earliest = tested[-1] - timedelta(days=days + step * (LEARNED - 1))
    known = mixes(scope.until(earliest))
    return Course(asked, days, not horizon_days, pause, step, known, tested)


def pooled(each: Sequence[Examples]) -> tuple[pd.DataFrame, Array]:
    """Return the rows of several cut-offs as one table, and who of them churned."""
    rows = pd.concat([one.rows for one in each])
    return rows, np.concatenate([one.churned for one in each])


def _weeks(days: int, longest: int) -> int:
    """Whole weeks, within what the history allows."""
    most = max(longest // 7 * 7, 7)
    return int(min(max(round(days / 7), 1) * 7, most))
