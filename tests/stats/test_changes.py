"""Whether the parts of a whole changed alike, and the doubt of rates of users who come again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.stats.changes import Sides, change, split
from workbench.stats.resampling import pooled


def test_a_change_is_the_logarithm_of_the_rate_by_the_rate_before():
    found = change([Sides((5000, 20_000), (5000, 10_000))])
    assert found.size == pytest.approx(math.log(0.5), abs=1e-3)
    # By the delta method: (1 - p) / (n p) on each side.
    assert found.error == pytest.approx(0.75 / 5000 + 0.5 / 5000, rel=1e-2)


def test_several_parts_are_held_against_what_each_lets_expect_so_that_mix_is_no_change():
    # Now nearly all are of the part that seldom goes on.
    parts = [Sides((50, 100), (5000, 10_000)), Sides((1000, 10_000), (1000, 10_000))]
    assert change(parts).size == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("rates", "odd", "side"),
    [
        ((0.5, 0.5, 0.5), (), 0),
        ((0.25, 0.25, 0.25), (), -1),
        ((0.25, 0.5, 0.5), (0,), 0),
        ((0.25, 0.25, 0.5), (2,), -1),
        ((0.25, 0.5), (0,), 0),
        ((0.1, 0.4), (0,), -1),
        ((0.7, 0.7, 0.5), (2,), 1),
    ],
)
def test_a_part_is_odd_where_it_differs_from_the_rest_beyond_chance(rates, odd, side):
    found = split([Sides((round(1000 * rate), 1000), (500, 1000)) for rate in rates])
    assert (found.odd, found.side()) == (odd, side)
    assert sorted(found.alike + found.odd) == list(range(len(rates)))


def test_a_part_without_users_on_a_side_is_neither():
    found = split(
        [Sides((25, 100), (50, 100)), Sides((0, 0), (5, 10)), Sides((26, 100), (50, 100))]
    )
    assert (found.alike, found.odd) == ((0, 2), ())


def test_users_who_come_each_week_are_drawn_with_all_their_weeks():
    """Of 100 users half always come through and half never, each in all of four weeks."""
    cells, users = np.array([[4, 4, 4, 4], [0, 4, 0, 4]]), np.array([50, 50])
    now, before, change_ = pooled(cells, users)
    assert now == before
    assert now.value == 0.5
    # As of 100 users, not of 400 attempts: 0.5 ± 1.96 · 0.05.
    assert (now.low, now.high) == pytest.approx((0.402, 0.598), abs=0.01)
    # What they do now they did before: nothing changed, surely; Wilson's ends stand in.
    assert change_.value == 0
    assert change_.low < 0 < change_.high


def test_pooled_rates_of_nobody_are_not_known():
    assert not any(
        one.is_known for one in pooled(np.empty((0, 4), np.int64), np.array([], np.int64))
    )
    now, before, change_ = pooled(np.array([[1, 2, 0, 0]]), np.array([10]))
    assert now.value == 0.5
    assert now.low < 0.5 < now.high
    assert not before.is_known
    assert not change_.is_known


def test_of_a_handful_of_hits_draws_alone_are_not_trusted():
    # 8 of 546 now, one of 397 before: drawn again, the one is never more than a few.
    cells = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]])
    now, before, change_ = pooled(cells, np.array([8, 538, 1, 396]))
    assert change_.value == pytest.approx(8 / 546 - 1 / 397)
    assert change_.low < 0 < change_.high
    assert before.high > 0.013  # Wilson's upper end of one of 397
    assert now.low < 0.0075
