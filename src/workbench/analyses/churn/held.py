"""How good has it been? The chosen model at cut-offs that it had not seen, and for whom it held less."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.backtests import listed, rivals
from workbench.backtests.course import Course
from workbench.backtests.rivals import Contest
from workbench.customers.tiering import tiered
from workbench.kit.findings import Finding, Status, verdict
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.stats import discrimination
from workbench.stats.arrays import Array
from workbench.stats.calibration import Calibration, calibrate
from workbench.stats.interval import Interval, columns

_YEARS = 2 * 365  # days of orders from which a season can be told from a change
_PLATFORM = "platform_"

COLUMNS = (
    *("cut_off", "users", "forecast_rate", *columns("happened_rate"), "auc", "average_precision"),
    *("brier_score", "log_loss", "ece_rate", "perfect_ece_rate", *columns("slope"), "lift_times"),
)
"""Of `by_cut_off`."""

_OFF = {
    1: message(
        "More left than were forecast, and {days:count} days of orders cannot tell a season that repeats "
        "from customers who changed: read who is likelier to leave than whom rather than how likely each "
        "is."
    ),
    -1: message(
        "Fewer left than were forecast, and {days:count} days of orders cannot tell a season that repeats "
        "from customers who changed: read who is likelier to leave than whom rather than how likely each "
        "is."
    ),
}
"""By the side on which what happened lies."""

HAZARD = ("group", "from_probability", "week", "bought_rate", "platform")
"""Of the curve of coming back; see `ChurnModel.hazard`."""


class Latest(NamedTuple):
    """What was tested last, where each user counts once: at the latest cut-off, or in each fold once.

    Attributes:
        cut_off: The day; None where users are told apart by others of them.
        rows: The features.
        scores: The probabilities of each rival, shape (users,).
        happened: 0 or 1, shape (users,).
    """

    cut_off: date | None
    rows: pd.DataFrame
    scores: dict[str, Array]
    happened: Array


def latest(found: Contest, cut: Course | None) -> Latest:
    """Return what was tested last."""
    first = found.folds[0].name
    own = [place for place, fold in enumerate(found.folds) if fold.name == first]
    return Latest(
        date.fromisoformat(first) if cut else None,
        pd.concat([found.folds[place].tested_rows for place in own]),
        {
            name: np.concatenate([each[place] for place in own])
            for name, each in found.scores.items()
        },
        np.concatenate([found.folds[place].tested_happened for place in own]),
    )


def by_cut_off(found: Contest, held: Latest) -> pd.DataFrame:
    """Return how the chosen one did at each cut-off, the latest first; in one row where there is none."""
    if held.cut_off is None:
        return pd.DataFrame([_did(None, held.scores[found.chosen], held.happened)])
    tested = zip(found.folds, found.scores[found.chosen], strict=True)
    return pd.DataFrame(
        [_did(date.fromisoformat(one.name), score, one.tested_happened) for one, score in tested]
    )


def _did(cut_off: date | None, score: Array, happened: Array) -> dict[str, object]:
    held = calibrate(score, happened)
    return {
        "cut_off": cut_off,
        "users": held.users,
        "forecast_rate": held.forecast_rate,
        **held.happened_rate.spread("happened_rate"),
        "auc": discrimination.auc(score, happened),
        "average_precision": discrimination.average_precision(score, happened),
        "brier_score": held.brier_score,
        "log_loss": held.log_loss,
        "ece_rate": held.ece_rate,
        "perfect_ece_rate": held.perfect_ece_rate.value,
        **held.slope.spread("slope"),
        "lift_times": discrimination.lift(score, happened, rivals.FIRST),
    }


def precision(found: Contest, test_share: float | None) -> Interval:
    """Return the average precision of the chosen one, with its interval as that of its AUC."""
    scores = found.scores[found.chosen]
    happened = [one.tested_happened for one in found.folds]
    if test_share is not None:
        pairs = zip(scores, happened, strict=True)
        each = np.array([discrimination.average_precision(*pair) for pair in pairs])
        return discrimination.corrected_t(each, test_share)
    users = [one.tested_rows.index.to_numpy(dtype=object).astype(str) for one in found.folds]
    drawn = discrimination.resampled(
        {found.chosen: scores}, happened, users, measure="average_precision"
    )
    return discrimination.spread(drawn[found.chosen])


def gains(found: Contest, held: Latest) -> pd.DataFrame:
    """Return what the first tenths of the list hold, beside the plainest rival's list."""
    names = dict.fromkeys((found.chosen, next(iter(found.scores))))
    return listed.gains({name: held.scores[name] for name in names}, held.happened)


def lift(first: pd.Series, happened_rate: float) -> Finding:
    """Return what the tenth with the highest scores held, and whether that is more than chance."""
    rate = Interval(*(float(first[f"happened_rate{end}"]) for end in ("", "_low", "_high")))
    template = (
        message(
            "Of the tenth with the highest scores {rate:percent} left (95 % interval {rate_low:percent} "
            "to {rate_high:percent}), of all {whole:percent}: that tenth held {found:percent} of those "
            "who left."
        )
        if rate.side(happened_rate) > 0
        else message(
            "Of the tenth with the highest scores {rate:percent} left (95 % interval {rate_low:percent} "
            "to {rate_high:percent}), of all {whole:percent}: no more than chance would explain."
        )
    )
    said = say(
        template, whole=happened_rate, found=float(first["found_rate"]), **rate.spread("rate")
    )
    return Finding.about("lift", said, rate, verdict(rate, against=happened_rate))


def groups(scope: Scope, held: Latest, score: Array) -> pd.DataFrame:
    """Return how the scores held by platform and by level, as both were known at the latest cut-off."""
    none = pd.DataFrame(columns=[*listed.GROUPS])
    if held.cut_off is None:
        return none
    shares = held.rows.filter(regex=f"^{_PLATFORM}")
    parts = []
    if len(shares.columns) > 1:
        known = shares.fillna(0).max(axis=1) > 0
        most = shares.fillna(0).idxmax(axis=1)
        first = most.map(lambda name: str(name).removeprefix(_PLATFORM)).where(known)
        parts.append(listed.by_group("platform", first, score, held.happened, scope.min_group))
    placed = tiered(scope.until(held.cut_off)).set_index("user_id")["level"]
    level = placed.astype("object").reindex(held.rows.index)
    if level.notna().any():
        parts.append(listed.by_group("level", level, score, held.happened, scope.min_group))
    return pd.concat(parts, ignore_index=True) if parts else none


def for_whom(found: pd.DataFrame) -> list[Finding]:
    """Return which platforms and levels the scores miss otherwise than the rest."""
    if len(found) < 2:  # noqa: PLR2004 - nothing to compare
        said = say(
            "There are no platforms and levels to compare, for which the scores could hold less."
        )
        return [Finding.about("groups", said, status="unknown")]
    off = found[listed.further_off(found)]
    if off.empty:
        said = say(
            "Of the {n:count} groups that were compared none is missed otherwise than the rest, beyond what "
            "chance would explain.",
            n=len(found),
        )
        return [Finding.about("groups", said)]
    return [
        _otherwise(row, found[(found["by"] == row["by"]) & (found.index != place)])
        for place, row in off.iterrows()
    ]


def _otherwise(row: pd.Series, rest: pd.DataFrame) -> Finding:
    """How a group is missed, beside the rest of its kind."""
    rate = Interval(*(row[f"happened_rate{end}"] for end in ("", "_low", "_high")))
    said = say(
        "The scores miss otherwise for {value:label} than for the rest: {forecast:percent} of "
        "{users:count} customers were forecast to leave, and {rate:percent} left (95 % interval "
        "{rate_low:percent} to {rate_high:percent}); of the rest {others_forecast:percent} and "
        "{others_left:percent}.",
        value=say("others") if row["segment"] == listed.OTHERS else row["segment"],
        users=row["users"],
        forecast=row["forecast_rate"],
        others_forecast=np.average(rest["forecast_rate"], weights=rest["users"]),
        others_left=np.average(rest["happened_rate"], weights=rest["users"]),
        **rate.spread("rate"),
    )
    return Finding.about("groups", said, rate, "bad")


def level(latest: pd.Series, cut: Course | None, known_days: int) -> list[Finding]:
    """Whether as many left as were forecast at the latest cut-off, and what a year cannot tell."""
    happened = Interval(*(float(latest[f"happened_rate{end}"]) for end in ("", "_low", "_high")))
    forecast = float(latest["forecast_rate"])
    is_off = happened.side(forecast) != 0
    if cut is None:
        return [_of_all(int(latest["users"]), forecast, happened)]
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
        why = say(_OFF[happened.side(forecast)], days=known_days)
        found.append(Finding.about("level", why, status="unknown"))
    return found


def _of_all(users: int, forecast: float, happened: Interval) -> Finding:
    said = say(
        "Of {users:count} users whose outcome is known, {forecast:percent} were forecast to leave by "
        "models that had not seen them, and {happened:percent} left (95 % interval "
        "{happened_low:percent} to {happened_high:percent}).",
        users=users,
        forecast=forecast,
        **happened.spread("happened"),
    )
    return Finding.about("level", said, happened, "bad" if happened.side(forecast) else "neutral")


def slope(held: Calibration) -> Finding:
    """Return whether high scores are too high and low ones too low, or the other way."""
    if not held.slope.is_known:
        untold = say("Whether the scores are too extreme or too timid cannot be told.")
        return Finding.about("slope", untold, held.slope, "unknown")
    # By the ends as they are told: one of 1.00 holds 1.
    side = Interval(*(round(end, 2) for end in held.slope)).side(1.0)
    template = {
        -1: message(
            "The scores are too extreme, high ones too high and low ones too low: their calibration "
            "slope is {slope:decimal} (95 % interval {slope_low:decimal} to {slope_high:decimal}; 1 "
            "is right)."
        ),
        0: message(
            "The scores are neither too extreme nor too timid by more than chance would explain: their "
            "calibration slope is {slope:decimal} (95 % interval {slope_low:decimal} to "
            "{slope_high:decimal}; 1 is right)."
        ),
        1: message(
            "The scores are too timid, high ones too low and low ones too high: their calibration "
            "slope is {slope:decimal} (95 % interval {slope_low:decimal} to {slope_high:decimal}; 1 "
            "is right)."
        ),
    }[side]
    status: Status = "bad" if side else "neutral"
    return Finding.about("slope", say(template, **held.slope.spread("slope")), held.slope, status)
