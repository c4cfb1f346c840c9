"""What becomes of users: how they find the shop, whether they stay, buy, and buy again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.customers.measures import MEASURES, metric
from workbench.customers.purchases import purchases
from workbench.errors import MissingData
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.metrics import Metric
from workbench.kit.results import Result, told_instead
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.paths.journey import journey
from workbench.paths.visits import converted, followed
from workbench.periods import Period
from workbench.stats.disclosure import is_small
from workbench.stats.interval import UNKNOWN, Interval, columns
from workbench.stats.rates import wilson

METRICS = (
    "social_discovery",
    "organic_visits",
    "activation_next_day",
    "retention_day_7",
    "order_in_30_days",
    "second_order_in_60_days",
    "group_72_hours",
)
_TILES = ("social_discovery", "group_72_hours")  # what is read at arm's length
_OF_TRADE = {  # the measure of the trade that it is, and the sums of which it is the share
    "organic_visits": ("organic_rate", "organic", "told"),
    "activation_next_day": ("activation_rate", "back", "users"),
    "retention_day_7": ("retention_rate", "back", "users"),
}
_HOURS = (24, 48, 72)
_FIRST_ORDER_DAYS, _SECOND_ORDER_DAYS = 30, 60
_COHORTS = {  # how long before the period's end its users began, by the table that must know it
    "activation_next_day": ("events", 2),
    "retention_day_7": ("events", 8),
    "order_in_30_days": ("orders", _FIRST_ORDER_DAYS),
    "second_order_in_60_days": ("orders", _SECOND_ORDER_DAYS),
}
_ORGANIC = message(
    "An organic visit is one whose channel is “organic”, of those whose channel is told: sessions where "
    "there are any, else events of the first step. The interval draws users, as the visits of one are "
    "alike."
)
_TOPICS = {
    "social_discovery": "discovery",
    "direct_orders": "discovery",
    "second_order_in_60_days": "orders",
    "group_72_hours": "groups",
}
_SENTENCES = {
    "social_discovery": message(
        "{rate:percent} of users discover the shop by content or a friend (95 % sure: {low:percent} to {high:percent})."
    ),
    "direct_orders": message(
        "{rate:percent} of those who find it so place an order in the same visit (95 % sure: {low:percent} to {high:percent})."
    ),
    "second_order_in_60_days": message(
        "{rate:percent} of first-time buyers buy again within 60 days (95 % sure: {low:percent} to {high:percent})."
    ),
    "group_72_hours": message(
        "{rate:percent} of those who join a group still talk there after 72 hours (95 % sure: {low:percent} to {high:percent})."
    ),
}

Pair = list[int]  # hits and trials; none where history is too short
Pairs = dict[str, Pair]  # by measure


@dataclass(frozen=True)
class Habits(Result):
    """Shares of users (or visits), each of the latest who are old enough to be judged.

    Attributes:
        rates: `measure`, `users` (of whom), `visits` (of which, where it is a share of visits),
            `rate` with its ends; no row where data lack, a null rate where history is too short.
        metrics: Those of `METRICS`; of unknown value where data lack or history is too short.
    """

    TOPICS: ClassVar = ("discovery", "orders", "groups")
    COMES_ALONG: ClassVar = True
    rates: pd.DataFrame

    @property
    def known(self) -> pd.DataFrame:
        """The rates that are known; no rows where none is, as `missing` says why."""
        known = self.rates[self.rates["rate"].notna()].reset_index(drop=True)
        if len(known):
            return known
        return told_instead(known, say("None of this is known: the end of this page says why."))


def habits(scope: Scope, steps: Sequence[str] = ()) -> Habits:
    """Return how users find the shop, stay, buy and buy again.

    `social_discovery`: of the first touches (events discover) of the 52 weeks that end with the
    period, those by content or a friend (channel referral); `direct_orders`: of those, the ones
    whose session reaches the last step, an order placed. `organic_visits`, `activation_next_day`
    and `retention_day_7` are the trade's `organic_rate`, `activation_rate` and `retention_rate`
    (`customers.measures`). `order_in_30_days`: of the users who signed up, those with their first
    purchase by then; `second_order_in_60_days`: of those who first purchased, anywhere in the shop,
    those who did again by then. These cover as many days as the period has, the last ones that are
    old enough; purchases are those not undone by the scope's end, so that every week's figure is of
    equal age. `group_24_hours` (48, 72): of those who joined a private-domain group in the 52
    weeks, those who said something in it so many hours later or more; they joined a day more before
    the period's end.

    Args:
        scope: What is looked at; what its tables lack is told in `missing`. Only its platform's
            events, purchases and users count.
        steps: The events of the funnel; empty means the shop's own.
    """
    steps = journey(scope, steps).steps
    found: Pairs = {}
    missing = []
    for count in (_discovery, _organic, _return, _orders, _groups):
        try:
            found |= count(scope, steps)
        except MissingData as gap:
            missing.append(str(gap))
    visits, organic = found.get("organic_visits", [0, 0])[1], replace(scope, steps=tuple(steps))
    if "organic_visits" in found:
        found["organic_visits"][1] = int(MEASURES["organic_rate"].sums(organic)["users"])
    few = [name for name, (_hits, users) in found.items() if is_small(users, _least(scope, name))]
    if few:
        text = message("Of {measures:names} nothing is told: there are fewer than {least:count}.")
        missing.append(say(text, measures=few, least=scope.min_group))
    missing += [_unknown(scope, name) for name, pair in found.items() if not pair[1]]
    rates = {
        name: MEASURES["organic_rate"](organic) if name == "organic_visits" else wilson(*pair)
        for name, pair in found.items()
        if name not in few
    }
    rows = [
        (name, found[name][1], visits if name == "organic_visits" else None, *rate)
        for name, rate in rates.items()
    ]
    frame = pd.DataFrame(rows, columns=["measure", "users", "visits", *columns("rate")])
    metrics = tuple(Metric(name, rates.get(name, UNKNOWN), "rate") for name in METRICS)
    return Habits(
        scope=scope,
        rates=frame.astype({"visits": "Int64"}),
        findings=_findings(rates),
        metrics=metrics,
        tiles=tuple(headlines(scope, metrics, dict.fromkeys(_TILES, ()))),
        rules=(
            say(
                "How new users and first-time buyers go on is told of as many days as the period has, "
                "the last ones that are old enough; how users find the shop, and groups, of the 52 "
                "weeks that end with the period; organic visits of the period."
            ),
            *([say(_ORGANIC)] if "organic_visits" in rates else []),
        ),
        missing=tuple(missing),
        owners=partial(habits, scope.whole, steps) if few else None,
    )


def _unknown(scope: Scope, name: str) -> str:
    """Why a share of nobody is not told: the data begin too late for it, or nobody was there."""
    table, days = _COHORTS.get(name, ("events", 0))
    first, period = scope.first_day(table), scope.period
    known = first + timedelta(days=days + len(period.days) - 1) if first else period.last
    if first and known > period.last:
        return say(
            "{measure:label}: this is told from {day:day} on, as the data begin on {first:day}.",
            measure=name,
            day=known,
            first=first,
        )
    why = metric(_OF_TRADE[name][0], scope).why if name in _OF_TRADE else ""
    if why:
        return say("{measure:label} is not known: {why}.", measure=name, why=why)
    shift = timedelta(days=days)
    looked_at = Period(period.first - shift, period.last - shift, period.time_zone)
    return say(
        "{measure:label}: there is nobody of whom this could be told, {days:period}.",
        measure=name,
        days=looked_at,
    )


def _least(scope: Scope, name: str) -> int:
    """Of how many a share is told at least: those found by friends are a part of any scope."""
    return scope.min_group if name == "direct_orders" else scope.fewest


def _need(scope: Scope, what: str, **needs: Sequence[str]) -> None:
    """Raise MissingData with what a part of the answer would need, if that lacks."""
    gap = scope.missing(needs, what)
    if gap:
        raise MissingData(gap)


def _discovery(scope: Scope, steps: Sequence[str]) -> Pairs:
    names = ("event", "occurred_at", "content_id", "channel", "session_id")
    _need(scope, say("how users discover the shop"), events=names)
    touches = converted(scope.over(52), "discover", steps[-1])
    social = touches["content_id"].notnull() | (touches.channel == "referral").fill_null(False)  # noqa: FBT003, PD004 - Ibis
    counted = touches.agg(
        touches=touches.count(), social=social.sum(), direct=(social & touches.bought).sum()
    )
    every, by_friends, direct = _whole(counted)
    if not every:
        raise MissingData(
            say("To show how users discover the shop, this report would need the event discover.")
        )
    return {"social_discovery": [by_friends, every], "direct_orders": [direct, by_friends]}


def _organic(scope: Scope, steps: Sequence[str]) -> Pairs:
    what = say("the share of organic visits")
    _need(scope, what, events=("event", "occurred_at", "channel"))
    of_steps = replace(scope, steps=tuple(steps))
    if not MEASURES["organic_rate"].sums(of_steps)["organic"]:
        raise MissingData(
            say("To show the share of organic visits, this report would need the channel organic.")
        )
    return _of_trade(of_steps, "organic_visits")


def _return(scope: Scope, _steps: Sequence[str]) -> Pairs:
    needs = {"users": ("user_id", "signed_up_at"), "events": ("user_id", "occurred_at")}
    _need(scope, say("whether new users come back"), **needs)
    return _of_trade(scope, "activation_next_day", "retention_day_7")


def _of_trade(scope: Scope, *names: str) -> Pairs:
    found: Pairs = {}
    for name in names:
        measure, *sums = _OF_TRADE[name]
        row, is_known = MEASURES[measure].sums(scope), MEASURES[measure](scope).is_known
        found[name] = [int(row[one]) if is_known else 0 for one in sums]
    return found


def _orders(scope: Scope, _steps: Sequence[str]) -> Pairs:
    """New users with a first purchase, and first-time buyers with a second one."""
    needs = ("user_id", "order_id", "ordered_at", "amount")
    _need(scope, say("who orders again"), orders=needs)
    first, second = (_purchase(scope, place) for place in (0, 1))
    found = {}
    if not scope.missing({"users": ("user_id", "signed_up_at")}, ""):
        new = scope.known.users.select("user_id", at="signed_up_at")
        found["order_in_30_days"] = _within(scope, new, first, _FIRST_ORDER_DAYS)
    if scope.platform or scope.filters:  # who bought elsewhere before is no first-time buyer
        shop = _purchase(scope.everywhere, 0)
        first = first.semi_join(shop, "order_id")
    found["second_order_in_60_days"] = _within(scope, first, second, _SECOND_ORDER_DAYS)
    return found


def _purchase(scope: Scope, place: int) -> ir.Table:
    """Each user's purchase at that place in time, from 0: `user_id`, `order_id`, `at`."""
    bought = purchases(scope)
    rank = ibis.row_number().over(
        group_by=bought.user_id, order_by=[bought.ordered_at, bought.order_id]
    )
    ranked = bought.select("user_id", "order_id", at=bought.ordered_at, place=rank)
    return ranked.filter(ranked.place == place).select("user_id", "order_id", "at")


def _within(scope: Scope, start: ir.Table, then: ir.Table, days: int) -> Pair:
    """How many have the other within so many days, of those who are just old enough for it."""
    cohort = _cohort(scope, "orders", days)
    if cohort is None:
        return [0, 0]
    own = start.filter(start["at"] >= cohort.start, start["at"] < cohort.end)
    joined = followed(own, then, timedelta(days=days))
    return _whole(joined.agg(went=joined.went_at.count(), users=joined.count()))


def _groups(scope: Scope, _steps: Sequence[str]) -> Pairs:
    what = say("activity in private-domain groups")
    _need(scope, what, events=("user_id", "event", "occurred_at"))
    events = scope.over(52).events
    joins = events.filter(events.event == "join_group")
    joins = joins.select("user_id", at="occurred_at").distinct()
    talks = events.filter(events.event == "group_activity").group_by(goer="user_id")
    latest = talks.agg(said_at=events.occurred_at.max())
    members = joins.left_join(latest, joins.user_id == latest.goer)
    counts: dict[str, ir.IntegerValue] = {}
    for hours in _HOURS:
        is_old = members["at"] < scope.end - timedelta(hours=hours + 24)
        active = is_old & (members.said_at >= members["at"] + ibis.interval(hours=hours))
        counts |= {f"active_{hours}": active.sum(), f"users_{hours}": is_old.sum()}
    numbers = _whole(members.agg(**counts))
    found = {f"group_{h}_hours": numbers[2 * i : 2 * i + 2] for i, h in enumerate(_HOURS)}
    if not all(users for _active, users in found.values()):
        raise MissingData(
            say(
                "To show activity in private-domain groups, this report would need the events "
                "join_group and group_activity."
            )
        )
    return found


def _cohort(scope: Scope, table: str, days: int) -> Period | None:
    """The period's days so many days earlier; None where the table begins later than they do."""
    shift, period = timedelta(days=days), scope.period
    cohort = Period(period.first - shift, period.last - shift, period.time_zone)
    first = scope.first_day(table)
    return None if first is None or first > cohort.first else cohort


def _whole(counted: ir.Table) -> list[int]:
    """A row of counts; engines differ on what the sum of no rows is."""
    return [int(value) for value in frame(counted).iloc[0].fillna(0)]


def _findings(rates: Mapping[str, Interval]) -> tuple[Finding, ...]:
    found = []
    for name, rate in rates.items():
        if name in _SENTENCES and rate.is_known:
            text = say(_SENTENCES[name], rate=rate.value, low=rate.low, high=rate.high)
            found.append(Finding.about(_TOPICS[name], text, rate))
    return tuple(found)
