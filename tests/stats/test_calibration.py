"""Calibration: values by hand, laws of a perfect forecast, scikit-learn's scores."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from workbench.errors import ParameterError
from workbench.stats.calibration import by_group, calibrate, groups


def drawn(users, seed=3, tell=lambda p: p):
    """Probabilities as of a shop of which a quarter leave, and what came; `tell` distorts them."""
    chance = np.random.default_rng(seed)
    true = chance.beta(0.6, 1.66, users)
    return tell(true), chance.random(users) < true


def odds(p):
    return np.log(p / (1 - p))


def of_odds(x):
    return 1 / (1 + np.exp(-x))


def test_two_groups_by_hand():
    # Of ten users at 0.2 one came, of ten at 0.6 eight: off by 0.1 and 0.2.
    predicted, happened = np.repeat([0.2, 0.6], 10), np.array([1] + [0] * 9 + [1] * 8 + [0] * 2)
    found = calibrate(predicted, happened)
    assert (found.users, found.forecast_rate) == (20, pytest.approx(0.4))
    assert found.happened_rate == pytest.approx((0.45, 0.25820, 0.65791), abs=1e-5)  # Wilson's
    assert found.ece_rate == pytest.approx(0.15)
    # (0.64 + 9 x 0.04 + 8 x 0.16 + 2 x 0.36) / 20
    assert found.brier_score == pytest.approx(0.15)
    # -(ln 0.2 + 9 ln 0.8 + 8 ln 0.6 + 2 ln 0.4) / 20
    assert found.log_loss == pytest.approx(0.476846, abs=1e-6)
    # Two groups lie on a line: log-odds of 1/9 and of 4 against those of 1/4 and of 3/2.
    assert found.slope.value == pytest.approx((math.log(4) + math.log(9)) / math.log(1.5 * 4))
    # 1 / (1 / 0.9 + 1 / 1.6) is the information on the difference of the two log-odds.
    reach = 1.959964 * math.sqrt(1 / 0.9 + 1 / 1.6) / math.log(6)
    assert found.slope.high - found.slope.value == pytest.approx(reach)
    assert found.slope.value - found.slope.low == pytest.approx(reach)


def test_one_probability_for_all_is_off_by_one_distance_of_log_odds():
    # A quarter came of whom a half was forecast: log(1/3); information 20 x 0.25 x 0.75.
    found = calibrate(np.full(20, 0.5), np.arange(20) < 5)
    reach = 1.959964 / math.sqrt(20 * 0.25 * 0.75)
    lowest, highest = math.log(1 / 3) - reach, math.log(1 / 3) + reach
    assert found.intercept == pytest.approx((math.log(1 / 3), lowest, highest), abs=1e-6)
    assert not found.slope.is_known
    assert found.ece_rate == 0.25


def test_one_group_of_a_perfect_forecast_is_off_as_far_as_coins_are():
    # The mean distance of the heads of 1,000 coins from 500 is sqrt(2 / pi x 250) = 12.6.
    found = calibrate(np.full(1000, 0.5), np.arange(1000) < 500)
    assert found.ece_rate == 0
    assert found.perfect_ece_rate.value == pytest.approx(0.0126, abs=0.0015)
    assert 0 <= found.perfect_ece_rate.low < 0.002
    assert found.perfect_ece_rate.high == pytest.approx(2.241 * math.sqrt(250) / 1000, rel=0.15)


@pytest.mark.parametrize(("users", "floor"), [(1409, 0.0225), (7043, 0.010)])
def test_what_a_perfect_forecast_shows_falls_with_the_users(users, floor):
    found = calibrate(*drawn(users)).perfect_ece_rate
    assert found.value == pytest.approx(floor, rel=0.1)
    assert found.low < found.value < found.high


def test_the_floor_is_the_same_whenever_it_is_asked_and_whatever_came():
    predicted, happened = drawn(500)
    assert calibrate(predicted, happened) == calibrate(predicted, happened)
    assert (
        calibrate(predicted, ~happened).perfect_ece_rate
        == calibrate(predicted, happened).perfect_ece_rate
    )


def test_a_perfect_forecast_lies_within_its_bounds_as_often_as_they_say():
    held = []
    for seed in range(300):
        found = calibrate(*drawn(600, seed))
        floor = found.perfect_ece_rate
        held.append(
            [
                floor.low <= found.ece_rate <= floor.high,
                found.intercept.side() == 0,
                found.slope.side(1) == 0,
            ]
        )
    assert np.mean(held, axis=0) == pytest.approx([0.95] * 3, abs=0.03)


def test_the_floor_is_that_of_outcomes_drawn_user_by_user():
    chance = np.random.default_rng(4)
    for predicted in (drawn(700)[0], chance.beta(0.3, 30, 400), np.repeat([0, 0.01, 0.9, 1], 60)):
        group = groups(predicted)
        found = [
            np.abs(np.bincount(group, (chance.random(len(group)) < predicted) - predicted)).sum()
            for _ in range(4000)
        ]
        floor = calibrate(predicted, predicted > 2).perfect_ece_rate
        (low, high), one = np.quantile(found, [0.025, 0.975]) / len(group), 1 / len(group)
        assert floor.value == pytest.approx(np.mean(found) / len(group), rel=0.03)
        assert (floor.low, floor.high) == pytest.approx((low, high), rel=0.1, abs=one)


def test_a_perfect_forecast_of_many_has_slope_1_and_intercept_0():
    found = calibrate(*drawn(200_000))
    assert found.slope.value == pytest.approx(1, abs=0.02)
    assert found.intercept.value == pytest.approx(0, abs=0.02)
    assert found.ece_rate < 0.004


def test_distorted_forecasts_are_found_out_by_as_much_as_they_were_distorted():
    extreme = calibrate(*drawn(100_000, tell=lambda p: of_odds(2 * odds(p))))
    assert extreme.slope.value == pytest.approx(0.5, abs=0.01)
    assert extreme.slope.side(1) == -1
    high = calibrate(*drawn(100_000, tell=lambda p: of_odds(odds(p) + 0.7)))
    assert high.intercept.value == pytest.approx(-0.7, abs=0.03)
    assert (high.intercept.side(), high.slope.side(1)) == (-1, 0)
    for found in (extreme, high):
        assert found.ece_rate > found.perfect_ece_rate.high


def test_slope_and_scores_are_those_of_scikit_learn():
    predicted, happened = drawn(800, tell=lambda p: of_odds(1.4 * odds(p) - 0.3))
    found = calibrate(predicted, happened)
    assert found.brier_score == pytest.approx(brier_score_loss(happened, predicted), rel=1e-12)
    assert found.log_loss == pytest.approx(log_loss(happened, predicted), rel=1e-12)
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    theirs.fit(odds(predicted)[:, None], happened)
    assert found.slope.value == pytest.approx(theirs.coef_[0, 0], rel=1e-5)


def test_certain_forecasts_that_fail_cost_much_and_not_without_end():
    found = calibrate(np.array([0.0, 1.0]), np.array([1, 0]))
    assert found.log_loss == pytest.approx(log_loss([1, 0], [0.0, 1.0]), rel=1e-12)
    assert found.brier_score == found.ece_rate == 1


@pytest.mark.parametrize(
    ("predicted", "happened"),
    [
        ([0.2, 0.4] * 10, [1] * 4 + [0] * 16),
        ([0.2, 0.4] * 10, [0] * 4 + [1] * 16),
        ([0.1] * 9 + [0.2] * 9, [0] * 9 + [1] * 9),
    ],
    ids=["four to whom it happened", "four to whom it did not", "parted without a fault"],
)
def test_too_little_to_fit_has_no_slope(predicted, happened):
    assert not calibrate(np.array(predicted), np.array(happened)).slope.is_known


def test_nobody_has_no_calibration():
    nobody = np.array([])
    found = calibrate(nobody, nobody)
    assert found.users == 0
    assert math.isnan(found.ece_rate)
    assert not any(
        one.is_known for one in (found.happened_rate, found.slope, found.perfect_ece_rate)
    )
    assert by_group(nobody, nobody).empty


def test_the_curve_holds_ten_groups_with_what_was_forecast_and_what_happened():
    predicted = np.arange(100) / 100
    found = by_group(predicted, predicted >= 0.5)
    assert found["users"].tolist() == [10] * 10
    assert found["forecast_rate"].tolist() == pytest.approx([0.045 + 0.1 * i for i in range(10)])
    assert found["happened_rate"].tolist() == [0] * 5 + [1] * 5
    assert found["happened_rate_high"].iloc[0] == pytest.approx(0.27753, abs=1e-5)  # of 0 in 10


probabilities = st.lists(st.integers(0, 8).map(lambda n: n / 8), min_size=1, max_size=60)


@given(probabilities, st.randoms(use_true_random=False))
def test_equal_probabilities_stand_in_one_group_and_groups_rise_with_them(predicted, chance):
    values = np.array(predicted)
    found = groups(values)
    by_value = dict(zip(values, found, strict=True))
    assert [by_value[one] for one in values] == found.tolist()
    assert sorted(by_value) == sorted(by_value, key=lambda one: (by_value[one], one))
    assert set(found) == set(range(found.max() + 1))
    shuffled = values.copy()
    chance.shuffle(shuffled)
    assert [by_value[one] for one in shuffled] == groups(shuffled).tolist()


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60))
def test_groups_miss_no_less_than_the_whole(rows):
    predicted, happened = np.array([n / 20 for n, _ in rows]), np.array([came for _, came in rows])
    found = calibrate(predicted, happened)
    assert found.ece_rate >= abs(found.forecast_rate - found.happened_rate.value) - 1e-12
    curve = by_group(predicted, happened)
    assert curve["users"].sum() == len(rows)
    gaps = (curve["forecast_rate"] - curve["happened_rate"]).abs() * curve["users"]
    assert found.ece_rate == pytest.approx(gaps.sum() / len(rows))


def test_what_is_no_probability_is_refused_with_its_row():
    with pytest.raises(ParameterError, match=r"^probability == 1.2 in row 1, must be in 0..1$"):
        calibrate(np.array([0.5, 1.2]), np.array([0, 1]))
    with pytest.raises(ParameterError, match="probability == nan in row 0"):
        by_group(np.array([math.nan]), np.array([1]))
    with pytest.raises(ParameterError, match="^2 probabilities and 1 outcomes, must be as many$"):
        calibrate(np.array([0.5, 0.2]), np.array([1]))
