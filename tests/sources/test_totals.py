"""A line that is the sum of others is no order, and a second currency is never summed with the first."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.sources.totals import Totals, told

HEAD = "time_zone: Asia/Shanghai\ncurrency: CNY\nmax_quarantined: 10 %\n"
ORDERS = "SELECT no AS order_id, at AS ordered_at, amount, who AS user_id FROM sales"
SALES = [(f"{n}", f"{n}.00", f"u{n}") for n in range(1, 41)]


def opened(shop, rows, select=ORDERS, more=""):
    lines = "".join(f"{no},2026-03-01 10:00,{amount},{who}\n" for no, amount, who in rows)
    shop.write("sales.csv", "no,at,amount,who\n" + lines)
    shop.declare(
        f"{HEAD}files: {{sales: sales.csv}}\ntables:\n  orders:\n    select: {select}\n{more}"
    )
    return shop.connect()


def account(source):
    line = source.account.iloc[0]
    return [
        int(line[name])
        for name in ("lines", "kept", "quarantined", "money_kept", "money_quarantined")
    ]


def test_a_total_is_named_and_set_aside_with_its_money(shop):
    source = opened(shop, [*SALES, ("合计", "820.00", "")])
    assert account(source) == [41, 40, 1, 82000, 82000]
    assert source.reasons["reason"].tolist() == [told()]


def test_subtotals_and_the_total_of_all_are_set_aside(shop):
    rows = [
        *SALES[:20],
        ("小计", "210.00", ""),
        *SALES[20:],
        ("小计", "610.00", ""),
        ("Grand total", "820.00", ""),
    ]
    assert account(opened(shop, rows))[:4] == [43, 40, 3, 82000]


def test_a_total_with_a_number_and_a_buyer_is_known_by_its_amount(shop):
    assert account(opened(shop, [*SALES, ("9999", "820.00", "shop")]))[:4] == [41, 40, 1, 82000]


def test_a_total_is_known_where_rows_have_no_user_and_where_they_are_made_of_lines(shop):
    select = "SELECT no AS order_id, at AS ordered_at, amount FROM sales"
    assert account(opened(shop, [*SALES, ("总计", "1.00", "")], select))[1:3] == [40, 1]
    select = (
        "SELECT no AS order_id, min(at) AS ordered_at, sum(money) AS amount FROM sales GROUP BY no"
    )
    source = opened(
        shop, [*SALES, *SALES[:1], ("合计", "821.00", "")], select, "    money: amount\n"
    )
    assert account(source) == [42, 41, 1, 82100, 82100]


def test_few_orders_that_add_up_to_another_one_are_orders(shop):
    rows = [
        ("1", "1.00", ""),
        ("2", "2.00", "b"),
        ("3", "3.00", ""),
        ("4", "6.00", "c"),
        ("5", "0.00", ""),
    ]
    assert account(opened(shop, rows))[1] == 5


def rows_of(amounts, numbers=None):
    return pa.table(
        {
            "amount": pa.array(amounts, pa.int64()),
            "order_id": numbers or [str(n) for n in range(len(amounts))],
            "user_id": ["u"] * len(amounts),
            "__why": pa.nulls(len(amounts), pa.string()),
        }
    )


@given(
    amounts=st.lists(st.integers(1, 5000), min_size=12, max_size=40),
    cut=st.integers(1, 60),
)
def test_a_sum_is_found_wherever_batches_are_cut_and_nothing_else_is(amounts, cut):
    amounts = [amount + 5000 for amount in amounts]  # no one of them can be a sum of ten
    every = [*amounts, sum(amounts), *amounts, 2 * sum(amounts)]
    running = Totals()
    found = np.concatenate(
        [running.find(rows_of(every[i : i + cut])) for i in range(0, len(every), cut)]
    )
    assert np.flatnonzero(found).tolist() == [len(amounts), 2 * len(amounts) + 1]


MIXED = "no,at,amount,币种\n1,2026-03-01 10:00,1.00,人民币\n2,2026-03-01 10:00,2.00,cny\n3,2026-03-01 10:00,900,JPY\n4,2026-03-01 10:00,1.00,\n"
PLAIN = "SELECT no AS order_id, at AS ordered_at, amount FROM sales"


def mixed(shop, select=PLAIN, more=""):
    shop.write("sales.csv", MIXED)
    shop.declare(
        f"{HEAD}files: {{sales: sales.csv}}\ntables:\n  orders:\n    select: {select}\n{more}"
    )
    return shop.connect()


def test_a_currency_that_only_comes_along_is_still_a_second_one(shop):
    along = "SELECT no AS order_id, at AS ordered_at, amount, 币种 AS currency FROM sales"
    with pytest.raises(SourceError, match="says CNY 2, JPY 1"):
        mixed(shop, along)


@pytest.mark.parametrize("more", ["", "    money: amount\n"])
def test_a_second_currency_is_refused_with_a_rule_that_leaves_it_out(shop, more):
    fold = (
        "SELECT no AS order_id, min(at) AS ordered_at, sum(money) AS amount FROM sales GROUP BY no"
    )
    with pytest.raises(SourceError) as refused:
        mixed(shop, fold if more else PLAIN, more)
    assert str(refused.value) == (
        'shop.yaml, line 7, orders: "币种" of sales.csv says CNY 2, JPY 1, and amounts are summed as CNY: '
        "leave the others out by a rule, exclude: {other currency: \"币种\" <> 'CNY'}, or convert them in "
        "the SELECT"
    )


def test_what_is_left_out_or_converted_is_no_second_currency(shop):
    source = mixed(shop, more="    exclude: {yen: 币种 = 'JPY'}\n")
    assert source.account[["lines", "kept", "excluded"]].to_numpy().tolist() == [[4, 3, 1]]
    select = "SELECT no AS order_id, at AS ordered_at, CASE WHEN 币种 = 'JPY' THEN '45.00' ELSE amount END AS amount FROM sales"
    assert mixed(shop, select).orders.amount.sum().execute() == 4900
