"""Cases on the demo, whose foul orders and reviews are known: what the queue finds, and when."""

import pytest

from workbench import connect, demo
from workbench.analyses.risk import cases, reviews

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


def rows(table, kinds):
    return table.assign(kind=table["order_id"].map(kinds).fillna(""))


def test_without_verdicts_a_place_holds_a_bad_order_at_least_as_often_as_by_rules(found):
    card = found.card_before.set_index("way")
    assert card.loc["rules_outliers", "at_capacity_rate"] >= card.loc["rules", "at_capacity_rate"]
    assert card.loc["rules_outliers", "true_recall_rate"] >= 0.60


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
