"""Users whom scores cannot tell apart, or of whom one is nearly all there is."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.customers.thresholds import SCORES
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.stats.interval import FEWEST, Interval

_MOST = 0.5  # of the revenue: with more of it one user is what the page is about
_NEARLY_ALL = 0.9  # of the users in one cell: scores of thirds hold at most a third by chance
_ALIKE = {
    True: message(
        "Scores cannot tell these {users:count} users apart: all ordered as lately, as often and "
        "for as much. That they stand at {level:lower} says nothing about them."
    ),
    False: message(
        "Scores hardly tell these {users:count} users apart: {same:count} of them have the same "
        "three. That they stand at {level:lower} says little about them."
    ),
}
"""By whether all are alike."""


def alike(users: pd.DataFrame, scope: Scope) -> Iterator[Finding]:
    """Yield what a reader must know before any level.

    Args:
        users: Those of `Tiers`.
        scope: Whose users.
    """
    total = int(users["monetary"].clip(lower=0).sum())
    largest = int(users["monetary"].max())
    if len(users) > 1 and total and largest > _MOST * total:
        one = say(
            "One user brings {share:share} of the revenue ({amount:money}): what is said of levels "
            "and money here is said of that one.",
            share=largest / total,
            amount=largest,
            currency=scope.currency,
        )
        yield Finding.about("core", one, Interval(largest / total))
    if len(users) < FEWEST:
        return
    cells = users.groupby([*SCORES, "level"]).size().sort_values()
    same, level = int(cells.iloc[-1]), str(cells.index[-1][-1])
    if same > _NEARLY_ALL * len(users):
        text = say(_ALIKE[same == len(users)], users=len(users), same=same, level=level)
        yield Finding.about("core", text, status="unknown")
