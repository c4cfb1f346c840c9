"""Words that mean another one, ids that are nobody's, and what nobody sees at the ends of ids."""

import pytest
from warehouses import TABLES

from workbench.errors import SourceError

HEAD = "time_zone: Asia/Shanghai\ncurrency: CNY\nmax_quarantined: 100 %\n"
ORDERS = "tables:\n  orders: SELECT no AS order_id, at AS ordered_at, amount, who AS user_id, kind AS status, place AS platform FROM sales\n"
SALES = (
    "no,at,amount,who,kind,place\n"
    "1,2026-03-01 10:00,1.00,nan,已完成,Douyin\n"
    "2,2026-03-01 10:00,2.00, a\u00a0,已退款,抖音\n"
    "3,2026-03-01 10:00,4.00,-,已完成,douyin\n"
    "4,2026-03-01 10:00,8.00,\ufeffa\t,已取消,wechat\n"
    "5,2026-03-01 10:00,16.00,a b,未知,wechat\n"
    "6,2026-03-01 10:00,32.00,-,,wechat\n"
)
WORDS = """nobody: [nan, "-"]
values:
  platform: {Douyin: douyin, 抖音: douyin}
  status: {已完成: paid, 已退款: refunded, 已取消: cancelled}
"""


def declared(shop, words=WORDS, sales=SALES, tables=ORDERS):
    shop.write("sales.csv", sales)
    shop.declare(f"{HEAD}{words}files: {{sales: sales.csv}}\n{tables}")
    return shop.connect()


def test_words_mean_what_is_declared_and_nobody_is_no_user(shop):
    source = declared(shop)
    rows = source.orders.order_by("order_id").execute()
    assert rows["platform"].tolist() == ["douyin"] * 3 + ["wechat"] * 2
    assert rows["status"].fillna("").tolist() == ["paid", "refunded", "paid", "cancelled", ""]
    assert rows["user_id"].fillna("").tolist() == ["", "a", "", "a", ""]
    assert source.account[["lines", "kept", "quarantined", "money"]].to_numpy().tolist() == [
        [6, 5, 1, 6300]
    ]
    assert source.notes == (
        "sales.csv: 2 values of user_id have blanks, tabs or signs without width at their ends, "
        "which are taken off",
        "sales.csv: 3 rows worth ¥37.00 are nobody's and have no user: - 2, nan 1",
    )


def test_ids_that_only_look_alike_meet_once_what_nobody_sees_is_off_their_ends(shop):
    visits = "  events: SELECT who AS user_id, 'visit' AS event, at AS occurred_at FROM sales WHERE no < '5'\n"
    visits = visits.replace(" WHERE no < '5'", "")
    source = declared(shop, tables=ORDERS + visits)
    both = set(source.orders.user_id.execute().dropna()) & set(source.events.user_id.execute())
    assert both == {"a"}
    events = source.account[source.account["table"] == "events"]
    assert events[["lines", "kept", "quarantined"]].to_numpy().tolist() == [[6, 3, 3]]


def test_rows_made_of_several_lines_are_cleaned_too(shop):
    grouped = (
        "tables:\n  orders: SELECT no AS order_id, min(at) AS ordered_at, sum(amount::DECIMAL(9,2)) AS amount, "
        "max(who) AS user_id FROM sales GROUP BY no\n"
    )
    source = declared(shop, tables=grouped)
    rows = source.orders.order_by("order_id").execute()
    assert rows["user_id"].fillna("").tolist() == ["", "a", "", "a", "a b", ""]
    assert len(source.notes) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("nobody: [~]\n", "a word for nobody (in quotes) must be text, got nothing"),
        ("nobody: {a: b}\n", "a word for nobody (in quotes) must be text, got a mapping"),
        ("values: {platfrom: {a: b}}\n", "unknown column of words 'platfrom', did you mean 'platform'?"),
        ("values: {user_id: {a: b}}\n", "unknown column of words 'user_id'"),
        ("values: {status: {done: payed}}\n", "'done' means unknown status 'payed', did you mean 'paid'?"),
        ("values: {platform: [a]}\n", "values of platform must be a mapping, got a list"),
        ("values: {platform: {a: }}\n", "what 'a' means must be text, got nothing"),
    ],
)  # fmt: skip
def test_wrong_words_are_refused_in_one_line(shop, words, message):
    with pytest.raises(SourceError) as refused:
        declared(shop, words)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_words_are_read_by_their_meaning_in_a_warehouse_as_well(shop):
    import duckdb  # noqa: PLC0415 - for the one test that makes a warehouse

    with duckdb.connect(str(shop.home / "there.duckdb")) as made:
        made.execute(TABLES)
    shop.declare(
        "time_zone: Europe/London\ncurrency: GBP\nmax_quarantined: 100 %\n"
        "warehouse: duckdb://there.duckdb\nfreshness: SELECT max(loaded_at) FROM loads\n"
        "nobody: [b]\nvalues: {platform: {sale: douyin}}\n"
        "tables:\n  orders:\n    select: SELECT order_no AS order_id, paid_at AS ordered_at, "
        "total AS amount, buyer AS user_id, kind AS platform FROM shop.orders WHERE order_no IN (1, 2, 5)\n"
        "    dropped: others\n"
    )
    rows = shop.connect().orders.order_by("order_id").execute()
    assert rows["platform"].tolist() == ["douyin", "test"]
    assert rows["user_id"].tolist() == ["a", "e"]
