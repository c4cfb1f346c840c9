"""What a funnel is asked: whose attempts it compares, and by which rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from workbench.kit.scope import Scope
from workbench.paths.drops import Drop
from workbench.paths.intakes import Intake, intakes
from workbench.paths.journey import Journey
from workbench.paths.options import Options
from workbench.periods import Period, midnight, to_local

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_COMPARED = ("current", "previous")


@dataclass(frozen=True)
class Question:
    """What a funnel is asked.

    Attributes:
        scope: What is looked at.
        path: The events and steps.
        options: The rules.
        steps: What the steps are called.
        by: The column that segments are told apart by, or empty.
        drops: What was low beyond chance on some days, which are no measure for others.
    """

    scope: Scope
    path: Journey
    options: Options
    steps: tuple[str, ...]
    by: str
    drops: tuple[Drop, ...] = ()

    @cached_property
    def intakes(self) -> tuple[Intake, ...]:
        """Whose attempts are looked at; none without data."""
        since, until = self.path.since, self.path.until
        if since is None or until is None:
            return ()
        zone = self.scope.time_zone
        low = [(midnight(d.first, zone), midnight(d.last + _DAY, zone)) for d in self.drops]
        found = intakes(self.period, since, until, self.options.window, low)
        is_blind = any(
            one.period in _COMPARED and not one.week and self._touches(one) for one in found
        )
        return tuple(
            replace(one, is_whole=one.is_whole and not self._touches(one)) if one.week else one
            for one in found
            if one.week or one.period != "previous" or not is_blind
        )

    @property
    def period(self) -> Period:
        """The days on which attempts start; from order to order the last whole weeks that are ripe.

        Else a week would be cut where the period begins, and again where it ends.
        """
        if not self.path.is_from_orders:
            return self.scope.period
        weeks = -(-self.options.window // _WEEK)
        return self.scope.until(self.scope.period.last - weeks * _WEEK).period

    @cached_property
    def blind(self) -> tuple[tuple[datetime, datetime], ...]:
        """When no attempt may start that counts: on days without data, and so long before them.

        At the data's end such an attempt is immature anyway.
        """
        zone, window, until = self.scope.time_zone, self.options.window, self.path.until
        return tuple(
            (midnight(gap.first, zone) - window, midnight(gap.last + _DAY, zone))
            for gap in self.path.gaps
            if until is not None and midnight(gap.first, zone) <= until
        )

    def _touches(self, intake: Intake) -> bool:
        return any(start < intake.closes and end > intake.opens for start, end in self.blind)

    def place(self, period: str) -> int:
        """Return which number the intake of a whole period has; −1 if there is none."""
        named = (i for i, one in enumerate(self.intakes) if one.period == period and not one.week)
        return next(named, -1)

    def ripe_weeks(self, period: str) -> list[int]:
        """Return the intakes of the weeks of a period that tell its weekly conversion.

        They are those of the period that have data and are old enough, and as many before from the first on, but
        none that a drop makes no measure.
        """
        weeks = [(i, one) for i, one in enumerate(self.intakes) if one.week]
        since = self.path.since
        ripe = [
            i
            for i, one in weeks
            if one.period == "current" and one.is_whole and (since is None or since < one.closes)
        ]
        if period == "current":
            return ripe
        # The cut week stands behind the whole one, and in its place.
        before = {one.week: i for i, one in weeks if one.period in ("previous", "cut")}
        return [i for i in list(before.values())[: len(ripe)] if not self.intakes[i].shut]

    def day(self, instant: datetime | None) -> datetime | None:
        """Return an instant on the shop's clock."""
        return None if instant is None else to_local(instant, self.scope.time_zone)

    def has(self, period: str) -> bool:
        """Return whether a period has an intake."""
        return self.place(period) >= 0
