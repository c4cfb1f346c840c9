"""The goals for customers: what is reached, what is missed, what cannot be told yet."""

import math
from dataclasses import replace
from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pytest

import workbench as wb
from workbench.analyses.lifecycle import DAYS_A_MONTH, Lifecycle, lifecycle
from workbench.analyses.ltv import Ltv
from workbench.analyses.tiers.goals import (
    compare,
    life_cycle_months,
    ltv_growth,
    read_goals,
    repurchase_rate,
)
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN
from workbench.stats.rates import wilson

LAST = Period(date(2026, 12, 1), date(2026, 12, 31), "UTC")  # its 52 weeks begin on 2 January
GONE = Lifecycle(
    lifetimes=pd.DataFrame(),
    users=100,
    patience_days=60,
    horizon_days=round(30 * DAYS_A_MONTH),
    mean_days=(10 * DAYS_A_MONTH, 9 * DAYS_A_MONTH, 11 * DAYS_A_MONTH),
    alive=(0.0, 0.0, 0.0),
    repeat_median_days=100,
    came_back=UNKNOWN,
    knows_new=True,
    findings=(),
    missing="",
)


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


def test_growth_is_that_of_the_means_with_the_interval_of_their_ratio():
    change, low, high = ltv_growth((150.0, 3.0), (100.0, 4.0))
    error = 1.959964 * math.sqrt(0.02**2 + 0.04**2)
    assert change == pytest.approx(0.5)
    assert (low, high) == (
        pytest.approx(1.5 * math.exp(-error) - 1),
        pytest.approx(1.5 * math.exp(error) - 1),
    )


@pytest.mark.parametrize(
    ("now", "year_ago"),
    [
        (None, (1.0, 0.1)),
        ((1.0, 0.1), None),
        ((1.0, 0.1), (0.0, 0.1)),
        ((-1.0, 0.1), (1.0, 0.1)),
        ((math.nan, math.nan), (1.0, 0.1)),
    ],
)
def test_growth_is_unknown_where_a_mean_is(now, year_ago):
    assert all(math.isnan(one) for one in ltv_growth(now, year_ago))


def test_a_life_cycle_is_known_once_everybody_is_gone():
    assert life_cycle_months(GONE) == pytest.approx((10, 9, 11))


def test_who_goes_on_makes_the_life_cycle_a_lower_bound():
    mean, low, high = life_cycle_months(replace(GONE, alive=(0.05, 0.04, 0.1)))
    assert math.isnan(mean)
    assert low == pytest.approx(9)
    assert high == pytest.approx(11 + 0.1 * 120)


@pytest.mark.parametrize(
    ("life", "status", "end"),
    [
        (GONE, "bad", "goal 24 months missed (−14 months; 95 % sure: 9 months to 11 months)."),
        (
            replace(GONE, alive=(0.05, 0.04, 0.1)),
            "bad",
            "Life cycle: at most 23 months, goal 24 months missed.",
        ),
        (
            replace(GONE, alive=(0.2, 0.15, 0.25)),
            "unknown",
            "goal 24 months; of the 30 months that can be followed customers stay 10 months on "
            "average, and 20.0 % go on after that.",
        ),
        (
            replace(GONE, knows_new=False),
            "unknown",
            "the data do not tell since when users are customers.",
        ),
        (
            replace(GONE, horizon_days=0, mean_days=UNKNOWN),
            "unknown",
            "there are too few orders, or too short a time.",
        ),
    ],
)
def test_a_goal_of_months_is_missed_only_if_nothing_to_come_can_reach_it(life, status, end):
    found = compare({"life_cycle_months": 24}, {}, LAST, life, Ltv(None, None))
    assert found.findings[0].status == status
    assert found.findings[0].sentence.replace("\u202f", " ").endswith(end)


def test_a_year_of_the_demo_tells_repurchase_and_neither_growth_nor_life_cycle(
    demo_tables, demo_period
):
    life = lifecycle(demo_tables, demo_period)
    found = compare(read_goals(), demo_tables, demo_period, life, Ltv((100.0, 1.0), None))
    assert found.goals.set_index("measure")["status"].to_dict() == {
        "repurchase_rate": "bad",
        "ltv_growth": "unknown",
        "life_cycle_months": "unknown",
    }
    assert found.findings[1].sentence == (
        "Growth of the lifetime value: goal 45.0\u202f%; the orders do not reach back far enough "
        "for the value of a year ago."
    )


def test_growth_is_told_where_both_values_are_known(demo_tables, demo_period):
    life = lifecycle(demo_tables, demo_period)
    found = compare(
        {"ltv_growth": 0.45},
        demo_tables,
        demo_period,
        life,
        Ltv((260.0, 2.0), (100.0, 2.0)),
    )
    assert found.findings[0].status == "good"
    assert found.findings[0].sentence.startswith("Growth of the lifetime value: 160.0\u202f%, goal")


@pytest.mark.usefixtures("data")
def test_a_full_year_of_a_real_shop_has_a_repurchase_rate():
    source = wb.connect("online_retail")
    value, low, high = repurchase_rate(source.tables, source.period("latest", 26))
    bought = source.orders.filter(
        source.orders.status == "paid",
        source.orders["user_id"].notnull(),  # noqa: PD004 - Ibis
        source.orders.ordered_at >= datetime(2010, 12, 6),
        source.orders.ordered_at < datetime(2011, 12, 5),
    )
    users = bought.user_id.to_pyarrow().to_pandas().value_counts()
    assert value == pytest.approx((users > 1).mean())
    assert low < value < high
