"""Cohorts: of those who first ordered in the same weeks, who orders again, and at which age?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, NamedTuple

import ibis
import numpy as np
import pandas as pd

from workbench import charts
from workbench.customers.days import EPOCH, NEEDS, Days, inactivity_days, ordering_days
from workbench.errors import MissingData
from workbench.kit import gaps, words
from workbench.kit.audience import note as untold
from workbench.kit.engine import frame
from workbench.kit.findings import Finding, verdict
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_n, say_rows, together
from workbench.periods import Period, Week
from workbench.stats.disclosure import is_small, withheld
from workbench.stats.interval import UNKNOWN, Interval, columns
from workbench.stats.rates import difference, wilson

_RATES = columns("retention_rate")
_WEEK, _THURSDAY = 7, 3  # day 0 is a Thursday, three days after its Monday
_YEAR = 364  # days: the same weekdays
_LEGIBLE = 14  # cohorts that fit on a phone
_STEP = 4  # weeks by which cohorts widen where there would be more


_GAPS = message(
    "Whether newer customers order again more often than older ones cannot be told: there are days "
    "without orders among those that would be compared."
)
_COMPARED = {
    (True, True): message(
        "Of the users who first ordered in {week} or later {rate:percent} did again within "
        "{span:weeks}, of those of the same weeks a year before {other:percent}: "
        "{change:points} (95 % sure: {change_low:points} to {change_high:points})."
    ),
    (True, False): message(
        "Of the users who first ordered in {week} or later {rate:percent} did again within "
        "{span:weeks}, of those of the same weeks a year before {other:percent}: no sure "
        "difference ({change_low:points} to {change_high:points})."
    ),
    (False, True): message(
        "Of the users who first ordered in {week} or later {rate:percent} did again within "
        "{span:weeks}, of those before, from {since} on, {other:percent}: {change:points} (95 % sure: "
        "{change_low:points} to {change_high:points}). The season may explain it: there are no such "
        "weeks of a year before to compare with."
    ),
    (False, False): message(
        "Of the users who first ordered in {week} or later {rate:percent} did again within "
        "{span:weeks}, of those before, from {since} on, {other:percent}: no sure difference "
        "({change_low:points} to {change_high:points})."
    ),
}
"""By whether the same weeks a year before are known, and whether the difference is beyond doubt."""


@dataclass(frozen=True)
class Cohorts(Result):
    """Who orders again, by the weeks of the first order.

    Attributes:
        retention: One row per cohort and age: `cohort` (its first ISO week), `users`,
            `weeks_since` (so many weeks after a user's first order the stretch ends; each is
            `weeks` long), `users_active` (who ordered in it), `retention_rate` with its ends; the
            last four are null where it is not over for every user.
        weeks: How many weeks a cohort, and a stretch, is long.
        change: Retention of the newer half of the cohorts in their first stretch less that of the
            same weeks a year before, with its ends; without these less that of the older half,
            which the season may explain.
        unsure_days: Cohorts that begin within so many days from the start of the data may hold
            customers of before and are not compared; 0 where it is known who is new, null where nobody is.
        metrics: `retention_change`, which is `change`.
    """

    TOPICS: ClassVar = ("retention", gaps.TOPIC)
    retention: pd.DataFrame = field(default_factory=lambda: _typed([]).drop(columns="start"))
    weeks: int = 1
    change: Interval = UNKNOWN
    unsure_days: int | None = None

    def retention_chart(self) -> charts.Chart | MissingData:
        """Return the cohorts as rows of shaded cells, by the age at which they order."""
        seen = self.retention[self.retention["retention_rate"].notna()]
        if seen.empty:
            return MissingData(self.findings[0].sentence if self.findings else self.missing[0])
        is_over = self.whole.frames()["retention"]["retention_rate"].notna()
        is_shown = self.retention["cohort"].isin(self.retention.loc[is_over, "cohort"])
        shown = self.retention[
            (self.retention["weeks_since"] <= seen["weeks_since"].max()) & is_shown
        ]
        rates = shown["retention_rate"]
        few = (rates.isna() & is_over[shown.index]).to_numpy()
        cells = pd.DataFrame(
            {
                "row": say_rows("{cohort} ({users:short})", shown),
                "column": [words.count(weeks) for weeks in shown["weeks_since"]],
                "text": [
                    "–" if kept else "" if math.isnan(rate) else words.count(100 * rate)
                    for rate, kept in zip(rates, few, strict=True)
                ],
                "weight": rates.to_numpy(),
            }
        )
        note = say_n(
            "Rows: the week of the first order (and users). Columns: weeks since it. Cells: per "
            "cent of the users who ordered in the week up to then; blank: not over yet.",
            "Rows: up to {n:count} weeks of first orders, from the named one on (and users). Columns: "
            "weeks since the first order. Cells: per cent of the users who ordered in the {n:count} "
            "weeks up to then; blank: not over yet.",
            self.weeks,
        )
        return charts.heat(
            cells,
            title=self.findings[0].sentence,
            alt=_alt(seen),
            note=together(
                note,
                untold(self.scope.min_group, is_needed=bool(few.any())),
                self._caution(),
                *self.missing,
            ),
        )

    def _caution(self) -> str:
        if self.unsure_days == 0:
            return ""
        if self.unsure_days is None:
            return say("Any of these users may have been a customer before the data begin.")
        return say(
            "Users of the first {days:count} days of the data may have been customers before; the "
            "weeks that begin in them are not compared.",
            days=self.unsure_days,
        )


def cohorts(scope: Scope) -> Cohorts:
    """Return how many of those who first ordered in the same weeks order again, by age.

    A cohort is a week of first orders, or several where the history is long. Its users' days are
    counted from each one's own first order; of a stretch of days only the last ones belong to its
    last day, so a stretch counts once it is over for the cohort's last user. Where users tell when
    they signed up, only those are counted who did after the data began.

    Args:
        scope: Its end is the end of what is known; what it lacks is told in `missing`.
    """
    unknown = (Metric("retention_change", UNKNOWN, "points"),)
    if lacking := scope.missing(NEEDS, say("which users order again")):
        return Cohorts(scope, metrics=unknown, missing=(lacking,))
    scope.check_platform("orders")
    days = ordering_days(scope, only_new=True)
    if days is None:
        return Cohorts(scope, findings=(_unknown(_typed([]), 1),), metrics=unknown)
    weeks = _width(days)
    active = _active(days, weeks)
    rows = _framed(active, days, weeks)
    # Until the longest usual pause has passed, a first order in the data need not be a first one.
    pause = 0 if days.knows_new else inactivity_days(scope)
    start = rows.pop("start")
    known = rows[start >= days.first + pause] if pause is not None else rows[:0]
    halves = _halves(known.assign(start=start), active, weeks)
    if halves and _has_gaps(scope, halves, weeks):
        halves, change, finding = (
            None,
            UNKNOWN,
            Finding.about("retention", say(_GAPS), status="unknown"),
        )
    else:
        change, finding = _compared(rows, halves, weeks)
    found = Cohorts(
        scope,
        rows,
        weeks,
        change,
        pause,
        findings=(
            finding,
            *gaps.told(scope, "orders", say("Who ordered again on these days is not known.")),
        ),
        metrics=(Metric("retention_change", change, "points"),),
        missing=days.missing,
    )
    return _without_few(found, start, halves) if scope.min_group else found


def _has_gaps(scope: Scope, halves: _Halves, weeks: int) -> bool:
    """Whether days without orders are among those on which either half could order again."""
    for since, until in halves.spans:
        first, last = (date.fromordinal(day + EPOCH) for day in (since, until + _WEEK * weeks - 1))
        days = Period(first, last, scope.time_zone)
        if gaps.too_many(sum(gap.days_in(days) for gap in scope.gaps("orders")), days):
            return True
    return False


def _without_few(found: Cohorts, start: pd.Series, halves: _Halves | None) -> Cohorts:
    """The cohorts without what became of too few users, and what would give that away."""
    rows, least = found.retention, found.scope.min_group
    first = rows.drop_duplicates("cohort")
    begin, spans = start[first.index], halves.spans if halves else ()
    sums = [((begin >= since) & (begin < until)).to_numpy() for since, until in spans]
    few = withheld(first["users"].to_numpy(), [np.ones(len(first), dtype=np.bool_), *sums], least)
    if not few.any():
        return found
    hidden = rows["cohort"].isin(first.loc[few, "cohort"])
    figures = {name: rows[name].mask(hidden) for name in ("users_active", *_RATES)}
    told = replace(found, retention=rows.assign(**figures), owners=lambda: found)
    if not halves or not any(is_small(half[1], least) for half in (halves.newer, halves.older)):
        return told
    sentence = say(
        "Whether newer customers order again more often than older ones is not told: fewer than "
        "{least:count} users would be compared.",
        least=least,
    )
    finding = Finding.about("retention", sentence, status="unknown")
    unknown = (Metric("retention_change", UNKNOWN, "points"),)
    return replace(told, change=UNKNOWN, findings=(finding,), metrics=unknown)


def _width(days: Days) -> int:
    """How many weeks a cohort has, so that all of them fit on a phone."""
    weeks = (_monday(days.last) - _monday(days.first)) // _WEEK + 1
    return 1 if weeks <= _LEGIBLE else _STEP * -(-weeks // (_LEGIBLE * _STEP))


def _monday(day: int) -> int:
    return day - (day + _THURSDAY) % _WEEK


def _active(days: Days, weeks: int) -> pd.DataFrame:
    """Users by the Monday of their first order's `week` and `stretch` since it; 0: the first day."""
    table = days.table
    first = table.group_by("user_id").agg(start=table.day.min())
    starts = first.select("start", owner="user_id")
    owned = table.join(starts, table.user_id == starts.owner).select("user_id", "day", "start")
    age = owned.day - owned.start
    stretch = ibis.ifelse(age > 0, (age - 1) // (_WEEK * weeks) + 1, 0)
    week = owned.start - (owned.start + _THURSDAY) % _WEEK
    seen = owned.select("user_id", week=week, stretch=stretch).distinct()
    return frame(seen.group_by("week", "stretch").agg(users=seen.count()))


def _framed(active: pd.DataFrame, days: Days, weeks: int) -> pd.DataFrame:
    """Every cohort at every age that the oldest one has reached, the oldest one first."""
    last, length = _monday(days.last), _WEEK * weeks
    groups = (last - active["week"]) // length
    users = active["users"].groupby([groups, active["stretch"]]).sum()
    oldest = (last - _monday(days.first)) // length
    rows: list[tuple[object, ...]] = []
    for group in range(oldest, -1, -1):
        end = min(last + _WEEK - 1 - length * group, days.last)
        start = max(last + _WEEK - length * (group + 1), _monday(days.first))
        own = (start, str(Week.of(date.fromordinal(start + EPOCH))), int(users.get((group, 0), 0)))
        for stretch in range(1, oldest + 1):
            seen, rate = None, UNKNOWN
            if end + length * stretch <= days.last:
                seen = int(users.get((group, stretch), 0))
                rate = wilson(seen, own[-1])
            rows.append((*own, weeks * stretch, seen, *rate))
    return _typed(rows)


def _typed(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """The frame with `start`, each cohort's first day; a count is null where nothing is over yet."""
    rates = columns("retention_rate")
    names = ["start", "cohort", "users", "weeks_since", "users_active", *rates]
    types = {"users_active": "Int64", **dict.fromkeys(rates, "float64")}
    return pd.DataFrame(rows, columns=names).astype(types)


class _Halves(NamedTuple):
    """The newer customers, and those that they are held against: the year before, or the older.

    Attributes:
        newer: How many ordered again in the first stretch, and all of them.
        older: Of the others.
        is_year: Whether the others are those of the year before.
        spans: The days of first orders of both, each from one to the one before another.
    """

    newer: tuple[int, int]
    older: tuple[int, int]
    is_year: bool
    spans: tuple[tuple[int, int], tuple[int, int]]


def _halves(known: pd.DataFrame, active: pd.DataFrame, weeks: int) -> _Halves | None:
    """The first stretch of the newer half of the known cohorts beside the year before, or the older."""
    seen = known[(known["weeks_since"] == weeks) & known["retention_rate"].notna()]
    half = len(seen) // 2
    if not half:
        return None
    first, after = int(known["start"].min()), int(seen["start"].iloc[-1]) + _WEEK * weeks
    middle = int(seen["start"].iloc[half])
    since = max(middle, first + _YEAR)
    year = ((since, after), (since - _YEAR, after - _YEAR))
    newer, older = (_again(active, *span) for span in year)
    if newer[1] > 0 and older[1] > 0:
        return _Halves(newer, older, is_year=True, spans=year)
    newer, older = (
        (int(part["users_active"].sum()), int(part["users"].sum()))
        for part in (seen.iloc[half:], seen.iloc[:half])
    )
    spans = ((middle, after), (int(seen["start"].iloc[0]), middle))
    return _Halves(newer, older, is_year=False, spans=spans)


def _compared(rows: pd.DataFrame, halves: _Halves | None, weeks: int) -> tuple[Interval, Finding]:
    """Whether newer customers order again more often than those that they are held against."""
    if halves is None:
        return UNKNOWN, _unknown(rows, weeks)
    newer, older, is_year, spans = halves
    week, since = (str(Week.of(date.fromordinal(start + EPOCH))) for start, _ in spans)
    change = difference(newer, older)
    text = say(
        _COMPARED[is_year, bool(change.side())],
        week=week,
        since=since,
        span=weeks,
        rate=newer[0] / newer[1],
        other=older[0] / older[1],
        **change.spread("change"),
    )
    # A season that repeats is no trend: without the year before there is no verdict.
    return change, Finding.about(
        "retention", text, change, verdict(change) if is_year else "neutral"
    )


def _again(active: pd.DataFrame, since: int, until: int) -> tuple[int, int]:
    """Of those who first ordered in some weeks, who did again in the first stretch, and how many."""
    own = active[(active["week"] >= since) & (active["week"] < until)]
    again, users = (int(own.loc[own["stretch"] == stretch, "users"].sum()) for stretch in (1, 0))
    return again, users


def _unknown(rows: pd.DataFrame, weeks: int) -> Finding:
    seen = rows[(rows["weeks_since"] == weeks) & rows["retention_rate"].notna()]
    users = int(seen["users"].sum())
    template = (
        message(
            "Of {users:count} users {rate:percent} ordered again within {span:weeks}; whether newer "
            "customers do so more often than older ones cannot be told: there are too few weeks of "
            "first orders that are known to be first ones."
        )
        if users
        else message(
            "Whether newer customers order again more often than older ones cannot be told: there are "
            "too few weeks of first orders that are known to be first ones."
        )
    )
    rate = int(seen["users_active"].sum()) / users if users else math.nan
    text = say(template, users=users, rate=rate, span=weeks)
    return Finding.about("retention", text, status="unknown")


def _alt(seen: pd.DataFrame) -> str:
    """Each cohort by its first and its last cell."""
    cells = seen.groupby("cohort", sort=False)[["retention_rate", "weeks_since"]]
    ends = cells.agg(["first", "last"])
    ends.columns = ["rate", "other", "first", "last"]
    texts = say_rows("{rate:percent} after {first:weeks}, {other:percent} after {last:weeks}", ends)
    return pairs(ends.index, texts)
