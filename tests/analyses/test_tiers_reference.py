"""RFM recomputed in plain pandas from the raw files, by an independent reading of the rules.

Only the period is the workbench's. What is expected of each shop was counted once and typed in.
"""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from scopes import scope_of
from workbench import demo
from workbench.customers.rfm import measure
from workbench.periods import Period, Week

NO_PRODUCTS = ["POST", "DOT", "C2", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK"]


def local(instants, zone):
    return instants.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)


def by_hand(orders, back, period):
    """RFM of orders (`user`, local `at`, `paid`) and of what was given back (`user`, `at`, `paid`)."""
    first, last = pd.Timestamp(period.first), pd.Timestamp(period.last)
    inside, given = (
        rows[(rows["at"] >= first) & (rows["at"] < last + pd.Timedelta(days=1))]
        for rows in (orders, back)
    )
    users = inside.groupby("user")
    lost = given.groupby("user")["paid"].sum()
    money = users["paid"].sum().sub(lost, fill_value=0).reindex(users["paid"].sum().index)
    found = pd.DataFrame(
        {
            "recency_days": (last - users["at"].max().dt.normalize()).dt.days,
            "frequency": users.size(),
            "monetary": money.astype("int64"),
        }
    )
    return found.sort_index()


def check(found, expected, users, sums):
    found = found.set_index("user_id").sort_index()
    assert found.index.astype(str).tolist() == expected.index.astype(str).tolist()
    assert (found.to_numpy() == expected.to_numpy()).all()
    assert len(expected) == users
    assert expected.sum().to_dict() == sums


def cents(money):
    return (money * 100).round().astype("int64")


def empty():
    return pd.DataFrame({"user": [], "at": pd.to_datetime([]), "paid": np.array([], dtype="int64")})


@pytest.fixture
def raw(data):
    return lambda name: pd.read_parquet(data / name)


def test_online_retail_gives_back_by_invoices_of_their_own(raw):
    shop = wb.connect("online_retail")
    period = shop.period("latest", 26)
    lines = raw("online_retail.parquet")
    code = lines["StockCode"].str.strip()
    skipped = code.isin(NO_PRODUCTS) | (code.str.upper() == "M")
    lines = lines[~skipped & ~lines["InvoiceNo"].str.startswith("A") & lines["CustomerID"].notna()]
    lines = lines.assign(
        user=lines["CustomerID"].astype("int64").astype(str),
        paid=cents(lines["Quantity"] * lines["UnitPrice"]),
    )
    invoices = lines.groupby("InvoiceNo").agg(
        user=("user", "first"), at=("InvoiceDate", "min"), paid=("paid", "sum")
    )
    is_credit = invoices.index.str.startswith("C")
    back = invoices[is_credit].assign(paid=-invoices.loc[is_credit, "paid"])
    expected = by_hand(invoices[~is_credit], back, period)
    check(
        measure(scope_of(shop.tables, period)),
        expected,
        3_466,
        {"recency_days": 169_453, "frequency": 10_371, "monetary": 486_768_167},
    )


def test_complete_journey_has_baskets_and_no_refunds(raw):
    shop = wb.connect("complete_journey")
    period = shop.period("2017-W52", 26)
    lines = raw("completejourney/transactions.parquet")
    baskets = lines.groupby("basket_id").agg(
        user=("household_id", "first"), at=("transaction_timestamp", "min")
    )
    baskets["paid"] = cents(lines["sales_value"]).groupby(lines["basket_id"]).sum()
    baskets["at"] = local(baskets["at"], "America/New_York")
    expected = by_hand(baskets.assign(user=baskets["user"].astype(str)), empty(), period)
    check(
        measure(scope_of(shop.tables, period)),
        expected,
        2_413,
        {"recency_days": 38_240, "frequency": 77_878, "monetary": 231_294_607},
    )


def test_cdnow_counts_days_with_a_purchase(raw):
    shop = wb.connect("cdnow")
    period = shop.period("latest", 26)
    lines = raw("cdnow_master.parquet")
    lines = lines.assign(user=lines["customer_id"].astype(str), paid=cents(lines["amount"]))
    days = (
        lines.groupby(["user", "date"], as_index=False)["paid"].sum().rename({"date": "at"}, axis=1)
    )
    check(
        measure(scope_of(shop.tables, period)),
        by_hand(days, empty(), period),
        5_390,
        {"recency_days": 389_229, "frequency": 12_331, "monetary": 47_761_057},
    )


def test_the_demo_shop_takes_money_back_after_the_order(demo_tables):
    period = Period.weeks(Week(2026, 30), 26, demo.TIME_ZONE)  # refunds go on after it
    rows = demo_tables["orders"].execute()
    rows = rows[rows["user_id"].notna() & (rows["ordered_at"] < period.end)]
    refund = rows["refunded_amount"].fillna(0)
    known = refund.where(rows["refunded_at"].fillna(rows["ordered_at"]) < period.end, 0)
    kept = (rows["status"] != "cancelled") & ((known == 0) | (known < rows["amount"]))
    orders = pd.DataFrame(
        {
            "user": rows["user_id"],
            "at": local(rows["ordered_at"], demo.TIME_ZONE),
            "paid": rows["amount"] - known.astype("int64"),
        }
    )
    expected = by_hand(orders[kept], empty(), period)
    check(
        measure(scope_of(demo_tables, period)),
        expected,
        8_599,
        {"recency_days": 629_275, "frequency": 15_208, "monetary": 380_028_962},
    )
