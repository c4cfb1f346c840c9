"""What purchases to come are worth today, and who comes first."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1
from simulated_customers import histories

from workbench.customers.value import (
    RANKINGS,
    PurchaseModel,
    SpendModel,
    lifetime_value,
    rank_customers,
)
from workbench.errors import ParameterError

WEEK = 7
PURCHASES = PurchaseModel(r=0.243, alpha=4.414 * WEEK, a=0.793, b=2.426)
SPEND = SpendModel(p=6.25, q=3.74, v=15.44)
CUSTOMERS = histories(
    [0, 2, 26, 1],
    WEEK * np.array([0, 30.43, 30.86, 3]),
    WEEK * np.array([38.86, 38.86, 31, 39]),
    mean_amount=[0.0, 20.0, 50.0, 9.0],
)


def stepwise(horizon, rate, step):
    """Increments of the expected purchases, each discounted from the middle of its step."""
    edges = np.arange(0, horizon + step / 2, step)
    expected = np.array(
        [PURCHASES.conditional_expected_purchases(WEEK * t, CUSTOMERS) for t in edges]
    )
    years = (edges[1:] + edges[:-1]) / 2 * 7 / 365.25
    number = (np.diff(expected, axis=0) * ((1 + rate) ** -years)[:, None]).sum(axis=0)
    return number * SPEND.expected_amount(CUSTOMERS)


def value(weeks, rate, customers=CUSTOMERS):
    return lifetime_value(
        PURCHASES, SPEND, customers, horizon_days=WEEK * weeks, yearly_discount_rate=rate
    )


@pytest.mark.parametrize(("rate", "of_weeks"), [(0.1, 5e-6), (1.0, 5e-5)])
def test_a_years_value_is_that_of_steps_which_become_short(rate, of_weeks):
    assert stepwise(52, rate, 1.0) == pytest.approx(value(52, rate), rel=of_weeks)
    assert stepwise(52, rate, 0.05) == pytest.approx(value(52, rate), rel=2e-7)


def test_ten_years_are_right_to_six_figures():
    assert stepwise(520, 1.0, 0.1) == pytest.approx(value(520, 1.0), rel=1e-6)


def test_without_discount_it_is_purchases_times_amount():
    expected = PURCHASES.conditional_expected_purchases(52 * WEEK, CUSTOMERS)
    assert value(52, 0.0) == pytest.approx(expected * SPEND.expected_amount(CUSTOMERS))
    assert value(0, 0.1) == pytest.approx([0, 0, 0, 0])


def test_a_higher_discount_and_a_nearer_horizon_are_worth_less():
    assert np.all(value(52, 0.2) < value(52, 0.1))
    assert np.all(value(26, 0.1) < value(52, 0.1))


def test_customers_with_one_history_are_worth_what_each_spends_wherever_they_stand():
    alone = value(52, 0.1)
    mixed = CUSTOMERS.iloc[[3, 1, 1, 0, 2, 1]].reset_index(drop=True)
    mixed.loc[2, "mean_amount"] = 40  # the second of the three alike spends twice as much
    found = value(52, 0.1, mixed)
    forty, twenty = SPEND.expected_amount(histories([2, 2], 0, 0, mean_amount=[40, 20]))
    twice = forty / twenty
    expected = [alone[3], alone[1], alone[1] * twice, alone[0], alone[2], alone[1]]
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_value_by_hand():
    """One customer with x = 2: equation 10 by hyp2f1, times p (v + 2 m) / (2 p + q − 1)."""
    r, alpha, a, b = 2.243, 4.414 + 38.86, 0.793, 4.426
    alive = 1 / (1 + a / (b - 1) * ((4.414 + 38.86) / (4.414 + 30.43)) ** r)
    series = hyp2f1(r, b, a + b - 1, 39 / (alpha + 39)) * (alpha / (alpha + 39)) ** r
    purchases = (a + b - 1) / (a - 1) * (1 - series) * alive
    assert purchases == pytest.approx(1.226, abs=1e-3)
    amount = 6.25 * (15.44 + 2 * 20) / (2 * 6.25 + 2.74)
    assert value(39, 0.0)[1] == pytest.approx(purchases * amount, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"horizon_days": -1}, "horizon_days == -1, must be 0 or more"),
        ({"yearly_discount_rate": np.nan}, "yearly_discount_rate == nan, must be 0 or more"),
    ],
)
def test_impossible_terms_are_refused(change, sentence):
    terms = {"horizon_days": 52, "yearly_discount_rate": 0.1} | change
    with pytest.raises(ParameterError, match=sentence):
        lifetime_value(PURCHASES, SPEND, CUSTOMERS, **terms)


FRAME = pd.DataFrame(
    {
        "user_id": ["b", "a", "c"],
        "expected_purchases": [1.0, 1.0, 2.0],
        "probability_alive": [1.0, 1.0, 0.3],
    }
)


def test_the_most_promising_come_first_and_ties_by_their_id():
    ranked = rank_customers(FRAME, "expected_purchases")
    assert ranked["user_id"].tolist() == ["c", "a", "b"]
    assert ranked["rank"].tolist() == [1, 2, 3]


def test_no_ranking_goes_by_the_probability_of_being_alive():
    assert "probability_alive" not in RANKINGS
    with pytest.raises(ParameterError, match=r"^by == 'probability_alive' ranks worse than chance"):
        rank_customers(FRAME, "probability_alive")


def test_an_unknown_ranking_and_a_missing_column_are_told():
    with pytest.raises(ParameterError, match="did you mean 'lifetime_value'"):
        rank_customers(FRAME, "lifetime_valu")
    with pytest.raises(ParameterError, match="no column 'lifetime_value' to rank by"):
        rank_customers(FRAME, "lifetime_value")
