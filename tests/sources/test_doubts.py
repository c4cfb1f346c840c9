# ruff: noqa: S608 - SELECTs of a source file, typed out
"""What is doubtful in lines that all hold: ids that look alike, that are nobody's, words spelt anew."""

import re

import pytest

from workbench import cli
from workbench.sources import users
from workbench.sources.doubts import look

HEAD = "time_zone: Asia/Shanghai\ncurrency: CNY\n"


def shop_of(shop, rows, visits=(), words=""):
    """A shop with an order for each buyer of some rows, and an event for each visitor."""
    sales = "".join(
        f"{i},2026-03-01 10:00,1.00,{who},{place}\n" for i, (who, place) in enumerate(rows)
    )
    shop.write("sales.csv", "no,at,amount,who,place\n" + sales)
    log = "".join(f"{who},{what},2026-03-01 09:00\n" for who, what in visits)
    shop.write("log.csv", "who,what,at\n" + log)
    events = "  events: SELECT who AS user_id, what AS event, at AS occurred_at FROM log\n"
    shop.declare(
        f"{HEAD}{words}files: {{sales: sales.csv, log: log.csv}}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, amount, who AS user_id, place AS platform FROM sales\n"
        + (events if visits else "")
    )
    return shop.connect()


def buyers(*ids, place="wechat"):
    return [(who, place) for who in ids]


def plain(text):
    return text.replace("\u202f", " ")


def told(source):
    return [(doubt.table, plain(doubt.sentence)) for doubt in source.doubts]


def test_clean_rows_raise_no_doubt(shop):
    ids = [f"u{i}" for i in range(30)]
    source = shop_of(shop, buyers(*ids), [(who, "visit") for who in ids[:20]])
    assert told(source) == []
    assert [plain(one) for one in users.shares(source.overlaps)] == [
        "20 of 30 users of orders are in events (66.7 %)"
    ]


def test_tables_that_hardly_meet_are_the_first_thing_that_is_told(shop):
    ids = [f"u{i}" for i in range(9)]
    source = shop_of(shop, buyers(*(f"'{who}" for who in ids)), [(who, "visit") for who in ids])
    assert told(source) == [
        (
            "orders, events",
            "orders and events hardly meet: 0 of 9 users of orders are in events, which has 9; are "
            "their ids written alike?",
        ),
        (
            "orders, events",
            "9 user_ids differ from another one only in an apostrophe before one of them, such as "
            "'u0 and u0: two users for one",
        ),
        (
            "orders",
            "9 values of user_id begin with an apostrophe, such as 'u0: take it off in the SELECT, "
            "with ltrim(…, '''')",
        ),
    ]
    assert source.doubts[0].page == (
        "Of the 9 users of orders 0 are among the 9 of events: whatever these figures tell of both "
        "is of those alone."
    )


def test_steps_whose_users_never_meet_are_told_even_in_one_table(shop):
    log = [(f"v{n}", "visit") for n in range(20)] + [(f"{n}", "buy") for n in range(6)]
    source = shop_of(shop, buyers("1", "2"), log, "steps: [visit, buy]\n")
    doubt = source.doubts[0]
    assert doubt.sentence == (
        "0 of 6 users with buy ever have visit: are the ids of the two written alike?"
    )
    assert doubt.page == (
        "Of the 6 users with Buy 0 ever have Visit: how many go on from one to the other cannot be told."
    )
    log = [*log, ("0", "visit")]
    source = shop_of(shop, buyers("1", "2"), log, "steps: [visit, buy]\n")
    assert source.doubts == ()


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("U1", "upper and lower case"),
        ("ｕ１", "the width of their letters"),  # noqa: RUF001 - the point
        ("'u1", "an apostrophe before one of them"),
        ('"=""u1"""', 'the marks ="…" around one of them'),
        ("u1.0", "a trailing .0"),
        ("007", "the zeros before them"),
        ("+86 138-0000-1234", "how a telephone number is written"),
    ],
)
def test_ids_that_no_two_users_differ_in_are_named(shop, other, what):
    source = shop_of(shop, buyers("u1", "7", "13800001234", other))
    written = other.strip('"').replace('""', '"')
    (sentence,) = [one for _table, one in told(source) if "differs" in one]
    assert sentence.startswith(f"1 user_id differs from another one only in {what}, ")
    assert written in sentence
    assert source.doubts[0].page.startswith("1 user may be counted twice")


def test_words_for_nobody_are_named_with_a_line_to_paste_that_settles_it(shop):
    ids = ["nan"] * 3 + ["NULL"] + ["-"] * 2 + ["0000-0000-0000"] + [f"u{i}" for i in range(13)]
    source = shop_of(shop, buyers(*ids))
    ((_table, sentence),) = told(source)
    assert sentence.startswith(
        "7 orders (35.0 %) worth ¥7.00 have a word for nobody as their user_id: nan 3, - 2, "
    )
    line = re.search(r"nobody: \[.*\]", sentence)[0]
    assert plain(source.doubts[0].page).startswith(
        "35.0 % of the rows of orders have a word for nobody"
    )
    source = shop_of(shop, buyers(*ids), words=f"{line}\n")
    assert told(source) == []
    assert source.orders.user_id.nunique().execute() == 13


def test_a_user_numbered_0_is_somebody_unless_far_too_busy(shop):
    assert told(shop_of(shop, buyers(*map(str, range(30))))) == []
    ((_table, sentence),) = told(shop_of(shop, buyers(*map(str, range(30)), *["0"] * 9)))
    assert "0 10; if so, declare nobody" in sentence


def test_a_user_with_far_too_much_is_named_for_the_owner_alone(shop):
    ids = [f"u{i}" for i in range(40)] + ["u7"] * 10
    ((_table, sentence),) = told(source := shop_of(shop, buyers(*ids)))
    assert sentence == (
        "one user_id, u7, has 11 of 50 orders (22.0 %) and 22.0 % of their money: is it one person?"
    )
    assert "u7" not in source.doubts[0].page


def test_ids_whose_digits_a_spreadsheet_cut_are_named(shop):
    source = shop_of(shop, buyers("6.60E+17", "6.6E+17", "e+1", "u1"))
    assert told(source) == [
        (
            "orders",
            "2 values of user_id are numbers that a spreadsheet cut, such as 6.60E+17: different ones "
            "share one text, so export the column as text",
        )
    ]


def test_spellings_of_one_word_are_named_with_a_mapping_that_settles_it(shop, capsys):
    rows = [
        *buyers("a", "b", place="douyin"),
        *buyers("c", place="DouYin"),
        *buyers("d", place="抖音"),
    ]
    log = [("a", "visit"), ("b", "Visit"), ("c", "visit "), ("d", "buy")]
    source = shop_of(shop, rows, log)
    sentences = [sentence for _table, sentence in told(source)]
    assert sentences == [
        'event in several spellings of one word: "visit " 1, Visit 1, visit 1; if so, declare '
        'values: {event: {Visit: visit, "visit ": visit}}',
        "platform in several spellings of one word: douyin 2, DouYin 1, 抖音 1; if so, declare "
        "values: {platform: {DouYin: douyin, 抖音: douyin}}",
    ]
    declared = [re.search(r"values: \{(.*)\}$", sentence)[1] for sentence in sentences]
    source = shop_of(shop, rows, log, f"values: {{{', '.join(declared)}}}\n")
    assert told(source) == []
    assert set(source.orders.platform.execute()) == {"douyin"}
    assert cli.main(["check", "shop"]) == 0
    assert "users in common\n  4 of 4 users of orders are in events (100.0 %)" in plain(
        capsys.readouterr().out
    )


def test_a_shops_own_status_words_are_a_mapping_to_paste(shop):
    shop.write(
        "sales.csv",
        "no,at,amount,kind\n1,2026-03-01 10:00,1.00,已完成\n2,2026-03-01 10:00,2.00,已完成\n"
        "3,2026-03-01 10:00,4.00,交易关闭\n4,2026-03-01 10:00,8.00,待付款\n5,2026-03-01 10:00,8.00,odd\n"
        "6,2026-03-01 10:00,1.00,wc-completed\n7,2026-03-01 10:00,1.00,已退款（￥1.00）\n",  # noqa: RUF001 - as WeChat writes it
    )
    text = (
        f"{HEAD}max_quarantined: 100 %\nfiles: {{sales: sales.csv}}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, amount, kind AS status FROM sales\n"
    )
    shop.declare(text)
    source = shop.connect()
    assert [doubt.sentence for doubt in source.doubts] == [
        "status must be one of paid, cancelled, refunded, but is 已完成 2 (¥3.00), odd 1 (¥8.00), "
        "wc-completed 1 (¥1.00), 交易关闭 1 (¥4.00), 已退款（￥1.00） 1 (¥1.00), 待付款 1 (¥8.00); declare what "  # noqa: RUF001 - as above
        'these mean: values: {status: {已完成: paid, odd: "?", "wc-completed": paid, 交易关闭: cancelled, '
        '"已退款（￥1.00）": refunded}}',  # noqa: RUF001 - as above
        "status 待付款 1 (¥8.00) is no purchase: leave it out by a rule, exclude: {never paid: the file's "
        "column IN ('待付款')}",
    ]


def test_of_a_large_table_some_rows_are_looked_at(shop, monkeypatch):
    monkeypatch.setattr("workbench.sources.doubts.LOOKED_AT", 10)
    monkeypatch.setattr("workbench.sources.writing._GROUP", 5)
    source = shop_of(shop, buyers(*["-"] * 20, *["u"] * 20))
    seen = look(source.folder, "orders")
    assert (seen.every, seen.rows.num_rows, seen.is_whole) == (40, 10, False)
    assert seen.rows.column_names == ["order_id", "amount", "user_id", "platform"]
    assert [sentence for _table, sentence in told(source)] == [
        "5 orders (50.0 %) worth ¥5.00 have a word for nobody as their user_id: - 5; if so, declare "
        'nobody: ["-"]',
        "10 of its 40 rows, from all over it, were looked at: the counts of rows and money above are of "
        "those",
    ]


def test_orders_of_which_none_is_worth_anything_are_named(shop):
    rows = "".join(f"{n},2026-03-02 10:00,0,u{n}\n" for n in range(5))
    shop.write("sales.csv", "no,at,amount,who\n" + rows)
    shop.declare(
        f"{HEAD}files: {{sales: sales.csv}}\ntables:\n"
        "  orders: SELECT no AS order_id, at AS ordered_at, amount, who AS user_id FROM sales\n"
    )
    ((_table, sentence),) = told(source := shop.connect())
    assert sentence == "none of the 5 orders is worth anything: is amount the right column?"
    assert source.doubts[0].page.startswith("None of the orders is worth anything")
