"""Ranking users: what a report is given, that it adds up, and what it says."""

import pandas as pd
import pytest
from tiers_shop import PERIOD, TABLES

import workbench as wb
from workbench.analyses import tiers
from workbench.analyses.tiers import reconcile as reconciling
from workbench.errors import MissingData, ParameterError, WorkbenchError

LEVELS = tiers.read_levels()


@pytest.fixture(scope="module")
def ranked():
    return tiers.rank(TABLES, PERIOD, LEVELS, source="shop", currency="CNY")


def test_users_and_money_of_levels_and_cells_are_those_of_the_tiers(ranked):
    for table in (ranked.levels, ranked.cells):
        assert table["users"].sum() == len(ranked.tiers)
        assert table["revenue_amount"].sum() == ranked.tiers["monetary"].sum()
        assert table["users_rate"].sum() == pytest.approx(1)
    assert len(ranked.levels) == 9
    assert len(ranked.cells) == 27


def test_each_user_stands_once_with_scores_level_and_forecast(ranked):
    users = ranked.tiers
    assert users["user_id"].is_unique
    assert set(users[["r", "f", "m"]].to_numpy().ravel()) <= {1, 2, 3}
    assert users["expected_orders"].between(0, 90).all()
    assert users["order_probability"].between(0, 1).all()
    assert (users["expected_orders"] >= users["order_probability"]).all()
    assert (users["expected_amount"] >= 0).all()
    assert users["expected_amount"].dtype == "Int64"


def test_the_account_closes_on_the_total_of_all_orders(ranked):
    rows = ranked.account.set_index("outcome")
    assert rows.loc["in_period", "orders"] == ranked.tiers["frequency"].sum()
    assert rows.drop("total").sum()["net_amount"] == rows.loc["total", "net_amount"]


def test_tiers_that_lost_an_order_are_refused():
    users = pd.DataFrame({"frequency": [1], "monetary": [5]})
    with pytest.raises(WorkbenchError, match="the tiers do not add up"):
        reconciling.reconcile(TABLES["orders"], PERIOD, users)


def test_the_first_finding_is_what_core_users_bring(ranked):
    core = ranked.levels[ranked.levels["class"] == "core"]
    first = ranked.findings[0]
    assert first.figure == pytest.approx(core["revenue_rate"].sum())
    assert f"{core['users'].sum()} core users" in first.sentence


def test_given_thresholds_are_used_as_they_are():
    text = "{recency_days: [40, 7], frequency: [2, 3], monetary: [5000, 9000]}"
    found = tiers.rank(TABLES, PERIOD, LEVELS, thresholds=text)
    assert found.thresholds["score_3"].tolist() == [7, 3, 9000]
    best = found.tiers[found.tiers["level"] == "champions"]
    assert (best["recency_days"] <= 7).all()
    assert (best["monetary"] >= 9000).all()
    assert "thresholds that were given" in found.findings[1].sentence


def test_reuse_without_an_earlier_report_learns_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    found = tiers.rank(TABLES, PERIOD, LEVELS, thresholds="reuse", source="shop")
    assert found.findings[1].status == "unknown"
    assert "No earlier report has thresholds to reuse" in found.findings[1].sentence


def test_reuse_takes_the_thresholds_of_the_week_before(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    before = tiers.rank(TABLES, PERIOD.previous(), LEVELS, source="shop")
    folder = tmp_path / "reports/weekly/2026-W13/results/user_tiering"
    folder.mkdir(parents=True)
    before.thresholds.to_parquet(folder / "thresholds.parquet")
    found = tiers.rank(TABLES, PERIOD, LEVELS, thresholds="reuse", source="shop")
    assert found.cuts.frequency == before.cuts.frequency
    assert found.cuts.monetary == before.cuts.monetary
    assert set(found.thresholds["origin"]) == {"reused"}
    assert set(found.thresholds["learned_in"]) == {"2026-W13"}
    assert "learned in 2026-W13" in found.findings[1].sentence


def test_an_unknown_way_to_thresholds_is_refused():
    with pytest.raises(ParameterError, match="unknown thresholds 'reused', did you mean 'reuse'"):
        tiers.rank(TABLES, PERIOD, LEVELS, thresholds="reused")


def test_a_source_without_orders_is_told_what_it_needs():
    with pytest.raises(MissingData, match="would need the table orders"):
        tiers.rank({}, PERIOD, LEVELS)


def test_charts_say_what_they_show(ranked):
    assert ranked.levels_chart().title == ranked.findings[0].sentence
    assert "Champions (core)" in ranked.levels_chart().alt
    assert ranked.cells_chart().alt.count(";") == 26


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", ["online_retail", "complete_journey", "cdnow"])
def test_the_tiers_of_a_real_shop_add_up_to_its_own_lines(name):
    shop = wb.connect(name)
    found = tiers.rank(shop.tables, shop.period("latest", 26), LEVELS, currency=shop.currency)
    whole = found.account.set_index("outcome").loc["total"]
    assert whole["orders"] == shop.facts["orders"].rows
    kept = shop.account[shop.account["table"] == "orders"]["money_kept"].sum()
    assert whole["net_amount"] == kept
