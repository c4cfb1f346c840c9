"""Pareto/NBD against its published fit, a closed form, and numbers drawn from itself."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from simulated_customers import histories

from workbench.customers.value.pareto import ParetoModel, _likelihood, fit_pareto
from workbench.errors import SourceError

WEEK = 7
OWN = (0.553, 10.578 * WEEK, 0.606, 11.669 * WEEK)


def test_the_fit_of_cdnow_is_the_published_one(cdnow):
    """Fader and Hardie (2005), note 008: r, alpha, s, beta and LL of the sample, in weeks."""
    model = fit_pareto(cdnow)
    assert (model.r, model.alpha / WEEK, model.s, model.beta / WEEK) == (
        pytest.approx(0.553, abs=0.001),
        pytest.approx(10.578, abs=0.02),
        pytest.approx(0.606, abs=0.001),
        pytest.approx(11.669, abs=0.03),
    )
    likelihood = model.log_likelihood + cdnow["repeat_count"].sum() * np.log(WEEK)
    assert likelihood == pytest.approx(-9595.0, abs=0.1)


def test_the_slopes_are_those_of_the_likelihood():
    known = [np.array(one, dtype=float) for one in ((0, 3, 9), (0, 80, 270), (30, 100, 272))]
    at = np.log(OWN)
    _value, slopes = _likelihood(tuple(np.exp(at)), *known)
    measured = approx_fprime(
        at, lambda logs: _likelihood(tuple(np.exp(logs)), *known)[0].sum(), 1e-6
    )
    assert [one.sum() for one in slopes] == pytest.approx(measured, rel=1e-4, abs=1e-4)


def test_where_nobody_leaves_it_is_the_chance_of_a_poisson_process():
    """With s = 0 the leaving falls away: 1 − ((alpha + T) / (alpha + T + t))^(r + x)."""
    model = ParetoModel(0.5, 70.0, 1e-12, 70.0)
    known = histories([0, 2], [0, 100], [50, 200])
    expected = [1 - (120 / 210) ** 0.5, 1 - (270 / 360) ** 2.5]
    assert model.probability_of_purchase(90, known) == pytest.approx(expected, rel=1e-6)


def test_who_bought_once_is_the_less_likely_to_come_back_the_longer_ago_it_was():
    model = ParetoModel(*OWN)
    known = histories([0] * 4, [0] * 4, [10, 50, 150, 300])
    assert np.all(np.diff(model.probability_of_purchase(90, known)) < 0)


def test_the_chance_grows_with_the_horizon_from_nothing():
    known = histories([3], [80], [100])
    chances = [
        ParetoModel(*OWN).probability_of_purchase(days, known)[0] for days in (0, 1, 90, 9000)
    ]
    assert chances[0] == 0
    assert np.all(np.diff(chances) > 0)
    assert chances[-1] < 1


def test_forecast_and_simulated_customers_agree():
    chance = np.random.default_rng(7)
    r, alpha, s, beta = OWN
    rate, leaves = chance.gamma(r, 1 / alpha, 60_000), chance.gamma(s, 1 / beta, 60_000)
    gone = chance.exponential(1 / leaves)
    lived = np.minimum(gone, 273)
    x = chance.poisson(rate * lived)
    last = np.where(x > 0, lived * chance.beta(np.maximum(x, 1), 1), 0)
    known = histories(x, last, np.full(60_000, 273))
    ahead = np.clip(gone - 273, 0, 90)
    bought = chance.poisson(rate * ahead) > 0
    told = ParetoModel(*OWN).probability_of_purchase(90, known)
    assert told.mean() == pytest.approx(bought.mean(), abs=0.005)
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 1)):
        within = (told >= low) & (told < high)
        assert told[within].mean() == pytest.approx(bought[within].mean(), abs=0.03)


def test_a_shop_without_a_second_purchase_is_refused_in_one_line():
    with pytest.raises(SourceError, match="no customer has a repeat purchase"):
        fit_pareto(histories([0, 0], [0, 0], [10, 20]))
