"""Who is about to leave, why, and what are they worth?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench.analyses.churn import reasons
from workbench.analyses.churn.model import UNTOLD, ChurnModel
from workbench.backtests.rivals import carried
from workbench.charts import Chart, bars
from workbench.customers.outcomes import outcomes
from workbench.customers.value import fit_purchases, fit_spend, purchase_history
from workbench.errors import MissingData, SourceError
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.headlines import headlines
from workbench.kit.metrics import Metric, plain
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say, say_n
from workbench.models.encoding import OUTSIDE
from workbench.stats.arrays import Array
from workbench.stats.interval import UNKNOWN, Interval

_DRAWN = 8  # drivers
_EVEN = 0.5
_FLAT = 0.5  # rank correlation under which a driver has no one direction
_DRIVERS = ("feature", "driver", "strength", "direction", "outside_rate")
_SCORES = (
    *("user_id", "probability", "expected_amount", "value_at_risk_amount", "group", "reasons"),
)


@dataclass(frozen=True)
class Churn(Result):
    """How likely each customer is to leave, why, and what is at risk.

    Attributes:
        churn_scores: A row a customer, the likeliest to leave first: `user_id`, `probability` of no
            purchase within the horizon, `expected_amount` (minor units within the horizon, by the
            models of value; null where they cannot be fitted), `value_at_risk_amount` (the two
            multiplied), `group` (the fifth of the scores, by `hazard`; null without one), `reasons` in
            words. Of contracts: those that go on. Where nothing is learned, everybody by the days
            since the last purchase, without figures.
        drivers: A row a feature, the strongest first: `feature`, `driver` (what it is called),
            `strength` (mean absolute contribution to the log-odds), `direction` (`up`: more of it
            makes leaving likelier, `down`, or empty for neither), `outside_rate` (customers
            beyond what was learned).
        horizon_days: How far ahead was asked; 0 of contracts.
        findings: How many are forecast to leave, what is at risk, what lies outside of what was
            learned.
        metrics: `churn_rate` forecast, and `value_at_risk_amount`.
    """

    TOPICS: ClassVar = ("forecast", "drivers", "outside")
    churn_scores: pd.DataFrame
    drivers: pd.DataFrame
    horizon_days: int

    def drivers_chart(self) -> Chart | MissingData:
        """Return what moves the scores most."""
        rows = self.drivers.head(_DRAWN)
        if rows.empty:
            return MissingData(say(UNTOLD))
        arrows = {"up": "▲", "down": "▼", "": "●"}
        texts = [arrows[one] for one in rows["direction"]]
        said = {
            "up": say("more makes leaving likelier"),
            "down": say("more makes leaving less likely"),
            "": say("in no one direction"),
        }
        return bars(
            list(rows["driver"]),
            list(rows["strength"]),
            texts=texts,
            title=self.about("drivers")[0].sentence,
            alt=pairs(rows["driver"], [said[one] for one in rows["direction"]]),
            note=say(
                "How strongly each moves the scores on average. ▲: more of it makes leaving "
                "likelier; ▼: less likely; ●: in no one direction. What is known together moves "
                "together: none of this says why somebody leaves."
            ),
        )


def predict(scope: Scope, model: ChurnModel) -> Churn:
    """Return the score of every customer known by a scope's end.

    Args:
        scope: Its end is the cut-off.
        model: As `fit` returned it, of this scope or an earlier one of the same shop.
    """
    if model.model is None:
        return _by_recency(scope, model)
    cut, learned = model.course, model.model
    days = cut.horizon_days if cut else 0
    rows = cut.today(scope) if cut else outcomes(scope).staying
    odds = learned.log_odds(rows)
    if cut and cut.label_days < days and rows["order_log_odds"].notna().all():
        odds = carried(odds, rows)
    probability = special.expit(odds)
    added = learned.contributions(rows)
    outside = learned.encoding.outside(rows)
    amount = _expected(scope, rows, days) if cut else np.full(len(rows), np.nan)
    scores = _scores(model, rows, probability, amount)
    scores["reasons"] = reasons.reasons(added, rows, scope.currency)
    drivers = _drivers(added, rows, outside)
    ranked = scores.sort_values(
        ["probability", "user_id"], ascending=[False, True], ignore_index=True
    )
    risk = float(scores["value_at_risk_amount"].astype("float64").sum(min_count=1))
    rate = Interval(float(probability.mean()))
    told = _told(scope, scores, days) if cut else _likely(scores)
    metrics = _metrics(rate, plain(risk))
    return Churn(
        scope,
        ranked,
        drivers,
        days,
        findings=(told, _moved(drivers), *_beyond(drivers)),
        metrics=metrics,
        tiles=tuple(headlines(scope, metrics, _notes(scope, scores, days))),
    )


def _by_recency(scope: Scope, model: ChurnModel) -> Churn:
    """Everybody in the order of the days since the last purchase, where no chance can be told."""
    rows = pd.DataFrame(columns=list(_SCORES))
    found = tuple(Finding.about("forecast", one, status="unknown") for one in model.missing)
    if "orders" in scope.tables:
        rows = _waiting(scope)
        said = say(
            "Customers are in the order of the days since their last purchase, the longest first: no "
            "chance of leaving is told."
        )
        found = (*found, Finding.about("forecast", said, status="unknown"))
    return Churn(
        scope, rows, pd.DataFrame(columns=[*_DRIVERS]), 0, findings=found,
        metrics=_metrics(UNKNOWN, UNKNOWN), missing=model.missing,
    )  # fmt: skip


def _waiting(scope: Scope) -> pd.DataFrame:
    try:
        history = purchase_history(scope)
    except SourceError:  # nobody bought before the end
        return pd.DataFrame(columns=list(_SCORES))
    history["days"] = history["age_days"] - history["last_purchase_days"]
    rows = history.sort_values(["days", "user_id"], ascending=[False, True], ignore_index=True)
    numbers = {name: pd.array([pd.NA] * len(rows), dtype="Int64") for name in _SCORES[2:5]}
    return pd.DataFrame(
        {
            "user_id": rows["user_id"],
            "probability": np.nan,
            **numbers,
            "reasons": [reasons.said("recency_days", days) for days in rows["days"]],
        }
    )


def _notes(scope: Scope, scores: pd.DataFrame, days: int) -> dict[str, Sequence[str]]:
    """What is read at arm's length, and what stands under it."""
    of = say_n("of {n:count} customer", "of {n:count} customers", len(scores))
    ahead = say_n("in the next {n:count} day", "in the next {n:count} days", days) if days else ""
    worth = words.money(float(scores["expected_amount"].sum()), scope.currency)
    return {
        "churn_rate": [of, ahead],
        "value_at_risk_amount": [say("of {worth} expected of all", worth=worth)],
    }


def _metrics(rate: Interval, risk: Interval) -> tuple[Metric, ...]:
    return (
        Metric("churn_rate", rate, "rate", better=""),
        Metric("value_at_risk_amount", risk, "amount", better=""),
    )


def _scores(
    model: ChurnModel, rows: pd.DataFrame, probability: Array, amount: Array
) -> pd.DataFrame:
    borders = model.hazard.groupby("group")["from_probability"].first().to_numpy()
    group = np.searchsorted(borders[1:], probability, side="right") if len(borders) else pd.NA
    return pd.DataFrame(
        {
            "user_id": rows.index.to_numpy(dtype=object),
            "probability": probability,
            "expected_amount": pd.Series(amount).round().astype("Int64"),
            "value_at_risk_amount": pd.Series(amount * probability).round().astype("Int64"),
            "group": pd.Series(group, index=range(len(rows)), dtype="Int64"),
        }
    )


def _expected(scope: Scope, rows: pd.DataFrame, horizon_days: int) -> Array:
    """What each customer is expected to spend within the horizon; NaN where that cannot be told."""
    try:
        history = purchase_history(scope)
        orders = fit_purchases(history).conditional_expected_purchases(horizon_days, history)
        amount = pd.Series(
            orders * fit_spend(history).expected_amount(history), index=history["user_id"]
        )
    except SourceError:
        return np.full(len(rows), np.nan)
    return np.asarray(amount.reindex(rows.index).to_numpy(dtype=float))


def _drivers(added: pd.DataFrame, rows: pd.DataFrame, outside: pd.Series) -> pd.DataFrame:
    ways = [_way(rows[feature], added[feature]) for feature in added.columns]
    table = pd.DataFrame(
        {
            "feature": list(added.columns),
            "driver": [reasons.name(one) for one in added.columns],
            "strength": added.abs().mean().to_numpy(),
            "direction": ways,
            "outside_rate": outside.reindex(added.columns).to_numpy(),
        }
    )
    return table.sort_values(["strength", "feature"], ascending=[False, True], ignore_index=True)


def _way(given: pd.Series, added: pd.Series) -> str:
    """Whether more of a feature raises the score (`up`), lowers it, or neither."""
    varies = all(len(one.dropna().unique()) > 1 for one in (added, given))
    if not varies or not pd.api.types.is_numeric_dtype(given):
        return ""
    way = given.corr(added, method="spearman")
    return "up" if way > _FLAT else "down" if way < -_FLAT else ""


def _told(scope: Scope, scores: pd.DataFrame, days: int) -> Finding:
    rate = float(scores["probability"].mean())
    amounts = scores["value_at_risk_amount"].astype("float64")
    risk = float(amounts.sum(min_count=1))
    values = {"users": len(scores), "leaving": scores["probability"].sum(), "days": days}
    figure = Interval(rate)
    if np.isnan(risk):
        said = say(
            "Of {users:count} customers {leaving:count} are forecast to buy nothing in the next "
            "{days:count} days ({rate:percent}); what they are worth cannot be forecast.",
            rate=rate,
            **values,
        )
        return Finding.about("forecast", said, figure)
    said = say(
        "Of {users:count} customers {leaving:count} are forecast to buy nothing in the next {days:count} "
        "days ({rate:percent}); of the {worth:money} that all are expected to spend, {risk:money} is at "
        "risk.",
        rate=rate,
        worth=int(scores["expected_amount"].sum()),
        risk=risk,
        currency=scope.currency,
        **values,
    )
    return Finding.about("forecast", said, figure)


def _likely(scores: pd.DataFrame) -> Finding:
    """How many of those whose contract goes on look as if it would end."""
    rate = float(scores["probability"].mean())
    said = say(
        "Of {users:count} customers whose contract goes on, {likely:count} are likelier to leave than to "
        "stay, by how those were who left; the mean of the scores is {rate:percent}.",
        users=len(scores),
        likely=int((scores["probability"] > _EVEN).sum()),
        rate=rate,
    )
    return Finding.about("forecast", said, Interval(rate))


def _moved(drivers: pd.DataFrame) -> Finding:
    first = drivers.iloc[0]
    template = {
        "up": message("The scores are moved most by {driver}: more makes leaving likelier."),
        "down": message("The scores are moved most by {driver}: more makes leaving less likely."),
        "": message("The scores are moved most by {driver}."),
    }[first["direction"]]
    figure = Interval(float(first["strength"]))
    return Finding.about("drivers", say(template, driver=first["driver"]), figure)


def _beyond(drivers: pd.DataFrame) -> list[Finding]:
    """Each feature of which many customers lie beyond what was learned."""
    far = drivers[drivers["outside_rate"] > OUTSIDE]
    if far.empty:
        return []
    said = say_n(
        "Of many customers one thing lies beyond all that the model had seen, and counts as at the border of "
        "that: {names:list}.",
        "Of many customers {n:count} things lie beyond all that the model had seen, and count as at the border "
        "of that: {names:list}.",
        len(far),
        names=[
            say("{driver} ({rate:percent} of customers)", driver=driver, rate=rate)
            for driver, rate in zip(far["driver"], far["outside_rate"], strict=True)
        ],
    )
    return [Finding.about("outside", said, Interval(float(far["outside_rate"].max())), "unknown")]
