"""Invitations and their lifts: recovered from the demo, and typed by hand."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from funnel_tables import at, table
from scopes import scope_of
from workbench import demo
from workbench.analyses.invitations import invitations, lift
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.periods import Period, Week

MARCH = Period.weeks(Week(2026, 12), 2, "UTC")  # 9 to 22 March


@pytest.fixture(scope="module")
def invited(demo_tables, demo_period):
    return invitations(scope_of(demo_tables, demo_period), demo.STEPS)


@pytest.mark.parametrize(
    ("variant", "effect", "found"),
    [("draw", "draw_lift", 0.130), ("friends_help", "friends_help_lift", 0.361)],
)
def test_the_planted_lifts_of_invitations_lie_in_their_intervals(invited, variant, effect, found):
    one = invited.lifts.set_index("variant").loc[variant]
    assert one["lift_low"] <= demo.truth().effects[effect].value <= one["lift_high"]
    assert one["lift"] == pytest.approx(found, abs=0.0005)
    assert one["lift_low"] > 0


def test_its_headlines_are_the_k_factor_and_the_lift_of_each_variant(invited):
    metrics = {one.name: one for one in invited.metrics}
    assert list(metrics) == ["k_factor", "draw_lift", "friends_help_lift"]
    assert metrics["k_factor"].unit == "ratio"
    assert metrics["draw_lift"].unit == "growth"
    assert metrics["draw_lift"].interval == pytest.approx((0.130, 0.036, 0.233), abs=0.0005)


def test_its_findings_are_asked_for_by_topic(invited):
    assert [one.status for one in invited.about("lifts")] == ["good", "good"]
    assert [one.sentence.replace("\u202f", " ") for one in invited.about("lifts")] == [
        "The invitation Draw raises the share who buy within a week from 27.9 % to 31.6 %, by 13.0 % of "
        "it (95 % sure: 3.6 % to 23.3 %).",
        "The invitation Friends help raises the share who buy within a week from 27.9 % to 38.0 %, by "
        "36.1 % of it (95 % sure: 25.4 % to 47.7 %).",
    ]
    assert invited.about("k_factor")[0].sentence == invited.stages_chart().title
    assert invited.missing == ()


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
    found = invitations(scope_of({"events": events}, MARCH), ["visit", "buy"])
    assert found.stages["number"].tolist() == [2, 1, 1, 1]
    assert found.stages["step_rate"].tolist()[1:] == [0.5, 1, 1]
    factor = found.k_factor.iloc[0]
    assert (factor["users"], factor["registered"], factor["k_factor"]) == (4, 1, 0.25)
    assert found.missing == (
        "To show which kind of invitation works best, this report would need the table "
        "assignments (experiment, variant, user_id, assigned_at) and the table orders "
        "(user_id, order_id, ordered_at, amount).",
    )


def test_a_lift_counts_users_with_a_purchase_within_a_week_not_an_order_that_was_undone():
    order = ("order_id", "user_id", "ordered_at", "amount", "refunded_amount", "refunded_at")
    ordered = [
        ("o1", "ann", at("03-02 10:00"), 100, 0, None),
        ("o2", "bob", at("03-09 10:00"), 100, 30, at("03-09 12:00")),
        ("o3", "cid", at("03-02 10:00"), 100, 100, at("03-05 10:00")),
        ("o4", "dan", at("03-02 10:00"), 100, 0, None),
        ("o5", "eve", at("03-09 11:00"), 100, 0, None),
        ("o6", "fay", at("03-02 09:00"), 100, 0, None),
        ("o7", "gus", at("03-02 11:00"), 100, 100, at("03-23 10:00")),
    ]
    variants = {"draw": ["ann", "bob", "cid"], "control": ["dan", "eve", "fay", "gus"]}
    given = [
        ("invitation", variant, user, at("03-02 10:00"))
        for variant, users in variants.items()
        for user in users
    ]
    columns = ["experiment", "variant", "user_id", "assigned_at"]
    tables = {
        "events": table([("ann", name, at("03-01 10:00"), None) for name in ("visit", "buy")]),
        "orders": ibis.memtable(pd.DataFrame(ordered, columns=order)),
        "assignments": ibis.memtable(pd.DataFrame(given, columns=columns)),
    }
    found = invitations(scope_of(tables, MARCH), ["visit", "buy"]).lifts
    # gus gave it back only after the period's end; who looked then saw a purchase.
    assert found[["variant", "users", "conversion_rate"]].to_numpy().tolist() == [
        ["control", 4, 0.5],
        ["draw", 3, 2 / 3],
    ]
    assert found["lift"].tolist()[1:] == pytest.approx([1 / 3])


def test_without_invitations_it_says_which_events_it_would_need():
    events = table([("ann", name, at("03-01 10:00"), None) for name in ("visit", "buy")])
    found = invitations(scope_of({"events": events}, MARCH), ["visit", "buy"])
    assert isinstance(found.stages_chart(), MissingData)
    assert found.missing[0].endswith("the events share, open_invitation, register.")
    assert not found.metrics[0].interval.is_known
    assert found.findings == ()


def test_a_lift_is_the_ratio_of_two_rates_with_katz_interval():
    # 60 of 100 against 50 of 100: log 1.2 ± 1.96 × sqrt(1/60 − 1/100 + 1/50 − 1/100).
    assert lift((60, 100), (50, 100)) == pytest.approx((0.2, -0.0678, 0.5450), abs=1e-3)


def test_invitations_of_one_platform_are_fewer_than_all(demo_tables, demo_period, invited):
    one = invitations(scope_of(demo_tables, demo_period, "wechat"), demo.STEPS)
    assert 0 < one.stages["number"].iloc[0] < invited.stages["number"].iloc[0]
