"""How long users remain customers: the watch, the pause that means goodbye, the new ones, the goal."""

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import lives_shop
import numpy as np
import pytest

import workbench as wb
from scopes import scope_of
from workbench.analyses.lifecycle import DAYS_A_MONTH, Lifecycle, life_cycle_months, lifecycle
from workbench.charts import Chart
from workbench.customers.days import came_back, inactivity_days
from workbench.errors import MissingData
from workbench.kit.goals import compare
from workbench.kit.settings import Settings
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN, Interval

START = datetime(2026, 1, 1, 12)
shop = partial(lives_shop.shop, START)
SPAN = Period(date(2026, 1, 1), date(2026, 4, 10), "UTC")  # days 0 to 99


def over(lives):
    return scope_of(shop(lives), SPAN)


# The pauses of 30 users: 10 days each; so ten days without an order mean goodbye.
REGULAR = {f"r{i}": range(0, 100, 10) for i in range(30)}


def test_the_pause_that_means_goodbye_is_what_95_per_cent_of_pauses_do_not_exceed():
    lives = {f"u{i}": [0, 1 + i] for i in range(40)}
    assert inactivity_days(over({**lives, "end": [99]})) == 38  # 38 of 40 pauses are no longer


def test_a_user_with_many_pauses_weighs_no_more_than_one_with_one():
    often = {"daily": range(100)}
    rare = {f"u{i}": [0, 30] for i in range(30)}
    assert inactivity_days(over({**often, **rare})) == 30


def test_a_pause_too_long_to_be_seen_by_all_does_not_count():
    lives = {**REGULAR, **{f"u{i}": [40, 95] for i in range(30)}}  # 55 days; half of 99 is 49
    assert inactivity_days(over(lives)) == 10


def test_who_had_paused_half_way_may_come_back_later():
    # Half-way is day 50: paused ten days are who last ordered on day 40 or before.
    lives = {"back": [40, 51], "gone": [3], "there": [41, 99], "new": [60], "end": [0, 99]}
    assert came_back(over(lives), 10) == (2, 3)


def test_how_many_came_back_is_told_beside_the_pause():
    lives = {
        **REGULAR,
        **{f"u{i}": [0, 0, 60] for i in range(10)},
        **{f"v{i}": [0] for i in range(30)},
    }
    found = lifecycle(scope_of(shop(lives), SPAN))
    assert found.inactivity_days == 10
    assert found.came_back[0] == 0.25
    assert "25.0\u202f% ordered again later" in found.findings[2].sentence


def test_few_pauses_teach_nothing():
    assert inactivity_days(over({f"u{i}": [0, 5] for i in range(29)})) is None
    found = lifecycle(scope_of(shop({"u": [0, 5]}), SPAN))
    assert found.findings[0].status == "unknown"
    assert isinstance(found.lifetimes_chart(), MissingData)


def test_everybody_is_watched_up_to_the_same_day():
    # Watched until day 89. The first 30 order every ten days and go on; 30 order once on day 0;
    # 30 on days 0 and 40; who comes on day 95 is not counted yet.
    lives = {
        **REGULAR,
        **{f"once{i}": [0] for i in range(30)},
        **{f"twice{i}": [0, 10, 20, 30, 40] for i in range(30)},
        **{f"late{i}": [95] for i in range(50)},
    }
    found = lifecycle(scope_of(shop(lives), SPAN))
    assert found.inactivity_days == 10
    assert found.users == 90
    assert found.lifetimes["day"].tolist() == [0, 40, 89]
    assert found.lifetimes["alive_rate"].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    assert found.lifetimes["at_risk"].tolist() == [90, 60, 30]
    assert found.horizon_days == 89
    assert found.mean_days[0] == pytest.approx((0 + 40 + 89) / 3)
    assert found.mean_months[0] == pytest.approx(43 / DAYS_A_MONTH)
    assert found.repeat_median_days == 40
    assert "33.3\u202f% of 90 customers order on one day only" in found.findings[1].sentence


def test_several_orders_of_one_day_are_one():
    lives = {**REGULAR, **{f"u{i}": [0, 0, 0] for i in range(30)}}
    assert lifecycle(scope_of(shop(lives), SPAN)).lifetimes["alive_rate"].iloc[0] == 0.5


def test_who_signed_up_before_the_data_begin_is_not_counted():
    lives = {**REGULAR, **{f"n{i}": [5, 15] for i in range(40)}}
    signed_up = dict.fromkeys(REGULAR, -100) | {f"n{i}": 5 for i in range(40)}
    found = lifecycle(scope_of(shop(lives, signed_up), SPAN))
    assert found.users == 40
    assert found.knows_new
    assert found.missing == ()
    everyone = lifecycle(scope_of(shop(lives), SPAN))
    assert everyone.users == 70
    assert "signed_up_at" in everyone.missing[0]


def test_orders_after_the_period_are_not_known():
    lives = {**REGULAR, **{f"u{i}": [0, 80] for i in range(30)}}
    early = Period(SPAN.first, SPAN.first + timedelta(days=69), "UTC")
    found = lifecycle(scope_of(shop(lives), early))
    assert found.lifetimes["alive_rate"].iloc[0] == 0.5


def test_a_shop_without_orders_is_told_what_it_would_need():
    found = lifecycle(scope_of({}, SPAN))
    assert found.missing[0].startswith("To show how long users remain customers, this report would")
    assert np.isnan(found.mean_months[0])
    assert isinstance(found.lifetimes_chart(), MissingData)


def test_a_period_before_the_first_order_has_no_lives():
    before = Period(date(2025, 1, 1), date(2025, 2, 1), "UTC")
    assert lifecycle(scope_of(shop(REGULAR), before)).findings[0].status == "unknown"


def test_the_demo_counts_only_who_signed_up_in_its_year(demo_tables, demo_period):
    found = lifecycle(scope_of(demo_tables, demo_period))
    assert found.knows_new
    assert found.findings[0].sentence.startswith("In their first ")
    assert found.lifetimes["at_risk"].iloc[0] == found.users
    assert 0 < found.mean_days[1] < found.mean_days[0] < found.mean_days[2] < found.horizon_days
    assert isinstance(found.lifetimes_chart(), Chart)
    assert found.lifetimes_chart()._repr_html_().count("data:image/svg+xml") == 2


@pytest.mark.usefixtures("data")
def test_who_orders_once_at_cdnow_is_who_plain_pandas_counts():
    source = wb.connect("cdnow")
    scope = source.scope("latest", 26)
    found = lifecycle(scope)
    orders = source.orders.select("user_id", "ordered_at").to_pyarrow().to_pandas()
    known = orders[orders["ordered_at"] < scope.end]
    single = (known.groupby("user_id")["ordered_at"].nunique() == 1).sum()
    assert found.users == 23_570  # the whole cohort is old enough to be watched
    assert found.lifetimes["ended"].iloc[0] == single


GONE = Lifecycle(
    scope_of({}, SPAN, settings=Settings(goals={"life_cycle_months": 24})),
    users=100,
    inactivity_days=60,
    horizon_days=round(30 * DAYS_A_MONTH),
    mean_days=Interval(10 * DAYS_A_MONTH, 9 * DAYS_A_MONTH, 11 * DAYS_A_MONTH),
    alive=Interval(0.0, 0.0, 0.0),
    repeat_median_days=100,
    knows_new=True,
)


def test_a_life_cycle_is_known_once_everybody_is_gone():
    found = life_cycle_months(GONE)
    assert (found.name, found.unit) == ("life_cycle_months", "months")
    assert found.interval == pytest.approx((10, 9, 11))


def test_who_goes_on_makes_the_life_cycle_a_lower_bound():
    mean, low, high = life_cycle_months(replace(GONE, alive=Interval(0.05, 0.04, 0.1))).interval
    assert math.isnan(mean)
    assert low == pytest.approx(9)
    assert high == pytest.approx(11 + 0.1 * 120)


@pytest.mark.parametrize(
    ("life", "status", "end"),
    [
        (GONE, "bad", "goal 24 months missed (−14 months; 95 % sure: 9 months to 11 months)."),
        (
            replace(GONE, alive=Interval(0.05, 0.04, 0.1)),
            "bad",
            "Life cycle: at most 23 months, goal 24 months missed.",
        ),
        (
            replace(GONE, alive=Interval(0.2, 0.15, 0.25)),
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
    life = replace(life, metrics=(life_cycle_months(life),))
    found = compare(life.scope, life)
    assert found.findings[0].status == status
    assert found.findings[0].sentence.replace("\u202f", " ").endswith(end)


def test_a_year_of_the_demo_cannot_tell_a_life_cycle_of_two_years(demo_tables, demo_period):
    found = compare(GONE.scope, lifecycle(scope_of(demo_tables, demo_period)))
    assert found.goals.set_index("measure")["status"].to_dict() == {"life_cycle_months": "unknown"}


def test_where_nobody_came_back_lives_are_not_called_longer():
    lives = {**REGULAR, **{f"v{i}": [0] for i in range(40)}}
    found = lifecycle(over(lives))
    assert found.came_back.value == 0
    assert found.findings[2].sentence.endswith(
        "none ordered again later (95 % sure: at most 8.8\u202f% would)."
    )
