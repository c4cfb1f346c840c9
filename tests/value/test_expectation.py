"""Expected purchases against the published hypergeometric form, computed to 40 digits elsewhere."""

import numpy as np
import pytest
from scipy.special import hyp2f1

from workbench.customers.value.expectation import purchases_while_alive

# shape, t / rate, a, b: (a + b − 1) / (a − 1) · (1 − 2F1(shape, a − 1; a + b − 1; −t / rate)), by
# mpmath 1.4 with 40 digits; where a or a + b is 1 by the limit, 1e-18 beside it.
FORTY_DIGITS = [
    (0.243, 39 / 4.414, 0.793, 2.426, 1.196723193320817),
    (2.243, 0.9, 0.793, 4.426, 1.685434973942724),
    (300.2, 0.9, 0.793, 302.4, 206.35906061100232),
    (3000.0, 0.9, 0.8, 3002.0, 2054.880510861652),
    (0.243, 1e4, 0.793, 2.426, 23.577620005872834),
    (0.5, 2, 1, 3, 0.7637369945078779),
    (0.5, 2, 1.0000001, 3, 0.7637369797677652),
    (0.5, 2, 0.4, 0.6, 0.7031910756484088),
    (0.5, 2, 0.3, 0.2, 0.611539558096448),
    (5, 10, 1e-6, 2, 49.99986531837702),
    (5, 10, 1e-6, 1e-6, 25.49990892765713),
    (2, 1, 1e5, 1e5, 1.1111122222193415),
    (5, 39, 48, 2.25, 1.0478723273806809),
    (1000, 1, 0.1, 0.2, 363.38095069897982),
    (60, 10, 0.3, 0.4, 73.853465852731268),
]


@pytest.mark.parametrize(("shape", "scaled", "a", "b", "expected"), FORTY_DIGITS)
def test_expected_purchases_are_right_to_nine_figures(shape, scaled, a, b, expected):
    assert purchases_while_alive(shape, scaled, a, b) == pytest.approx(expected, rel=1e-9)


def test_where_the_published_form_works_it_agrees_over_whole_columns():
    rng = np.random.default_rng(1)
    shape, scaled = rng.uniform(0.1, 30, 3000), rng.uniform(0, 20, 3000)
    a, b = 1.7, rng.choice([0.5, 2.4, 8.4, 20.4], 3000)
    series = hyp2f1(shape, b, a + b - 1, scaled / (1 + scaled)) * (1 + scaled) ** -shape
    published = (a + b - 1) / (a - 1) * (1 - series)
    assert purchases_while_alive(shape, scaled, a, b) == pytest.approx(published, rel=1e-9)


def test_without_drop_out_it_is_the_mean_of_a_gamma_poisson():
    assert purchases_while_alive(3.0, [0.0, 2.0], 0.0, 1.0) == pytest.approx([0.0, 6.0])


def test_arguments_are_spread_over_one_another():
    assert purchases_while_alive([[1.0], [2.0]], [1.0, 2.0, 3.0], 0.8, 2.0).shape == (2, 3)
    assert purchases_while_alive([], 1.0, 0.8, 2.0).shape == (0,)
