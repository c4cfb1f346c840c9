"""`workbench check` accounts for every line and says what can run."""

from types import ModuleType

from workbench.sources.checking import report


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
    lines = [" ".join(line.split()) for line in report("shop").splitlines()]
    assert lines[:2] == [
        "source shop, time zone Europe/London, currency GBP",
        "events and orders from 2026-07-06 00:30:00 to 2026-07-06 00:30:00",
    ]
    assert "orders: 1 rows, 2026-07-06 00:30:00 to 2026-07-06 00:30:00" in lines
    start = lines.index("export.csv")
    assert lines[start + 1 : start + 7] == [
        "3 £12.50 lines",
        "1 £10.50 kept",
        "1 £3.00 excluded by rule",
        "1 £3.00 a test order",
        "1 −£1.00 quarantined",
        "1 −£1.00 not true that amount is not negative",
    ]


def test_columns_that_are_not_read_are_named_with_the_one_that_may_be_meant(shop):
    folder = shop.home / "exports"
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,ordered_at,amount,dicount,x\n1,2026-01-05,1,0,0\n")
    text = report(str(folder))
    assert "columns not read: dicount (is it discount?), x" in text
    assert "columns not given: user_id, discount, coupon_id" in text
    assert "lines, all kept" in text


def test_each_analysis_says_whether_it_can_run(shop):
    shop.orders(
        "no,paid_at,amount\n1,2026-01-05,1\n",
        "    SELECT no AS order_id, paid_at AS ordered_at, amount FROM export\n",
    )
    orders = {"orders": ("order_id", "amount")}
    text = report(
        "shop",
        [
            analysis("tiers", orders),
            analysis("worth", orders, uses={"orders": ("user_id",), "spend": ("amount",)}),
            analysis("funnel", {"events": ("event",)}, instead=orders),
            analysis("risk", {"events": ("event",), "orders": ("user_id",)}),
        ],
    )
    assert text.splitlines()[-4:] == [
        "  tiers: can run in full",
        "  worth: can run; it would tell more with orders.user_id, spend",
        "  funnel: can run on orders alone; in full it needs events",
        "  risk: cannot run, it needs events, orders.user_id",
    ]
