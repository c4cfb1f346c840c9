"""A list from the highest score on: how much of what came it holds, and for whom it held less."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.stats import discrimination
from workbench.stats.arrays import Array
from workbench.stats.disclosure import folded
from workbench.stats.interval import DOUBT, columns
from workbench.stats.rates import wilson

TENTHS = 10
OTHERS = "others"
"""What the groups of too few users are told as, together."""

GAINS = (
    *("ranking", "tenth", "users", *columns("happened_rate"), "lift_times"),
    *("users_rate", "found_rate"),
)
GROUPS = (
    *("by", "segment", "users", "forecast_rate", *columns("happened_rate"), "auc", "miss_error"),
)
"""The columns of `gains` and of `by_group`."""

_FEWEST = 10  # users of either kind, with fewer of whom nothing is told of the order of scores


def gains(scores: Mapping[str, Array], happened: Array) -> pd.DataFrame:
    """Return what the first tenths of each ranking hold of those to whom it happened.

    Args:
        scores: By name, the highest first; shape (users,) each.
        happened: 0 or 1, shape (users,).

    Returns:
        A row a ranking and tenth, the highest scores first: `ranking`, `tenth`, `users`,
        `happened_rate` of the tenth with `_low` and `_high` (Wilson's), `lift_times` (that by the
        rate of all), `users_rate` and `found_rate` (of all users, and of all to whom it happened, up
        to there).
    """
    happened = np.asarray(happened, dtype=float)
    ends = np.round(np.arange(TENTHS + 1) * len(happened) / TENTHS).astype(np.int64)
    rows = []
    for name, score in scores.items():
        came = happened[np.argsort(-np.asarray(score), kind="stable")]
        hits = np.append(0, came.cumsum())[ends]
        for tenth in range(TENTHS):
            users = int(ends[tenth + 1] - ends[tenth])
            rate = wilson(int(hits[tenth + 1] - hits[tenth]), users)
            rows.append(
                {
                    "ranking": name,
                    "tenth": tenth + 1,
                    "users": users,
                    **rate.spread("happened_rate"),
                    "lift_times": rate.value / happened.mean() if hits[-1] else math.nan,
                    "users_rate": ends[tenth + 1] / len(happened),
                    "found_rate": hits[tenth + 1] / hits[-1] if hits[-1] else math.nan,
                }
            )
    return pd.DataFrame(rows, columns=[*GAINS])


def by_group(
    by: str, values: pd.Series, score: Array, happened: Array, least: int = 0
) -> pd.DataFrame:
    """Return how a probability held for each group of users.

    Args:
        by: What the groups are of.
        values: The group of each user, null for those of none, who are left out; shape (users,).
        score: Probabilities, shape (users,).
        happened: 0 or 1, shape (users,).
        least: Users, under whom a group is told with others only.

    Returns:
        A row a group, by name, `OTHERS` last: `by`, `segment`, `users`, `forecast_rate`,
        `happened_rate` with `_low` and `_high` (Wilson's), `auc` within the group (null with fewer
        than ten users to whom it happened, or did not), `miss_error` (the standard error of the mean
        miss if each probability were true).
    """
    rows = pd.DataFrame(
        {"value": np.asarray(values, dtype=object), "score": score, "came": happened}
    )
    rows = rows[rows["value"].notna()]
    sizes = rows["value"].value_counts().sort_index()
    few = set(sizes.index[folded(sizes.to_numpy(), least)])
    rows["value"] = rows["value"].map(lambda one: OTHERS if one in few else one)
    names = sorted(rows["value"].unique(), key=lambda one: (one == OTHERS, str(one)))
    found = [_group(by, one, rows[rows["value"] == one]) for one in names]
    return pd.DataFrame(found, columns=[*GROUPS])


def _group(by: str, value: str, rows: pd.DataFrame) -> dict[str, object]:
    score, came = rows["score"].to_numpy(dtype=float), rows["came"].to_numpy(dtype=float)
    hits = int(came.sum())
    is_enough = min(hits, len(came) - hits) >= _FEWEST
    return {
        "by": by,
        "segment": value,
        "users": len(rows),
        "forecast_rate": float(score.mean()),
        **wilson(hits, len(rows)).spread("happened_rate"),
        "auc": discrimination.auc(score, came) if is_enough else math.nan,
        "miss_error": math.sqrt(float((score * (1 - score)).sum())) / len(rows),
    }


def further_off(groups: pd.DataFrame) -> Array:
    """Return which groups miss otherwise than the rest of their kind does, beyond chance.

    The difference of two mean misses is held against its error if each probability were true, at 5 %
    by the number of groups (Bonferroni). Where all miss alike, as by a season, no group does.

    Args:
        groups: As `by_group` returns them, of one kind or several.

    Returns:
        Shape (groups,), true for those.
    """
    is_off = np.zeros(len(groups), dtype=bool)
    users = groups["users"].to_numpy(dtype=float)
    miss = (groups["happened_rate"] - groups["forecast_rate"]).to_numpy(dtype=float)
    spread = (groups["miss_error"].to_numpy(dtype=float) * users) ** 2
    for place, by in enumerate(groups["by"]):
        rest = (groups["by"] == by).to_numpy() & (np.arange(len(groups)) != place)
        if not rest.any():
            continue
        others = users[rest].sum()
        difference = miss[place] - (miss * users)[rest].sum() / others
        error = math.sqrt(spread[place] / users[place] ** 2 + spread[rest].sum() / others**2)
        chance = math.erfc(abs(difference) / (error * math.sqrt(2))) if error else 1.0
        is_off[place] = chance < DOUBT / len(groups)
    return is_off
