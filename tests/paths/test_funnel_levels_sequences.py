"""What may lie between the steps: expected rows typed by hand."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from funnel_tables import events, rows, table
from workbench.errors import ParameterError
from workbench.paths import levels

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STRICT = ["strict_order", "strict"]


def log(text, user="ann"):
    """Events of one user, typed as `visit 10:00, view 10:05`."""
    pairs = [one.split() for one in text.split(",") if one.strip()]
    return [(user, name, f"03-02 {time}") for name, time in pairs]


def found(text, steps, **options):
    """The level and the times of one user's attempt; nothing if there is none."""
    result = rows(levels(events(*log(text)), steps, **({"window": DAY} | options)))
    assert len(result) <= 1
    return [(row[1], *(time and time[-5:] for time in row[2:])) for row in result]


ABC = ["a", "b", "c"]


@pytest.mark.parametrize("sequence", STRICT)
def test_steps_that_follow_one_another_directly_are_reached_in_both_strict_orders(sequence):
    assert found("a 10:00, b 10:01, c 10:02", ABC, sequence=sequence) == [
        (3, "10:00", "10:01", "10:02")
    ]


@pytest.mark.parametrize("sequence", STRICT)
def test_an_event_that_matches_no_step_ends_an_attempt_of_both_strict_orders(sequence):
    assert found("a 10:00, x 10:01, b 10:02, c 10:03", ABC, sequence=sequence) == [
        (1, "10:00", None, None)
    ]
    assert found("a 10:00, b 10:01, x 10:02, c 10:03", ABC, sequence=sequence) == [
        (2, "10:00", "10:01", None)
    ]


@pytest.mark.parametrize("sequence", STRICT)
def test_an_event_of_another_step_out_of_order_ends_an_attempt_of_both(sequence):
    assert found("a 10:00, c 10:01, b 10:02", ABC, sequence=sequence) == [(1, "10:00", None, None)]
    assert found("a 10:00, b 10:01, a 10:02, c 10:03", ABC, sequence=sequence) == [
        (2, "10:00", "10:01", None)
    ]


def test_an_immediate_repeat_of_the_step_just_reached_is_allowed_in_strict_order_only():
    text = "a 10:00, b 10:01, b 10:02, b 10:03, c 10:04"
    assert found(text, ABC, sequence="strict_order") == [(3, "10:00", "10:01", "10:04")]
    assert found(text, ABC, sequence="strict") == [(2, "10:00", "10:01", None)]


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [("strict_order", (2, "10:00", "10:02")), ("strict", (1, "10:00", None))],
)
def test_the_first_attempt_may_repeat_its_first_step_in_strict_order_only(sequence, expected):
    assert found("a 10:00, a 10:01, b 10:02", ["a", "b"], sequence=sequence, entry="first") == [
        expected
    ]


@pytest.mark.parametrize("sequence", STRICT)
def test_a_violation_ends_only_that_attempt(sequence):
    text = "a 10:00, x 10:01, a 10:02, b 10:03"
    assert found(text, ["a", "b"], sequence=sequence) == [(2, "10:02", "10:03")]
    assert found(text, ["a", "b"], sequence=sequence, entry="first") == [(1, "10:00", None)]


@pytest.mark.parametrize("sequence", STRICT)
def test_what_comes_before_the_start_and_after_the_last_step_does_not_matter(sequence):
    assert found("x 09:00, a 10:00, b 10:01, x 10:02", ["a", "b"], sequence=sequence) == [
        (2, "10:00", "10:01")
    ]


@pytest.mark.parametrize("sequence", STRICT)
def test_an_event_that_serves_the_next_step_and_another_goes_on(sequence):
    assert found("a 10:00, b 10:01", ["a", {"b", "a"}, "b"], sequence=sequence)[0][0] == 2
    assert found("b 10:00, b 10:01, c 10:02", [{"a", "b"}, "b", "c"], sequence=sequence) == [
        (3, "10:00", "10:01", "10:02")
    ]


@pytest.mark.parametrize("sequence", STRICT)
def test_an_event_without_a_name_is_an_event_that_matches_no_step(sequence):
    events_ = events(
        ("ann", "a", "03-02 10:00"), ("ann", None, "03-02 10:01"), ("ann", "b", "03-02 10:02")
    )
    assert rows(levels(events_, ["a", "b"], window=DAY, sequence=sequence)) == [
        ("ann", 1, "03-02 10:00", None)
    ]


@pytest.mark.parametrize("sequence", STRICT)
def test_the_window_holds_in_the_strict_orders_to_its_last_instant(sequence):
    text = "a 10:00, b 11:00, c 11:01"
    assert found(text, ABC, sequence=sequence, window=HOUR) == [(2, "10:00", "11:00", None)]


@pytest.mark.parametrize("sequence", STRICT)
def test_one_event_serves_one_step_in_the_strict_orders(sequence):
    assert found("a 10:00", ["a", "a"], sequence=sequence) == [(1, "10:00", None)]
    assert found("a 10:00, a 10:01", ["a", "a"], sequence=sequence) == [(2, "10:00", "10:01")]


@pytest.mark.parametrize("sequence", STRICT)
def test_events_at_the_start_may_have_come_before_it_and_events_at_the_end_after_it(sequence):
    assert found("x 10:00, a 10:00, b 10:01, x 10:01", ["a", "b"], sequence=sequence) == [
        (2, "10:00", "10:01")
    ]


@pytest.mark.parametrize("sequence", STRICT)
def test_an_event_at_the_instant_of_a_step_between_ends_the_attempt_after_it(sequence):
    assert found("a 10:00, b 10:01, x 10:01, c 10:02", ABC, sequence=sequence) == [
        (2, "10:00", "10:01", None)
    ]
    repeated = found("a 10:00, b 10:01, b 10:01, c 10:02", ABC, sequence=sequence)
    assert repeated[0][0] == (3 if sequence == "strict_order" else 2)


@pytest.mark.parametrize("sequence", STRICT)
def test_steps_at_the_same_instant_follow_one_another_in_the_strict_orders_too(sequence):
    text = "a 10:00, c 10:01, b 10:01"
    assert found(text, ABC, sequence=sequence) == [(3, "10:00", "10:01", "10:01")]
    assert found(text, ABC, sequence=sequence, strictly_increasing=True) == [
        (2, "10:00", "10:01", None)
    ]


def test_unordered_steps_count_in_whatever_order_they_come():
    assert found("c 10:00, a 10:01, x 10:02, b 10:03", ABC, sequence="unordered") == [
        (3, "10:00", "10:01", "10:03")
    ]


def test_an_unordered_level_counts_distinct_steps_within_a_window_from_the_first_of_them():
    text = "b 10:00, b 10:10, a 10:50, c 11:05"
    assert found(text, ABC, sequence="unordered", window=HOUR) == [(3, "10:10", "10:50", "11:05")]
    assert found(text, ABC, sequence="unordered", window=HOUR, entry="first") == [
        (2, "10:00", "10:50", None)
    ]


def test_the_last_instant_of_an_unordered_window_belongs_to_it():
    assert found("b 10:00, a 11:00", ["a", "b"], sequence="unordered", window=HOUR) == [
        (2, "10:00", "11:00")
    ]


def test_of_unordered_attempts_that_come_as_far_the_one_done_first_counts_from_its_latest_start():
    text = "a 10:00, a 10:10, b 10:20, a 10:21"
    assert found(text, ["a", "b"], sequence="unordered") == [(2, "10:10", "10:20")]


def test_one_event_completes_one_unordered_step():
    assert found("a 10:00", ["a", "a"], sequence="unordered") == [(1, "10:00", None)]
    assert found("a 10:00, a 10:01", ["a", "a"], sequence="unordered") == [(2, "10:00", "10:01")]
    # The event `b` is needed for the second step, so the first one has to be the event `a`.
    assert found("b 10:00, a 10:01", [{"a", "b"}, "b"], sequence="unordered") == [
        (2, "10:00", "10:01")
    ]


def test_unordered_steps_of_one_instant_count_unless_time_must_pass():
    text = "b 10:00, a 10:00, c 10:01"
    assert found(text, ABC, sequence="unordered") == [(3, "10:00", "10:00", "10:01")]
    assert found(text, ABC, sequence="unordered", strictly_increasing=True) == [
        (2, "10:00", "10:01", None)
    ]


@pytest.mark.parametrize(
    ("attribution", "expected"), [("first", "app"), ("last", "web"), (1, "app"), (2, "web")]
)
def test_an_unordered_attempts_value_is_that_of_the_events_that_completed_it(attribution, expected):
    logged = events(
        ("ann", "b", "03-02 10:00", "app"),
        ("ann", "b", "03-02 10:10", "aaa"),
        ("ann", "a", "03-02 10:10", "web"),
    )
    result = levels(
        logged,
        ["a", "b"],
        window=DAY,
        sequence="unordered",
        entry="first",
        by="platform",
        attribution=attribution,
    )
    assert rows(result.select("segment")) == [(expected,)]


@pytest.mark.parametrize("entry", ["best", "first"])
def test_an_event_that_counts_once_serves_one_step(entry):
    assert found("a 10:00", ["a", "a"], entry=entry) == [(2, "10:00", "10:00")]
    once = {"entry": entry, "each_event_once": True}
    assert found("a 10:00", ["a", "a"], **once) == [(1, "10:00", None)]
    assert found("a 10:00, a 10:00", ["a", "a"], **once) == [(2, "10:00", "10:00")]
    assert found("a 10:00, a 10:05", ["a", "a"], **once) == [(2, "10:00", "10:05")]


def test_events_that_count_once_share_the_steps_of_an_instant_so_that_most_are_reached():
    steps = ["a", {"a", "b"}, {"b", "c"}]
    assert found("b 10:00, a 10:00, c 10:00", steps, each_event_once=True)[0][0] == 3
    assert found("b 10:00, a 10:00", steps, each_event_once=True)[0][0] == 2
    assert found("b 10:00, a 10:00", steps)[0][0] == 3


def test_steps_that_are_functions_may_share_an_event():
    steps = [lambda t: t.event == "a", lambda t: t.event.isin(["a", "b"])]
    assert found("a 10:00", steps)[0][0] == 2
    assert found("a 10:00", steps, each_event_once=True)[0][0] == 1
    assert found("a 10:00", steps, sequence="unordered")[0][0] == 1


@pytest.mark.parametrize("sequence", ["ordered", "strict_order", "strict", "unordered"])
def test_no_order_of_the_rows_changes_anything(sequence):
    lines = [
        ("a", "03-02 10:00", "p"),
        ("b", "03-02 10:00", "q"),
        ("a", "03-02 10:00", None),
        ("c", "03-02 10:01", "r"),
        ("b", "03-02 10:01", "p"),
    ]
    each = enumerate(itertools.permutations(lines))  # every order is a user's
    log = [(f"user {place}", *line) for place, shuffled in each for line in shuffled]
    result = rows(levels(events(*log), ABC, window=DAY, sequence=sequence, by="platform"))
    assert len(result) == 120
    results = {row[1:] for row in result}
    assert len(results) == 1


@pytest.mark.parametrize("sequence", ["ordered", "strict_order", "strict", "unordered"])
@pytest.mark.parametrize("entry", ["best", "first"])
def test_no_events_give_no_rows_in_any_sequence(sequence, entry):
    result = levels(table([]), ABC, window=DAY, sequence=sequence, entry=entry).to_pyarrow()
    assert result.num_rows == 0
    assert result.column_names == ["user_id", "level", "step_1_at", "step_2_at", "step_3_at"]


def test_an_order_that_there_is_not_is_refused_with_the_near_one():
    with pytest.raises(ParameterError) as refused:
        levels(events(), ["a"], window=DAY, sequence="strictorder")
    assert str(refused.value) == "unknown sequence 'strictorder', did you mean 'strict_order'?"
