"""Exact tails of counts and shares, held against scipy's laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.stats.tails import MOST, scores, upper


def tails(hits, trials, rate, spread, *, is_share):
    one = [np.array([float(value)]) for value in (hits, trials, rate, spread)]
    more, as_much = upper(*one, np.array([is_share]))
    return float(more[0]), float(as_much[0])


def both_scores(hits, trials, rate, *, is_share=True, is_up=True):
    flags = np.array([is_share]), np.array([is_up])
    one = [np.array([float(value)]) for value in (hits, trials, rate, 0)]
    return [float(score[0]) for score in scores(*one, *flags)]


@given(st.integers(1, 200), st.data(), st.floats(0.01, 0.99))
def test_a_share_without_restless_days_has_the_binomials_tails(trials, data, rate):
    hits = data.draw(st.integers(0, trials))
    more, as_much = tails(hits, trials, rate, 0, is_share=True)
    law = stats.binom(trials, rate)
    assert more == pytest.approx(law.sf(hits), abs=1e-12)
    assert as_much == pytest.approx(law.sf(hits - 1), abs=1e-12)


@given(st.integers(1, 200), st.data(), st.floats(0.02, 0.98), st.floats(0.001, 0.3))
def test_a_restless_share_has_the_beta_binomials_tails(trials, data, rate, spread):
    hits = data.draw(st.integers(0, trials))
    both = (1 - spread) / spread
    law = stats.betabinom(trials, both * rate, both * (1 - rate))
    more, as_much = tails(hits, trials, rate, spread, is_share=True)
    assert more == pytest.approx(law.sf(hits), abs=1e-9)
    assert as_much == pytest.approx(law.sf(hits - 1), abs=1e-9)


@given(st.integers(0, 60), st.floats(0.1, 20))
def test_a_count_without_restless_days_has_poissons_tails(hits, mean):
    more, as_much = tails(hits, 2, mean / 2, 0, is_share=False)
    assert more == pytest.approx(stats.poisson.sf(hits, mean), abs=1e-12)
    assert as_much == pytest.approx(stats.poisson.sf(hits - 1, mean), abs=1e-12)


@given(st.integers(0, 60), st.floats(0.1, 20), st.floats(0.01, 2))
def test_a_restless_count_has_the_negative_binomials_tails(hits, mean, spread):
    size = 1 / spread
    law = stats.nbinom(size, size / (size + mean))
    more, as_much = tails(hits, 1, mean, spread, is_share=False)
    assert more == pytest.approx(law.sf(hits), abs=1e-10)
    assert as_much == pytest.approx(law.sf(hits - 1), abs=1e-10)


def test_what_is_summed_up_counts_half_of_the_chance_of_exactly_that():
    # Of two, one half each: 0, 1, 2 with chances 1/4, 1/2, 1/4.
    whole, middle = both_scores(1, 2, 0.5)
    assert whole == pytest.approx(stats.norm.isf(0.75))
    assert middle == pytest.approx(0)
    whole, middle = both_scores(2, 2, 0.5)
    assert whole == pytest.approx(stats.norm.isf(0.25))
    assert middle == pytest.approx(stats.norm.isf(0.125))


def test_less_is_worse_where_that_is_the_bad_direction():
    whole, middle = both_scores(0, 2, 0.5, is_up=False)
    assert whole == pytest.approx(stats.norm.isf(0.25))
    assert middle == pytest.approx(stats.norm.isf(0.125))


def test_a_day_without_trials_has_no_score_and_a_freak_has_at_most_five():
    assert np.isnan(both_scores(0, 0, 0.5)).all()
    assert both_scores(1000, 1000, 0.1) == [MOST, MOST]
