"""Intervals and tests, held to published figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.stats.rates import beyond_the_rest, contrasts, difference, p_value, set_apart, wilson


def test_the_interval_of_a_rate_is_wilsons():
    # Newcombe (1998, Statistics in Medicine 17, 857-872), table I, method 3: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.3080, 0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.1014, 0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.0, 0.1611), abs=5e-5)


def test_nobody_has_no_rate():
    assert all(math.isnan(value) for value in wilson(0, 0))


def test_the_interval_of_a_difference_is_newcombes():
    # Newcombe (1998, Statistics in Medicine 17, 873-890), table II, method 10: 56/70 and 48/80.
    assert difference((56, 70), (48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_the_chance_of_a_difference_is_that_of_the_test_of_two_proportions():
    # By hand: pooled 104/150, error 0.075467, z = 2.6502, two-sided.
    assert p_value((56, 70), (48, 80)) == pytest.approx(0.00804, abs=5e-5)
    assert p_value((30, 60), (30, 60)) == 1


def test_nothing_is_claimed_of_a_handful():
    assert p_value((0, 4), (4, 4)) == 1
    assert math.isnan(p_value((0, 0), (4, 4)))


def test_a_part_is_set_against_all_others_together():
    one, two, three = contrasts([(10, 100), (40, 100), (50, 100)])
    assert (one.part, one.rate, one.rest) == (0, 0.1, 0.45)
    assert (three.part, three.rate, three.rest) == (2, 0.5, 0.25)
    assert one.p_value < three.p_value < two.p_value


def test_one_far_above_the_others_does_not_make_them_low():
    alike, far_above = [(40, 100), (38, 100), (42, 100)], (80, 100)
    assert [one.part for one in set_apart([*alike, far_above], 4)] == [3]
    # Beside one that most belong to the others are low.
    assert [one.part for one in set_apart([(10, 100), (12, 100), (500, 1000)], 3)] == [0, 1]
    # Where the others differ as well, it is those below.
    assert [one.part for one in set_apart([(10, 100), (45, 100), far_above], 3)] == [0]
    # Of two the lower one; its rate stands beside that of all others.
    assert [one[1:] for one in set_apart([(80, 100), (40, 100), (0, 0)], 2)] == [(1, 0.4, 0.8)]
    assert set_apart(alike, 3) == []


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_rate_and_stays_between_none_and_all(pair):
    rate, low, high = wilson(*pair)
    assert 0 <= low <= rate <= high <= 1


def test_parts_that_are_alike_are_beyond_the_rest_together_and_to_one_side():
    assert sorted(beyond_the_rest([(60, 100)] * 4 + [(20, 100)] * 2)) == [4, 5]
    assert beyond_the_rest([(60, 100), (62, 100), (58, 100)]) == []
    # The surest is the one far below; one above the others is of them.
    assert beyond_the_rest([(50, 100)] * 4 + [(75, 100), (2, 100)]) == [5]
