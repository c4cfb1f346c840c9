"""What foretells who leaves? Learned at cut-offs of the past, and held against what came after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench.backtests import calibration, rivals
from workbench.backtests.course import Course, course, pooled
from workbench.backtests.rivals import BOOSTED, LOGISTIC, RECENCY, SPLINES, Contest
from workbench.charts import Chart, bars
from workbench.customers.days import NEEDS
from workbench.customers.examples import Examples
from workbench.errors import MissingData, SourceError
from workbench.kit import words
from workbench.kit.findings import Finding, Status, verdict
from workbench.kit.metrics import Metric
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, pairs, say
from workbench.models.saved import Model
from workbench.stats import discrimination
from workbench.stats.arrays import Array
from workbench.stats.calibration import Calibration, by_group, calibrate
from workbench.stats.interval import UNKNOWN, Interval

FEWEST = 50
"""Customers to whom it must have happened, and not: with fewer a model is not learned."""

_GROUPS = 5  # of scores, by which the curve of coming back is kept
_YEARS = 2 * 365  # days of orders from which a season can be told from a change
NAMES = {
    RECENCY: message("recency alone"),
    "bg_nbd": message("the purchase model BG/NBD"),
    "pareto_nbd": message("the purchase model Pareto/NBD"),
    LOGISTIC: message("logistic regression"),
    SPLINES: message("logistic regression with splines"),
    BOOSTED: message("boosted trees"),
}


@dataclass(frozen=True)
class ChurnModel(Result):
    """A model of who leaves, and how good it has been at cut-offs that it had not seen.

    Attributes:
        model: What is fitted; None where nothing could be learned, which `missing` tells.
        course: Where the history was cut; None likewise.
        chosen: Which rival the model is, by its name.
        rivals: One row a rival, the simplest first, over all tested cut-offs: `model`, `auc` with
            `_low` and `_high` (95 %, users drawn anew), `average_precision`, `brier_score`,
            `log_loss`, `ece_rate` beside `perfect_ece_rate` (what a perfect forecast would show),
            `slope` (1 is right), `lift_times` of the tenth with the highest scores,
            `behind_change` (AUC behind the best one) with its ends, `is_chosen`.
        backtest: One row a tested cut-off, of the chosen model: `cut_off`, `users`, `forecast_rate`,
            `happened_rate` with its ends, `auc`, `average_precision`, `brier_score`, `log_loss`,
            `ece_rate`, `perfect_ece_rate`, `slope` with its ends, `lift_times`.
        calibration: Of the latest cut-off, where each customer counts once, in one row: `measure`
            `probability`, and the attributes of `stats.calibration.Calibration`.
        reliability: The same by up to ten groups, the lowest scores first: `users`,
            `forecast_rate`, `happened_rate` with its ends.
        hazard: Of each fifth of the scores, the lowest first, which part of those who buy within
            the horizon has bought after so many weeks: `group`, `from_probability`, `week`,
            `bought_rate`.
        metrics: `churn_auc` of the chosen model, and `churn_error_change`: by how much the
            forecast share of the latest cut-off missed.
    """

    TOPICS: ClassVar = ("horizon", "chosen", "level", "slope", calibration.TOPIC)
    model: Model | None
    course: Course | None
    chosen: str
    rivals: pd.DataFrame
    backtest: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame
    hazard: pd.DataFrame

    def manifest(self) -> dict[str, Any]:
        """Return what is told of the model where it is kept: features, cut-offs, how good it was."""
        cut = self.course
        if cut is None or self.model is None:
            return {}
        return {
            "chosen": self.chosen,
            "features": [one.name for one in self.model.encoding.columns],
            "cut_off": str(self.scope.period.last),
            "horizon_days": cut.horizon_days,
            "label_days": cut.label_days,
            "pause_days": cut.pause_days,
            "tested": [str(day) for day in cut.tested],
            "mixes": {name: [*values] for name, values in cut.known.items()},
            "metrics": {one.name: one.interval.value for one in self.metrics},
        }

    def rivals_chart(self) -> Chart | MissingData:
        """Return how well each rival told who left, beside its plain alternatives."""
        if self.rivals.empty:
            return MissingData(" ".join(self.missing))
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
        if self.reliability.empty or self.course is None:
            return MissingData(" ".join(self.missing))
        span = timedelta(days=self.course.label_days)
        panel = say("Without a purchase in the {span:duration} after the cut-off", span=span)
        title = self.about("level")[0].sentence
        return calibration.reliability_chart(self.reliability, title, panel)


def fit(scope: Scope, horizon_days: int = 0) -> ChurnModel:
    """Return the model of who buys nothing in the days after a cut-off, tested at earlier ones.

    Rivals are learned before each of three cut-offs and held against what came after it; the
    simplest that is not worse is learned once more from all that is known by the scope's end.

    Args:
        scope: Its whole history on its platform counts, up to its end.
        horizon_days: How far ahead is asked; 0: it is learned from the pauses between purchases.
    """
    lacking = scope.missing(NEEDS, say("who is about to leave"))
    if lacking:
        return _unlearned(scope, lacking)
    scope.check_platform("orders")
    try:
        cut = course(scope, horizon_days)
        each = cut.examples(scope, cut.tested)
        rows, churned = pooled(each)
        if few := _too_few(churned):
            return _unlearned(scope, few)
        folds = cut.folds(scope)
        found = rivals.contest(folds, rivals.able(pd.concat([rows, folds[-1].rows])))
        return _told(scope, cut, found, rivals.fit(found.chosen, rows, churned), each)
    except SourceError as error:
        return _unlearned(scope, say("To learn who leaves: {why}.", why=error))


def _too_few(churned: Array) -> str:
    left, stayed = int(churned.sum()), int(len(churned) - churned.sum())
    if min(left, stayed) >= FEWEST:
        return ""
    return say(
        "Who leaves cannot be learned: at the cut-offs of the past {left:count} customers left and "
        "{stayed:count} stayed, and it takes {fewest:count} of each.",
        left=left,
        stayed=stayed,
        fewest=FEWEST,
    )


def _unlearned(scope: Scope, why: str) -> ChurnModel:
    none = pd.DataFrame()
    finding = Finding.about("chosen", why, status="unknown")
    return ChurnModel(
        scope, None, None, "", none, none, none, none, none,
        findings=(finding,), metrics=_metrics(UNKNOWN, UNKNOWN), missing=(why,),
    )  # fmt: skip


def _told(
    scope: Scope, cut: Course, found: Contest, model: Model, each: list[Examples]
) -> ChurnModel:
    score, happened = found.scores[found.chosen][0], found.folds[0].tested_happened
    held = calibrate(score, happened)
    shown = rivals.table(found)
    backtest = _by_cut_off(found)
    latest = backtest.iloc[0]
    missed = Interval(
        *(
            float(latest["forecast_rate"] - latest[f"happened_rate{end}"])
            for end in ("", "_high", "_low")
        )
    )
    first = scope.first_day("orders")
    known_days = 0 if first is None else (scope.period.last - first).days + 1
    what = say("no purchase within {days:count} days", days=cut.label_days)
    return ChurnModel(
        scope,
        model,
        cut,
        found.chosen,
        shown,
        backtest,
        calibration.frame(held, "probability"),
        by_group(score, happened),
        _hazard(model, each, cut.label_days),
        findings=(
            _horizon(cut),
            _choice(shown),
            *_level(latest, cut, known_days),
            _slope(held),
            calibration.told(held, what),
        ),
        metrics=_metrics(found.spread[found.chosen], missed),
        rules=_rules(cut),
    )


def _metrics(auc: Interval, missed: Interval) -> tuple[Metric, ...]:
    return (
        Metric("churn_auc", auc, "ratio"),
        Metric("churn_error_change", missed, "points", better=""),
    )


def _by_cut_off(found: Contest) -> pd.DataFrame:
    """How the chosen one did at each cut-off, the latest first."""
    rows = []
    for fold, score in zip(found.folds, found.scores[found.chosen], strict=True):
        held: Calibration = calibrate(score, fold.tested_happened)
        rows.append(
            {
                "cut_off": date.fromisoformat(fold.name),
                "users": held.users,
                "forecast_rate": held.forecast_rate,
                **held.happened_rate.spread("happened_rate"),
                "auc": discrimination.auc(score, fold.tested_happened),
                "average_precision": discrimination.average_precision(score, fold.tested_happened),
                "brier_score": held.brier_score,
                "log_loss": held.log_loss,
                "ece_rate": held.ece_rate,
                "perfect_ece_rate": held.perfect_ece_rate.value,
                **held.slope.spread("slope"),
                "lift_times": discrimination.lift(score, fold.tested_happened, rivals.FIRST),
            }
        )
    return pd.DataFrame(rows)


def _hazard(model: Model, each: list[Examples], days: int) -> pd.DataFrame:
    """When those who bought within the horizon did so for the first time, by the height of the score."""
    score = special.expit(np.concatenate([model.log_odds(one.rows) for one in each]))
    after = np.concatenate([one.bought_after for one in each])
    borders = np.quantile(score, np.arange(_GROUPS) / _GROUPS)
    group = np.searchsorted(borders[1:], score, side="right")
    weeks = range(1, math.ceil(days / 7) + 1)
    rows = []
    for place, border in enumerate(borders):
        own = after[(group == place) & ~np.isnan(after)]
        rows += [
            (place, 0.0 if not place else float(border), week,
             float((own <= 7 * week).mean()) if len(own) else min(7 * week / days, 1.0))
            for week in weeks
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["group", "from_probability", "week", "bought_rate"])


def _horizon(cut: Course) -> Finding:
    figure = Interval(float(cut.horizon_days))
    if not cut.is_learned:
        sentence = message(
            "A customer counts as leaving who buys nothing in {days:count} days, as was asked."
        )
    elif cut.pause_days is None:
        sentence = message(
            "A customer counts as leaving who buys nothing in {days:count} days: too few came back "
            "for the usual pause to be learned."
        )
    elif cut.pause_days > cut.horizon_days + 3:
        sentence = message(
            "A customer counts as leaving who buys nothing in {days:count} days: one pause in twenty "
            "exceeded {pause:count} days, but the history is too short to test so far ahead."
        )
    else:
        sentence = message(
            "A customer counts as leaving who buys nothing in {days:count} days: one pause in twenty "
            "exceeded {pause:count} days."
        )
    said = say(sentence, days=cut.horizon_days, pause=cut.pause_days or 0)
    return Finding.about("horizon", said, figure)


def _choice(shown: pd.DataFrame) -> Finding:
    chosen = shown[shown["is_chosen"]].iloc[0]
    best = shown.iloc[int(shown["auc"].to_numpy().argmax())]
    figure = Interval(*(float(chosen[f"auc{end}"]) for end in ("", "_low", "_high")))
    is_best = chosen["model"] == best["model"]
    template = (
        message(
            "Who left was told best by {chosen}: of two customers the one who left had the higher "
            "score in {auc:percent} of pairs (95 % sure: {auc_low:percent} to {auc_high:percent}), and "
            "nothing simpler was as good."
        )
        if is_best and len(shown) > 1
        else message(
            "Who left was told by {chosen}, the simplest that is not worse than {best}: of two "
            "customers the one who left had the higher score in {auc:percent} of pairs (95 % sure: "
            "{auc_low:percent} to {auc_high:percent})."
        )
    )
    said = say(
        template,
        chosen=say(NAMES[chosen["model"]]),
        best=say(NAMES[best["model"]]),
        **figure.spread("auc"),
    )
    return Finding.about("chosen", said, figure, verdict(figure, against=0.5))


def _level(latest: pd.Series, cut: Course, known_days: int) -> list[Finding]:
    """Whether as many left as were forecast at the latest cut-off, and what a year cannot tell."""
    happened = Interval(*(float(latest[f"happened_rate{end}"]) for end in ("", "_low", "_high")))
    forecast = float(latest["forecast_rate"])
    is_off = happened.side(forecast) != 0
    said = say(
        "Of {users:count} customers known on {day:day}, {forecast:percent} were forecast to buy "
        "nothing in {days:count} days, and {happened:percent} bought nothing (95 % interval "
        "{happened_low:percent} to {happened_high:percent}).",
        users=int(latest["users"]),
        day=latest["cut_off"],
        days=cut.label_days,
        forecast=forecast,
        **happened.spread("happened"),
    )
    found = [Finding.about("level", said, happened, "bad" if is_off else "neutral")]
    if is_off and known_days < _YEARS:
        why = say(
            "The level was off, and {days:count} days of orders cannot tell a season that repeats from "
            "customers who changed: read the order of the scores rather than their height.",
            days=known_days,
        )
        found.append(Finding.about("level", why, status="unknown"))
    return found


def _slope(held: Calibration) -> Finding:
    side = held.slope.side(1.0)
    template = {
        -1: message(
            "The scores are too extreme: their log-odds should be taken by {slope:decimal} (95 % "
            "interval {slope_low:decimal} to {slope_high:decimal}; 1 is right)."
        ),
        0: message(
            "High scores are neither too high nor low ones too low: the slope of their log-odds is "
            "{slope:decimal} (95 % interval {slope_low:decimal} to {slope_high:decimal}; 1 is right)."
        ),
        1: message(
            "The scores are too timid: their log-odds could be taken by {slope:decimal} (95 % interval "
            "{slope_low:decimal} to {slope_high:decimal}; 1 is right)."
        ),
    }[side]
    status: Status = "unknown" if not held.slope.is_known else "bad" if side else "neutral"
    return Finding.about("slope", say(template, **held.slope.spread("slope")), held.slope, status)


def _rules(cut: Course) -> tuple[str, ...]:
    return (
        say(
            "A customer is known by what lay before the cut-off alone, and left who bought nothing in "
            "the {days:count} days after it; who first bought later is no example.",
            days=cut.label_days,
        ),
        say(
            "Tested at {days:list}, each time by models learned from outcomes that were known by then.",
            days=[words.day(day) for day in cut.tested],
        ),
        say(
            "Chosen is the simplest model that is not surely worse than the best and surely loses less "
            "than 0.01 of AUC to it."
        ),
    )
