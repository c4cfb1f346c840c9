"""The Gamma-Gamma model: its likelihood, recovery, and what it leaves out and refuses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.special import gammaln
from simulated_customers import customers, mean_amounts

from workbench.customers.value import SpendModel, fit_spend
from workbench.customers.value.spend import Amounts
from workbench.errors import SourceError

shapes = st.floats(0.05, 50)
counts = st.lists(st.integers(1, 40), min_size=4, max_size=4)
amounts = st.lists(st.floats(0.01, 1000), min_size=4, max_size=4)


def spent(repeat_count, mean_amount):
    return pd.DataFrame({"repeat_count": repeat_count, "mean_amount": mean_amount})


@given(counts, amounts, shapes, shapes, shapes)
def test_the_likelihood_is_the_published_one(repeat_count, mean_amount, p, q, v):
    x, m = np.array(repeat_count, dtype=float), np.array(mean_amount)
    published = (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(v)
        + (p * x - 1) * np.log(m)
        + p * x * np.log(x)
        - (p * x + q) * np.log(v + m * x)
    )
    cost, _slope = Amounts.of(x, m).cost(np.log([p, q, v]))
    assert cost == pytest.approx(-published.mean(), rel=1e-9, abs=1e-9)


@given(counts, amounts, shapes, shapes, shapes)
def test_the_gradient_is_that_of_finite_differences(repeat_count, mean_amount, p, q, v):
    data = Amounts.of(np.array(repeat_count, dtype=float), np.array(mean_amount))
    at = np.log([p, q, v])
    slope = np.abs(data.cost(at)[1]).max()
    error = check_grad(lambda x: data.cost(x)[0], lambda x: data.cost(x)[1], at, epsilon=1e-6)
    assert error < 1e-3 * (1 + slope)


def test_the_parameters_of_simulated_customers_are_recovered_in_any_currency():
    repeat_count = customers(7, 20_000, 0.8, 10, 0.8, 2.5)["repeat_count"]
    mean_amount = mean_amounts(8, repeat_count, 6.0, 4.0, 1500.0)
    model = fit_spend(spent(repeat_count, mean_amount))
    assert (model.p, model.q) == (pytest.approx(6.0, rel=0.1), pytest.approx(4.0, rel=0.1))
    assert model.p * model.v / (model.q - 1) == pytest.approx(6 * 1500 / 3, rel=0.03)
    cents = fit_spend(spent(repeat_count, 100 * mean_amount))
    assert (cents.p, cents.q) == pytest.approx((model.p, model.q), rel=1e-4)
    assert cents.v == pytest.approx(100 * model.v, rel=1e-4)


def test_an_expected_amount_lies_between_the_customers_and_that_of_all():
    model = SpendModel(p=6.0, q=4.0, v=15.0)  # all together spend 6 · 15 / 3 = 30 an order
    found = model.expected_amount(spent([0, 1, 1000, 1], [0.0, 90.0, 90.0, 30.0]))
    assert found[0] == pytest.approx(30.0)
    assert found[1] == pytest.approx(6 * (15 + 90) / 9)  # p (v + m x) / (p x + q − 1) = 70
    assert found[2] == pytest.approx(90.0, rel=1e-3)
    assert found[3] == pytest.approx(30.0)


def test_customers_who_tell_nothing_are_left_out_and_counted():
    x, m = [1, 2, 3, 0, 4], [10.0, 30.0, 20.0, 0.0, 0.0]
    model, told = fit_spend(spent(x, m)), fit_spend(spent(x[:3], m[:3]))
    assert (model.customers, model.left_out) == (3, 2)
    assert (model.p, model.q, model.v) == (told.p, told.q, told.v)


def test_where_all_pay_the_same_everyone_is_expected_to_pay_that():
    model = fit_spend(spent([1, 2, 3, 4], [7.0, 7.0, 7.0, 7.0]))
    assert "p" in model.at_bound
    assert model.expected_amount(spent([0, 5], [0.0, 7.0])) == pytest.approx([7.0, 7.0], rel=1e-3)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (([], []), "there is no customer: repeat_count has no rows"),
        (([0, 2], [5.0, 0.0]), "no customer has a repeat purchase of more than 0"),
        (([1, 2], [5.0, -1.0]), "mean_amount == -1 in row 1, must not be negative"),
    ],
)
def test_impossible_amounts_are_refused_in_one_line(columns, sentence):
    with pytest.raises(SourceError) as refused:
        fit_spend(spent(*columns))
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_mean_that_does_not_exist_is_not_invented():
    wide = SpendModel(p=2.0, q=0.8, v=10.0)
    assert wide.expected_amount(spent([1], [10.0])) == pytest.approx(2 * 20 / 1.8)
    with pytest.raises(SourceError, match=r"q == 0.8: .* q must be more than 1"):
        wide.expected_amount(spent([0], [0.0]))
