"""Invitations, groups, life cycle and goals: recovered from the demo, and typed by hand."""

from __future__ import annotations

from datetime import timedelta

import ibis
import pandas as pd
import pytest
from funnel_tables import at, table

from workbench import demo
from workbench.analyses.funnel import (
    compare,
    content,
    diagnose,
    habits,
    invitation,
    journey,
    read_goals,
)
from workbench.analyses.invitations import lift
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.periods import Period, Week

MARCH = Period.weeks(Week(2026, 12), 2, "UTC")  # 9 to 22 March


@pytest.fixture(scope="module")
def invited(demo_tables, demo_period):
    return invitation(demo_tables, demo.STEPS, demo_period)


@pytest.fixture(scope="module")
def lived(demo_tables, demo_period):
    return habits(demo_tables, demo.STEPS, demo_period)


@pytest.mark.parametrize(
    ("variant", "effect"), [("draw", "draw_lift"), ("friends_help", "friends_help_lift")]
)
def test_the_planted_lifts_of_invitations_lie_in_their_intervals(invited, variant, effect):
    one = invited.lifts.set_index("variant").loc[variant]
    assert one["lift_low"] <= demo.truth().effects[effect].value <= one["lift_high"]
    assert one["lift"] == pytest.approx(demo.truth().effects[effect].value, abs=0.03)
    assert one["lift_low"] > 0


@pytest.mark.parametrize(
    ("measure", "effect"),
    [
        ("social_discovery", "social_discovery"),
        ("direct_orders", "direct_orders"),
        ("group_72_hours", "group_activity"),
    ],
)
def test_planted_shares_lie_in_their_intervals(lived, measure, effect):
    one = lived.rates.set_index("measure").loc[measure]
    assert one["rate_low"] <= demo.truth().effects[effect].value <= one["rate_high"]
    assert one["users"] > 2_000


def test_activity_in_groups_fades_with_the_hours(lived):
    rates = lived.rates.set_index("measure")["rate"]
    assert rates["group_24_hours"] > rates["group_48_hours"] > rates["group_72_hours"]
    assert lived.missing == ()


def test_invitations_are_followed_from_share_to_order_and_each_stage_is_smaller(invited):
    assert invited.stages["event"].tolist() == ["share", "open_invitation", "register", "purchase"]
    assert invited.stages["number"].is_monotonic_decreasing
    chart = invited.stages_chart()
    assert isinstance(chart, Chart)
    assert chart.title.startswith("Each user brings 0.10")


def test_an_invitation_typed_by_hand():
    events = table(
        [
            ("ann", "share", at("03-01 10:00"), None),
            ("ann", "share", at("03-02 10:00"), None),
            ("bob", "open_invitation", at("03-02 11:00"), None),
            ("bob", "register", at("03-02 11:01"), None),
            ("bob", "buy", at("03-03 11:00"), None),
            ("cid", "visit", at("03-03 11:00"), None),
            ("dan", "register", at("03-03 11:00"), None),
        ]
    )
    found = invitation({"events": events}, ["visit", "buy"], MARCH)
    assert found.stages["number"].tolist() == [2, 1, 1, 1]
    assert found.stages["step_rate"].tolist()[1:] == [0.5, 1, 1]
    factor = found.k_factor.iloc[0]
    assert (factor["users"], factor["registered"], factor["k_factor"]) == (4, 1, 0.25)
    assert found.missing_lifts == (
        "To show which kind of invitation works best, this report would need the table "
        "assignments (experiment, variant, user_id, assigned_at) and the table orders "
        "(user_id, ordered_at)."
    )


def test_without_invitations_it_says_which_events_it_would_need():
    events = table([("ann", "visit", at("03-01 10:00"), None)])
    found = invitation({"events": events}, ["visit", "buy"], MARCH)
    assert isinstance(found.stages_chart(), MissingData)
    assert found.missing.endswith("the events share, open_invitation, register.")
    assert found.findings == ()


def test_a_lift_is_the_ratio_of_two_rates_with_katz_interval():
    # 60 of 100 against 50 of 100: log 1.2 ± 1.96 × sqrt(1/60 − 1/100 + 1/50 − 1/100).
    assert lift((60, 100), (50, 100)) == pytest.approx((0.2, -0.0678, 0.5450), abs=1e-3)


def life(*orders):
    """Two users who signed up on 1 March; ann is there on the next day, bob on the seventh."""
    first = at("03-01 23:30")
    users = pd.DataFrame({"user_id": ["ann", "bob"], "signed_up_at": [first, first]})
    events = table(
        [
            ("old", "visit", at("01-01 10:00"), None),
            ("ann", "visit", at("03-02 00:10"), None),
            ("bob", "visit", at("03-08 23:50"), None),
            ("bob", "visit", at("03-09 00:10"), None),
        ]
    )
    rows = [(f"o{i}", user, at(day), 100) for i, (user, day) in enumerate(orders)]
    names = ["order_id", "user_id", "ordered_at", "amount"]
    return {
        "users": ibis.memtable(users),
        "events": events,
        "orders": ibis.memtable(pd.DataFrame(rows, columns=names)),
    }


def rates(tables, period):
    found = habits(tables, ["visit", "buy"], period).rates.set_index("measure")
    return {name: (one["users"], one["rate"]) for name, one in found.iterrows()}


def test_days_are_the_shops_and_a_cohort_is_as_old_as_its_question():
    # Of the period's fourteen days, moved back by two and by eight, both hold 1 March.
    period = Period(at("03-02 00:00").date(), at("03-15 00:00").date(), "UTC")
    found = rates(life(("old", "01-02 10:00")), period)
    assert found["activation_next_day"] == (2, 0.5)
    assert found["retention_day_7"] == (2, 0.5)


def test_second_orders_are_of_those_whose_first_one_is_old_enough():
    period = Period(at("05-01 00:00").date(), at("05-14 00:00").date(), "UTC")
    found = rates(
        life(
            ("old", "01-01 10:00"),
            ("ann", "03-05 10:00"),
            ("ann", "04-01 10:00"),
            ("bob", "03-06 10:00"),
            ("bob", "05-13 10:00"),
        ),
        period,
    )
    assert found["second_order_in_60_days"] == (2, 0.5)


def test_where_history_is_too_short_the_rate_is_not_known():
    period = Period(at("01-02 00:00").date(), at("01-15 00:00").date(), "UTC")
    found = habits(life(("old", "01-01 10:00")), ["visit", "buy"], period).rates
    assert found.set_index("measure")["rate"].isna().all()


def test_what_is_missing_is_told_in_a_sentence_each():
    orders = life(("old", "01-01 10:00"))["orders"]
    found = habits({"orders": orders}, ["first_order", "second_order"], MARCH)
    assert len(found.missing) == 4
    assert all(one.startswith("To show ") for one in found.missing)


def test_goals_stand_beside_the_actuals_with_their_distance(demo_tables, demo_period, lived):
    funnel = diagnose(
        demo_tables["events"], demo.STEPS, demo_period, window=timedelta(days=7), by="platform"
    )
    goals = compare(
        {
            "conversion": 0.1,
            "organic_visits": 0.6,
            "live_over_notes": 0.05,
            "retention_day_7": 0.38,
        },
        funnel,
        content(demo_tables, demo.STEPS, demo_period),
        lived,
    )
    frame = goals.goals.set_index("measure")
    assert frame["status"].to_dict() == {
        "conversion": "good",
        "organic_visits": "bad",
        "live_over_notes": "neutral",
        "retention_day_7": "bad",
    }
    last = funnel.steps["overall_rate"].iloc[-1]
    assert frame.loc["conversion", "distance"] == pytest.approx(last - 0.1)
    assert frame["is_reached"].tolist() == [True, False, False, False]
    assert [one.status for one in goals.findings] == ["bad", "bad", "neutral", "good"]


def test_goals_are_grey_where_the_data_do_not_tell(demo_tables, demo_period):
    tables = {"orders": demo_tables["orders"]}
    path = journey(tables)
    funnel = diagnose(path.events, path.steps, demo_period, window=timedelta(days=28))
    goals = compare(
        read_goals(),
        funnel,
        content(tables, path.steps, demo_period),
        habits(tables, path.steps, demo_period),
    )
    assert goals.goals["status"].tolist() == ["unknown"] * 4
    assert goals.goals["is_reached"].isna().all()
    assert {one.status for one in goals.findings} == {"unknown"}


def test_the_goals_of_the_project_are_those_of_the_field():
    assert read_goals() == {
        "conversion": 0.28,
        "organic_visits": 0.6,
        "live_over_notes": 0.3,
        "retention_day_7": 0.38,
    }


def test_one_platform_alone_counts_only_its_own(demo_tables, demo_period, lived):
    organic = demo_tables["events"].filter(
        demo_tables["events"].event == "visit",
        demo_tables["events"].platform == "wechat",
        demo_tables["events"].occurred_at >= demo_period.start,
        demo_tables["events"].occurred_at < demo_period.end,
    )
    one = habits(demo_tables, demo.STEPS, demo_period, platform="wechat")
    users = one.rates.set_index("measure")["users"]
    assert users["organic_visits"] == organic.count().execute()
    assert users["organic_visits"] < lived.rates.set_index("measure")["users"]["organic_visits"]


def test_invitations_of_one_platform_are_fewer_than_all(demo_tables, demo_period, invited):
    one = invitation(demo_tables, demo.STEPS, demo_period, platform="wechat")
    assert 0 < one.stages["number"].iloc[0] < invited.stages["number"].iloc[0]
