"""Every kind of file gives the same table, with its lines numbered as in the file."""

import datetime as dt
import json
import sqlite3

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workbooks import workbook

from workbench.sources.connecting import inspect

ROWS = [("007", "2026-01-05 10:00", "10.50", "小红"), ("8", "soon", "1", None)]
NAMES = ["no", "paid_at", "amount", "who"]


def csv(path):
    lines = [",".join("" if v is None else v for v in row) for row in [NAMES, *ROWS]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tsv(path):
    lines = ["\t".join("" if v is None else v for v in row) for row in [NAMES, *ROWS]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-16")


def jsonl(path):
    lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in ROWS]
    path.write_text("\n".join(lines), encoding="utf-8")


def xlsx(path):
    path.write_bytes(workbook({"Sales": [NAMES, *ROWS]}))


def parquet(path):
    pq.write_table(pa.table(dict(zip(NAMES, zip(*ROWS, strict=True), strict=True))), path)


def folder(path):
    for number, row in enumerate(ROWS):
        (path / f"day={number}").mkdir(parents=True)
        columns = [
            (name, pa.array([value], pa.string())) for name, value in zip(NAMES, row, strict=True)
        ]
        pq.write_table(pa.table(dict(columns)), path / f"day={number}" / "part.parquet")


def sqlite(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (no TEXT, paid_at TEXT, amount TEXT, who TEXT)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", ROWS)


def database(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE sales (no TEXT, paid_at TEXT, amount TEXT, who TEXT)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", ROWS)


@pytest.mark.parametrize(
    ("name", "write", "line"),
    [
        ("export.csv", csv, 3),
        ("export.tsv", tsv, 3),
        ("export.jsonl", jsonl, 2),
        ("export.xlsx", xlsx, 3),
        ("export.parquet", parquet, 2),
        ("parts", folder, 2),
        ("export.sqlite", sqlite, 2),
        ("export.duckdb", database, 2),
    ],
)
@pytest.mark.parametrize("grouping", ["", " GROUP BY no, paid_at, amount, who"])
def test_a_file_of_each_kind_gives_the_same_table(shop, name, write, line, grouping):
    write(shop.home / name)
    select = "SELECT no AS order_id, paid_at AS ordered_at, amount, who AS user_id FROM export"
    shop.declare(
        f"time_zone: Asia/Shanghai\ncurrency: CNY\nfiles: {{export: {name}}}\n"
        f"tables:\n  orders: {select}{grouping}\n"
    )
    source = inspect("shop")
    assert source.orders.execute().to_dict("records") == [
        {
            "order_id": "007",
            "ordered_at": pd.Timestamp(2026, 1, 5, 2),
            "amount": 1050,
            "user_id": "小红",
        }
    ]
    assert source.account[["lines", "kept", "quarantined"]].to_numpy().tolist() == [[2, 1, 1]]
    left = pd.read_parquet(source.folder / "quarantine" / "orders.parquet")
    assert left["line"].tolist() == [line]
    assert json.loads(left["original"][0]) | {"day": "1"} == {
        "no": "8",
        "paid_at": "soon",
        "amount": "1",
        "who": None,
        "day": "1",
    }


def test_a_part_of_a_folders_path_is_a_column(shop):
    folder(shop.home / "parts")
    shop.declare(
        "time_zone: UTC\nmax_quarantined: 50 %\nfiles: {parts: parts}\ntables:\n"
        "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount, day AS platform FROM parts\n"
    )
    assert shop.connect().orders.platform.execute().tolist() == ["0"]


def test_typed_values_of_a_database_stay_what_they_are(shop):
    with duckdb.connect(str(shop.home / "export.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT 9007199254740993 AS no, TIMESTAMP '2026-01-05 10:00' AS at, "
            "12.34::DECIMAL(9, 2) AS paid; CREATE TABLE notes (text TEXT)"
        )
    shop.declare(
        "time_zone: Asia/Shanghai\nfiles: {export: {path: export.duckdb, table: sales}}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, paid AS amount FROM export\n"
    )
    (row,) = shop.connect().orders.execute().to_dict("records")
    assert (row["order_id"], row["amount"]) == ("9007199254740993", 1234)
    assert row["ordered_at"] == dt.datetime(2026, 1, 5, 2)


def test_a_changed_file_in_a_folder_is_read_again(shop):
    folder(shop.home / "parts")
    shop.declare(
        "time_zone: UTC\nmax_quarantined: 50 %\nfiles: {parts: parts}\ntables:\n"
        "  orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM parts\n"
    )
    first = shop.connect().fingerprint
    table = pq.read_table(shop.home / "parts" / "day=0" / "part.parquet")
    (shop.home / "parts" / "day=2").mkdir()
    pq.write_table(
        table.set_column(0, "no", pa.array(["9"])), shop.home / "parts" / "day=2" / "b.parquet"
    )
    second = shop.connect()
    assert second.fingerprint != first
    assert sorted(second.orders.order_id.execute()) == ["007", "9"]
