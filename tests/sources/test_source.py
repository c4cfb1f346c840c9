"""What an opened source can be asked."""

import datetime as dt
import io
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import workbench
from workbench import demo, sources
from workbench.errors import MissingData, ParameterError, SourceError
from workbench.sources import databases, importing
from workbench.sources.sql import Engine
from workbench.tables import TABLES

ENTRY = "    SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
# Wed 2026-01-07 to Sun 2026-01-18 in London.
CSV = "no,paid_at,amount\n1,2026-01-07 10:00,1\n2,2026-01-18 23:30,2\n"


def test_a_table_is_an_attribute_and_an_absent_one_says_what_there_is(shop):
    source = shop.orders(CSV, ENTRY)
    assert source.orders.count().execute() == 2
    assert list(source.tables) == ["orders"]
    with pytest.raises(MissingData, match="source 'shop' has no table 'events', only: orders"):
        _ = source.events
    with pytest.raises(AttributeError, match="did you mean 'orders'"):
        _ = source.order
    assert not hasattr(source, "_repr_svg_")


def test_a_source_knows_zone_currency_and_its_first_and_last_instant(shop):
    source = shop.orders(CSV, ENTRY)
    assert (source.name, source.time_zone, source.currency) == ("shop", "Europe/London", "GBP")
    assert source.since == dt.datetime(2026, 1, 7, 10)
    assert source.until == dt.datetime(2026, 1, 18, 23, 30)
    assert source.steps == ()


def test_a_period_ends_with_the_week_that_was_asked_for(shop):
    source = shop.orders(CSV, ENTRY)
    latest = source.period("latest", 2)
    assert (latest.first, latest.last) == (dt.date(2026, 1, 5), dt.date(2026, 1, 18))
    assert latest.time_zone == "Europe/London"
    named = source.period("2026-W02", 1)
    assert (named.first, named.last) == (dt.date(2026, 1, 5), dt.date(2026, 1, 11))


@pytest.mark.parametrize(
    ("week", "message"),
    [
        ("2026-W01", "week == '2026-W01', but source 'shop' begins only in 2026-W02"),
        ("2026-W04", "week == '2026-W04', but source 'shop' ends in 2026-W03"),
    ],
)
def test_a_week_without_data_is_refused(shop, week, message):
    source = shop.orders(CSV, ENTRY)
    with pytest.raises(MissingData) as refused:
        source.period(week, 1)
    assert str(refused.value) == message


def test_a_source_of_a_few_days_has_no_latest_week(shop):
    source = shop.orders("no,paid_at,amount\n1,2026-01-07 10:00,1\n", ENTRY)
    with pytest.raises(MissingData, match="source 'shop' has no complete week yet"):
        source.period("latest", 1)


def test_a_source_without_events_and_orders_has_no_weeks(shop):
    shop.write("users.csv", "who\nu1\n")
    shop.declare(
        "time_zone: UTC\nfiles: {export: users.csv}\ntables:\n  users: SELECT who AS user_id FROM export\n"
    )
    source = shop.connect()
    assert source.users.user_id.execute().tolist() == ["u1"]
    with pytest.raises(MissingData, match="source 'shop' has no events and no orders"):
        source.period("latest", 1)


def test_a_folder_is_a_source_in_the_contracts_form(shop):
    folder = shop.home / "exports"
    folder.mkdir()
    (folder / "orders.csv").write_text(
        "order_id,ordered_at,amount,note\n1,2026-01-05T10:00:00+08:00,1050,x\n"
    )
    pq.write_table(pa.table({"user_id": ["007"]}), folder / "users.parquet")
    source = sources.connect(str(folder))
    assert (source.name, source.time_zone, source.currency) == ("exports", "UTC", "")
    assert source.orders.amount.execute().tolist() == [1050]
    assert source.since == dt.datetime(2026, 1, 5, 2)
    assert source.users.user_id.execute().tolist() == ["007"]
    assert source.facts["orders"].unread == ("note",)


def test_any_further_columns_come_along_where_the_contract_is_open(shop):
    folder = shop.home / "exports"
    folder.mkdir()
    table = pa.table({"user_id": ["a"], "is_churned": [True], "tenure_months": [12], "fee": [9.5]})
    pq.write_table(table, folder / "features.parquet")
    row = sources.connect(str(folder)).features.execute().to_dict("records")
    assert row == [{"user_id": "a", "is_churned": True, "tenure_months": 12, "fee": 9.5}]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "has no file named after a table, such as orders.csv"),
        (["order.csv"], "exports/order.csv: unknown table 'order', did you mean 'orders'?"),
        (["users.csv", "users.parquet"], "exports: 'users' is there twice"),
    ],
)
def test_a_folder_that_is_no_source_says_why(shop, files, message):
    folder = shop.home / "exports"
    folder.mkdir()
    for name in files:
        (folder / name).write_text("user_id\n1\n")
    with pytest.raises(SourceError) as refused:
        sources.connect(str(folder))
    assert str(refused.value).endswith(message)


def test_an_unknown_source_is_refused_with_a_near_name(shop):
    shop.declare("")
    with pytest.raises(ParameterError) as refused:
        sources.connect("shpo")
    assert str(refused.value) == (
        "unknown source 'shpo', did you mean 'shop'?; or give the path of a folder"
    )


def small_demo():
    return {
        "orders": pa.table(
            {
                "order_id": [str(number) for number in range(20)],
                "ordered_at": pa.array([dt.datetime(2026, 1, 5)] * 20),
                "amount": [500] * 19 + [-1],
            }
        )
    }


@pytest.mark.usefixtures("shop")
def test_the_demo_shop_goes_through_the_same_checks_and_cache(monkeypatch):
    monkeypatch.setattr(demo, "tables", small_demo)
    source = sources.connect("demo")
    assert (source.name, source.time_zone, source.currency) == ("demo", "Asia/Shanghai", "CNY")
    assert source.orders.amount.execute().tolist() == [500] * 19
    assert source.reasons["reason"].tolist() == ["not true that amount is not negative"]
    monkeypatch.setattr(demo, "tables", None)
    monkeypatch.setattr(importing, "run", None)
    assert sources.connect("demo").orders.amount.execute().tolist() == [500] * 19


def test_the_demo_shop_has_every_table_and_nothing_in_quarantine():
    source = sources.connect("demo")
    assert list(source.tables) == list(TABLES)
    assert source.account["kept"].tolist() == source.account["lines"].tolist()
    assert source.reasons.empty


def test_asking_for_names_loads_no_engine():
    code = (
        "import sys; from workbench import sources; sources.names(); "
        "print(sorted({'duckdb', 'ibis', 'pandas', 'pyarrow', 'sqlglot'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_no_connection_draws_duckdbs_own_progress_bar(shop, monkeypatch):
    for name in ("export", "there"):
        with duckdb.connect(str(shop.home / f"{name}.duckdb")) as made:
            made.execute(
                "CREATE TABLE sales AS SELECT '1' AS no, DATE '2026-01-05' AS day, 5 AS amount"
            )
    opened, connect = [], duckdb.connect

    def as_in_a_notebook(*given, **options):
        opened.append(connect(*given, **options))
        opened[-1].execute("SET enable_progress_bar = true")
        return opened[-1]

    monkeypatch.setattr(duckdb, "connect", as_in_a_notebook)
    monkeypatch.setattr(Engine, "close", lambda _engine: None)
    monkeypatch.setattr(databases, "closing", nullcontext)
    orders = "tables:\n  orders: SELECT no AS order_id, day AS ordered_at, amount FROM sales\n"
    for where in ("files: {sales: export.duckdb}", "warehouse: duckdb://there.duckdb"):
        token = "freshness: SELECT 1\n" if "warehouse" in where else ""
        shop.declare(f"time_zone: UTC\n{where}\n{token}{orders}")
        assert shop.connect().orders.count().execute() == 1
    made_up = pa.table({"content_id": ["c"]})
    monkeypatch.setattr(demo, "tables", lambda: {"contents": made_up})
    assert sources.connect("demo").contents.count().execute() == 1
    bars = [
        one.execute("SELECT current_setting('enable_progress_bar')").fetchall() for one in opened
    ]
    # The import, its file thrice (its columns, whether it holds days, its rows), what it made; the warehouse; the demo's import, what it made.
    assert bars == [[(False,)]] * 8


def test_duckdb_is_opened_where_the_bar_is_turned_off_and_nowhere_else():
    package = Path(workbench.__file__).parent
    opening = [p for p in package.rglob("*.py") if re.search(r"duckdb\.connect\(", p.read_text())]
    assert sorted(str(path.relative_to(package)) for path in opening) == [
        "sources/connecting.py",
        "sources/databases.py",
        "sources/sql.py",
        "sources/warehouse/connection.py",
    ]


@pytest.mark.parametrize(
    ("is_terminal", "said"),
    [(True, "\r\x1b[Kimporting export.csv: 2 lines\r\x1b[K"), (False, "")],
)
def test_an_import_tells_a_terminal_how_far_it_is(shop, monkeypatch, is_terminal, said):
    screen = io.StringIO()
    screen.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", screen)
    shop.orders("no,paid_at,amount\n1,2026-01-05,1\n2,2026-01-05,2\n", ENTRY)
    assert screen.getvalue() == said
