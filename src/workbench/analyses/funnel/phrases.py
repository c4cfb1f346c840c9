"""Pieces of sentences that findings and charts share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.kit import words
from workbench.kit.sentences import say
from workbench.paths.segments import REST


def segment_name(segment: object, by: str) -> str:
    """Return how a value of a column is called, also where it is missing or one of the rest."""
    if not isinstance(segment, str):
        return say("Unknown")
    if segment == REST:
        return say("Other")
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
    return say(
        "Most users are lost between {before:label} and {after:label}: {lost:count} of {users:count} ({rate:percent}).",
        before=before["event"],
        after=after["event"],
        lost=after["lost_users"],
        users=before["users"],
        rate=after["lost_users"] / before["users"],
    )
