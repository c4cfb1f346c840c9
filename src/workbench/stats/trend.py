"""Whether future revenue rises with the level: a trend test, its effect, and what is out of order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workbench.stats.interval import DOUBT, FEWEST, UNKNOWN
from workbench.stats.means import Mean, difference

ALL = "all"
_TWO = 2

Array = np.ndarray[Any, Any]


def trends(
    places: Array, amounts: Array, classes: Mapping[str, str], each: Sequence[Mean]
) -> pd.DataFrame:
    """Return the trend over all levels and within each class.

    The test is that of Kendall's tau-b between level and amount, against a rise. Its statistic is
    that of Jonckheere (1954) and Terpstra (1952) less its mean, and its variance that of Hollander,
    Wolfe and Chicken (2014, section 6.2) with ties, so the p-value is theirs. It asks whether a user
    of a higher level tends to bring more, so a few huge amounts do not decide it; what they amount
    to is the difference of the means beside it.

    All levels together are the question, the classes details of it, so they are tested in turn: the
    question first, by itself, and the classes only behind its gate, their three p-values Holm's
    (1979) and none below the question's. That keeps the chance of any false claim at 0.05 (Westfall
    and Krishen 2001, "Optimally weighted, fixed sequence and gatekeeper multiple testing
    procedures", Journal of Statistical Planning and Inference 99).

    Args:
        places: Each user's level, 0 the highest; shape (users,).
        amounts: Each user's future amount in minor units; shape (users,).
        classes: The class of each level, the highest level first.
        each: The mean of each level.

    Returns:
        `class` (`all` first), `users`, `tau`, `p_value`, `adjusted_p_value`, `holds` (that
        is below 0.05, and the mean of the highest level above that of the lowest; null unless two
        levels have five users each and amounts differ); `highest_level` and
        `lowest_level` of those with five users, `difference_amount` of their means with
        `_low` and `_high`; `ahead_level` and `behind_level`: the lower level of the scope whose mean
        is most above that of a higher one, if beyond doubt (of all pairs by Bonferroni), else null.
    """
    levels = list(classes)
    scopes: dict[str, Sequence[int]] = {ALL: range(len(levels))} | {
        name: [i for i, level in enumerate(levels) if classes[level] == name]
        for name in dict.fromkeys(classes.values())
    }
    rows = [
        {"class": name}
        | _test(places, amounts, scope, each)
        | _effect(scope, levels, each)
        | _out_of_order(scope, levels, each)
        for name, scope in scopes.items()
    ]
    found = pd.DataFrame(rows)
    found["adjusted_p_value"] = _gated(found["p_value"].to_numpy())
    known = found["adjusted_p_value"].notna()
    rises = (found["adjusted_p_value"] < DOUBT) & (found["difference_amount"] > 0)
    found["holds"] = rises.astype("boolean").where(known)
    return found[
        [
            *("class", "users", "tau", "p_value", "adjusted_p_value", "holds"),
            *("highest_level", "lowest_level"),
            *("difference_amount", "difference_amount_low", "difference_amount_high"),
            *("ahead_level", "behind_level"),
        ]
    ]


def _compared(scope: Sequence[int], each: Sequence[Mean]) -> list[int]:
    return [i for i in scope if each[i].users >= FEWEST]


def _test(
    places: Array, amounts: Array, scope: Sequence[int], each: Sequence[Mean]
) -> dict[str, object]:
    inside = np.isin(places, scope)
    tau = p_value = math.nan
    if len(_compared(scope, each)) >= _TWO:
        # The asymptotic one always: which one is taken may not hang on whether amounts tie.
        found = stats.kendalltau(
            -places[inside], amounts[inside], method="asymptotic", alternative="greater"
        )
        tau, p_value = float(found.statistic), float(found.pvalue)
    return {"users": int(inside.sum()), "tau": tau, "p_value": p_value}


def _effect(scope: Sequence[int], levels: Sequence[str], each: Sequence[Mean]) -> dict[str, object]:
    compared = _compared(scope, each)
    names: tuple[str | None, str | None] = (None, None)
    effect = UNKNOWN
    if len(compared) >= _TWO:
        names = (levels[compared[0]], levels[compared[-1]])
        effect = difference(each[compared[0]], each[compared[-1]])
    told: dict[str, object] = {"highest_level": names[0], "lowest_level": names[1]}
    return {**told, **effect.spread("difference_amount")}


def _out_of_order(
    scope: Sequence[int], levels: Sequence[str], each: Sequence[Mean]
) -> dict[str, object]:
    pairs = list(itertools.combinations(_compared(scope, each), _TWO))
    ahead = [
        (found[0], lower, higher)
        for higher, lower in pairs
        if (found := difference(each[lower], each[higher], DOUBT / len(pairs)))[1] > 0
    ]
    if not ahead:
        return {"ahead_level": None, "behind_level": None}
    _size, lower, higher = max(ahead)
    return {"ahead_level": levels[lower], "behind_level": levels[higher]}


def _gated(p_values: Array) -> Array:
    """The first p-value as it is, the others by Holm and none below the first."""
    return np.concatenate([p_values[:1], np.maximum(_holm(p_values[1:]), p_values[0])])


def _holm(p_values: Array) -> Array:
    """Holm's step-down adjustment (1979) of those that are known."""
    order = np.argsort(p_values)  # NaN comes last
    tests = int((~np.isnan(p_values)).sum())
    stepped = p_values[order] * np.maximum(tests - np.arange(len(p_values)), 1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.fmax.accumulate(stepped), 1.0)
    return np.where(np.isnan(p_values), math.nan, adjusted)
