# ruff: noqa: S608 - SELECTs of a source file, typed out
"""What is to be declared for lines that could not be read is told beside their reason."""

import shlex
import subprocess
import sys

import pytest

from workbench.analyses import funnel, invitations
from workbench.errors import SourceError
from workbench.sources.checking import report
from workbench.sources.connecting import inspect
from workbench.sources.hints import amount_of, hint, pattern_of


@pytest.mark.parametrize(
    ("texts", "patterns"),
    [
        (["2026/8/3 下午 10:14", "2026/8/4 上午 3:51"], ["%Y/%m/%d %p %I:%M"]),
        (["2026年8月3日 22:14:05"], ["%Y年%m月%d日 %H:%M:%S"]),
        (["13/08/2026 22:14", "03/08/2026 22:14"], ["%d/%m/%Y %H:%M"]),
        (["08/13/2026"], ["%m/%d/%Y"]),
        (["03/08/2026"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["3 Aug 2026 10:14 PM"], ["%d %b %Y %I:%M %p"]),
        (["August 3, 2026 10:14 pm"], ["%B %d, %Y %I:%M %p"]),
        (["20260803 221405"], []),
        (["20260803"], ["%Y%m%d"]),
        (["20260803221405"], ["%Y%m%d%H%M%S"]),
        (["2026-8-3 22:14"], ["%Y-%m-%d %H:%M"]),
        (["2026/08/03T22:14:05.123+0800"], ["%Y/%m/%dT%H:%M:%S.%f%z"]),
        (["1785766440"], ["epoch seconds"]),
        (["1785766440000"], ["epoch milliseconds"]),
        (["46237.926388"], ["spreadsheet days"]),
        (["2026-02-30 10:00"], []),
        (["soon"], []),
        (["2026/8/3", "3 Aug 2026"], []),
        ([], []),
    ],
)
def test_a_format_is_told_by_how_instants_are_written(texts, patterns):
    assert list(pattern_of(texts)) == patterns


def test_a_day_or_a_month_first_is_not_guessed():
    reason = "not true that ordered_at is an instant that exists"
    assert hint(reason, [{"at": "03/08/2026"}], []) == (
        'looks like "%d/%m/%Y" or like "%m/%d/%Y": declare the file\'s instants, once you know which'
    )


def test_check_shows_the_value_in_question_and_what_to_declare(shop):
    rows = ["1,2026/1/5 下午 10:00,1.00", "2,2026-01-05 10:00,2.00", ",,4.00"]
    shop.write("sales.csv", "no,at,amount\n" + "\n".join(rows) + "\n")
    shop.declare(
        "time_zone: UTC\ncurrency: CNY\nfiles: {sales: sales.csv}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, amount FROM sales\n"
    )
    lines = [line.strip() for line in report(inspect("shop")).splitlines()]
    start = next(n for n, line in enumerate(lines) if line.endswith("an instant that exists"))
    assert lines[start + 1 : start + 3] == [
        'line 2: at = "2026/1/5 下午 10:00" in {"no": "1", "at": "2026/1/5 下午 10:00", "amount": "1.00"}',
        'not in the declared format, or none is declared; looks like "%Y/%m/%d %p %I:%M": declare the '
        'file\'s instants: "%Y/%m/%d %p %I:%M"',
    ]
    told = (
        "if what stands above holds for these lines (merged cells, fields of a first line only), "
    )
    assert f"{told}declare the file's fill_down: [no, at]" in lines


VISITS = "who,what,at\n" + "".join(
    f"u{n},{what},2026-0{month}-01 10:00\n"
    for n, what in enumerate(["pay", *["open"] * 3, *["put in"] * 2])
    for month in (3, 4)
)


def visits(shop, more=""):
    shop.write("log.csv", VISITS)
    shop.declare(
        f"time_zone: UTC\n{more}files: {{log: log.csv}}\ntables:\n"
        "  events: SELECT who AS user_id, what AS event, at AS occurred_at FROM log\n"
    )
    return [
        line
        for line in report(
            inspect("shop"), {"funnel": [funnel], "invites": [invitations]}
        ).splitlines()
        if "funnel:" in line or "invites:" in line
    ]


def test_a_source_without_steps_is_told_which_line_to_add(shop):
    assert visits(shop)[:1] == [
        "  funnel: cannot run before the source names its steps in their order, of its most frequent "
        'events: steps: [open, "put in", pay]'
    ]
    assert visits(shop, 'steps: [open, "put in", pay]\n')[1].startswith("  funnel: can run")
    assert visits(shop, "steps: [open, payy]\n")[1] == (
        "  funnel: cannot run, the source's steps have an unknown event 'payy', did you mean 'pay'?"
    )


def test_events_without_which_an_analysis_has_no_answer_are_named(shop):
    assert (
        visits(shop)[-1]
        == "  invites: cannot run, it needs the events share, open_invitation, register"
    )


@pytest.mark.parametrize(
    "select",
    [
        "SELECT who AS user_id, what AS event, at AS occurred_at, sum(who) AS value FROM log GROUP BY 1, 2, 3",
        "SELECT who AS user_id, what AS event, at AS occurred_at, who * 2 AS value FROM log",
        "SELECT who AS user_id, what AS event, at AS occurred_at FROM log WHERE at > 5",
    ],
)
def test_text_taken_for_a_number_is_told_as_such_and_without_the_engines_words(shop, select):
    shop.write("log.csv", VISITS)
    shop.declare(f"time_zone: UTC\nfiles: {{log: log.csv}}\ntables:\n  events: {select}\n")
    with pytest.raises(SourceError) as refused:
        inspect("shop")
    assert str(refused.value).startswith("shop.yaml, line 4, events: ")
    assert "CSV columns are text" in str(refused.value)
    assert "Error" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_who_reads_only_the_first_line_gets_no_traceback(shop):
    visits(shop)
    asked = f"{shlex.quote(sys.executable)} -m workbench.cli check shop | head -n 1"
    found = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)  # noqa: S607 - the one on the PATH
    assert found.stdout.startswith("source shop")
    assert "Traceback" not in found.stderr
    assert "BrokenPipe" not in found.stderr


@pytest.mark.parametrize(
    ("texts", "example"),
    [
        (["¥1,234.50"], "¥1,234.50"),
        (["9,800"], "1,234.50"),
        (["12,50"], "1234,50"),
        (["1.234,50 €"], "1.234,50€"),
        (["30元", "1,030元"], "1,234.50元"),
        (["9,800", "12,50"], ""),  # whether 9,800 is a thousand and more, nobody can tell
        (["2.505"], ""),
        (["#VALUE!", "five"], ""),
    ],
)
def test_amounts_that_were_set_aside_show_how_they_are_written(texts, example):
    assert amount_of(texts) == example


def test_what_to_declare_for_amounts_stands_below_them(shop):
    shop.write("o.csv", 'no,at,paid\n1,2026-03-02 10:00,"¥1,288.00"\n')
    shop.declare(
        "time_zone: UTC\ncurrency: CNY\nfiles: {o: o.csv}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, paid AS amount FROM o\n"
    )
    assert 'declare the file\'s amounts: "¥1,234.50"' in report(inspect("shop"))
