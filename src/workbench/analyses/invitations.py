"""Invitations: from a share to a friend's order, new users per user, and which kind works best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import ClassVar

import ibis.expr.types as ir
import pandas as pd

from workbench.charts import Chart, bars
from workbench.customers.purchases import purchases
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.engine import frame
from workbench.kit.findings import Finding, verdict
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say
from workbench.paths.journey import journey
from workbench.paths.visits import followed
from workbench.periods import Period
from workbench.stats.disclosure import is_small
from workbench.stats.interval import UNKNOWN, Interval, Z, columns
from workbench.stats.rates import wilson

STAGES = ("share", "open_invitation", "register")
NEEDS = {"events": ("user_id", "event", "occurred_at")}
NEEDS_STEPS = "events"
NEEDS_EVENTS = STAGES
NEEDS_OF_LIFTS = {
    "assignments": ("experiment", "variant", "user_id", "assigned_at"),
    "orders": ("user_id", "order_id", "ordered_at", "amount"),
}
_LIFTED = {
    1: message(
        "The invitation {variant:label} raises the share who buy within a week from {others:percent} to "
        "{own:percent}, by {value:percent} of it (95 % sure: {low:percent} to {high:percent})."
    ),
    0: message(
        "The invitation {variant:label} makes no sure difference to the share who buy within a week: "
        "{own:percent} in place of {others:percent}, {value:percent} of it (95 % sure: {low:percent} to "
        "{high:percent})."
    ),
    -1: message(
        "The invitation {variant:label} lowers the share who buy within a week from {others:percent} to "
        "{own:percent}, by {value:percent} of it (95 % sure: {low:percent} to {high:percent})."
    ),
}
"""By the side of nought on which the lift surely lies."""
_LIFTS = ["variant", "users", *columns("conversion_rate", "lift")]
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Invitations(Result):
    """What invitations came to, over the 51 weeks that end a week before the period does.

    Attributes:
        stages: `event`, `number` (invitations sent, invitations opened, users new by them, those
            of them who reached the funnel's last step; the last two within a week of the
            opening), `step_rate` of the stage before, with its ends.
        k_factor: One row: `users` active in those weeks, `registered` by invitation, `k_factor`
            (new users that each user brings) with its ends.
        lifts: One row per variant of the experiment: `variant`, `users`, `conversion_rate` (with
            a purchase within a week of being assigned), `lift` (relative) over the control with
            its ends. A purchase is one that was not undone by the scope's end. All variants are
            assigned over the same weeks, so that their orders have had equally long to be undone.
        metrics: `k_factor`, and of each variant `VARIANT_lift`.
        missing: What this would need, in sentences: for the stages, then for the lifts.
    """

    TOPICS: ClassVar = ("k_factor", "lifts")
    stages: pd.DataFrame
    k_factor: pd.DataFrame
    lifts: pd.DataFrame

    def stages_chart(self) -> Chart | MissingData:
        """Return how many invitations come how far, as bars."""
        found = self.about("k_factor")
        if not found:
            return MissingData(self.missing[0])
        labels = [words.label(event) for event in self.stages["event"]]
        texts = [
            words.count(number)
            if pd.isna(rate)
            else say("{number:count} · {rate:percent}", number=number, rate=rate)
            for number, rate in self.stages[["number", "step_rate"]].to_numpy()
        ]
        return bars(
            labels,
            list(self.stages["number"].astype(float)),
            texts=texts,
            title=found[0].sentence,
            alt=say("From invitation to order: {rows}.", rows=pairs(labels, texts)),
            note=say(
                "Number, and share of the stage before, over the 51 weeks that end a week before the "
                "period does. A friend who opens an invitation may have an account already, so not "
                "every opening can lead to one."
            ),
        )


def invitations(
    scope: Scope,
    steps: Sequence[str] = (),
    *,
    experiment: str = "invitation",
    control: str = "control",
) -> Invitations:
    """Return what invitations came to, and how much better the variants of one do.

    Args:
        scope: What is looked at; `NEEDS` and `NEEDS_OF_LIFTS` say what its tables must tell.
        steps: The events of the funnel, of which the last one is the aim; empty means the shop's
            own.
        experiment: Which experiment of `assignments`.
        control: Its variant that the others are held against.
    """
    year = scope.over(52).period
    days = Period(year.first, year.last - _WEEK, year.time_zone)
    last = journey(scope, steps).steps[-1]
    gap = scope.missing(NEEDS, say("what invitations come to"))
    numbers, users = ((0, 0, 0, 0), 0) if gap else _counted(scope.known.events, last, days)
    if not gap and not all(numbers[: len(STAGES)]):
        gap = say(
            "To show what invitations come to, this report would need the events {events}.",
            events=", ".join(STAGES),
        )
    if not gap and is_small(users, scope.fewest):
        gap = say(
            "What invitations come to is not told: fewer than {least:count} users were active.",
            least=scope.fewest,
        )
        numbers, users = (0, 0, 0, 0), 0
    factor = _k_factor(numbers[2], users)
    lifts, no_lifts, few = _lifts(scope, days, experiment, control)
    known = lifts.dropna().set_index("variant")[columns("lift")]
    of_variants = {str(name): Interval(*ends) for name, *ends in known.itertuples()}
    again = partial(invitations, scope.whole, steps, experiment=experiment, control=control)
    brought = {"users": users, "registered": numbers[2], **factor.spread("k_factor")}
    return Invitations(
        scope,
        _stages(numbers, last),
        pd.DataFrame([brought]),
        lifts,
        findings=(
            *(() if gap else (_k_finding(factor),)),
            *(_lift_finding(name, one, lifts) for name, one in of_variants.items()),
        ),
        metrics=(
            Metric("k_factor", UNKNOWN if gap else factor, "ratio"),
            *(Metric(f"{name}_lift", one, "growth") for name, one in of_variants.items()),
        ),
        missing=tuple(filter(None, (gap, no_lifts))),
        instead={"lifts": no_lifts},
        owners=again if scope.fewest or few else None,
    )


def _stages(numbers: Sequence[int], last: str) -> pd.DataFrame:
    """How far invitations come. A share opened several times is no proportion: no rate then."""
    rates = [wilson(now, before) if now <= before else UNKNOWN for before, now in pairwise(numbers)]
    frame_ = pd.DataFrame([UNKNOWN, *rates], columns=columns("step_rate"))
    frame_.insert(0, "event", [*STAGES, last])
    frame_.insert(1, "number", list(numbers))
    return frame_


def _counted(events: ir.Table, last: str, days: Period) -> tuple[tuple[int, int, int, int], int]:
    """The numbers of the four stages, and the users active in those days."""
    near = events.filter(events.occurred_at >= days.start, events.occurred_at < days.end)
    numbers = near.agg(
        sent=(near.event == STAGES[0]).sum(),
        opened=(near.event == STAGES[1]).sum(),
        users=near.user_id.nunique(),
    )
    opened = near.filter(near.event == STAGES[1]).group_by("user_id").agg(at=near.occurred_at.min())
    new = _soon(opened, events, STAGES[2])
    bought = _soon(new, events, last)
    sent, opened_, users = (int(value) for value in frame(numbers).iloc[0].fillna(0))
    registered, buyers = (len(frame(one.select("user_id"))) for one in (new, bought))
    return (sent, opened_, registered, buyers), users


def _soon(since: ir.Table, events: ir.Table, event: str) -> ir.Table:
    """Those users of `since` (user_id, at) who have such an event within a week from then."""
    later = events.filter(events.event == event).select("user_id", at="occurred_at")
    found = followed(since, later, _WEEK)
    return found.filter(found["went_at"].notnull()).select("user_id", "at").distinct()  # noqa: PD004 - Ibis


def _k_factor(registered: int, users: int) -> Interval:
    """New users per user; the interval is that of a Poisson count (square root, exact enough)."""
    if not users:
        return UNKNOWN
    factor, reach = registered / users, Z * math.sqrt(registered) / users
    return Interval(factor, max(factor - reach, 0.0), factor + reach)


def _lifts(
    scope: Scope, days: Period, experiment: str, control: str
) -> tuple[pd.DataFrame, str, bool]:
    """The lift of each variant, the control first; what is missing; whether any has too few users."""
    nothing = pd.DataFrame({name: [] for name in _LIFTS})
    gap = scope.missing(NEEDS_OF_LIFTS, say("which kind of invitation works best"))
    if gap:
        return nothing, gap, False
    pairs = _variants(scope, days, experiment)
    few = [name for name, (_hits, users) in pairs.items() if is_small(users, scope.min_group)]
    if control in few:
        untold = say(
            "Which kind of invitation works best is not told: the control has fewer than "
            "{least:count} users.",
            least=scope.min_group,
        )
        return nothing, untold, True
    pairs = {name: pair for name, pair in pairs.items() if name not in few}
    if control not in pairs:
        lacking = say(
            "To show which kind of invitation works best, this report would need the experiment "
            "{name} with a variant {control}.",
            name=experiment,
            control=control,
        )
        return nothing, lacking, bool(few)
    rows = [
        (name, own[1], *wilson(*own), *(UNKNOWN if name == control else lift(own, pairs[control])))
        for name, own in sorted(pairs.items(), key=lambda item: (item[0] != control, item[0]))
    ]
    return pd.DataFrame(rows, columns=_LIFTS), "", bool(few)


def _variants(scope: Scope, days: Period, experiment: str) -> dict[str, tuple[int, int]]:
    """How many bought within a week, of the users assigned in those days, by variant."""
    given = scope.known.assignments.filter(
        lambda t: t.experiment == experiment,
        lambda t: t.assigned_at >= days.start,
        lambda t: t.assigned_at < days.end,
    ).select("variant", "user_id", at="assigned_at")
    bought = purchases(scope).select("user_id", at="ordered_at")
    joined = followed(given, bought, _WEEK)
    users = joined.group_by("variant", "user_id", "at").agg(orders=joined.went_at.count())
    sums = users.group_by("variant").agg(bought=(users.orders > 0).sum(), users=users.count())
    counted = frame(sums).itertuples(index=False)
    return {str(name): (int(hits), int(trials)) for name, hits, trials in counted}


def lift(own: tuple[int, int], control: tuple[int, int]) -> Interval:
    """Return how much higher a rate is, relative to the control's, with its 95 % interval.

    Katz's interval of a ratio of two rates on the scale of logarithms (1978); both are given as
    hits and trials.
    """
    if not all((*own, *control)):
        return UNKNOWN
    ratio = (own[0] / own[1]) / (control[0] / control[1])
    error = math.sqrt(1 / own[0] - 1 / own[1] + 1 / control[0] - 1 / control[1])
    low, high = ratio * math.exp(-Z * error), ratio * math.exp(Z * error)
    return Interval(ratio - 1, low - 1, high - 1)


def _k_finding(factor: Interval) -> Finding:
    written = {end: words.decimal(one, 3) for end, one in factor._asdict().items()}
    text = say(
        "Each user brings {value} new ones by invitation (k-factor; 95 % sure: {low} to {high}).",
        **written,
    )
    return Finding.about("k_factor", text, factor)


def _lift_finding(variant: str, change: Interval, lifts: pd.DataFrame) -> Finding:
    rates = lifts.set_index("variant")["conversion_rate"]
    text = say(
        _LIFTED[change.side()],
        variant=variant,
        own=rates[variant],
        others=rates.iloc[0],
        **change._asdict(),
    )
    return Finding.about("lifts", text, change, verdict(change))
