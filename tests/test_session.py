"""The session of an analyst: the README's second picture, line by line."""

import re
from pathlib import Path

import ibis
import pandas as pd
import pytest

import workbench as wb
from workbench.errors import MissingData, ParameterError

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def shop():
    return wb.connect("demo")


@pytest.fixture(scope="module")
def scope(shop):
    return shop.scope("latest", weeks=8, platform="douyin")


@pytest.fixture(scope="module")
def tiers(shop):
    return wb.rank(shop.scope("latest", weeks=26))


def test_the_session_of_the_readme_runs_as_written(monkeypatch, tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (session,) = re.findall(r"```python\n(import workbench as wb\n.*?)```", readme, re.DOTALL)
    monkeypatch.setenv("WORKBENCH_HOME", str(ROOT))
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(session, names)  # noqa: S102 - the README's own lines
    assert (tmp_path / "call_list.csv").is_file()
    assert {"shop", "scope", "funnel", "tiers"} <= set(names)


def test_a_shop_shows_its_tables_its_days_and_what_was_set_aside(shop):
    html = shop._repr_html_()
    for part in ("Asia/Shanghai", "CNY", "702,992", "6 Oct 2025", "4 Oct 2026", "Quarantined"):
        assert part in html
    assert {"orders", "events", "scope", "period"} <= set(dir(shop))


def test_a_scope_keeps_ibis_tables_and_knows_its_days(scope):
    assert isinstance(scope.orders, ibis.Table)
    by_channel = scope.orders.group_by("channel").agg(orders=scope.orders.count())
    assert by_channel.count().to_pyarrow().as_py() > 1
    assert "10 Aug – 4 Oct 2026" in scope._repr_html_()
    assert "Douyin" in scope._repr_html_()
    with pytest.raises(AttributeError, match="did you mean 'orders'"):
        _ = scope.order


def test_a_diagnosis_shows_its_findings_and_then_its_frames(scope):
    funnel = wb.diagnose(scope)
    html = funnel._repr_html_()
    assert html.index("wb-findings") < html.index(".steps")
    assert isinstance(funnel.leaks.query("lost_amount > 100_000"), pd.DataFrame)
    assert wb.show(funnel).html == funnel.block().html


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda scope: wb.diagnose(scope, ["visit", "purchas"]), "did you mean 'purchase'"),
        (lambda scope: wb.diagnose(scope, by="chanel"), "did you mean 'channel'"),
        (lambda scope: wb.diagnose(scope.on("douyn")), "did you mean 'douyin'"),
        (lambda scope: wb.diagnose(scope, window_days=0), "window_days == 0, must be in 1..90"),
        (lambda scope: wb.rank(scope, thresholds="lern"), "did you mean 'learn'"),
        (lambda scope: wb.measures(scope, ["revenu_amount"]), "did you mean 'revenue_amount'"),
        (lambda scope: scope.where(chanel="live"), "did you mean 'channel'"),
        (lambda scope: scope.until("2026-W54"), "2026 has the weeks W01 to W53"),
    ],
)
def test_what_is_misspelt_is_refused_as_on_the_command_line(scope, wrong, sentence):
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        wrong(scope)


def test_tiers_take_the_levels_goals_and_actions_of_the_shop(tiers):
    assert tiers.scope.levels.names[0] == "champions"
    assert wb.act(tiers).actions["listed_users"].sum() > 0
    assert "repurchase_rate" in wb.compare(tiers.scope, tiers).goals["measure"].tolist()


def test_results_are_carried_on_by_the_verbs_of_the_field(tiers):
    assert wb.moves(tiers).findings
    assert wb.backtest(tiers).about("verdict")


def test_a_list_leaves_masked_in_the_main_unit_and_opens_in_a_spreadsheet(tiers, tmp_path):
    best = tiers.users.nlargest(50, "expected_amount")
    written = pd.read_csv(wb.export(best, tmp_path / "call_list.csv"))
    assert written["user_id"].str.fullmatch("u-[0-9a-f]{16}").all()
    assert written["expected_amount"].tolist() == pytest.approx(
        (best["expected_amount"] / 100).tolist()
    )
    assert (tmp_path / "call_list.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_ibis_table_is_shown_by_its_first_rows_and_without_an_id(scope):
    html = wb.show(scope.orders, currency="CNY").html
    assert html.count("<tr") == 21
    assert scope.orders.user_id.min().to_pyarrow().as_py() not in html
    assert "¥" in html


def test_tab_offers_the_public_names_of_a_package_only():
    for name in ("charts", "customers", "demo", "paths", "sources", "stats", "tables"):
        package = getattr(wb, name)
        assert all(getattr(package, one) is not None for one in dir(package)), name
        assert not [one for one in dir(package) if one.startswith("_") or one == "annotations"]
    assert dir(wb) == sorted(wb.__all__)


def test_without_an_earlier_report_there_is_none_and_the_page_says_so(shop, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    (tmp_path / "parameters").mkdir()
    assert wb.published(shop, "latest", "user_tiering") is None
    monkeypatch.setenv("WORKBENCH_HOME", str(ROOT))
    found = wb.rank(shop.scope("latest", weeks=26), thresholds="reuse", earlier=None)
    assert "No earlier report has thresholds to reuse" in found.about("thresholds")[0].sentence


def test_a_shop_without_orders_says_what_it_would_need(shop):
    scope = shop.scope("latest", weeks=4)
    without = {name: table for name, table in shop.tables.items() if name != "orders"}
    with pytest.raises(MissingData, match="has no table 'orders'"):
        _ = type(scope)(type(scope.tables)(without, "shop"), scope.period).orders
