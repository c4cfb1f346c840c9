"""Verdicts on subjects: the latest that is known counts, and two on one subject tell how sure they are."""

from __future__ import annotations

import math
from datetime import UTC
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.stats.arrays import Array
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

NEEDS = {"labels": ("subject", "subject_id", "is_bad", "known_at")}
_FEWEST = 30  # subjects judged twice, under which agreement is not told


class Agreement(NamedTuple):
    """How far two reviewers of one subject agree.

    Attributes:
        subjects: How many were judged by two.
        rate: The share on which both said the same.
        kappa: Cohen's (1960): agreement beyond that of reviewers who only keep their own shares.
        wrong: The share of verdicts that are wrong if reviewers err alike and apart: (1 − √(2a − 1)) / 2
            of an agreement a, as a² of two right and (1 − a)² of two wrong ones gives it.
    """

    subjects: int
    rate: Interval
    kappa: float
    wrong: Interval


def verdicts(scope: Scope, subject: str) -> pd.DataFrame:
    """Return every verdict on a kind of subject that is known by a scope's end, by when it was known.

    Args:
        scope: Its end counts; labels know no platform.
        subject: order, user, review or content.

    Returns:
        `subject_id`, `is_bad`, `known` (seconds since 1970), `reviewer` (null where none is named);
        no row without a table of labels.
    """
    if scope.lacking("labels", NEEDS["labels"]):
        return pd.DataFrame(
            {"subject_id": pd.Series(dtype="str"), "is_bad": pd.Series(dtype="bool"),
             "known": pd.Series(dtype="int64"), "reviewer": pd.Series(dtype="str")}
        )  # fmt: skip
    labels = scope.history.labels
    mine = labels.filter(labels["subject"] == subject)
    who = mine.reviewer if "reviewer" in mine.columns else ibis.null("string")
    told = mine.select(
        "subject_id", "is_bad", known=mine.known_at.epoch_seconds().cast("int64"), reviewer=who
    )
    return frame(told.order_by(["known", "subject_id", "reviewer"]))


def latest(judged: pd.DataFrame, until: float = math.inf) -> pd.DataFrame:
    """Return the verdict that counts on each subject: the latest known before an instant.

    Returns:
        By `subject_id`: `is_bad`, `known` (of the verdict that counts), `first_known` (of the first).
    """
    rows = judged[judged["known"] < until]
    last = rows.drop_duplicates("subject_id", keep="last").set_index("subject_id")
    first = rows.drop_duplicates("subject_id").set_index("subject_id")["known"]
    return last[["is_bad", "known"]].assign(first_known=first)


def agreement(judged: pd.DataFrame) -> Agreement:
    """Return how far the first two reviewers of a subject agree; unknown where few were judged twice."""
    named = judged[judged["reviewer"].notna()].drop_duplicates(["subject_id", "reviewer"])
    order = named.groupby("subject_id").cumcount()
    first, second = (named[order == n].set_index("subject_id")["is_bad"] for n in (0, 1))
    if len(second) < _FEWEST:
        return Agreement(len(second), UNKNOWN, math.nan, UNKNOWN)
    a, b = first.reindex(second.index).to_numpy(dtype=bool), second.to_numpy(dtype=bool)
    rate = wilson(int((a == b).sum()), len(a))
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    kappa = (rate.value - chance) / (1 - chance) if chance < 1 else math.nan
    high, low = (_wrong(one) for one in (rate.low, rate.high))
    return Agreement(len(a), rate, float(kappa), Interval(_wrong(rate.value), low, high))


def _wrong(agreed: float) -> float:
    return (1 - math.sqrt(max(2 * agreed - 1, 0.0))) / 2


def closing_days(is_bad: Array, ages: Array) -> float:
    """Return after how many days nine in ten of the orders that prove good are known to be.

    Verdicts that come sooner are nearly all bad ones: who learns from them learns that all is bad.

    Args:
        is_bad: What each verdict says, shape (verdicts,).
        ages: After how many days it was known, likewise.

    Returns:
        Days; NaN where none proved good.
    """
    good = ages[~is_bad]
    return float(np.quantile(good, 0.9)) if len(good) else math.nan


def seconds(instant: object) -> int:
    """Return an instant in UTC without a zone as seconds since 1970."""
    return int(pd.Timestamp(instant).tz_localize(UTC).timestamp())  # type: ignore[arg-type]
