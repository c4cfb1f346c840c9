"""What an attempt is: expected rows typed by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from funnel_tables import events, rows
from workbench.errors import MissingData, ParameterError
from workbench.paths import levels

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_step_counts_only_after_the_one_before():
    log = events(
        ("ann", "buy", "03-02 09:00"),
        ("ann", "visit", "03-02 10:00"),
        ("ann", "view", "03-02 11:00"),
        ("bob", "view", "03-02 10:00"),
    )
    assert rows(levels(log, ["visit", "view", "buy"], window=DAY)) == [
        ("ann", 2, "03-02 10:00", "03-02 11:00", None)
    ]


def test_other_events_may_lie_between_and_each_step_is_reached_as_early_as_it_can():
    log = events(
        ("ann", "visit", "03-02 10:00"),
        ("ann", "search", "03-02 10:10"),
        ("ann", "view", "03-02 10:20"),
        ("ann", "view", "03-02 10:30"),
        ("ann", "buy", "03-02 10:40"),
        ("ann", "buy", "03-02 10:50"),
    )
    assert rows(levels(log, ["visit", "view", "buy"], window=DAY)) == [
        ("ann", 3, "03-02 10:00", "03-02 10:20", "03-02 10:40")
    ]


def test_the_window_counts_from_the_first_step_and_its_last_instant_belongs_to_it():
    log = events(
        ("on time", "visit", "03-02 10:00"),
        ("on time", "view", "03-02 10:50"),
        ("on time", "buy", "03-02 11:00"),
        ("too late", "visit", "03-02 10:00"),
        ("too late", "view", "03-02 10:50"),
        ("too late", "buy", "03-02 11:01"),
    )
    assert rows(levels(log, ["visit", "view", "buy"], window=HOUR)) == [
        ("on time", 3, "03-02 10:00", "03-02 10:50", "03-02 11:00"),
        ("too late", 2, "03-02 10:00", "03-02 10:50", None),
    ]


def test_the_first_entry_fails_where_a_later_attempt_succeeds():
    log = events(
        ("ann", "visit", "03-02 10:00"),
        ("ann", "visit", "03-05 10:00"),
        ("ann", "buy", "03-05 10:30"),
    )
    assert rows(levels(log, ["visit", "buy"], window=HOUR, entry="first")) == [
        ("ann", 1, "03-02 10:00", None)
    ]
    assert rows(levels(log, ["visit", "buy"], window=HOUR, entry="best")) == [
        ("ann", 2, "03-05 10:00", "03-05 10:30")
    ]


def test_of_attempts_that_come_as_far_the_one_completed_first_counts_from_its_latest_start():
    log = events(
        ("ann", "visit", "03-02 10:00"),
        ("ann", "visit", "03-02 10:20"),
        ("ann", "buy", "03-02 10:30"),
        ("ann", "visit", "03-02 12:00"),
        ("ann", "buy", "03-02 12:01"),
    )
    assert rows(levels(log, ["visit", "buy"], window=HOUR)) == [
        ("ann", 2, "03-02 10:20", "03-02 10:30")
    ]


def test_of_attempts_that_stop_at_the_first_step_the_earliest_counts():
    log = events(("ann", "visit", "03-02 10:00"), ("ann", "visit", "03-02 12:00"))
    assert rows(levels(log, ["visit", "buy"], window=HOUR)) == [("ann", 1, "03-02 10:00", None)]


def test_the_steps_between_are_those_of_the_chosen_start():
    # The view at 10:05 belongs to the first visit only; the second one needs the view at 10:40.
    log = events(
        ("ann", "visit", "03-02 10:00"),
        ("ann", "view", "03-02 10:05"),
        ("ann", "visit", "03-02 10:30"),
        ("ann", "view", "03-02 10:40"),
        ("ann", "buy", "03-02 10:50"),
    )
    assert rows(levels(log, ["visit", "view", "buy"], window=DAY)) == [
        ("ann", 3, "03-02 10:30", "03-02 10:40", "03-02 10:50")
    ]


@pytest.mark.parametrize("entry", ["best", "first"])
def test_events_at_the_same_instant_follow_one_another_unless_time_must_pass(entry):
    log = events(
        ("ann", "buy", "03-02 10:00"),
        ("ann", "view", "03-02 10:00"),
        ("ann", "visit", "03-02 10:00"),
        ("ann", "view", "03-02 10:10"),
    )
    steps = ["visit", "view", "buy"]
    assert rows(levels(log, steps, window=HOUR, entry=entry)) == [
        ("ann", 3, "03-02 10:00", "03-02 10:00", "03-02 10:00")
    ]
    strict = levels(log, steps, window=HOUR, entry=entry, strictly_increasing=True)
    assert rows(strict) == [("ann", 2, "03-02 10:00", "03-02 10:10", None)]


@pytest.mark.parametrize("entry", ["best", "first"])
def test_one_event_may_serve_several_steps_unless_time_must_pass(entry):
    log = events(("ann", "view", "03-02 10:00"))
    assert rows(levels(log, ["view", "view"], window=HOUR, entry=entry)) == [
        ("ann", 2, "03-02 10:00", "03-02 10:00")
    ]
    strict = levels(log, ["view", "view"], window=HOUR, entry=entry, strictly_increasing=True)
    assert rows(strict) == [("ann", 1, "03-02 10:00", None)]


def test_a_step_is_a_name_a_set_of_names_or_a_condition_of_which_null_means_no():
    log = events(
        ("ann", "visit", "03-02 10:00", "web"),
        ("ann", "call", "03-02 11:00", "web"),
        ("bob", "land", "03-02 10:00", None),
        ("bob", "call", "03-02 11:00", "web"),
        ("cid", None, "03-02 10:00", "web"),
    )
    found = levels(log, [{"visit", "land"}, lambda t: t.platform == "web"], window=DAY)
    assert rows(found) == [
        ("ann", 2, "03-02 10:00", "03-02 10:00"),
        ("bob", 2, "03-02 10:00", "03-02 11:00"),
    ]


def test_an_event_without_a_user_or_an_instant_counts_for_nothing():
    log = events((None, "visit", "03-02 10:00"), ("ann", "visit", None))
    assert rows(levels(log, ["visit"], window=DAY)) == []


def test_no_events_give_no_rows_but_every_column():
    found = levels(events(), ["visit", "buy"], window=DAY, by="platform").to_pyarrow()
    assert found.num_rows == 0
    assert found.column_names == ["user_id", "segment", "level", "step_1_at", "step_2_at"]


JOURNEY = (
    ("ann", "visit", "03-02 10:00", None),
    ("ann", "view", "03-02 10:10", "app"),
    ("ann", "buy", "03-02 10:20", "web"),
    ("bob", "visit", "03-02 10:00", "web"),
    ("bob", "view", "03-02 10:10", None),
    ("cid", "visit", "03-02 10:00", None),
)


@pytest.mark.parametrize(
    ("attribution", "expected"),
    [
        ("first", [("ann", "app", 3), ("bob", "web", 2), ("cid", None, 1)]),
        ("last", [("ann", "web", 3), ("bob", "web", 2), ("cid", None, 1)]),
        (1, [("ann", None, 3), ("bob", "web", 2), ("cid", None, 1)]),
        (2, [("ann", "app", 3), ("bob", None, 2)]),
        (3, [("ann", "web", 3)]),
        ("all", [("ann", None, 1), ("bob", "web", 1), ("cid", None, 1)]),
    ],
)
def test_a_users_value_is_the_first_the_last_the_one_at_a_step_or_each(attribution, expected):
    found = levels(
        events(*JOURNEY),
        ["visit", "view", "buy"],
        window=DAY,
        by="platform",
        attribution=attribution,
    )
    assert rows(found.select("user_id", "segment", "level")) == expected


def test_values_of_events_outside_the_attempt_do_not_count():
    log = events(
        ("ann", "visit", "03-02 09:00", "app"),
        ("ann", "visit", "03-02 10:00", None),
        ("ann", "search", "03-02 10:01", "app"),
        ("ann", "buy", "03-02 10:10", "web"),
    )
    found = levels(log, ["visit", "buy"], window=HOUR / 2, by="platform")
    assert rows(found.select("segment", "level")) == [("web", 2)]


def test_of_values_at_the_same_step_and_instant_the_smallest_counts():
    log = events(
        ("ann", "visit", "03-02 10:00", "web"),
        ("ann", "visit", "03-02 10:00", None),
        ("ann", "visit", "03-02 10:00", "app"),
    )
    found = levels(log, ["visit"], window=HOUR, by="platform")
    assert rows(found.select("segment")) == [("app",)]


def test_the_largest_values_stay_apart_missing_among_them_and_the_rest_are_other():
    log = events(
        ("ann", "visit", "03-02 10:00", None),
        ("bob", "visit", "03-02 10:00", None),
        ("cid", "visit", "03-02 10:00", "app"),
        ("dan", "visit", "03-02 10:00", "web"),
        ("eve", "visit", "03-02 10:00", "tv"),
        ("eva", "visit", "03-02 10:00", "tv"),
    )
    found = levels(log, ["visit"], window=HOUR, by="platform", top=2)
    assert rows(found.select("user_id", "segment")) == [
        ("ann", None),
        ("bob", None),
        ("cid", "Other"),
        ("dan", "Other"),
        ("eva", "tv"),
        ("eve", "tv"),
    ]


@pytest.mark.parametrize("entry", ["best", "first"])
def test_with_all_values_no_step_is_reached_by_another_values_event(entry):
    log = events(
        ("ann", "visit", "03-02 10:00", "app"),
        ("ann", "buy", "03-02 10:10", "web"),
        ("bob", "visit", "03-02 10:00", "web"),
    )
    found = levels(
        log, ["visit", "buy"], window=HOUR, by="platform", attribution="all", entry=entry
    )
    assert rows(found.select("user_id", "segment", "level")) == [
        ("ann", "app", 1),
        ("bob", "web", 1),
    ]


def test_with_all_values_the_rest_is_one_funnel_with_one_row_a_user():
    log = events(
        ("ann", "visit", "03-02 10:00", "app"),
        ("ann", "visit", "03-02 10:10", "tv"),
        ("ann", "buy", "03-02 10:20", "app"),
        ("ann", "visit", "03-02 10:00", "web"),
        ("bob", "visit", "03-02 10:00", "web"),
    )
    found = levels(log, ["visit", "buy"], window=HOUR, by="platform", attribution="all", top=1)
    assert rows(found) == [
        ("ann", "Other", 2, "03-02 10:10", "03-02 10:20"),
        ("ann", "web", 1, "03-02 10:00", None),
        ("bob", "web", 1, "03-02 10:00", None),
    ]


def test_values_that_are_no_text_become_text():
    log = events(("ann", "visit", "03-02 10:00")).mutate(visits=7)
    assert rows(levels(log, ["visit"], window=HOUR, by="visits").select("segment")) == [("7",)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"steps": []}, "steps == [], must be a list of at least one event"),
        ({"steps": "visit"}, "steps == 'visit', must be a list of at least one event"),
        (
            {"steps": ["visit", ""]},
            "step 2 == '', must be an event, a set of events or a function of the table",
        ),
        (
            {"steps": [set()]},
            "step 1 == set(), must be an event, a set of events or a function of the table",
        ),
        ({"window": timedelta()}, "window == 0:00:00, must be longer than nothing"),
        ({"window": -HOUR}, "window == -1 day, 23:00:00, must be longer than nothing"),
        ({"window": 7}, "window == 7, must be a timedelta"),
        ({"sequence": "orderd"}, "unknown sequence 'orderd', did you mean 'ordered'?"),
        ({"entry": "last"}, "unknown entry 'last', must be one of: best, first"),
        ({"by": "platfrom"}, "unknown column of events 'platfrom', did you mean 'platform'?"),
        (
            {"attribution": "frist"},
            "unknown attribution 'frist', did you mean 'first'?",
        ),
        ({"attribution": 3}, "attribution == 3, must be a step: 1..2"),
        ({"attribution": 0}, "attribution == 0, must be a step: 1..2"),
        ({"top": 0}, "top == 0, must be 1 or more"),
    ],
)
def test_what_no_funnel_has_is_refused_in_one_line(given, message):
    options = {"steps": ["visit", "buy"], "window": HOUR, "by": "platform"} | given
    with pytest.raises(ParameterError) as refused:
        levels(events(), options.pop("steps"), **options)
    assert str(refused.value) == message


def test_events_that_lack_a_column_are_refused():
    with pytest.raises(MissingData, match="events lack the column 'occurred_at'"):
        levels(events().drop("occurred_at"), ["visit"], window=HOUR)
    with pytest.raises(MissingData, match="events lack the column 'event'"):
        levels(events().drop("event"), ["visit"], window=HOUR)
