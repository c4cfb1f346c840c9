"""A measure of the trade: declared once, taken of a scope as a whole or of each of its weeks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.customers.measures.spans import Span, spans
from workbench.customers.measures.tallies import TRADE, Tally
from workbench.kit import gaps
from workbench.kit.findings import Better
from workbench.kit.metrics import Metric, Unit
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.periods import Period, Week
from workbench.stats.interval import FEWEST, UNKNOWN, Interval, Z
from workbench.stats.rates import wilson

Row = Mapping[str, Any]
Figure = Callable[[Row], Interval | str]

WEEKLY = ("week", "first_day", "value", "low", "high")


@dataclass(frozen=True)
class Measure:
    """A measure; called with a scope it is its figure there.

    Attributes:
        name: In the field's words.
        unit: What one of it is.
        definition: What it says, in words.
        formula: How it is made of the sums that the definition names.
        figure: The figure, of a span's sums, or why there is none, for `say`.
        tally: What the engine is asked; whether the measure `ripens`.
        also: Columns of the tally's table that it needs besides those of the tally.
        better: Which way is good.
    """

    name: str
    unit: Unit
    definition: str
    formula: str
    figure: Figure
    tally: Tally = TRADE
    also: tuple[str, ...] = ()
    better: Better = "up"

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """Columns by table without which it is not known."""
        own = {self.tally.table: self.also}
        return {name: (*of, *own.get(name, ())) for name, of in self.tally.needs.items()}

    def __call__(self, scope: Scope, within_days: int | None = None) -> Interval:
        """Return the figure of a scope as a whole; all NaN where it is not known."""
        return self.metric(scope, within_days).interval

    def metric(self, scope: Scope, within_days: int | None = None) -> Metric:
        """Return the same with its name, its unit and, where it is not known, the reason.

        Args:
            scope: What is looked at.
            within_days: Count only what became of an order within so many days of the shop, and
                only the orders of days so old; None counts all that was known by the scope's end.
                No matter to what does not ripen, nor to attempts, which have a window of their own.

        Raises:
            ParameterError: If `within_days` is below 0.
        """
        ((_span, interval, why),) = self._take(scope, within_days, weekly=False)
        return Metric(self.name, interval, self.unit, self.better, why)

    def by_week(self, scope: Scope, within_days: int | None = None) -> pd.DataFrame:
        """Return the figure of each week of a scope, all at the same age.

        Args:
            scope: Whose weeks.
            within_days: As `metric`; weeks of which a day is younger are null. None takes each
                week as it was known at its own end, as a scope of that week alone does.

        Returns:
            `week`, `first_day` (the first of its days in the scope), `value`, `low`, `high`.
        """
        rows = [
            (str(Week.of(span.first)), span.first, *interval)
            for span, interval, _why in self._take(scope, within_days, weekly=True)
        ]
        return pd.DataFrame(rows, columns=list(WEEKLY))

    def sums(self, scope: Scope, within_days: int | None = None) -> Row:
        """Return the sums that the figure of a scope is made of, such as how many it is a share of.

        Raises:
            MissingData: If the scope lacks a table that the measure needs.
        """
        ((_span, row),) = self._ask(scope, self._within(within_days), weekly=False)
        return row

    def _take(
        self, scope: Scope, within_days: int | None, *, weekly: bool
    ) -> list[tuple[Span, Interval, str]]:
        within = self._within(within_days)
        if lacking := self._lacking(scope):
            of = spans(scope, weekly=weekly, within_days=within)
            return [(one, UNKNOWN, lacking) for one in of]
        asked = self._ask(scope, within, weekly=weekly)
        return [(span, *self._judge(scope, span, row)) for span, row in asked]

    def _within(self, days: int | None) -> int | None:
        return self.tally.window_days or (days if self.tally.ripens else None)

    def _ask(self, scope: Scope, within: int | None, *, weekly: bool) -> list[tuple[Span, Row]]:
        of, ask = spans(scope, weekly=weekly, within_days=within), self.tally.ask
        rows = scope.asked((ask, within, weekly), lambda: ask(scope, of, within))
        return list(zip(of, rows.to_dict("records"), strict=True))

    def _judge(self, scope: Scope, span: Span, row: Row) -> tuple[Interval, str]:
        """The figure of a span, or why there is none."""
        if span.last < span.first:
            return UNKNOWN, say("these days are not old enough")
        since = scope.everywhere.first_day(self.tally.table)
        first, last = self.tally.bounds(span)
        whole = Period(first, last, scope.time_zone)
        may_miss = self.tally.may_miss and since is not None
        if since is None or (since > first and not may_miss):
            return UNKNOWN, say(self.tally.too_short)
        if may_miss and gaps.too_many(scope.everywhere.during(whole).missing_days("orders"), whole):
            return UNKNOWN, say(self.tally.too_short)
        found = self.figure(row)
        if isinstance(found, str):
            return UNKNOWN, say(found)
        return found, "" if found.is_known else say("nothing happened that it could be taken of")

    def _lacking(self, scope: Scope) -> str:
        if self.tally.window_days is not None and len(scope.steps) < 2:  # noqa: PLR2004 - there and back
            return say("the source names no steps of a funnel")
        gaps = [
            f"{table}.{column}"
            for table, columns in self.needs.items()
            for column in scope.lacking(table, columns)
        ]
        return say("the source does not tell {columns}", columns=", ".join(gaps)) if gaps else ""


def total(name: str) -> Figure:
    """Return the figure that is a sum: a plain count or amount."""
    return lambda row: Interval(float(row[name]))


def share(hits: str, trials: str) -> Figure:
    """Return the figure that is a share of users, orders or visits, with Wilson's interval."""
    return lambda row: wilson(int(row[hits]), int(row[trials]))


def share_by_user(hits: str, trials: str) -> Figure:
    """Return the figure that is a share of visits, of which a user has many: users are drawn.

    The interval is that of `ratio`, within 0..1. Where all visits are alike it is Wilson's of as many
    users.
    """
    by_user = ratio(hits, trials)

    def figure(row: Row) -> Interval | str:
        found, users = by_user(row), int(row["users"])
        if not isinstance(found, Interval):
            return found
        if found.value in (0, 1) and users >= FEWEST:
            return wilson(users if found.value else 0, users)
        return found._replace(high=min(found.high, 1.0))

    return figure


def told(figure: Figure, is_hidden: Callable[[Row], bool], why: str) -> Figure:
    """Return a figure, but where the sums show that the source cannot tell it, the reason."""
    return lambda row: why if is_hidden(row) else figure(row)


def ratio(top: str, bottom: str) -> Figure:
    """Return the figure that is one sum over users by another, with its 95 % interval.

    The ratio estimator by linearisation, a user a sampling unit (Cochran 1977, Sampling Techniques,
    6.4); no interval with fewer than five users.
    """

    def figure(row: Row) -> Interval:
        if not row[bottom]:
            return UNKNOWN
        value, users = row[top] / row[bottom], row["users"]
        if users < FEWEST:
            return Interval(value)
        one, other = sorted((top, bottom))
        square = (
            row[f"{top}*{top}"]
            - 2 * value * row[f"{one}*{other}"]
            + value**2 * row[f"{bottom}*{bottom}"]
        )
        error = math.sqrt(max(square, 0.0) * users / (users - 1)) / row[bottom]
        return Interval(value, max(value - Z * error, 0.0), value + Z * error)

    return figure
