"""A warehouse that does not answer is one line after a stated time, and nothing waits on."""

import gc
import socket
import threading
import time

import pytest
import warehouses
from warehouses import change, declared

from workbench import cli
from workbench.errors import SourceError
from workbench.sources.warehouse import deadlines

URL = "duckdb://sales.duckdb"
ENDLESS = (
    "SELECT count(*) FROM range(100000000000) AS a, range(1000000) AS b WHERE a.range = -b.range"
)


@pytest.fixture
def silent():
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def opened(shop):
    change(shop.home, warehouses.TABLES)
    shop.declare(declared(URL))
    return shop.connect()


def waiting():
    return [thread for thread in threading.enumerate() if thread.name.startswith("warehouse")]


def test_a_server_that_never_answers_is_one_line_after_the_stated_time(
    shop, silent, monkeypatch, capsys
):
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    monkeypatch.setattr(deadlines, "CONNECTING", 2)
    shop.declare(declared(f"postgres://u@127.0.0.1:{silent}/d"))
    started = time.monotonic()
    assert cli.main(["check", "shop"]) == 3
    assert 1.5 < time.monotonic() - started < 10
    assert capsys.readouterr().err == (
        f"workbench: shop.yaml, line 4: postgres://u@127.0.0.1:{silent}/d: "
        "no connection within 2 seconds\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("SELECT max(loaded_at) FROM loads", ENDLESS, "line 5, freshness"),
        (
            "kind <> 'old'",
            f"kind <> 'old' AND order_no > ({ENDLESS})",
            "line 8, orders",
        ),
    ],
)
def test_a_query_that_never_ends_is_one_line_after_the_stated_time(
    shop, monkeypatch, capsys, old, new, place
):
    change(shop.home, warehouses.TABLES)
    monkeypatch.setattr(deadlines, "ASKING", 2)
    shop.declare(declared(URL).replace(old, new))
    started = time.monotonic()
    assert cli.main(["check", "shop"]) == 3
    assert time.monotonic() - started < 20
    assert capsys.readouterr().err == f"workbench: shop.yaml, {place}: no answer within 2 seconds\n"
    time.sleep(1)
    assert waiting() == []


@pytest.mark.parametrize("ask", ["to_pyarrow", "execute", "cache"])
def test_what_an_analysis_asks_for_has_the_same_time(opened, monkeypatch, ask):
    monkeypatch.setattr(deadlines, "ASKING", 1)
    endless = opened.orders.get_backend().sql(ENDLESS, schema={"n": "int64"})
    with pytest.raises(SourceError) as refused:
        getattr(endless, ask)()
    assert str(refused.value) == (
        f"shop.yaml, line 4: {opened.warehouse.address}: no answer within 1 second"
    )
    time.sleep(1)
    assert waiting() == []
    assert opened.orders.count().to_pyarrow().as_py() == 2


def test_a_stop_from_the_keyboard_ends_the_query_too(opened, monkeypatch):
    def stopped(_self, _seconds):
        time.sleep(0.5)
        raise KeyboardInterrupt

    endless = opened.orders.get_backend().sql(ENDLESS, schema={"n": "int64"})
    monkeypatch.setattr(deadlines.Asked, "wait", stopped)
    with pytest.raises(KeyboardInterrupt):
        endless.to_pyarrow()
    time.sleep(1)
    assert waiting() == []


def test_who_waits_for_a_silent_server_is_woken():
    here, there = socket.socketpair()
    with here, there:
        with pytest.raises(SourceError, match="^shop: no answer within 1 second$"):
            deadlines.within(
                1, lambda: here.recv(1), lambda: deadlines.hang_up(here), "shop: no answer"
            )
        time.sleep(0.5)
        assert waiting() == []


def test_a_warehouses_file_is_closed_with_the_last_table_that_needs_it(shop):
    change(shop.home, warehouses.TABLES)
    shop.declare(declared(URL))
    gc.disable()
    try:
        orders = shop.connect().orders
        assert orders.count().to_pyarrow().as_py() == 2
        del orders
        change(shop.home, "DELETE FROM loads")
        with pytest.raises(SourceError, match="freshness: the SELECT must give one value"):
            shop.connect()
        change(shop.home, "INSERT INTO loads VALUES ('2026-01-10 01:00')")
        shop.connect()
    finally:
        gc.enable()
