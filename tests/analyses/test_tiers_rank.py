"""Ranking users: what a report is given, that it adds up, and what it says."""

from datetime import datetime
from typing import NamedTuple

import ibis
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

import workbench as wb
from scopes import scope_of
from tiers_shop import PERIOD, TABLES, shop
from workbench.analyses.actions import act
from workbench.analyses.moves import moves
from workbench.analyses.tiers import rank
from workbench.customers.thresholds import Thresholds
from workbench.customers.tiering import reconciled
from workbench.errors import MissingData, ParameterError, WorkbenchError
from workbench.kit.levels import Levels

GIVEN = "{recency_days: [40, 7], frequency: [2, 3], monetary: [5000, 9000]}"


class Published(NamedTuple):
    """An earlier report."""

    frames: dict
    again: None = None
    older: tuple = ()


def published(tiers):
    return Published(tiers.frames())


@pytest.fixture(scope="module")
def ranked():
    return rank(shop())


def test_users_and_money_of_levels_and_cells_are_those_of_the_tiers(ranked):
    for table in (ranked.levels, ranked.cells):
        assert table["users"].sum() == len(ranked.users)
        assert table["revenue_amount"].sum() == ranked.users["monetary"].sum()
        assert table["users_rate"].sum() == pytest.approx(1)
    assert len(ranked.levels) == 9
    assert len(ranked.cells) == 27


def test_each_user_stands_once_with_scores_level_and_forecast(ranked):
    users = ranked.users
    assert users["user_id"].is_unique
    assert set(users[["r", "f", "m"]].to_numpy().ravel()) <= {1, 2, 3}
    assert users["expected_orders"].between(0, 90).all()
    assert users["order_probability"].between(0, 1).all()
    assert (users["expected_orders"] >= users["order_probability"]).all()
    assert (users["expected_amount"] >= 0).all()
    assert users["expected_amount"].dtype == "Int64"


def test_the_account_closes_on_the_total_of_all_orders(ranked):
    rows = ranked.account.set_index("outcome")
    assert rows.loc["in_period", "orders"] == ranked.users["frequency"].sum()
    assert rows.drop("total").sum()["net_amount"] == rows.loc["total", "net_amount"]


def test_tiers_that_lost_an_order_are_refused():
    users = pd.DataFrame({"frequency": [1], "monetary": [5]})
    with pytest.raises(WorkbenchError, match="the tiers do not add up"):
        reconciled(shop(), users)


def test_the_first_finding_is_what_core_users_bring(ranked):
    core = ranked.levels[ranked.levels["class"] == "core"]
    first = ranked.findings[0]
    assert first.figure == pytest.approx(core["revenue_rate"].sum())
    assert f"{core['users'].sum()} core users" in first.sentence


def test_given_thresholds_are_used_as_they_are():
    found = rank(shop(), thresholds=GIVEN)
    assert found.thresholds["score_3"].tolist() == [7, 3, 9000]
    best = found.users[found.users["level"] == "champions"]
    assert (best["recency_days"] <= 7).all()
    assert (best["monetary"] >= 9000).all()
    assert "thresholds that were given" in found.findings[1].sentence
    cuts = Thresholds((40, 7), (2, 3), (5000, 9000), "given", "2026-W26")
    pd.testing.assert_frame_equal(rank(shop(), thresholds=cuts).users, found.users)


def test_reuse_without_an_earlier_report_learns_and_says_so():
    found = rank(shop(), thresholds="reuse")
    assert found.findings[1].status == "neutral"
    assert "No earlier report has thresholds to reuse" in found.findings[1].sentence
    elsewhere = published(rank(scope_of(TABLES, PERIOD.previous(), source="another")))
    same = rank(shop(), thresholds="reuse", earlier=elsewhere)
    assert same.findings[1] == found.findings[1]
    assert same.cuts == found.cuts


def test_reuse_takes_the_thresholds_of_the_week_before():
    before = rank(shop(period=PERIOD.previous()))
    found = rank(shop(), thresholds="reuse", earlier=published(before))
    assert found.cuts.frequency == before.cuts.frequency
    assert found.cuts.monetary == before.cuts.monetary
    assert set(found.thresholds["origin"]) == {"reused"}
    assert set(found.thresholds["learned_in"]) == {"2026-W13"}
    assert "learned in 2026-W13" in found.findings[1].sentence


def test_an_earlier_report_changes_nothing_unless_it_is_asked_for(ranked):
    before = rank(shop(period=PERIOD.previous()))
    assert rank(shop(), earlier=published(before)).cuts == ranked.cuts


@pytest.mark.parametrize(
    ("asked", "told"), [(GIVEN, "given in 2025-W52."), ("learn", "learned in 2025-W52.")]
)
def test_a_chain_of_reuse_tells_where_it_began(asked, told):
    found = rank(shop(period=PERIOD.previous().previous()), thresholds=asked)
    for period in (PERIOD.previous(), PERIOD):
        found = rank(shop(period=period), thresholds="reuse", earlier=published(found))
    assert told in found.findings[1].sentence
    assert set(found.thresholds["origin"]) == {"reused"}


def test_headline_figures_are_those_of_the_frames(ranked):
    figures = {metric.name: metric.interval.value for metric in ranked.metrics}
    core = ranked.levels[ranked.levels["class"] == "core"]
    assert figures.pop("repurchase_rate") == pytest.approx(0.7632, abs=1e-4)  # 174 of 228
    assert figures == {
        "users": len(ranked.users),
        "revenue_amount": ranked.users["monetary"].sum(),
        "core_users_rate": core["users"].sum() / len(ranked.users),
        "core_revenue_rate": pytest.approx(core["revenue_rate"].sum()),
        "expected_amount": ranked.users["expected_amount"].sum(),
    }


def test_other_levels_may_be_given_in_place_of_the_shops():
    names = [f"level_{place}" for place in range(9, 0, -1)]
    kinds = ["core"] * 3 + ["potential"] * 3 + ["marginal"] * 3
    cells = {
        f"{r}{f}{m}": names[9 - (r + f + m)]
        for r in (1, 2, 3)
        for f in (1, 2, 3)
        for m in (1, 2, 3)
    }
    levels = Levels(dict(zip(names, kinds, strict=True)), cells)
    found = rank(shop(), levels=levels)
    assert found.levels["level"].tolist() == names
    assert found.scope.levels is levels
    assert moves(found).level_changes["level"].tolist() == names


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"horizon_days": 0}, "horizon_days == 0, must be in 7..365"),
        ({"discount_rate": 1.5}, "discount_rate == 1.5, must be in 0..1"),
    ],
)
def test_a_number_out_of_its_bounds_is_refused(given, sentence):
    with pytest.raises(ParameterError, match=f"^{sentence}$"):
        rank(shop(), **given)


def test_the_engine_is_asked_each_question_once(monkeypatch):
    asked = []
    ask = Backend.to_pyarrow

    def counted(backend, expression, **options):
        asked.append(ibis.to_sql(expression))
        return ask(backend, expression, **options)

    monkeypatch.setattr(Backend, "to_pyarrow", counted)
    orders = TABLES["orders"].mutate(platform=ibis.literal("douyin"))
    first = {"orders": datetime(2025, 5, 25)}  # as a source knows it unasked
    tiers = rank(shop({"orders": orders}, platform="douyin", first_instants=first))
    moves(tiers)
    act(tiers)
    assert len(asked) == len(set(asked))
    assert 0 < len(asked) <= 11  # three of them for days without orders


def test_an_unknown_way_to_thresholds_is_refused():
    with pytest.raises(ParameterError, match="unknown thresholds 'reused', did you mean 'reuse'"):
        rank(shop(), thresholds="reused")


def test_a_source_without_orders_is_told_what_it_needs():
    with pytest.raises(MissingData, match="would need the table orders"):
        rank(shop({}))


def test_charts_say_what_they_show(ranked):
    assert ranked.levels_chart().title == ranked.findings[0].sentence
    assert "Champions (core)" in ranked.levels_chart().alt
    assert ranked.cells_chart().alt.count(";") == 26


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", ["online_retail", "complete_journey", "cdnow"])
def test_the_tiers_of_a_real_shop_add_up_to_its_own_lines(name):
    real = wb.connect(name)
    found = rank(scope_of(real.tables, real.period("latest", 26), currency=real.currency))
    whole = found.account.set_index("outcome").loc["total"]
    assert whole["orders"] == real.facts["orders"].rows
    kept = real.account[real.account["table"] == "orders"]["money_kept"].sum()
    assert whole["net_amount"] == kept
