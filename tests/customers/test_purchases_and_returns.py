"""Purchases and returns as they were known at an instant, and that nothing gets lost."""

from datetime import date, datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from scopes import scope_of
from workbench.customers.purchases import account, net_orders, purchases, returns
from workbench.errors import WorkbenchError
from workbench.periods import Period

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), "UTC")
DAY = timedelta(days=1)
SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("order_id", pa.string()),
        ("ordered_at", pa.timestamp("us")),
        ("amount", pa.int64()),
        ("refunded_amount", pa.int64()),
        ("refunded_at", pa.timestamp("us")),
        ("status", pa.string()),
    ]
)


def march(day):
    return datetime(2026, 3, 1) + (day - 1) * DAY


def table(*rows):
    """Orders of (user, day of March, amount, refunded, day of the refund, status)."""
    full = [
        (user, f"o{i}", march(day), amount, back, None if on is None else march(on), status)
        for i, (user, day, amount, back, on, status) in enumerate(rows)
    ]
    return ibis.memtable(
        pa.table(dict(zip(SCHEMA.names, zip(*full, strict=True), strict=True)), schema=SCHEMA)
    )


def at(orders, end=MARCH.end):
    """What is known of these orders at an instant (a midnight)."""
    return scope_of({"orders": orders}, Period(date(2026, 2, 1), (end - DAY).date(), "UTC"))


def ids(found):
    return sorted(found.order_id.to_pyarrow().to_pylist())


def money(found):
    return dict(
        zip(*(found[name].to_pyarrow().to_pylist() for name in found.columns[1::3]), strict=True)
    )


def parts(orders, period=MARCH):
    found = account(scope_of({"orders": orders}, period)).set_index("outcome")
    return {
        name: tuple(int(one) for one in row)
        for name, row in zip(found.index, found.to_numpy(), strict=True)
        if any(row)
    }


def test_a_free_order_is_a_purchase_and_a_row_that_only_gives_back_is_none():
    orders = table(
        ("a", 2, 500, 0, None, "paid"),
        ("a", 3, 0, 0, None, "paid"),
        ("a", 4, 0, None, None, None),
        ("a", 5, 0, 300, 5, "cancelled"),
        ("a", 6, 0, 20, None, "paid"),
        (None, 7, 900, 0, None, "paid"),
    )
    assert ids(purchases(at(orders))) == ["o0", "o1", "o2"]
    assert money(returns(at(orders))) == {"o3": 300, "o4": 20}


def test_a_cancelled_order_counts_neither_its_amount_nor_its_own_refund():
    orders = table(("a", 2, 500, 500, 3, "cancelled"), ("a", 4, 700, 0, None, "cancelled"))
    assert ids(purchases(at(orders))) == []
    assert money(returns(at(orders))) == {}


def test_an_order_that_was_given_back_in_full_is_no_purchase_once_that_is_known():
    orders = table(("a", 2, 500, 500, 20, "refunded"), ("a", 4, 700, 699, 5, "refunded"))
    assert ids(purchases(at(orders))) == ["o1"]
    assert ids(purchases(at(orders, march(20)))) == ["o0", "o1"]
    assert money(returns(at(orders))) == {"o1": 699}


def test_what_a_cancelled_order_gives_back_beyond_its_amount_is_a_return():
    orders = table(("a", 2, 500, 800, 3, "cancelled"))
    assert money(returns(at(orders))) == {"o0": 300}
    assert parts(orders)["undone"] == (1, 500, 500, 0)
    assert parts(orders)["given_back_in_period"] == (0, 0, 300, -300)


def test_who_looks_before_a_refund_does_not_know_of_it_nor_of_the_cancelling():
    orders = table(
        ("a", 2, 500, 500, 20, "cancelled"),
        ("a", 3, 400, 100, 10, "paid"),
        ("a", 4, 300, 50, None, "paid"),
    )
    assert ids(purchases(at(orders, march(10)))) == ["o0", "o1", "o2"]
    assert money(returns(at(orders, march(10)))) == {"o2": 50}
    assert ids(purchases(at(orders, march(21)))) == ["o1", "o2"]
    assert money(returns(at(orders, march(21)))) == {"o1": 100, "o2": 50}
    assert ids(purchases(at(orders, march(3)))) == ["o0"]


def test_a_return_tells_when_its_order_was_placed_and_when_it_was_paid_back():
    row = returns(at(table(("a", 3, 400, 100, 10, "paid")))).to_pyarrow().to_pylist()
    assert row == [
        {
            "user_id": "a",
            "order_id": "o0",
            "ordered_at": march(3),
            "refunded_at": march(10),
            "refunded_amount": 100,
        }
    ]


def test_orders_without_status_and_refunds_are_purchases_all():
    orders = table(("a", 2, 500, 0, None, None), ("b", 3, 0, 0, None, None))
    bare = orders.select("user_id", "order_id", "ordered_at", "amount")
    assert ids(purchases(at(bare))) == ["o0", "o1"]
    assert returns(at(bare)).count().execute() == 0
    assert parts(bare) == {"in_period": (2, 500, 0, 500), "total": (2, 500, 0, 500)}


def test_every_order_and_all_money_have_one_place_in_the_account():
    orders = table(
        ("a", 2, 500, 100, 3, "paid"),
        ("a", -20, 900, 200, 5, "paid"),
        ("a", 9, 0, 60, 9, "cancelled"),
        ("a", -9, 0, 70, -9, "cancelled"),
        ("a", 12, 800, 800, 12, "cancelled"),
        ("a", 13, 1000, 1000, 40, "refunded"),
        (None, 14, 40, 10, 15, "paid"),
        ("b", 35, 30, 5, 36, "paid"),
    )
    assert parts(orders) == {
        "in_period": (2, 1500, 100, 1400),
        "before_period": (1, 900, 200, 700),
        "given_back_in_period": (1, 0, 60, -60),
        "given_back_before_period": (1, 0, 70, -70),
        "undone": (1, 800, 800, 0),
        "without_user": (1, 40, 10, 30),
        "after_period": (1, 30, 5, 25),
        "refunded_after_period": (0, 0, 1000, -1000),
        "total": (8, 3270, 2245, 1025),
    }


def test_no_orders_have_an_account_of_nothing():
    orders = table(("a", 2, 500, 0, None, "paid")).filter(lambda t: t.amount < 0)
    assert parts(orders) == {}


def test_a_table_that_does_not_add_up_is_refused(monkeypatch):
    monkeypatch.setattr("workbench.customers.purchases._whole", lambda _orders: [1, 501, 0])
    with pytest.raises(WorkbenchError, match=r"does not add up: \[1, 500, 0\] of \[1, 501, 0\]"):
        account(at(table(("a", 2, 500, 0, None, "paid"))))


ROWS = st.tuples(
    st.sampled_from(["a", "b", None]),
    st.integers(-40, 60),
    st.sampled_from([0, 1, 700]),
    st.sampled_from([None, 0, 1, 700, 900]),
    st.one_of(st.none(), st.integers(-40, 80)),
    st.sampled_from(["paid", "cancelled", "refunded", None]),
)


@settings(max_examples=12)
@given(st.lists(ROWS, min_size=1, max_size=80))
def test_purchases_less_returns_are_what_the_account_says(rows):
    orders = table(*rows)
    found = account(scope_of({"orders": orders}, MARCH)).set_index("outcome")
    counted = found.loc[
        ["in_period", "before_period", "given_back_in_period", "given_back_before_period"]
    ].sum()
    bought, back = purchases(at(orders)), returns(at(orders))
    assert counted["amount"] == sum(bought.amount.to_pyarrow().to_pylist())
    assert counted["refunded_amount"] == sum(back.refunded_amount.to_pyarrow().to_pylist())
    assert counted["net_amount"] == sum(net_orders(at(orders)).net_amount.to_pyarrow().to_pylist())
    assert found.loc["total", "net_amount"] == sum(row[2] - (row[3] or 0) for row in rows)


@pytest.mark.parametrize("name", ["online_retail", "complete_journey", "cdnow"])
@pytest.mark.usefixtures("data")
def test_the_account_of_a_real_shop_is_its_own_total(name):
    shop = wb.connect(name)
    period = shop.period("latest", 26)
    found = account(scope_of({"orders": shop.orders}, period)).set_index("outcome")
    money = shop.account[shop.account["table"] == "orders"]["money_kept"].sum()
    assert found.loc["total", "net_amount"] == money
    assert found.loc["total", "orders"] == shop.facts["orders"].rows
