"""The BG/NBD model: its laws, its limits, its likelihood and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.special import betaln, gammaln
from simulated_customers import customers, histories, purchase_times

from workbench.customers.value import PurchaseModel, fit_purchases
from workbench.customers.value.likelihood import Compressed, parameters
from workbench.errors import ParameterError, SourceError

shapes = st.floats(0.05, 50)
models = st.builds(PurchaseModel, r=shapes, alpha=shapes, a=st.floats(0, 50), b=shapes)


@st.composite
def five_customers(draw):
    """Their histories."""
    counts = draw(st.lists(st.integers(0, 40), min_size=5, max_size=5))
    ages = draw(st.lists(st.floats(0, 200), min_size=5, max_size=5))
    shares = draw(st.lists(st.floats(0, 1), min_size=5, max_size=5))
    last = [share * age * (n > 0) for n, age, share in zip(counts, ages, shares, strict=True)]
    return histories(counts, last, ages)


def columns_of(given_histories):
    """Repeat counts, days of the last purchases, ages, each of shape (customers,)."""
    return given_histories.to_numpy(dtype=float).T


def compressed(given_histories):
    return Compressed.of(*columns_of(given_histories))


def published_log_likelihood(x, last, age, r, alpha, a, b):
    """Equation 6 of Fader, Hardie and Lee (2005), one customer at a time."""
    total = 0.0
    for n, t_x, known in zip(x, last, age, strict=True):
        alive = betaln(a, b + n) - (r + n) * np.log(alpha + known)
        dropped = -np.inf
        if n > 0:
            dropped = betaln(a + 1, b + n - 1) - (r + n) * np.log(alpha + t_x)
        total += r * np.log(alpha) + gammaln(r + n) - gammaln(r) - betaln(a, b)
        total += np.logaddexp(alive, dropped)
    return total


@given(five_customers(), shapes, shapes, shapes, shapes)
def test_the_likelihood_is_the_published_one(given_histories, r, alpha, a, b):
    data = compressed(given_histories)
    at = np.log([r / alpha, r, a / b, a + b])
    assert parameters(at) == pytest.approx((r, alpha, a, b))
    expected = -published_log_likelihood(*columns_of(given_histories), r, alpha, a, b) / 5
    assert data.cost(at)[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(five_customers(), shapes, shapes, shapes, shapes)
def test_the_gradient_is_that_of_finite_differences(given_histories, r, alpha, a, b):
    data = compressed(given_histories)
    at = np.log([r / alpha, r, a / b, a + b])
    slope = np.abs(data.cost(at)[1]).max()
    error = check_grad(lambda x: data.cost(x)[0], lambda x: data.cost(x)[1], at, epsilon=1e-6)
    assert error < 1e-3 * (1 + slope)


@given(five_customers(), st.randoms(use_true_random=False))
def test_the_order_of_customers_does_not_matter(given_histories, chance):
    order = list(range(5))
    chance.shuffle(order)
    shuffled = compressed(given_histories.iloc[order])
    at = np.log([0.1, 0.5, 0.3, 3.0])
    assert shuffled.cost(at)[0] == pytest.approx(compressed(given_histories).cost(at)[0])


@given(five_customers(), st.integers(2, 5))
def test_equal_histories_count_once_with_their_weight(given_histories, times):
    once = compressed(given_histories)
    often = compressed(pd.concat([given_histories] * times))
    assert len(often.x) == len(once.x)
    at = np.log([0.1, 0.5, 0.3, 3.0])
    assert often.cost(at)[0] == pytest.approx(once.cost(at)[0])


@given(models, five_customers(), st.floats(0, 200), st.floats(0, 200))
def test_forecasts_keep_their_order(model, given_histories, t, more):
    soon = model.probability_of_purchase(t, given_histories)
    later = model.probability_of_purchase(t + more, given_histories)
    few = model.conditional_expected_purchases(t, given_histories)
    many = model.conditional_expected_purchases(t + more, given_histories)
    alive = model.probability_alive(given_histories)
    assert np.all((soon >= 0) & (soon <= later) & (later <= alive) & (alive <= 1))
    # The integral behind an expectation is off by 2e-7 at worst, for parameters as extreme as these.
    assert np.all(many >= few - 1e-6 * (1 + few))
    assert np.all(few >= soon - 1e-6 * (1 + soon))


@pytest.mark.parametrize("factor", [7.0, 1 / 365])
def test_another_unit_of_time_changes_alpha_alone(factor):
    known = customers(3, 1500, 0.5, 10, 0.8, 2.5)
    scaled = known * [1, factor, factor]
    one, other = fit_purchases(known), fit_purchases(scaled)
    assert (other.r, other.a, other.b) == pytest.approx((one.r, one.a, one.b), rel=1e-4)
    assert other.alpha == pytest.approx(factor * one.alpha, rel=1e-4)
    assert other.log_likelihood == pytest.approx(
        one.log_likelihood - known["repeat_count"].sum() * np.log(factor), rel=1e-9
    )
    assert other.conditional_expected_purchases(factor * 20, scaled) == (
        pytest.approx(one.conditional_expected_purchases(20, known), rel=1e-4)
    )


@pytest.mark.parametrize("truth", [(0.5, 10.0, 0.8, 2.5), (2.0, 30.0, 3.0, 9.0)])
def test_the_parameters_of_simulated_customers_are_recovered(truth):
    model = fit_purchases(customers(11, 20_000, *truth))
    r, alpha, a, b = truth
    assert model.r == pytest.approx(r, rel=0.05)
    assert model.r / model.alpha == pytest.approx(r / alpha, rel=0.03)
    assert model.a / (model.a + model.b) == pytest.approx(a / (a + b), rel=0.03)
    assert model.a == pytest.approx(a, rel=0.2)


def test_forecasts_are_what_simulated_customers_do():
    """Customers with two purchases by day 30, the last between 18 and 22, followed for 60 more."""
    rng = np.random.default_rng(5)
    model = PurchaseModel(r=1.2, alpha=12.0, a=0.9, b=1.8)
    rates = rng.gamma(model.r, 1 / model.alpha, 200_000)
    dropouts = rng.beta(model.a, model.b, 200_000)
    bought, last = [], []
    for rate, dropout in zip(rates, dropouts, strict=True):
        times = purchase_times(rng, rate, dropout, 90.0)
        if len(times) >= 2 and 18 < times[1] < 22 and (len(times) == 2 or times[2] > 30):
            bought.append(len(times) - 2)
            last.append(times[1])
    bought, known = np.array(bought), histories(2, last, 30)
    expected = model.conditional_expected_purchases(60, known)
    probability = model.probability_of_purchase(60, known)
    doubt = 4 / np.sqrt(len(bought))
    assert len(bought) > 3000
    assert bought.mean() == pytest.approx(expected.mean(), abs=doubt * bought.std())
    assert (bought > 0).mean() == pytest.approx(probability.mean(), abs=doubt * 0.5)


def test_where_nobody_drops_out_the_forecast_is_the_negative_binomials():
    known = customers(1, 3000, 1.0, 10.0, 0.0, 1.0)
    model = fit_purchases(known)
    assert "dropout" in model.at_bound
    limit = 50 * (model.r + known["repeat_count"]) / (model.alpha + known["age_days"])
    assert model.conditional_expected_purchases(50, known) == pytest.approx(limit, rel=1e-4)
    limit = PurchaseModel(r=1.0, alpha=10.0, a=0.0, b=1.0)
    assert limit.expected_purchases(50) == pytest.approx(5.0)
    assert limit.probability_alive(histories([3], [1], [90])) == pytest.approx(1.0)


def test_where_all_drop_out_alike_the_forecast_is_finite():
    known = customers(4, 3000, 0.5, 10.0, 50.0, 150.0)
    model = fit_purchases(known)
    assert "a + b" in model.at_bound
    assert model.a / (model.a + model.b) == pytest.approx(0.25, rel=0.1)
    assert np.all(np.isfinite(model.conditional_expected_purchases(50, known)))


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (([], [], []), "there is no customer: repeat_count has no rows"),
        (([1, -2], [1, 1], [3, 3]), "repeat_count == -2 in row 1, must not be negative"),
        (([1, 0.5], [1, 1], [3, 3]), "repeat_count == 0.5 in row 1, must be a whole number"),
        (
            ([1, 1], [1, 4], [3, 3]),
            "last_purchase_days == 4 in row 1, must not be more than age_days",
        ),
        (([1, 1], [1, np.nan], [3, 3]), "last_purchase_days == nan in row 1, must be a finite"),
        (
            ([1, 0], [1, 1], [3, 3]),
            "last_purchase_days == 1 in row 1, must be 0 where repeat_count",
        ),
        (([0, 0], [0, 0], [3, 3]), "no customer has a repeat purchase"),
        (([1, 1], [0, 0], [0, 0]), "age_days is 0 for every customer"),
        ((["x"], [0], [0]), "repeat_count must hold numbers only"),
    ],
)
def test_impossible_histories_are_refused_in_one_line(columns, sentence):
    with pytest.raises(SourceError) as refused:
        fit_purchases(histories(*columns))
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_history_without_a_column_is_refused_with_the_near_name():
    with pytest.raises(ParameterError) as refused:
        fit_purchases(histories([1], [1], [3]).rename(columns={"age_days": "age_day"}))
    assert str(refused.value) == "unknown column of a history 'age_days', did you mean 'age_day'?"


@pytest.mark.parametrize(
    ("t", "sentence"),
    [
        (-1, "horizon_days == -1, must be 0 or more"),
        ([1, np.nan], "horizon_days == nan, must be 0 or more"),
        ([1, 2, 3], r"horizon_days has the shape \(3,\), must be one number or have 2 rows"),
        ("soon", "horizon_days must be a number, or one a customer"),
    ],
)
def test_impossible_times_are_refused(t, sentence):
    model = PurchaseModel(1.0, 1.0, 1.0, 1.0)
    with pytest.raises(ParameterError, match=f"^{sentence}$"):
        model.conditional_expected_purchases(t, histories([0, 1], [0, 1], [2, 2]))


def test_customers_may_be_looked_at_over_different_times():
    model = PurchaseModel(0.5, 10.0, 0.8, 2.5)
    both = model.conditional_expected_purchases([5, 9], histories([0, 1], [0, 1], [2, 2]))
    assert both[1] == model.conditional_expected_purchases(9, histories([1], [1], [2]))[0]
