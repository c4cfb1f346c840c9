"""Pieces of sentences that findings and charts share."""

from __future__ import annotations

import pandas as pd

from workbench import words
from workbench.words import _

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def duration(seconds: float) -> str:
    """Return a length of time as a person says it: `40 s`, `12 min`, `3.5 h`, `7 days`."""
    if seconds < _MINUTE:
        return _("{n} s").format(n=f"{seconds:.0f}")
    if seconds < _HOUR:
        return _("{n} min").format(n=f"{seconds / _MINUTE:.0f}")
    if seconds < _DAY:
        return _("{n} h").format(n=_short(seconds / _HOUR))
    if seconds == _DAY:
        return _("1 day")
    return _("{n} days").format(n=_short(seconds / _DAY))


def segment_name(segment: object, by: str) -> str:
    """Return how a value of a column is called, also where it is missing."""
    if not isinstance(segment, str):
        return _("unknown {by}").format(by=words.label(by).lower())
    return words.label(segment)


def leak_sentence(steps: pd.DataFrame) -> str:
    """Return where most users are lost.

    Args:
        steps: `Funnel.steps`, with at least one user lost.
    """
    worst = steps["lost_users"].idxmax()
    before, after = steps.loc[worst - 1], steps.loc[worst]
    return _(
        "Most users are lost between {before} and {after}: {lost} of {users} ({rate})."
    ).format(
        before=words.label(before["event"]),
        after=words.label(after["event"]),
        lost=words.count(after["lost_users"]),
        users=words.count(before["users"]),
        rate=words.percent(after["lost_users"] / before["users"]),
    )


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
