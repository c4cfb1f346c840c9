"""Tiers of awkward shops: few users, no money, no forecast; nothing fails, and reasons are told."""

from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pytest

from scopes import scope_of
from workbench.analyses import tiers
from workbench.customers.value import fitting
from workbench.errors import MissingData
from workbench.periods import Period

PERIOD = Period(date(2026, 3, 2), date(2026, 8, 30), "Asia/Shanghai")
TYPES = {
    "order_id": "string",
    "user_id": "string",
    "ordered_at": "timestamp",
    "amount": "int64",
    "refunded_amount": "int64",
    "refunded_at": "timestamp",
    "status": "string",
}
AHEAD = ["expected_orders", "order_probability", "expected_amount", "ltv_amount"]
# Thirty users with one to four orders each, of 1,000 minor units and more.
MANY = [
    (f"u{k:02}", (7 * k + j * (11 + k % 5)) % 180, 1000 + 137 * k * j)
    for k in range(30)
    for j in range(1 + k % 4)
]


def table(*rows):
    """Orders of (user, day of the period from 0, amount[, given back that day, status])."""
    full = [
        (str(place), user, at, amount, back[0] if back else None, at if back else None, status)
        for place, (user, day, amount, *back) in enumerate(rows)
        for at in [datetime(2026, 3, 2, 4) + timedelta(days=day)]
        for status in [back[1] if back else "paid"]
    ]
    frame = pd.DataFrame(full, columns=list(TYPES))
    for name in ("ordered_at", "refunded_at"):
        frame[name] = pd.to_datetime(frame[name])
    return ibis.memtable(frame, schema=TYPES)


def rank(orders, period=PERIOD, **options):
    """Tiers, whose charts could be drawn."""
    found = tiers.rank(scope_of({"orders": orders}, period), **options)
    assert found.levels_chart().title
    assert found.cells_chart().title
    assert found.levels["users"].sum() == found.cells["users"].sum() == len(found.users)
    return found


def test_a_single_user_with_a_single_order_stands_in_the_middle():
    found = rank(table(("a", 3, 500)))
    assert found.users[["r", "f", "m", "level"]].to_numpy().tolist() == [[2, 2, 2, "rising"]]
    assert found.levels["revenue_rate"].tolist() == [0.0] * 5 + [1.0] + [0.0] * 3


def test_without_a_second_order_nothing_is_forecast_and_the_reason_is_told():
    found = rank(table(*((f"u{k:02}", k, 100 * k) for k in range(12))))
    assert found.missing == (
        "What users will buy cannot be forecast: no customer has a repeat purchase: a purchase model "
        "needs some.",
    )
    figures = {metric.name: metric for metric in found.metrics}
    assert not figures["expected_amount"].interval.is_known
    assert figures["expected_amount"].why == "what these users will buy cannot be forecast"
    assert found.users[AHEAD].isna().all(axis=None)
    assert found.levels["expected_amount"].isna().all()
    assert found.users["r"].value_counts().to_dict() == {1: 4, 2: 4, 3: 4}


def test_where_all_was_free_orders_are_forecast_but_no_amounts():
    found = rank(table(*((f"u{k % 5}", k, 0) for k in range(20))))
    assert "no customer has a repeat purchase of more than 0" in found.missing[0]
    assert found.users["expected_orders"].notna().all()
    assert found.users[["expected_amount", "ltv_amount"]].isna().all(axis=None)
    assert found.users["m"].tolist() == [2] * 5
    assert found.levels["revenue_rate"].isna().all()


def test_a_user_may_have_given_back_more_than_was_bought_in_the_period():
    given_back = ("u00", 5, 0, 90_000, "cancelled")
    found = rank(table(*MANY, given_back)).users.set_index("user_id")
    assert found.loc["u00", ["monetary", "frequency", "m"]].tolist() == [-89_000, 1, 1]


def test_no_shares_of_a_revenue_below_nothing():
    found = rank(table(("a", 3, 500), ("a", 5, 0, 900, "cancelled"), ("b", 6, 0)))
    assert found.levels["revenue_amount"].sum() == -400
    assert found.levels["revenue_rate"].isna().all()
    assert found.cells["revenue_rate"].isna().all()
    assert found.findings[0].sentence.endswith("are core; the period has no revenue to share.")
    assert found.findings[0].figure is None


@pytest.mark.parametrize(
    ("orders", "sentence"),
    [
        (table(("a", 300, 500)), "nobody ordered in 2 Mar – 30 Aug 2026"),
        (table(), "no order names its user, so there are no users to tier in 2 Mar – 30 Aug 2026"),
        (
            table((None, 3, 500), (None, 9, 70)),
            "no order names its user, so there are no users to tier in 2 Mar – 30 Aug 2026",
        ),
        (table(("a", 3, 500, None, "cancelled")), "nobody ordered in 2 Mar – 30 Aug 2026"),
    ],
)
def test_a_period_without_users_is_refused_in_one_line(orders, sentence):
    with pytest.raises(MissingData) as refused:
        rank(orders)
    assert str(refused.value) == sentence


def test_a_source_without_status_and_refunds_is_tiered_alike():
    orders = table(*MANY)
    bare = orders.select("order_id", "user_id", "ordered_at", "amount")
    pd.testing.assert_frame_equal(rank(bare).users, rank(orders).users)


def test_refunds_without_their_instants_are_told_as_known_too_early():
    found = rank(table(*MANY).drop("refunded_at"))
    (missing,) = found.missing
    assert missing.startswith("To show the past as it was known then, without the refunds")
    assert "orders" in missing
    bare = table(*MANY).drop("refunded_at", "refunded_amount", "status")
    assert rank(bare).missing == ()


def test_a_week_is_a_period_too():
    week = Period(date(2026, 3, 2), date(2026, 3, 8), "Asia/Shanghai")
    found = rank(table(("a", 0, 100), ("b", 3, 300), ("b", 5, 200), ("c", 6, 900)), week)
    assert found.users["recency_days"].tolist() == [6, 1, 0]
    assert found.thresholds["base_weeks"].tolist() == [1, 1, 1]


def test_a_longer_horizon_expects_more_and_leaves_the_next_years_worth_as_it_is():
    near, far = (rank(table(*MANY), horizon_days=days).users for days in (90, 365))
    assert (far["expected_orders"] > near["expected_orders"]).all()
    assert (far["order_probability"] > near["order_probability"]).all()
    assert (far["expected_amount"] >= far["ltv_amount"]).all()  # the same year, not discounted
    assert far["ltv_amount"].equals(near["ltv_amount"])


def test_a_model_that_does_not_converge_leaves_the_forecast_empty(monkeypatch):
    monkeypatch.setattr(fitting, "_FLAT", 0.0)
    found = rank(table(*MANY))
    assert "the purchase model did not converge on these customers" in found.missing[0]
    assert "\n" not in found.missing[0]
    assert found.users[AHEAD].isna().all(axis=None)


def test_amounts_spread_too_widely_leave_what_users_spend_empty():
    wide = [(user, day, 10 ** (int(user[1:]) % 9)) for user, day, _ in MANY]  # q comes to 0.15
    found = rank(table(*wide))
    assert "these amounts are spread too widely" in found.missing[0]
    assert found.users["expected_orders"].notna().all()
    assert found.users[["expected_amount", "ltv_amount"]].isna().all(axis=None)
