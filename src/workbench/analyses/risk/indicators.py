"""What is watched: rates by day, each in one of nine categories of four dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from workbench.analyses.risk.days import CLOSED_DAYS, Days, with_depth
from workbench.kit import words
from workbench.kit.engine import told_apart
from workbench.kit.playbook import CATEGORIES
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.stats.arrays import Array

Unit = Literal["rate", "per_order", "per_spend", "hours", "minutes"]
Loss = Literal["", "orders", "visits", "refunds", "complaints"]


@dataclass(frozen=True, eq=False)
class Indicator:
    """A rate of each day, and what is bad about it.

    Attributes:
        name: By which thresholds, responses and drills know it.
        label: What it is called.
        category: One of the nine.
        unit: `rate` (hits of trials), `per_order` (hits an order), `per_spend` (hits a thousand of the
            currency), `hours` or `minutes` (of incidents).
        is_up: Whether more is bad.
        hits: By day.
        trials: By day.
        is_known: Whether there are data of each day, and the day is closed.
        closed_days: So many days at the end are still open.
        loss: What an event more is: an order lost, a visit lost, a refund, a complaint; or unknown.
        segment: The platform or depth of the price cut that it is of; "" for the whole.
        why: What it would need, where it cannot be told; a sentence.
    """

    name: str
    label: str
    category: str
    unit: Unit
    is_up: bool
    hits: Array
    trials: Array
    is_known: Array
    closed_days: int = 0
    loss: Loss = ""
    segment: str = ""
    why: str = ""

    @property
    def dimension(self) -> str:
        """The dimension of its category."""
        return CATEGORIES[self.category]

    @property
    def is_share(self) -> bool:
        """Whether its hits are some of its trials."""
        return self.unit == "rate"


@dataclass(frozen=True)
class _Plan:
    """How an indicator is made.

    Attributes:
        name: As of `Indicator`.
        category: As there.
        label: A message; `{segment:label}` is the platform or the depth.
        needs: Columns by table of the contract.
        table: The kind of counts of its trials.
        make: Hits and trials of each day, given the segment.
        by: What it is told apart by.
        is_up: As of `Indicator`.
        unit: As there.
        loss: As there.
        closed_days: As there.
    """

    name: str
    category: str
    label: str
    needs: dict[str, tuple[str, ...]]
    table: str
    make: Callable[[Days, dict[str, str]], tuple[Array, Array]]
    by: Literal["", "platform", "depth", "category"] = ""
    is_up: bool = True
    unit: Unit = "rate"
    loss: Loss = ""
    closed_days: int = 0


_MOST_SEGMENTS = 5  # categories of complaints that are told apart
_SPENT = 100_000.0  # minor units of a currency with cents: a thousand
_SOCIAL = {"referral", "private_domain"}
_NEW = {"live", "short_video"}


def _paid_visits(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("visits", "rows", channel="paid", **own), days.sums("visits", "rows", **own)


def _returned(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("orders", "returned", **own), days.sums("orders", "stands", **own)


def _abused(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("orders", "abused"), days.sums("orders", "stands")


def _low_ratings(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("reviews", "low"), days.sums("reviews", "rows")


def _complaints(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("complaints", "rows", **own), days.sums("orders", "rows")


def _late(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("complaints", "late"), days.sums("complaints", "waited")


def _paid_orders(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    orders = days.sums("orders", "rows", channel="paid")
    return orders, days.sums("spend", "amount", channel="paid") / _SPENT


def _failed(days: Days, own: dict[str, str]) -> tuple[Array, Array]:
    return days.sums("checkouts", "failed", **own), days.sums("checkouts", "rows", **own)


def _largest(table: str, column: str) -> Callable[[Days, dict[str, str]], tuple[Array, Array]]:
    def make(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
        return days.sums(table, "rows", **{column: largest(days, table, column)}), days.sums(
            table, "rows"
        )

    return make


def largest(days: Days, table: str, column: str) -> str:
    """Return the value of a column that most rows have; of equals the first by name."""
    counted = days.tables[table].groupby(column)["rows"].sum()
    return "" if counted.empty else str(counted.sort_index().idxmax())


def _social(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    led = days.sums("visits", "rows", is_led=1)
    friends = days.sums("visits", "rows", is_led=0, channel=_SOCIAL)
    return led + friends, days.sums("visits", "rows")


def _new_formats(days: Days, _own: dict[str, str]) -> tuple[Array, Array]:
    known = {"live", "short_video", "image_text"}
    return days.sums("contents", "rows", format=_NEW), days.sums("contents", "rows", format=known)


_RETURNS = ("order_id", "ordered_at", "refunded_amount", "refunded_at")
_EVENTS = ("user_id", "event", "occurred_at")
_PLANS = (
    _Plan("paid_visits", "policy_change", message("Visits by paid channels on {segment:label}"),
          {"events": (*_EVENTS, "channel", "platform")}, "visits", _paid_visits, "platform",
          is_up=False, loss="visits"),
    _Plan("returned", "content_quality",
          message("Orders sent back within 14 days on {segment:label}"),
          {"orders": (*_RETURNS, "platform")}, "orders", _returned, "platform",
          loss="refunds", closed_days=CLOSED_DAYS),
    _Plan("returned", "content_quality",
          message("Orders sent back within 14 days: {segment:lower}"),
          {"orders": (*_RETURNS, "discount")}, "orders", _returned, "depth",
          loss="refunds", closed_days=CLOSED_DAYS),
    _Plan("low_ratings", "content_quality", message("Reviews with one or two stars"),
          {"reviews": ("rating", "reviewed_at")}, "reviews", _low_ratings),
    _Plan("complaints", "user_interaction", message("Complaints an order"),
          {"complaints": ("opened_at",), "orders": ("ordered_at",)}, "complaints", _complaints,
          unit="per_order", loss="complaints"),
    _Plan("complaints", "user_interaction", message("Complaints an order: {segment:lower}"),
          {"complaints": ("opened_at", "category"), "orders": ("ordered_at",)}, "complaints",
          _complaints, "category", unit="per_order", loss="complaints"),
    _Plan("late_responses", "user_interaction",
          message("Complaints first answered after more than 3 hours"),
          {"complaints": ("opened_at", "first_response_at")}, "complaints", _late),
    _Plan("paid_orders", "campaign_effect", message("Paid orders by what was spent"),
          {"orders": ("ordered_at", "channel"), "spend": ("day", "amount", "channel")}, "spend",
          _paid_orders, is_up=False, unit="per_spend", loss="orders"),
    _Plan("failed_checkouts", "system_stability",
          message("Users who began to pay and did not that day, on {segment:label}"),
          {"events": (*_EVENTS, "platform")}, "checkouts", _failed, "platform", loss="orders"),
    _Plan("abused_orders", "security",
          message("Orders at under half the price or by a user’s own invitation"),
          {"orders": ("ordered_at", "amount", "discount", "inviter_id", "user_id")}, "orders",
          _abused),
    _Plan("largest_platform", "competition", message("Share of {segment:label} in the orders"),
          {"orders": ("ordered_at", "platform")}, "orders", _largest("orders", "platform")),
    _Plan("largest_channel", "competition",
          message("Share of the channel {segment:lower} in the orders"),
          {"orders": ("ordered_at", "channel")}, "orders", _largest("orders", "channel")),
    _Plan("social_visits", "preference_shift",
          message("Visits by a content or a friend, not by search or ads"),
          {"events": (*_EVENTS, "content_id", "channel")}, "visits", _social, is_up=False),
    _Plan("new_formats", "preference_shift",
          message("Lives and short videos among what was published"),
          {"contents": ("published_at", "format")}, "contents", _new_formats, is_up=False),
)  # fmt: skip

NAMES = tuple(dict.fromkeys(plan.name for plan in _PLANS))
"""By which an indicator begins; the platform or the like that it is of stands behind."""


def indicators(scope: Scope, days: Days) -> list[Indicator]:
    """Return every indicator of a rate, in the order of the categories.

    One that the tables do not tell has no days and says why. Others than the owner are told of a
    platform or a depth with users enough, and of its weeks likewise.

    Args:
        scope: What is looked at.
        days: Its counts.
    """
    order = list(CATEGORIES)
    found = [one for plan in _PLANS for one in _made(scope, days, plan)]
    return sorted(found, key=lambda one: order.index(one.category))


def _made(scope: Scope, days: Days, plan: _Plan) -> Iterator[Indicator]:
    lacking = scope.missing(plan.needs, words.lower(plan.name))
    if not lacking and plan.table not in days.tables:
        lacking = say(
            "To show {name:lower}, this report would need a funnel that ends in a purchase.",
            name=plan.name,
        )
    if lacking:
        yield _untold(plan, days, lacking)
        return
    for segment in _segments(scope, days, plan) if plan.by else ("",):
        own = {plan.by: segment} if segment else {}
        yield _one(scope, days, plan, segment, plan.make(days, own))


def _one(
    scope: Scope, days: Days, plan: _Plan, segment: str, counts: tuple[Array, Array]
) -> Indicator:
    named = segment or _named_segment(days, plan.name)
    hits, trials = counts
    known = np.logical_and.reduce([days.known[name] for name in _kinds(plan)])
    if plan.closed_days:
        known[-plan.closed_days :] = False
    if segment and scope.min_group:
        known &= _of_week(trials) >= scope.min_group
    one = Indicator(
        f"{plan.name}_{segment}" if segment else plan.name,
        say(plan.label, segment=f"cut_{segment}" if plan.by == "depth" else named),
        plan.category,
        plan.unit,
        plan.is_up,
        hits,
        trials,
        known,
        plan.closed_days,
        plan.loss,
        segment,
    )
    if hits[known].any():
        return one
    why = say("“{label}”: the data hold not one such case.", label=one.label)
    return replace(one, is_known=np.zeros_like(known), why=why)


def _kinds(plan: _Plan) -> set[str]:
    """Which counts must be there for a day to be told."""
    of = {"events": plan.table}
    return {plan.table, *(of.get(name, name) for name in plan.needs)}


def _named_segment(days: Days, name: str) -> str:
    return largest(days, "orders", name.removeprefix("largest_")) if "largest" in name else ""


def _segments(scope: Scope, days: Days, plan: _Plan) -> tuple[str, ...]:
    """What an indicator is told apart by; for others than the owner, where users are enough."""
    if plan.by == "platform":
        if scope.platform:
            return (scope.platform,)
        return scope.platforms("orders" if plan.table == "orders" else "events")
    if plan.by == "depth":
        known, rows = ("none", "small", "deep"), with_depth(scope.orders)
    else:
        counted = days.tables[plan.table].groupby(plan.by)["rows"].sum().sort_index()
        known = tuple(counted.nlargest(_MOST_SEGMENTS, keep="all").index)
        rows = scope.complaints
    if not scope.min_group:
        return known
    if "user_id" not in rows.columns:
        return ()
    told = told_apart(rows, plan.by, scope.min_group)
    return tuple(one for one in known if one in told)


def _of_week(trials: Array) -> Array:
    sums = np.cumsum(np.pad(trials, (7, 0)))
    return np.asarray(sums[7:] - sums[:-7])


def _untold(plan: _Plan, days: Days, why: str) -> Indicator:
    none = np.zeros(len(days.all))
    return Indicator(
        plan.name, words.label(plan.name), plan.category, plan.unit, plan.is_up, none, none, none > 0,
        plan.closed_days, plan.loss, why=why,
    )  # fmt: skip

