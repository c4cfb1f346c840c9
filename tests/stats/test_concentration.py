"""Normalised concentration: nine equal groups, ties averaged, intervals over users."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.stats.concentration import normalised, order

NINE = np.arange(9, 0, -1)


def only(place, users=9):
    amounts = np.zeros(users)
    amounts[place] = 100
    return amounts


def test_all_revenue_in_the_first_ninth_is_eight_ninths():
    found = order(NINE, only(0))
    assert found.index == pytest.approx(8 / 9)
    assert found.curve.tolist() == [0] + [1] * 9


def test_all_revenue_in_the_middle_is_nought_and_in_the_last_ninth_minus_eight_ninths():
    assert order(NINE, only(4)).index == pytest.approx(0)
    assert order(NINE, only(8)).index == pytest.approx(-8 / 9)


def test_users_who_tie_share_their_places():
    # The first two places weigh 8/9 and 6/9, so each of the two gets 7/9.
    scores = np.array([9, 9, 7, 6, 5, 4, 3, 2, 1])
    assert order(scores, only(0)).index == order(scores, only(1)).index == pytest.approx(7 / 9)


def test_a_ranking_that_tells_nothing_is_chance():
    found = order(np.ones(9), only(3))
    assert found.index == pytest.approx(0)
    assert found.curve == pytest.approx(np.arange(10) / 9)


def test_a_user_across_a_border_counts_for_both_groups():
    # The first of five users holds the first ninth and 0.8 of the second: (8 + 0.8 x 6) / 9 of
    # weight over 1.8 ninths is 12.8 / 16.2.
    found = order(np.array([5, 4, 3, 2, 1]), only(0, users=5))
    assert found.index == pytest.approx(12.8 / 16.2)
    assert found.curve[:3] == pytest.approx([0, 5 / 9, 1])


def test_tiers_and_a_finer_ranking_are_cut_into_the_same_groups():
    # Eighteen users in three levels of six: a level spans three groups and is flat within them.
    amounts = np.arange(18, 0, -1)
    coarse = order(np.repeat([3, 2, 1], 6), amounts)
    assert np.diff(coarse.curve) == pytest.approx(np.repeat([93, 57, 21], 3) / 171 / 3)
    assert coarse.index == pytest.approx((93 * 6 / 9 - 21 * 6 / 9) / 171)


def test_the_perfect_order_is_one_and_its_reverse_minus_one():
    amounts = np.arange(18)
    best = order(amounts, amounts)
    assert normalised(best, best).value == 1
    assert normalised(order(-amounts, amounts), best).value == pytest.approx(-1)


users = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40)), min_size=2, max_size=40).filter(
    lambda rows: any(amount for _score, amount in rows)
)


@given(users)
def test_the_index_is_twice_the_area_between_curve_and_diagonal(rows):
    scores, amounts = np.array(rows).T
    found = order(scores, amounts)
    assert found.index == pytest.approx(2 * np.trapezoid(found.curve, dx=1 / 9) - 1, abs=1e-12)


@given(users, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_scale_of_scores_matters(rows, chance):
    scores, amounts = np.array(rows).T
    shuffled = list(rows)
    chance.shuffle(shuffled)
    others, moved = np.array(shuffled).T
    assert order(np.exp(others), moved).index == pytest.approx(
        order(scores, amounts).index, abs=1e-12
    )


@given(users)
def test_no_ranking_is_above_the_perfect_one_and_turning_it_round_turns_the_sign(rows):
    scores, amounts = np.array(rows).T
    one, best = order(scores, amounts), order(amounts, amounts)
    assert one.index <= best.index + 1e-12
    assert order(-scores, amounts).index == pytest.approx(-one.index, abs=1e-12)


@pytest.mark.parametrize("user", [0, 1, 2, 59])
def test_the_influence_of_a_user_is_what_more_weight_on_the_user_does(user):
    # Two blocks of thirty: no border is nearer to their ends than half a group.
    rng = np.random.default_rng(5)
    scores, amounts = np.arange(60) % 2, rng.integers(0, 4, 60) * rng.integers(1, 90, 60)
    copies, more = 5000, 30
    weight = more / (60 * copies + more)
    heavier = [
        np.append(np.repeat(values, copies), np.repeat(values[user], more))
        for values in (scores, amounts)
    ]
    found = order(scores, amounts)
    moved = (order(*heavier).index - found.index) / weight
    assert moved == pytest.approx(found.influence[user], rel=1e-3, abs=1e-3)
    assert found.influence.sum() == pytest.approx(0, abs=1e-9)


def sample(rng, users):
    latent = rng.normal(size=users)
    pays = rng.random(users) < 1 / (1 + np.exp(1.2 - 1.2 * latent))
    amounts = np.where(pays, np.exp(8 + rng.normal(0.5 * latent, 0.8)), 0)
    levels = np.digitize(latent + rng.normal(0, 0.6, users), [-1, -0.6, -0.2, 0.2, 0.5, 0.9, 1.3])
    return levels, latent, amounts


def measured(levels, latent, amounts):
    best = order(amounts, amounts)
    return normalised(order(levels, amounts), best), normalised(order(latent, amounts), best)


def test_intervals_are_as_wide_as_those_of_the_paired_bootstrap():
    rng = np.random.default_rng(6)
    data = sample(rng, 1500)
    one, other = measured(*data)
    again = []
    for _ in range(400):
        rows = rng.integers(0, 1500, 1500)
        again.append([found.value for found in measured(*(column[rows] for column in data))])
    drawn = np.array(again)
    widths = [one.interval(), other.interval(), one.lead(other)]
    spreads = [*drawn.std(axis=0), (drawn[:, 0] - drawn[:, 1]).std()]
    for (value, low, high), spread in zip(widths, spreads, strict=True):
        assert (high - low) / 2 / 1.96 == pytest.approx(spread, rel=0.12)
        assert low < value < high


def test_the_interval_holds_the_true_value_as_often_as_it_says():
    rng = np.random.default_rng(7)
    truth = [found.value for found in measured(*sample(rng, 400_000))]
    held = [
        [low <= true <= high for true, (_v, low, high) in zip(truth, intervals, strict=True)]
        for intervals in (
            [one.interval() for one in measured(*sample(rng, 800))] for _ in range(400)
        )
    ]
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.03)


def test_a_ranking_is_not_ahead_of_itself():
    rng = np.random.default_rng(8)
    one, _other = measured(*sample(rng, 100))
    assert one.lead(one) == (0, 0, 0)


def test_a_handful_of_payers_gives_a_value_and_no_interval():
    amounts = np.array([5, 4, 3, 2, 0, 0, 0, 0, 0])
    best = order(amounts, amounts)
    value, low, high = normalised(order(NINE, amounts), best).interval()
    assert value == 1
    assert math.isnan(low)
    assert math.isnan(high)


def test_nothing_bends_upwards_beyond_the_perfect_order():
    amounts = np.arange(30)
    best = order(amounts, amounts)
    assert normalised(order(amounts, amounts), best).interval() == (1, 1, 1)
    _value, _low, high = normalised(order(np.append(amounts[:-1], 3), amounts), best).interval()
    assert high <= 1


@pytest.mark.parametrize(
    ("scores", "amounts"),
    [
        (NINE, np.zeros(9)),
        (NINE, np.full(9, -1)),
        (np.full(9, math.nan), only(0)),
        (np.array([]), np.array([])),
    ],
    ids=["no revenue", "more refunds than revenue", "no scores", "no users"],
)
def test_where_nothing_can_be_ranked_nothing_is_claimed(scores, amounts):
    found = order(scores, amounts)
    assert math.isnan(found.index)
    assert np.isnan(found.curve).all()
    assert len(found.influence) == len(amounts)


def test_equal_amounts_leave_no_better_order():
    same = order(NINE, np.full(9, 3))
    assert math.isnan(normalised(same, order(np.full(9, 3), np.full(9, 3))).interval()[0])
