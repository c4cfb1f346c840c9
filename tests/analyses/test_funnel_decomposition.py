"""Why a step rate changed: mix and rate effects that add up to the last digit."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analyses.funnel.decomposition import Part, decomposition_frame, effects


def test_the_same_mix_leaves_rate_effects_only():
    parts = [Part(now=(100, 40), before=(50, 25)), Part(now=(100, 80), before=(50, 40))]
    pairs, change = effects(parts)
    assert pairs == [
        (0, pytest.approx(-0.05)),  # 50 % to 40 % in half of the users
        (0, 0),
    ]
    assert change == pytest.approx(-0.05)


def test_the_same_rates_leave_mix_effects_only():
    # Four in five of a part at 20 % after one in five: 0.2×0.2 + 0.8×0.8 = 68 % to 32 %.
    parts = [Part(now=(80, 16), before=(20, 4)), Part(now=(20, 16), before=(80, 64))]
    pairs, change = effects(parts)
    assert [rate for _mix, rate in pairs] == [0, 0]
    assert [mix for mix, _rate in pairs] == [pytest.approx(-0.18), pytest.approx(-0.18)]
    assert change == pytest.approx(-0.36)


def test_a_part_that_is_new_changes_the_mix_and_not_its_rate():
    parts = [Part(now=(50, 10), before=(0, 0)), Part(now=(50, 25), before=(100, 50))]
    pairs, change = effects(parts)
    assert pairs[0][1] == 0
    assert change == pytest.approx(-0.15)  # 50 % to 35 %


counts = st.integers(0, 10**6).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
wholes = st.lists(st.builds(Part, now=counts, before=counts), min_size=1, max_size=12).filter(
    lambda parts: any(one.now[0] for one in parts) and any(one.before[0] for one in parts)
)


@given(wholes)
def test_mix_and_rate_effects_add_up_to_the_change_to_the_last_digit_in_any_order(parts):
    pairs, change = effects(parts)
    values = list(itertools.chain(*pairs))
    assert sum(values) == sum(reversed(values)) == sum(sorted(values)) == change
    now, before = (
        sum(one[1] for one in side) / sum(one[0] for one in side)
        for side in ([part.now for part in parts], [part.before for part in parts])
    )
    assert change == pytest.approx(now - before, abs=4e-15)


@given(wholes)
def test_exchanging_the_periods_turns_every_sign(parts):
    there, change = effects(parts)
    back, opposite = effects([Part(part.before, part.now) for part in parts])
    assert opposite == pytest.approx(-change, abs=1e-15)
    assert [*itertools.chain(*back)] == pytest.approx(
        [-value for value in itertools.chain(*there)], abs=4e-15
    )


def test_the_frame_names_step_and_segment_and_leaves_out_what_has_no_past():
    segments = pd.DataFrame(
        {
            "segment": ["app", "app", "web", "web"],
            "step": [1, 2, 1, 2],
            "event": ["visit", "buy", "visit", "buy"],
            "users": [100, 40, 100, 80],
            "previous_users": [50.0, 25.0, 50.0, 40.0],
            "step_rate": [None, 0.4, None, 0.8],
            "previous_step_rate": [None, 0.5, None, 0.8],
        }
    )
    frame = decomposition_frame(segments)
    assert frame[["step", "event", "segment", "users", "previous_users"]].to_numpy().tolist() == [
        [2, "buy", "app", 100, 50],
        [2, "buy", "web", 100, 50],
    ]
    assert frame["share_rate"].tolist() == frame["previous_share_rate"].tolist() == [0.5, 0.5]
    assert frame["rate_effect"].tolist() == [pytest.approx(-0.05), 0]
    assert decomposition_frame(segments.assign(previous_users=None)).empty
