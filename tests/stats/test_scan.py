"""The days of a low stretch: the likeliest ones, and between which others they may lie."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.interval import DOUBT
from workbench.stats.scan import edges, lowest

DAYS, FIRST, LAST, SHOPS = 84, 60, 73, 60


@pytest.mark.parametrize(
    ("users", "rate", "fall"), [(4, 0.5, 0.75), (30, 0.3, 0.5), (300, 0.3, 0.2), (300, 0.01, 0.6)]
)
def test_the_true_days_lie_between_those_told_nineteen_times_of_twenty(users, rate, fall):
    """However few users come: of those shops in which the fall is found."""
    chance = np.random.default_rng(7)
    there, free = np.full(DAYS, users), np.ones(DAYS, dtype=bool)
    rates = np.where(
        (np.arange(DAYS) >= FIRST) & (np.arange(DAYS) <= LAST), rate * (1 - fall), rate
    )
    begins, ends = [], []
    for _shop in range(SHOPS):
        went = chance.binomial(there, rates)
        low = lowest(there, went, free)
        if low is None or low.p_value > DOUBT or low.first > LAST or low.last < FIRST:
            continue
        sure = edges(there, went, free, (low.first, low.last))
        assert sure.first[0] <= low.first <= sure.first[1]
        assert sure.last[0] <= low.last <= sure.last[1]
        begins.append(sure.first[0] <= FIRST <= sure.first[1])
        ends.append(sure.last[0] <= LAST <= sure.last[1])
    assert len(begins) >= SHOPS / 3
    # Nineteen of twenty, less what chance takes from so few shops.
    assert np.mean(begins) >= 0.9
    assert np.mean(ends) >= 0.9


def test_an_abrupt_fall_of_many_users_is_known_to_the_day():
    there, free = np.full(DAYS, 1000), np.ones(DAYS, dtype=bool)
    went = np.where((np.arange(DAYS) >= FIRST) & (np.arange(DAYS) <= LAST), 200, 400)
    assert edges(there, went, free, (FIRST, LAST)) == ((FIRST, FIRST), (LAST, LAST))
