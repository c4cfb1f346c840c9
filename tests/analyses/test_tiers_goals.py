"""The goals for customers: what is reached, what is missed, what cannot be told yet."""

import math
from datetime import date, datetime, timedelta

import ibis
import pytest

import workbench as wb
from workbench.analyses.tiers.goals import read_goals, repurchase_rate
from workbench.periods import Period
from workbench.stats.rates import wilson

LAST = Period(date(2026, 12, 1), date(2026, 12, 31), "UTC")  # its 52 weeks begin on 2 January


def shop(*orders):
    """Orders of (user, day of 2026)."""
    return {
        "orders": ibis.memtable(
            {
                "user_id": [user for user, _day in orders],
                "order_id": [f"o{i}" for i in range(len(orders))],
                "ordered_at": [
                    datetime(2026, 1, 1, 12) + timedelta(days=day - 1) for _user, day in orders
                ],
                "amount": [100] * len(orders),
            }
        )
    }


def test_the_goals_of_the_project_are_those_of_the_field():
    assert read_goals() == {"repurchase_rate": 0.52, "ltv_growth": 0.45, "life_cycle_months": 24}


def test_repurchase_counts_who_has_two_orders_in_the_52_weeks():
    tables = shop(("a", 1), ("a", 2), ("b", 2), ("b", 365), ("c", 200), ("d", 1), ("d", 366))
    assert repurchase_rate(tables, LAST) == wilson(1, 3)


def test_repurchase_is_unknown_where_orders_begin_within_the_52_weeks():
    assert not math.isnan(repurchase_rate(shop(("a", 2)), LAST)[0])
    assert math.isnan(repurchase_rate(shop(("a", 3)), LAST)[0])
    assert math.isnan(repurchase_rate({}, LAST)[0])


@pytest.mark.usefixtures("data")
def test_a_full_year_of_a_real_shop_has_a_repurchase_rate():
    source = wb.connect("online_retail")
    value, low, high = repurchase_rate(source.tables, source.period("latest", 26))
    bought = source.orders.filter(
        source.orders.status == "paid",
        source.orders["user_id"].notnull(),
        source.orders.ordered_at >= datetime(2010, 12, 6),
        source.orders.ordered_at < datetime(2011, 12, 5),
    )
    users = bought.user_id.to_pyarrow().to_pandas().value_counts()
    assert value == pytest.approx((users > 1).mean())
    assert low < value < high
