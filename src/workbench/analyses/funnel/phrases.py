"""Pieces of sentences that findings and charts share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.kit import words
from workbench.kit.words import _
from workbench.paths.segments import REST


def segment_name(segment: object, by: str) -> str:
    """Return how a value of a column is called, also where it is missing or one of the rest."""
    if not isinstance(segment, str):
        return _("Unknown")
    if segment == REST:
        return _("Other")
    return segment if by.endswith("_id") else words.label(segment)


def by_name(by: str) -> str:
    """Return how a column is called within a sentence: `platform`, `content`."""
    return words.label(by.removesuffix("_id")).lower()


def leak(steps: pd.DataFrame) -> int | None:
    """Return the row of `Funnel.steps` before which most users are lost; None if none are."""
    lost = steps["lost_users"].to_numpy()
    return int(np.argmax(lost)) if lost.max() > 0 else None


def leak_sentence(steps: pd.DataFrame, row: int) -> str:
    """Return what `leak` found, in words."""
    before, after = steps.iloc[row - 1], steps.iloc[row]
    return _(
        "Most users are lost between {before} and {after}: {lost} of {users} ({rate})."
    ).format(
        before=words.label(before["event"]),
        after=words.label(after["event"]),
        lost=words.count(after["lost_users"]),
        users=words.count(before["users"]),
        rate=words.percent(after["lost_users"] / before["users"]),
    )
