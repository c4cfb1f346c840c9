"""How long do users remain customers, from their first order to their last?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

import ibis
import pandas as pd

from workbench import charts
from workbench.customers.days import NEEDS, Days, came_back, inactivity_days, ordering_days
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.metrics import Metric, plain
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, together
from workbench.stats.interval import UNKNOWN, Interval, columns
from workbench.stats.rates import wilson
from workbench.stats.survival import kaplan_meier, median, restricted_mean

DAYS_A_MONTH = 365.25 / 12
_NAMES = 6  # months that are named on the axis at most, beside the first order
_FEWEST = 30  # users at risk, below which the curve is not followed
_LONGEST_MONTHS = 120.0  # beyond what was followed, that nobody is thought to remain longer
_COLUMNS = ("day", *columns("alive_rate"), "at_risk", "ended")


_LIFE = {
    True: message(
        "In their first {horizon:months} new customers stay {mean:months} on average (95 % sure: "
        "{mean_low:months} to {mean_high:months}), from first order to last; {alive:percent} of "
        "them go on after that."
    ),
    False: message(
        "In the {horizon:months} after their first order in the data customers stay {mean:months} "
        "on average (95 % sure: {mean_low:months} to {mean_high:months}); {alive:percent} of them "
        "go on after that."
    ),
}
"""By whether it is known who is new."""
_LAST = {
    True: message(
        "{once:percent} of {users:count} customers order on one day only; of those who come back, "
        "more than half go on for longer than {horizon:months}."
    ),
    False: message(
        "{once:percent} of {users:count} customers order on one day only; of those who come back, "
        "half have placed their last order after {days:count} days."
    ),
}
"""By whether more than half of them are still there."""
_GOODBYE = {
    True: message(
        "{days:count} days without an order count as goodbye, by the pauses of those who came back; "
        "of the users who had paused so long half-way through the data {rate:percent} ordered again "
        "later (95 % sure: {rate_low:percent} to {rate_high:percent}). So lives are longer than told "
        "here."
    ),
    False: message(
        "{days:count} days without an order count as goodbye, by the pauses of those who came back; "
        "of the users who had paused so long half-way through the data none ordered again later (95 % "
        "sure: at most {rate_high:percent} would)."
    ),
}
"""By whether any of those came back."""


@dataclass(frozen=True)
class Lifecycle(Result):
    """How long users remain customers.

    Attributes:
        lifetimes: `day` (since the first order), `alive_rate` (share with an order still to come
            after it) with its ends, `at_risk` (users that long under watch and alive), `ended`
            (whose last order was on that day); a row each day on which something happened, as
            long as 30 users are at risk.
        users: How many users it rests on.
        inactivity_days: The pause that counts as goodbye; None where it cannot be learned.
        horizon_days: How far the curve can be followed; 0 where it cannot.
        mean_days: Average days up to the horizon, a lower bound of the whole, with its ends.
        alive: Share still alive at the horizon, with its ends.
        repeat_median_days: Half of those with a second ordering day placed their last order by
            then; None where more than half are still there.
        came_back: Share of those who counted as gone half-way through the data and ordered again in
            the second half, with its ends: how far the rule can be trusted.
        knows_new: Whether only users are counted whose first order is in the data for sure.
        metrics: `life_cycle_months`.
    """

    TOPICS: ClassVar = ("life", "last_order", "inactivity")
    lifetimes: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=list(_COLUMNS)))
    users: int = 0
    inactivity_days: int | None = None
    horizon_days: int = 0
    mean_days: Interval = UNKNOWN
    alive: Interval = UNKNOWN
    repeat_median_days: int | None = None
    came_back: Interval = UNKNOWN
    knows_new: bool = False

    @property
    def mean_months(self) -> Interval:
        """`mean_days` in months of 30.4 days."""
        return Interval(*(one / DAYS_A_MONTH for one in self.mean_days))

    def lifetimes_chart(self) -> charts.Chart | MissingData:
        """Return the share of customers left, by the months since their first order."""
        if not self.horizon_days:
            return MissingData(self.findings[0].sentence if self.findings else self.missing[0])
        months = int(self.horizon_days / DAYS_A_MONTH)
        named = range(0, months + 1, -(-max(months, 1) // _NAMES))
        line = self.lifetimes[["day", *columns("alive_rate")]]
        line = line.set_axis(["x", "value", "low", "high"], axis=1)
        places = [month * DAYS_A_MONTH for month in named]
        points = pd.concat([line[line["x"] <= place].tail(1) for place in places]).assign(x=places)
        names = [*map(words.count, named[:-1]), words.months(named[-1])]
        note = say(
            "Share of users whose last order is still to come, by months since their first one; "
            "strokes: 95 % intervals. After {days:count} days without an order a user counts as "
            "gone: of the pauses of users who came back 95 % are shorter, each user weighing the "
            "same.",
            days=self.inactivity_days,
        )
        return charts.curve(
            points,
            line,
            title=self.findings[0].sentence,
            alt=pairs(names, map(words.percent, points["value"])),
            ticks=dict(zip(places, names, strict=True)),
            note=together(note, *self.missing),
        )


def lifecycle(scope: Scope) -> Lifecycle:
    """Return how long users remain customers, by Kaplan and Meier's estimate (1958).

    A life lasts from the day of the first order to that of the last one: 0 days for who orders on
    one day only. An order is the last one if none follows for `inactivity_days`, a pause learned
    from the data. Whether an order of the last such days before the period's end is a last one
    nobody can know yet, so everybody is under watch up to the same day, so long before the end:
    who orders after it has a life longer than the watch, and who came after it is not counted.

    Args:
        scope: Its end is the end of what is known; what it lacks is told in `missing`.
    """
    if lacking := scope.missing(NEEDS, say("how long users remain customers")):
        return _told(Lifecycle(scope, missing=(lacking,)), ())
    scope.check_platform("orders")
    pause = inactivity_days(scope)
    days = ordering_days(scope, only_new=True)
    found = Lifecycle(scope)
    if days is not None and pause is not None:
        back = came_back(scope, pause)
        known = replace(
            found,
            inactivity_days=pause,
            came_back=wilson(*back) if back[1] >= _FEWEST else UNKNOWN,
            knows_new=days.knows_new,
            missing=days.missing,
        )
        found = _measured(_ends(days, pause), known)
    return _told(found, _findings(found))


def life_cycle_months(found: Lifecycle) -> Metric:
    """Return how many months a customer stays on average, with what is known of it.

    What was followed is a lower bound: the mean itself is NaN while anybody goes on after that. The
    upper end lets all of those remain for ten more years; a goal beyond it cannot be reached. Who
    counts as gone is taken as gone: `Lifecycle.came_back` tells how far that holds.
    """
    ends, mean, why = UNKNOWN, found.mean_months, ""
    if not found.horizon_days:
        why = say("there are too few orders, or too short a time")
    elif not found.knows_new:
        why = say("the data do not tell since when users are customers")
    elif found.alive.value == 0:
        ends = mean
    else:
        ends = Interval(math.nan, mean.low, mean.high + found.alive.high * _LONGEST_MONTHS)
        why = say(
            "of the {horizon:months} that can be followed customers stay {mean:months} on average, "
            "and {alive:percent} go on after that",
            horizon=found.horizon_days / DAYS_A_MONTH,
            mean=mean.value,
            alive=found.alive.value,
        )
    return Metric("life_cycle_months", ends, "months", why=why)


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
    """What is known with the curve, where there are users enough for one."""
    if not ends[["ended", "censored"]].to_numpy().any():
        return known
    curve = kaplan_meier(ends)
    enough = curve[curve["at_risk"] >= _FEWEST].reset_index(drop=True)
    last = int(enough["day"].iloc[-1]) if len(enough) else 0
    if not last:
        return known
    at_once = float(enough["alive_rate"].iloc[0])
    again = enough.iloc[1:].assign(alive_rate=lambda rows: rows["alive_rate"] / at_once)
    return replace(
        known,
        lifetimes=enough,
        users=int(curve["at_risk"].iloc[0]),
        horizon_days=last,
        mean_days=restricted_mean(enough, last),
        alive=Interval(*map(float, enough[columns("alive_rate")].iloc[-1])),
        repeat_median_days=median(again) if at_once else None,
    )


def _told(found: Lifecycle, findings: Iterable[Finding]) -> Lifecycle:
    metrics = (life_cycle_months(found),)
    tiles = tuple(headlines(found.scope, metrics, {one.name: () for one in metrics}))
    return replace(found, findings=tuple(findings), metrics=metrics, tiles=tiles)


def _findings(found: Lifecycle) -> Iterator[Finding]:
    if not found.horizon_days:
        text = say(
            "How long customers stay cannot be told: there are too few orders, or too short a time."
        )
        yield Finding.about("life", text, status="unknown")
        return
    horizon, mean = found.horizon_days / DAYS_A_MONTH, found.mean_months
    text = say(
        _LIFE[found.knows_new], horizon=horizon, alive=found.alive.value, **mean.spread("mean")
    )
    yield Finding.about("life", text, mean)
    once = 1 - float(found.lifetimes["alive_rate"].iloc[0])
    days = found.repeat_median_days
    text = say(_LAST[days is None], once=once, users=found.users, horizon=horizon, days=days)
    yield Finding.about("last_order", text, plain(once))
    if found.came_back.is_known:
        text = say(
            _GOODBYE[found.came_back.side() > 0],
            days=found.inactivity_days,
            **found.came_back.spread("rate"),
        )
        yield Finding.about("inactivity", text, found.came_back)
