"""Exports with text above the header, without one, with merged cells, and with words below."""

import pytest
from workbooks import workbook

from workbench.errors import SourceError

HEAD = "time_zone: Asia/Shanghai\ncurrency: CNY\nmax_quarantined: 100 %\n"
PAYMENTS = "tables:\n  orders: SELECT no AS order_id, paid_at AS ordered_at, amount, who AS user_id FROM bill\n"
LINES = """tables:
  orders:
    money: amount
    select: >
      SELECT no AS order_id, min(paid_at) AS ordered_at, sum(money) AS amount,
      max(who) AS user_id FROM bill GROUP BY no
"""
BILL = (
    "-------------\n"
    "Shop: a, from 1 to 3 March\n"
    "\n"
    "no  ,paid_at,amount,who,\n"
    "T1\t,2026-03-01 10:00:00 ,10.50  ,小红,\n"
    "T2\t,2026-03-02 10:00:00 ,4.50  ,小明,\n"
    "2 payments, 15.00 in all\n"
    "-------------\n"
)


def declared(shop, content, file, tables=PAYMENTS, name="bill.csv"):
    shop.write(name, content)
    shop.declare(f"{HEAD}files:\n  bill: {{path: {name}, {file}}}\n{tables}")
    return shop.connect()


def told(source):
    account = source.account.iloc[0]
    reasons = {r["reason"]: r["lines"] for r in source.reasons.to_dict("records")}
    whole = account["kept"] + account["excluded"] + account["quarantined"]
    assert whole == account["lines"]
    return account["lines"], account["kept"], account["money"], reasons


def test_text_above_the_header_and_below_the_last_payment_is_left_out_by_name_and_counted(shop):
    source = declared(shop, BILL, "header_line: 4, left_out: {the end: '^-+$|in all$'}")
    assert told(source) == (6, 2, 1500, {"above the header": 2, "the end": 2})
    rows = source.orders.order_by("order_id").execute()
    assert rows["order_id"].tolist() == ["T1", "T2"]
    assert rows["user_id"].tolist() == ["小红", "小明"]
    assert source.notes == (
        "bill.csv: 2 values of order_id have blanks, tabs or signs without width at their ends, "
        "which are taken off",
    )


def test_text_above_the_header_of_a_sheet_is_left_out_and_counted(shop):
    rows = [["Payments of March"], ["Shop: a"], [], ["no", "paid_at", "amount", "who"]]
    rows += [["T1", "2026-03-01 10:00:00", 10.5, "a"], ["T2", "2026-03-02 10:00:00", 4.5, "b"]]
    sheet = workbook({"bill": [[*row, *[None] * (4 - len(row))] for row in rows]})
    source = declared(shop, sheet, "header_line: 4", name="bill.xlsx")
    assert told(source) == (4, 2, 1500, {"above the header": 2})
    with pytest.raises(
        SourceError,
        match=r"^bill.xlsx, line 1: does not look like the header, line 4 does: if it is, declare header_line: 4$",
    ):
        declared(shop, sheet, "sheet: bill", name="bill.xlsx")


def test_a_file_without_a_header_loses_no_line_once_its_columns_are_named(shop):
    log = "7,2026-03-01 10:00,1.00,a\n8,2026-03-01 11:00,2.00,b\n9,2026-03-01 12:00,4.00,c\n"
    source = declared(shop, log, "columns: [no, paid_at, amount, who]")
    assert told(source) == (3, 3, 700, {})
    assert source.notes == ()
    unnamed = 'tables:\n  orders: SELECT "7" AS order_id, "2026-03-01 10:00" AS ordered_at, "1.00" AS amount FROM bill\n'
    source = declared(shop, log, "delimiter: ','", unnamed)
    assert told(source)[0] == 2
    assert source.notes == (
        "bill.csv: 7, 2026-03-01 10:00, 1.00 among the names of its columns: if its first line is "
        "no header, and in no account so, declare columns: [column_1, column_2, column_3, column_4]",
    )


def test_declared_columns_take_the_place_of_a_header_that_is_no_use(shop):
    twice = "no,time,money,money\nT1,2026-03-01 10:00,9.00,a\n"
    with pytest.raises(
        SourceError,
        match=r"column 'money' stands twice: name them all as 'columns', beside header_line: 1 if",
    ):
        declared(shop, twice, "encoding: utf-8")
    source = declared(shop, twice, "header_line: 1, columns: [no, paid_at, amount, who]")
    assert told(source) == (1, 1, 900, {})


MERGED = [
    ["no", "paid_at", "who", "item", "amount"],
    ["1", "2026-03-01 10:00:00", "a", "pen", 1],
    [None, None, None, "ink", 2],
    ["2", "2026-03-01 11:00:00", None, "pen", 4],
    [None, None, None, "cap", 8],
    ["3", "2026-03-01 12:00:00", "b", "ink", 16],
]


def test_merged_cells_hold_for_the_lines_below_and_a_guest_stays_a_guest(shop):
    sheet = workbook({"bill": MERGED})
    source = declared(shop, sheet, "fill_down: [no, paid_at, who]", LINES, "bill.xlsx")
    assert told(source) == (5, 5, 3100, {})
    rows = source.orders.order_by("order_id").execute()
    assert rows["amount"].tolist() == [300, 1200, 1600]
    assert rows["user_id"].fillna("").tolist() == ["a", "", "b"]


def test_nothing_is_filled_past_a_line_that_cannot_be_read(shop):
    text = "\n".join(",".join("" if v is None else str(v) for v in row) for row in MERGED) + "\n"
    text = text.replace("2,2026-03-01 11:00:00,,pen,4", "2,2026-03-01 11:00:00,pen,4")
    source = declared(shop, text, "fill_down: [no, paid_at, who]", LINES)
    assert told(source)[:2] == (5, 3)
    assert source.orders.amount.sum().execute() == 300 + 1600


def test_a_fill_goes_on_from_one_table_of_a_stream_to_the_next(shop):
    body = "".join(f"{n},2026-03-01 10:00,a,,1\n" + ",,,x,1\n" * 3 for n in range(20_000))
    source = declared(
        shop, "no,paid_at,who,item,amount\n" + body, "fill_down: [no, paid_at, who]", LINES
    )
    assert source.orders.count().execute() == 20_000
    assert source.orders.amount.min().execute() == source.orders.amount.max().execute() == 400


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("header_line: 0", "header_line == '0', must be a line's number: 1, 2, …"),
        ("header_line: 99", "header_line == 99, must be 1..8, the lines that the file has"),
        ("header_line: 3", "header_line == 3, but that line is blank"),
        ("columns: [a, b]", "columns names 2, but line 1 has 1 fields"),
        ("columns: [a, A]", "columns: a name stands twice in a, A"),
        ("header_line: 4, fill_down: [amont]", "unknown column of bill.csv in fill_down 'amont', did you mean 'amount'?"),
        ("left_out: {end: '['}", "left_out: '[' is no pattern"),
        ("header_lines: 4", "unknown key of file 'bill' 'header_lines', did you mean 'header_line'?"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_a_file_is_refused_in_one_line(shop, file, message):
    with pytest.raises(SourceError) as refused:
        declared(shop, BILL, file)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_key_for_lines_is_refused_for_a_file_that_has_none(shop):
    with pytest.raises(SourceError, match=r"header_line is for .csv, .*, not for 'bill.jsonl'$"):
        declared(shop, "{}\n", "header_line: 2", name="bill.jsonl")
