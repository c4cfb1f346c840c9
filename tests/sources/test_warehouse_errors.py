"""What is wrong with a warehouse is said in one line, and no line holds a password."""

import logging
import socket

import ibis
import pytest
import warehouses
from warehouses import ORDERS, change, declared

from workbench import cli
from workbench.errors import SourceError

URL = "duckdb://sales.duckdb"
SECRET = "s3cr/t@ with:all#"  # noqa: S105 - it opens nothing
PLAIN = (
    "tables:\n"
    "  orders: SELECT order_no AS order_id, paid_at AS ordered_at, total AS amount FROM shop.orders\n"
)


@pytest.fixture
def there(shop, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    change(shop.home, warehouses.TABLES)
    return shop


def refused(shop, text):
    shop.declare(text)
    with pytest.raises(SourceError) as error:
        shop.connect()
    said = str(error.value)
    assert "\n" not in said
    assert SECRET not in said
    assert "hunter2" not in said
    assert error.value.exit_code == 3
    return said


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgrs://h/d", "unknown kind of warehouse 'postgrs', did you mean 'postgres'?"),
        ("sqlite:///x.db", "SQLite has no instants, so it is no warehouse: name its file under"),
        ("duckdb://sale.duckdb", "file 'warehouse': no file '"),
        ("duckdb://../sales.duckdb", "file 'warehouse' leaves the folder '"),
        ("duckdb://parameters/sources/shop.yaml", "duckdb://"),
        ("postgres://u:${NO_SUCH}@h/d", "the environment variable NO_SUCH is not set"),
        ("postgres://u:hunter2@h/d", "a password in clear: write ${NAME}, the name of an"),
        ("postgres://u:${USER}hunter2@h/d", "a password in clear: write ${NAME}, the name of an"),
        ("postgres://u@h/d?password=hunter2", "a password in clear: write ${NAME}, the name of an"),
        ("postgres://u:hunter2#@h/d", "warehouse must be a URL like postgres://NAME:${PASSWORD}@"),
        ("postgres://u:hunter2/@h/d", "warehouse must be a URL like postgres://NAME:${PASSWORD}@"),
        ("postgres://u:hunter2@[h/d", "warehouse must be a URL like postgres://NAME:${PASSWORD}@"),
        ("mysql://u:${SHOP_PASSWORD}@h/d", "no driver for mysql here: pip install 'ibis-framework"),
    ],
)
def test_a_wrong_address_is_refused(there, url, message):
    assert refused(there, declared(url)).startswith(f"shop.yaml, line 4: {message}")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            warehouses.FRESHNESS,
            "",
            "shop.yaml: 'freshness' is missing: a SELECT of one value that changes when the data do",
        ),
        ("warehouse: ", "files: {a: b.csv}\nwarehouse: ", "shop.yaml: must have 'files', or '"),
        (
            "FROM loads",
            "FROM load",
            "line 5, freshness: unknown table 'load', did you mean 'loads'",
        ),
        ("FROM loads", "FROM loads WHERE false", "must give one value, got NULL"),
        ("max(loaded_at)", "1, max(loaded_at)", "must give one value, got several columns"),
        ("SELECT max(loaded_at)", "DELETE", "freshness: must be one SELECT, got 'DELETE'"),
        (
            "shop.orders",
            "shop.order",
            "line 7, orders: unknown table 'order', did you mean 'orders'",
        ),
        (
            "paid_at AS",
            "paidat AS",
            "orders: unknown column of shop.orders 'paidat', did you mean 'paid_at'?",
        ),
        (
            "total AS amount",
            "total AS amont",
            "orders: unknown column of orders 'amont', did you mean 'amount'?",
        ),
        ("total AS", "kind AS", "amount is string, must be a number: cast it in the SELECT"),
        ("paid_at AS", "kind AS", "ordered_at is string, must be a timestamp or a date: cast it"),
        ("order_no AS", "total AS", "order_id is decimal(12, 4), must be text, a UUID or a whole"),
        ("FROM shop.orders", "FROM shop.orders; DROP TABLE loads", "must be one SELECT, got 2"),
        ("SELECT order", "TRUNCATE order", "orders: must be one SELECT, got 'TRUNCATE'"),
        (
            "SELECT order",
            "WITH gone AS (DELETE FROM shop.orders RETURNING *) SELECT order",
            "orders: must be one SELECT that only reads, got DELETE",
        ),
        ("FROM shop.orders", "INTO copied FROM shop.orders", "only reads, got INTO"),
        ("FROM shop.orders", "FROM shop.orders FOR UPDATE", "only reads, got LOCK"),
        ("total AS amount FROM", "total AS FROM", "orders: "),
        ("order_no AS", "(kind::int) AS", "orders: Could not convert string 'sale'"),
        (
            "FROM shop.orders",
            "FROM shop.orders WHERE kind = 'sale'",
            "WHERE leaves out 2 lines of shop.orders: name a rule for them under 'exclude', or all",
        ),
    ],
)
def test_each_mistake_gets_one_line(there, old, new, message, caplog):
    text = declared(URL, PLAIN)
    assert old in text
    with caplog.at_level(logging.WARNING):
        assert message in refused(there, text.replace(old, new))
    assert not caplog.records


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    exclude", "    money: total\n    exclude", "unknown key of orders 'money', must be"),
        (
            "kind = 'test'",
            "knd = 'test'",
            "unknown column of shop.orders 'knd', did you mean 'kind'",
        ),
        ("kind = 'test'", "kind =", "orders, rule 'a test': not valid SQL"),
        ("kind = 'test'", "kind = 'x' FROM loads", "rule 'a test': must be one expression, got"),
        (
            "kind = 'test'",
            "kind = 'x' UNION SELECT 1",
            "rule 'a test': must be one expression, got",
        ),
        ("<> 'old'", "<> 'old' LIMIT 3", "a SELECT that folds lines has no line for 'exclude' and"),
    ],
)
def test_each_mistake_in_a_rule_gets_one_line(there, old, new, message):
    assert old in ORDERS
    assert message in refused(there, declared(URL, ORDERS.replace(old, new)))


def test_a_missing_driver_is_named_with_what_to_install(there, monkeypatch):
    def missing(_url, **_options):
        raise ImportError("No module named 'psycopg'")

    monkeypatch.setattr(ibis, "connect", missing)
    assert refused(there, declared("postgres://u:${SHOP_PASSWORD}@h/d")) == (
        "shop.yaml, line 4: no driver for postgres here: pip install 'psycopg[binary]'"
    )


def test_whatever_a_driver_says_is_shown_without_the_password(there, monkeypatch):
    def failing(url, **_options):
        raise ValueError(f"cannot read '{url}' nor '{SECRET}'\nat all")

    monkeypatch.setattr(ibis, "connect", failing)
    said = refused(there, declared("postgres://u:${SHOP_PASSWORD}@h:5432/d"))
    assert said == (
        "shop.yaml, line 4: postgres://u@h:5432/d: "
        "cannot read 'postgres://u:${SHOP_PASSWORD}@h:5432/d' nor '${SHOP_PASSWORD}'"
    )


def test_a_server_that_is_not_there_is_one_line(there, capsys):
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        there.declare(declared(f"postgres://u:${{SHOP_PASSWORD}}@127.0.0.1:{port}/d"))
        assert cli.main(["check", "shop"]) == 3
    said = capsys.readouterr().err
    assert said.startswith(f"workbench: shop.yaml, line 4: postgres://u@127.0.0.1:{port}/d: ")
    assert "Connection refused" in said
    assert said.count("\n") == 1
    assert SECRET not in said
