"""Events that must not happen on the way: expected rows typed by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from test_funnel_levels_sequences import ABC, DAY, HOUR, found

from funnel_tables import events
from workbench.errors import MissingData, ParameterError
from workbench.paths import Exclusion, levels

X12 = [Exclusion("x", 1, 2)]
X23 = [Exclusion("x", 2, 3)]


@pytest.mark.parametrize("entry", ["best", "first"])
def test_an_excluded_event_between_its_steps_disqualifies_the_attempt(entry):
    options = {"exclusions": X12, "entry": entry}
    assert found("a 10:00, x 10:01, b 10:02", ["a", "b"], **options) == []
    assert found("a 10:00, b 10:02, x 10:03", ["a", "b"], **options) == [(2, "10:00", "10:02")]


def test_outside_its_steps_it_does_not_matter():
    assert found("a 10:00, x 10:01, b 10:02, c 10:03", ABC, exclusions=X23)[0][0] == 3
    assert found("a 10:00, b 10:02, x 10:03, c 10:04", ABC, exclusions=X23) == []
    assert found("a 10:00, x 10:01", ABC, exclusions=X23)[0][0] == 1


def test_it_disqualifies_until_the_windows_end_if_the_step_is_never_reached():
    options = {"exclusions": X12, "window": HOUR}
    assert found("a 10:00, x 10:59", ["a", "b"], **options) == []
    assert found("a 10:00, x 11:01", ["a", "b"], **options) == [(1, "10:00", None)]
    assert found("a 10:00, x 10:30, b 11:01", ["a", "b"], **options) == []


def test_at_the_same_instant_as_a_step_or_the_windows_end_it_does_not_count():
    assert found("a 10:00, x 10:00, b 10:02", ["a", "b"], exclusions=X12)[0][0] == 2
    assert found("a 10:00, x 10:02, b 10:02", ["a", "b"], exclusions=X12)[0][0] == 2
    assert found("a 10:00, x 11:00", ["a", "b"], exclusions=X12, window=HOUR)[0][0] == 1


def test_a_later_clean_attempt_counts_and_the_first_entry_has_none():
    text = "a 10:00, x 10:01, a 10:02, b 10:03"
    assert found(text, ["a", "b"], exclusions=X12) == [(2, "10:02", "10:03")]
    assert found(text, ["a", "b"], exclusions=X12, entry="first") == []


def test_a_clean_attempt_counts_before_a_disqualified_one_that_came_further():
    text = "a 10:00, x 10:01, b 10:02, a 10:03"
    assert found(text, ["a", "b"], exclusions=X12) == [(1, "10:03", None)]


def test_an_exclusion_over_several_steps_holds_between_all_of_them():
    span = [Exclusion("x", 1, 3)]
    assert found("a 10:00, b 10:01, x 10:02, c 10:03", ABC, exclusions=span) == []
    assert found("a 10:00, x 10:01, b 10:02, c 10:03", ABC, exclusions=span) == []
    assert found("a 10:00, b 10:01, c 10:02, x 10:03", ABC, exclusions=span)[0][0] == 3


def test_every_exclusion_holds():
    both = [*X12, Exclusion({"y", "z"}, 2, 3)]
    assert found("a 10:00, y 10:01, b 10:02, x 10:03, c 10:04", ABC, exclusions=both)[0][0] == 3
    assert found("a 10:00, b 10:02, z 10:03, c 10:04", ABC, exclusions=both) == []


def test_an_excluded_event_may_be_a_condition():
    by_condition = [Exclusion(lambda t: t.event == "x", 1, 2)]
    assert found("a 10:00, x 10:01, b 10:02", ["a", "b"], exclusions=by_condition) == []


@pytest.mark.parametrize("sequence", ["strict_order", "strict"])
def test_in_the_strict_orders_too_a_user_whose_every_attempt_is_disqualified_has_no_row(sequence):
    assert found("a 10:00, x 10:01, b 10:02", ["a", "b"], exclusions=X12, sequence=sequence) == []
    assert found("a 10:00, y 10:01, b 10:02", ["a", "b"], exclusions=X12, sequence=sequence) == [
        (1, "10:00", None)
    ]


def test_an_unordered_attempt_keeps_the_level_that_it_had_at_the_excluded_event():
    span = {"sequence": "unordered", "exclusions": [Exclusion("x", 1, 3)]}
    assert found("c 10:00, a 10:01, x 10:02, b 10:03", ABC, **span) == [(2, "10:00", "10:01", None)]
    assert found("c 10:00, a 10:01, b 10:02, x 10:03", ABC, **span)[0][0] == 3
    assert found("x 09:00, c 10:00, x 10:01, a 10:01", ABC, **span)[0][0] == 2


def test_a_later_clean_unordered_attempt_counts():
    span = {"sequence": "unordered", "exclusions": [Exclusion("x", 1, 2)]}
    assert found("b 10:00, x 10:01, a 10:02, b 10:03", ["a", "b"], **span) == [
        (2, "10:02", "10:03")
    ]


@pytest.mark.parametrize(
    ("exclusion", "sequence", "message"),
    [
        (Exclusion("x", 2, 2), "ordered", "after == 2, must be less than before == 2"),
        (Exclusion("x", 3, 1), "ordered", "after == 3, must be less than before == 1"),
        (Exclusion("x", 1, 4), "ordered", "before == 4, must be a step: 1..3"),
        (Exclusion("x", 0, 2), "strict", "after == 0, must be a step: 1..3"),
        (
            Exclusion("x", 1, 2),
            "unordered",
            "after == 1 and before == 2, must be 1 and 3: exclusions of an unordered funnel span "
            "all steps",
        ),
        (
            Exclusion("", 1, 2),
            "ordered",
            "exclusion == '', must be an event, a set of events or a function of the table",
        ),
        ("x", "ordered", "exclusion == 'x', must be an Exclusion"),
    ],
)
def test_what_no_exclusion_can_be_is_refused_in_one_line(exclusion, sequence, message):
    with pytest.raises(ParameterError) as refused:
        levels(events(), ABC, window=DAY, sequence=sequence, exclusions=[exclusion])
    assert str(refused.value) == message


def test_exclusions_are_a_list():
    with pytest.raises(ParameterError, match="must be a list of Exclusion"):
        levels(events(), ABC, window=DAY, exclusions=Exclusion("x", 1, 2))


def test_an_exclusion_by_name_needs_the_column_of_names():
    unnamed = events().drop("event")
    with pytest.raises(MissingData, match="events lack the column 'event'"):
        levels(
            unnamed,
            [lambda t: t.platform == "web"] * 2,
            window=timedelta(hours=1),
            exclusions=[Exclusion("x", 1, 2)],
        )
