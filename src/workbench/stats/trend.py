"""Whether an outcome rises with an ordered level: a test, its effect, and what is out of order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from workbench.stats.arrays import Array
from workbench.stats.interval import DOUBT, FEWEST, UNKNOWN
from workbench.stats.means import Mean

ALL = "all"


def trends(
    places: Array,
    outcome: Array,
    classes: Mapping[str, str],
    each: Sequence[Mean],
    untold: Collection[str] = (),
) -> pd.DataFrame:
    """Return the trend over all levels and within each class.

    The test is that of Kendall's tau-b between level and outcome, against a rise. Its statistic is
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
        outcome: What came of each user, such as an amount in minor units; shape (users,).
        classes: The class of each level, the highest level first.
        each: The mean of each level.
        untold: Levels whose means are not to be told.

    Returns:
        `class` (`all` first), `users`, `tau`, `p_value`, `adjusted_p_value`, `holds` (that
        is below 0.05, and the mean of the highest level above that of the lowest; null unless two
        levels have five users each and outcomes differ); `highest_level` and
        `lowest_level` of those with five users, `difference_outcome` of their means with
        `_low` and `_high`; `ahead_level` and `behind_level`: the lower level of the scope whose mean
        is most above that of a higher one, if beyond doubt (of all pairs by Bonferroni), else null.
    """
    levels = list(classes)
    scopes = {ALL: levels} | {
        name: [level for level in levels if classes[level] == name]
        for name in dict.fromkeys(classes.values())
    }
    rows = []
    for name, scope in scopes.items():
        within = [levels.index(level) for level in scope]
        inside = np.isin(places, within)
        told_of = [i for i in within if each[i].users >= FEWEST and levels[i] not in untold]
        compared = {levels[i]: each[i] for i in told_of}
        told = _test(places[inside], outcome[inside], compared) if len(compared) > 1 else _UNTOLD
        rows.append({"class": name, "users": int(inside.sum()), **told})
    found = pd.DataFrame(rows)
    adjusted = pd.Series(_gated(found["p_value"].to_numpy()))
    rises = (adjusted < DOUBT) & (found["difference_outcome"] > 0)
    place = list(found).index("p_value") + 1
    found.insert(place, "adjusted_p_value", adjusted)
    found.insert(place + 1, "holds", rises.astype("boolean").where(adjusted.notna()))
    return found


def _test(places: Array, outcome: Array, compared: Mapping[str, Mean]) -> dict[str, object]:
    """The trend over the levels that are compared, its effect, and the pair most out of order."""
    # The asymptotic one always: which one is taken may not hang on whether outcomes tie.
    found = stats.kendalltau(-places, outcome, method="asymptotic", alternative="greater")
    names = list(compared)
    pairs = list(itertools.combinations(names, 2))
    ahead = max(
        (
            (more.value, lower, higher)
            for higher, lower in pairs
            if (more := compared[lower].minus(compared[higher], DOUBT / len(pairs))).low > 0
        ),
        default=(math.nan, None, None),
    )
    return {
        "tau": float(found.statistic),
        "p_value": float(found.pvalue),
        "highest_level": names[0],
        "lowest_level": names[-1],
        **compared[names[0]].minus(compared[names[-1]]).spread("difference_outcome"),
        "ahead_level": ahead[1],
        "behind_level": ahead[2],
    }


_UNTOLD: dict[str, object] = {
    "tau": math.nan,
    "p_value": math.nan,
    "highest_level": None,
    "lowest_level": None,
    **UNKNOWN.spread("difference_outcome"),
    "ahead_level": None,
    "behind_level": None,
}


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
