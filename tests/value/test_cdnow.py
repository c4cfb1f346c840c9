"""The published fits of CDNOW's sample, and what they forecast.

Fader, Hardie and Lee (2005), Marketing Science 24(2), 275-284: the purchase model's parameters and
log-likelihood. Fader and Hardie (2013), note 025: the spend model's parameters.
"""

import numpy as np
import pytest
from cdnow_days import HOLDOUT
from simulated_customers import histories
from sklearn.metrics import roc_auc_score

from scopes import scope_of
from workbench.backtests.money import check_forecast, holdout
from workbench.customers.value import purchase_history

WEEK = 7  # the papers count in weeks
HELD_OUT = 39 * WEEK


def test_the_purchase_model_is_the_published_one(cdnow, cdnow_purchases):
    model = cdnow_purchases
    assert model.customers == 2357
    assert (model.r, model.alpha / WEEK, model.a, model.b) == (
        pytest.approx(0.243, abs=0.001),
        pytest.approx(4.414, abs=0.001),
        pytest.approx(0.793, abs=0.001),
        pytest.approx(2.426, abs=0.001),
    )
    likelihood = model.log_likelihood + cdnow["repeat_count"].sum() * np.log(WEEK)
    assert likelihood == pytest.approx(-9582.4, abs=0.05)
    assert model.at_bound == ()


def test_the_spend_model_is_the_published_one(cdnow_spend):
    model = cdnow_spend
    assert (model.customers, model.left_out) == (946, 2357 - 946)
    assert (model.p, model.q, model.v) == (
        pytest.approx(6.25, abs=0.01),
        pytest.approx(3.74, abs=0.01),
        pytest.approx(15.44, abs=0.01),
    )


def test_a_customer_of_the_paper_is_expected_to_buy_as_often_as_published(cdnow_purchases):
    known = histories([2], [WEEK * 30.43], [WEEK * 38.86])
    expected = cdnow_purchases.conditional_expected_purchases(HELD_OUT, known)
    assert expected == pytest.approx(1.226, abs=0.0005)


@pytest.fixture(scope="module")
def bought_later(cdnow, cdnow_orders):
    """Purchases of each customer in the 39 weeks after the calibration."""
    later = purchase_history(scope_of({"orders": cdnow_orders}, HOLDOUT))
    assert later["user_id"].tolist() == cdnow["user_id"].tolist()
    return (later["repeat_count"] - cdnow["repeat_count"]).to_numpy()


def test_expected_purchases_by_past_ones_are_those_of_another_library(
    cdnow_purchases, cdnow, bought_later
):
    """What lifetimes 0.11.3 expects of the same histories, by its own fit and hyp2f1."""
    expected = cdnow_purchases.conditional_expected_purchases(HELD_OUT, cdnow)
    table = check_forecast(cdnow["repeat_count"], expected, bought_later).by_repeat_count
    assert table["repeat_count"].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert table["customers"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    theirs = [0.2251, 0.5231, 1.0441, 1.5203, 2.1639, 2.6538, 3.5040, 6.1572]
    assert table["expected"].tolist() == pytest.approx(theirs, abs=1e-4)
    actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    assert table["actual"].tolist() == pytest.approx(actual, abs=5e-4)


def test_single_forecasts_are_those_of_another_library(cdnow_purchases):
    """By lifetimes 0.11.3: a newcomer's year, and a regular with 26 purchases in 31 weeks."""
    assert cdnow_purchases.expected_purchases(52 * WEEK) == pytest.approx(1.44401, abs=1e-5)
    regular = histories([26], [WEEK * 30.86], [WEEK * 31])
    assert cdnow_purchases.conditional_expected_purchases(52 * WEEK, regular) == (
        pytest.approx(25.7590, abs=1e-3)
    )
    assert cdnow_purchases.probability_alive(regular) == pytest.approx(0.968919, abs=1e-6)


def test_the_hold_out_is_forecast_as_well_as_the_model_can(cdnow_orders, bought_later):
    found = holdout(scope_of({"orders": cdnow_orders}, HOLDOUT), HELD_OUT)
    assert found.customers == 2357
    assert found.actual == bought_later.sum() == 1882
    assert found.correlation >= 0.62
    assert found.increment_error_rate == pytest.approx(-0.121, abs=0.001)
    assert found.cumulative_error_rate == pytest.approx(-0.053, abs=0.001)
    assert "1,653 purchases were forecast and 1,882 made" in found.finding.sentence


def test_ranking_by_probability_alive_is_worse_than_chance(cdnow_purchases, cdnow, bought_later):
    came_back = bought_later > 0
    alive = cdnow_purchases.probability_alive(cdnow)
    expected = cdnow_purchases.conditional_expected_purchases(HELD_OUT, cdnow)
    assert np.all(alive[cdnow["repeat_count"] == 0] == 1)
    assert roc_auc_score(came_back, alive) == pytest.approx(0.316, abs=0.001)
    assert roc_auc_score(came_back, expected) == pytest.approx(0.773, abs=0.001)
