# ruff: noqa: RUF001 - as platforms write
"""Exports that are odd in one way each: read to what a hand counts, or named with what to write."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "sources"))
from workbooks import workbook

from workbench import cli, sources
from workbench.kit.engine import frame

HEAD = "order_no,paid_at,amount,buyer"
SHEET = ["订单号", "下单时间", "客户", "金额"]
DAYS = [f"2026-03-{day:02} 10:00:00" for day in range(2, 26)]
MANY = [f"B{n},{at},{10 + n}.00,u{n % 7}" for n, at in enumerate(DAYS)]  # 24 orders worth 516.00


def lines(*rows, head=HEAD):
    return "\n".join([head, *rows]) + "\n"


# Files; orders, money, users; what the source file has to say of it.
READ = {
    "a sheet for each month": (
        {
            "2026.xlsx": workbook(
                {
                    "三月": [SHEET, ["A1", "2026-03-02 10:00:00", "刘", 30]],
                    "四月": [SHEET, ["A2", "2026-04-02 10:00:00", "王", 40.5]],
                    "汇总": [["月份", "金额"], ["三月", 30], ["四月", 40.5]],
                    "Sheet4": [],
                }
            )
        },
        (2, 7050, 2),
        ('sheet: "四月"', "no rows stand in the sheets Sheet4", "2026.xlsx: 汇总 is not read"),
    ),
    "ids in a spreadsheet's marks without quotes": (
        {"o.csv": lines(*(f'="{n}",{at},{n}.00,="00{n % 2}"' for n, at in enumerate(DAYS[:3], 1)))},
        (3, 600, 2),
        ('regexp_replace(buyer, \'^="(.*)"$\'',),
    ),
    "ids behind an apostrophe": (
        {"o.csv": lines(*(f"{n},{at},1.00,'00{n % 2}" for n, at in enumerate(DAYS[:3])))},
        (3, 300, 2),
        ("ltrim(buyer, '''')",),
    ),
    "amounts in ten thousands among others": (
        {"o.csv": lines(f"1,{DAYS[0]},1.2万,a", f'2,{DAYS[1]},"9,800",b', f"3,{DAYS[2]},1.05万元,a")},
        (3, 3_230_000, 2),
        ("2 amounts of amount are in ten thousands, such as 1.2万, and likely rounded",),
    ),
    "a column in ten thousands": (
        {"o.csv": lines(f"1,{DAYS[0]},1.2,a", f"2,{DAYS[1]},0.03505,b", head="订单号,付款时间,实付金额(万元),买家")},
        (2, 1_235_050, 2),
        ("money: 万元",),
    ),
    "one sign in two widths, and none": (
        {"o.csv": lines(f'1,{DAYS[0]},"¥1,234.50",a', f"2,{DAYS[1]},￥20,b", f"3,{DAYS[2]},5元,b")},
        (3, 125_950, 2),
        ('amounts: "¥1,234.50元"',),
    ),
    "years of two figures": (
        {"o.csv": lines("1,26/3/2,1.00,a", "2,26/3/14,2.00,b", "3,26/3/20,3.00,a")},
        (3, 600, 2),
        ('instants: "%y/%m/%d"',),
    ),
    "instants in several forms": (
        {"o.csv": lines(f"1,{DAYS[0]},1.00,a", "2,2026/3/14 11:00,2.00,b", "3,2026年3月20日 12:00,3.00,a",
                        "4,20-Mar-26 12:00,3.00,a")},
        (4, 900, 2),
        ('instants: [iso, "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M", "%d-%b-%y %H:%M"]',),
    ),
    "a spreadsheet's days as text": (
        {"o.csv": lines("1,46083.4166667,1.00,a", "2,46084.5,2.00,b")},
        (2, 300, 2),
        ('instants: "spreadsheet days"',),
    ),
    "a page's sum with a day": (
        {"o.csv": lines(*MANY, "本页小计,2026-03-31 00:00:00,516.00,-")},
        (24, 51_600, 7),
        ("sums of other lines",),
    ),
    "a note below a workbook's rows": (
        {"o.xlsx": workbook({"S": [["报表", None, None, None], SHEET, ["X1", "2026/3/2 10:00", "刘", "30元"],
                                   ["X2", "2026/3/14 10:00", "陈", "1,030元"], ["制表人：王", None, None, None]]})},
        (2, 106_000, 2),
        ('"below the table"', 'amounts: "1,234.50元"'),
    ),
    "days that are merged over several orders": (
        {"o.xlsx": workbook({"S": [["日期", "客户", "商品", "金额", "单号"], ["2026-03-02", "刘", "茶", 30, "X1"],
                                   [None, None, "杯", 12.5, None], [None, "陈", "茶", 30, "X2"]]})},
        (2, 7_250, 2),
        ('fill_down: [["日期"], ["客户", "单号"]]',),
    ),
    "refunds below zero in a file of their own": (
        {"o.csv": lines(*MANY), "r.csv": "order_no,refund_amount\nB1,-5.00\nB2,-12.00\n"},
        (24, 51_600, 7, 1_700),
        ("-CAST(refund_amount AS DECIMAL(18,4)) AS refunded_amount",),
    ),
    "currencies by their Chinese names": (
        {"o.csv": lines(*(f"{row},{'人民币' if n % 2 else '港币'}" for n, row in enumerate(MANY)), head=HEAD + ",币种")},
        (12, 25_200, 7),
        ("currency: HKD", "币种 names several currencies (港币 12, 人民币 12)"),
    ),
    "prices in ten thousands, and pieces": (
        {"o.csv": lines(f"1,{DAYS[0]},0.50001,3,a", f"2,{DAYS[1]},0.2,1,b", head="订单号,付款时间,单价(万元),数量,买家")},
        (2, 1_700_030, 2),
        ("money: 万元", "AS DECIMAL(18,8)"),
    ),
    "whole days of a spreadsheet, called an instant": (
        {"o.xlsx": workbook({"S": [SHEET, ["X1", 46083, "刘", 30], ["X2", 46095, "陈", 20]]})},
        (2, 5_000, 2),
        ('instants: "spreadsheet days"',),
    ),
    "a column that says what came back, which nothing reads": (
        {"o.csv": lines(*(f"{row},{'是' if n % 2 else '否'}" for n, row in enumerate(MANY)), head=HEAD + ",是否退款")},
        (24, 51_600, 7),
        ("是否退款 says 否 12, 是 12, and nothing reads it",),
    ),
    "a currency in the header": (
        {"o.csv": lines(*MANY, head="order_no,paid_at,amount (USD),buyer")},
        (24, 51_600, 7),
        ("currency: USD",),
    ),
    "an export appended to itself, header and all, with a tab at every end": (
        {"all.csv": (lines(*(f"{row}\t" for row in MANY[:4])) + lines(*(f"{row}\t" for row in MANY[1:6])))
            .replace(",1", ",１")},
        (6, 7_500, 6),
        ("the header again", "3 lines stand in the file already, below other orders (line 7 is line 3)", "FROM all_2"),
    ),
    "sums of other lines that say nothing else": (
        {"o.csv": lines(*MANY[:3], f",{DAYS[2]},33.00,", *MANY[3:5], f",{DAYS[4]},27.00,", f",{DAYS[4]},60.00,")},
        (5, 6_000, 5),
        ("lines of no order that are worth what those above them are", "order_no IS NULL AND buyer IS NULL"),
    ),
    "a line below the header that says what its columns mean": (
        {"o.csv": lines("The order's number,When it was paid,In all,Who bought", f"1,{DAYS[0]},3.00 USD,a",
                        f"1,{DAYS[0]},4.00 USD,a", f"2,{DAYS[1]},5.50 USD,b")},
        (2, 1_250, 2),
        ("the header again", "currency: USD"),
    ),
    "refunds that have numbers of their own": (
        {"o.csv": lines(*(f"{row}," for row in MANY[:3]), f"R1,{DAYS[5]},-2.50,shop,B1", f"W1,{DAYS[6]},-30.00,shop,",
                        head=HEAD + ",Original Order")},
        (3, 3_300, 3, 250),
        ("lines below zero give money back of the order that Original Order names", "below zero, and of no order"),
    ),
    "refunds below zero without a word of their orders": (
        {"o.csv": lines(*MANY, f"R1,{DAYS[5]},-2.50,u1")},
        (25, 51_600, 7, 250),
        ("a line below zero has a number of its own, R1: of which order",),
    ),
    "a file of refunds whose amounts are called so": (
        {"o.csv": lines(*MANY), "refunds.csv": "Refund ID,order_no,Amount,Date\n1,B1,-5.00,2026-03-20\n2,B1,-1.25,2026-03-21\n"},
        (24, 51_600, 7, 625),
        ("-sum(CAST(Amount AS DECIMAL(18,4)))",),
    ),
    "a hidden sheet, and a header in two languages": (
        {"o.xlsx": workbook({"订单": [SHEET, ["Order No", "Order Time", "Customer", "Amount"], ["X1", DAYS[0], "刘", 30]],
                             "旧": [SHEET, ["X1", DAYS[0], "刘", 31]]}, hidden=("旧",))},
        (1, 3_000, 1),
        ("the sheets 旧 are hidden, and not read", "header_line: 2", 'sheet: "订单"'),
    ),
    "a second currency under another name, and orders that were never paid for": (
        {"o.csv": lines(*(f"{row},{'USD' if n < 2 else 'CNY'},Completed" for n, row in enumerate(MANY)),
                        f"C1,{DAYS[0]},,u1,CNY,Cancelled", head=HEAD + ",Presentment Currency,Order Status")},
        (23, 49_500, 7),
        ("names several currencies (CNY 23, USD 2)", "coalesce(amount, '0') AS amount"),
    ),
    "traditional characters, in Big5, and words for no refund": (
        {"o.csv": f"訂單編號,下單時間,會員編號,訂單金額,退款金額\n1,{DAYS[0]},甲,30.00,無\n2,{DAYS[1]},乙,20.00,5.00\n".encode("big5")},
        (2, 5_000, 2, 500),
        ("encoding: big5", "nullif(\"退款金額\", '無')"),
    ),
    "two shops that number their orders alike": (
        {"a.csv": lines(*MANY), "b.csv": lines(*(row.replace("2026-03", "2026-05") for row in MANY))},
        (48, 103_200, 7),
        ("24 numbers stand in a.csv and in b.csv, for orders of other days", "'b ' || order_no AS order_id"),
    ),
    "discounts that are lines of an order": (
        {"o.csv": lines(*(f"{row},cup" for row in MANY[:3]), f"B1,{DAYS[1]},-2.50,u1,Coupon SPRING",
                        head=HEAD + ",item name")},
        (3, 3_050, 3),
        ("lines below zero are discounts, by their names",),
    ),
    "German, as Windows writes it": (
        {"b.csv": "Bestellnummer;Bestelldatum;Käufer;Gesamtbetrag;Status\nB1;02.03.2026 14:05;Jäger;1.030,50 €;bezahlt\n"
                  "B2;14.03.2026 09:00;Özil;20,00 €;storniert\n".encode("cp1252")},
        (2, 105_050, 2),
        ("encoding: windows-1252", 'amounts: "1.234,50€"', 'instants: "%d.%m.%Y %H:%M"'),
    ),
}  # fmt: skip
# Files; what is told.
NAMED = {
    "signs of two currencies": (
        {"o.csv": lines(*(row.replace(",1", f",{'$' if n % 2 else '¥'}1", 1) for n, row in enumerate(MANY[:10])))},
        "amounts of several currencies (CNY 5, USD 5): only those in CNY are read",
    ),
    "seconds and milliseconds in one column": (
        {"l.csv": "uid,event,ts\na,see,1772438400\nb,see,1772442000000\n"},
        "ts is called like an instant, but says 1772438400, 1772442000000: can it be exported as 2026-03-02 14:05:00?",
    ),
    "a language that is not known": (
        {"o.csv": "Numer;Data;Kwota\n1;02.03.2026;5,00\n2;14.03.2026;6,00\n"},
        "The columns of o.csv are Numer, Data, Kwota",
    ),
    "a workbook called a text": (
        {"o.csv": workbook({"S": [SHEET]})}, "o.csv: it is a workbook, whatever its name says: rename it to .xlsx",
    ),
    "a web page called a workbook": (
        {"o.xls": "<html><table><tr><td>1</td></tr></table></html>"}, "o.xls: cannot be read as Excel: it is a web page, whatever its name says",
    ),
    "a text called a workbook": (
        {"o.xlsx": lines(*MANY)}, "o.xlsx: cannot be read as Excel: it is a text, whatever its name says: rename it to .csv",
    ),
    "a header that is longer than all lines": (
        {"o.csv": f"{HEAD},note\n{MANY[0]}\n"},
        "its header has 5 fields, but no line below it has so many: line 2 has 4",
    ),
}  # fmt: skip


def save(project, files):
    for name, content in files.items():
        target = project / "data" / name
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


def proposed(project):
    text = (project / "parameters/sources/shop.yaml").read_text(encoding="utf-8")
    return " ".join(text.replace("#", " ").split())


@pytest.mark.parametrize("kind", READ)
def test_what_can_be_read_comes_to_what_a_hand_counts(project, kind, capsys):
    files, counted, told = READ[kind]
    save(project, files)
    assert cli.main(["new-source", "shop", "data", "--yes"]) == 0, capsys.readouterr().err
    shop = sources.connect("shop")
    orders = frame(shop.tables["orders"])
    back = orders["refunded_amount"].sum() if "refunded_amount" in orders else 0
    found = (len(orders), orders["amount"].sum(), orders["user_id"].nunique(), back)
    assert found == (*counted, 0)[:4]
    assert shop.account["quarantined"].sum() == 0
    assert [sentence for sentence in told if sentence not in proposed(project)] == []


# Files; orders that are kept and their money, and why the others are set aside.
ASIDE = {
    "an order that stands twice": (
        {"o.csv": lines(*MANY, MANY[3])}, (24, 51_600), "not true that order_id stands once",
    ),
    "a last line that was cut": (
        {"o.csv": lines(*MANY)[:-6]}, (23, 48_300), "not true that the line has 4 fields, as the header has",
    ),
    "an amount in brackets": (
        {"o.csv": lines(*MANY, f"C1,{DAYS[0]},(5.00),u1")}, (24, 51_600),
        "not true that amount is money without fractions of its smallest unit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ASIDE)
def test_what_is_damaged_is_set_aside_and_told(project, kind, capsys):
    files, counted, told = ASIDE[kind]
    save(project, files)
    assert cli.main(["new-source", "shop", "data", "--yes"]) == 0
    said = capsys.readouterr().out
    assert told in said
    assert "declare the file's amounts" not in said
    shop = sources.connect("shop")
    assert (shop.facts["orders"].rows, shop.account["money_kept"].sum()) == counted


@pytest.mark.parametrize("kind", NAMED)
def test_what_cannot_be_read_is_named_and_nothing_is_summed(project, kind, capsys):
    files, told = NAMED[kind]
    save(project, files)
    assert cli.main(["new-source", "shop", "data", "--yes"]) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    text = proposed(project) if (project / "parameters/sources/shop.yaml").exists() else said
    assert told in text
