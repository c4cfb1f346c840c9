"""Reviews: near copies, bursts and what goes with them, by hand."""

from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pytest

from workbench.analyses.risk import reviews
from workbench.kit.engine import Tables
from workbench.kit.scope import Scope
from workbench.periods import Period
from workbench.stats import copies

MONDAY = datetime(2026, 9, 28)
PERIOD = Period(date(2026, 9, 28), date(2026, 10, 4), "UTC")
TEMPLATE = "宝贝收到了，面霜质量非常好，物流超快，客服态度也好，全五分好评"


def scope(rows, *, min_group=0, **tables):
    """Reviews (product, user, day, rating, text)."""
    product, user, day, rating, text = zip(*rows, strict=True)
    told = {
        "review_id": [f"r{i:04d}" for i in range(len(rows))],
        "user_id": user, "rating": rating, "text": text, "product_id": product,
        "reviewed_at": [MONDAY + timedelta(days=one) for one in day],
    }  # fmt: skip
    made = {"reviews": told} | tables
    known = {name: ibis.memtable(pd.DataFrame(one)) for name, one in made.items()}
    return Scope(Tables(known), PERIOD, min_group=min_group)


def honest(number):
    """A text that shares hardly a run of three signs with another."""
    return "".join(chr(0x4E00 + (number * 37 + i * i * 101) % 4000) for i in range(14))


def test_copies_differ_in_width_case_and_punctuation_alone():
    assert copies.folded("\uff27\uff4f\uff4f\uff44!! 好，用~ 1") == "good好用1"
    texts = sorted(
        {copies.folded(TEMPLATE), copies.folded(TEMPLATE.replace("面霜", "口红")), honest(1)}
    )
    found = copies.pairs(texts)
    assert [{texts[i], texts[j]} for i, j in found] == [set(texts) - {honest(1)}]


def test_near_is_seven_tenths_of_the_shingles_of_both():
    assert copies.shingles("abcd") == {"abc", "bcd"}
    # 10 of 14 shingles are common to both: .714; then 9 of 15.
    one = "abcdefghijkl" + "mn"
    assert len(copies.pairs([one, "abcdefghijkl" + "xy"])) == 1
    assert len(copies.pairs([one, "abcdefghijk" + "xyz"])) == 0
    assert len(copies.pairs([])) == 0


@pytest.fixture(scope="module")
def found():
    """Twelve copies on two products and forty reviews in own words."""
    rows = [("p" if i < 9 else "q", f"t{i}", i / 4, 5, TEMPLATE + "!" * (i % 3)) for i in range(12)]
    rows += [("q", f"h{i}", i / 8 - 3, 2 + i % 3, honest(i)) for i in range(40)]
    rows += [("q", "h0", 1, 3, "好")]
    return reviews(scope(rows))


def test_copies_across_products_make_a_review_templated(found):
    rows = found.case_reviews.set_index("review_id")
    copied = rows[rows["is_templated"]]
    assert sorted(copied.index) == [f"r{i:04d}" for i in range(12)]
    assert set(copied["copies"]) == {11}
    assert copied["reasons"].str.startswith("11 near copies").all()
    assert rows.loc[~rows["is_templated"], "copies"].max() == 0


def test_a_product_is_named_if_surely_more_than_a_fifth_is_templated(found):
    rows = found.review_products.set_index("product_id")
    assert rows["reviews"].to_dict() == {"p": 9, "q": 43}
    assert rows["is_templated"].to_dict() == {"p": True, "q": False}
    (named,) = found.about("products")
    assert "p (9 of 9 reviews so far that are long enough to compare)" in named.sentence
    assert named.status == "bad"
    assert found.products_chart().title == named.sentence


def test_without_events_nothing_is_said_of_decisions(found):
    assert found.about("decisions") == ()
    assert "product_id, order_id" in found.missing[0]


def test_the_same_text_by_one_user_three_times_is_templated_too():
    rows = [("p", "u", i, 5, TEMPLATE) for i in range(3)] + [("p", "v", 1, 5, honest(3))]
    told = reviews(scope(rows)).case_reviews.set_index("review_id")
    assert told["own_copies"].to_dict() == {"r0000": 2, "r0001": 2, "r0002": 2, "r0003": 0}
    assert told["is_templated"].sum() == 3


def test_a_burst_is_more_than_chance_brings_in_a_day():
    rows = [("p", f"u{i}", i * 3 - 90, 4, honest(i)) for i in range(30)]
    rows += [("p", f"x{i}", 3 + i / 20, 1, honest(100 + i)) for i in range(8)]
    told = reviews(scope(rows)).case_reviews
    burst = told[told["burst_reviews"] > 0]
    assert sorted(burst["burst_reviews"]) == [5, 6, 7, 8]
    assert (burst["rating_above"] < -1).all()


def looks():
    """Twenty users a product look at p and q; half buy p after two days, q after a minute."""
    rows = []
    for product, wait in (("p", timedelta(days=2)), ("q", timedelta(minutes=1))):
        for i in range(20):
            seen = MONDAY - timedelta(days=60 - i)
            rows.append((f"{product}{i}", product, seen, None))
            if i % 2:
                rows.append((f"{product}{i}", product, seen + wait, f"{product}{i}"))
    user, product, when, order = zip(*rows, strict=True)
    return {"user_id": user, "event": ["view"] * len(rows), "product_id": product,
            "occurred_at": when, "order_id": order}  # fmt: skip


def test_what_goes_with_templated_reviews_is_told_as_a_difference():
    rows = [("p", f"t{i}", i / 4, 5, TEMPLATE) for i in range(12)]
    rows += [("q", f"h{i}", i / 8, 4, honest(i)) for i in range(12)]
    told = reviews(scope(rows, events=looks()))
    rates = told.decisions.set_index("products")[
        ["deciders", "lookers", "later_rate", "decision_seconds"]
    ]
    assert rates.loc["templated"].tolist() == [10, 20, 1, 2 * 86_400]
    assert rates.loc["others"].tolist() == [10, 20, 0, 60]
    later, bought = told.about("decisions")
    assert (later.figure, bought.figure) == (1, 0)
    assert "not what templated reviews cause" in bought.sentence


def test_others_are_told_nothing_of_a_product_with_few_reviewers():
    rows = [("p", f"t{i}", i / 4, 5, TEMPLATE) for i in range(9)]
    rows += [("q", f"h{i}", i / 8, 4, honest(i)) for i in range(12)]
    told = reviews(scope(rows, min_group=10, events=looks()))
    assert list(told.review_products["product_id"]) == ["q"]


def test_without_reviews_it_says_what_it_would_need():
    told = reviews(Scope(Tables({}), PERIOD))
    assert "table reviews" in told.missing[0]
    assert told.case_reviews.empty
    assert str(told.products_chart()) == told.missing[0]
