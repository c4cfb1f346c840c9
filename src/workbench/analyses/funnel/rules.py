"""By which rules a funnel was counted, for the reader of its page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from workbench.analyses.funnel.phrases import by_name
from workbench.kit.sentences import message, say


def step_names(steps: Sequence[str], order: str) -> tuple[str, ...]:
    """Return what a report calls the steps: how many, where they may come in any order."""
    if order != "unordered":
        return tuple(steps)
    return tuple(
        say("{done} of {all} steps", done=k, all=len(steps)) for k in range(1, len(steps) + 1)
    )


def rules(window: timedelta, entry: str, by: str, order: str) -> tuple[str, ...]:
    """Return the rules in sentences.

    Args:
        window: How long an attempt may take.
        entry: As `levels`.
        by: The column that segments are told apart by, or empty.
        order: As `levels`.
    """
    entries = {
        "best": say(
            "A user counts once, with the best attempt of the period: the one that came furthest, "
            "of those the one that got there first, of those the one that started last."
        ),
        "first": say("A user counts once, with the first attempt of the period."),
    }
    common = (
        _order(order),
        entries[entry],
        say(
            "The last step counts if it comes within {window:duration} of the first, that instant included. "
            "Attempts that started too late for that by the end of the data are shown apart.",
            window=window,
        ),
        say(
            "A week owns the attempts that start in it, wherever they end. Each week is counted for "
            "itself; a longer period gives a user more attempts, so its rate is higher."
        ),
        say(
            "Step rate: share of the users at the step before. Overall rate: share of the users "
            "at the first step. Intervals are Wilson's, at 95 %."
        ),
    )
    if not by:
        return common
    told = message("A user belongs to the first {by} that is known of the attempt.")
    return (*common, told.format(by=by_name(by)))


def _order(order: str) -> str:
    return {
        "ordered": say(
            "An attempt starts at the first step. Other events may lie between the steps, and "
            "steps at the same instant may follow one another."
        ),
        "strict_order": say(
            "An attempt starts at the first step. Between the steps may lie only repeats of the "
            "step just reached: any other event ends the attempt. Events at the same instant "
            "count in the order that brings the attempt on."
        ),
        "strict": say(
            "An attempt starts at the first step. The steps follow one another directly: any "
            "event between them ends the attempt. Events at the same instant count in the order "
            "that brings the attempt on."
        ),
        "unordered": say(
            "An attempt starts at any step. The steps may come in any order, with other events "
            "between them; what counts is how many of them were completed, each by an event of "
            "its own."
        ),
    }[order]
