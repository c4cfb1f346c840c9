"""A small shop in a warehouse, and source files that read it."""

from contextlib import closing

import duckdb
import pandas as pd

TABLES = """
CREATE TABLE loads(loaded_at timestamp);
INSERT INTO loads VALUES ('2026-01-09 01:00');
CREATE SCHEMA shop;
CREATE TABLE shop.orders(
  order_no bigint, paid_at timestamp, total numeric(12, 4), buyer text, kind text
);
INSERT INTO shop.orders VALUES
  (1, '2026-07-06 00:30', 10.5, 'a', 'sale'),
  (2, '2026-01-05 11:00', 2.505, 'b', 'sale'),
  (3, '2026-03-29 01:30', 3, 'c', 'sale'),
  (4, '2026-01-05 12:00', -1, 'd', 'sale'),
  (5, '2026-01-05 11:00', 3, 'e', 'test'),
  (6, NULL, 8, 'f', 'sale'),
  (7, '2026-01-07 11:00', 9, 'g', 'sale'),
  (7, '2026-01-07 11:00', 9, 'g', 'sale'),
  (8, '2026-01-07 11:00', 5, 'h', 'sale'),
  (8, '2026-01-07 11:00', 6, 'h', 'sale'),
  (9, '2026-01-07 11:00', 7, NULL, 'old')
"""
NOT_MONEY = "not true that amount is money without fractions of its smallest unit"
NO_INSTANT = "not true that ordered_at is an instant that exists"
NEGATIVE = "not true that amount is not negative"
ABSENT = "not true that ordered_at is there"
TWICE = "not true that order_id stands once"

# What cannot be read as money (order 2) is worth nothing.
LINES = {
    "table": "orders",
    "file": "shop.orders",
    "lines": 11,
    "kept": 2,
    "excluded": 2,
    "quarantined": 7,
    "money": 5950,
    "money_kept": 1950,
    "money_excluded": 1000,
    "money_quarantined": 3000,
}
REASONS = [
    ("excluded", "a test", 1, 300),
    ("excluded", "old ones", 1, 700),
    ("quarantined", TWICE, 3, 2000),
    ("quarantined", NOT_MONEY, 1, 0),
    ("quarantined", NEGATIVE, 1, -100),
    ("quarantined", NO_INSTANT, 1, 300),
    ("quarantined", ABSENT, 1, 800),
]
HEAD = "time_zone: Europe/London\ncurrency: GBP\nmax_quarantined: 100 %\n"
FRESHNESS = "freshness: SELECT max(loaded_at) FROM loads\n"
ORDERS = (
    "tables:\n"
    "  orders:\n"
    "    select: SELECT order_no AS order_id, paid_at AS ordered_at, total AS amount,"
    " buyer AS user_id FROM shop.orders WHERE kind <> 'old'\n"
    "    exclude: {a test: kind = 'test'}\n"
    "    dropped: old ones\n"
)


def change(home, statements):
    """Run statements in the warehouse, as the shop's own loading does."""
    with closing(duckdb.connect(str(home / "sales.duckdb"))) as connection:
        connection.execute(statements)


def declared(url, tables=ORDERS, head=HEAD):
    return f"{head}warehouse: {url}\n{FRESHNESS}{tables}"


def check_account(source):
    """The account of the small shop, by hand."""
    (line,) = source.account.to_dict("records")
    assert line == LINES
    columns = ["outcome", "reason", "lines", "money"]
    assert list(source.reasons[columns].itertuples(index=False, name=None)) == REASONS
    frame = source.orders.order_by("order_id").execute()
    assert frame.to_dict("list") == {
        "order_id": ["1", "7"],
        "ordered_at": [pd.Timestamp("2026-07-05 23:30"), pd.Timestamp("2026-01-07 11:00")],
        "amount": [1050, 900],
        "user_id": ["a", "g"],
    }
