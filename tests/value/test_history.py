"""Purchase histories from orders, by hand."""

from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from scopes import scope_of
from workbench.customers.value import purchase_history
from workbench.errors import MissingData, SourceError
from workbench.periods import Period

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30), "Asia/Shanghai")  # it ends at 16:00 UTC


def orders(rows, **types):
    names = ("user_id", "ordered_at", "amount", *types)
    schema = {"user_id": "string", "ordered_at": "timestamp", "amount": "int64"} | types
    frame = pd.DataFrame(rows, columns=list(names))
    frame.insert(0, "order_id", [f"o{i}" for i in range(len(frame))])
    return ibis.memtable(frame, schema={"order_id": "string"} | schema)


def history(table):
    return purchase_history(scope_of({"orders": table}, SEPTEMBER))


def test_days_are_the_shops_and_one_day_is_one_purchase():
    table = orders(
        [
            ("a", datetime(2026, 9, 1, 17), 500),  # 2 September in Shanghai
            ("a", datetime(2026, 9, 2, 15), 300),  # still 2 September: the same purchase
            ("a", datetime(2026, 9, 2, 16), 700),  # 3 September
            ("a", datetime(2026, 9, 10, 3), 100),
            ("a", datetime(2026, 9, 10, 4), 200),
            ("a", datetime(2026, 9, 30, 16), 900),  # the cut-off: not known yet
            ("b", datetime(2026, 9, 30, 15, 59), 400),
            (None, datetime(2026, 9, 3), 100),
        ]
    )
    assert history(table).to_dict("list") == {
        "user_id": ["a", "b"],
        "repeat_count": [2, 0],
        "last_purchase_days": [8, 0],
        "age_days": [28, 0],
        "mean_amount": [(700 + 300) / 2, 0.0],
    }


def test_a_purchase_of_nothing_is_a_purchase():
    table = orders([("a", datetime(2026, 9, day), 0) for day in (1, 2, 3)])
    found = history(table)
    assert found["repeat_count"].tolist() == [2]
    assert found["mean_amount"].tolist() == [0.0]


def test_cancelled_orders_are_no_purchases():
    table = orders(
        [
            ("a", datetime(2026, 9, 1), 100, "cancelled"),
            ("a", datetime(2026, 9, 5), 100, "paid"),
            ("a", datetime(2026, 9, 7), 300, None),
        ],
        status="string",
    )
    found = history(table)
    assert found[["repeat_count", "age_days", "mean_amount"]].to_numpy().tolist() == [[1, 25, 300]]


def test_only_refunds_known_at_the_cut_off_count():
    first = ("a", datetime(2026, 9, 1), 100, 100, datetime(2026, 9, 2))
    table = orders(
        [
            first,
            ("a", datetime(2026, 9, 5), 1000, 400, datetime(2026, 9, 20)),
            ("a", datetime(2026, 9, 7), 1000, 400, datetime(2026, 10, 20)),
            ("a", datetime(2026, 9, 9), 1000, 300, None),
            ("a", datetime(2026, 9, 11), 1000, None, None),
        ],
        refunded_amount="int64",
        refunded_at="timestamp",
    )
    found = history(table)
    # The first order was given back in full, so the second one is the first purchase.
    assert found["repeat_count"].tolist() == [3]
    assert found["mean_amount"].tolist() == [(1000 + 700 + 1000) / 3]
    dated = history(table.drop("refunded_at"))
    assert dated["mean_amount"].tolist() == [(600 + 700 + 1000) / 3]


def test_a_return_that_names_no_order_lowers_what_repeat_purchases_are_worth():
    table = orders(
        [
            ("a", datetime(2026, 9, 1), 900, 0),
            ("a", datetime(2026, 9, 5), 500, 0),
            ("a", datetime(2026, 9, 6), 0, 200),
            ("b", datetime(2026, 9, 5), 0, 200),
        ],
        refunded_amount="int64",
    )
    found = history(table)
    assert found["user_id"].tolist() == ["a"]
    assert found["repeat_count"].tolist() == [1]
    assert found["mean_amount"].tolist() == [300]


def test_an_order_that_is_given_back_after_the_cut_off_was_a_purchase_before_it():
    table = orders(
        [
            ("a", datetime(2026, 9, 1), 100, 0, None),
            ("a", datetime(2026, 9, 5), 100, 100, datetime(2026, 10, 9)),
            ("a", datetime(2026, 9, 12), 100, 0, None),
            ("a", datetime(2026, 10, 5), 100, 0, None),
            ("b", datetime(2026, 9, 5), 100, 0, None),
        ],
        refunded_amount="int64",
        refunded_at="timestamp",
    )
    assert history(table)["repeat_count"].tolist() == [2, 0]


def test_what_is_missing_is_told_in_one_line():
    table = orders([("a", datetime(2026, 10, 5), 100)])
    with pytest.raises(MissingData, match=r"^a purchase history needs orders.user_id$"):
        history(table.drop("user_id"))
    with pytest.raises(SourceError, match=r"^no user has an order before 2026-09-30 16:00 UTC$"):
        history(table)
