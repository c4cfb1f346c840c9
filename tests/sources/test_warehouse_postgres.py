"""The same on a real PostgreSQL server, with a role that may do nothing but read."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import postgres
import pytest
import warehouses
from postgres import change
from warehouses import HEAD, check_account, declared

from scopes import scope_of
from workbench import cli, sources
from workbench.errors import SourceError
from workbench.sources.warehouse import deadlines

ROOT = Path(__file__).parents[2]
PASSWORD = "r3ad0nly:p@ss/word#1"  # noqa: S105 - of a server that lives for seconds
ROLE = f"""
CREATE ROLE reports LOGIN PASSWORD '{PASSWORD}';
GRANT USAGE ON SCHEMA shop TO reports;
GRANT SELECT ON ALL TABLES IN SCHEMA public, shop TO reports;
"""
EVENTS = """
CREATE TABLE visits(who bigint, what text, seen_at timestamptz, shop text);
INSERT INTO visits
SELECT who, (ARRAY['visit', 'add_to_cart', 'purchase'])[step],
  timestamptz '2026-01-05 10:00+08' + (who % 70) * interval '1 day' + step * interval '1 minute',
  CASE WHEN who % 3 = 0 THEN 'douyin' ELSE 'wechat' END
FROM generate_series(1, 2100) AS who, generate_series(1, 3) AS step
WHERE step <= 1 + who % 2 + who % 5 / 4;
GRANT SELECT ON visits TO reports;
"""

SALES = """
CREATE TABLE sales(order_no bigint, buyer text, paid_at timestamp, fen bigint, back bigint);
INSERT INTO sales
SELECT 100 * who + time, 'u' || who, timestamp '2025-06-01' + (who % 180) * interval '1 day'
    + time * (3 + who % 29) * interval '1 day', 900 + (who * 7919 + time * 104729) % 30000,
  CASE WHEN who % 11 = 0 AND time = 2 THEN 300 END
FROM generate_series(1, 900) AS who, generate_series(0, 11) AS time
WHERE time <= who % 12 AND time * (3 + who % 29) + who % 180 < 360;
GRANT SELECT ON sales TO reports;
"""


@pytest.fixture(scope="module")
def address():
    with postgres.server() as found:
        change(found, warehouses.TABLES)
        change(found, ROLE)
        change(found, EVENTS)
        change(found, SALES)
        yield found


@pytest.fixture
def there(shop, address, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    shop.url = f"postgresql://reports:${{SHOP_PASSWORD}}@{address}/postgres"
    shop.declare(declared(shop.url))
    return shop


def entry(select):
    return f"tables:\n  orders: {select}\n"


def test_every_line_and_all_money_are_in_one_of_three_places(there):
    source = there.connect()
    check_account(source)
    assert source.orders.get_backend().name == "postgres"


@pytest.mark.usefixtures("there")
def test_the_check_shows_the_lines_that_were_set_aside(address, capsys):
    assert cli.main(["check", "shop"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert (
        f"warehouse: postgres://reports@{address}/postgres, fresh as of 2026-01-09 01:00:00"
        in lines
    )
    start = lines.index(f"1 £3.00 {warehouses.NO_INSTANT}")
    assert lines[start + 1] == (
        'ordered_at = "2026-03-29 01:30:00" in {"order_id": "3", "ordered_at": "2026-03-29 01:30:00", "amount": "3.0000", "user_id": "c"}'
    )


@pytest.mark.parametrize(
    ("order", "moment", "amount", "row"),
    [
        ("7", "timestamp '2026-07-06 00:30'", "1.10::real", ("7", "2026-07-05 23:30", 110)),
        ("7", "timestamptz '2026-07-06 00:30+08'", "1.5::float8", ("7", "2026-07-05 16:30", 150)),
        ("'x'", "date '2026-07-06'", "1.50::numeric", ("x", "2026-07-06 22:59:59.999999", 150)),
        ("7", "timestamp '2026-07-06 00:30'", "'nan'::numeric", None),
        ("7", "timestamp '2026-07-06 00:30'", "1e30::numeric", None),
        ("7", "timestamp '2026-07-06 00:30'", "1.005::numeric", None),
        ("7", "timestamp 'infinity'", "1", None),
        ("7", "timestamp '2026-03-29 01:30'", "1", None),
        ("'\t '", "timestamp '2026-07-06 00:30'", "1", None),
        (
            "'8a2f0f6e-0000-4000-8000-000000000001'::uuid",
            "timestamp '2026-10-25 01:30'",  # the clock showed it twice
            "2::smallint",
            ("8a2f0f6e-0000-4000-8000-000000000001", "2026-10-25 01:30", 200),
        ),
    ],
)
def test_values_are_cast_whole_or_set_aside(there, order, moment, amount, row):
    select = f"SELECT {order} AS order_id, {moment} AS ordered_at, {amount} AS amount"
    there.declare(declared(there.url, entry(f'"{select}"')))
    source = there.connect()
    expected = [] if row is None else [(row[0], pd.Timestamp(row[1]), row[2])]
    assert list(source.orders.execute().itertuples(index=False, name=None)) == expected
    assert source.account["quarantined"].tolist() == [int(row is None)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("/postgres\n", "/postgre\n", 'database "postgre" does not exist'),
        ("reports:", "report:", 'password authentication failed for user "report"'),
        ("shop.orders", "shop.order", "unknown table 'order', did you mean 'orders'?"),
        (
            "paid_at AS",
            "paidat AS",
            "unknown column of shop.orders 'paidat', did you mean 'paid_at'",
        ),
        ("total AS", "total / (order_no - 1) AS", "orders: division by zero"),
        ("total AS", "'{}'::jsonb AS", "amount is jsonb, must be a number: cast it in the SELECT"),
    ],
)
def test_what_the_server_refuses_is_one_line_without_the_password(there, capsys, old, new, message):
    text = declared(there.url)
    assert old in text
    there.declare(text.replace(old, new))
    assert cli.main(["check", "shop"]) == 3
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert PASSWORD not in said


@pytest.mark.usefixtures("there")
def test_a_wrong_password_is_not_shown_either(monkeypatch, capsys):
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    assert cli.main(["check", "shop"]) == 3
    said = capsys.readouterr().err
    assert 'password authentication failed for user "reports"' in said
    assert "hunter2" not in said


def test_a_load_between_opening_and_the_end_of_a_run_is_noticed(there, address):
    source = there.connect()
    assert PASSWORD not in repr(source)
    change(address, "INSERT INTO loads VALUES ('2026-01-10 01:00')")
    try:
        with pytest.raises(SourceError, match="now it is 2026-01-10 01:00:00"):
            source.verify()
    finally:
        change(address, "DELETE FROM loads WHERE loaded_at > '2026-01-09 02:00'")
    source.verify()


def test_users_are_tiered_in_the_warehouse_as_they_are_in_a_copy(there):
    select = (
        "SELECT order_no AS order_id, buyer AS user_id, paid_at AS ordered_at, fen AS amount, "
        "back AS refunded_amount FROM sales"
    )
    head = HEAD.replace("currency: GBP", "currency: GBP\nmoney: minor")
    there.declare(declared(there.url, entry(select), head=head))
    source = there.connect()
    shutil.copy(ROOT / "parameters/tiers.yaml", there.home / "parameters")
    export = there.home / "copy"
    export.mkdir()
    source.orders.to_parquet(export / "orders.parquet")
    found, expected = (
        _tiering(scope_of(shop.tables, source.period("latest", 13)))
        for shop in (source, sources.connect(str(export)))
    )
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame, obj=name)
    assert len(expected["Tiers.users"]) > 150


def _tiering(scope):
    """Every frame of a report on users."""
    import workbench as wb  # noqa: PLC0415 - as in the test below

    tiers = wb.rank(scope)
    parts = [
        tiers,
        wb.moves(tiers),
        wb.backtest(tiers, horizon_days=60),
        wb.lifecycle(scope),
        wb.cohorts(scope),
    ]
    return {
        f"{type(part).__name__}.{name}": frame
        for part in parts
        for name, frame in part.frames().items()
    }


@pytest.mark.slow
def test_a_report_runs_on_the_server_and_holds_no_password(there, tmp_path):
    import workbench as wb  # noqa: PLC0415 - all of it, which only this test needs

    shutil.copytree(ROOT / "notebooks", there.home / "notebooks", dirs_exist_ok=True)
    select = "SELECT who AS user_id, what AS event, seen_at AS occurred_at, shop AS platform"
    steps = "steps: [visit, add_to_cart, purchase]\n"
    events = f"tables:\n  events: {select} FROM visits\n"
    there.declare(declared(there.url, events, head=HEAD + steps))
    command = ["run", "notebooks/funnel_diagnosis.ipynb", "--source", "shop"]
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", *command],
        cwd=there.home,
        env=os.environ | {"WORKBENCH_HOME": str(there.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    page = there.home / done.stdout.strip()
    reported = pd.read_parquet(next(page.parent.rglob("steps.parquet")))

    source = there.connect()
    export = there.home / "export"
    export.mkdir()
    source.events.to_parquet(export / "events.parquet")
    copied = sources.connect(str(export))
    expected = wb.diagnose(copied.scope("latest", weeks=4), source.steps, by="platform")
    pd.testing.assert_frame_equal(reported, expected.steps)
    assert reported["users"].min() > 0

    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {page.name, "run.json", "manifest.json"} <= {path.name for path in written}
    assert [path for path in written if PASSWORD.encode() in path.read_bytes()] == []
    assert PASSWORD not in done.stdout + done.stderr


def test_a_query_that_takes_too_long_is_one_line_and_the_server_is_asked_no_more(
    there, monkeypatch
):
    source = there.connect()
    slow = source.orders.get_backend().sql("SELECT pg_sleep(30) IS NULL AS a", dialect="postgres")
    monkeypatch.setattr(deadlines, "ASKING", 1)
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"^shop.yaml, line 4: .*: no answer within 1 second$"):
        slow.to_pyarrow()
    with pytest.raises(SourceError, match="no answer to the last question, so it is asked no more"):
        source.orders.count().to_pyarrow()
    assert time.monotonic() - started < 5


def test_the_server_ends_a_query_that_nobody_waits_for_any_more(there):
    (row,) = (
        there.connect()
        .orders.get_backend()
        .sql("SELECT current_setting('statement_timeout') AS set")
        .to_pyarrow()
        .to_pylist()
    )
    assert row == {"set": "602s"}


def test_a_limit_of_the_role_stays(there, address):
    change(address, "ALTER ROLE reports SET statement_timeout = '50s'")
    try:
        shop = there.connect().orders.get_backend()
        (row,) = (
            shop.sql("SELECT current_setting('statement_timeout') AS set").to_pyarrow().to_pylist()
        )
    finally:
        change(address, "ALTER ROLE reports RESET statement_timeout")
    assert row == {"set": "50s"}
