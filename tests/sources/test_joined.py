# ruff: noqa: S608 - SELECTs of a source file, typed out
"""Orders made of lines, with their heads and refunds in files of their own: every line of each counted."""

import csv

import pytest

from workbench import cli
from workbench.errors import SourceError
from workbench.sources.account import Taken

HEAD = "time_zone: Asia/Shanghai\ncurrency: CNY\nmax_quarantined: 50 %\n"
LINES = "no,at,who,price\n1,2026-03-01 10:00,a,10.00\n1,2026-03-01 10:00,a,5.00\n2,2026-03-02 10:00,b,20.00\n3,2026-03-03 10:00,a,8.00\n"
REFUNDED = """\
files: {lines: lines.csv, refunds: refunds.csv}
tables:
  orders:
    from: lines
    money: price
    select: >
      SELECT no AS order_id, min(lines.at) AS ordered_at, sum(money) AS amount, any_value(who) AS user_id,
      any_value(back) AS refunded_amount, any_value(r.at) AS refunded_at
      FROM lines LEFT JOIN refunds r USING (no) GROUP BY no
"""


def opened(shop, refunds):
    shop.write("lines.csv", LINES)
    shop.write("refunds.csv", "no,back,at\n" + refunds)
    shop.declare(HEAD + REFUNDED)
    return shop.connect()


def joined(source):
    names = ["file", "lines", "kept", "excluded", "quarantined"]
    return source.joined[names].to_numpy().tolist()


def test_refunds_in_a_file_of_their_own_are_told_beside_what_was_paid(shop):
    source = opened(shop, "2,20.00,2026-03-05 10:00\n1,4.50,2026-03-05 11:00\n")
    rows = source.orders.order_by("order_id").execute()
    assert rows["amount"].tolist() == [1500, 2000, 800]
    assert rows["refunded_amount"].fillna(0).tolist() == [450, 2000, 0]
    assert source.account[["lines", "kept", "money", "money_kept"]].to_numpy().tolist() == [
        [4, 4, 4300, 4300]
    ]
    assert joined(source) == [["refunds.csv", 2, 2, 0, 0]]
    assert source.facts["orders"].taken == Taken(4300, 2450, is_net=False)
    assert source.facts["orders"].taken.told("CNY") == (
        "Kept orders were paid ¥43.00, ¥24.50 of it was given back, ¥18.50 is left: the account tells "
        "what was paid."
    )


def test_a_refund_of_no_order_and_a_broken_one_cost_their_own_lines(shop, capsys):
    source = opened(shop, "9,1.00,2026-03-05 10:00\nbroken\n2,20.00,2026-03-05 10:00\n")
    assert joined(source) == [["refunds.csv", 3, 1, 1, 1]]
    assert source.unjoined[["outcome", "reason", "lines"]].to_numpy().tolist() == [
        ["excluded", "in no row: no line of lines.csv joins it", 1],
        ["quarantined", "not true that the line has 3 fields, as the header has", 1],
    ]
    assert source.orders.count().execute() == 3
    target = shop.home / "mend.csv"
    assert cli.main(["check", "shop", "--repair-list", str(target)]) == 0
    said = capsys.readouterr().out
    assert 'line 2: {"no": "9", "back": "1.00", "at": "2026-03-05 10:00"}' in said
    rows = list(csv.reader(target.read_text("utf-8-sig").splitlines()))
    assert [row[1:4] for row in rows[1:]] == [
        ["refunds.csv", "3", "not true that the line has 3 fields, as the header has"],
        ["refunds.csv", "2", "in no row: no line of lines.csv joins it"],
    ]


def test_two_refunds_of_one_order_never_double_what_was_paid(shop):
    with pytest.raises(SourceError, match=r"says 3,000 minor units, its lines are worth 1,500"):
        opened(shop, "1,1.00,2026-03-05 10:00\n1,2.00,2026-03-06 10:00\n")


def test_several_refunds_of_an_order_are_folded_first_and_still_counted(shop):
    shop.write("lines.csv", LINES)
    shop.write("refunds.csv", "no,back\n1,1.00\n1,2.50\n2,20.00\n9,5.00\n")
    folded = REFUNDED.replace(
        "any_value(r.at) AS refunded_at", "any_value(times) AS refunds"
    ).replace(
        "LEFT JOIN refunds r",
        "LEFT JOIN (SELECT no, sum(CAST(back AS DECIMAL(18, 2))) AS back, count(*) AS times FROM refunds "
        "GROUP BY no)",
    )
    shop.declare(HEAD + folded)
    source = shop.connect()
    rows = source.orders.order_by("order_id").execute()
    assert rows["refunded_amount"].fillna(0).tolist() == [350, 2000, 0]
    assert source.facts["orders"].taken == Taken(4300, 2350, is_net=False)
    assert joined(source) == [["refunds.csv", 4, 3, 1, 0]]
    # The same beside orders of one line each, whose money is in the account as well.
    shop.write(
        "sales.csv", "order_no,at,paid\n1,2026-03-01 10:00,10.00\n2,2026-03-01 10:00,25.00\n"
    )
    shop.declare(
        f"{HEAD}files: {{sales: sales.csv, refunds: refunds.csv}}\ntables:\n  orders:\n    from: sales\n    select: >\n"
        "      SELECT order_no AS order_id, at AS ordered_at, paid AS amount, given_back AS refunded_amount FROM sales\n"
        "      LEFT JOIN (SELECT no AS of, sum(CAST(back AS DECIMAL(18,2))) AS given_back FROM refunds GROUP BY no)\n"
        "      ON order_no = of\n"
    )
    source = shop.connect()
    assert joined(source) == [["refunds.csv", 4, 3, 1, 0]]
    assert source.account["money"].tolist() == [3500]
    assert source.facts["orders"].taken == Taken(3500, 2350, is_net=False)


def test_refunds_of_the_same_file_are_taken_off_in_the_account(shop):
    shop.write(
        "sales.csv", "no,at,amount,back\n1,2026-03-01 10:00,10.00,4.00\n2,2026-03-01 10:00,5.00,\n"
    )
    shop.declare(
        f"{HEAD}files: {{sales: sales.csv}}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, amount, back AS refunded_amount FROM sales\n"
    )
    source = shop.connect()
    assert source.account["money"].tolist() == [1100]
    assert source.facts["orders"].taken == Taken(1500, 400, is_net=True)


def test_orders_that_an_inner_join_loses_are_counted_with_their_reason(shop):
    shop.write("lines.csv", LINES)
    shop.write("heads.csv", "no,day\n1,2026-03-01\n2,2026-03-02\n3,2026-03-03\n4,2026-03-04\n")
    shop.declare(
        f"{HEAD}files: {{lines: lines.csv, heads: heads.csv}}\ntables:\n  orders:\n    from: lines\n"
        "    money: price\n    select: SELECT no AS order_id, min(at) AS ordered_at, sum(money) AS amount "
        "FROM heads JOIN lines USING (no) GROUP BY no\n"
    )
    source = shop.connect()
    assert joined(source) == [["heads.csv", 4, 3, 1, 0]]
    assert source.account[["lines", "kept"]].to_numpy().tolist() == [[4, 4]]


def test_of_a_dictionary_that_is_looked_up_in_only_a_few_lines_are_shown(shop):
    shop.write("lines.csv", LINES)
    shop.write("names.csv", "who,name\n" + "".join(f"u{n},x\n" for n in range(99)) + "a,Ann\n")
    shop.declare(
        f"{HEAD}files: {{lines: lines.csv, names: names.csv}}\ntables:\n  events:\n    dropped: not named\n"
        "    select: SELECT l.who AS user_id, name AS event, at AS occurred_at FROM lines l JOIN names n "
        "ON n.who = l.who\n"
    )
    source = shop.connect()
    assert joined(source) == [["names.csv", 100, 1, 99, 0]]
    assert source.account[["lines", "kept", "excluded"]].to_numpy().tolist() == [[4, 3, 1]]
    target = shop.home / "mend.csv"
    assert cli.main(["check", "shop", "--repair-list", str(target)]) == 0
    assert len(target.read_text("utf-8-sig").splitlines()) == 1 + 3
