"""RFM: which orders count, what of them, and on which day of the shop."""

from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from scopes import scope_of
from workbench.customers.purchases import net_orders
from workbench.customers.rfm import measure, others_amount
from workbench.periods import Period

MARCH = Period(date(2026, 3, 2), date(2026, 3, 29), "Asia/Shanghai")


def table(rows):
    """Orders from (order, user, day and hour in UTC, amount, refunded, refunded at, status)."""
    columns = [
        "order_id",
        "user_id",
        "ordered_at",
        "amount",
        "refunded_amount",
        "refunded_at",
        "status",
    ]
    types = ["string", "string", "timestamp", "int64", "int64", "timestamp", "string"]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("ordered_at", "refunded_at"):
        frame[name] = pd.to_datetime(frame[name])
    return ibis.memtable(frame, schema=dict(zip(columns, types, strict=True)))


def march_of(orders):
    return scope_of({"orders": orders}, MARCH)


def known_on(day):
    """What each order had come to by the end of a day."""
    scope = march_of(ORDERS).during(Period(day, day, "UTC"))
    return net_orders(scope).execute().set_index("order_id")


def march(day, hour=4):
    return datetime(2026, 3, day, hour)


ORDERS = table(
    [
        ("1", "a", march(3), 500, None, None, "paid"),
        ("2", "a", march(10), 300, 100, march(12), "paid"),  # part of it given back
        ("3", "a", march(20), 900, 900, march(21), "refunded"),  # all of it
        ("4", "b", march(5), 700, 200, datetime(2026, 4, 2), "refunded"),  # known only later
        ("5", "c", march(6), 400, None, None, "cancelled"),  # never paid
        ("6", "d", march(7), 250, None, None, "paid"),
        ("7", "d", march(8), 0, 80, march(8), "cancelled"),  # gives back a part of order 6
        ("8", None, march(9), 999, None, None, "paid"),
        ("9", "e", march(11), 0, None, None, "paid"),  # a gift is an order too
        ("10", "f", datetime(2026, 2, 20), 600, None, None, "paid"),  # before the period
        ("11", "g", march(9), 0, 60, march(9), "cancelled"),  # gives back what was bought before
    ]
)


def test_orders_are_counted_net_of_what_was_given_back():
    found = measure(march_of(ORDERS)).set_index("user_id")
    assert found["frequency"].to_dict() == {"a": 2, "b": 1, "d": 1, "e": 1}
    assert found["monetary"].to_dict() == {"a": 700, "b": 700, "d": 170, "e": 0}
    assert found["recency_days"].to_dict() == {"a": 19, "b": 24, "d": 22, "e": 18}


def test_who_bought_nothing_in_the_period_can_only_have_been_given_something_back():
    assert others_amount(march_of(ORDERS)) == -60


def test_every_order_keeps_its_money_whether_it_is_a_purchase_or_not():
    worth = known_on(date(2026, 4, 30))
    assert worth["net_amount"].to_dict() == {
        "1": 500,
        "2": 200,
        "3": 0,
        "4": 500,
        "5": 0,
        "6": 250,
        "7": -80,
        "9": 0,
        "10": 600,
        "11": -60,
    }
    assert list(worth.index[~worth["is_purchase"]]) == ["3", "5", "7", "11"]


def test_a_refund_counts_once_it_is_known():
    before = known_on(date(2026, 3, 20))
    assert before.loc["3", "net_amount"] == 900
    assert before.loc["3", "is_purchase"]


def test_a_day_is_the_shops():
    late = table(
        [
            ("1", "a", march(28, 15), 5, None, None, "paid"),
            ("2", "b", march(28, 16), 5, None, None, "paid"),
        ]
    )
    # 16:00 in UTC is midnight in Shanghai: the second order is one of the 29th.
    found = measure(march_of(late)).set_index("user_id")
    assert found["recency_days"].to_dict() == {"a": 1, "b": 0}


def test_orders_of_a_period_without_any_make_an_empty_table():
    early = Period(date(2025, 3, 3), date(2025, 3, 30), "Asia/Shanghai")
    found = measure(march_of(ORDERS).during(early))
    assert found.empty
    assert list(found) == ["user_id", "recency_days", "frequency", "monetary"]


@pytest.mark.parametrize(
    "missing", [["status"], ["refunded_at"], ["refunded_amount", "refunded_at", "status"]]
)
def test_a_source_may_lack_what_the_contract_leaves_open(missing):
    found = measure(march_of(ORDERS.drop(*missing))).set_index("user_id")
    assert found.loc["a", "frequency"] == (3 if "refunded_amount" in missing else 2)
