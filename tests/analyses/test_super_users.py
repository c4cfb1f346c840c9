"""Users on several platforms: recovered from the demo, and typed by hand."""

from datetime import date, datetime

import ibis
import pytest

from scopes import scope_of
from workbench import demo
from workbench.analyses.super_users import super_users
from workbench.charts import Chart
from workbench.periods import Period

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), "UTC")


def shop(accounts, orders):
    """Accounts of (platform, user) and orders of (user, day of 2026, amount)."""
    return {
        "identities": ibis.memtable(
            {
                "platform": [platform for platform, _user in accounts],
                "platform_user_id": [str(i) for i in range(len(accounts))],
                "user_id": [user for _platform, user in accounts],
            }
        ),
        "orders": ibis.memtable(
            {
                "user_id": [user for user, *_rest in orders],
                "order_id": [f"o{i}" for i in range(len(orders))],
                "ordered_at": [datetime.fromisoformat(f"2026-{day}") for _user, day, _ in orders],
                "amount": [amount for *_rest, amount in orders],
                "platform": ["wechat"] * len(orders),
            }
        ),
    }


TABLES = shop(
    [
        *[("wechat", "a"), ("douyin", "a"), ("douyin", "a")],
        *[("wechat", "b"), ("wechat", "c"), ("wechat", "d"), ("wechat", "d")],
        *[(platform, "e") for platform in ("wechat", "douyin", "xiaohongshu", "other")],
    ],
    [
        *[("a", "03-01", 100), ("a", "03-02", 200), ("b", "03-03", 50), ("c", "03-04", 30)],
        *[("c", "03-05", 20), ("e", "03-06", 600), ("e", "04-02", 9), ("x", "03-06", 7)],
    ],
)


def told(tables, period, platform=""):
    return super_users(scope_of(tables, period, platform))


@pytest.fixture(scope="module")
def found(demo_tables, demo_period):
    return told(demo_tables, demo_period)


def test_the_planted_47_points_lie_in_the_interval(found):
    change, low, high = found.gain
    assert low <= demo.truth().effects["repurchase_gain"].value <= high
    assert change == pytest.approx(0.47, abs=0.03)
    assert "does not show an effect of being there" in found.by_platforms_chart().note


def test_a_short_history_is_told_by_its_days():
    assert " ordered again (1 – 31 Mar 2026), " in told(TABLES, MARCH).findings[0].sentence


def test_every_user_of_the_demo_is_counted_once(found, demo_tables):
    rows = found.by_platforms
    assert rows["users"].sum() == demo_tables["users"].count().execute()
    assert rows["users_rate"].iloc[1:].sum() == pytest.approx(0.24, abs=0.01)
    assert rows["net_amount_rate"].sum() == pytest.approx(1)
    assert found.missing == ()


def test_users_are_sorted_by_platforms_and_not_by_accounts():
    rows = told(TABLES, MARCH).by_platforms
    assert rows["platforms"].tolist() == [1, 2, 3]
    assert rows["users"].tolist() == [3, 1, 1]
    assert rows["buyers"].tolist() == [2, 1, 1]
    assert rows["again"].tolist() == [1, 1, 0]
    assert rows["repurchase_rate"].tolist() == [0.5, 1.0, 0.0]
    assert rows["net_amount"].tolist() == [100, 300, 600]
    assert rows["net_amount_rate"].tolist() == [0.1, 0.3, 0.6]


def test_who_orders_without_an_account_is_left_out_and_told():
    assert told(TABLES, MARCH).missing == (
        "1 user with an order has no account in identities and is left out.",
    )


def test_what_was_given_back_is_off_the_money():
    orders = TABLES["orders"].mutate(
        refunded_amount=ibis.ifelse(TABLES["orders"].order_id == "o5", 500, 0)
    )
    rows = told({**TABLES, "orders": orders}, MARCH).by_platforms
    assert rows["net_amount"].tolist() == [100, 300, 100]


def test_orders_older_than_52_weeks_do_not_count():
    last = Period(date(2027, 2, 22), date(2027, 2, 28), "UTC")  # its 52 weeks begin on 2 March
    rows = told(TABLES, last).by_platforms
    assert rows["buyers"].tolist() == [2, 1, 1]
    assert rows["again"].tolist() == [1, 0, 1]
    assert rows["net_amount"].tolist() == [100, 200, 609]


def test_a_shop_without_identities_is_told_what_it_would_need():
    found = told({"orders": TABLES["orders"]}, MARCH)
    assert found.missing[0].startswith(
        "To show what users on several platforms do, this report would"
    )
    assert found.by_platforms.empty
    assert found.findings == ()
    assert str(found.by_platforms_chart()) == found.missing[0]


def test_users_without_orders_are_told_as_such():
    early = Period(date(2026, 2, 1), date(2026, 2, 28), "UTC")
    found = told(TABLES, early)
    assert found.by_platforms["users"].tolist() == [3, 1, 1]
    assert found.findings == ()
    assert str(found.by_platforms_chart()) == "No user with an account has an order."


def test_nobody_on_several_platforms_is_compared_with_nobody():
    tables = shop([("wechat", "b")], [("b", "03-01", 5)])
    found = told(tables, MARCH)
    assert [one.sentence for one in found.findings] == [
        "0.0\u202f% of the users with an account are on several platforms; they bring 0.0\u202f% of the "
        "money (1 – 31 Mar 2026)."
    ]
    assert isinstance(found.by_platforms_chart(), Chart)


def test_a_shop_that_earned_nothing_has_no_shares_of_money():
    tables = shop([("wechat", "b"), ("douyin", "b")], [("b", "03-01", 0)])
    found = told(tables, MARCH)
    assert found.by_platforms["net_amount_rate"].isna().all()
    assert found.by_platforms_chart().title == (
        "100.0\u202f% of the users with an account are on several platforms."
    )


def test_one_platform_alone_counts_only_its_orders(demo_tables, demo_period, found):
    one = told(demo_tables, demo_period, platform="wechat").by_platforms
    assert one["users"].tolist() == found.by_platforms["users"].tolist()
    assert one["buyers"].sum() < found.by_platforms["buyers"].sum()


def test_the_chart_draws_on_phone_and_desktop(found):
    html = found.by_platforms_chart()._repr_html_()
    assert html.count("data:image/svg+xml") == 2
