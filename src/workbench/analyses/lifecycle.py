"""Life cycle: how long users remain customers, from their first order to their last."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench import charts
from workbench.customers.days import NEEDS, Days, came_back, ordering_days, patience
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.scope import frame, lacking
from workbench.kit.sentences import message, say
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson
from workbench.stats.survival import kaplan_meier, median, restricted_mean

DAYS_A_MONTH = 365.25 / 12
_NAMES = 6  # months that are named on the axis at most, beside the first order
_FEWEST = 30  # users at risk, below which the curve is not followed
_COLUMNS = ("day", "alive_rate", "alive_rate_low", "alive_rate_high", "at_risk", "ended")


@dataclass(frozen=True)
class Lifecycle:
    """How long users remain customers.

    Attributes:
        lifetimes: `day` (since the first order), `alive_rate` (share with an order still to come
            after it) with its ends, `at_risk` (users that long under watch and alive), `ended`
            (whose last order was on that day); a row each day on which something happened, as
            long as 30 users are at risk.
        users: How many users it rests on.
        patience_days: The pause that counts as goodbye; None where it cannot be learned.
        horizon_days: How far the curve can be followed; 0 where it cannot.
        mean_days: Average days up to the horizon, a lower bound of the whole, with its ends.
        alive: Share still alive at the horizon, with its ends.
        repeat_median_days: Half of those with a second ordering day placed their last order by
            then; None where more than half are still there.
        came_back: Share of those who counted as gone half-way through the data and ordered again in
            the second half, with its ends: how far the rule can be trusted.
        knows_new: Whether only users are counted whose first order is in the data for sure.
        findings: The same in sentences.
        missing: What more this would need; empty if nothing.
    """

    lifetimes: pd.DataFrame
    users: int
    patience_days: int | None
    horizon_days: int
    mean_days: Interval
    alive: Interval
    repeat_median_days: int | None
    came_back: Interval
    knows_new: bool
    findings: tuple[Finding, ...]
    missing: str

    @property
    def mean_months(self) -> Interval:
        """`mean_days` in months of 30.4 days."""
        value, low, high = (one / DAYS_A_MONTH for one in self.mean_days)
        return value, low, high

    def lifetimes_chart(self) -> charts.Chart | MissingData:
        """Return the share of customers left, by the months since their first order."""
        if not self.horizon_days:
            return MissingData(self.findings[0].sentence if self.findings else self.missing)
        months = int(self.horizon_days / DAYS_A_MONTH)
        step = -(-max(months, 1) // _NAMES)
        places = [month * DAYS_A_MONTH for month in range(0, months + 1, step)]
        rows = [self.lifetimes[self.lifetimes["day"] <= place].iloc[-1] for place in places]
        points = pd.DataFrame(
            {
                "x": places,
                "value": [row["alive_rate"] for row in rows],
                "low": [row["alive_rate_low"] for row in rows],
                "high": [row["alive_rate_high"] for row in rows],
            }
        )
        line = self.lifetimes.rename(columns={"day": "x", "alive_rate": "value"})
        names = {place: f"{place / DAYS_A_MONTH:.0f}" for place in places}
        names[places[-1]] = words.months(round(places[-1] / DAYS_A_MONTH))
        note = message(
            "Share of users whose last order is still to come, by months since their first one; "
            "strokes: 95 % intervals. After {days} days without an order a user counts as gone: of "
            "the pauses of users who came back 95 % are shorter, each user weighing the same."
        )
        return charts.curve(
            points,
            line[["x", "value"]],
            title=self.findings[0].sentence,
            alt="; ".join(
                f"{names[place]}: {words.percent(value)}"
                for place, value in zip(places, points["value"], strict=True)
            ),
            ticks=names,
            note=note.format(days=self.patience_days)
            + (f" {self.missing}" if self.missing else ""),
        )


def lifecycle(tables: Mapping[str, ir.Table], period: Period, *, platform: str = "") -> Lifecycle:
    """Return how long users remain customers, by Kaplan and Meier's estimate (1958).

    A life lasts from the day of the first order to that of the last one: 0 days for who orders on
    one day only. An order is the last one if none follows for `patience_days`, a pause learned
    from the data. Whether an order of the last such days before the period's end is a last one
    nobody can know yet, so everybody is under watch up to the same day, so long before the end:
    who orders after it has a life longer than the watch, and who came after it is not counted.

    Args:
        tables: The source's tables; what they lack is told in `missing`.
        period: The report's days; its end is the end of what is known.
        platform: Only this platform's orders and users; empty means all.
    """
    missing = lacking(tables, NEEDS, say("how long users remain customers"))
    every = None if missing else ordering_days(tables, period, platform, only_new=False)
    pause = None if every is None else patience(every)
    days = None if every is None else ordering_days(tables, period, platform, only_new=True)
    if every is None or days is None or pause is None:
        return _nothing(() if missing else (_unknown(),), missing)
    back = came_back(every, pause)
    known = replace(
        _nothing((_unknown(),), days.missing),
        patience_days=pause,
        came_back=wilson(*back) if back[1] >= _FEWEST else UNKNOWN,
        knows_new=days.knows_new,
    )
    return _measured(_ends(days, pause), known)


def _nothing(findings: tuple[Finding, ...], missing: str) -> Lifecycle:
    empty = pd.DataFrame(columns=list(_COLUMNS))
    return Lifecycle(
        lifetimes=empty,
        users=0,
        patience_days=None,
        horizon_days=0,
        mean_days=UNKNOWN,
        alive=UNKNOWN,
        repeat_median_days=None,
        came_back=UNKNOWN,
        knows_new=False,
        findings=findings,
        missing=missing,
    )


def _ends(days: Days, pause: int) -> pd.DataFrame:
    """How many lives ended and how many went on, by the days they were watched."""
    lives = days.table.group_by("user_id").agg(
        first=days.table.day.min(), last=days.table.day.max()
    )
    watched = lives.mutate(watch=days.last - pause - lives["first"])
    seen = watched.filter(watched.watch >= 0)
    length = seen["last"] - seen["first"]
    ended = (length <= seen.watch).ifelse(1, 0).cast("int64")
    counted = seen.select(day=ibis.least(length, seen.watch), ended=ended)
    ends = frame(
        counted.group_by("day").agg(ended=counted.ended.sum(), censored=(1 - counted.ended).sum())
    )
    start = pd.DataFrame({"day": [0], "ended": [0], "censored": [0]})
    return pd.concat([start, ends]).groupby("day", as_index=False).sum()


def _measured(ends: pd.DataFrame, known: Lifecycle) -> Lifecycle:
    users = int(ends[["ended", "censored"]].to_numpy().sum())
    if not users:
        return known
    curve = kaplan_meier(ends)
    enough = curve[curve["at_risk"] >= _FEWEST].reset_index(drop=True)
    last = int(enough["day"].iloc[-1]) if len(enough) else 0
    if not last:
        return known
    rates = (enough[f"alive_rate{ending}"] for ending in ("", "_low", "_high"))
    value, low, high = (float(rate.iloc[-1]) for rate in rates)
    at_once = float(enough["alive_rate"].iloc[0])
    again = enough.iloc[1:].assign(alive_rate=lambda rows: rows["alive_rate"] / at_once)
    told = replace(
        known,
        lifetimes=enough,
        users=users,
        horizon_days=last,
        mean_days=restricted_mean(enough, last),
        alive=(value, low, high),
        repeat_median_days=median(again) if at_once else None,
    )
    return replace(told, findings=tuple(_findings(told, 1 - at_once)))


def _unknown() -> Finding:
    return Finding(
        say(
            "How long customers stay cannot be told: there are too few orders, or too short a time."
        ),
        status="unknown",
    )


def _findings(found: Lifecycle, once: float) -> Iterator[Finding]:
    horizon = words.months(found.horizon_days / DAYS_A_MONTH)
    mean = found.mean_months
    sentence = (
        message(
            "In their first {horizon} new customers stay {mean} on average (95 % sure: {low} to "
            "{high}), from first order to last; {alive} of them go on after that."
        )
        if found.knows_new
        else message(
            "In the {horizon} after their first order in the data customers stay {mean} on average "
            "(95 % sure: {low} to {high}); {alive} of them go on after that."
        )
    )
    text = sentence.format(
        horizon=horizon,
        alive=words.percent(found.alive[0]),
        **dict(zip(("mean", "low", "high"), map(words.months, mean), strict=True)),
    )
    yield Finding(text, *mean)
    half = (
        say(
            "of those who come back, more than half go on for longer than {horizon}",
            horizon=horizon,
        )
        if found.repeat_median_days is None
        else say(
            "of those who come back, half have placed their last order after {days:count} days",
            days=found.repeat_median_days,
        )
    )
    text = message("{once} of {users} customers order on one day only; {half}.")
    yield Finding(
        text.format(once=words.percent(once), users=words.count(found.users), half=half), once
    )
    if not math.isnan(found.came_back[0]):
        text = message(
            "{days} days without an order count as goodbye, by the pauses of those who came back; of "
            "the users who had paused so long half-way through the data {rate} ordered again "
            "later (95 % sure: {low} to {high}). So some lives are longer than told here."
        ).format(
            days=words.count(found.patience_days),
            **dict(zip(("rate", "low", "high"), map(words.percent, found.came_back), strict=True)),
        )
        yield Finding(text, *found.came_back)
