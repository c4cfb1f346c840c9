"""Of those scored some weeks ago, have as many bought since as their scores say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Protocol

import pandas as pd

from workbench.customers.purchases import purchases
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.ids import mask
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.sentences import message, say, say_n
from workbench.periods import Period, Week, midnight
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

if TYPE_CHECKING:
    from workbench.kit.scope import Scope

_NEEDED = ("churn_scores", "hazard")


class Earlier(Protocol):
    """A published report, as far as it is asked here; `wb.published` returns it."""

    @property
    def week(self) -> str: ...  # noqa: D102 - `YYYY-Www`
    @property
    def frames(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102 - its result tables by name


@dataclass(frozen=True)
class EarlyCheck(Result):
    """Scores of an earlier report against the purchases since.

    Attributes:
        early_check: One row for each fifth of the scores, the lowest first: `group`, `users`,
            `expected_rate` to have bought by now, `bought_rate` with `_low` and `_high` (Wilson's).
        metrics: `early_change`: by how much more of the scored have bought since than was expected.
    """

    TOPICS: ClassVar = ("early",)
    early_check: pd.DataFrame


def check(scope: Scope, earlier: Earlier | None) -> EarlyCheck:
    """Return how many of those scored in an earlier report have bought since, against its curve.

    Args:
        scope: Up to its end purchases count.
        earlier: The newest earlier report on churn; None without one.
    """
    columns = ["group", "users", "expected_rate", "bought_rate"]
    if earlier is None or any(name not in earlier.frames for name in _NEEDED):
        return _untold(scope, columns, say("No earlier report has scores to check."))
    scores, hazard = (earlier.frames[name] for name in _NEEDED)
    if not hazard.empty and hazard.get("platform", pd.Series([""])).iloc[0] != scope.platform:
        why = say(
            "The earlier report scored the customers of other platforms than this one looks at, so its scores "
            "are not checked here."
        )
        return _untold(scope, columns, why)
    last = Week.parse(earlier.week).plus(1).monday
    weeks = (scope.period.last - last).days // 7 + 1
    longest = 0 if hazard.empty else int(hazard["week"].max())
    if scores.empty or "user_id" not in scores or not 0 < weeks <= longest:
        return _untold(scope, columns, say("No earlier report has scores that can be checked now."))
    since = _bought(scope, last)
    bought = scores["user_id"].isin(since)
    by_now = hazard[hazard["week"] == weeks].set_index("group")["bought_rate"]
    expected = (1 - scores["probability"]) * scores["group"].map(by_now)
    rows = pd.DataFrame({"group": scores["group"], "expected_rate": expected, "bought": bought})
    each = rows.groupby("group").agg(
        users=("bought", "size"), expected_rate=("expected_rate", "mean"), hits=("bought", "sum")
    )
    spread = [
        wilson(int(hits), int(users)).spread("bought_rate")
        for hits, users in zip(each["hits"], each["users"], strict=True)
    ]
    table = each[["users", "expected_rate"]].reset_index().join(pd.DataFrame(spread))
    whole = wilson(int(bought.sum()), len(bought))
    finding = _told(whole, float(expected.mean()), weeks, len(bought))
    off = Interval(*(end - float(expected.mean()) for end in whole))
    return EarlyCheck(
        scope, table, findings=(finding,), metrics=(Metric("early_change", off, "points", ""),)
    )


def _untold(scope: Scope, columns: list[str], why: str) -> EarlyCheck:
    return EarlyCheck(
        scope,
        pd.DataFrame(columns=columns),
        findings=(Finding.about("early", why, status="unknown"),),
        metrics=(Metric("early_change", UNKNOWN, "points", ""),),
    )


def _bought(scope: Scope, since: date) -> set[str]:
    """Who bought from a day on, by id and by pseudonym: a published list holds either."""
    looked_at = scope.during(Period(since, scope.period.last, scope.time_zone))
    made = purchases(looked_at)
    made = made.filter(made.ordered_at >= midnight(since, scope.time_zone))
    users = frame(made.select("user_id").distinct())
    return {*users["user_id"], *mask(users).get("user_id", ())}


def _told(bought: Interval, expected: float, weeks: int, users: int) -> Finding:
    side = bought.side(expected)
    template = {
        -1: (
            message(
                "A week after {users:count} customers were scored, fewer have bought than their scores "
                "say: {rate:percent} (95 % interval {rate_low:percent} to {rate_high:percent}) against "
                "{expected:percent}."
            ),
            message(
                "{n:count} weeks after {users:count} customers were scored, fewer have bought than their "
                "scores say: {rate:percent} (95 % interval {rate_low:percent} to {rate_high:percent}) "
                "against {expected:percent}."
            ),
        ),
        0: (
            message(
                "A week after {users:count} customers were scored, {rate:percent} have bought (95 % "
                "interval {rate_low:percent} to {rate_high:percent}), as their scores say "
                "({expected:percent})."
            ),
            message(
                "{n:count} weeks after {users:count} customers were scored, {rate:percent} have bought "
                "(95 % interval {rate_low:percent} to {rate_high:percent}), as their scores say "
                "({expected:percent})."
            ),
        ),
        1: (
            message(
                "A week after {users:count} customers were scored, more have bought than their scores "
                "say: {rate:percent} (95 % interval {rate_low:percent} to {rate_high:percent}) against "
                "{expected:percent}."
            ),
            message(
                "{n:count} weeks after {users:count} customers were scored, more have bought than their "
                "scores say: {rate:percent} (95 % interval {rate_low:percent} to {rate_high:percent}) "
                "against {expected:percent}."
            ),
        ),
    }[side]
    said = say_n(*template, weeks, users=users, expected=expected, **bought.spread("rate"))
    return Finding.about("early", said, bought, "bad" if side else "neutral")
