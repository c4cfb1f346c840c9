"""A model of who leaves, and how good it has been on what it had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import pandas as pd

from workbench.analyses.churn import held
from workbench.backtests import calibration, listed, rivals
from workbench.backtests.course import Course
from workbench.backtests.rivals import BOOSTED, LOGISTIC, RECENCY, SPLINES
from workbench.charts import Chart, bars, gains
from workbench.errors import MissingData
from workbench.kit import gaps, words
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say
from workbench.models.saved import Model
from workbench.stats.interval import UNKNOWN, Interval, columns

NAMES = {
    RECENCY: message("recency alone"),
    "bg_nbd": message("the purchase model BG/NBD"),
    "pareto_nbd": message("the purchase model Pareto/NBD"),
    LOGISTIC: message("logistic regression"),
    SPLINES: message("logistic regression with splines"),
    BOOSTED: message("boosted trees"),
}


UNTOLD = message("No model was learned, so there is nothing to show here.")
BESIDE = {"backtest": "", "rivals": "", "groups": ""}
"""Frames of which a chart or a finding beside them says why they have no rows."""

_COLUMNS = (  # of the frames, where nothing is learned
    rivals.COLUMNS,
    held.COLUMNS,
    ("measure",),
    ("users", "forecast_rate", *columns("happened_rate")),
    listed.GAINS,
    listed.GROUPS,
    held.HAZARD,
)


@dataclass(frozen=True)
class ChurnModel(Result):
    """A model of who leaves, and how good it has been at cut-offs that it had not seen.

    Attributes:
        model: What is fitted; None where nothing could be learned, which `missing` tells.
        course: Where the history was cut; None likewise, and where contracts end.
        chosen: Which rival the model is, by its name.
        rivals: One row a rival, the simplest first, over all tested cut-offs: `model`, `auc` with
            `_low` and `_high` (95 %, users drawn anew), `average_precision`, `brier_score`,
            `log_loss`, `ece_rate` beside `perfect_ece_rate` (what a perfect forecast would show),
            `slope` (1 is right), `lift_times` of the tenth with the highest scores,
            `behind_change` (AUC behind the best one; null of that one) with its ends, `is_chosen`.
        backtest: One row a tested cut-off, of the chosen model; of contracts one row without a cut-off,
            in which each user is tested once: `cut_off`, `users`, `forecast_rate`,
            `happened_rate` with its ends, `auc`, `average_precision`, `brier_score`, `log_loss`,
            `ece_rate`, `perfect_ece_rate`, `slope` with its ends, `lift_times`.
        calibration: Of the latest cut-off, where each customer counts once, in one row: `measure`
            `probability`, and the attributes of `stats.calibration.Calibration`.
        reliability: The same by up to ten groups, the lowest scores first: `users`,
            `forecast_rate`, `happened_rate` with its ends.
        gains: Of the latest cut-off, what the first tenths of the list hold of those who left, of the
            chosen model and of the plainest rival: as `backtests.listed.gains`.
        groups: Likewise, how the scores held by `platform` (of most purchases and events in 90 days) and by `level`
            (of the tiers), as both were known then: as `backtests.listed.by_group`; of contracts none.
        hazard: Of each fifth of the scores, the lowest first, which part of those who buy within
            the horizon has bought after so many weeks: `group`, `from_probability`, `week`,
            `bought_rate`, and the `platform` that it is of ("" for all); of contracts none.
        metrics: `churn_auc` and `churn_average_precision` of the chosen model, and
            `churn_error_change`: by how much the forecast share of the latest cut-off missed.
    """

    TOPICS: ClassVar = (
        *(gaps.TOPIC, "horizon", "chosen", "level", "slope", "lift", "groups"), calibration.TOPIC,
    )  # fmt: skip
    model: Model | None
    course: Course | None
    chosen: str
    rivals: pd.DataFrame
    backtest: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame
    gains: pd.DataFrame
    groups: pd.DataFrame
    hazard: pd.DataFrame

    def manifest(self) -> dict[str, Any]:
        """Return what is told of the model where it is kept: features, cut-offs, how good it was."""
        if self.model is None:
            return {}
        told: dict[str, Any] = {
            "chosen": self.chosen,
            "features": [one.name for one in self.model.encoding.columns],
            "cut_off": str(self.scope.period.last),
            "metrics": {one.name: one.interval.value for one in self.metrics},
        }
        if cut := self.course:
            told |= {
                "horizon_days": cut.horizon_days,
                "label_days": cut.label_days,
                "pause_days": cut.pause_days,
                "tested": [str(day) for day in cut.tested],
                "mixes": {name: [*values] for name, values in cut.known.items()},
            }
        return told

    def rivals_chart(self) -> Chart | MissingData:
        """Return how well each rival told who left, beside its plain alternatives."""
        if self.rivals.empty:
            return MissingData(say(UNTOLD))
        rows = self.rivals
        labels = [say(NAMES[name]) for name in rows["model"]]
        texts = [words.decimal(value, 3) for value in rows["auc"]]
        title = self.about("chosen")[0].sentence
        return bars(
            labels,
            list(rows["auc"]),
            texts=texts,
            low=list(rows["auc_low"]),
            high=list(rows["auc_high"]),
            highlight=int(rows["is_chosen"].to_numpy().argmax()),
            title=title,
            alt=pairs(labels, texts),
            note=say(
                "The chance that of two customers the one who left had the higher score (AUC: 0.5 is "
                "a coin, 1 without fault); line: 95 % interval."
            ),
        )

    def calibration_chart(self) -> Chart | MissingData:
        """Return what happened to groups of customers beside what was forecast for them."""
        if self.reliability.empty:
            return MissingData(say(UNTOLD))
        panel = say("Left")
        if self.course:
            span = timedelta(days=self.course.label_days)
            panel = say("Bought nothing in {span:duration} after the cut-off", span=span)
        title = self.about("level")[0].sentence
        return calibration.reliability_chart(self.reliability, title, panel)

    def gains_chart(self) -> Chart | MissingData:
        """Return which share of those who left the first of the list hold, beside the plainest list."""
        if self.gains.empty:
            return MissingData(say(UNTOLD))
        names = {name: say(NAMES[name]) for name in dict.fromkeys(self.gains["ranking"])}
        begin = pd.DataFrame({"line": [*names.values()], "x": 0.0, "value": 0.0})
        drawn = pd.DataFrame(
            {
                "line": self.gains["ranking"].map(names),
                "x": self.gains["users_rate"],
                "value": self.gains["found_rate"],
            }
        )
        own = drawn[drawn["line"] == names[self.chosen]]
        return gains(
            pd.concat([begin, drawn]).sort_values("x", kind="stable"),
            highlight=names[self.chosen],
            chance=say("by chance"),
            title=self.about("lift")[0].sentence,
            alt=pairs(
                [words.whole_percent(rate) for rate in own["x"]],
                [words.whole_percent(rate) for rate in own["value"]],
            ),
            note=say(
                "To the right: which share of the customers is listed, the highest score first; upwards: "
                "which share of those who left is on that list."
            ),
        )


def unlearned(scope: Scope, why: str) -> ChurnModel:
    """Return what is told where nothing could be learned: why."""
    frames = [pd.DataFrame(columns=[*columns]) for columns in _COLUMNS]
    finding = Finding.about("chosen", why, status="unknown")
    return ChurnModel(
        scope, None, None, "", *frames,
        findings=(finding,), metrics=metrics(UNKNOWN, UNKNOWN, UNKNOWN), missing=(why,), instead=BESIDE,
    )  # fmt: skip


def metrics(auc: Interval, precision: Interval, missed: Interval) -> tuple[Metric, ...]:
    """Return the headline figures."""
    return (
        Metric("churn_auc", auc, "ratio"),
        Metric("churn_average_precision", precision, "ratio"),
        Metric("churn_error_change", missed, "points", better=""),
    )
