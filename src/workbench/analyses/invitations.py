"""Invitations: from a share to a friend's order, new users per user, and which kind works best."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import pandas as pd

from workbench.charts import Chart, bars
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.scope import frame, lacking, of_platform, year_to
from workbench.kit.sentences import message, say
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

STAGES = ("share", "open_invitation", "register")
_Z = 1.959963984540054
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Invitation:
    """What invitations came to, over the 52 weeks that end a week before the period does.

    Attributes:
        stages: `event`, `number` (invitations sent, invitations opened, users new by them, those
            of them who ordered; the last two within a week of the opening), `step_rate` of the
            stage before, with its ends.
        k_factor: One row: `users` active in those weeks, `registered` by invitation, `k_factor`
            (new users that each user brings) with its ends.
        lifts: One row per variant of the experiment: `variant`, `users`, `conversion_rate`
            (ordered within a week of `assigned_at`), `lift` (relative) over the control with its ends.
        findings: What all that says, in sentences.
        missing: What the stages would need; empty if nothing is missing.
        missing_lifts: What the lifts would need.
    """

    stages: pd.DataFrame
    k_factor: pd.DataFrame
    lifts: pd.DataFrame
    findings: tuple[Finding, ...]
    missing: str = ""
    missing_lifts: str = ""

    def stages_chart(self) -> Chart | MissingData:
        """Return how many invitations come how far, as bars."""
        if self.missing:
            return MissingData(self.missing)
        labels = [words.label(event) for event in self.stages["event"]]
        texts = [
            words.count(number)
            if pd.isna(rate)
            else f"{words.count(number)} · {words.percent(rate)}"
            for number, rate in zip(self.stages["number"], self.stages["step_rate"], strict=True)
        ]
        listed = "; ".join(f"{name} {text}" for name, text in zip(labels, texts, strict=True))
        return bars(
            labels,
            list(self.stages["number"].astype(float)),
            texts=texts,
            title=_k_sentence(self.k_factor),
            alt=say("From invitation to order: {rows}.", rows=listed),
            note=say(
                "Number, and share of the stage before; over 52 weeks. A friend who opens an "
                "invitation may have an account already, so not every opening can lead to one."
            ),
        )


def invitation(
    tables: Mapping[str, ir.Table],
    steps: Sequence[str],
    period: Period,
    *,
    platform: str = "",
    experiment: str = "invitation",
    control: str = "control",
) -> Invitation:
    """Return what invitations came to, and how much better the variants of one do.

    Args:
        tables: `events` with the events share, open_invitation and register; for the lifts
            `assignments` and `orders`.
        steps: The events of the funnel, of which the last one is the aim.
        period: The report's days.
        platform: Only this platform's events and orders; empty means all.
        experiment: Which experiment of `assignments`.
        control: Its variant that the others are held against.
    """
    tables = of_platform(tables, platform)
    days = year_to(period)
    days = Period(days.first, days.last - _WEEK, days.time_zone)
    what = say("what invitations come to")
    missing = lacking(tables, {"events": ("user_id", "event", "occurred_at")}, what)
    stages, factor = _stages(None, steps), _k_factor(0, 0)
    if not missing:
        stages, factor = _counted(tables["events"], steps, days)
        if not stages["number"].iloc[:3].all():
            missing = say(
                "To show what invitations come to, this report would need the events {events}.",
                events=", ".join(STAGES),
            )
    needs = {"assignments": ("experiment", "variant", "user_id", "assigned_at"),
             "orders": ("user_id", "ordered_at")}  # fmt: skip
    no_lifts = lacking(tables, needs, say("which kind of invitation works best"))
    lifts = _no_lifts() if no_lifts else _lifts(tables, days, experiment, control)
    if not no_lifts and lifts.empty:
        no_lifts = say(
            "To show which kind of invitation works best, this report would need the experiment "
            "{name} with a variant {control}.",
            name=experiment,
            control=control,
        )
    told = () if missing else (_k_finding(factor),)
    return Invitation(stages, factor, lifts, (*told, *_lift_findings(lifts)), missing, no_lifts)


def _counted(
    events: ir.Table, steps: Sequence[str], days: Period
) -> tuple[pd.DataFrame, pd.DataFrame]:
    near = events.filter(events.occurred_at >= days.start, events.occurred_at < days.end)
    numbers = near.agg(
        sent=(near.event == STAGES[0]).sum(),
        opened=(near.event == STAGES[1]).sum(),
        users=near.user_id.nunique(),
    )
    opened = near.filter(near.event == STAGES[1]).group_by("user_id").agg(at=near.occurred_at.min())
    new = _soon(opened, events, STAGES[2])
    bought = _soon(new, events, steps[-1])
    counts = frame(numbers).iloc[0].fillna(0)
    registered, buyers = (len(frame(one.select("user_id"))) for one in (new, bought))
    found = (int(counts["sent"]), int(counts["opened"]), registered, buyers)
    return _stages(found, steps), _k_factor(registered, int(counts["users"]))


def _soon(since: ir.Table, events: ir.Table, event: str) -> ir.Table:
    """Those users of `since` (user_id, at) who have such an event within a week from then."""
    later = events.filter(events.event == event).select(goer="user_id", went_at="occurred_at")
    inside = [
        since.user_id == later.goer,
        later.went_at >= since["at"],
        later.went_at <= since["at"] + ibis.interval(_WEEK),
    ]
    return since.join(later, inside).select("user_id", "at").distinct()


def _stages(numbers: tuple[int, int, int, int] | None, steps: Sequence[str]) -> pd.DataFrame:
    found = numbers or (0, 0, 0, 0)
    # A share that was opened several times is no proportion: no rate then.
    rates = [
        UNKNOWN,
        *(wilson(now, before) if now <= before else UNKNOWN for before, now in pairwise(found)),
    ]
    columns = ["step_rate", "step_rate_low", "step_rate_high"]
    frame_ = pd.DataFrame(rates, columns=columns)
    frame_.insert(0, "event", [*STAGES, steps[-1]])
    frame_.insert(1, "number", list(found))
    return frame_


def _k_factor(registered: int, users: int) -> pd.DataFrame:
    """New users per user; the interval is that of a Poisson count (square root, exact enough)."""
    factor = registered / users if users else math.nan
    reach = _Z * math.sqrt(registered) / users if users else math.nan
    return pd.DataFrame(
        {
            "users": [users],
            "registered": [registered],
            "k_factor": [factor],
            "k_factor_low": [max(factor - reach, 0.0)],
            "k_factor_high": [factor + reach],
        }
    )


def _lifts(
    tables: Mapping[str, ir.Table], days: Period, experiment: str, control: str
) -> pd.DataFrame:
    given = tables["assignments"].filter(
        lambda t: t.experiment == experiment,
        lambda t: t.assigned_at >= days.start,
        lambda t: t.assigned_at < days.end,
    )
    orders = tables["orders"].select(goer="user_id", went_at="ordered_at")
    inside = [
        given.user_id == orders.goer,
        orders.went_at >= given.assigned_at,
        orders.went_at <= given.assigned_at + ibis.interval(_WEEK),
    ]
    keys = ["variant", "user_id", "assigned_at"]
    joined = given.left_join(orders, inside)
    users = joined.group_by(keys).agg(orders=joined.goer.count())
    sums = users.group_by("variant").agg(users=users.count(), bought=(users.orders > 0).sum())
    pairs = {
        str(name): (int(bought), int(count))
        for name, count, bought in frame(sums).itertuples(index=False)
    }
    if control not in pairs:
        return _no_lifts()
    rows = [
        (name, pair[1], *wilson(*pair), *lift(pair, pairs[control]))
        for name, pair in sorted(pairs.items(), key=lambda item: (item[0] != control, item[0]))
    ]
    whole = pd.DataFrame(rows, columns=list(_no_lifts().columns))
    nothing = whole["variant"] == control
    whole.loc[nothing, ["lift", "lift_low", "lift_high"]] = math.nan
    return whole


def lift(own: tuple[int, int], control: tuple[int, int]) -> Interval:
    """Return how much higher a rate is, relative to the control's, with its 95 % interval.

    Katz's interval of a ratio of two rates on the scale of logarithms (1978).

    Args:
        own: Hits and trials.
        control: Hits and trials of the control.
    """
    if not all((*own, *control)):
        return UNKNOWN
    ratio = (own[0] / own[1]) / (control[0] / control[1])
    error = math.sqrt(1 / own[0] - 1 / own[1] + 1 / control[0] - 1 / control[1])
    low, high = ratio * math.exp(-_Z * error), ratio * math.exp(_Z * error)
    return ratio - 1, low - 1, high - 1


def _no_lifts() -> pd.DataFrame:
    names = ("variant", "users", "conversion_rate", "conversion_rate_low", "conversion_rate_high")
    lifts = ("lift", "lift_low", "lift_high")
    return pd.DataFrame({name: [] for name in (*names, *lifts)})


def _k_sentence(factor: pd.DataFrame) -> str:
    one = factor.iloc[0]
    return say(
        "Each user brings {k} new ones by invitation (k-factor; 95 % sure: {low} to {high}).",
        k=f"{one['k_factor']:.3f}",
        low=f"{one['k_factor_low']:.3f}",
        high=f"{one['k_factor_high']:.3f}",
    )


def _k_finding(factor: pd.DataFrame) -> Finding:
    one = factor.iloc[0]
    ends = (float(one["k_factor_low"]), float(one["k_factor_high"]))
    return Finding(_k_sentence(factor), float(one["k_factor"]), *ends)


def _lift_findings(lifts: pd.DataFrame) -> tuple[Finding, ...]:
    found = []
    for _place, one in lifts[lifts["lift"].notna()].iterrows():
        change, low, high = (float(one[f"lift{end}"]) for end in ("", "_low", "_high"))
        sure = not low <= 0 <= high
        sentence = (
            message(
                "The invitation {variant} changes conversion by {change} (95 % sure: {low} to {high})."
            )
            if sure
            else message(
                "The invitation {variant} makes no sure difference: {change} ({low} to {high})."
            )
        )
        text = sentence.format(
            variant=words.label(str(one["variant"])),
            change=_signed(change),
            low=_signed(low),
            high=_signed(high),
        )
        found.append(
            Finding(
                text, change, low, high, ("good" if change > 0 else "bad") if sure else "neutral"
            )
        )
    return tuple(found)


def _signed(change: float) -> str:
    return ("+" if change >= 0 else "−") + words.percent(abs(change), 0)
