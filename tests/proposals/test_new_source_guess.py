# ruff: noqa: RUF001 - as platforms write
"""What is told from files and what is not: instants, amounts, shapes, words, who belongs to whom."""

import sqlite3
from contextlib import closing
from datetime import datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.proposals import amounts, headers, instants, looking, proposal, shapes, words
from workbench.proposals.contents import Column, quote, unmarked
from workbench.proposals.declared import scalar
from workbench.sources import casts
from workbench.sources.hints import pattern_of
from workbench.tables import TABLES
from workbench.yaml_text import read

PATTERNS = ["%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y.%m.%d", "%Y%m%d"]
DAYS = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1))


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["2026-03-02 09:00:00", "2026-03-02T09:00:00Z"], ()),
        (["2026-03-02 09:00:00 +0800"], ()),
        (["2026/3/2 9:05", "2026/12/31 23:59"], ("%Y/%m/%d %H:%M",)),
        (["2026/8/3 下午 10:14", "2026/8/4 上午 9:00"], ("%Y/%m/%d %p %I:%M",)),
        (["13/03/2026", "02/03/2026"], ("%d/%m/%Y",)),
        (["03/13/2026", "03/02/2026"], ("%m/%d/%Y",)),
        (["1772438400", "1772438460"], ("epoch seconds",)),
        (["1772438400000"], ("epoch milliseconds",)),
        (["2026年3月2日"], ("%Y年%m月%d日",)),
    ],
)
def test_instants_that_can_be_read_in_one_way_are_declared(texts, formats):
    assert instants.written(texts).formats == formats


@pytest.mark.parametrize("texts", [["12", "13"], ["a1", "b2"], ["2026030212345678"], ["Li", "Bo"]])
def test_what_is_no_instant_is_none(texts):
    assert instants.written(texts) is None


def test_days_whose_month_is_not_told_are_doubtful_and_nothing_is_declared():
    found = instants.written(["02/03/2026", "05/01/2026", "04/02/2026"])
    assert (found.formats, found.doubtful) == ((), ("%d/%m/%Y", "%m/%d/%Y"))


def test_the_order_of_the_file_tells_the_month_where_one_reading_alone_is_in_order():
    found = instants.written(["01/02/2026", "02/02/2026", "01/03/2026"])
    assert (found.formats, found.doubtful) == (("%d/%m/%Y",), ())
    assert "in the order of time" in found.why


def test_afternoons_may_be_lost_where_no_hour_is_later_than_twelve():
    hours = [f"2026-03-{day:02} {day % 12 + 1:02}:30:00" for day in range(1, 31)]
    assert instants.written(hours).may_lack_half
    assert not instants.written([*hours, "2026-03-31 15:00:00"]).may_lack_half


WRITTEN = {  # all of them 2 March 2026, 14:05, or 13:05 to 15:05 of another zone
    "Mon, 02 Mar 2026 14:05:00 GMT": "%a, %d %b %Y %H:%M:%S %z",
    "Mon, 02 Mar 2026 22:05:00 +0800": "%a, %d %b %Y %H:%M:%S %z",
    "2026-03-02 22:05:00 (GMT+8)": "%Y-%m-%d %H:%M:%S %z",
    "2026-03-02 22:05 GMT+08:00": "%Y-%m-%d %H:%M %z",
    "20260302T140500Z": "%Y%m%dT%H%M%S%z",
    "Mon Mar 02 14:05:00 2026": "%a %b %d %H:%M:%S %Y",
    "Monday, March 02, 2026 02:05 PM": "%A, %B %d, %Y %I:%M %p",
    "2026年3月2日 星期一 14:05": "%Y年%m月%d日 %A %H:%M",
    "2026-03-02 周一 14:05": "%Y-%m-%d %A %H:%M",
    "2026年03月02日14:05:00": "%Y年%m月%d日%H:%M:%S",
    "2026年3月2日 14时5分": "%Y年%m月%d日 %H时%M分",
    "2026年3月2日14点05分": "%Y年%m月%d日%H点%M分",
    "2026/3/2 2:05pm": "%Y/%m/%d %I:%M%p",
    "202603021405": "%Y%m%d%H%M",
    "20260302140500": "%Y%m%d%H%M%S",
    "2026-03-02 14:05:00,000": "%Y-%m-%d %H:%M:%S,%f",
    "1772460300000000": "epoch microseconds",
}


def test_what_is_proposed_for_an_instant_reads_it_as_the_import_does():
    told = {text: instants.written([text]) for text in WRITTEN}
    assert {text: found.formats for text, found in told.items()} == {
        t: (p,) for t, p in WRITTEN.items()
    }
    column, zones = TABLES["orders"]["ordered_at"], ("UTC", "UTC")
    sql = [
        casts.cast(column, f"'{text}'", "VARCHAR", digits=2, zones=zones, instants=(pattern,))
        for text, pattern in WRITTEN.items()
    ]
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        (read_,) = engine.execute(f"SELECT {', '.join(sql)}").fetchall()
    assert set(read_) == {datetime(2026, 3, 2, 14, 5)}
    # The hints of a check say the same, of what they know.
    asked = {text: pattern_of([text]) for text in WRITTEN}
    assert {t: p for t, p in asked.items() if p not in {(), (WRITTEN[t],)}} == {}


def test_instants_in_figures_of_twice_the_width_are_none_before_they_are_written_plainly():
    assert instants.written(["２０２６-０３-０２ １４:０５"]) is None
    plain = Column("下单时间", ["２０２６－０３－０２　１４：０５", "无"]).plainly()
    assert plain.values == ["2026-03-02 14:05", None]


@given(st.sampled_from(PATTERNS), st.lists(DAYS, min_size=1, max_size=20))
def test_what_is_written_by_a_pattern_is_read_back_by_what_is_declared(pattern, days):
    texts = [day.strftime(pattern).replace(f"{day.year}", f"{day.year:04}", 1) for day in days]
    found = instants.written(texts)
    assert found is not None
    read_back = [datetime.strptime(text, pattern) for text in texts]  # noqa: DTZ007 - clocks
    assert [found.read(text) for text in texts] == read_back


@pytest.mark.parametrize(
    ("texts", "example", "currency"),
    [
        (["1.5", "20", "-3.25"], "", ""),
        (["￥1,288.00", "￥39.90"], "￥1,234.50", "CNY"),
        (["1.288,00", "39,90"], "1.234,50", ""),
        (["12,5", "7"], "1234,50", ""),
        (["88.00元"], "1234.50元", "CNY"),
        (["€5.00", "€1,000.00"], "€1,234.50", "EUR"),
        (["-￥5.00", "￥7.00"], "￥1234.50", "CNY"),
        (["USD 12.50", "USD 1,012.50"], "USD1,234.50", "USD"),
        (["CHF 1'012.50", "CHF 12.50"], "CHF1'234.50", "CHF"),
    ],
)
def test_amounts_are_declared_as_the_file_writes_them(texts, example, currency):
    found = amounts.amounts(texts)
    assert (found.example, found.currency, found.doubtful) == (example, currency, False)


@pytest.mark.parametrize("texts", [["1,234", "5,600"], ["1.200", "2.500"]])
def test_a_single_mark_before_three_figures_is_doubtful(texts):
    assert amounts.amounts(texts).doubtful


def test_a_note_among_many_amounts_changes_nothing():
    assert amounts.amounts(["1.50"] * 30 + ["2.50", "see note"]).example == ""
    assert amounts.amounts(["1.50", "2.50", "see note"]) is None


@pytest.mark.parametrize(
    "texts", [["s027"], ["2026-03-02"], ["see note", "5"], ["#12"], ["1000001.1772438400"]]
)
def test_what_is_no_amount_is_none(texts):
    assert amounts.amounts(texts) is None


def shape(tmp_path, text):
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode())
    return shapes.of_text(path)


def test_the_header_is_the_line_with_the_names_that_are_known(tmp_path):
    found = shape(tmp_path, "账单\n起始,2026\n订单号,金额,备注,\n1,2.00,x,\n")
    assert (found.header_line, found.names[:3]) == (3, ("订单号", "金额", "备注"))
    assert [line.number for line in found.lines] == [4]


def test_a_first_line_of_values_is_no_header(tmp_path):
    found = shape(tmp_path, "7,a,2026-03-02\n8,b,2026-03-03\n")
    assert (found.headless, found.names) == (True, ("column_1", "column_2", "column_3"))
    assert len(found.lines) == 2


def test_a_name_that_stands_twice_gets_its_columns_number(tmp_path):
    found = shape(tmp_path, "order no,备注,amount,备注\n1,x,2,y\n")
    assert (found.names, found.header_line) == (("order no", "备注", "amount", "备注_4"), 1)


def test_lines_below_a_table_that_are_shorter_are_odd(tmp_path):
    found = shape(tmp_path, "no;at;amount\n1;2026-03-02;3\n共1笔\n")
    assert found.delimiter == ";"
    assert [line.number for line in found.odd] == [3]


@pytest.mark.parametrize(
    ("name", "text", "delimiter"),
    [
        ("a.csv", "no,at,amount\n1,2026-03-02,3\n", ""),
        ("a.txt", "no\tat\tamount\n1\t2026-03-02\t3\n", ""),
        ("a.txt", "no\tat, when, paid, by\tamount\n1\t2026-03-02\t3\n2\t2026-03-02\t3\n", "\t"),
        ("a.csv", "no;at;amount\n1;2026-03-02;3\n", ";"),
        ("a.csv", "no|at|amount\n1|2026-03-02|3\n", "|"),
    ],
)
def test_a_delimiter_is_declared_where_the_header_alone_does_not_tell_it(
    tmp_path, name, text, delimiter
):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert shapes.of_text(path).delimiter == delimiter


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Order ID", "order_id"),
        ("orderNo", "order_id"),
        ("CustomerID", "user_id"),
        ("商家应收金额(元)（支付金额）", "amount"),
        ("SKU 件数", "quantity"),
        ("Financial Status", "status"),
        ("created_at", "ordered_at"),
    ],
)
def test_headers_are_known_without_case_width_blanks_and_brackets(name, role):
    assert role in headers.meanings(name)


def test_no_name_stands_twice_for_one_meaning_and_every_word_has_one_kind():
    kinds = ("paid", "refunded", "cancelled", "unpaid", "closed")
    every = [word for kind in kinds for word in headers.words(kind)]
    assert sorted(every) == sorted(set(every))
    assert all(names for names in headers.roles().values())


@pytest.mark.parametrize(
    ("word", "kind"),
    [("已完成 ", "paid"), ("REFUNDED", "refunded"), ("待付款", "unpaid"), ("交易关闭", "closed"),
     ("已退款(￥9.00)", "in_part"), ("换货中", ""), ("已发货，退款成功", "refunded"), ("已发货，换货中", ""),
     ("(删除)等待出库", "cancelled"), ("已取消", "cancelled"), ("storniert", "cancelled")],
)  # fmt: skip
def test_words_say_what_became_of_an_order(word, kind):
    assert words.kind(word) == kind


def test_a_sum_is_known_with_its_period_before_it():
    found = [words.sums([text]) for text in ("合计", "2月小计", "第3周合计：", "计算器", "2月茶")]
    assert found == ["合计", "2月小计", "第3周合计：", "", ""]


def test_marks_before_all_values_are_taken_off_and_named_in_the_sql():
    mark, values = unmarked(["`a1", None, "`b2"])
    assert (mark, values) == ("`", ["a1", None, "b2"])
    assert Column("id", values, mark=mark).clean() == "ltrim(id, '`')"
    assert unmarked(["`a1", "b2"]) == ("", ["`a1", "b2"])


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_a_text_written_as_yaml_is_read_back(text):
    assert read(f"key: {scalar(text)}\n", "file").mapping("it")["key"].value == text


@pytest.mark.parametrize(
    ("name", "sql"),
    [("buyer", "buyer"), ("order", '"order"'), ("N. Rev", '"N. Rev"'), ('a"b', '"a""b"')],
)
def test_names_are_quoted_where_sql_needs_it(name, sql):
    assert quote(name) == sql


def proposed(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    looked, notes = looking.look([tmp_path], tmp_path)
    return proposal.propose("shop", looked, notes, {})


def flat(text):
    return " ".join(text.replace("#", " ").split())


def test_lines_and_the_file_that_says_who_and_when_are_joined(tmp_path):
    text = proposed(
        tmp_path,
        {
            "orders.csv": "no,at,buyer\n1,2026-03-02,a\n2,2026-03-03,b\n",
            "items.csv": "no,product,price\n1,x,5.00\n1,y,6.50\n2,x,5.00\n",
        },
    ).text
    assert "from: items\n" in text
    assert "min(buyer) AS user_id" in text
    assert "LEFT JOIN orders USING (no)\n" in text


def test_a_name_that_stands_in_both_files_is_kept_apart(tmp_path):
    text = proposed(
        tmp_path,
        {
            "orders.csv": "no,at,buyer,note\n1,2026-03-02,a,x\n2,2026-03-03,b,y\n",
            "items.csv": "no,note,price\n1,x,5.00\n1,y,6.50\n2,x,5.00\n",
        },
    ).text
    assert "min(its_user_id) AS user_id" in text
    assert "LEFT JOIN (SELECT no AS orders_order" in text


def test_refunds_of_orders_that_are_not_there_are_asked_after(tmp_path):
    found = proposed(
        tmp_path,
        {
            "orders.csv": "no,paid_at,amount,buyer\n1,2026-03-02,9.00,a\n2,2026-03-03,8.00,b\n",
            "back.csv": "no,refund\n1,3.00\n7,2.00\n",
        },
    )
    assert "back.csv gives money back of an order that is not there, 7: where is it" in flat(
        found.text
    )


def test_orders_of_two_currencies_are_read_in_one_and_the_other_is_asked_after(tmp_path):
    text = proposed(
        tmp_path,
        {"o.csv": "no,paid_at,amount,currency,buyer\n1,2026-03-02,9.00,CNY,a\n2,2026-03-03,8.00,CNY,b\n3,2026-03-03,800,JPY,b\n"},
    ).text  # fmt: skip
    assert "currency <> 'CNY'" in text
    assert "names several currencies (CNY 2, JPY 1)" in flat(text)


def test_an_amount_that_all_lines_of_an_order_say_is_a_question(tmp_path):
    rows = "".join(f"{n},2026-03-02,9.00,a,x{n}\n{n},2026-03-02,9.00,a,y{n}\n" for n in range(2))
    found = proposed(tmp_path, {"o.csv": f"no,paid_at,amount,buyer,tea\n{rows}"})
    assert "does amount stand for the line, or for the whole order?" in flat(found.text)


def test_months_that_share_orders_are_read_once(tmp_path):
    head = "no,paid_at,amount,buyer\n"
    text = proposed(
        tmp_path,
        {
            "m1.csv": head + "1,2026-02-02,9.00,a\n2,2026-02-28,8.00,b\n",
            "m2.csv": head + "2,2026-02-28,8.00,b\n3,2026-03-03,7.00,a\n",
        },
    ).text
    assert '"also in m2.csv": |\n          no IN (SELECT no FROM m2)' in text
    assert "QUESTION: is that the newer export?" in flat(text)


def test_the_same_log_twice_is_read_once(tmp_path):
    log = "who,what,at\na,see,2026-03-02\nb,see,2026-03-03\na,pay,2026-03-03\n"
    text = proposed(tmp_path, {"a.csv": log, "b.csv": log + "b,pay,2026-03-04\n"}).text
    assert "3 of the 3 events of a.csv stand in b.csv too, so a.csv is not read" in flat(text)
    assert "FROM a\n" not in text


def test_lines_of_no_visitor_are_left_out_by_a_rule(tmp_path):
    rows = [f"{who},see,2026-03-0{n} 10:00:00" for n, who in enumerate(["a", "", "-", "b"], 2)]
    text = proposed(tmp_path, {"log.csv": "user_id,event,time\n" + "\n".join(rows) + "\n"}).text
    assert "user_id IS NULL OR user_id IN ('-')" in text
    assert "2 lines name no visitor" in flat(text)


def test_steps_are_the_most_frequent_events_in_the_order_in_which_users_do_them(tmp_path):
    rows = ["a,buy,2026-03-04", "b,buy,2026-03-04", "c,buy,2026-03-04", "a,cart,2026-03-03",
            "a,see,2026-03-02", "b,see,2026-03-02", "c,see,2026-03-02", "d,see,2026-03-02",
            "d,refund,2026-03-05"]  # fmt: skip
    text = proposed(tmp_path, {"log.csv": "who,what,at\n" + "\n".join(rows) + "\n"}).text
    assert "steps: [see, cart, buy]\n" in text
    assert "users by event: see 4, buy 3, cart 1, refund 1" in text
    assert "more users did buy than cart, which comes before it" in flat(text)


def test_orders_are_the_last_step_of_a_log_without_a_purchase(tmp_path):
    text = proposed(
        tmp_path,
        {
            "visits.csv": "who,what,at\na,visit,2026-03-02\nb,visit,2026-03-02\nc,visit,2026-03-02\n",
            "orders.csv": "no,paid_at,amount,buyer\n1,2026-03-02,9.00,a\n2,2026-03-03,8.00,b\n",
        },
    ).text
    assert "steps: [visit, order]\n" in text
    assert "'order' AS event" in text


def test_unknown_statuses_stay_and_are_asked_after(tmp_path):
    text = proposed(
        tmp_path,
        {"o.csv": "订单号,付款时间,实付金额,买家,订单状态\n1,2026-03-02,9.00,a,已完成\n2,2026-03-03,8.00,b,换货中\n"},
    ).text  # fmt: skip
    assert "WHEN '已完成' THEN 'paid'  -- 1 line" in text
    assert "换货中' THEN" not in text
    assert "what became of the orders whose status is '换货中' (1)?" in flat(text)


def test_a_file_of_known_outcomes_becomes_features(tmp_path):
    text = proposed(tmp_path, {"f.csv": "customerID,tenure,Churn\nx1,3,Yes\nx2,9,No\n"}).text
    assert "Churn = 'Yes' AS is_churned" in text
    assert "tenure" in text


def test_each_table_of_a_database_file_is_looked_at(tmp_path):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE orders (no TEXT, paid_at TEXT, amount REAL, buyer TEXT)")
        database.execute("INSERT INTO orders VALUES ('1', '2026-03-02 10:00:00', 9.5, 'a')")
        database.execute("CREATE TABLE log (who TEXT, what TEXT, at TEXT)")
        database.execute("INSERT INTO log VALUES ('a', 'pay', '2026-03-02 10:00:00')")
        database.commit()
    text = proposed(tmp_path, {}).text
    assert "  log:\n    path: shop.db\n    table: log\n" in text
    assert "FROM orders\n" in text
    assert "FROM log\n" in text


def test_orders_of_two_forms_may_be_the_same_purchases_and_that_is_asked(tmp_path):
    text = proposed(
        tmp_path,
        {
            "shop.csv": "no,paid_at,amount,buyer\nA1,2026-03-02,9.00,a\nA2,2026-03-03,8.00,b\n",
            "pay.csv": "商户单号,交易时间,金额,对方账号\nP1,2026-03-02,9.00,x\nP2,2026-03-03,8.00,y\n",
        },
    ).text
    assert "exports of several forms (pay.csv, shop.csv)" in flat(text)


def test_a_file_that_says_who_and_when_is_an_event_where_nothing_else_is_one(tmp_path):
    leads = {"leads.csv": "lead,day\na,2026-03-02\nb,2026-03-03\n"}
    text = proposed(tmp_path, leads).text
    assert "'leads' AS event" in text
    assert "each line is taken for the event leads. Is it?" in flat(text)
    orders = {"orders.csv": "no,paid_at,amount,buyer\n1,2026-03-02,9.00,a\n2,2026-03-03,8.00,b\n"}
    text = proposed(tmp_path, leads | orders).text
    assert "AS event" not in text
    assert "leads.csv is not read" in flat(text)


def test_a_name_with_a_line_feed_or_a_quote_stays_in_its_comment_and_its_quotes(tmp_path):
    text = proposed(
        tmp_path,
        {"o.csv": 'no,"paid at",amount,"buyer""\nDROP TABLE x; --",买家\n1,2026-03-02,9.00,a,b\n2,2026-03-03,8.00,b,c\n'},
    ).text  # fmt: skip
    lines = [line for line in text.splitlines() if "DROP" in line]
    assert all(line.lstrip().startswith(("#", "--", '"')) for line in lines)
    assert read(text, "file").mapping("it")["tables"]


def test_a_file_whose_name_is_no_text_is_refused(tmp_path):
    (tmp_path / "caf\udce9.csv").write_text("no,at\n1,2026-03-02\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no source file can name it"):
        looking.look([tmp_path], tmp_path)


def test_instants_that_begin_with_their_day_are_compared_as_instants(tmp_path):
    text = proposed(
        tmp_path,
        {
            "orders.csv": "no,created,total,buyer\n1,28/03/2026,9.00,a\n2,30/03/2026,8.00,b\n",
            "back.csv": "no,refund,refunded_at\n1,3.00,30/03/2026\n1,2.00,02/04/2026\n",
        },
    ).text
    assert "max(strptime(refunded_at, '%d/%m/%Y')) AS given_back_at" in text
    assert "max(refunded_at)" not in text


def test_a_line_that_is_cut_where_looking_ends_is_no_end_of_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(shapes, "MOST", 1_000)
    rows = "".join(f"{n},2026-03-02 10:00:00,9.50,b{n % 400}\n" for n in range(60_000))
    text = proposed(tmp_path, {"o.csv": f"no,paid_at,amount,buyer\n{rows}"}).text
    assert "left_out" not in text
    assert "last_line" not in text
