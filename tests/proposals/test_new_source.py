"""From files as the trade exports them to a report: what new-source proposes, read and counted."""

import html
import re
from datetime import date

import pandas as pd
import pytest
from exports import EXPORTS

from workbench import cli, sources
from workbench.customers.purchases import purchases
from workbench.kit.engine import Tables, frame
from workbench.kit.scope import Scope
from workbench.periods import Period


def save(project, name):
    for file, content in EXPORTS[name].files.items():
        target = project / "data" / file
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_goes_from_new_source_to_what_a_hand_counts(project, name, capsys):
    export = EXPORTS[name]
    save(project, name)
    assert cli.main(["new-source", "shop", "data", "--yes"]) == 0, capsys.readouterr().err
    said = capsys.readouterr().out
    assert said.startswith("written: parameters/sources/shop.yaml\n")
    assert "--source shop" in said.splitlines()[-1]
    shop = sources.connect("shop")
    assert (shop.time_zone, shop.currency) == (export.zone, export.currency)
    assert shop.account["quarantined"].sum() == 0
    if export.users:
        assert shop.steps == tuple(export.users)
        events = frame(shop.tables["events"])
        users = events.groupby("event")["user_id"].nunique()
        assert {step: users[step] for step in export.users} == export.users
        return
    orders = frame(shop.tables["orders"])
    refunded = orders["refunded_amount"].sum() if "refunded_amount" in orders else 0
    assert (len(orders), orders["amount"].sum(), refunded) == (
        export.orders,
        export.amount,
        export.refunded,
    )
    march = Period(date(2026, 3, 2), date(2026, 3, 29), shop.time_zone)
    stand = frame(purchases(Scope(Tables(dict(shop.tables)), march)))
    assert (len(stand), stand["user_id"].nunique()) == (export.purchases, export.customers)
    excluded = shop.account["excluded"].sum()
    assert excluded >= export.excluded


# Run into a page. What the other four share with these is read above.
TWELVE = (
    *("taobao", "douyin", "xiaohongshu", "alipay", "wechat", "shopify", "woocommerce"),
    *("headerless", "merged", "three_files", "by_day", "months"),
)
# Users who began by 21 March, and of those took the next steps within seven days.
FUNNELS = {
    "headerless": [("pv", 3), ("cart", 2), ("buy", 1)],  # 1004 came on the 23rd
    "by_day": [("浏览", 5), ("关注", 1), ("下单", 1)],  # k2 and k4 took eight and nine days
}
PAGES = {
    "taobao": "Bought in the period 4 ¥310.80 Bought before 0 ¥0.00",
    "merged": "Total 3 ¥314.00",
    "shopify": "Total 5 £159.00",  # 183.00 less 24.00
    "headerless": "Of 3 users who started with Pv (2 – 21 Mar 2026), 33.3 % came as far as Buy",
}


@pytest.fixture(scope="module")
def pages(new_project):
    """A project in which each of the twelve has the report of its last week."""
    with pytest.MonkeyPatch.context() as patch:
        folder = new_project()
        patch.setenv("WORKBENCH_HOME", str(folder))
        patch.chdir(folder)
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize("name", TWELVE)
def test_the_report_that_is_named_next_has_the_users_orders_and_money_of_a_hand(
    pages, name, capsys
):
    export = EXPORTS[name]
    data = pages / "data" / name
    data.mkdir(parents=True)
    for file, content in export.files.items():
        (data / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert cli.main(["new-source", name, f"data/{name}", "--yes"]) == 0
    following = capsys.readouterr().out.splitlines()[-1].removeprefix("next: workbench ").split()
    week = "2026-W12" if name == "merged" else "2026-W13"  # its last order is of 20 March
    assert cli.main([*following, "--week", week]) == 0, capsys.readouterr().err
    page = pages / capsys.readouterr().out.splitlines()[-1]
    text = html.unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")))
    assert PAGES.get(name, "") in " ".join(text.split())
    results = page.parent / "results/owner"
    if export.users:
        steps = pd.read_parquet(results / "steps.parquet")
        assert [*zip(steps["event"], steps["users"], strict=True)] == FUNNELS[name]
        return
    account = pd.read_parquet(results / "account.parquet").set_index("outcome")
    total = account.loc["total", ["orders", "amount", "refunded_amount", "net_amount"]]
    net = export.amount - export.refunded
    assert [*total] == [export.orders, export.amount, export.refunded, net]
    assert account.loc["in_period", "orders"] == export.purchases
    assert len(pd.read_parquet(results / "users.parquet")) == export.customers
