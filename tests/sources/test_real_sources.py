"""The three shipped sources, read whole, against what is known of the data."""

import json

import pandas as pd
import pytest

from workbench import sources
from workbench.kit import words


@pytest.fixture(scope="module")
def journey(data):
    assert data.is_dir()
    return sources.connect("complete_journey")


@pytest.fixture(scope="module")
def retail(data):
    assert data.is_dir()
    return sources.connect("online_retail")


@pytest.fixture(scope="module")
def cdnow(data):
    assert data.is_dir()
    return sources.connect("cdnow")


def line(source, table, file):
    found = source.account[(source.account["table"] == table) & (source.account["file"] == file)]
    return found.iloc[0].to_dict()


def reasons(source, table):
    found = source.reasons[source.reasons["table"] == table]
    return {row["reason"]: (row["lines"], row["money"]) for row in found.to_dict("records")}


def test_the_baskets_of_the_journey_add_up_to_the_file(journey):
    assert line(journey, "orders", "transactions.parquet") == {
        "table": "orders",
        "file": "transactions.parquet",
        "lines": 1_469_307,
        "kept": 1_469_307,
        "excluded": 0,
        "quarantined": 0,
        "money": 459_603_958,
        "money_kept": 459_603_958,
        "money_excluded": 0,
        "money_quarantined": 0,
    }
    orders = journey.orders
    assert orders.count().execute() == 155_848
    assert orders.amount.sum().execute() == 459_603_958
    assert orders.user_id.nunique().execute() == 2_469
    assert orders.discount.sum().execute() == 79_165_064 + 454_265  # loyalty and matched coupons


def test_the_journey_is_told_by_new_yorks_clock(journey):
    assert journey.time_zone == "America/New_York"
    assert str(journey.orders.ordered_at.min().execute()) == "2017-01-01 11:53:26"
    assert str(journey.orders.ordered_at.max().execute()) == "2018-01-01 04:01:20"
    assert str(journey.until) == "2018-01-01 04:59:59.999999"
    # Closed on Christmas, and hardly a coupon after it: the week of 25 December is not filled.
    assert words.period(journey.period("latest", 4)) == "27 Nov – 24 Dec 2017"


def test_the_journey_has_its_three_steps(journey):
    assert journey.steps == ("campaign_received", "featured_purchase", "coupon_redeemed")
    events = journey.events
    counts = events.group_by("event").agg(n=events.count()).execute()
    assert dict(zip(counts["event"], counts["n"], strict=True)) == {
        "campaign_received": 6_589,
        "featured_purchase": 198_952,
        "coupon_redeemed": 2_102,
    }
    assert reasons(journey, "events") == {
        "neither pieces nor sales": (8_820, 0),
        "in no campaign the household received": (1_261_535, 399_580_961),
    }
    redeemed = events.filter(events.event == "coupon_redeemed").occurred_at
    assert set(redeemed.execute().dt.strftime("%H:%M:%S.%f")) == {
        "04:59:59.999999",
        "03:59:59.999999",
    }


def test_featured_purchases_are_the_ones_that_pandas_finds(journey, data):
    folder = data / "completejourney"
    bought = pd.read_parquet(
        folder / "transactions.parquet",
        columns=[
            "household_id",
            "basket_id",
            "product_id",
            "quantity",
            "sales_value",
            "transaction_timestamp",
        ],
    )
    bought = bought[(bought["quantity"] != 0) | (bought["sales_value"] != 0)]
    clock = bought["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    bought["day"] = clock.dt.tz_localize(None).dt.normalize()
    campaigns = pd.read_parquet(folder / "campaigns.parquet").merge(
        pd.read_parquet(folder / "campaign_descriptions.parquet"), on="campaign_id"
    )
    coupons = pd.read_parquet(folder / "coupons.parquet")[
        ["campaign_id", "product_id"]
    ].drop_duplicates()
    seen = []
    for campaign, received in campaigns.groupby("campaign_id"):
        offered = coupons.loc[coupons["campaign_id"] == campaign, "product_id"]
        mine = bought[
            bought["household_id"].isin(received["household_id"])
            & bought["product_id"].isin(offered)
            & bought["day"].between(received["start_date"].iloc[0], received["end_date"].iloc[0])
        ]
        seen.append(mine[["basket_id", "product_id"]])
    found = len(pd.concat(seen).drop_duplicates())
    events = journey.events
    assert found == events.filter(events.event == "featured_purchase").count().execute()


def test_every_invoice_line_is_sold_given_back_or_named(retail):
    assert line(retail, "orders", "online_retail.parquet") == {
        "table": "orders",
        "file": "online_retail.parquet",
        "lines": 541_909,
        "kept": 536_530,
        "excluded": 5_379,
        "quarantined": 0,
        "money": 974_774_793,
        "money_kept": 979_339_469,
        "money_excluded": -4_564_676,
        "money_quarantined": 0,
    }
    assert reasons(retail, "orders") == {
        "bad debt adjusted (invoice A…)": (3, -1_106_206),
        "stock moved (no price, no customer)": (2_475, 0),
        "postage (POST)": (1_252, 6_623_064),
        "postage of the web shop (DOT)": (707, 20_624_548),
        "carriage (C2)": (143, 698_600),
        "entered by hand (M)": (572, -6_867_164),
        "discount (D)": (77, -569_622),
        "samples (S)": (63, -304_939),
        "bank charges (BANK CHARGES)": (37, -717_564),
        "marketplace fee (AMAZONFEE)": (34, -22_152_050),
        "charity commission (CRUK)": (16, -793_343),
    }


def test_an_invoice_is_an_order_and_a_c_invoice_gives_money_back(retail):
    orders = retail.orders.execute()
    assert orders["order_id"].is_unique
    assert int((orders["amount"] - orders["refunded_amount"]).sum()) == 979_339_469
    cancelled = orders[orders["order_id"].str.startswith("C")]
    assert (cancelled["status"] == "cancelled").all()
    assert (cancelled["amount"] == 0).all()
    assert (cancelled["refunded_amount"] > 0).all()
    assert cancelled["refunded_at"].equals(cancelled["ordered_at"])
    sold = orders[~orders["order_id"].str.startswith("C")]
    assert (sold["status"] == "paid").all()
    assert (sold["refunded_amount"] == 0).all()
    assert (sold["quantity"] > 0).all()
    first = orders[orders["order_id"] == "536365"].iloc[0]
    # 6×2.55 + 6×3.39 + 8×2.75 + 6×3.39 + 6×3.39 + 2×7.65 + 6×4.25
    assert (first["amount"], first["quantity"], first["user_id"]) == (13_912, 40, "17850")
    assert orders["user_id"].isna().sum() > 0


def test_an_invoice_of_a_summer_noon_is_held_an_hour_earlier(retail, data):
    raw = pd.read_parquet(data / "online_retail.parquet", columns=["InvoiceNo", "InvoiceDate"])
    first = raw[raw["InvoiceDate"].dt.month == 7].iloc[0]
    orders = retail.orders
    held = orders.filter(orders.order_id == first["InvoiceNo"]).ordered_at.execute()[0]
    assert first["InvoiceDate"] - held == pd.Timedelta(hours=1)


def test_customers_have_a_country(retail):
    users = retail.users.execute()
    assert len(users) == 4_372
    assert users["region"].notna().all()
    assert line(retail, "users", "online_retail.parquet")["excluded"] == 135_080


def test_what_a_cdnow_customer_bought_on_a_day_is_an_order(cdnow):
    assert line(cdnow, "orders", "cdnow_master.parquet") == {
        "table": "orders",
        "file": "cdnow_master.parquet",
        "lines": 69_659,
        "kept": 69_659,
        "excluded": 0,
        "quarantined": 0,
        "money": 250_031_563,
        "money_kept": 250_031_563,
        "money_excluded": 0,
        "money_quarantined": 0,
    }
    orders = cdnow.orders
    assert orders.count().execute() == 67_591
    assert orders.amount.sum().execute() == 250_031_563
    assert cdnow.users.count().execute() == 23_570
    second = orders.filter(orders.order_id == "2 on 1997-01-12").execute().iloc[0]
    assert (second["amount"], second["quantity"], second["user_id"]) == (8_900, 6, "2")
    assert str(second["ordered_at"]) == "1997-01-13 04:59:59.999999"  # known by the day only


def test_nothing_of_them_is_in_quarantine(journey, retail, cdnow):
    for source in (journey, retail, cdnow):
        assert source.account["quarantined"].sum() == 0
        for table in source.tables:
            assert pd.read_parquet(source.folder / "quarantine" / f"{table}.parquet").empty
        manifest = json.loads((source.folder / "manifest.json").read_text())
        assert manifest["fingerprint"] == source.fingerprint
