"""By which rules a funnel was counted, for the reader of its page."""

from __future__ import annotations

from datetime import timedelta

from workbench import words
from workbench.analyses.funnel.phrases import by_name
from workbench.words import _


def rules(window: timedelta, entry: str, by: str) -> tuple[str, ...]:
    """Return the rules in sentences.

    Args:
        window: How long an attempt may take.
        entry: As `levels`.
        by: The column that segments are told apart by, or empty.
    """
    entries = {
        "best": _(
            "A user counts once, with the best attempt of the period: the one that came furthest, "
            "of those the one that got there first, of those the one that started last."
        ),
        "first": _("A user counts once, with the first attempt of the period."),
    }
    common = (
        _(
            "An attempt starts at the first step. Other events may lie between the steps, and "
            "steps at the same instant may follow one another."
        ),
        entries[entry],
        _(
            "The last step counts if it comes within {window} of the first, that instant included. "
            "Attempts that started too late for that by the end of the data are shown apart."
        ).format(window=words.duration(window)),
        _(
            "A week owns the attempts that start in it, wherever they end. Each week is counted for "
            "itself; a longer period gives a user more attempts, so its rate is higher."
        ),
        _(
            "Step rate: share of the users at the step before. Overall rate: share of the users "
            "at the first step. Intervals are Wilson's, at 95 %."
        ),
    )
    if not by:
        return common
    told = _("A user belongs to the first {by} that is known of the attempt.")
    return (*common, told.format(by=by_name(by)))
