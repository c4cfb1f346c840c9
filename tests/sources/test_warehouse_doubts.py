# ruff: noqa: S608 - rows of a test, typed out
"""A warehouse's ids and words are looked at as a file's are: mended, counted, named with what to write."""

import duckdb
import postgres
import pytest

from workbench.errors import SourceError
from workbench.sources import spelling, users

HEAD = "time_zone: UTC\ncurrency: CNY\nmax_quarantined: 50 %\nfreshness: SELECT 1\n"
TABLES = (
    "  orders: SELECT no AS order_id, seen AS ordered_at, worth AS amount, who AS user_id,"
    " place AS platform, state AS status FROM sales\n"
    "  events: SELECT who AS user_id, what AS event, seen AS occurred_at FROM log\n"
)
# Three ids with something at their ends, two for nobody, twins in case, mark and number.
BUYERS = ["u1 ", "\tu2", "u3\u00a0", "nan", "nan", "-", "U4", "u4", "'u5", "u5", "u6.0", "6.60E+17",
          "u9"]  # fmt: skip
ROWS = (
    "CREATE TABLE sales (no VARCHAR, seen TIMESTAMP, worth DECIMAL(12, 2), who VARCHAR, place VARCHAR,"
    " state VARCHAR);"
    "CREATE TABLE log (who VARCHAR, what VARCHAR, seen TIMESTAMP);"
    + "".join(
        f"INSERT INTO sales VALUES ('{n}', '2026-03-02 10:00', 10, '{who.replace(chr(39), 2 * chr(39))}',"
        f" '{'Douyin' if n == 1 else 'douyin'}', '{'已完成' if who == 'u9' else 'paid'}');"
        for n, who in enumerate(BUYERS)
    )
    + "".join(
        f"INSERT INTO log VALUES ('v{n}', '{what}', '2026-03-02 09:00');"
        for n in range(6)
        for what in (("look", "Look") if n else ("look",))
    )
)


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.slow)])
def warehouse(request, shop, monkeypatch):
    """The address of a database with these rows, and what declares a source of it."""
    if request.param == "duckdb":
        with duckdb.connect(str(shop.home / "sales.duckdb")) as connection:
            connection.execute(ROWS)
        yield shop, "duckdb://sales.duckdb"
        return
    with postgres.server() as address:
        postgres.change(address, ROWS)
        monkeypatch.setenv("SHOP_PASSWORD", postgres.PASSWORD)
        yield shop, f"postgresql://{postgres.OWNER}:${{SHOP_PASSWORD}}@{address}/postgres"


def test_a_warehouse_is_told_of_ids_words_and_tables_as_files_are(warehouse):
    shop, url = warehouse
    shop.declare(f"{HEAD}warehouse: {url}\ntables:\n{TABLES}")
    source = shop.connect()
    assert source.notes == (
        "sales: 3 values of user_id have blanks, tabs or signs without width at their ends, which "
        "are taken off",
    )
    assert {"u1", "u2", "u3"} <= set(source.orders.user_id.execute())
    told = [doubt.sentence.replace("\u202f", " ") for doubt in source.doubts]
    assert told[0].startswith(
        "orders and events hardly meet: 0 of 11 users of orders are in events"
    )
    assert told[1].startswith(
        "3 orders (25.0 %) worth ¥30.00 have a word for nobody as their user_id: nan 2, - 1; "
    )
    assert [one.partition(",")[0] for one in told[2:7]] == [
        "1 user_id differs from another one only in an apostrophe before one of them",
        "1 user_id differs from another one only in upper and lower case",
        "1 value of user_id begins with an apostrophe",
        "1 value of user_id ends in .0",
        "1 value of user_id is a number that a spreadsheet cut",
    ]
    assert told[7:] == [
        "event in several spellings of one word: look 6, Look 5; if so, declare values: {event: "
        "{Look: look}}",
        "platform in several spellings of one word: douyin 11, Douyin 1; if so, declare values: "
        "{platform: {Douyin: douyin}}",
        "status must be one of paid, cancelled, refunded, but is 已完成 1 (¥10.00); declare what these "
        "mean: values: {status: {已完成: paid}}",
    ]
    assert next(iter(users.shares(source.overlaps))).startswith(
        "0 of 11 users of orders are in events"
    )
    assert list(source.events_told) == ["look", "Look"]
    shop.declare(
        f"{HEAD}nobody: [nan, '-']\nvalues: {{status: {{已完成: paid}}}}\nwarehouse: {url}\ntables:\n"
        f"{TABLES}"
    )
    source = shop.connect()
    assert "sales: 3 rows worth ¥30.00 are nobody's and have no user: nan 2, - 1" in source.notes
    assert source.orders.count().execute() == len(BUYERS)
    assert source.orders.user_id.nunique().execute() == len(BUYERS) - 3  # rows of nobody


def test_the_signs_that_are_taken_off_are_those_of_files(shop):
    shop.write("o.csv", "no,at,amount,who\n" + "".join(
        f"{n},2026-03-02,1.00,u{n}{sign}\n"
        for n, sign in enumerate(spelling.SIGNS) if sign not in "\n\r"
    ))  # fmt: skip
    shop.declare(
        "time_zone: UTC\nfiles: {o: o.csv}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, amount, who AS user_id FROM o\n"
    )
    ids = shop.connect().orders.user_id.execute()
    assert sorted(map(len, ids)) == sorted(
        len(f"u{n}") for n, s in enumerate(spelling.SIGNS) if s not in "\n\r"
    )


def test_a_second_currency_is_refused_with_a_rule_that_leaves_it_out(warehouse):
    shop, url = warehouse
    rows = "CREATE TABLE sold AS SELECT no, seen, worth, CASE WHEN no = '3' THEN 'usd ' ELSE 'CNY' END AS pay_currency FROM sales"
    if url.startswith("duckdb"):
        with duckdb.connect(str(shop.home / "sales.duckdb")) as connection:
            connection.execute(rows)
    else:
        postgres.change(url.partition("@")[2].partition("/")[0], rows)
    select = "SELECT s.no AS order_id, seen AS ordered_at, worth AS amount FROM sold AS s WHERE no <> '4'"
    shop.declare(f"{HEAD}warehouse: {url}\ntables:\n  orders: {select}\n")
    with pytest.raises(
        SourceError,
        match='"pay_currency" of sold says CNY 11, USD 1, and amounts are summed as CNY',
    ):
        shop.connect()
    rule = "exclude: {others: trim(pay_currency) <> 'CNY'}"
    shop.declare(
        f'{HEAD}warehouse: {url}\ntables:\n  orders: {{select: "{select}", dropped: no, {rule}}}\n'
    )
    assert shop.connect().facts["orders"].rows == 11
