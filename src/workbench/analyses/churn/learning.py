"""What foretells who leaves? Rivals are learned, tested on what they had not seen, and one is chosen."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special

from workbench.analyses.churn import held
from workbench.analyses.churn.model import BESIDE, NAMES, ChurnModel, metrics, unlearned
from workbench.backtests import calibration, rivals
from workbench.backtests.course import Course, course, pooled
from workbench.backtests.crossing import TEST_SHARE, crossed
from workbench.backtests.rivals import Contest
from workbench.customers.days import NEEDS
from workbench.customers.examples import Examples
from workbench.customers.outcomes import outcomes
from workbench.errors import MissingData, SourceError
from workbench.kit import gaps, words
from workbench.kit.findings import Finding, verdict
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, together
from workbench.models.saved import Model
from workbench.stats.arrays import Array
from workbench.stats.calibration import by_group, calibrate
from workbench.stats.interval import Interval

FEWEST = 50
"""Customers to whom it must have happened, and not: with fewer a model is not learned."""

_COIN = 0.5
_GROUPS = 5  # of scores, by which the curve of coming back is kept
_TOO_FEW_CUSTOMERS = message(
    "Who leaves cannot be learned: it takes {fewest:count} customers who left and as many who stayed; "
    "counted once at each cut-off, there were {left:count} and {stayed:count}."
)
_TOO_FEW_CONTRACTS = message(
    "Who leaves cannot be learned: it takes {fewest:count} contracts that ended and as many that go on; "
    "there are {left:count} and {stayed:count}."
)
_NOT_LEFT = message(
    "Who leaves cannot be learned: who bought on these days cannot be told from who left."
)
_ALIKE = message(
    "Who leaves cannot be learned: those who left and those who stayed were known alike before."
)
_MEASURED = message(
    "Told apart (AUC): how often, of a customer who left and one who stayed, the one who left had the higher "
    "score; 0.5 is a coin, 1 without fault. Mean squared miss (Brier): of the scores from what happened, which "
    "is 0 or 1; 0 is without fault."
)
_CHOSEN = message(
    "Chosen is the simplest model that is not surely worse than the best and surely loses less than 0.01 "
    "of AUC to it."
)

_GROUPED = {
    "platform": message(
        "By platform a customer is of that of most purchases and events in the 90 days before the "
        "cut-off; who had none is in no line by it."
    ),
    "level": message(
        "By level a customer is of that of the cut-off; who was on none is in no line by it."
    ),
}
"""By the column of groups."""


def fit(scope: Scope, horizon_days: int = 0) -> ChurnModel:
    """Return the model of who leaves, tested on what it had not seen.

    Of a shop with orders it is who buys nothing in the days after a cut-off: rivals are learned before
    each of three cut-offs and held against what came after it; the simplest that is not worse is
    learned once more from all that is known by the scope's end. Where there are no orders, but a table
    `features` of users whose outcome is known, it is whose contract ended: rivals are learned on four
    fifths of the users and held against the last fifth, in three partings.

    Args:
        scope: Its whole history on its platform counts, up to its end.
        horizon_days: How far ahead is asked; 0: it is learned from the pauses between purchases.
            A contract has none.

    Raises:
        MissingData: If there are neither orders with users nor outcomes.
    """
    if "orders" not in scope.tables and "features" in scope.tables:
        return _of_contracts(scope)
    lacking = scope.missing(NEEDS, say("who is about to leave"))
    if lacking:
        raise MissingData(lacking)
    scope.check_platform("orders")
    try:
        cut = course(scope, horizon_days)
    except SourceError as error:
        return unlearned(scope, str(error))
    if untold := _days_unknown(scope, cut):
        return unlearned(scope, untold)
    each = cut.examples(scope, cut.tested)
    rows, churned = pooled(each)
    if few := _too_few(churned, _TOO_FEW_CUSTOMERS):
        return unlearned(scope, few)
    try:
        folds = cut.folds(scope)
        found = rivals.contest(folds, rivals.able(pd.concat([rows, folds[-1].rows])))
        model = rivals.fit(found.chosen, rows, churned)
        told = _told(scope, cut, found, model)
        named = gaps.told(scope, "orders", say("Who bought on these days only is not known."))
        hazard = _hazard(model, each, cut.label_days).assign(platform=scope.platform)
        return replace(told, hazard=hazard, findings=(*named, *told.findings))
    except SourceError:
        return unlearned(scope, say(_ALIKE))


def _of_contracts(scope: Scope) -> ChurnModel:
    known = outcomes(scope)
    if few := _too_few(known.churned, _TOO_FEW_CONTRACTS):
        return unlearned(scope, few)
    try:
        folds = crossed(known.rows, known.churned)
        found = rivals.contest(folds, rivals.able(known.rows), test_share=TEST_SHARE)
        model = rivals.fit(found.chosen, known.rows, known.churned)
    except SourceError:
        return unlearned(scope, say(_ALIKE))
    return _told(scope, None, found, model)


def _days_unknown(scope: Scope, cut: Course) -> str:
    """Which days without orders follow a cut-off, where they are too many to learn from; else empty."""
    spans = cut.after(scope.time_zone)
    own = [
        gap
        for gap in scope.gaps("orders")
        if any(gap.touches(span.first, span.last) for span in spans)
    ]
    if not any(gaps.too_many(sum(gap.days_in(span) for gap in own), span) for span in spans):
        return ""
    return together(gaps.sentence(own), say(_NOT_LEFT))


def _too_few(churned: Array, text: str) -> str:
    left, stayed = int(churned.sum()), int(len(churned) - churned.sum())
    if min(left, stayed) >= FEWEST:
        return ""
    return say(text, left=left, stayed=stayed, fewest=FEWEST)


def _told(scope: Scope, cut: Course | None, found: Contest, model: Model) -> ChurnModel:
    last = held.latest(found, cut)
    score = last.scores[found.chosen]
    whole = calibrate(score, last.happened)
    shown, backtest = rivals.table(found), held.by_cut_off(found, last)
    tenths, groups = held.gains(found, last), held.groups(scope, last, score)
    rate = whole.happened_rate
    missed = Interval(*(whole.forecast_rate - end for end in (rate.value, rate.high, rate.low)))
    first = scope.first_day("orders") if cut else None
    known_days = 0 if first is None else (scope.period.last - first).days + 1
    what = (
        say("no purchase within {days:count} days", days=cut.label_days)
        if cut
        else say("a contract that ends")
    )
    return ChurnModel(
        scope,
        model,
        cut,
        found.chosen,
        shown,
        backtest,
        calibration.frame(whole, "probability"),
        by_group(score, last.happened),
        tenths,
        groups,
        pd.DataFrame(columns=[*held.HAZARD]),
        findings=(
            _horizon(cut) if cut else _outcome(rate, whole.users),
            _choice(shown),
            *held.level(backtest.iloc[0], cut, known_days),
            held.slope(whole),
            held.lift(tenths.iloc[0], rate.value),
            *held.for_whom(groups),
            calibration.told(whole, what),
        ),
        metrics=metrics(
            found.spread[found.chosen], held.precision(found, None if cut else TEST_SHARE), missed
        ),
        rules=_rules(cut, groups) if cut else _rules_of_contracts(),
        instead=BESIDE,
        missing=()
        if cut
        else (scope.missing(NEEDS, say("what is at risk, and how far calls pay")),),
    )


def _outcome(rate: Interval, users: int) -> Finding:
    said = say(
        "A customer counts as leaving whose contract ended, as the table features tells: {rate:percent} "
        "of {users:count}.",
        rate=rate.value,
        users=users,
    )
    return Finding.about("horizon", said, rate)


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
    return pd.DataFrame(rows, columns=[*held.HAZARD[:-1]])


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


_TOLD = {
    "first": message(
        "Who left was told best by {chosen}, the simplest of all: of two customers the one who left "
        "had the higher score in {auc:percent} of pairs (95 % sure: {auc_low:percent} to "
        "{auc_high:percent})."
    ),
    "sure": message(
        "Who left was told best by {chosen}: of two customers the one who left had the higher "
        "score in {auc:percent} of pairs (95 % sure: {auc_low:percent} to {auc_high:percent}), and "
        "nothing simpler was as good."
    ),
    "unsure": message(
        "Who left was told best by {chosen}: of two customers the one who left had the higher "
        "score in {auc:percent} of pairs (95 % sure: {auc_low:percent} to {auc_high:percent}); these "
        "customers are too few to tell whether something simpler is as good."
    ),
    "about": message(
        "Who left was told by {chosen}, the simplest that is not surely behind {best}, and surely not far "
        "behind: of two customers the one who left had the higher score in {auc:percent} of pairs (95 % sure: "
        "{auc_low:percent} to {auc_high:percent})."
    ),
}
"""By how sure it is that nothing simpler is as good."""


def _choice(shown: pd.DataFrame) -> Finding:
    chosen = shown[shown["is_chosen"]].iloc[0]
    best = shown.iloc[int(shown["auc"].to_numpy().argmax())]
    figure = Interval(*(float(chosen[f"auc{end}"]) for end in ("", "_low", "_high")))
    simpler = shown[: chosen.name]
    is_sure = bool((simpler["behind_change_low"] > 0).all())
    how = "about" if chosen["model"] != best["model"] else "sure" if is_sure else "unsure"
    template = _TOLD[how if len(simpler) or how == "about" else "first"]
    said = say(
        template,
        chosen=say(NAMES[chosen["model"]]),
        best=say(NAMES[best["model"]]),
        **figure.spread("auc"),
    )
    by_chance = (
        say("That may be chance: a coin would give it in half of them.")
        if figure.low <= _COIN
        else ""
    )
    verdict_of = verdict(figure, against=_COIN)
    return Finding.about("chosen", together(said, by_chance), figure, verdict_of)


def _rules_of_contracts() -> tuple[str, ...]:
    return (
        say(
            "Learned from users whose outcome is known, and tested on a fifth of them that was not "
            "learned from, each fifth in turn, in three partings by chance."
        ),
        say(
            "The table tells that a contract ended, not when: a score says how like those who left a "
            "customer is, not within which time one will leave."
        ),
        say(_CHOSEN),
        say(_MEASURED),
    )


def _rules(cut: Course, groups: pd.DataFrame) -> tuple[str, ...]:
    return (
        say(
            "A customer is known by what lay before the cut-off alone, and left who bought nothing in "
            "the {days:count} days after it; who first bought later is no example.",
            days=cut.label_days,
        ),
        say(
            "Tested on {days:list}, each time by models learned from outcomes that were known by then.",
            days=[words.day(day) for day in cut.tested],
        ),
        say(_CHOSEN),
        say(_MEASURED),
        *(say(_GROUPED[by]) for by in dict.fromkeys(groups["by"])),
        say(
            "At risk with a customer is what is expected to be spent by that one in the {days:count} "
            "days from now on, times the chance of leaving.",
            days=cut.horizon_days,
        ),
    )
