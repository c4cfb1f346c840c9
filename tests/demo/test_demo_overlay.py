"""Effects that are laid over the finished tables: they are there, and all else is as before."""

import hashlib

import numpy as np
import pytest

from workbench import demo
from workbench.demo import overlay


def digest(columns):
    told = hashlib.sha256()
    for column in columns:
        told.update(repr(column.to_pylist()).encode())
    return told.hexdigest()


@pytest.fixture(scope="module")
def small():
    """A shop before and after."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlay, "lay", lambda tables, seed: tables)  # noqa: ARG005 - as the real one
        before = demo.tables(users=3000)
    return before, demo.tables(users=3000)


def test_every_table_column_and_row_that_it_does_not_touch_is_as_before(small):
    before, after = small
    assert list(after) == list(before)
    for name, table in before.items():
        kept = [one for one in table.column_names if (name, one) not in TOUCHED]
        assert after[name].schema == table.schema
        assert digest(after[name][one] for one in kept) == digest(table[one] for one in kept)
    changed = [
        old != new
        for old, new in zip(
            before["orders"]["discount"].to_pylist(),
            after["orders"]["discount"].to_pylist(),
            strict=True,
        )
    ]
    assert 0 < np.mean(changed) < 0.05


TOUCHED = {("orders", "discount"), ("orders", "coupon_id")}


def test_goods_sold_23_per_cent_cheaper_in_lives_are_sent_back_in_41_per_cent_of_cases(ask_calm):
    (rate, cut, count), *_ = ask_calm("""
        SELECT avg((status = 'refunded')::int), avg(discount / (amount + discount)), count(*)
        FROM orders JOIN contents USING (content_id) WHERE format = 'live' AND coupon_id IS NULL
            AND discount >= 0.2 * (amount + discount)""")
    assert count > 150
    assert (round(rate * count), count) == (71, 170)  # 69.7 are meant
    assert abs(rate - demo.truth().returned_after_cut.value) * count < 2
    assert cut == pytest.approx(demo.truth().live_price_cut.value, abs=0.001)


def test_other_orders_are_sent_back_in_6_per_cent_of_cases(ask_calm):
    (rate,), *_ = ask_calm("""
        SELECT avg((refunded_amount > 0)::int) FROM orders
        WHERE status <> 'cancelled' AND NOT (coupon_id IS NULL AND discount > 0)""")
    assert rate == pytest.approx(demo.truth().returned_otherwise.value, abs=0.01)


def test_the_offer_brings_back_who_had_a_discount_and_puts_off_who_never_had(ask):
    rows = ask("""
        WITH a AS (SELECT *, assigned_at + INTERVAL 14 DAY AS until FROM assignments
            WHERE experiment = 'win_back' AND assigned_at < TIMESTAMP '2026-10-04 16:00' - INTERVAL 14 DAY),
        b AS (SELECT variant, EXISTS (FROM orders o WHERE o.user_id = a.user_id
                AND o.ordered_at < assigned_at AND discount > 0) AS had,
            EXISTS (FROM events e WHERE e.user_id = a.user_id AND event = 'visit'
                AND occurred_at BETWEEN assigned_at AND until) AS back
            FROM a WHERE EXISTS (FROM orders o WHERE o.user_id = a.user_id AND o.ordered_at < assigned_at))
        SELECT variant, had, avg(back::int), count(*) FROM b GROUP BY 1, 2""")
    rates = {(variant, had): rate for variant, had, rate, _count in rows}
    known = demo.truth()
    # Some hundred customers a cell: the standard error of a difference is near 0.05.
    assert rates["price_cut", True] - rates["control", True] == pytest.approx(
        known.uplift_with_discount.value, abs=0.1
    )
    assert rates["price_cut", False] - rates["control", False] == pytest.approx(
        known.uplift_without.value, abs=0.1
    )


def test_the_truth_says_whose_uplift_it_is():
    told = demo.uplift()
    assert told.column_names == ["user_id", "uplift"]
    values = set(np.round(told["uplift"].to_numpy(), 2))
    assert values == {0.48, -0.12}
    share = float(np.mean(told["uplift"].to_numpy() > 0))
    assert share == pytest.approx(demo.truth().discounted_share.value, abs=0.06)
