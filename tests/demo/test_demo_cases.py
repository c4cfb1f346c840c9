"""Cases of risk that are laid over the finished tables: they are there, and all else is as before."""

import numpy as np
import pytest

from workbench import demo
from workbench.demo import cases

TOUCHED = {"reviews", "labels", "events"}


@pytest.fixture(scope="module")
def small():
    """A shop before and after."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "lay", lambda tables, *_: tables)
        before = demo.tables(users=3000)
    return before, demo.tables(users=3000)


@pytest.fixture(scope="module")
def foul(shop):
    """Whether each order and review of the default shop is foul, as it is, by its id."""
    assert shop["orders"].num_rows > 30_000
    told = demo.foul()
    return dict(zip(told["subject_id"].to_pylist(), told["kind"].to_pylist(), strict=True))


def test_every_table_that_it_does_not_touch_is_as_before(small):
    before, after = small
    assert list(after) == list(before)
    for name, table in before.items():
        assert after[name].schema == table.schema
        assert (after[name] == table) is (name not in TOUCHED)


def test_reviews_are_added_and_none_is_changed(small):
    before, after = ({row["review_id"]: row for row in one["reviews"].to_pylist()} for one in small)
    assert {key: after[key] for key in before} == before
    assert 0 < len(after) - len(before) < 0.005 * small[0]["orders"].num_rows


def test_of_the_events_only_the_product_of_some_looks_is_another(small):
    before, after = (one["events"] for one in small)
    for name in set(before.column_names) - {"product_id"}:
        assert after[name] == before[name]
    other = np.array(before["product_id"].to_pylist()) != np.array(after["product_id"].to_pylist())
    assert 0 < other.mean() < 0.001
    assert set(after.filter(other)["event"].to_pylist()) == {"view_item"}
    assert set(after.filter(other)["product_id"].to_pylist()) <= set(
        demo.truth().templated_products
    )


def test_refund_abuse_is_half_a_per_cent_of_the_orders_since_it_began(ask, foul):
    abused = {key for key, kind in foul.items() if kind == "refund_abuse"}
    since = demo.truth().refund_abuse_from
    ((late,),) = ask("SELECT count(*) FROM orders WHERE ordered_at >= '{since}'", since=since)
    assert len(abused) == round(0.005 * late)
    rows = ask("""
        SELECT order_id, ordered_at, refunded_at - ordered_at < INTERVAL 6 DAY, rating >= 4,
            reviewed_at < refunded_at, status
        FROM orders JOIN reviews USING (order_id)""")
    found = {row[0]: row[1:] for row in rows if row[0] in abused}
    assert set(found) == abused
    assert min(row[0] for row in found.values()) >= since
    assert {row[1:] for row in found.values()} == {(True, True, True, "refunded")}


def test_3_per_cent_of_the_verdicts_are_wrong(ask, foul):
    rows = ask("SELECT subject_id, is_bad FROM labels WHERE subject IN ('order', 'review')")
    wrong = [is_bad != (key in foul) for key, is_bad in rows]
    assert np.mean(wrong) == pytest.approx(demo.truth().wrong_verdicts.value, abs=0.001)


def test_no_order_is_found_good_within_45_days(ask):
    assert ask("""
        SELECT count(*) FROM labels JOIN orders ON subject = 'order' AND order_id = subject_id
        WHERE NOT is_bad AND known_at < ordered_at + INTERVAL 45 DAY""") == [(0,)]


def test_two_reviewers_of_one_subject_agree_as_often_as_both_are_right_or_both_wrong(ask):
    ((count, agree),) = ask("""
        SELECT count(*), avg((a.is_bad = b.is_bad)::int) FROM labels a JOIN labels b
        ON a.subject = b.subject AND a.subject_id = b.subject_id AND a.reviewer < b.reviewer""")
    assert count > 4000
    assert agree == pytest.approx(0.97**2 + 0.03**2, abs=0.01)


def test_whose_reviews_are_templated_is_bought_later(ask):
    rows = ask(
        """
        WITH v AS (SELECT user_id, product_id, min(occurred_at) AS seen FROM events
            WHERE event = 'view_item' GROUP BY 1, 2),
        b AS (SELECT user_id, product_id, min(occurred_at) AS bought FROM events
            WHERE event = 'purchase' GROUP BY 1, 2)
        SELECT product_id IN {boosted}, avg((bought > seen + INTERVAL 1 DAY)::int)
        FROM v JOIN b USING (user_id, product_id)
        WHERE bought BETWEEN seen AND seen + INTERVAL 14 DAY GROUP BY 1""",
        boosted=demo.truth().templated_products,
    )
    assert dict(rows)[True] == pytest.approx(demo.truth().longer_decisions.value, abs=0.002)
    assert dict(rows)[False] == pytest.approx(0.017, abs=0.003)
