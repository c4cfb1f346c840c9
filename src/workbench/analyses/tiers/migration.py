"""Migration: where the users of one week's levels stand in another week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyses.tiers.migration_views import draw_migration, told
from workbench.charts import Chart
from workbench.errors import MissingData, WorkbenchError
from workbench.kit.findings import Finding
from workbench.kit.levels import CLASSES, classes, places
from workbench.stats.rates import wilson

NEW, LOST = "new", "lost"
_HALF = 0.5  # of a user, for a level that is empty in one of the weeks

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Migration:
    """Users by their level in two weeks, judged by the same thresholds.

    Attributes:
        migration: One row for each way from one level to another: `level_before` (nine levels and
            `new`: not tiered before), `level_after` (nine levels and `lost`: no longer tiered),
            `users`. The users of a level before, and after, add up to those it had.
        level_changes: One row a level, the highest first: `level`, `class`, `users_before`,
            `stayed`, `rose`, `fell`, `lost` (these four add up to it), `users_after`, `joined`
            (from another level), `new` (these two and `stayed` add up to it), `stay_rate` of the
            users before with `_low` and `_high` (Wilson's 95 %).
        stability: One row: `users_before`, `users_after`, `psi` of the nine shares (see `psi`; null
            without users in a week), `stay_level_rate` and `stay_class_rate` of the users before,
            each with `_low` and `_high` (Wilson's 95 %).
        findings: What became of the core users, whether the shares of the levels are stable, who stayed.
    """

    migration: pd.DataFrame
    level_changes: pd.DataFrame
    stability: pd.DataFrame
    findings: tuple[Finding, ...]

    def migration_chart(self) -> Chart | MissingData:
        """Return the ways between levels as a heat map; between classes on a phone."""
        return draw_migration(self.migration, self.level_changes, self.findings[0].sentence)


def migrate(before: pd.DataFrame, after: pd.DataFrame, levels: Sequence[str]) -> Migration:
    """Return where the users of one week's levels stand in a later week.

    Args:
        before: `user_id`, `level`; one row a user who was tiered in the earlier week.
        after: The same of the later week, by the same thresholds; else what moved is the bar.
        levels: The nine levels, the highest first, three for each class.

    Raises:
        ParameterError: If a level is unknown or a user has two rows in a week.
    """
    stood, stands = places(before, levels), places(after, levels)
    absent = len(levels)
    both = pd.concat(
        [
            pd.Series(stood, index=pd.Index(before["user_id"]), name="before"),
            pd.Series(stands, index=pd.Index(after["user_id"]), name="after"),
        ],
        axis=1,
    )
    at = both.fillna(absent).to_numpy(dtype=np.int64)
    wide = absent + 1
    flows = np.bincount(at[:, 0] * wide + at[:, 1], minlength=wide**2).reshape(wide, wide)
    users = [np.bincount(one, minlength=absent) for one in (stood, stands)]
    reconcile(flows, *users)
    changes = _level_changes(flows, levels)
    stability = _stability(flows, *users)
    return Migration(
        _frame(flows, levels), changes, stability, told(flows, stability, classes(levels))
    )


def psi(before: Array, after: Array) -> float:
    """Return the population stability index of two distributions over the same levels.

    sum (a - b) ln(a / b) over the shares of the levels: Jeffreys' divergence, as credit scoring
    uses it (Lewis 1994; Siddiqi 2006, "Credit Risk Scorecards"). By convention a population is
    stable under 0.1 and has changed from 0.25 on. A level that is empty in both weeks adds nothing;
    one that is empty in one of them counts half a user there, for its logarithm would be infinite.

    Args:
        before: Users of each level; shape (levels,).
        after: The same later.

    Returns:
        The index, 0 where nothing moved; NaN where a week has no users.
    """
    if not before.sum() or not after.sum():
        return float("nan")
    seen = (before > 0) | (after > 0)
    shares = [
        np.where(users[seen] > 0, users[seen], _HALF) / users.sum() for users in (before, after)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def reconcile(flows: Array, before: Array, after: Array) -> None:
    """Refuse flows that do not add up to the users of the levels.

    Args:
        flows: Users by level before (the last: new) and after (the last: lost).
        before: Users of each level before.
        after: Users of each level after.

    Raises:
        WorkbenchError: If they do not.
    """
    if not (
        np.array_equal(flows.sum(axis=1)[:-1], before)
        and np.array_equal(flows.sum(axis=0)[:-1], after)
        and flows[-1, -1] == 0
    ):
        raise WorkbenchError("the users who moved do not add up to the users of the levels")


def _frame(flows: Array, levels: Sequence[str]) -> pd.DataFrame:
    ways = [
        (one, other, int(flows[i, j]))
        for i, one in enumerate([*levels, NEW])
        for j, other in enumerate([*levels, LOST])
        if (one, other) != (NEW, LOST)
    ]
    return pd.DataFrame(ways, columns=["level_before", "level_after", "users"])


def _level_changes(flows: Array, levels: Sequence[str]) -> pd.DataFrame:
    stayed = np.diag(flows)[:-1]
    inner = flows[:-1, :-1]
    # The highest level comes first, so who rose is left of the diagonal.
    rose, fell = np.tril(inner, -1).sum(axis=1), np.triu(inner, 1).sum(axis=1)
    users = flows.sum(axis=1)[:-1]
    rates = np.array([wilson(int(one), int(of)) for one, of in zip(stayed, users, strict=True)])
    columns = {
        "level": list(levels),
        "class": list(classes(levels).values()),
        "users_before": users,
        "stayed": stayed,
        "rose": rose,
        "fell": fell,
        "lost": flows[:-1, -1],
        "users_after": flows.sum(axis=0)[:-1],
        "joined": inner.sum(axis=0) - stayed,
        "new": flows[-1, :-1],
    }
    ends = ("stay_rate", "stay_rate_low", "stay_rate_high")
    return pd.DataFrame(columns | dict(zip(ends, rates.T, strict=True)))


def _stability(flows: Array, before: Array, after: Array) -> pd.DataFrame:
    users = int(before.sum())
    each = len(before) // len(CLASSES)
    blocks = [slice(i, i + each) for i in range(0, len(before), each)]
    rates = {
        "stay_level_rate": wilson(int(np.trace(flows)), users),
        "stay_class_rate": wilson(int(sum(flows[own, own].sum() for own in blocks)), users),
    }
    row: dict[str, object] = {
        "users_before": users,
        "users_after": int(after.sum()),
        "psi": psi(before, after),
    }
    for name, rate in rates.items():
        row |= {f"{name}{end}": part for end, part in zip(("", "_low", "_high"), rate, strict=True)}
    return pd.DataFrame([row])
