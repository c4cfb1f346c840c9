"""What was ranked at a cut-off, held against what came: ordered levels, and scores beside rivals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.stats.arrays import Array
from workbench.stats.concentration import GROUPS, normalised, order
from workbench.stats.interval import UNKNOWN, columns
from workbench.stats.means import means
from workbench.stats.trend import trends

PERFECT = "perfect"


@dataclass(frozen=True)
class Ranked:
    """What came of users, by what they were ranked by; the outcome is in its own unit.

    Attributes:
        levels: One row a level, the highest first: `level`, `class`, `users`, `users_rate` (of all
            users), `mean_outcome` a user with `_low` and `_high` (95 %, clustered by user; null
            with fewer than five users of whom anything came), `total_outcome` (exact for whole
            numbers), `outcome_rate` (of the outcome of all users; null if that is nothing).
        trends: One row for all levels and one for each class: see `trend.trends`.
        rankings: One row a score, one's own first: `ranking`, `concentration_rate` of the
            outcome (1 perfect, 0 chance) with `_low` and `_high`, `lead_change` (how far one's own
            is ahead of this one, over the same users) with `_low` and `_high`; null where a score
            has gaps or nothing came.
        curve: `ranking` (each score and `perfect`), `users_rate` (the first 0, 1 to 9 ninths of
            the users), `outcome_rate` (their part of the whole).
    """

    levels: pd.DataFrame
    trends: pd.DataFrame
    rankings: pd.DataFrame
    curve: pd.DataFrame


def ranked(
    place: Array,
    scores: Mapping[str, Array],
    outcome: Array,
    classes: Mapping[str, str],
    untold: Collection[str] = (),
) -> Ranked:
    """Return whether levels and scores that were known at a cut-off order what came after it.

    Args:
        place: Each user's level, 0 the highest; shape (users,).
        scores: What else users are ranked by, the highest first; one's own first, then rivals;
            shape (users,) each, NaN where not known.
        outcome: What came of each user, 0 where nothing did; shape (users,).
        classes: The class of each level, the highest level first.
        untold: Levels that no trend is to name.
    """
    each = means(place, outcome, len(classes))
    orders = {name: order(score, outcome) for name, score in scores.items()}
    orders[PERFECT] = order(outcome.astype(float), outcome)
    found = {name: normalised(orders[name], orders[PERFECT]) for name in scores}
    own = next(iter(scores))
    rows = [
        (name, *one.interval(), *(UNKNOWN if name == own else found[own].lead(one)))
        for name, one in found.items()
    ]
    curve = {
        "ranking": np.repeat(list(orders), GROUPS + 1),
        "users_rate": np.tile(np.arange(GROUPS + 1) / GROUPS, len(orders)),
        "outcome_rate": np.concatenate([one.curve for one in orders.values()]),
    }
    sums = pd.Series(outcome).groupby(place).sum().reindex(range(len(classes)), fill_value=0)
    total, users = sums.sum(), np.array([one.users for one in each])
    levels = pd.DataFrame({"level": list(classes), "class": list(classes.values()), "users": users})
    levels["users_rate"] = users / len(place) if len(place) else np.nan
    levels[columns("mean_outcome")] = [one.interval() for one in each]
    levels["total_outcome"] = sums
    levels["outcome_rate"] = sums / total if total > 0 else np.nan
    return Ranked(
        levels,
        trends(place, outcome, classes, each, untold),
        pd.DataFrame(rows, columns=["ranking", *columns("concentration_rate", "lead_change")]),
        pd.DataFrame(curve),
    )
