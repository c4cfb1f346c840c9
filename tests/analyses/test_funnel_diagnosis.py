"""A funnel of a period: whose attempts it owns, and what it counts."""

from __future__ import annotations

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from funnel_tables import at, events, table
from scopes import scope_of
from workbench.analyses.funnel import diagnose
from workbench.analyses.funnel.counts import time_histogram
from workbench.errors import MissingData, ParameterError
from workbench.periods import Period, Week

STEPS = ["visit", "view", "buy"]


def week(number, zone="UTC", weeks=1):
    """Week 10 is that of 2 to 8 March, week 11 that of 9 to 15 March."""
    return Period.weeks(Week(2026, number), weeks, zone)


def diagnosed(log, period=None, platform="", steps=STEPS, **options):
    """The funnel of some events, whose users have a day, in week 11 if not said otherwise.

    A step must be an event of the shop: at the log's first instant somebody views and buys, but
    visits not.
    """
    first = log.occurred_at.min().to_pyarrow().as_py()
    if first is not None:
        known = table([("zoe", name, first, None) for name in ("view", "buy")])
        log = log.union(known.select(*log.columns))
    scope = scope_of({"events": log}, period or week(11), platform)
    return diagnose(scope, steps, **{"window_days": 1} | options)


EARLY, LATE = ("x", "other", "03-01 12:00"), ("x", "other", "03-20 12:00")

TWO_WEEKS = (
    EARLY,
    ("ann", "visit", "03-03 10:00", "app"),
    ("ann", "view", "03-03 11:00", "app"),
    ("bob", "visit", "03-04 10:00", "web"),
    ("ann", "visit", "03-10 10:00", "app"),
    ("ann", "view", "03-10 10:30", "app"),
    ("ann", "buy", "03-10 11:00", "app"),
    ("bob", "visit", "03-11 10:00", "web"),
    ("cid", "visit", "03-11 10:00", "web"),
    ("cid", "view", "03-11 10:10", None),
    ("dan", "visit", "03-12 10:00", None),
    ("dan", "view", "03-12 10:10", "web"),
    ("dan", "buy", "03-12 13:00", "web"),
    LATE,
)


def test_a_funnel_counts_users_by_step_now_and_in_the_period_before():
    steps = diagnosed(events(*TWO_WEEKS)).steps
    counts = steps[["step", "event", "users", "lost_users", "previous_users"]]
    assert counts.to_numpy().tolist() == [
        [1, "visit", 4, 0, 2],
        [2, "view", 3, 1, 1],
        [3, "buy", 2, 1, 0],
    ]
    assert steps["step_rate"].tolist()[1:] == [3 / 4, 2 / 3]
    assert steps["overall_rate"].tolist() == [1, 3 / 4, 2 / 4]
    assert steps["previous_step_rate"].tolist()[1:] == [1 / 2, 0]
    assert steps["step_rate_change"].tolist()[1:] == [0.25, 2 / 3]
    assert steps.loc[0, ["step_rate", "step_rate_change", "p_value"]].isna().all()
    assert (steps["step_rate_low"] < steps["step_rate"])[1:].all()


def test_segments_take_the_first_value_of_an_attempt_the_largest_first_and_missing_last():
    log = events(*TWO_WEEKS, ("eve", "visit", "03-12 10:00", None))
    segments = diagnosed(log, by="platform").segments
    users = [
        (None if pd.isna(segment) else segment, step, users, previous)
        for segment, step, users, previous in segments[
            ["segment", "step", "users", "previous_users"]
        ].itertuples(index=False)
    ]
    assert users == [
        ("web", 1, 3, 1),
        ("web", 2, 2, 0),
        ("web", 3, 1, 0),
        ("app", 1, 1, 1),
        ("app", 2, 1, 1),
        ("app", 3, 1, 0),
        (None, 1, 1, 0),
        (None, 2, 0, 0),
        (None, 3, 0, 0),
    ]


def test_a_week_owns_the_attempts_that_start_in_it_wherever_they_end():
    log = events(
        ("x", "other", "02-23 12:00"),
        ("ann", "visit", "03-15 23:59"),
        ("ann", "view", "03-16 00:00"),
        ("ann", "buy", "03-16 23:59"),
        ("bob", "visit", "03-16 00:00"),
        ("bob", "view", "03-16 00:01"),
        ("cid", "view", "03-09 00:00"),
        ("cid", "visit", "03-08 23:59"),
        ("x", "other", "03-25 12:00"),
    )
    funnel = diagnosed(log, week(12, weeks=2))
    assert funnel.steps["users"].tolist() == [2, 2, 1]
    # The last day of the period is not ripe, so that of the period before is not compared.
    assert funnel.steps["previous_users"].tolist() == [0, 0, 0]
    weekly = funnel.weekly[["week", "period", "users"]].to_numpy().tolist()
    assert weekly == [
        *[["2026-W09", "previous", 0]] * 3,
        ["2026-W10", "previous", 1],
        ["2026-W10", "previous", 1],
        ["2026-W10", "previous", 0],
        ["2026-W11", "current", 1],
        ["2026-W11", "current", 1],
        ["2026-W11", "current", 1],
        ["2026-W12", "current", 1],
        ["2026-W12", "current", 1],
        ["2026-W12", "current", 0],
    ]


def test_nothing_after_the_scopes_end_is_known_whatever_the_source_holds():
    log = events(
        EARLY,
        ("ann", "visit", "03-14 23:59"),
        ("ann", "view", "03-15 23:59"),
        ("bob", "visit", "03-15 00:00"),
        ("bob", "view", "03-15 00:01"),
        ("bob", "buy", "03-16 00:00"),
        LATE,
    )
    funnel = diagnosed(log)
    assert funnel.steps["users"].tolist() == [1, 1, 0]
    assert funnel.immature["users"].tolist() == [1, 1, 0]
    earlier = diagnosed(log.filter(log.occurred_at < at("03-16 00:00")).union(events(LATE)))
    for name, frame in funnel.frames().items():
        pd.testing.assert_frame_equal(frame, earlier.frames()[name])


def test_weeks_are_the_shops_also_when_its_clocks_change():
    # In Berlin the week of 23 March 2026 lasts from 22 March 23:00 to 29 March 22:00 UTC.
    log = events(
        EARLY,
        ("before", "visit", "03-22 22:59"),
        ("first", "visit", "03-22 23:00"),
        ("last", "visit", "03-29 21:59"),
        ("after", "visit", "03-29 22:00"),
        ("x", "other", "04-20 00:00"),
    )
    funnel = diagnosed(log, week(13, "Europe/Berlin"))
    assert funnel.dropped_users["user_id"].tolist() == ["first"]
    assert funnel.immature["users"].tolist() == [1, 0, 0]
    assert funnel.weekly["first_day"].tolist()[::3] == [date(2026, 3, 16), date(2026, 3, 23)]
    both = diagnosed(log, week(14, "Europe/Berlin", weeks=2)).weekly
    assert both[["week", "users"]].to_numpy().tolist()[::3] == [
        ["2026-W11", 0],
        ["2026-W12", 1],
        ["2026-W13", 2],
        ["2026-W14", 1],
    ]


def test_attempts_whose_window_has_not_passed_stand_apart_whether_they_converted_or_not():
    log = events(
        EARLY,
        ("ripe", "visit", "03-13 12:00"),
        ("ripe", "view", "03-14 12:00"),
        ("young", "visit", "03-13 12:01"),
        ("quick", "visit", "03-14 11:00"),
        ("quick", "view", "03-14 11:01"),
        ("quick", "buy", "03-14 11:02"),
        ("x", "other", "03-14 12:00"),
    )
    funnel = diagnosed(log)
    assert funnel.steps["users"].tolist() == [1, 1, 0]
    assert funnel.immature.to_numpy().tolist() == [[1, "visit", 2], [2, "view", 1], [3, "buy", 1]]
    assert funnel.dropped_users["user_id"].tolist() == ["ripe"]
    assert funnel.weekly["is_complete"].tolist() == [True] * 3 + [False] * 3


def test_the_period_before_is_compared_over_as_many_days_as_have_ripened():
    # Data end on Saturday noon, so Friday noon is the last start that is ripe.
    log = events(
        EARLY,
        ("ann", "visit", "03-06 12:00"),
        ("bob", "visit", "03-06 12:01"),
        ("ann", "visit", "03-13 12:00"),
        ("x", "other", "03-14 12:00"),
    )
    funnel = diagnosed(log)
    assert funnel.steps["users"].tolist() == [1, 0, 0]
    assert funnel.steps["previous_users"].tolist() == [1, 0, 0]


def test_the_best_attempt_is_sought_among_those_that_start_in_the_period():
    log = events(
        EARLY,
        ("ann", "visit", "03-07 10:00"),
        ("ann", "view", "03-07 10:10"),
        ("ann", "buy", "03-07 10:20"),
        ("ann", "visit", "03-10 10:00"),
        ("ann", "visit", "03-12 10:00"),
        ("ann", "view", "03-12 10:10"),
        LATE,
    )
    best = diagnosed(log)
    first = diagnosed(log, entry="first")
    assert best.steps["users"].tolist() == [1, 1, 0]
    assert first.steps["users"].tolist() == [1, 0, 0]


def test_without_data_that_reach_back_there_is_no_comparison():
    log = events(("ann", "visit", "03-03 00:00"), ("ann", "visit", "03-10 10:00"), LATE)
    funnel = diagnosed(log)
    assert funnel.steps[["previous_users", "step_rate_change", "p_value"]].isna().all(axis=None)
    assert set(funnel.weekly["period"]) == {"current"}
    assert [one.sentence for one in funnel.findings if one.status == "unknown"] == [
        "There is no comparison with the period before: "
        "it starts on 2 Mar 2026, the data on 3 Mar 2026."
    ]


def test_data_that_begin_during_the_first_day_reach_back_to_it():
    log = events(("ann", "visit", "03-02 09:00"), ("ann", "visit", "03-10 10:00"), LATE)
    assert diagnosed(log).steps["previous_users"].tolist() == [1, 0, 0]


def test_the_time_to_convert_is_that_from_the_first_step_to_the_last():
    funnel = diagnosed(events(*TWO_WEEKS))
    assert funnel.time_to_convert.iloc[0].to_dict() == {
        "users": 2,
        "mean_seconds": 7200,
        "p25_seconds": 5400,
        "median_seconds": 7200,
        "p75_seconds": 9000,
        "p90_seconds": 10_080,
    }
    classes = funnel.time_histogram
    assert classes["to_seconds"].iloc[-1] == 86_400
    assert classes[classes["users"] > 0].to_numpy().tolist() == [
        [1800, 3600, 1],  # an hour is up to an hour
        [7200, 14_400, 1],
    ]


def test_users_who_dropped_are_listed_with_where_and_when():
    funnel = diagnosed(events(*TWO_WEEKS), by="platform")
    assert funnel.dropped_users.to_numpy().tolist() == [
        ["bob", "web", 1, "visit", at("03-11 10:00")],
        ["cid", "web", 2, "view", at("03-11 10:10")],
    ]


def test_one_platform_is_a_funnel_over_its_events_only():
    funnel = diagnosed(events(*TWO_WEEKS), platform="web")
    assert funnel.steps["users"].tolist() == [2, 0, 0]


def test_the_data_end_with_their_last_event_of_any_platform():
    log = events(
        EARLY, ("ann", "visit", "03-10 10:00", "app"), ("bob", "visit", "03-12 10:00", "web")
    )
    funnel = diagnosed(log, platform="app")
    assert funnel.steps["users"].tolist() == [1, 0, 0]


def test_a_column_of_the_contract_that_is_not_there_is_missed_not_refused():
    log = events(*TWO_WEEKS).drop("platform")
    funnel = diagnosed(log, by="platform")
    assert funnel.segments.empty
    assert funnel.missing == (
        "To compare users by platform, this shop's data would need to say it: "
        "they lack the column platform.",
    )
    assert str(funnel.segments_chart()) == funnel.missing[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"platform": "ap"}, "unknown platform 'ap', did you mean 'app'?"),
        (
            {"by": "colour"},
            "unknown column to compare by 'colour', must be one of: channel, content_id",
        ),
        ({"by": "user_id"}, "unknown column to compare by 'user_id', must be one of: channel"),
        ({"steps": ["visit"]}, "steps == ['visit'], must name at least two events"),
        ({"steps": ["visit", "by"]}, "unknown step 'by', did you mean 'buy'?"),
        ({"steps": "visit"}, "steps == 'visit', must be a list of events"),
        ({"window_days": 0}, "window_days == 0, must be in 1..90"),
        ({"window_days": 91}, "window_days == 91, must be in 1..90"),
        ({"sequence": "srict"}, "unknown sequence 'srict', did you mean 'strict'?"),
        ({"entry": "frist"}, "unknown entry 'frist', did you mean 'first'?"),
    ],
)
def test_what_cannot_be_diagnosed_is_refused_in_one_line(given, message):
    with pytest.raises(ParameterError) as refused:
        diagnosed(events(*TWO_WEEKS), **given)
    assert str(refused.value).startswith(message)


def test_a_platform_cannot_be_asked_of_events_that_tell_of_none():
    with pytest.raises(MissingData, match="the events here have no column 'platform'"):
        diagnosed(events().drop("platform"), platform="app")


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ([], "There are no events, so there is no funnel to show."),
        (
            [EARLY, ("ann", "visit", "03-20 10:00")],
            "Nobody started with Visit on the days looked at, 9 – 15 Mar 2026; "
            "what is known runs from 1 Mar 2026 to 15 Mar 2026.",
        ),
        (
            [EARLY, ("ann", "visit", "03-10 10:00"), ("x", "other", "03-11 09:00")],
            "It is too early to judge the 1 user of this period: "
            "each is given 1 day, and what is known ends on 11 Mar 2026.",
        ),
    ],
)
def test_a_funnel_of_nobody_says_so_and_shows_no_figure(log, sentence):
    funnel = diagnosed(events(*log), by="platform")
    assert [one.sentence for one in funnel.findings] == [sentence]
    assert funnel.steps["users"].tolist() == [0, 0, 0]
    assert funnel.steps["overall_rate"].isna().all()
    assert funnel.dropped_users.empty
    assert list(funnel.dropped_users) == ["user_id", "segment", "level", "step", "last_at"]
    charts = (
        funnel.steps_chart(),
        funnel.segments_chart(),
        funnel.trend_chart(),
        funnel.time_chart(),
    )
    assert all(isinstance(chart, MissingData) for chart in charts)


def test_every_frame_has_the_same_columns_with_and_without_users():
    full = diagnosed(events(*TWO_WEEKS), by="platform")
    empty = diagnosed(events(), by="platform")
    for name, frame in full.frames().items():
        assert list(frame) == list(empty.frames()[name]), name


def test_the_headline_figures_are_the_last_steps_overall_rate_and_both_ends_users():
    funnel = diagnosed(events(*TWO_WEEKS))
    conversion, started, finished = funnel.metrics
    assert (conversion.name, conversion.unit, conversion.interval.value) == (
        "conversion",
        "rate",
        0.5,
    )
    assert conversion.interval.low < 0.5 < conversion.interval.high
    assert (started.name, started.interval.value) == ("started_users", 4)
    assert (finished.name, finished.interval.value) == ("finished_users", 2)
    assert [(one.label, one.figure) for one in funnel.tiles] == [
        ("Conversion by week", "50.0\u202f%"),
        ("Users who started", "4"),
    ]


def test_a_shop_with_orders_only_has_no_conversion_and_says_why():
    rows = [("1", "ann", at("03-10 10:00"), 5), ("2", "ann", at("03-10 11:00"), 5)]
    orders = ibis.memtable(
        pd.DataFrame(rows, columns=["order_id", "user_id", "ordered_at", "amount"])
    )
    funnel = diagnose(scope_of({"orders": orders}, week(11)), window_days=1)
    assert not funnel.metrics[0].interval.is_known
    assert funnel.metrics[0].why == "orders alone do not tell who came and bought nothing"
    assert [one.name for one in funnel.metrics] == ["conversion", "started_users", "finished_users"]
    assert funnel.tiles == ()


def test_whoever_took_a_whole_day_is_of_the_class_up_to_a_day():
    days = 86_400.0 * np.array([0, 1, 1, 2, 7])
    classes = time_histogram(days, 7 * 86_400.0, by_day=True)
    assert classes["to_seconds"].div(86_400).tolist() == [1, 2, 3, 5, 7]
    assert classes["users"].tolist() == [3, 1, 0, 0, 1]
