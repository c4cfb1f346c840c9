"""The back-test knows nothing of what came later; moves between periods add up."""

from datetime import date, timedelta

import ibis
import pytest
from tiers_shop import LAST, PERIOD, TABLES, orders

from workbench.analyses import tiers
from workbench.analyses.tiers import backtest
from workbench.analyses.tiers.tiering import place
from workbench.customers.forecast import forecast
from workbench.customers.purchases import booked
from workbench.customers.rfm import measure
from workbench.customers.thresholds import learn
from workbench.errors import MissingData
from workbench.periods import Period

LEVELS = tiers.read_levels()
ORDERS = TABLES["orders"]


@pytest.fixture(scope="module")
def judged():
    return tiers.validate(TABLES, PERIOD, LEVELS, horizon_days=60, currency="CNY")


def test_the_horizon_is_the_periods_end_and_the_base_lies_before_it():
    base, ahead = backtest.split(PERIOD, 60)
    assert (ahead.first, ahead.last) == (date(2026, 4, 30), date(2026, 6, 28))
    assert base.last == date(2026, 4, 29)
    assert len(base.days) == len(PERIOD.days)


def test_users_and_revenue_are_those_of_the_orders_counted_by_hand(judged):
    base, ahead = backtest.split(PERIOD, 60)
    known = set(measure(ORDERS, base)["user_id"])
    made = booked(ORDERS, ahead.end).execute()
    later = made[(made["ordered_at"] >= ahead.start) & made["user_id"].isin(known)]
    assert judged.future_revenue["users"].sum() == len(known)
    assert judged.future_revenue["total_amount"].sum() == later["net_amount"].sum()


def test_the_revenue_of_the_horizon_is_that_of_new_and_returned_users_too(judged):
    _base, ahead = backtest.split(PERIOD, 60)
    made = booked(ORDERS, ahead.end).execute()
    everybody = made[made["ordered_at"] >= ahead.start]["net_amount"].sum()
    assert judged.horizon_amount == everybody > judged.future_revenue["total_amount"].sum()
    assert any("of what all users brought in the 60 days" in f.sentence for f in judged.findings)


def test_whoever_bought_nothing_in_the_last_year_of_a_longer_base_spent_nought_in_it():
    # A base of 70 weeks, of which some users bought in the first ones alone.
    tables = {"orders": orders(users=120, days=600)}
    period = Period(LAST - timedelta(days=70 * 7 - 1), LAST, "UTC")
    base, _ahead = backtest.split(period, 60)
    lately = Period(base.last - timedelta(days=363), base.last, "UTC")
    assert len(measure(tables["orders"], lately)) < len(measure(tables["orders"], base))
    found = tiers.validate(tables, period, LEVELS, horizon_days=60)
    assert found.rankings["concentration_rate"].notna().all()


def test_what_comes_after_the_cut_off_changes_no_level_and_no_forecast(judged):
    _base, ahead = backtest.split(PERIOD, 60)
    is_late = ORDERS.ordered_at >= ahead.start
    richer = ORDERS.mutate(
        amount=ibis.ifelse(is_late, ORDERS.amount * 7, ORDERS.amount),
        refunded_amount=ibis.ifelse(is_late, 0, ORDERS.refunded_amount),
    )
    other = tiers.validate({"orders": richer}, PERIOD, LEVELS, horizon_days=60)
    assert other.future_revenue["users"].tolist() == judged.future_revenue["users"].tolist()
    assert other.future_revenue["total_amount"].sum() > judged.future_revenue["total_amount"].sum()
    fewer = tiers.validate({"orders": ORDERS.filter(~is_late)}, PERIOD, LEVELS, horizon_days=60)
    assert fewer.future_revenue["users"].tolist() == judged.future_revenue["users"].tolist()
    assert fewer.findings[0].status == "unknown"


def test_the_last_findings_hold_the_forecast_against_the_purchases_and_the_money_that_came(judged):
    purchases, money = judged.findings[-2:]
    assert "purchases were forecast" in purchases.sentence
    sums = judged.forecast_check[["expected_amount", "actual_amount"]].sum()
    error = sums["expected_amount"] / sums["actual_amount"] - 1
    assert money.figure == pytest.approx(error)
    for one, size in (("Money was forecast", error), ("known then", purchases.figure)):
        text = f"{one} {100 * abs(size):.1f}\u202f% too {'low' if size < 0 else 'high'}"
        assert text in money.sentence


def test_the_money_forecast_of_each_level_is_held_against_what_its_users_brought(judged):
    base, _ahead = backtest.split(PERIOD, 60)
    users = measure(ORDERS, base).sort_values("user_id", ignore_index=True)
    placed = place(users, learn(users, "2026-W18"), LEVELS)
    made = forecast(ORDERS, base, horizon_days=60, discount_rate=0.0).users
    by_level = placed.merge(made, on="user_id").groupby("level")["expected_amount"].sum()
    found = judged.forecast_check.set_index("level")
    assert found["expected_amount"].to_dict() == by_level.reindex(found.index).to_dict()
    future = judged.future_revenue.set_index("level")
    assert found["users"].tolist() == future["users"].tolist()
    assert found["actual_amount"].tolist() == future["total_amount"].tolist()


def test_without_a_forecast_the_last_finding_says_that_none_is_tested():
    # One order a user: there is no repeat purchase to learn from.
    once = ORDERS.semi_join(
        ORDERS.group_by("user_id").agg(order_id=ORDERS.order_id.min()), "order_id"
    )
    found = tiers.validate({"orders": once}, PERIOD, LEVELS, horizon_days=60)
    assert found.findings[-1].status == "unknown"
    assert "nothing could be forecast, so no forecast is tested" in found.findings[-1].sentence
    assert "no customer has a repeat purchase" in found.findings[-1].sentence
    assert found.forecast_check["expected_amount"].isna().any()


def test_a_history_too_short_for_a_back_test_says_from_when_it_would_need_orders():
    long = Period(date(2025, 6, 30), PERIOD.last, "UTC")
    found = tiers.validate(TABLES, long, LEVELS, horizon_days=60)
    assert [one.status for one in found.findings] == ["unknown"]
    assert "needs orders since 1 May 2025, and there are some only since" in (
        found.findings[0].sentence
    )
    for chart in (found.future_revenue_chart(), found.value_curve_chart()):
        assert isinstance(chart, MissingData)
        assert str(chart) == found.findings[0].sentence


def test_moves_are_between_the_users_of_both_periods_by_the_same_thresholds():
    now = tiers.rank(TABLES, PERIOD, LEVELS)
    moves = tiers.moves(TABLES, PERIOD, LEVELS, now)
    flows = moves.migration
    after = flows[flows["level_after"] != "lost"].groupby("level_after")["users"].sum()
    assert after[list(LEVELS.names)].tolist() == now.levels["users"].tolist()
    users_before = flows.loc[flows["level_before"] != "new", "users"].sum()
    assert users_before == len(measure(ORDERS, PERIOD.previous()))


def test_moves_may_be_told_between_two_weeks():
    now = tiers.rank(TABLES, PERIOD, LEVELS)
    week = timedelta(weeks=1)
    before = Period(PERIOD.first - week, PERIOD.last - week, "UTC")
    flows = tiers.moves(TABLES, PERIOD, LEVELS, now, before=before).migration
    stood = flows[flows["level_before"] != "new"].groupby("level_before")["users"].sum()
    assert stood.sum() == len(measure(ORDERS, before))
    stayed = flows[flows["level_before"] == flows["level_after"]]["users"].sum()
    assert stayed > 0.6 * stood.sum()


def test_moves_without_a_whole_period_before_are_told_as_unknown():
    first = date(2025, 5, 25)
    long = Period(first + timedelta(days=200), PERIOD.last, "UTC")
    now = tiers.rank(TABLES, long, LEVELS)
    moves = tiers.moves(TABLES, long, LEVELS, now)
    assert [one.status for one in moves.findings] == ["unknown"]
    assert "Where users moved cannot be told: the orders begin on" in moves.findings[0].sentence
    assert isinstance(moves.migration_chart(), MissingData)
