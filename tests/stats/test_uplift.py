"""Qini by hand, and that a ranking by chance has none."""

import numpy as np
import pytest

from workbench.stats.uplift import GROUPS, gains_curve, interval, qini


def arms(users=4000, seed=1):
    """The first half of the users buys with the offer alone, the other half never."""
    chance = np.random.default_rng(seed)
    moved, treated = np.arange(users) < users // 2, chance.integers(0, 2, users)
    return moved, treated, (moved & (treated == 1)).astype(float)


def test_a_perfect_ranking_gains_all_by_the_half_and_nothing_after_it():
    moved, treated, bought = arms()
    gains = gains_curve(moved, treated, bought)
    assert gains[0] == 0
    assert gains[GROUPS // 2] == pytest.approx(0.5)
    assert gains[-1] == pytest.approx(0.5, abs=0.02)
    # The curve rises to 0.5 at the half and stays; chance is the straight line to it: the mean
    # distance over twentieths is that of a triangle of height 0.25.
    assert qini(moved, treated, bought) == pytest.approx(0.125, abs=0.01)
    assert qini(-moved.astype(float), treated, bought) == pytest.approx(-0.125, abs=0.01)


def test_a_ranking_by_chance_has_none_and_its_interval_says_so():
    _moved, treated, bought = arms()
    told = interval(np.random.default_rng(2).random(4000), treated, bought)
    assert told.low < 0 < told.high
    assert told.value == pytest.approx(0, abs=0.02)
    sure = interval(*arms())
    assert sure.low > 0.1


def test_nothing_is_told_where_an_arm_is_empty():
    assert np.isnan(qini(np.arange(40), np.ones(40), np.ones(40)))
    assert not interval(np.arange(40), np.ones(40), np.ones(40)).is_known
