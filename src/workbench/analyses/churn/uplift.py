"""Whom would a call keep? Learned from an experiment: who bought because of it, not who would anyway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench.analyses.churn.model import ChurnModel
from workbench.backtests.course import Course
from workbench.customers.days import NEEDS
from workbench.customers.examples import examples
from workbench.errors import ParameterError, SourceError, unknown
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.models.logistic import Logistic
from workbench.periods import to_local
from workbench.stats.arrays import Array
from workbench.stats.interval import Interval
from workbench.stats.uplift import gains, interval, qini

CONTROL = "control"
_FOLDS = 5
_BY_RISK = message(
    "No experiment tells whom a call would keep, so this is a list by risk: who is likeliest to leave is "
    "not who is likeliest to stay because of a call."
)
_NOT_NAMED = message(
    "No experiment was named that would tell whom a call would keep, so this is a list by risk: who is "
    "likeliest to leave is not who is likeliest to stay because of a call."
)
_UNLEARNED = message("Nothing was learned, so no experiment tells whom a call would keep.")
_TABLE = {"assignments": ("user_id", "experiment", "variant", "assigned_at")}
_FEWEST = 100  # users of an arm
UPLIFT, VALUE, PROBABILITY = "uplift", "value_at_risk", "probability"
"""The rankings that a list of calls can have."""

_RULE = "rule"


@dataclass(frozen=True)
class Uplift(Result):
    """Whom the offer of an experiment moved, and how well that can be foretold.

    Attributes:
        uplift_scores: A row a customer of the experiment, the most moved first: `user_id`, `uplift`
            (chance of a purchase with the offer less that without, learned on other users), `variant`,
            `bought`.
        rankings: One row for `uplift`, `rule` (one column, chosen on other users), `probability` (the
            score of leaving) and `value_at_risk` (that times what a customer is likely to bring):
            `ranking`, `qini` with its ends (95 %, by half-splits; above 0 is better than chance).
        uplift_gains: `ranking`, `users_rate` (the first twentieths), `gain_rate` (customers more who bought,
            of all) with its ends, likewise.
        expected_uplift: A row a customer of today, by what was learned of all users of the experiment:
            `user_id`, `uplift`.
        experiment: Its name; "" where nothing is told.
        purchase_amount: What a purchase of its users has been worth on average, in minor units.
        metrics: `qini_lead_change`: by how much the uplift is ahead of the score of leaving.
    """

    TOPICS: ClassVar = ("uplift",)
    uplift_scores: pd.DataFrame
    rankings: pd.DataFrame
    uplift_gains: pd.DataFrame
    expected_uplift: pd.DataFrame
    experiment: str = ""
    purchase_amount: float = np.nan

    @property
    def foretells(self) -> bool:
        """Whether it ranks those first whom the offer moves, beyond chance."""
        if not self.experiment:
            return False
        low = self.rankings.set_index("ranking")["qini_low"]
        return bool(low[UPLIFT] > 0)


def uplift(scope: Scope, model: ChurnModel, experiment: str) -> Uplift:
    """Return whom the offer of an experiment moved to buy within the horizon.

    Two logistic regressions, one of those who were given the offer and one of the others, are learned
    on four fifths of the users and tell the uplift of the last fifth (a T-learner, cross-fitted).

    Args:
        scope: Its table `assignments`; who was assigned so late that the horizon is not over is left
            out.
        model: What was fitted, for the horizon, the features and the score of leaving.
        experiment: Its name; empty: there is none, which is told.

    Raises:
        ParameterError: If there is no such experiment, or none of its variants is `control`.
        MissingData: If there is no table `assignments`.
    """
    if not experiment or model.course is None or model.model is None:
        return _unasked(scope, model)
    users = _assigned(scope, experiment, model.course)
    rows, bought = _known(scope, users, model.course)
    users = users.loc[rows.index]
    treated = (users["variant"] != CONTROL).to_numpy(dtype=float)
    if min(treated.sum(), len(treated) - treated.sum()) < _FEWEST:
        few = say(
            "Experiment {experiment} tells nothing yet: of customers whose horizon is over {treated:count} "
            "had the offer and {others:count} had not, and it takes {fewest:count} of each.",
            experiment=experiment,
            treated=treated.sum(),
            others=len(treated) - treated.sum(),
            fewest=_FEWEST,
        )
        return _untold(scope, few)
    leaving = model.model.log_odds(rows)
    worth = special.expit(rows["order_log_odds"].fillna(0)) * rows["mean_amount"].fillna(0)
    scores = {
        UPLIFT: _crossed(rows, treated, bought, _learner),
        _RULE: _crossed(rows, treated, bought, _rule),
        PROBABILITY: leaving,
        VALUE: special.expit(leaving) * worth.to_numpy(dtype=float),
    }
    found = {name: interval(score, treated, bought) for name, score in scores.items()}
    table = pd.DataFrame([{"ranking": name, **one.spread("qini")} for name, one in found.items()])
    curves = pd.concat(
        gains(score, treated, bought).assign(ranking=name) for name, score in scores.items()
    )
    told = pd.DataFrame(
        {
            "user_id": rows.index.to_numpy(dtype=object),
            "uplift": scores[UPLIFT],
            "variant": users["variant"].to_numpy(dtype=object),
            "bought": bought > 0,
        }
    ).sort_values(["uplift", "user_id"], ascending=[False, True], ignore_index=True)
    lead = Interval(found[UPLIFT].value - found[PROBABILITY].value)
    today = model.course.today(scope)
    moved = _learner(rows, treated, bought)(today)
    return Uplift(
        scope,
        told,
        table,
        curves.reset_index(drop=True),
        pd.DataFrame({"user_id": today.index.to_numpy(dtype=object), "uplift": moved}),
        experiment,
        float(rows["mean_amount"].mean()),
        findings=(_said(found, experiment, len(rows)),),
        metrics=(Metric("qini_lead_change", lead, "points"),),
    )


def _unasked(scope: Scope, model: ChurnModel) -> Uplift:
    """What is told without an experiment: why there is none, and what it would take."""
    lacking = scope.missing(NEEDS | _TABLE, say("whom a call would keep"))
    why = _UNLEARNED if model.model is None else _BY_RISK if lacking else _NOT_NAMED
    return replace(_untold(scope, say(why)), missing=(lacking,) if lacking and model.model else ())


def _untold(scope: Scope, why: str) -> Uplift:
    none = pd.DataFrame(columns=["ranking"])
    scores = pd.DataFrame(columns=["user_id", "uplift", "variant", "bought"])
    return Uplift(
        scope, scores, none, none, scores[["user_id", "uplift"]], findings=(Finding.about("uplift", why, status="unknown"),),
        metrics=(Metric("qini_lead_change", Interval(np.nan), "points"),),
    )  # fmt: skip


def _assigned(scope: Scope, experiment: str, cut: Course) -> pd.DataFrame:
    """Who was given what, and the day before it; those whose horizon is over."""
    given = scope.history.assignments
    names = sorted(frame(given.select("experiment").distinct())["experiment"])
    if experiment not in names:
        raise ParameterError(unknown("experiment", experiment, names))
    rows = frame(given.filter(given.experiment == experiment))
    if CONTROL not in set(rows["variant"]):
        raise ParameterError(
            f"experiment '{experiment}' has no variant '{CONTROL}' to compare with"
        )
    days = [to_local(at.to_pydatetime(), scope.time_zone).date() for at in rows["assigned_at"]]
    # The cut-off is the Sunday before: a snapshot a week in place of one a user.
    sundays = [day - timedelta(days=day.weekday() + 1) for day in days]
    rows = rows.assign(cut_off=sundays).set_index("user_id").sort_index()
    latest = scope.period.last - timedelta(days=cut.label_days)
    return rows[rows["cut_off"] <= latest]


def _known(scope: Scope, users: pd.DataFrame, cut: Course) -> tuple[pd.DataFrame, Array]:
    """The features of each user before the offer, and whether the user bought within the horizon."""
    parts, bought = [], []
    days = sorted(set(users["cut_off"]))
    found = examples(scope, cut.known, days, cut.label_days, cut.label_days) if days else []
    for known in found:
        own = users[users["cut_off"] == known.cut_off]
        is_own = known.rows.index.isin(own.index)
        parts.append(known.rows[is_own])
        bought.append(1 - known.churned[is_own])
    if not parts:
        return pd.DataFrame(), np.zeros(0)
    return pd.concat(parts), np.concatenate(bought)


_Learn = Callable[[pd.DataFrame, Array, Array], Callable[[pd.DataFrame], Array]]


def _crossed(rows: pd.DataFrame, treated: Array, bought: Array, learn: _Learn) -> Array:
    """What is learned on other users says of each; the same for the same users."""
    fold = np.random.default_rng(0).permutation(len(rows)) % _FOLDS
    found = np.zeros(len(rows))
    for one in range(_FOLDS):
        others, own = fold != one, fold == one
        found[own] = learn(rows[others], treated[others], bought[others])(rows[own])
    return found


def _learner(rows: pd.DataFrame, treated: Array, bought: Array) -> Callable[[pd.DataFrame], Array]:
    """The chance to buy with the offer less that without."""
    arms = [_chance(rows[treated == arm], bought[treated == arm]) for arm in (1, 0)]
    return lambda own: arms[0](own) - arms[1](own)


def _chance(rows: pd.DataFrame, bought: Array) -> Callable[[pd.DataFrame], Array]:
    try:
        fitted = Logistic.fit(rows, bought)
    except SourceError:  # all alike: everybody has the mean
        return lambda own: np.full(len(own), float(bought.mean()))
    return lambda own: np.asarray(special.expit(fitted.log_odds(own)))


def _rule(rows: pd.DataFrame, treated: Array, bought: Array) -> Callable[[pd.DataFrame], Array]:
    """The one column, up or down, that ranks those best whom the offer moved."""
    numbers = rows.select_dtypes("number").fillna(-1.0)
    ways = {
        (name, sign): qini(sign * numbers[name].to_numpy(dtype=float), treated, bought)
        for name in numbers
        for sign in (1.0, -1.0)
    }
    name, sign = max(ways, key=lambda way: ways[way])
    return lambda own: sign * own[name].fillna(-1.0).to_numpy(dtype=float)


def _said(found: dict[str, Interval], experiment: str, users: int) -> Finding:
    own = found[UPLIFT]
    template = (
        message(
            "Whom the offer of {experiment} moves can be foretold: of {users:count} customers a list by "
            "uplift makes {qini:points} more buy than one by chance, averaged over its lengths (Qini; 95 % "
            "interval {qini_low:points} to {qini_high:points}); one by the score of leaving {churn:points}."
        )
        if own.side() > 0
        else message(
            "Whom the offer of {experiment} moves cannot be foretold from these {users:count} customers: "
            "a list by uplift makes {qini:points} more of them buy than one by chance, averaged over its "
            "lengths (Qini; 95 % interval {qini_low:points} to {qini_high:points}); one by the score of "
            "leaving {churn:points}."
        )
    )
    said = say(
        template,
        experiment=experiment,
        users=users,
        churn=found[PROBABILITY].value,
        **own.spread("qini"),
    )
    return Finding.about("uplift", said, own, "good" if own.side() > 0 else "unknown")
