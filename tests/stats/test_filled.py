"""Days that are emptier than chance would explain, and quiet days that are not."""

import numpy as np
import pytest

from workbench.stats.filled import Run, emptied

RNG = np.random.default_rng(7)


def weeks(*counts):
    """So many rows a day for each week."""
    return np.repeat(np.array(counts, dtype=float), 7)


def places(counts):
    return [(run.first, run.last, run.rows) for run in emptied(np.asarray(counts, dtype=float))]


def test_two_empty_weeks_are_one_run_with_what_would_be_usual():
    assert emptied(weeks(20, 20, 0, 0, 20, 20)) == [Run(14, 27, 0, 280.0)]


def test_one_stray_row_after_empty_days_fills_none_of_them():
    counts = [*weeks(20, 20, 20, 20), 20, 20, 0, 0, 0, 0, 1]
    assert places(counts) == [(30, 34, 1)]


def test_a_month_is_missed_however_it_ends():
    counts = weeks(20, 20, 20, 20, 20, 0, 0, 0, 0, 0, 20, 20, 20, 20)
    assert places(counts) == [(35, 69, 0)]
    assert places(counts[:70]) == [(35, 69, 0)]


@pytest.mark.parametrize(
    "counts",
    [
        np.tile([30.0] * 6 + [0.0], 12),  # closed on Sundays
        np.r_[weeks(1, 3, 8), weeks(*[20] * 8)],  # a slow start
        np.r_[weeks(*[20] * 8), weeks(12, 8, 5, 3, 2, 1)],  # a shop that fades
        np.r_[weeks(*[20] * 6), weeks(200), weeks(*[20] * 6)],  # a sale
        weeks(20, 20),  # too young to say what is usual
        np.tile([300.0] + [0.0] * 29, 14),  # bills once a month
        np.tile([60.0] + [0.0] * 9, 20),  # a delivery every ten days
    ],
)
def test_what_is_usual_misses_nothing(counts):
    assert emptied(counts) == []


@pytest.mark.parametrize("mean", [0.2, 1, 4, 30])
def test_quiet_shops_of_any_size_miss_nothing(mean):
    found = [run for _ in range(40) for run in emptied(RNG.poisson(mean, 300).astype(float))]
    assert found == []


def test_restless_shops_miss_nothing():
    burst = [RNG.negative_binomial(2, 2 / (2 + 10), 300).astype(float) for _ in range(40)]
    assert sum(len(emptied(counts)) for counts in burst) == 0
