"""What is watched: rates by day, each in one of nine categories of four dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from workbench.analyses.risk.days import DEPTHS, Days, users, with_depth
from workbench.analyses.risk.plans import PLANS, Loss, Plan, Unit, largest
from workbench.kit import words
from workbench.kit.engine import told_apart
from workbench.kit.playbook import CATEGORIES
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.stats.arrays import Array

_FEW = message("“{label}” never had {least:count} users on one day, and is the owner’s to see.")
_MOST_SEGMENTS = 6  # platforms, or categories of complaints, that are told apart


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


def indicators(scope: Scope, days: Days) -> list[Indicator]:
    """Return every indicator of a rate, in the order of the categories.

    One that the tables do not tell has no days and says why. Others than the owner are told of a
    platform or a depth with users enough, and of its weeks likewise.

    Args:
        scope: What is looked at.
        days: Its counts.
    """
    order = list(CATEGORIES)
    found = [one for plan in PLANS for one in _made(scope, days, plan)]
    return sorted(found, key=lambda one: order.index(one.category))


def _made(scope: Scope, days: Days, plan: Plan) -> Iterator[Indicator]:
    lacking = scope.missing(plan.needs, say("“{what}”", what=_unsaid(plan))) or _uncut(scope, plan)
    if not lacking and plan.table not in days.tables:
        lacking = say(
            "To show “{what}”, this report would need a funnel that ends in a purchase.",
            what=_unsaid(plan),
        )
    if lacking:
        yield _untold(plan, days, lacking)
        return
    for segment in _segments(scope, days, plan) if plan.by else ("",):
        own: dict[str, str] = {plan.by: segment} if segment else {}
        yield _one(scope, days, plan, segment, plan.make(days, own))


def _uncut(scope: Scope, plan: Plan) -> str:
    """What keeps an indicator from being told of a part of the shop; "" where nothing does."""
    uncut = {"complaints", "reviews", *(("spend", "contents") if scope.filters else ())}
    is_all_of_it = scope.platform and plan.name == "largest_platform"
    if not is_cut(scope) or (uncut.isdisjoint(plan.needs) and not is_all_of_it):
        return ""
    return whole_only(_unsaid(plan))


def is_cut(scope: Scope) -> bool:
    """Whether a part of the shop is looked at: incidents, complaints and reviews do not say of which."""
    return bool(scope.platform or scope.filters)


def whole_shop(scope: Scope) -> str:
    """Return why a figure of the whole shop is not told of a part of it; "" of the whole."""
    return say("it is told of the whole shop only") if is_cut(scope) else ""


def whole_only(what: str) -> str:
    """Return that something is told of the whole shop only."""
    return say("“{what}” is told of the whole shop only.", what=what)


def _one(
    scope: Scope, days: Days, plan: Plan, segment: str, counts: tuple[Array, Array]
) -> Indicator:
    named = segment or _named_segment(days, plan.name)
    hits, trials = counts
    known = np.logical_and.reduce([days.known[name] for name in _kinds(plan)])
    if plan.closed_days:
        known[-plan.closed_days :] = False
    happened = bool(hits[known].any())
    if segment and scope.min_group and plan.by != "category":
        known &= _has_users(scope, days, plan, segment)
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
    if happened and known.any():
        return one
    why = say(
        _FEW if happened else message("“{label}”: the data hold no such case."),
        label=one.label,
        least=scope.min_group,
    )
    return replace(one, is_known=np.zeros_like(known), why=why)


def _kinds(plan: Plan) -> set[str]:
    """Which counts must be there for a day to be told."""
    of = {"events": plan.table}
    return {plan.table, *(of.get(name, name) for name in plan.needs)}


def _named_segment(days: Days, name: str) -> str:
    return largest(days, "orders", name.removeprefix("largest_")) if "largest" in name else ""


def _segments(scope: Scope, days: Days, plan: Plan) -> tuple[str, ...]:
    """What an indicator is told apart by; for others than the owner, where users are enough."""
    if plan.by == "platform":
        if scope.platform:
            return (scope.platform,)
        told = scope.platforms("orders" if plan.table == "orders" else "events")
        return tuple(one for one in _largest_first(days, plan) if one in told)[:_MOST_SEGMENTS]
    if plan.by == "category":  # of the orders of all users, so of no small group
        return _largest_first(days, plan)[:_MOST_SEGMENTS]
    if not scope.min_group:
        return DEPTHS
    known = told_apart(with_depth(scope.orders), "depth", scope.min_group)
    return tuple(one for one in DEPTHS if one in known)


def _largest_first(days: Days, plan: Plan) -> tuple[str, ...]:
    """What rows are told apart by, the largest first; of equals by name."""
    counted = days.tables[plan.table].groupby(plan.by)["rows"].sum().sort_index()
    return tuple(counted.sort_values(ascending=False, kind="stable").index)


def _has_users(scope: Scope, days: Days, plan: Plan, segment: str) -> Array:
    """Whether one of the seven days up to each has users enough by itself: then they surely have."""
    rows = users(scope, days, plan.table, plan.by)
    own = rows[rows[plan.by] == segment]
    most = np.zeros(len(days.all) + 6)
    most[own["place"].to_numpy() + 6] = own["users"]
    weeks = np.lib.stride_tricks.sliding_window_view(most, 7)
    return np.asarray(weeks.max(axis=1) >= scope.min_group)


def _untold(plan: Plan, days: Days, why: str) -> Indicator:
    none = np.zeros(len(days.all))
    name = f"{plan.name}_by_{plan.by}" if plan.by else plan.name
    return Indicator(
        name, _unsaid(plan), plan.category, plan.unit, plan.is_up, none, none, none > 0,
        plan.closed_days, plan.loss, why=why,
    )  # fmt: skip


def _unsaid(plan: Plan) -> str:
    """What an indicator is called where its platforms or the like are not known."""
    if not plan.by:
        return words.label(plan.name)
    return say("{name:label}, by {by:lower}", name=plan.name, by=plan.by)
