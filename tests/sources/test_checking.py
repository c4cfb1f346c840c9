"""`workbench check` accounts for every line and says what can run."""

import csv
import io
import json
from types import ModuleType

import pytest

from workbench import cli, sources
from workbench.errors import SourceError
from workbench.sources.checking import record, report
from workbench.sources.connecting import inspect


def analysis(name, needs, uses=None, instead=None):
    module = ModuleType(f"workbench.analyses.{name}")
    module.NEEDS = needs
    if uses:
        module.USES = uses
    if instead:
        module.NEEDS_INSTEAD = instead
    return module


def test_the_report_accounts_for_lines_money_and_reasons(shop):
    shop.orders(
        "no,paid_at,amount,kind\n"
        "1,2026-07-06 00:30,10.50,sale\n"
        "2,2026-01-05 11:00,3.00,test\n"
        "3,2026-01-05 12:00,-1.00,sale\n",
        "    select: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n"
        "    exclude:\n      a test order: kind = 'test'\n",
    )
    lines = [" ".join(line.split()) for line in report(inspect("shop")).splitlines()]
    assert lines[:2] == [
        "source shop, time zone Europe/London, currency GBP",
        "events and orders from 2026-07-06 00:30:00 to 2026-07-06 00:30:00",
    ]
    assert "orders: 1 rows, 2026-07-06 00:30:00 to 2026-07-06 00:30:00" in lines
    start = lines.index("export.csv")
    assert lines[start + 1 : start + 8] == [
        "3 £12.50 lines",
        "1 £10.50 kept",
        "1 £3.00 excluded by rule",
        "1 £3.00 a test order",
        "1 −£1.00 quarantined",
        "1 −£1.00 not true that amount is not negative",
        'line 4: amount = "-1.00" in {"no": "3", "paid_at": "2026-01-05 12:00", "amount": "-1.00", "kind": "sale"}',
    ]


def test_columns_that_are_not_read_are_named_with_the_one_that_may_be_meant(shop):
    folder = shop.home / "exports"
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,ordered_at,amount,dicount,x\n1,2026-01-05,1,0,0\n")
    text = report(inspect(str(folder)))
    assert "columns not read: dicount (is it discount?), x" in text
    assert "columns not given: user_id, discount, coupon_id" in text
    assert "lines, all kept" in text


def test_each_notebook_says_whether_it_can_run(shop):
    shop.orders(
        "no,paid_at,amount\n1,2026-01-05,1\n",
        "    SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n",
    )
    orders = {"orders": ("order_id", "amount")}
    text = report(
        inspect("shop"),
        {
            "tiers": [analysis("tiers", orders)],
            "worth": [
                analysis("worth", orders, uses={"orders": ("user_id",), "spend": ("amount",)})
            ],
            "funnel": [analysis("funnel", {"events": ("event",)}, instead=orders)],
            "risk": [analysis("risk", {"events": ("event",), "orders": ("user_id",)})],
            "lifecycle": [  # a section of the page will say what it lacks
                analysis("cohorts", orders),
                analysis("super_users", {"identities": ("user_id",)}),
            ],
        },
    )
    assert text.splitlines()[-6:] == [
        "analyses",
        "  tiers: can run in full",
        "  worth: can run; it would tell more with orders.user_id, spend",
        "  funnel: can run on orders alone; in full it needs events",
        "  risk: cannot run, it needs events, orders.user_id",
        "  lifecycle: can run; it would tell more with identities",
    ]


DIRTY = (
    "no,paid_at,amount,who\n"
    + "".join(f"{i},2026-01-05 10:00,1,u{i}\n" for i in range(100, 195))
    + '1,soon,1,u\n2,2026-01-05,five,"=1+1"\n3,never,-2,u\n4,later,1,u\n5,then,1,u\n6,2026\n'
)
ENTRY = "    SELECT no AS order_id, paid_at AS ordered_at, amount, who AS user_id FROM export\n"
INSTANT = "not true that ordered_at is an instant that exists"


def declared(shop, limit):
    shop.write("export.csv", DIRTY)
    shop.declare(
        f"time_zone: UTC\ncurrency: CNY\nmax_quarantined: {limit}\n"
        f"files: {{export: export.csv}}\ntables:\n  orders:\n{ENTRY}"
    )


def test_each_reason_shows_three_lines_as_they_stand(shop):
    declared(shop, "10 %")
    lines = [" ".join(line.split()) for line in report(inspect("shop")).splitlines()]
    start = lines.index(f"4 ¥1.00 {INSTANT}")
    assert lines[start + 1 : start + 5] == [
        'line 97: paid_at = "soon" in {"no": "1", "paid_at": "soon", "amount": "1", "who": "u"}',
        'line 99: paid_at = "never" in {"no": "3", "paid_at": "never", "amount": "-2", "who": "u"}',
        'line 100: paid_at = "later" in {"no": "4", "paid_at": "later", "amount": "1", "who": "u"}',
        "1 ¥0.00 not true that amount is money without fractions of its smallest unit",
    ]
    assert 'line 102: {"whole line": "6,2026"}' in lines


def test_a_program_is_told_the_same(shop):
    declared(shop, "10 %")
    found = record(inspect("shop"), {"tiers": [analysis("tiers", {"orders": ("order_id",)})]})
    (table,) = found["tables"]
    assert (found["refused"], table["rows"], table["missing"][:2]) == (
        "",
        95,
        ["discount", "coupon_id"],
    )
    assert table["files"] == [
        {
            "file": "export.csv",
            "lines": 101,
            "kept": 95,
            "excluded": 0,
            "quarantined": 6,
            "money": 9600,
            "money_kept": 9500,
            "money_excluded": 0,
            "money_quarantined": 100,
        }
    ]
    reason = table["reasons"][0]
    assert (reason["reason"], reason["lines"], len(reason["examples"])) == (INSTANT, 4, 3)
    assert reason["examples"][0]["line"] == 97
    assert found["analyses"] == [{"name": "tiers", "runs": "in full", "missing": []}]


def test_a_source_with_too_much_in_quarantine_is_shown_and_refused(shop, capsys):
    declared(shop, "5 %")
    assert cli.main(["check", "shop"]) == 3
    said = capsys.readouterr()
    assert "orders: 95 rows" in said.out
    assert said.err == (
        "workbench: shop: 6 of 101 lines of orders are in quarantine (5.9 %, max_quarantined is 5 %), "
        f"most of them because it is {INSTANT}: see `workbench check`\n"
    )
    with pytest.raises(SourceError, match="^shop: 6 of 101 lines of orders are in quarantine"):
        sources.connect("shop")
    declared(shop, "6 %")
    assert cli.main(["check", "shop", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tables"][0]["rows"] == 95
    assert sources.connect("shop").orders.count().execute() == 95


def test_a_program_is_told_why_a_source_cannot_be_read_at_all(shop, capsys):
    shop.write("export.csv", "no,paid_at\n1,2026-01-05\n")
    shop.declare(
        "time_zone: UTC\ncurrency: CNY\nfiles: {export: export.csv}\n"
        "tables:\n  orders: SELECT no AS order_id, paid_at AS ordered_at FROM export\n"
    )
    assert cli.main(["check", "shop", "--json"]) == 3
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["source"] == "shop"
    assert found["refused"].endswith("the SELECT gives no 'amount', which orders must have")
    assert said.err == f"workbench: {found['refused']}\n"


def test_the_repair_list_has_every_line_and_no_formula(shop, capsys):
    declared(shop, "10 %")
    target = shop.home / "repair.csv"
    assert cli.main(["check", "shop", "--repair-list", str(target)]) == 0
    assert capsys.readouterr().err == f"workbench: 6 lines to mend in {target}\n"
    text = target.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert rows[0] == [
        "table",
        "file",
        "line",
        "reasons",
        "no",
        "paid_at",
        "amount",
        "who",
        "whole line",
    ]
    assert rows[1] == ["orders", "export.csv", "97", INSTANT, "1", "soon", "1", "u", ""]
    assert rows[2][4:8] == ["2", "2026-01-05", "five", "'=1+1"]
    assert rows[3][6] == "-2"
    assert rows[6][-1] == "6,2026"


def test_the_repair_list_never_overwrites_the_export(shop, capsys):
    declared(shop, "10 %")
    target = shop.home / "export.csv"
    assert cli.main(["check", "shop", "--repair-list", str(target)]) == 2
    assert "is a file of the source itself" in capsys.readouterr().err
    assert target.read_text() == DIRTY
