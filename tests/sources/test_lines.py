"""Every raw line is kept, excluded by a named rule, or quarantined; lines and money add up."""

import datetime as dt
import json
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from workbench.errors import SourceError
from workbench.sources import files, taps, tracing, waiting
from workbench.tables import TABLES, Check

PLAIN = "    SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"


def account(source):
    row = source.account.iloc[0]
    return tuple(int(row[name]) for name in ("lines", "kept", "excluded", "quarantined"))


def money(source):
    row = source.account.iloc[0]
    names = ("money", "money_kept", "money_excluded", "money_quarantined")
    return tuple(int(row[name]) for name in names)


def reasons(source):
    return {
        (r["outcome"], r["reason"]): (r["lines"], r["money"])
        for r in source.reasons.to_dict("records")
    }


def test_each_line_is_in_one_place_and_the_money_adds_up(shop):
    source = shop.orders(
        "no,paid_at,amount,kind\n"
        "1,2026-01-05 10:00,10.50,sale\n"
        "2,2026-01-05 11:00,3.00,test\n"
        "3,2026-01-05 12:00,-1.00,sale\n"
        "4,2026-01-05 13:00,0.25,sale\n",
        "    select: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
        "    exclude:\n      a test order: kind = 'test'\n",
    )
    assert account(source) == (4, 2, 1, 1)
    assert money(source) == (1275, 1075, 300, -100)
    assert reasons(source) == {
        ("excluded", "a test order"): (1, 300),
        ("quarantined", "not true that amount is not negative"): (1, -100),
    }
    assert sorted(source.orders.order_id.execute()) == ["1", "4"]


def test_the_first_rule_that_holds_names_a_line(shop):
    source = shop.orders(
        "no,paid_at,amount,kind\n1,2026-01-05,1,test\n2,2026-01-05,0,test\n3,2026-01-05,2,\n",
        "    select: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
        "    exclude:\n      nothing charged: amount = '0'\n      a test: kind = 'test'\n",
    )
    assert reasons(source) == {
        ("excluded", "nothing charged"): (1, 0),
        ("excluded", "a test"): (1, 100),
    }
    assert account(source) == (3, 1, 2, 0)


def test_a_line_keeps_all_its_reasons_beside_what_it_said(shop):
    source = shop.orders("no,paid_at,amount\n,2026-13-45,5x\n7,2026-01-05 10:00,1\n", PLAIN)
    found = pd.read_parquet(source.folder / "quarantine" / "orders.parquet")
    assert found["line"].tolist() == [2]
    assert found["file"].tolist() == ["export.csv"]
    assert list(found["reasons"][0]) == [
        "not true that ordered_at is an instant that exists",
        "not true that amount is money without fractions of its smallest unit",
        "not true that order_id is there",
    ]
    assert json.loads(found["original"][0]) == {"no": None, "paid_at": "2026-13-45", "amount": "5x"}


def test_a_null_key_is_quarantined(shop):
    source = shop.orders("no,paid_at,amount\n,2026-01-05,1\n,2026-01-05,2\n", PLAIN)
    assert account(source) == (2, 0, 0, 2)
    assert reasons(source) == {("quarantined", "not true that order_id is there"): (2, 300)}
    assert source.orders.count().execute() == 0


def test_of_identical_rows_the_first_is_kept_and_of_contradicting_ones_none(shop):
    source = shop.orders(
        "no,paid_at,amount\n"
        "1,2026-01-05,1\n1,2026-01-05,1\n1,2026-01-05,1\n"
        "2,2026-01-05,5\n2,2026-01-05,6\n3,2026-01-05,9\n",
        PLAIN,
    )
    assert account(source) == (6, 2, 0, 4)
    assert sorted(source.orders.order_id.execute()) == ["1", "3"]
    assert reasons(source) == {("quarantined", "not true that order_id stands once"): (4, 1300)}
    found = pd.read_parquet(source.folder / "quarantine" / "orders.parquet")
    assert found["line"].tolist() == [3, 4, 5, 6]


def test_lines_that_a_where_drops_are_refused_unless_they_have_a_name(shop):
    csv = "no,paid_at,amount\n1,2026-01-05,1\n2,2026-01-05,-2\n3,2026-01-05,-3\n"
    select = "SELECT no AS order_id, paid_at AS ordered_at, amount FROM export WHERE amount NOT LIKE '-%'"
    with pytest.raises(SourceError) as refused:
        shop.orders(csv, f"    {select}\n")
    assert str(refused.value) == (
        "shop.yaml, line 7, orders: 2 lines of export.csv (first: line 3) are in no row and match "
        "no rule: name a rule for them under 'exclude', or all of them by 'dropped'"
    )
    source = shop.orders(csv, f"    select: {select}\n    dropped: money given back\n")
    assert reasons(source) == {("excluded", "money given back"): (2, -500)}
    assert money(source) == (-400, 100, -500, 0)


def test_a_line_that_a_join_multiplies_is_refused(shop):
    shop.write("names.csv", "id,name\n1,a\n1,b\n")
    shop.write("export.csv", "no,paid_at,amount\n1,2026-01-05,1\n")
    shop.declare(
        "time_zone: UTC\nfiles: {export: export.csv, names: names.csv}\ntables:\n"
        "  orders: SELECT no || name AS order_id, paid_at AS ordered_at, amount\n"
        "    FROM export JOIN names ON id = no\n"
    )
    with pytest.raises(SourceError, match="line 2 of export went into 2 rows"):
        shop.connect()


LINES = "no,paid_at,price,pieces\n1,2026-01-05 10:00,0.50,3\n1,2026-01-05 10:01,2.25,1\n2,2026-01-06,1.00,x\n"
FOLDED = (
    "    money: TRY_CAST(price AS DECIMAL(9,2)) * TRY_CAST(pieces AS INT)\n"
    "    select: SELECT no AS order_id, min(paid_at) AS ordered_at, {amount} AS amount\n"
    "      FROM export GROUP BY no\n"
)


def test_lines_folded_into_one_row_are_traced_into_it(shop):
    source = shop.orders(LINES, FOLDED.format(amount="sum(money)"))
    assert account(source) == (3, 2, 0, 1)
    assert money(source) == (375, 375, 0, 0)
    rows = source.orders.execute()
    assert rows["order_id"].tolist() == ["1"]
    assert rows["amount"].tolist() == [375]
    assert rows["ordered_at"].astype(str).tolist() == ["2026-01-05 10:00:00"]


def test_a_row_is_set_aside_whole_when_one_of_its_lines_has_no_readable_money(shop):
    source = shop.orders(
        "no,paid_at,amount\n1,2026-01-05,5\n1,2026-01-05,five\n2,2026-01-05,\n2,2026-01-05,7\n3,2026-01-05,1\n",
        "    money: amount\n"
        "    select: SELECT no AS order_id, min(paid_at) AS ordered_at, sum(money) AS amount\n"
        "      FROM export GROUP BY no\n",
    )
    assert account(source) == (5, 1, 0, 4)
    assert money(source) == (1300, 100, 0, 1200)
    assert reasons(source) == {
        ("quarantined", "not true that the money of each of its lines can be read"): (4, 1200)
    }


def test_an_event_without_money_is_worth_nothing_and_one_that_cannot_be_read_is_set_aside(shop):
    shop.write(
        "export.csv",
        "who,seen_at,paid\nu,2026-01-05 10:00,1.50\nv,2026-01-05 10:00,\nw,2026-01-05 10:00,x\n",
    )
    shop.declare(
        "time_zone: UTC\ncurrency: GBP\nmax_quarantined: 100 %\nfiles: {export: export.csv}\n"
        "tables:\n  events:\n    money: paid\n    select: >\n"
        "      SELECT who AS user_id, 'visit' AS event, seen_at AS occurred_at, money AS value\n"
        "      FROM export GROUP BY ALL\n"
    )
    source = shop.connect()
    assert account(source) == (3, 2, 0, 1)
    assert money(source) == (150, 150, 0, 0)


def test_a_row_that_says_another_sum_than_its_lines_is_refused(shop):
    with pytest.raises(SourceError) as refused:
        shop.orders(LINES, FOLDED.format(amount="max(money)"))
    assert str(refused.value) == (
        "shop.yaml, line 7, orders: the row made from line 2 says 225 minor units, its lines are "
        "worth 375: let 'money' say what a line is worth and sum(money) make the row"
    )


def test_refunds_are_taken_off_what_a_row_is_worth(shop):
    source = shop.orders(
        "no,paid_at,amount\n1,2026-01-05,5\n2,2026-01-06,-3\n",
        "    money: amount\n"
        "    select: >\n      SELECT no AS order_id, paid_at AS ordered_at,\n"
        "      CASE WHEN money > 0 THEN money ELSE 0 END AS amount,\n"
        "      CASE WHEN money < 0 THEN -money ELSE 0 END AS refunded_amount FROM export\n",
    )
    assert money(source) == (200, 200, 0, 0)
    assert source.orders.refunded_amount.sum().execute() == 300


def test_amounts_are_rounded_only_where_the_source_file_says_so(shop):
    csv = "no,paid_at,amount\n1,2026-01-05,0.125\n2,2026-01-05,0.10\n"
    source = shop.orders(csv, PLAIN)
    assert account(source) == (2, 1, 0, 1)
    source = shop.orders(
        csv,
        "    money: round(amount::DECIMAL(9,3), 2)\n"
        "    select: SELECT no AS order_id, paid_at AS ordered_at, money AS amount FROM export\n",
    )
    assert money(source) == (23, 23, 0, 0)
    assert account(source) == (2, 2, 0, 0)


def test_currencies_without_decimals_and_amounts_in_minor_units_stay_as_they_are(shop):
    csv = "no,paid_at,amount\n1,2026-01-05,1200\n"
    yen = shop.orders(csv, PLAIN, head="time_zone: Asia/Tokyo\ncurrency: JPY\n")
    assert yen.orders.amount.execute().tolist() == [1200]
    fen = shop.orders(csv, PLAIN, head="time_zone: Asia/Shanghai\ncurrency: CNY\nmoney: minor\n")
    assert fen.orders.amount.execute().tolist() == [1200]
    yuan = shop.orders(csv, PLAIN, head="time_zone: Asia/Shanghai\ncurrency: CNY\n")
    assert yuan.orders.amount.execute().tolist() == [120000]


def test_a_rule_may_look_things_up_in_another_file(shop):
    shop.write("staff.csv", "id\nu7\n")
    shop.write("export.csv", "no,paid_at,amount,who\n1,2026-01-05,1,u1\n2,2026-01-05,2,u7\n")
    shop.declare(
        "time_zone: UTC\nfiles: {export: export.csv, staff: staff.csv}\ntables:\n  orders:\n"
        "    select: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export AS e\n"
        "    exclude:\n      bought by staff: e.who IN (SELECT id FROM staff)\n"
    )
    assert reasons(shop.connect()) == {("excluded", "bought by staff"): (1, 200)}


@pytest.mark.parametrize(
    "rule", ["amount = (SELECT max(amount) FROM export)", "row_number() OVER (ORDER BY no) = 5"]
)
def test_a_rule_that_looks_at_other_lines_looks_at_all_of_them(shop, monkeypatch, rule):
    monkeypatch.setattr(files, "ROWS", 2)  # lines that are read at a time
    numbers = [1, 2, 3, 4, 5]
    table = pa.table({"no": numbers, "day": [dt.date(2026, 1, 5)] * 5, "amount": numbers})
    pq.write_table(table, shop.home / "export.parquet")
    shop.declare(
        "time_zone: UTC\ncurrency: GBP\nfiles: {export: export.parquet}\ntables:\n  orders:\n"
        "    select: SELECT no AS order_id, day AS ordered_at, amount FROM export\n"
        "    exclude: {the one: RULE}\n".replace("RULE", rule)
    )
    assert reasons(shop.connect()) == {("excluded", "the one"): (1, 500)}


def test_everything_may_be_selected_from_a_file_in_the_contracts_form(shop):
    source = shop.orders(
        "order_id,ordered_at,amount\n1,2026-01-05,1.50\n",
        "    money: amount\n    select: SELECT * FROM export\n",
    )
    assert source.orders.columns == ("order_id", "ordered_at", "amount")
    assert money(source) == (150, 150, 0, 0)


def test_a_row_without_a_month_is_kept_as_well(shop):
    shop.write("export.csv", "id,at\nc1,2026-01-05\nc2,\n")
    shop.declare(
        "time_zone: UTC\nfiles: {export: export.csv}\ntables:\n"
        "  contents: SELECT id AS content_id, at AS published_at FROM export\n"
    )
    source = shop.connect()
    assert sorted(source.contents.content_id.execute()) == ["c1", "c2"]


def test_a_reader_that_loses_lines_is_caught(shop, monkeypatch):
    real = pa.csv.read_csv
    monkeypatch.setattr(pa.csv, "read_csv", lambda *given: real(*given).slice(1))
    with pytest.raises(SourceError) as refused:
        shop.orders("no,paid_at,amount\n1,2026-01-05,1\n2,2026-01-05,2\n", PLAIN)
    assert (
        str(refused.value) == "export.csv: 2 records were counted from line 2 on, but 1 were read"
    )


def test_a_pass_that_loses_rows_refuses_the_import(shop, monkeypatch):
    monkeypatch.setattr(taps, "_count_excluded", lambda *_given: 1)
    with pytest.raises(SourceError) as refused:
        shop.orders("no,paid_at,amount\n1,2026-01-05,1\n", PLAIN)
    assert str(refused.value) == (
        "shop.yaml, line 7, orders: 1 lines of export.csv were read, but 2 are accounted for"
    )


def test_an_account_that_does_not_add_up_refuses_the_import(shop, monkeypatch):
    real = tracing.stage

    def losing_a_cent(*arguments):
        staged = real(*arguments)
        return replace(staged, money=staged.money + 1)

    monkeypatch.setattr(tracing, "stage", losing_a_cent)
    with pytest.raises(SourceError) as refused:
        shop.orders(LINES, FOLDED.format(amount="sum(money)"))
    assert str(refused.value) == (
        "shop.yaml, line 7, orders: export.csv has 3 sound lines worth 376, "
        "but 3 worth 375 are accounted for"
    )


def test_a_row_of_one_line_that_says_another_amount_than_money_is_refused(shop):
    entry = (
        "    money: amount\n    select: SELECT no AS order_id, paid_at AS ordered_at, 7 AS amount "
        "FROM export\n"
    )
    with pytest.raises(SourceError) as refused:
        shop.orders("no,paid_at,amount\n1,2026-01-05,1\n", entry)
    assert str(refused.value) == (
        "shop.yaml, line 7, orders: the row made from line 2 says another amount than 'money', which "
        "says 100 minor units: let 'money' say what a line is worth"
    )


def test_several_files_make_one_table_and_each_is_accounted_for(shop):
    shop.write("visits.csv", "who,at\nu1,2026-01-05 10:00\nu2,2026-01-05 11:00\n")
    shop.write("sales.csv", "who,at,worth\nu1,2026-01-06 10:00,9.99\n,2026-01-06 11:00,1.00\n")
    shop.declare(
        "time_zone: UTC\ncurrency: CNY\nmax_quarantined: 100 %\nfiles: {visits: visits.csv, sales: sales.csv}\n"
        "tables:\n  events:\n"
        "    - SELECT who AS user_id, 'visit' AS event, at AS occurred_at FROM visits\n"
        "    - SELECT who AS user_id, 'purchase' AS event, at AS occurred_at, worth AS value FROM sales\n"
    )
    source = shop.connect()
    found = source.account[["file", "lines", "kept", "quarantined", "money"]]
    assert found.fillna(-1).to_numpy().tolist() == [
        ["visits.csv", 2, 2, 0, -1],
        ["sales.csv", 2, 1, 1, 1099],
    ]
    rows = source.events.order_by("occurred_at").execute()
    assert rows["event"].tolist() == ["visit", "visit", "purchase"]
    assert rows["value"].fillna(-1).tolist() == [-1, -1, 999]


def test_lines_of_several_files_are_set_aside_under_their_own_names(shop):
    shop.write("visits.csv", "who,seen\nu1,2026-01-05 10:00\n,2026-01-05 11:00\n")
    shop.write("sales.csv", "who,seen\nu1,2026-01-06 10:00\nu2,2026-01-06 11:00\nu3,never\n")
    shop.declare(
        "time_zone: UTC\nmax_quarantined: 100 %\nfiles: {visits: visits.csv, sales: sales.csv}\ntables:\n  events:\n"
        "    - SELECT who AS user_id, 'visit' AS event, seen AS occurred_at FROM visits\n"
        "    - SELECT who AS user_id, 'purchase' AS event, seen AS occurred_at FROM sales\n"
    )
    source = shop.connect()
    found = pd.read_parquet(source.folder / "quarantine" / "events.parquet")
    assert found[["file", "line"]].to_numpy().tolist() == [["sales.csv", 4], ["visits.csv", 3]]
    assert [list(reasons) for reasons in found["reasons"]] == [
        ["not true that occurred_at is an instant that exists"],
        ["not true that user_id is there"],
    ]


def test_a_check_that_comes_to_null_is_broken(shop, monkeypatch):
    at_least_one = Check("quantity is at least one", ("quantity",), lambda t: t.quantity >= 1)
    monkeypatch.setitem(TABLES, "orders", replace(TABLES["orders"], rules=(at_least_one,)))
    source = shop.orders(
        "no,paid_at,amount,pieces\n1,2026-01-05,1,2\n2,2026-01-05,1,\n3,2026-01-05,1,0\n",
        "    SELECT no AS order_id, paid_at AS ordered_at, amount, pieces AS quantity FROM export\n",
    )
    assert reasons(source) == {("quarantined", "not true that quantity is at least one"): (2, 200)}


def test_one_file_may_fill_a_table_twice_and_is_accounted_for_each_time(shop):
    shop.write("export.csv", "who,seen,bought\nu1,2026-01-05 10:00,2026-01-05 10:09\n")
    shop.declare(
        "time_zone: UTC\nfiles: {export: export.csv}\ntables:\n  events:\n"
        "    - SELECT who AS user_id, 'visit' AS event, seen AS occurred_at FROM export\n"
        "    - SELECT who AS user_id, 'purchase' AS event, bought AS occurred_at FROM export\n"
    )
    source = shop.connect()
    assert source.account["file"].tolist() == ["export.csv", "export.csv (2)"]
    assert source.events.count().execute() == 2


def test_rows_that_wait_on_disk_are_told_like_those_in_memory(shop, monkeypatch):
    entry = "    SELECT no AS order_id, paid_at AS ordered_at, amount FROM {file}\n"
    shop.write("a.csv", "no,paid_at,amount\n1,2026-01-05,1\n2,2026-02-05,2\n2,2026-02-05,3\n")
    shop.write("b.csv", "no,paid_at,amount\n3,2026-03-05,4\n1,2026-01-05,1\n4,2026-03-05,x\n")
    shop.declare(
        "time_zone: UTC\nmax_quarantined: 100 %\nfiles: {a: a.csv, b: b.csv}\ntables:\n  orders:\n"
        + "".join(entry.format(file=file).replace("    S", "    - S") for file in "ab")
    )
    told = []
    for held in (waiting._HELD, 100, 0):  # all of them in memory, some and none
        monkeypatch.setattr(waiting, "_HELD", held)
        monkeypatch.setenv("WORKBENCH_CACHE", str(shop.home / f"cache-{held}"))
        source = shop.connect()
        told.append((source.orders.order_by("order_id").execute().to_dict(), reasons(source)))
    assert told[0][0]["order_id"] == {0: "1", 1: "3"}
    assert told[1:] == told[:1] * 2


@pytest.mark.parametrize(
    ("select", "message"),
    [
        (
            "SELECT no AS order_id FROM export",
            "the SELECT gives no 'ordered_at', which orders must have",
        ),
        (
            "SELECT no AS order_id, paid_at AS ordered_at, amount AS amuont FROM export",
            "unknown column of orders 'amuont', did you mean 'amount'?",
        ),
        ("SELECT no AS order_id FROM exprot", "unknown file 'exprot', did you mean 'export'?"),
        ("SELECT DISTINCT no AS order_id FROM export", "use GROUP BY or 'exclude', not DISTINCT"),
        ("SELECT no AS order_id FROM read_csv('/etc/passwd')", "is no file that 'files' declares"),
        ("SELECT no AS order_id FROM '/etc/passwd'", "unknown file '/etc/passwd'"),
        ("SELEC no FROM export", "not valid SQL"),
        ("SELECT nope AS order_id FROM export", "nope"),
        ("SELECT 1; SELECT 2", "must be one SELECT, got 2 statements"),
        (
            "SELECT no AS order_id FROM (SELECT * FROM export)",
            "must read FROM a file that 'files' declares itself",
        ),
    ],
)
def test_a_wrong_select_is_named_in_one_line(shop, select, message):
    with pytest.raises(SourceError) as refused:
        shop.orders("no,paid_at,amount\n1,2026-01-05,1\n", f'    "{select}"\n')
    assert message in str(refused.value)
    assert str(refused.value).startswith("shop.yaml, line 7, orders: ")
    assert "\n" not in str(refused.value)
