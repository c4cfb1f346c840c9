"""A warehouse's tables stay where they are; every line of them is accounted for all the same."""

import csv
import json
from types import SimpleNamespace

import pandas as pd
import pytest
import warehouses
from warehouses import HEAD, ORDERS, change, check_account, declared

from workbench import cli, sources
from workbench.errors import SourceError
from workbench.sources import repairs

URL = "duckdb://sales.duckdb"
ONE = (
    "SELECT order_no AS order_id, paid_at AS ordered_at, AMOUNT AS amount FROM shop.orders"
    " ORDER BY order_no LIMIT 1"
)


@pytest.fixture
def there(shop):
    change(shop.home, warehouses.TABLES)
    shop.declare(declared(URL))
    return shop


def entry(select):
    return f"tables:\n  orders: {select}\n"


def test_every_line_and_all_money_are_in_one_of_three_places(there):
    source = there.connect()
    check_account(source)
    assert source.since == pd.Timestamp("2026-01-07 11:00")
    assert source.facts["orders"].rows == 2


def test_nothing_but_the_account_is_copied(there):
    source = there.connect()
    assert [path.name for path in source.folder.iterdir()] == ["manifest.json"]
    assert source.orders.get_backend().name == "duckdb"


def test_the_check_shows_examples_and_where_the_data_are(there, capsys):
    target = there.home / "repair.csv"
    assert cli.main(["check", "shop", "--repair-list", str(target)]) == 0
    said = capsys.readouterr()
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    path = there.home / "sales.duckdb"
    assert f"warehouse: duckdb://{path}, fresh as of 2026-01-09 01:00:00" in lines
    start = lines.index(f"1 −£1.00 {warehouses.NEGATIVE}")
    assert lines[start + 1] == (
        'amount = "-1.0000" in {"order_id": "4", "ordered_at": "2026-01-05 12:00:00", "amount": "-1.0000", "user_id": "d"}'
    )
    assert said.err == f"workbench: 7 lines to mend in {target}\n"
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:6] == ["table", "file", "line", "reasons", "order_id", "ordered_at"]
    third = [row for row in rows if row[4] == "3"]
    assert third == [
        [
            "orders",
            "shop.orders",
            "",
            warehouses.NO_INSTANT,
            "3",
            "2026-03-29 01:30:00",
            "3.0000",
            "c",
        ]
    ]


def test_the_repair_list_never_overwrites_the_warehouse(there, capsys):
    target = there.home / "sales.duckdb"
    before = target.read_bytes()
    assert cli.main(["check", "shop", "--repair-list", str(target)]) == 2
    assert "is a file of the source itself" in capsys.readouterr().err
    assert target.read_bytes() == before


@pytest.mark.usefixtures("there")
def test_a_program_is_told_the_same(capsys):
    assert cli.main(["check", "shop", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["warehouse"]["freshness"] == "2026-01-09 01:00:00"
    (table,) = found["tables"]
    assert [(r["reason"], len(r["examples"])) for r in table["reasons"]][2:4] == [
        (warehouses.TWICE, 3),
        (warehouses.NOT_MONEY, 1),
    ]


def test_at_most_three_lines_of_a_reason_are_fetched(there):
    change(
        there.home,
        "INSERT INTO shop.orders SELECT 100 + i, NULL, 1, 'x', 'sale' FROM range(9) t(i)",
    )
    shown = repairs.examples(there.connect(), "orders")
    assert [line.original["order_id"] for line in shown["shop.orders", warehouses.ABSENT]] == [
        "100",
        "101",
        "102",
    ]


def test_too_much_in_quarantine_refuses_a_warehouse_too(there, capsys):
    there.declare(declared(URL).replace("100 %", "5 %"))
    assert cli.main(["check", "shop"]) == 3
    assert "7 of 11 lines of orders are in quarantine" in capsys.readouterr().err
    with pytest.raises(SourceError, match="^shop: 7 of 11 lines"):
        there.connect()


def test_the_fingerprint_is_that_of_declaration_and_freshness(there):
    first = there.connect().fingerprint
    change(there.home, "INSERT INTO shop.orders VALUES (20, '2026-01-05', 1, 'x', 'sale')")
    assert there.connect().fingerprint == first
    change(there.home, "INSERT INTO loads VALUES ('2026-01-10 01:00')")
    second = there.connect()
    assert second.fingerprint != first
    assert second.facts["orders"].rows == 3
    there.declare(declared(URL).replace("GBP", "CNY"))
    assert there.connect().fingerprint not in {first, second.fingerprint}


def test_a_change_while_the_source_is_read_is_refused(there, monkeypatch):
    source = there.connect()
    source.verify()
    monkeypatch.setattr(source.warehouse, "freshness", "2026-01-08 01:00:00")
    with pytest.raises(SourceError) as refused:
        source.verify()
    assert str(refused.value) == (
        "shop: the warehouse was changed while it was read (its freshness was 2026-01-08 01:00:00, "
        "now it is 2026-01-09 01:00:00): try again"
    )


def test_a_change_while_it_is_counted_is_refused_and_not_remembered(there, monkeypatch):
    tokens = iter(["1", "2", "2", "2"])
    name = "workbench.sources.warehouse.opening.Warehouse._token"
    monkeypatch.setattr(name, lambda _self: next(tokens))
    with pytest.raises(SourceError, match="its freshness was 1, now it is 2"):
        there.connect()
    assert there.connect().facts["orders"].rows == 2


def test_a_run_ends_by_asking_whether_the_warehouse_changed(there, monkeypatch):
    from workbench.display import finish  # noqa: PLC0415 - matplotlib, which only this test needs

    source = there.connect()
    monkeypatch.setattr(source.warehouse, "freshness", "before")
    with pytest.raises(SourceError, match="the warehouse was changed while it was read"):
        finish([], source, SimpleNamespace())


@pytest.mark.parametrize(
    ("amount", "units"),
    [
        ("total::double", [1050]),
        ("10.004::double", None),
        ("'nan'::double", None),
        ("1e30::double", None),
        ("10::utinyint", [1000]),
        ("9223372036854775807", None),
        ("170141183460469231731687303715884105727::hugeint", None),
        ("0.1::decimal(38, 20)", [10]),
        ("123456789012345.67::decimal(38, 2)", [12345678901234567]),
    ],
)
def test_money_is_exact_or_set_aside(there, amount, units):
    there.declare(declared(URL, entry(ONE.replace("AMOUNT", amount))))
    source = there.connect()
    assert source.orders.amount.execute().tolist() == (units or [])
    assert source.account["quarantined"].tolist() == [0 if units else 1]


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        ("TIMESTAMP '2026-07-06 00:30'", "2026-07-05 23:30"),
        ("TIMESTAMPTZ '2026-07-06 00:30+08'", "2026-07-05 16:30"),
        ("DATE '2026-07-06'", "2026-07-06 22:59:59.999999"),
        ("TIMESTAMP_NS '2026-01-06 00:30'", "2026-01-06 00:30"),
    ],
)
def test_instants_are_held_in_utc(there, moment, instant):
    there.declare(
        declared(URL, entry(f"SELECT 1 AS order_id, {moment} AS ordered_at, 1 AS amount"))
    )
    assert there.connect().orders.ordered_at.execute().tolist() == [pd.Timestamp(instant)]


def test_the_zone_of_the_warehouse_can_be_another(there):
    there.declare(
        declared(
            URL,
            entry("SELECT 1 AS order_id, TIMESTAMP '2026-07-06 00:30' AS ordered_at, 1 AS amount"),
            head=HEAD + "timestamps: Asia/Shanghai\n",
        )
    )
    assert there.connect().orders.ordered_at.execute().tolist() == [
        pd.Timestamp("2026-07-05 16:30")
    ]


def test_several_selects_fill_a_table_and_share_its_key(there):
    one = ONE.replace("AMOUNT", "total")
    two = one.replace("total AS amount", "total AS amount, buyer AS user_id")
    there.declare(declared(URL, f"tables:\n  orders:\n    - {one}\n    - {two}\n"))
    source = there.connect()
    assert source.account["file"].tolist() == ["shop.orders", "shop.orders (2)"]
    assert source.reasons["reason"].tolist() == [warehouses.TWICE] * 2  # one names no user


def test_an_open_table_brings_its_further_columns(there):
    there.declare(
        declared(
            URL,
            "tables:\n  features: SELECT buyer AS user_id, total > 3 AS is_churned, total AS spent"
            " FROM shop.orders ORDER BY order_no LIMIT 1\n",
        )
    )
    assert there.connect().features.execute().to_dict("records") == [
        {"user_id": "a", "is_churned": True, "spent": pytest.approx(10.5)}
    ]


def test_selects_that_fold_count_what_they_give(there):
    folded = (
        "SELECT order_no AS order_id, max(paid_at) AS ordered_at, sum(total) AS amount"
        " FROM shop.orders WHERE kind = 'sale' AND order_no IN (1, 7, 8) GROUP BY order_no"
    )
    there.declare(declared(URL, entry(folded)))
    source = there.connect()
    assert source.account[["lines", "kept", "money"]].to_numpy().tolist() == [[3, 3, 3950]]


def test_the_reports_of_a_warehouse_are_those_of_the_same_files(there):
    import workbench as wb  # noqa: PLC0415 - all of it, which only this test needs

    rows = "\n".join(
        f"{user},{step},2026-01-{day:02d} 10:{minute:02d}"
        for user in range(40)
        for minute, step in enumerate(["visit", "add_to_cart", "purchase"][: user % 3 + 1])
        for day in (5 + user % 14,)
    )
    path = there.write("events.csv", f"user_id,event,occurred_at\n{rows}\n")
    change(there.home, f"CREATE TABLE events AS FROM read_csv('{path}')")
    select = "tables:\n  events: SELECT user_id, event, occurred_at FROM events\n"
    steps = "steps: [visit, add_to_cart, purchase]\n"
    found = []
    for where in (f"warehouse: {URL}\n{warehouses.FRESHNESS}", "files: {events: events.csv}\n"):
        there.declare(f"{HEAD}{steps}{where}{select}")
        scope = sources.connect("shop").scope("2026-W02", weeks=1)
        found.append(wb.diagnose(scope, window_days=1))
    pd.testing.assert_frame_equal(found[0].steps, found[1].steps)
    assert found[0].steps["users"].tolist()[0] > 10
    assert [str(f) for f in found[0].findings] == [str(f) for f in found[1].findings]


def test_a_rule_keeps_what_it_does_not_know(there):
    there.declare(
        declared(URL, ORDERS.replace("kind = 'test'", "buyer = 'a'")).replace(
            "WHERE kind <> 'old'", "WHERE order_no IN (1, 9)"
        )
    )
    source = there.connect()
    assert source.orders.order_id.execute().tolist() == ["9"]  # its buyer is NULL
    assert source.reasons["reason"].tolist() == ["old ones", "a test"][::-1]
