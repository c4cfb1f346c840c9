"""What a scope lets through: its days, its platform, what `where` chose, and nothing after its end."""

from dataclasses import replace
from datetime import date, datetime

import ibis
import pytest

from scopes import scope_of
from workbench.analyses.tiers import rank
from workbench.customers.purchases import account
from workbench.errors import MissingData, ParameterError
from workbench.kit.settings import Settings
from workbench.paths import journey
from workbench.periods import Period, Week

WEEK = Period(date(2026, 3, 9), date(2026, 3, 15), "Asia/Shanghai")  # W11: from 8 March 16:00 UTC


def march(day, hour=12):
    return datetime(2026, 3, day, hour)


ORDERS = [  # order_id, user_id, ordered_at, amount, platform, channel
    ("long_ago", "a", march(1), 100, "wechat", "live"),
    ("just_before", "b", march(8, 15), 200, "douyin", "live"),
    ("first", "a", march(8, 16), 300, "douyin", "live"),
    ("other", "b", march(10), 400, "wechat", "search"),
    ("last", "c", march(15, 15), 500, "douyin", "search"),
    ("later", "a", march(15, 16), 600, "douyin", "live"),
]
NAMES = ["order_id", "user_id", "ordered_at", "amount", "platform", "channel"]


def columns(names, rows):
    return ibis.memtable(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def shop(platform="", period=WEEK, **given):
    """Orders, and what else tells of these users; events tell of no channel."""
    tables = {
        "orders": columns(NAMES, ORDERS),
        "events": columns(
            ["user_id", "event", "occurred_at", "platform"],
            [
                ("a", "visit", march(2), "wechat"),
                ("a", "visit", march(10), "douyin"),
                ("c", "buy", march(16), "douyin"),
            ],
        ),
        "users": columns(
            ["user_id", "signed_up_at", "platform"],
            [("a", march(1), "wechat"), ("c", march(9), "douyin"), ("new", march(20), "douyin")],
        ),
        "contents": columns(
            ["content_id", "published_at"],
            [("old", march(1)), ("undated", None), ("new", march(20))],
        ),
        "spend": columns(
            ["day", "platform", "amount"],
            [(date(2026, 3, day), "douyin", day) for day in (8, 9, 15, 16)],
        ),
        "identities": columns(
            ["platform", "platform_user_id", "user_id"],
            [("douyin", "d1", "a"), ("wechat", "w1", "a")],
        ),
    }
    return scope_of(tables, period, platform, currency="CNY", **given)


def ids(table):
    return table[table.columns[0]].to_pyarrow().to_pylist()


def test_orders_are_cut_to_the_shops_days_and_the_platform():
    assert ids(shop().orders) == ["first", "other", "last"]
    assert ids(shop("douyin").orders) == ["first", "last"]


def test_history_has_all_platforms_from_the_beginning_and_nothing_after_the_end():
    assert ids(shop("douyin").history.orders) == [
        *("long_ago", "just_before", "first", "other", "last")
    ]
    assert ids(shop("douyin").known.orders) == ["just_before", "first", "last"]
    assert ids(shop("douyin").tables.orders) == [row[0] for row in ORDERS]
    assert shop("douyin").history.events.count().execute() == 2


def test_users_and_contents_stand_as_far_as_they_are_known_by_the_end():
    assert ids(shop().users) == ["a", "c"]
    assert ids(shop("douyin").users) == ["c"]
    assert ids(shop().contents) == ["old", "undated"]


def test_a_table_by_the_day_is_cut_by_days_and_one_without_is_there_whole():
    assert shop().spend.amount.to_pyarrow().to_pylist() == [9, 15]
    assert len(ids(shop("douyin").identities)) == 2


def test_scopes_of_other_days_have_the_same_length_or_so_many_weeks():
    scope = shop()
    before = Period(date(2026, 3, 2), date(2026, 3, 8), WEEK.time_zone)
    assert scope.previous().period == before
    assert scope.until("2026-W10").period == scope.until(Week(2026, 10)).period == before
    assert scope.until(date(2026, 3, 8)).period == before
    assert scope.over(2).period == Period(date(2026, 3, 2), date(2026, 3, 15), WEEK.time_zone)
    assert scope.over(2).previous().over(1).period.last == date(2026, 3, 1)
    assert (scope.week, scope.previous().week) == (Week(2026, 11), Week(2026, 10))
    assert ids(scope.previous().orders) == ["just_before"]
    assert ids(scope.previous().history.orders) == ["long_ago", "just_before"]


def test_another_platform_and_other_values_leave_the_scope_they_come_from_as_it_is():
    scope = shop("douyin")
    assert ids(scope.on("wechat").orders) == ["other"]
    assert ids(scope.on("").where(channel="search").orders) == ["other", "last"]
    assert ids(scope.where(channel="search").where(user_id="c").orders) == ["last"]
    assert ids(scope.orders) == ["first", "last"]


def test_where_chooses_orders_and_events_and_leaves_users_alone():
    scope = shop().where(user_id="a")
    assert ids(scope.orders) == ["first"]
    assert ids(scope.events) == ["a"]
    assert ids(scope.users) == ["a", "c"]


def test_a_table_that_lacks_the_column_is_not_in_the_scope_and_the_others_are():
    scope = shop().where(channel="live")
    assert ids(scope.orders) == ["first"]
    for ask in (lambda: scope.events, lambda: scope.history.events, lambda: journey(scope)):
        with pytest.raises(MissingData, match="the events here have no column 'channel'"):
            ask()
    assert "events" not in scope.tables
    assert scope.missing({"events": ("user_id", "event")}, "visits") == (
        "To show visits, this report would need the column channel of events."
    )
    assert scope.missing({"orders": ("user_id",)}, "orders") == ""


def test_a_column_that_no_table_has_is_refused_with_the_near_name():
    with pytest.raises(ParameterError, match="unknown column 'chanel', did you mean 'channel'?"):
        shop().where(chanel="live")


def test_the_account_is_that_of_the_chosen_orders_and_tiers_add_up_to_it():
    scope = shop("douyin").where(channel="live")
    lines = account(scope).set_index("outcome")
    assert lines.loc["total", ["orders", "amount"]].tolist() == [3, 1100]
    assert lines.loc[["in_period", "before_period", "after_period"], "amount"].tolist() == [
        *(300, 200, 600)
    ]
    assert rank(scope).users["monetary"].tolist() == [300]


def test_the_first_day_is_the_shops_and_asked_once():
    scope = shop("douyin")
    assert scope.first_day("orders") == date(2026, 3, 8)
    assert scope.on("").first_day("orders") == date(2026, 3, 1)
    assert scope.where(channel="search").first_day("orders") == date(2026, 3, 15)
    assert scope.where(user_id="nobody").first_day("orders") is None
    told = shop(first_instants={"orders": march(2)})
    assert told.first_day("orders") == date(2026, 3, 2)  # as the source said: nobody is asked
    with pytest.raises(MissingData, match="source 'typed' has no table 'reviews', only: orders, "):
        scope.first_day("reviews")


def test_a_question_is_asked_once_for_all_that_its_answer_rests_on():
    scope, asked = shop(), []

    def ask(one, *, shared=False):
        one.asked("question", lambda: asked.append(one.period), shared=shared)
        return len(asked)

    assert [ask(scope), ask(scope), ask(scope.previous().until("2026-W11"))] == [1, 1, 1]
    others = [
        *(scope.previous(), scope.on("douyin"), scope.where(channel="live")),
        *(replace(scope, steps=("visit", "buy")), replace(scope, settings=Settings(goals={}))),
        replace(scope, tables=shop().tables),
    ]
    assert [ask(one) for one in others] == [2, 3, 4, 5, 6, 7]
    assert [ask(one, shared=True) for one in others] == [8, 8, 9, 9, 9, 10]


def test_what_is_missing_is_said_in_one_sentence():
    scope = shop()
    assert scope.missing({"orders": ("user_id", "amount")}, "who buys") == ""
    needs = {"orders": ("user_id", "status", "discount"), "reviews": ("user_id", "rating")}
    assert scope.missing(needs, "what users say") == (
        "To show what users say, this report would need the columns status, discount of orders and "
        "the table reviews (user_id, rating)."
    )


def test_a_platform_of_no_order_is_refused_with_the_near_name():
    assert shop().platforms() == shop().platforms("orders") == ("douyin", "wechat")
    shop("douyin").check_platform("orders")
    with pytest.raises(ParameterError, match="unknown platform 'douyn', did you mean 'douyin'?"):
        shop("douyn").check_platform("orders")
    with pytest.raises(MissingData, match="the contents here have no column 'platform'"):
        shop("douyin").check_platform("contents")
    assert shop().platforms("contents") == ()


def test_tab_offers_the_tables_and_what_a_scope_can_do():
    offered = [name for name in dir(shop()) if not name.startswith("_")]
    assert {"orders", "events", "history", "previous", "where"} <= set(offered)
    assert "reviews" not in offered
    assert "events" not in dir(shop().where(channel="live"))
    with pytest.raises(AttributeError, match="'ordres', did you mean 'orders'?"):
        _ = shop().ordres
    with pytest.raises(MissingData, match="source 'typed' has no table 'reviews'"):
        _ = shop().reviews


def test_it_shows_itself_in_a_cell():
    scope = shop("douyin", source="demo").where(channel="live")
    assert scope.block().text.replace("\u2009", " ").splitlines() == [
        "demo",
        "Days: 9 – 15 Mar 2026",
        "Platform: Douyin",
        "Channel: live",
        "Time zone: Asia/Shanghai",
        "Currency: CNY",
        "Tables: orders, users, contents, spend, identities",
    ]
    assert "<dt>Channel</dt><dd>live</dd>" in scope._repr_html_()
    assert "<dt>Platform</dt><dd>All platforms</dd>" in shop()._repr_html_()
