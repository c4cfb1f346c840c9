"""Scores against outcomes, by hand and against another library."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from workbench.stats import discrimination


def test_by_hand_three_of_four_pairs_stand_in_order():
    scores, happened = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
    assert discrimination.auc(scores, happened) == 0.75
    assert discrimination.average_precision(scores, happened) == pytest.approx((1 + 2 / 3) / 2)


def test_all_alike_is_a_coin_and_the_mean_rate():
    scores, happened = np.ones(8), np.array([1, 0, 0, 0, 0, 0, 0, 1])
    assert discrimination.auc(scores, happened) == 0.5
    assert discrimination.average_precision(scores, happened) == 0.25


def test_with_ties_it_is_what_another_library_says():
    chance = np.random.default_rng(3)
    for _ in range(20):
        scores, happened = chance.integers(0, 6, 200), chance.random(200) < 0.3
        assert discrimination.auc(scores, happened) == pytest.approx(
            roc_auc_score(happened, scores)
        )
        assert discrimination.average_precision(scores, happened) == pytest.approx(
            average_precision_score(happened, scores)
        )


def test_nothing_is_told_where_it_happened_to_nobody():
    assert np.isnan(discrimination.auc(np.arange(3), np.zeros(3)))
    assert np.isnan(discrimination.average_precision(np.arange(3), np.zeros(3)))


def test_among_the_first_half_it_happens_twice_as_often():
    scores, happened = np.array([4, 3, 2, 1]), np.array([1, 1, 0, 0])
    assert discrimination.lift(scores, happened, 0.5) == 2.0


def test_two_scores_of_the_same_order_are_never_apart_however_users_are_drawn():
    chance = np.random.default_rng(1)
    score, happened = chance.random(300), chance.random(300) < 0.4
    users = np.repeat(np.arange(100), 3)
    found = discrimination.resampled(
        {"one": [score], "other": [np.log(score)]}, [happened], [users]
    )
    assert found["one"][0] == discrimination.auc(score, happened)
    assert found["one"].tolist() == found["other"].tolist()


def test_users_who_are_there_thrice_are_not_taken_for_three():
    """Three equal cut-offs of the same users tell no more than one of them."""
    chance = np.random.default_rng(2)
    score, happened, users = chance.random(400), chance.random(400) < 0.5, np.arange(400)
    once = discrimination.resampled({"it": [score]}, [happened], [users])
    thrice = discrimination.resampled({"it": [score] * 3}, [happened] * 3, [users] * 3)
    assert thrice["it"] == pytest.approx(once["it"])
    interval = discrimination.spread(once["it"])
    assert interval.low < interval.value < interval.high
    # Hanley and McNeil's standard error of an AUC of one half with 200 and 200 is 0.029.
    assert interval.high - interval.low == pytest.approx(4 * 0.029, abs=0.015)


def test_the_corrected_t_is_wider_than_the_plain_one_by_what_folds_share():
    differences = np.array([0.01, 0.02, 0.03, 0.02, 0.02])
    told = discrimination.corrected_t(differences, 0.25)
    # s = 0.00707; sqrt(1/5 + 1/4) = 0.671; t of 4 degrees of freedom 2.776.
    assert told.value == pytest.approx(0.02)
    assert told.high - told.value == pytest.approx(2.776 * 0.671 * 0.00707, abs=2e-5)
    assert not discrimination.corrected_t(differences[:1], 0.25).is_known
