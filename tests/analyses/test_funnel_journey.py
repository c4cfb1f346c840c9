"""The events that a funnel runs over."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from funnel_tables import at, events, rows
from scopes import scope_of
from workbench.errors import MissingData, ParameterError
from workbench.paths import journey
from workbench.periods import Period, Week

WEEK_10 = Period.weeks(Week(2026, 10), 1, "UTC")  # 2 to 8 March

ORDERS = [
    ("1", "ann", "03-02 10:00", 500, "paid", "douyin"),
    ("3", "ann", "03-04 10:00", 300, "refunded", "wechat"),
    ("2", "ann", "03-04 10:00", 200, "paid", None),
    ("4", "ann", "03-05 10:00", 100, "paid", "douyin"),
    ("5", "bob", "03-02 10:00", 100, "cancelled", "douyin"),
    ("6", "bob", "03-03 10:00", 0, "paid", "douyin"),
    ("7", "bob", "03-04 10:00", 900, None, "douyin"),
    ("8", None, "03-02 10:00", 900, "paid", "douyin"),
]


def orders():
    ids, users, times, amounts, states, platforms = zip(*ORDERS, strict=True)
    return ibis.memtable(
        pa.table(
            {
                "order_id": pa.array(ids),
                "user_id": pa.array(users),
                "ordered_at": pa.array([at(time) for time in times], pa.timestamp("us")),
                "amount": pa.array(amounts, pa.int64()),
                "status": pa.array(states),
                "platform": pa.array(platforms),
            }
        )
    )


def found_in(steps=(), platform="", **tables):
    """The journey of a scope over these tables and the week of 2 March."""
    return journey(scope_of(tables, WEEK_10, platform), steps)


def test_a_sources_own_events_are_used_as_they_are_up_to_the_scopes_end():
    log = [("ann", "visit", "03-02 10:00"), ("ann", "buy", "03-08 23:59"), ("x", "y", None)]
    later = ("ann", "visit", "03-09 00:00")
    found = found_in(["visit", "buy"], events=events(*log, later), orders=orders())
    assert rows(found.events) == [
        ("ann", "buy", "03-08 23:59", None),
        ("ann", "visit", "03-02 10:00", None),
    ]
    assert found.events.columns == events().columns
    assert found.steps == ("visit", "buy")
    assert (found.since, found.until) == (at("03-02 10:00"), at("03-08 23:59:59.999999"))
    assert found.missing == ()


def test_a_journey_on_one_platform_has_its_events_and_the_whole_shops_days():
    log = events(("ann", "visit", "03-02 10:00", "web"), ("bob", "visit", "03-03 10:00", "app"))
    found = found_in(["visit"], "app", events=log)
    assert rows(found.events) == [("bob", "visit", "03-03 10:00", "app")]
    assert (found.since, found.until) == (at("03-02 10:00"), at("03-03 10:00"))
    with pytest.raises(ParameterError, match="unknown platform 'ap', did you mean 'app'"):
        found_in(["visit"], "ap", events=log)
    with pytest.raises(MissingData, match="the events here have no column 'platform'"):
        found_in(["visit"], "app", events=log.drop("platform"))


def test_a_journey_knows_its_platforms():
    log = events(
        ("ann", "visit", "03-02 10:00", "web"),
        ("ann", "buy", "03-02 11:00", "app"),
        ("bob", "buy", "03-02 11:00", None),
    )
    assert found_in(["visit"], events=log).platforms == ("app", "web")
    assert found_in(["visit"], events=log.drop("platform")).platforms == ()
    assert found_in(orders=orders()).platforms == ("douyin", "wechat")


def test_orders_tell_of_a_users_first_three_purchases():
    found = found_in(orders=orders())
    assert found.steps == ("first_order", "second_order", "third_order")
    assert rows(found.events) == [
        ("ann", "douyin", "1", "first_order", "03-02 10:00", 500),
        ("ann", "wechat", "3", "third_order", "03-04 10:00", 300),
        ("ann", None, "2", "second_order", "03-04 10:00", 200),
        ("bob", "douyin", "6", "first_order", "03-03 10:00", 0),
        ("bob", "douyin", "7", "second_order", "03-04 10:00", 900),
    ]
    assert found.events.columns == (
        *("user_id", "platform", "order_id", "event", "occurred_at", "value"),
    )


def test_what_was_given_back_in_full_by_then_is_no_purchase():
    placed = orders()
    back = placed.mutate(refunded_amount=ibis.cases((placed.order_id == "1", 500), else_=0))
    known = found_in(orders=back.mutate(refunded_at=ibis.literal(at("03-08 10:00"))))
    assert ("ann", "wechat", "3", "second_order", "03-04 10:00", 300) in rows(known.events)
    later = found_in(orders=back.mutate(refunded_at=ibis.literal(at("03-09 10:00"))))
    assert ("ann", "wechat", "3", "third_order", "03-04 10:00", 300) in rows(later.events)


def test_which_order_is_the_first_is_counted_on_all_platforms():
    found = found_in(platform="wechat", orders=orders())
    assert rows(found.events) == [("ann", "wechat", "3", "third_order", "03-04 10:00", 300)]


def test_orders_alone_say_what_the_report_would_need():
    found = found_in(["first_order", "second_order"], orders=orders())
    assert found.steps == ("first_order", "second_order")
    assert "it would need the table events: who (user_id)" in found.missing[0]


def test_orders_need_no_more_than_a_user_an_instant_and_an_amount():
    bare = orders().select("order_id", "user_id", "ordered_at", "amount")
    found = found_in(orders=bare)
    assert ("bob", "5", "first_order", "03-02 10:00", 100) in rows(found.events)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            ["visit", "purchas"],
            "unknown step 'purchas', did you mean 'purchase'? The events here: purchase, visit",
        ),
        (["visit", "xyz"], "unknown step 'xyz', must be one of: purchase, visit"),
        ([], "steps == [], must name events in order, of: purchase, visit"),
    ],
)
def test_a_step_that_is_no_event_is_refused_with_the_events_there_are(steps, message):
    log = events(("ann", "visit", "03-02 10:00"), ("ann", "purchase", "03-02 11:00"))
    with pytest.raises(ParameterError) as refused:
        found_in(steps, events=log)
    assert str(refused.value) == message


def test_a_step_that_orders_do_not_tell_of_is_refused():
    with pytest.raises(ParameterError, match="did you mean 'first_order'"):
        found_in(["first_ordr"], orders=orders())


def test_without_events_and_without_orders_of_users_there_is_no_funnel():
    with pytest.raises(MissingData, match="a funnel needs the table events"):
        found_in(orders=orders().drop("user_id"))
    with pytest.raises(MissingData, match="a funnel needs the table events"):
        found_in()


def test_a_step_that_stands_twice_is_refused():
    log = events(("ann", "visit", "03-02 10:00"))
    with pytest.raises(ParameterError, match="'visit' stands twice"):
        found_in(["visit", "visit"], events=log)
