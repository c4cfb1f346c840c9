"""The funnel over a real shop, against figures counted by plain SQL."""

from __future__ import annotations

from datetime import timedelta

import ibis
import pandas as pd
import pytest

from scopes import scope_of
from workbench.analyses.funnel import diagnose
from workbench.paths import journey, levels
from workbench.periods import Period, Week

WINDOW = timedelta(days=28)

ORDERS = """
    SELECT InvoiceNo AS order_id, CAST(CAST(CustomerID AS BIGINT) AS VARCHAR) AS user_id,
        CAST(min(InvoiceDate) AS TIMESTAMP) AS ordered_at, any_value(Country) AS platform,
        CAST(round(100 * sum(Quantity * UnitPrice)) AS BIGINT) AS amount
    FROM lines WHERE InvoiceNo NOT LIKE 'C%' GROUP BY ALL
"""

# Who ordered a second time within 28 days of the first order, by a self-join in place of windows.
AGAIN = """
    WITH real AS (SELECT * FROM orders WHERE user_id IS NOT NULL),
    first AS (SELECT user_id, min(ordered_at) AS first_at FROM real GROUP BY 1)
    SELECT count(DISTINCT user_id) AS users, count(DISTINCT CASE WHEN EXISTS (
        SELECT 1 FROM real r WHERE r.user_id = first.user_id
        AND r.ordered_at <= first_at + INTERVAL 28 DAY
        AND (r.ordered_at, r.order_id) > (SELECT min((o.ordered_at, o.order_id)) FROM real o
            WHERE o.user_id = first.user_id)) THEN user_id END) AS again
    FROM first
"""


@pytest.fixture(scope="module")
def shop(data):
    """Online Retail's invoices as orders, on a connection of their own."""
    connection = ibis.duckdb.connect()
    connection.create_view("lines", connection.read_parquet(data / "online_retail.parquet"))
    connection.raw_sql(f"CREATE TABLE orders AS {ORDERS}")
    return connection


@pytest.mark.parametrize("entry", ["best", "first"])
def test_customers_who_order_again_are_those_that_plain_sql_counts(shop, entry):
    all_days = Period.weeks(Week(2011, 49), 60, "Europe/London")
    path = journey(scope_of({"orders": shop.table("orders")}, all_days))
    found = levels(path.events, path.steps, window=WINDOW, entry=entry)
    users, again = shop.raw_sql(AGAIN).fetchall()[0]
    reached = found.level.to_pyarrow().to_pandas()
    assert users == 4339  # customers with an invoice, one of them of nothing only
    assert len(reached) == users
    assert (reached >= 2).sum() == again


def test_a_report_on_a_real_shop_holds_together(shop):
    period = Period.weeks(Week(2011, 40), 12, "Europe/London")
    scope = scope_of({"orders": shop.table("orders")}, period)
    funnel = diagnose(scope, window_days=28, by="platform")
    steps, segments = funnel.steps, funnel.segments
    assert steps["users"].is_monotonic_decreasing
    assert segments.groupby("step")["users"].sum().tolist() == steps["users"].tolist()
    assert funnel.dropped_users["level"].value_counts().to_dict() == {
        1: steps["lost_users"][1],
        2: steps["lost_users"][2],
    }
    assert funnel.time_to_convert["users"].tolist() == [steps["users"].iloc[-1]]
    assert funnel.time_histogram["users"].sum() == steps["users"].iloc[-1]
    assert segments["segment"].nunique() <= 11
    assert pd.Series([one.sentence for one in funnel.findings]).str.len().between(20, 320).all()
    assert "orders only" in funnel.missing[0]
