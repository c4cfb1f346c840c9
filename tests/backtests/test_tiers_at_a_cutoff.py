"""The back-test knows nothing of what came later."""

from datetime import date, timedelta
from typing import NamedTuple

import ibis
import pytest

from tiers_shop import LAST, PERIOD, TABLES, orders, shop
from workbench.backtests import backtest
from workbench.backtests.cutoff import split
from workbench.customers.forecast import forecast
from workbench.customers.purchases import net_orders
from workbench.customers.rfm import measure
from workbench.customers.thresholds import learn
from workbench.customers.tiering import place
from workbench.errors import MissingData, ParameterError
from workbench.periods import Period

ORDERS = TABLES["orders"]
SCOPE = shop()


class Ranking(NamedTuple):
    """As much of a ranking as a back-test asks for."""

    scope: object
    horizon_days: int = 60


def brought_since(table, period=PERIOD):
    return backtest(Ranking(shop({"orders": table}, period)))


@pytest.fixture(scope="module")
def judged():
    return backtest(Ranking(SCOPE, 90), horizon_days=60)


def test_the_horizon_is_the_periods_end_and_the_base_lies_before_it():
    base, ahead = split(SCOPE, 60)
    assert (ahead.period.first, ahead.period.last) == (date(2026, 4, 30), date(2026, 6, 28))
    assert base.period.last == date(2026, 4, 29)
    assert len(base.period.days) == len(PERIOD.days)


def test_the_horizon_is_that_of_the_ranking_unless_another_is_given(judged):
    assert judged.horizon_days == 60
    own = brought_since(ORDERS)
    assert own.horizon_days == 60
    assert own.rankings.equals(judged.rankings)


def test_its_rule_says_how_long_it_looks_and_that_it_learns_its_own_thresholds(judged):
    rule, _of_errors = judged.rules
    assert "nothing of the last 60 days, those after its cut-off: it learns thresholds" in rule


def test_a_horizon_of_no_day_is_refused():
    with pytest.raises(ParameterError, match="^horizon_days == 0, must be 1 or more$"):
        backtest(Ranking(SCOPE), horizon_days=0)


def test_users_and_revenue_are_those_of_the_orders_counted_by_hand(judged):
    base, ahead = split(SCOPE, 60)
    known = set(measure(base)["user_id"])
    made = net_orders(ahead).execute()
    later = made[(made["ordered_at"] >= ahead.start) & made["user_id"].isin(known)]
    assert judged.future_revenue["users"].sum() == len(known)
    assert judged.future_revenue["total_amount"].sum() == later["net_amount"].sum()


def test_the_revenue_of_the_horizon_is_that_of_new_and_returned_users_too(judged):
    _base, ahead = split(SCOPE, 60)
    made = net_orders(ahead).execute()
    everybody = made[made["ordered_at"] >= ahead.start]["net_amount"].sum()
    assert judged.horizon_amount == everybody > judged.future_revenue["total_amount"].sum()
    (told,) = judged.about("coverage")
    assert "of what all users brought in the 60 days" in told.sentence


def test_whoever_bought_nothing_in_the_last_year_of_a_longer_base_spent_nought_in_it():
    # A base of 70 weeks, of which some users bought in the first ones alone.
    period = Period(LAST - timedelta(days=70 * 7 - 1), LAST, "UTC")
    scope = shop({"orders": orders(users=120, days=600)}, period)
    base, _ahead = split(scope, 60)
    assert len(measure(base.over(52))) < len(measure(base))
    assert backtest(Ranking(scope)).rankings["concentration_rate"].notna().all()


def test_what_comes_after_the_cut_off_changes_no_level_and_no_forecast(judged):
    _base, ahead = split(SCOPE, 60)
    is_late = ORDERS.ordered_at >= ahead.start
    richer = ORDERS.mutate(
        amount=ibis.ifelse(is_late, ORDERS.amount * 7, ORDERS.amount),
        refunded_amount=ibis.ifelse(is_late, 0, ORDERS.refunded_amount),
    )
    other = brought_since(richer)
    assert other.future_revenue["users"].tolist() == judged.future_revenue["users"].tolist()
    assert other.future_revenue["total_amount"].sum() > judged.future_revenue["total_amount"].sum()
    assert other.calibration["forecast_rate"].equals(judged.calibration["forecast_rate"])
    expected = judged.forecast_check["expected_amount"]
    assert other.forecast_check["expected_amount"].equals(expected)


def test_days_without_orders_after_the_cut_off_refute_no_forecast():
    _base, ahead = split(SCOPE, 60)
    (told,) = brought_since(ORDERS.filter(ORDERS.ordered_at < ahead.start)).findings
    assert (told.topic, told.status) == ("young", "unknown")
    assert told.sentence.endswith("days of 30 Apr – 28 Jun 2026 are without orders.")


def test_the_forecast_is_held_against_the_purchases_and_the_money_that_came(judged):
    money, purchases = judged.about("forecast")
    assert "purchases were forecast" in purchases.sentence
    sums = judged.forecast_check[["expected_amount", "actual_amount"]].sum()
    error = sums["expected_amount"] / sums["actual_amount"] - 1
    assert money.figure == pytest.approx(error)
    for one, low, high in ((money, "low", "high"), (purchases, "few", "many")):
        text = f"{100 * abs(one.figure):.1f}\u202f% too {low if one.figure < 0 else high}"
        assert text in one.sentence


def test_the_chances_of_an_order_are_held_against_who_bought_on_any_later_day(judged):
    base, ahead = split(SCOPE, 60)
    users = forecast(base, horizon_days=60, discount_rate=0.0).users
    made = net_orders(ahead).execute()
    later = made[(made["ordered_at"] >= ahead.start) & made["is_purchase"]]
    row = judged.calibration.iloc[0]
    assert row["users"] == len(users) == judged.reliability["users"].sum()
    assert row["forecast_rate"] == pytest.approx(users["order_probability"].mean())
    assert row["happened_rate"] == pytest.approx(users["user_id"].isin(later["user_id"]).mean())
    assert len(judged.about("calibration")) == 1


def test_the_money_forecast_of_each_level_is_held_against_what_its_users_brought(judged):
    base, _ahead = split(SCOPE, 60)
    users = measure(base).sort_values("user_id", ignore_index=True)
    placed = place(users, learn(users, "2026-W18"), SCOPE.levels)
    made = forecast(base, horizon_days=60, discount_rate=0.0).users
    by_level = placed.merge(made, on="user_id").groupby("level")["expected_amount"].sum()
    found = judged.forecast_check.set_index("level")
    assert found["expected_amount"].to_dict() == by_level.reindex(found.index).to_dict()
    future = judged.future_revenue.set_index("level")
    assert found["users"].tolist() == future["users"].tolist()
    assert found["actual_amount"].tolist() == future["total_amount"].tolist()


def test_without_a_forecast_a_finding_says_that_none_is_tested():
    # One order a user: there is no repeat purchase to learn from.
    once = ORDERS.semi_join(
        ORDERS.group_by("user_id").agg(order_id=ORDERS.order_id.max()), "order_id"
    )
    found = brought_since(once)
    (told,) = found.about("forecast", "calibration")
    assert told == found.findings[-1]
    assert told.status == "unknown"
    assert "nothing could be forecast, so no forecast is tested" in told.sentence
    assert "no customer has a repeat purchase" in told.sentence
    assert found.forecast_check["expected_amount"].isna().any()
    assert str(found.calibration_chart()) == told.sentence


def test_a_history_too_short_for_a_back_test_says_from_when_it_would_need_orders():
    found = brought_since(ORDERS, Period(date(2025, 5, 12), PERIOD.last, "UTC"))
    (told,) = found.findings
    assert (told.topic, told.status) == ("young", "unknown")
    assert "needs orders since 13 Mar 2025, and there are some only since" in told.sentence
    assert len(found.future_revenue) == len(found.forecast_check) == 9
    charts = (found.future_revenue_chart(), found.value_curve_chart(), found.calibration_chart())
    for chart in charts:
        assert isinstance(chart, MissingData)
        assert str(chart) == told.sentence
