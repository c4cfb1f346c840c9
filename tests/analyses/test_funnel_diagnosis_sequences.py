"""A funnel of a period in each sequence: whose attempts it owns, and what ends them."""

from __future__ import annotations

import pytest

from funnel_tables import events
from scopes import scope_of
from workbench.analyses.funnel import diagnose
from workbench.periods import Period, Week

STEPS = ["visit", "view", "buy"]
WEEK_11 = Period.weeks(Week(2026, 11), 1, "UTC")

LOG = (
    ("end", "other", "03-01 12:00"),
    ("ann", "visit", "03-10 10:00"),
    ("ann", "visit", "03-10 10:01"),
    ("ann", "view", "03-10 10:02"),
    ("ann", "buy", "03-10 10:03"),
    ("bob", "visit", "03-10 10:00"),
    ("bob", "search", "03-10 10:01"),
    ("bob", "view", "03-10 10:02"),
    ("cid", "buy", "03-10 10:00"),
    ("cid", "view", "03-10 10:01"),
    ("dan", "visit", "03-14 23:59"),
    ("dan", "visit", "03-15 00:01"),
    ("dan", "view", "03-15 00:02"),
    ("end", "other", "03-20 12:00"),
)


def diagnosed(sequence, **options):
    """The funnel of week 11, whose users have a day: its last start that is ripe is on Saturday."""
    scope = scope_of({"events": events(*LOG)}, WEEK_11)
    return diagnose(scope, STEPS, window_days=1, sequence=sequence, **options)


@pytest.mark.parametrize(
    ("sequence", "entry", "users"),
    [
        ("ordered", "best", [3, 3, 1]),
        # ann's second visit is a repeat; bob's search ends his attempt; dan's visit on
        # Sunday is a repeat too, and starts no attempt of those that are ripe.
        ("strict_order", "first", [3, 2, 1]),
        ("strict", "best", [3, 1, 1]),
        ("strict", "first", [3, 0, 0]),
        ("unordered", "best", [4, 4, 1]),
    ],
)
def test_a_period_owns_the_attempts_that_start_in_it_whatever_their_sequence(
    sequence, entry, users
):
    funnel = diagnosed(sequence, entry=entry)
    assert funnel.steps["users"].tolist() == users


def test_the_steps_of_an_unordered_funnel_are_called_by_their_number():
    funnel = diagnosed("unordered")
    assert funnel.steps["event"].tolist() == ["1 of 3 steps", "2 of 3 steps", "3 of 3 steps"]
    assert set(funnel.dropped_users["step"]) == {"2 of 3 steps"}


@pytest.mark.parametrize(
    ("sequence", "words"),
    [
        ("ordered", "Other events may lie between the steps"),
        ("strict_order", "only repeats of the step just reached"),
        ("strict", "directly"),
        ("unordered", "in any order"),
    ],
)
def test_the_report_says_what_may_lie_between_the_steps(sequence, words):
    funnel = diagnosed(sequence)
    assert words in funnel.rules[0]
