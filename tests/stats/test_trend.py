"""Means with their intervals, and the trend test over levels."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.stats.means import Mean, means
from workbench.stats.trend import _gated, _holm, trends

CLASSES = {
    **dict.fromkeys(("champions", "loyal", "cooling"), "core"),
    **dict.fromkeys(("rising", "steady", "win_back"), "potential"),
    **dict.fromkeys(("light", "fading", "dormant"), "marginal"),
}


# Means


def test_without_skewness_the_interval_is_students():
    # Deviation 1.5811, error 0.7071, t(4) 2.7764.
    (found,) = means(np.zeros(5, int), np.array([1, 2, 3, 4, 5]), 1)
    assert found.interval() == pytest.approx((3, 3 - 1.96324, 3 + 1.96324), abs=1e-5)


def test_a_long_tail_upwards_stretches_the_interval_upwards():
    mean, low, high = means(np.zeros(8, int), np.array([0, 0, 1, 1, 2, 2, 3, 30]), 1)[0].interval()
    assert high - mean > 2 * (mean - low)


@pytest.mark.parametrize("amounts", [[], [5], [0] * 50, [0] * 50 + [7] * 4, [7] * 6])
def test_an_interval_needs_five_payers_who_differ(amounts):
    (found,) = means(np.zeros(len(amounts), int), np.array(amounts, dtype=float), 1)
    assert all(math.isnan(end) for end in found.interval()[1:])


def test_the_interval_holds_the_true_mean_where_students_does_not():
    rng = np.random.default_rng(9)
    samples, users, share, sigma = 3000, 150, 0.2, 1.0
    shape = (samples, users)
    amounts = np.where(rng.random(shape) < share, np.exp(rng.normal(0, sigma, shape)), 0)
    truth = share * math.exp(sigma**2 / 2)
    found = means(np.repeat(np.arange(samples), users), amounts.ravel(), samples)
    held = np.mean([low <= truth <= high for _mean, low, high in (m.interval() for m in found)])
    students = np.mean([abs(m.mean - truth) <= 1.976 * m.error for m in found])
    assert 0.93 <= held <= 0.96
    assert students < 0.91


def test_the_interval_of_a_difference_is_made_of_the_two_intervals():
    one, other = Mean(50, 50, 10.0, 1.0, 0.0), Mean(50, 50, 4.0, 0.75, 0.0)
    change, low, high = one.minus(other)
    reach = 2.009575 * math.hypot(1, 0.75)  # t(49) times 1.25
    assert (change, low, high) == pytest.approx((6, 6 - reach, 6 + reach), abs=1e-5)
    assert math.isnan(one.minus(Mean(9, 2, 4.0, 0.75, 0.0))[1])


# The trend


def jonckheere(groups):
    """J and its mean and variance with ties, as Hollander and Wolfe write them."""
    rising = sum(
        (a < b) + (a == b) / 2
        for low, high in itertools.combinations(groups, 2)
        for a in low
        for b in high
    )
    sizes = [len(group) for group in groups]
    ties = np.unique(np.concatenate(groups), return_counts=True)[1]
    users = sum(sizes)
    mean = (users**2 - sum(n**2 for n in sizes)) / 4

    def sums(power, values):
        terms = {
            1: lambda n: n * (n - 1) * (2 * n + 5),
            2: lambda n: n * (n - 1) * (n - 2),
            3: lambda n: n * (n - 1),
        }[power]
        return sum(terms(int(n)) for n in values)

    variance = (
        (sums(1, [users]) - sums(1, sizes) - sums(1, ties)) / 72
        + sums(2, sizes) * sums(2, ties) / (36 * sums(2, [users]))
        + sums(3, sizes) * sums(3, ties) / (8 * sums(3, [users]))
    )
    return rising, mean, variance


def core_row(groups):
    """The row of core for groups from the lowest of its levels to the highest."""
    places = np.repeat([2, 1, 0], [len(group) for group in groups])
    amounts = np.concatenate(groups)
    return trends(places, amounts, CLASSES, means(places, amounts, 9)).iloc[1]


def test_the_trend_test_is_that_of_jonckheere_and_terpstra():
    # Knowledge of performance, Hollander and Wolfe, example 6.2: J = 79, J* = 2.04.
    groups = [
        [40, 35, 38, 43, 44, 41],
        [38, 40, 47, 44, 40, 42],
        [48, 40, 45, 43, 46, 44],
    ]
    rising, mean, variance = jonckheere(groups)
    assert (rising, mean) == (79, 54)
    assert (rising - mean) / math.sqrt(variance) == pytest.approx(2.04, abs=0.005)
    assert core_row(groups)["p_value"] == pytest.approx(0.0207, abs=0.0001)


amounts_of_a_level = st.lists(st.integers(0, 9), min_size=5, max_size=12)


@given(st.tuples(amounts_of_a_level, amounts_of_a_level, amounts_of_a_level))
def test_the_p_value_is_jonckheeres_with_ties_for_any_amounts(groups):
    found = core_row(groups)["p_value"]
    if len(set(itertools.chain(*groups))) == 1:
        assert math.isnan(found)
        return
    rising, mean, variance = jonckheere(groups)
    z = (rising - mean) / math.sqrt(variance)
    assert found == pytest.approx(math.erfc(z / math.sqrt(2)) / 2, abs=1e-9)


def test_holm_steps_down_from_the_smallest_and_leaves_out_what_is_unknown():
    found = _holm(np.array([0.01, 0.04, math.nan, 0.03, 0.005]))
    assert found == pytest.approx([0.03, 0.06, math.nan, 0.06, 0.02], nan_ok=True)
    assert _holm(np.array([0.9, 0.8])).tolist() == [1, 1]


def all_rows(amounts_by_place):
    places = np.repeat(range(len(amounts_by_place)), [len(one) for one in amounts_by_place])
    amounts = np.concatenate(amounts_by_place)
    return trends(places, amounts, CLASSES, means(places, amounts, 9)).set_index("class")


def test_the_question_on_all_levels_is_tested_first_and_alone():
    # Four times its chance, which Holm would take beside three weak classes, would be no claim.
    rng = np.random.default_rng(7)
    found = all_rows([rng.integers(0, 100, 12) + 4 * (8 - place) // 3 for place in range(9)])
    row = found.loc["all"]
    assert 0.0125 < row["p_value"] < 0.05
    assert row["adjusted_p_value"] == row["p_value"]
    assert row["holds"]
    assert not found["holds"].iloc[1:].any()


def test_the_classes_are_corrected_among_themselves_and_claim_nothing_before_all_levels_do():
    found = _gated(np.array([0.001, 0.01, 0.04, math.nan]))
    assert found == pytest.approx([0.001, 0.02, 0.04, math.nan], nan_ok=True)
    assert _gated(np.array([0.2, 0.001, 0.3, 0.9])).tolist() == [0.2, 0.2, 0.6, 0.9]


def test_levels_that_tell_nothing_are_seldom_said_to_tell_something():
    rng = np.random.default_rng(10)
    claimed, turned = [], []
    for _ in range(120):
        places = rng.choice(9, 600)
        pays = rng.random(600) < 0.3
        amounts = np.where(pays, np.exp(8 + rng.normal(0, 1, 600)), 0)
        found = trends(places, amounts, CLASSES, means(places, amounts, 9))
        claimed.append(found["holds"].any())
        turned.append(found["ahead_level"].notna().iloc[0])
    assert np.mean(claimed) <= 0.08
    assert np.mean(turned) <= 0.08
