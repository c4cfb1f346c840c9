"""The two cumulative sums: by hand, and their limits by simulation."""

import numpy as np
import pytest

from workbench.stats.cusum import BASES, EVENTS, FAST, SLOW, Sums, simulated, spoken


def walked(chart, scores, limit):
    """The sums after each of a series' days."""
    state, seen = Sums.at_rest(1), []
    for place, score in enumerate(scores):
        state = state.after(chart, place, np.array([score]), np.array([limit]))
        seen.append((round(float(state.sum[0]), 2), bool(state.speaks[0]), int(state.since[0])))
    return seen


def test_what_exceeds_the_allowance_adds_up_from_the_day_on_which_it_left_nought():
    assert walked(FAST, [0.5, 3.0, 2.0, 4.0], limit=5.5) == [
        (0.0, False, -1), (2.0, False, 1), (3.0, False, 1), (6.0, True, 1),
    ]  # fmt: skip


def test_it_is_silent_after_two_days_in_a_row_that_add_nothing_and_begins_anew():
    seen = walked(FAST, [5.0, 5.0, 1.0, 3.0, 0.0, 1.0, 2.0], limit=6.0)
    assert [speaks for _sum, speaks, _since in seen] == [
        False, True, True, True, True, False, False,
    ]  # fmt: skip
    assert seen[-2:] == [(0.0, False, -1), (1.0, False, 6)]


def test_a_day_without_a_score_changes_nothing():
    assert walked(SLOW, [3.25, float("nan")], limit=10.0) == [(3.0, False, 0), (3.0, False, 0)]


def test_two_clean_days_are_not_parted_by_a_day_that_is_not_known():
    seen = walked(FAST, [9.0, 0.0, float("nan"), 0.0], limit=6.0)
    assert [speaks for _sum, speaks, _since in seen] == [True, True, True, False]


def test_limits_fall_with_the_days_of_the_base_and_rise_with_the_events_of_a_day():
    days = np.array([49.0, 182.0, 49.0, 10.0, 1000.0])
    events = np.array([1.3, 1.3, 100.0, 0.1, 20.0])
    assert SLOW.limit(days, events).tolist() == [11.1, 10.15, 12.45, 11.53, 11.43]
    between = SLOW.limit(np.array([49.0]), np.array([2.28]))[
        0
    ]  # the mean of 1.3 and 4, by logarithm
    assert between == pytest.approx((11.1 + 12.18) / 2, abs=0.01)
    assert all(len(row) == len(BASES) for row in (*FAST.limits, *SLOW.limits))
    assert len(SLOW.limits) == len(FAST.limits) == len(EVENTS)


def test_a_series_that_rises_by_three_speaks_within_days_and_a_flat_one_never():
    flat = np.tile([1.0, -1.0], (1, 300))
    risen = flat.copy()
    risen[0, 500:] += 3
    limits = np.array([5.4])
    assert spoken(FAST, 100, limits, flat)[0] == 0
    assert spoken(FAST, 100, limits, risen)[0] == 1


@pytest.mark.slow
@pytest.mark.parametrize("events", [1.3, 20.0])
def test_the_slow_limits_are_those_of_the_simulation(events):
    found = simulated(SLOW, 98, events, series=8_000, seed=1)
    assert found == pytest.approx(SLOW.limit(np.array([98.0]), np.array([events]))[0], abs=0.35)
