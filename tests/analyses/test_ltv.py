"""What a user is worth: now and a year ago, by how much that grew, and the goal for it."""

import math
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import lives_shop
import numpy as np
import pandas as pd
import pytest

from scopes import scope_of
from workbench.analyses.ltv import ltv, ltv_growth, told
from workbench.customers.forecast import forecast
from workbench.kit.goals import compare
from workbench.kit.settings import Settings
from workbench.periods import Period

LAST = Period(date(2026, 12, 1), date(2026, 12, 31), "UTC")
GOAL = Settings(goals={"ltv_growth": 0.45})
SCOPE = scope_of({}, LAST, settings=GOAL, currency="CNY")


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


def test_growth_is_told_where_both_values_are_known():
    found = compare(SCOPE, told(SCOPE, (260.0, 2.0), (100.0, 2.0)))
    assert found.findings[0].status == "good"
    assert found.findings[0].sentence.startswith("Growth of the lifetime value: 160.0\u202f%, goal")


def test_growth_is_unknown_to_a_goal_where_orders_do_not_reach_back():
    found = compare(SCOPE, told(SCOPE, (100.0, 1.0), None))
    assert found.goals["status"].tolist() == ["unknown"]
    assert found.findings[0].sentence == (
        "Growth of the lifetime value: goal 45.0\u202f%; the orders do not reach back far enough "
        "for the value of a year ago."
    )


def test_the_worth_is_a_mean_with_its_interval_and_told_beside_that_of_a_year_ago():
    found = told(SCOPE, (26000.0, 100.0), (10000.0, 100.0))
    assert [one.name for one in found.metrics] == ["ltv_amount", "ltv_growth"]
    assert found.metrics[0].interval == pytest.approx((26000, 26000 - 196, 26000 + 196), abs=0.01)
    assert found.about("ltv")[0].sentence == (
        "A user with an order in this period is worth ¥260 on average, by the orders that are "
        "forecast for the next 365 days; a year ago it was ¥100."
    )
    assert "a year ago" not in told(SCOPE, (26000.0, 100.0), None).findings[0].sentence
    assert told(SCOPE, None, None).findings[0].status == "unknown"
    (young,) = told(SCOPE, (26000.0, 100.0), None, known_days=5).findings
    assert young.sentence.endswith("365 days. That is uncertain: there are orders of 5 days only.")
    assert young.status == "unknown"
    assert "uncertain" not in told(SCOPE, (26000.0, 100.0), None, 364).findings[0].sentence


START = datetime(2025, 1, 6, 12)  # Monday of 2025-W02
REGULAR = {
    **{f"once{i}": [i] for i in range(40)},
    **{f"often{i}": range(i, 700, 14 + i) for i in range(20)},
}
YEAR_AGO = Period(date(2025, 11, 3), date(2026, 1, 4), "UTC")
NOW = Period(date(2026, 11, 2), date(2027, 1, 3), "UTC")  # 364 days later


def shop_since(day):
    """Regulars and one-time buyers since a day, all at 1.00 an order."""
    return lives_shop.shop(START + timedelta(days=day), REGULAR)


def ranked(worths):
    users = pd.DataFrame({"ltv_amount": pd.array(worths, dtype="Int64")})
    return SimpleNamespace(users=users, discount_rate=0.1)


def test_the_value_of_a_year_ago_is_forecast_by_what_was_known_then_of_who_ordered_then():
    tables = shop_since(0)
    found = ltv(scope_of(tables, NOW), ranked([100, 300, None]))
    assert found.now == pytest.approx((200, 100))
    users = forecast(scope_of(tables, YEAR_AGO), horizon_days=9, discount_rate=0.1).users
    ordered = tables["orders"].to_pyarrow().to_pandas()
    at = ordered["ordered_at"]
    ordered = ordered[(at >= datetime(2025, 11, 3)) & (at < datetime(2026, 1, 5))]
    worth = users[users["user_id"].isin(ordered["user_id"])]["ltv_amount"].to_numpy(dtype=float)
    assert 2 < len(worth) < len(users)
    assert found.year_ago == pytest.approx(
        (worth.mean(), np.std(worth, ddof=1) / math.sqrt(len(worth)))
    )
    assert found.metrics[1].interval == ltv_growth(found.now, found.year_ago)


def test_orders_that_begin_within_the_weeks_of_a_year_ago_tell_nothing_of_them():
    first = (datetime(2025, 11, 3) - datetime(2025, 1, 6)).days
    assert ltv(scope_of(shop_since(first), NOW), ranked([1, 2])).year_ago is not None
    assert ltv(scope_of(shop_since(first + 1), NOW), ranked([1, 2])).year_ago is None


def test_nobody_or_one_user_has_no_mean():
    assert ltv(scope_of(shop_since(600), NOW), ranked([5])).now is None


def test_a_year_of_the_demo_does_not_tell_growth(demo_tables, demo_period):
    scope = scope_of(demo_tables, demo_period, settings=GOAL)
    assert compare(scope, ltv(scope, ranked([100, 110]))).goals["status"].tolist() == ["unknown"]
