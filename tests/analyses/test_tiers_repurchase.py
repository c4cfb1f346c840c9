"""Who buys again within a year: the headline figure of tiers that a goal is set for."""

import math
from datetime import date, datetime, timedelta

import ibis
import pytest

import workbench as wb
from scopes import scope_of
from workbench.analyses.tiers import rank
from workbench.kit.goals import compare
from workbench.kit.settings import Settings
from workbench.periods import Period
from workbench.stats.rates import wilson

LAST = Period(date(2026, 12, 1), date(2026, 12, 31), "UTC")  # its 52 weeks begin on 2 January


def repurchase_rate(scope):
    """The metric of that name."""
    (found,) = [one for one in rank(scope).metrics if one.name == "repurchase_rate"]
    return found


def shop(*orders):
    """The scope of orders of (user, day of 2026)."""
    tables = {
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
    return scope_of(tables, LAST, settings=Settings(source="demo"))


def test_the_goals_of_the_project_are_those_of_the_field():
    goals = Settings(source="demo").goals
    of_customers = {"repurchase_rate": 0.52, "ltv_growth": 0.45, "life_cycle_months": 24}
    assert {name: goals[name].value for name in of_customers} == of_customers


def test_repurchase_counts_who_has_two_orders_in_the_52_weeks():
    scope = shop(("a", 1), ("a", 2), ("b", 2), ("b", 365), ("c", 200), ("d", 1), ("d", 366))
    assert repurchase_rate(scope).interval == wilson(1, 3)


def test_repurchase_is_unknown_where_orders_begin_within_the_52_weeks():
    assert not math.isnan(repurchase_rate(shop(("a", 2), ("a", 340))).interval.value)
    assert not math.isnan(repurchase_rate(shop(("a", 38), ("a", 340))).interval.value)  # 36 of 364
    short = shop(("a", 39), ("a", 340))
    assert math.isnan(repurchase_rate(short).interval.value)
    (told,) = compare(short, rank(short)).findings
    assert told.status == "unknown"
    assert told.sentence.endswith(
        "goal 52.0\u202f%; the orders do not reach back over these 52 weeks."
    )


@pytest.mark.usefixtures("data")
def test_a_full_year_of_a_real_shop_has_a_repurchase_rate():
    source = wb.connect("online_retail")
    scope = scope_of(source.tables, source.period("latest", 26))
    value, low, high = repurchase_rate(scope).interval
    bought = source.orders.filter(
        source.orders.status == "paid",
        source.orders["user_id"].notnull(),
        source.orders.ordered_at >= datetime(2010, 12, 6),
        source.orders.ordered_at < datetime(2011, 12, 5),
    )
    users = bought.user_id.to_pyarrow().to_pandas().value_counts()
    assert value == pytest.approx((users > 1).mean())
    assert low < value < high
