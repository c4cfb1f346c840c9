"""Cases on the demo, whose foul orders and reviews are known: what the queue finds, and when."""

from datetime import date

import numpy as np
import pytest

from workbench import connect, demo
from workbench.analyses.risk import cases, judged, reviews
from workbench.analyses.risk.desk import Desk
from workbench.analyses.risk.order_features import moments

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop():
    return connect("demo")


@pytest.fixture(scope="module")
def kinds():
    told = demo.foul()
    return dict(zip(told["subject_id"].to_pylist(), told["kind"].to_pylist(), strict=True))


@pytest.fixture(scope="module")
def found(shop):
    return cases(shop.scope("2026-W40", 8), capacity_per_day=10)


@pytest.fixture(scope="module")
def early(shop):
    """As told two weeks after the refund abuse began: no verdict on it has taught anything yet."""
    return cases(shop.scope("2026-W23", 2), capacity_per_day=10)


@pytest.fixture(scope="module")
def desk(shop):
    """The queue by each way of looking, on the same days."""
    scope = shop.scope("2026-W40", 8)
    return Desk.of(scope, moments(scope), judged.verdicts(scope, "order"), 10)


@pytest.fixture(scope="module")
def kind(desk, kinds):
    """What is foul about each order, "" for nothing."""
    return np.array([kinds.get(one, "") for one in desk.orders.ids.to_pylist()])


def rows(table, kinds):
    return table.assign(kind=table["order_id"].map(kinds).fillna(""))


def test_without_verdicts_a_place_holds_a_bad_order_at_least_as_often_as_by_rules(found):
    card = found.card_before.set_index("way")
    assert card.loc["rules_outliers", "at_capacity_rate"] >= card.loc["rules", "at_capacity_rate"]
    assert card.loc["rules_outliers", "true_recall_rate"] >= 0.60


def test_what_is_truly_bad_is_told_in_one_sentence_with_what_that_rests_on(found):
    (both,) = found.about("both")
    said = both.sentence.replace("\u202f", " ")
    assert "If reviewers err equally often and each by itself, 100.0 % of what is truly bad" in said
    (agreed,) = found.about("agreement")
    assert "3.0 % of verdicts are wrong" in agreed.sentence.replace("\u202f", " ")


def test_with_verdicts_nearly_all_that_is_bad_comes_up(found):
    assert found.card_learned["true_recall_rate"].iloc[0] >= 0.95
    both = found.card_both.set_index("way").loc["rules_verdicts"]
    assert both["true_recall_rate"] >= 0.95
    assert both["bad_found"] >= found.card_learned["bad_found"].iloc[0]


def test_of_what_is_truly_bad_nearly_all_comes_up(found, kinds):
    told = rows(found.case_orders, kinds)
    bad = told[told["kind"] != ""]
    assert len(bad) > 200
    assert bad["in_queue"].mean() >= 0.95
    assert (bad.groupby("kind")["in_queue"].mean() > 0.8).all()


def test_each_table_holds_against_what_is_planted_and_not_only_against_verdicts(desk, kind):
    start, end = desk.closed
    bad = (kind != "") & (desk.placed >= start) & (desk.placed < end)
    assert bad.sum() > 150
    found = {
        way: bad & (desk.up(way) >= 0) for way in ("rules", "rules_outliers", "rules_verdicts")
    }
    recall = {way: hits.sum() / bad.sum() for way, hits in found.items()}
    assert found["rules_outliers"].sum() >= found["rules"].sum()  # of as many places
    assert recall["rules_outliers"] >= 0.60
    assert recall["rules_verdicts"] >= 0.95
    # By verdicts alone nobody can know a kind that was never judged.
    judged_before = bad & (kind != "refund_abuse")
    assert (desk.up("verdicts")[judged_before] >= 0).mean() >= 0.95


def test_the_model_finds_half_of_a_new_kind_once_its_verdicts_have_taught(desk, kind):
    began = (date(2026, 5, 25) - desk.first).days
    taught = began + 14 + round(desk.told.closing)
    new = (kind == "refund_abuse") & (desk.placed >= taught) & (desk.placed < desk.days - 14)
    assert new.sum() >= 20
    assert (desk.up("verdicts")[new] >= 0).mean() >= 0.5


def test_rules_find_half_of_a_new_kind_within_14_days_of_its_start(early, kinds):
    told = rows(early.case_orders, kinds)
    new = told[told["kind"] == "refund_abuse"]
    assert len(new) >= 5
    hit = new["in_queue"] & new["rules"].str.contains("refund_abuse")
    assert hit.mean() >= 0.5


def test_no_case_is_worked_twice_and_no_day_has_more_than_its_places(found):
    up = found.case_orders.dropna(subset=["queued_on"])
    assert up["order_id"].is_unique
    assert up.groupby("queued_on").size().max() <= 10
    assert (found.case_orders["in_queue"] == found.case_orders["queued_on"].notna()).all()


def test_two_reviewers_tell_that_3_per_cent_of_verdicts_are_wrong(found):
    (told,) = found.about("agreement")
    assert told.figure == pytest.approx(0.97**2 + 0.03**2, abs=0.01)


def test_the_six_products_are_named_and_no_other(shop, kinds):
    told = reviews(shop.scope("2026-W40", 8))
    named = told.review_products.query("is_templated")["product_id"]
    assert sorted(named) == sorted(demo.truth().templated_products)
    cases_ = told.case_reviews
    is_bought = cases_["review_id"].isin(kinds)
    assert is_bought[cases_["is_templated"]].mean() >= 0.95
    assert cases_.loc[is_bought, "is_templated"].mean() >= 0.95
    later, _rate = told.about("decisions")
    known = demo.truth().longer_decisions.value - 0.017
    assert (later.low, later.high) == (
        pytest.approx(known, abs=0.02),
        pytest.approx(known, abs=0.02),
    )
