"""The events that a funnel runs over."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest
from funnel_tables import at, events, rows

from workbench.analyses.funnel import journey
from workbench.errors import MissingData, ParameterError

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


def test_a_sources_own_events_are_used_as_they_are():
    log = events(("ann", "visit", "03-02 10:00"), ("ann", "buy", "03-02 11:00"))
    found = journey({"events": log, "orders": orders()}, ["visit", "buy"])
    assert found.events is log
    assert found.steps == ("visit", "buy")
    assert found.missing == ""


def test_a_journey_knows_its_platforms():
    log = events(
        ("ann", "visit", "03-02 10:00", "web"),
        ("ann", "buy", "03-02 11:00", "app"),
        ("bob", "buy", "03-02 11:00", None),
    )
    assert journey({"events": log}, ["visit"]).platforms == ("app", "web")
    assert journey({"events": log.select("user_id", "event")}, ["visit"]).platforms == ()
    assert journey({"orders": orders()}).platforms == ("douyin", "wechat")


def test_orders_tell_of_a_users_first_three_that_were_real():
    found = journey({"orders": orders()}, [])
    assert found.steps == ("first_order", "second_order", "third_order")
    assert rows(found.events) == [
        ("ann", "douyin", "1", "first_order", "03-02 10:00", 500),
        ("ann", "wechat", "3", "third_order", "03-04 10:00", 300),
        ("ann", None, "2", "second_order", "03-04 10:00", 200),
        ("bob", "douyin", "7", "first_order", "03-04 10:00", 900),
    ]
    assert found.events.columns == (
        *("user_id", "platform", "order_id", "event", "occurred_at", "value"),
    )


def test_orders_alone_say_what_the_report_would_need():
    found = journey({"orders": orders()}, ["first_order", "second_order"])
    assert found.steps == ("first_order", "second_order")
    assert "it would need the table events: who (user_id)" in found.missing


def test_orders_need_no_more_than_a_user_an_instant_and_an_amount():
    bare = orders().select("order_id", "user_id", "ordered_at", "amount")
    found = journey({"orders": bare}, [])
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
        journey({"events": log}, steps)
    assert str(refused.value) == message


def test_a_step_that_orders_do_not_tell_of_is_refused():
    with pytest.raises(ParameterError, match="did you mean 'first_order'"):
        journey({"orders": orders()}, ["first_ordr"])


def test_without_events_and_without_orders_of_users_there_is_no_funnel():
    with pytest.raises(MissingData, match="a funnel needs the table events"):
        journey({"orders": orders().drop("user_id")}, [])
    with pytest.raises(MissingData, match="a funnel needs the table events"):
        journey({}, [])


def test_a_step_that_stands_twice_is_refused():
    log = events(("ann", "visit", "03-02 10:00"))
    with pytest.raises(ParameterError, match="'visit' stands twice"):
        journey({"events": log}, ["visit", "visit"])
