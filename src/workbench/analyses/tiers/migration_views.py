"""Migration in sentences and as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workbench.charts import Chart, heat
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding, Status
from workbench.kit.levels import CLASSES
from workbench.kit.sentences import message, say, say_n
from workbench.stats.rates import wilson

STABLE, CHANGED = 0.1, 0.25  # the conventional marks of the index
_DOUBT = 0.05
_KEPT = 0.5  # of the core users: whether the likelier fate of one was to stay or to leave

Array = np.ndarray[Any, Any]


def told(flows: Array, stability: pd.DataFrame, classes: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return what the ways between levels say, what became of the core users first.

    Args:
        flows: Users by level before (the last: new) and after (the last: lost).
        stability: `Migration.stability`.
        classes: The class of each level, the highest first.
    """
    row = stability.iloc[0]
    if not row["users_before"]:
        sentence = say("No user was tiered in the earlier week, so there is nothing to compare.")
        return (Finding(sentence, status="unknown"),)
    core = np.array([one == CLASSES[0] for one in classes.values()] + [False])
    return _core(flows, core), _structure(row, len(classes)), _stay(row)


def _core(flows: Array, core: Array) -> Finding:
    """What became of the core users: a core that grew may still have lost most of them.

    It is good news that more than `_KEPT` of them stayed, unless more left than came; bad that more
    left than stayed and than came; each beyond doubt. Whether more leave than come is McNemar's
    question (1947), by the exact binomial test.
    """
    users = int(flows[core].sum())
    name = words.label(CLASSES[0])
    if not users:
        return Finding(say("No user was in {core} before.", core=name), status="unknown")
    lost = int(flows[core][:, -1].sum())
    fell = int(flows[core][:, ~core].sum()) - lost
    came = int(flows[~core][:, core].sum())
    left = lost + fell
    sentence = say_n(
        "Of {users:count} user in {core}, {fell:count} fell to a lower class and {lost:count} no longer ordered; "
        "{came:count} came in.",
        "Of {users:count} users in {core}, {fell:count} fell to a lower class and {lost:count} no longer ordered; "
        "{came:count} came in.",
        users,
        users=users,
        core=name,
        fell=fell,
        lost=lost,
        came=came,
    )
    rate, low, high = wilson(left, users)
    shrank = left > came and float(stats.binomtest(left, left + came).pvalue) < _DOUBT
    status: Status = "neutral"
    if high < 1 - _KEPT and not shrank:
        status = "good"
    elif low > 1 - _KEPT and shrank:
        status = "bad"
    return Finding(sentence, rate, low, high, status)


def _structure(row: pd.Series, levels: int) -> Finding:
    """Whether the nine shares are stable, unless chance alone would move them as far.

    With n and m users the index of two samples of one population is on average about
    (levels - 1) (1/n + 1/m) (Yurdakul 2018, "Statistical properties of population stability index").
    """
    index, users = float(row["psi"]), (row["users_before"], row["users_after"])
    if not all(users):
        sentence = say("No user is tiered in the later week, so its structure cannot be compared.")
        return Finding(sentence, status="unknown")
    figure = f"{index:.2f}"
    if (levels - 1) * sum(1 / one for one in users) >= STABLE:
        sentence = message(
            "With so few users chance alone moves the shares of the levels, so nothing is said of "
            "them (population stability index {index})."
        )
        return Finding(sentence.format(index=figure), index, status="unknown")
    text, status = _verdict(index)
    sentence = text.format(index=figure, stable=STABLE, changed=CHANGED)
    return Finding(sentence, index, status=status)


def _verdict(index: float) -> tuple[str, Status]:
    if index < STABLE:
        return message(
            "The shares of the levels are stable, which does not say that the same users stand on "
            "them (population stability index {index}, below {stable})."
        ), "neutral"
    if index < CHANGED:
        return message(
            "The shares of the levels have shifted (population stability index {index}, "
            "between {stable} and {changed})."
        ), "neutral"
    return message(
        "The shares of the levels have changed (population stability index {index}, "
        "not below {changed})."
    ), "bad"


def _stay(row: pd.Series) -> Finding:
    rate, low, high = (float(row[f"stay_level_rate{end}"]) for end in ("", "_low", "_high"))
    sentence = message("{level} of the users stayed at their level, {own} within their class.")
    return Finding(
        sentence.format(
            level=words.percent(rate), own=words.percent(float(row["stay_class_rate"]))
        ),
        rate,
        low,
        high,
    )


def draw_migration(
    migration: pd.DataFrame, level_changes: pd.DataFrame, title: str
) -> Chart | MissingData:
    """Return the ways between levels as a heat map; between classes on a phone.

    Args:
        migration: `Migration.migration`.
        level_changes: `Migration.level_changes`.
        title: The finding.
    """
    if not level_changes["users_before"].sum():
        return MissingData(title)
    of = dict(zip(level_changes["level"], level_changes["class"], strict=True))
    ways = migration.assign(
        level_before=migration["level_before"].map(lambda name: of.get(name, name)),
        level_after=migration["level_after"].map(lambda name: of.get(name, name)),
    )
    ends = ["level_before", "level_after"]
    ways = ways.groupby(ends, sort=False)[["users"]].sum().reset_index()
    alt = say(
        "Users by where they were before and where they are after: {rows}.",
        rows="; ".join(
            say(
                "{before:label} to {after:label} {users:count}",
                before=before,
                after=after,
                users=users,
            )
            for before, after, users in ways.itertuples(index=False)
        ),
    )
    note = say(
        "Rows: where users were before; columns: where they are after. Darker: a larger share of "
        "the row’s users. On a wide screen the nine levels, on a narrow one the three classes."
    )
    wide, narrow = (
        heat(_cells(rows), title=title, alt=alt, note=note) for rows in (migration, ways)
    )
    return wide.with_phone(narrow)


def _cells(ways: pd.DataFrame) -> pd.DataFrame:
    """Cells of a heat map: users, shaded by their share of the row; nobody is left blank."""
    whole = ways.groupby("level_before")["users"].transform("sum")
    return pd.DataFrame(
        {
            "row": ways["level_before"].map(words.label),
            "column": ways["level_after"].map(words.label),
            "text": [words.short(users) if users else "" for users in ways["users"]],
            "weight": (ways["users"] / whole).where(ways["users"] > 0),
        }
    )
