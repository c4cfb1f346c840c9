"""The register: what is red and since when, what it costs, who owns it, and what is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import pandas as pd

from workbench.analyses.risk import course, history, loss, rare, score, status, why
from workbench.analyses.risk.days import Days
from workbench.analyses.risk.drill import Drill, told
from workbench.analyses.risk.indicators import indicators, whole_shop
from workbench.analyses.risk.responses import responded, responses, unneeded
from workbench.analyses.risk.signal import Signal
from workbench.analyses.risk.watch import signals
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.kit import gaps
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.metrics import Metric, plain
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import say, say_n
from workbench.kit.tiles import Tile


@dataclass(frozen=True)
class Risk(Result):
    """What threatens the shop, as told on the last day by what is known then.

    Attributes:
        register: A row an indicator, red first, then yellow, of these what costs most first:
            `dimension`, `category`, `indicator` (what it is called), `name` (by which thresholds and
            drills know it), `status` (`red`, `yellow`, `green`, `grey`), `now` (the value with its
            interval, in words), `expected` (what is usual), `limits` (the thresholds), `figure` of the
            last seven closed days with its ends, `unit`, `usual`, `threshold_yellow`,
            `threshold_red`, `reason` (`level`, `breaks`, `creeps`, `accepted`), `cause` (the same in words), `since`, `told` (the
            first day it had this colour), `events_a_year` beyond what is usual and `event_amount`,
            each with its ends, `expected_loss_amount` a year with its ends, `owner`, `due`,
            `treatment`, `is_overdue`, `loss` (the expected loss in words), and by which share of the usual it must change to be seen:
            `seen_3_days_rate`, `seen_7_days_rate`, `seen_28_days_rate`. Null where not known.
        register_history: A row a week and indicator of the period: `week`, `dimension`, `category`,
            `indicator`, `name`, `figure` at the week's end with its ends, `status` (the worst of its
            days), `reason`, `is_open` (whether a day of it is still open).
        responses: What is done about each red, and about each yellow for which something is written:
            `indicator`, `status`, `owner`, `due`, `is_overdue`, `treatment`, `plan`, `do`, `check`,
            `act`, `escalate_to`, `accepted_by`, `accepted_until`.
        warned: Known incidents of 52 weeks, and what warned of them first: `kind`, `category`,
            `first`, `last`, `indicator`, `told`, `status`, `incident_day` (on which of its days), `passed` (the
            first day on which a rate of its category lay beyond the threshold for red), `lead_days`
            from `told` to `passed`, `red_on` (the first day on which a rate of its category was red); by day
            of order where orders are waited for.
        signals: Every indicator, day by day.
        metrics: `red_indicators`, `yellow_indicators`, `first_response_hours`, `flagged_rate`,
            `policy_response_hours`, and how well the register warned.
    """

    TOPICS: ClassVar = (
        "drill", gaps.TOPIC, "summary", "first", "red", "yellow", "over", "cost", "overdue", "response", "grey",
        "score",
    )  # fmt: skip
    register: pd.DataFrame
    register_history: pd.DataFrame
    responses: pd.DataFrame
    warned: pd.DataFrame
    signals: tuple[Signal, ...]

    @property
    def coloured(self) -> pd.DataFrame:
        """The rows of the register that are red or yellow."""
        return why.coloured(self.register)

    @property
    def noticed(self) -> pd.DataFrame:
        """The rows of the register of which a smallest change that is seen can be told."""
        return status.noticed(self.register)

    def map_chart(self) -> Chart | MissingData:
        """Return how the nine categories stood, week by week."""
        return history.map_chart(self.register_history)

    def watch_chart(self, name: str = "") -> Chart | MissingData:
        """Return an indicator over time; by default the first of the register.

        Args:
            name: By which thresholds know it.
        """
        return course.watch_chart(self.scope, self.signals, name or self._first())

    def loss_chart(self) -> Chart | MissingData:
        """Return what indicators cost in a year beyond what is usual."""
        return loss.loss_chart(self.register, self.scope)

    def impact_chart(self) -> Chart | MissingData:
        """Return how often and how dear: likelihood and impact, which rank nothing."""
        return loss.impact_chart(self.register, self.scope)

    def _first(self) -> str:
        """The first that has a figure of each day."""
        is_told = (self.register["status"] != "grey") & ~self.register["name"].isin(rare.NAMES)
        daily = self.register[is_told]
        return "" if daily.empty else str(daily["name"].iloc[0])


def assess(scope: Scope, *, drill: str = "") -> Risk:
    """Return the register of a shop's risks on the last day of a scope.

    Args:
        scope: Its whole history up to its end counts; the weeks of its period are told.
        drill: Multiplies an indicator in memory on the last closed days, such as `complaints*4@7d`.

    Raises:
        ParameterError: If the drill is none, or names no indicator that the data tell.
        SourceError: If a threshold names no indicator.
    """
    if scope.platform:
        scope.check_platform("orders" if "orders" in scope.tables else "events")
    asked = Drill.parse(drill)
    found, counted = signals(scope, asked)
    rows = [status.row(scope, one, loss.loss(scope, counted, one)) for one in found]
    register = status.ordered(pd.DataFrame(rows, columns=list(status.COLUMNS)))
    as_it_is = signals(scope)[0] if asked else found
    rates = [one for one in as_it_is if one.of.name not in rare.NAMES]
    warned = score.warned(scope, rates)
    done = responses(scope, register)
    drilled = told(asked, found, as_it_is) if asked else []
    metrics = (*_metrics(scope, counted, register), *score.metrics(scope, rates, warned))
    return Risk(
        scope,
        register,
        history.history(scope, found),
        done,
        warned,
        tuple(found),
        findings=(
            *drilled,
            *_gaps(scope),
            *why.told(scope, register, found),
            *loss.told(register, scope),
            *responded(scope, done),
            *score.told(scope, rates, warned),
        ),
        metrics=metrics,
        tiles=tuple(_tiles(scope, metrics, register)),
        rules=why.rules(scope),
        missing=tuple(dict.fromkeys(one.of.why for one in found if one.of.why))
        or (() if found else (_nothing(),)),
        instead={"responses": unneeded(register), "warned": ""},
        owners=partial(_whole, scope, drill) if _keeps_back(scope, counted) else None,
    )


def _gaps(scope: Scope) -> tuple[Finding, ...]:
    """The days without orders, of which no rate of orders is known."""
    if "orders" not in scope.tables:
        return ()
    return gaps.told(scope, "orders", say("On these days no rate of orders is judged."))


def _whole(scope: Scope, drill: str) -> Risk:
    """The owner's register, made once: the goals that are held against it ask for it too."""
    made: Risk = scope.asked(("risk", "whole", drill), lambda: assess(scope.whole, drill=drill))
    return made


def _keeps_back(scope: Scope, counted: Days) -> bool:
    """Whether the owner is told of more platforms, categories or weeks."""
    if not scope.min_group:
        return False
    own, every = (indicators(one, counted) for one in (scope, scope.whole))
    return [one.name for one in own] != [one.name for one in every] or any(
        (a.is_known != b.is_known).any() for a, b in zip(own, every, strict=True)
    )


def _nothing() -> str:
    return say("To show risks, this report would need orders or events.")


def _tiles(scope: Scope, metrics: Sequence[Metric], register: pd.DataFrame) -> Iterator[Tile]:
    """What is read at arm's length; nothing where no indicator is known."""
    counts = register["status"].value_counts()
    grey, reds = int(counts.get("grey", 0)), int(counts.get("red", 0))
    if grey == len(register):
        return
    of = say_n("of {n:count} that is told", "of {n:count} that are told", len(register) - grey)
    unknown = say_n("{n:count} is not known", "{n:count} are not known", grey) if grey else ""
    notes = {"red_indicators": [of], "yellow_indicators": [unknown], "first_response_hours": []}
    yield from headlines(scope, metrics, notes, ["red_indicators"] if reds else [])


def _metrics(scope: Scope, counted: Days, register: pd.DataFrame) -> tuple[Metric, ...]:
    counts, untold = register["status"].value_counts(), whole_shop(scope)
    return (
        Metric("red_indicators", plain(counts.get("red", 0)), "count", "down"),
        Metric("yellow_indicators", plain(counts.get("yellow", 0)), "count", "down"),
        Metric("first_response_hours", rare.first_response(scope), "hours", "down", untold),
        Metric("flagged_rate", rare.flagged(scope, counted), "rate", "down"),
        Metric("policy_response_hours", rare.slowest(scope), "hours", "down", untold),
    )
