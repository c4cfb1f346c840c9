"""Habits of users and their goals: recovered from the demo, and typed by hand."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from funnel_tables import at, table
from scopes import scope_of
from workbench import demo, project
from workbench.analyses.contents import contents
from workbench.analyses.habits import METRICS, habits
from workbench.kit.aims import read_goals
from workbench.kit.goals import compare
from workbench.kit.settings import Settings
from workbench.kit.showing import show
from workbench.periods import Period, Week

MARCH = Period.weeks(Week(2026, 12), 2, "UTC")  # 9 to 22 March


@pytest.fixture(scope="module")
def lived(demo_tables, demo_period):
    return habits(scope_of(demo_tables, demo_period), demo.STEPS)


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


def test_one_purchase_says_who_bought_again(lived):
    rows = lived.rates.set_index("measure")
    assert rows.loc["second_order_in_60_days", "users"] == 857
    assert rows.loc["second_order_in_60_days", "rate"] == pytest.approx(0.2065, abs=0.0005)
    assert rows.loc["order_in_30_days", "rate"] == pytest.approx(0.383, abs=0.0005)


def test_its_headlines_are_its_rates_by_name(lived):
    rows = lived.rates.set_index("measure")
    assert tuple(one.name for one in lived.metrics) == METRICS
    for one in lived.metrics:
        assert (one.unit, one.better) == ("rate", "up")
        assert one.interval.value == rows.loc[one.name, "rate"]


def test_its_findings_are_asked_for_by_topic(lived):
    told = [one.sentence for one in lived.about("discovery")]
    assert [one.split(" of ")[1][:18] for one in told] == [
        "users discover the",
        "those who find it ",
    ]
    assert lived.about("orders")[0].sentence.startswith(
        "20.7\u202f% of first-time buyers buy again"
    )
    assert len(lived.about("groups")) == 1


def life(*orders):
    """Two users who signed up on 1 March; ann is there on the next day, bob on the seventh."""
    first = at("03-01 23:30")
    users = pd.DataFrame({"user_id": ["ann", "bob"], "signed_up_at": [first, first]})
    events = table(
        [
            ("old", "visit", at("01-01 10:00"), "wechat"),
            ("old", "buy", at("01-01 10:05"), "wechat"),
            ("ann", "visit", at("03-02 00:10"), "wechat"),
            ("bob", "visit", at("03-08 23:50"), "wechat"),
            ("bob", "visit", at("03-09 00:10"), "wechat"),
        ]
    )
    rows = [
        (f"o{i}", user, at(day), 100, *(rest or ("paid", "wechat")))
        for i, (user, day, *rest) in enumerate(orders)
    ]
    names = ["order_id", "user_id", "ordered_at", "amount", "status", "platform"]
    return {
        "users": ibis.memtable(users),
        "events": events,
        "orders": ibis.memtable(pd.DataFrame(rows, columns=names)),
    }


def rates(tables, period, platform=""):
    scope = scope_of(tables, period, platform)
    found = habits(scope, ["visit", "buy"]).rates.set_index("measure")
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


MAY = Period(at("05-01 00:00").date(), at("05-14 00:00").date(), "UTC")


def test_a_cancelled_order_is_neither_a_first_nor_a_second_one():
    found = rates(
        life(
            ("old", "01-01 10:00"),
            ("ann", "03-03 10:00", "cancelled", "wechat"),
            ("ann", "03-05 10:00"),
            ("bob", "03-06 10:00"),
            ("bob", "03-20 10:00", "cancelled", "wechat"),
        ),
        MAY,
    )
    assert found["second_order_in_60_days"] == (2, 0)


def test_who_bought_on_another_platform_before_is_no_first_time_buyer():
    tables = life(
        ("old", "01-01 10:00"),
        ("ann", "01-10 10:00", "paid", "douyin"),
        ("ann", "03-05 10:00"),
        ("ann", "03-06 10:00"),
        ("bob", "03-06 10:00"),
        ("bob", "03-07 10:00", "paid", "douyin"),
    )
    assert rates(tables, MAY)["second_order_in_60_days"] == (1, 1)
    assert rates(tables, MAY, "wechat")["second_order_in_60_days"] == (1, 0)


def test_new_users_have_thirty_days_for_their_first_purchase():
    tables = life(
        ("old", "01-01 10:00"),
        ("ann", "03-31 10:00"),
        ("bob", "03-10 10:00", "cancelled", "wechat"),
        ("bob", "04-01 10:00"),
    )
    period = Period(at("03-31 00:00").date(), at("04-13 00:00").date(), "UTC")
    assert rates(tables, period)["order_in_30_days"] == (2, 0.5)


def test_where_history_is_too_short_the_rate_is_not_known():
    period = Period(at("01-02 00:00").date(), at("01-15 00:00").date(), "UTC")
    found = habits(scope_of(life(("old", "01-01 10:00")), period), ["visit", "buy"])
    assert found.rates.set_index("measure")["rate"].isna().all()
    # 60 days after 1 January begin the fourteen days that are told.
    assert (
        "Second order in 60 days: this is told from 15 Mar 2026 on, as the data begin on 1 Jan 2026."
        in found.missing
    )
    assert not any(one.interval.is_known for one in found.metrics)


def test_a_cohort_from_before_the_first_order_is_not_judged_though_some_of_it_ordered():
    orders = (("ann", "03-05 10:00"), ("ann", "03-07 10:00"))
    found = rates(life(*orders), MAY)["second_order_in_60_days"]
    assert found[0] == 0
    assert pd.isna(found[1])
    assert rates(life(("old", "03-02 10:00"), *orders), MAY)["second_order_in_60_days"] == (2, 0.5)


def test_members_of_a_group_are_judged_a_day_after_the_hours_have_passed():
    events = table(
        [
            ("ann", "join_group", at("05-01 10:00"), None),
            ("ann", "group_activity", at("05-04 10:00"), None),  # 72 hours later
            ("bob", "join_group", at("05-11 12:00"), None),  # 84 hours before the period's end
            ("bob", "group_activity", at("05-12 13:00"), None),  # 25 hours later
        ]
    )
    found = habits(scope_of({"events": events}, MAY), ["join_group", "group_activity"])
    groups = found.rates.set_index("measure")[["users", "rate"]]
    assert groups.loc["group_24_hours"].tolist() == [2, 1]
    assert groups.loc["group_48_hours"].tolist() == [2, 0.5]
    assert groups.loc["group_72_hours"].tolist() == [1, 1]


def test_what_is_missing_is_told_in_a_sentence_each():
    orders = life(("old", "01-01 10:00"))["orders"]
    found = habits(scope_of({"orders": orders}, MARCH), ["first_order", "second_order"])
    assert len(found.missing) == 5
    assert all(one.startswith("To show ") for one in found.missing[:-1])
    # Nobody's first order is of 8 to 21 January.
    assert found.missing[-1] == (
        "Second order in 60 days: there is nobody of whom this could be told, 8 – 21 Jan 2026."
    )
    assert show(found.known).text == "None of this is known: the end of this page says why."


def test_goals_stand_beside_the_actuals_with_their_distance(demo_tables, demo_period, lived):
    given = {"organic_visits": 0.6, "live_over_notes": 0.05, "retention_day_7": 0.38}
    scope = scope_of(demo_tables, demo_period, settings=Settings(goals=given))
    goals = compare(scope, contents(scope, demo.STEPS), lived)
    frame = goals.goals.set_index("measure")
    assert frame["status"].to_dict() == {
        "organic_visits": "bad",
        "live_over_notes": "neutral",
        "retention_day_7": "bad",
    }
    organic = lived.rates.set_index("measure").loc["organic_visits", "rate"]
    assert frame.loc["organic_visits", "distance"] == pytest.approx(organic - 0.6)
    assert frame["is_reached"].tolist() == [False, False, False]
    assert [one.status for one in goals.findings] == ["bad", "bad", "neutral"]


def test_goals_are_grey_where_the_data_do_not_tell(demo_tables, demo_period):
    given = Settings(source="demo")
    scope = scope_of({"orders": demo_tables["orders"]}, demo_period, settings=given)
    goals = compare(scope, contents(scope), habits(scope))
    assert sorted(goals.goals["measure"]) == [
        "live_over_notes",
        "organic_visits",
        "retention_day_7",
    ]
    assert goals.goals["status"].tolist() == ["unknown"] * 3
    assert goals.goals["is_reached"].isna().all()
    assert {one.status for one in goals.findings} == {"unknown"}


def test_the_goals_of_the_project_are_those_of_the_field():
    found = read_goals(project.root() / "parameters" / "goals" / "demo.yaml")
    wanted = {
        "conversion": 0.28,
        "organic_visits": 0.6,
        "live_over_notes": 0.3,
        "retention_day_7": 0.38,
    }
    assert {name: found[name].value for name in wanted} == wanted


def test_one_platform_alone_counts_only_its_own(demo_tables, demo_period, lived):
    organic = demo_tables["events"].filter(
        demo_tables["events"].event == "visit",
        demo_tables["events"].platform == "wechat",
        demo_tables["events"].occurred_at >= demo_period.start,
        demo_tables["events"].occurred_at < demo_period.end,
    )
    one = habits(scope_of(demo_tables, demo_period, "wechat"), demo.STEPS)
    own, whole = (one.rates.set_index("measure").loc["organic_visits"] for one in (one, lived))
    assert own["visits"] == organic.count().execute() < whole["visits"]
    assert own["users"] == organic.user_id.nunique().execute() < whole["users"]
