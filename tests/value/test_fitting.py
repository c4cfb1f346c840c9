"""What the optimiser does where a likelihood is not kind to it."""

import numpy as np
import pytest

from workbench.customers.value.fitting import minimum
from workbench.errors import SourceError


def kinked(at):
    """A kink at −3 that is never flat, and a bowl around 2."""
    if at[0] < 0:
        return float(abs(at[0] + 3)), np.where(at < -3, -1.0, 1.0)
    return float((at[0] - 2) ** 2), 2 * (at - 2)


def test_a_start_that_gets_stuck_is_followed_by_the_next():
    starts = [np.array([-2.5]), np.array([1.0])]
    found = minimum(kinked, starts, {"x": (-10, 10)}, "test")
    assert found.at == pytest.approx([2.0])
    assert found.at_bound == ()


def test_a_fit_that_finds_no_flat_place_is_refused_in_one_line():
    with pytest.raises(SourceError) as refused:
        minimum(kinked, [np.array([-2.5]), np.array([-4.0])], {"x": (-10, -1)}, "test")
    assert str(refused.value) == (
        "the test model did not converge on these customers: after 2 starts the steepest slope "
        "is 1, must be under 1e-06"
    )


def test_a_slope_across_a_bound_is_flat_and_told():
    found = minimum(
        lambda at: (float(-at[0]), -np.ones(1)), [np.zeros(1)], {"x": (-10, 10)}, "test"
    )
    assert found.at == pytest.approx([10.0])
    assert found.at_bound == ("x",)
