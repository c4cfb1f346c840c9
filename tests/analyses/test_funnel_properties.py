"""The engine against a plain reference, over many small logs in which ties are common."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import funnel_reference as reference
import pytest
from funnel_tables import table
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analyses.funnel import levels

_START = datetime(2026, 3, 2)

_STEPS = [
    ["a", "b", "c"],
    ["a", "b"],
    ["a"],
    ["a", "a"],
    ["a", "b", "a", "c"],
    ["a", {"a", "b"}, "c"],
    [{"a", "b"}, "b", {"b", "c"}],
]

_events = st.builds(
    reference.Event,
    user_id=st.sampled_from("uvwxyz"),
    event=st.sampled_from(["a", "b", "c", "d", None]),
    occurred_at=st.integers(0, 7).map(lambda hour: _START + timedelta(hours=hour)),
    platform=st.sampled_from(["p", "q", "r", None]),
)

_cases = st.fixed_dictionaries(
    {
        "log": st.lists(_events, min_size=1, max_size=60),
        "steps": st.sampled_from(_STEPS),
        "hours": st.sampled_from([1, 2, 4, 9]),
        "strict": st.booleans(),
        "top": st.sampled_from([1, 2, 10]),
    }
)


_every_option = pytest.mark.parametrize(
    ("entry", "attribution"),
    list(itertools.product(["best", "first"], [None, "first", "last", "all", 1, "last step"])),
)


def check(case, entry, attribution):
    """Six users' logs by the engine and by the reference."""
    steps = case["steps"]
    attribution = len(steps) if attribution == "last step" else attribution
    window = timedelta(hours=case["hours"])
    serves = [_serves({step} if isinstance(step, str) else step) for step in steps]
    expected = reference.levels(
        case["log"],
        serves,
        window=window,
        entry=entry,
        strict=case["strict"],
        attribution=attribution,
        top=case["top"],
    )
    found = levels(
        table((e.user_id, e.event, e.occurred_at, e.platform) for e in case["log"]),
        steps,
        window=window,
        entry=entry,
        strictly_increasing=case["strict"],
        by="platform" if attribution else None,
        attribution=attribution or "first",
        top=case["top"],
    ).to_pyarrow()
    rows = [_as_reference(row, len(steps)) for row in found.to_pylist()]
    assert sorted(rows, key=repr) == sorted(expected, key=repr)


def _serves(names):
    return lambda event: event.event in names


def _as_reference(row, n):
    times = [row[f"step_{k}_at"] for k in range(1, n + 1)]
    reached = tuple(time for time in times if time is not None)
    assert row["level"] == len(reached)
    assert tuple(times[: len(reached)]) == reached
    return (row["user_id"], row.get("segment"), *reached)


@_every_option
@settings(max_examples=20)
@given(case=_cases)
def test_the_engine_agrees_with_the_plain_reference(case, entry, attribution):
    check(case, entry, attribution)


@pytest.mark.slow
@_every_option
@settings(max_examples=150)
@given(case=_cases)
def test_the_engine_agrees_with_it_on_thousands_of_logs(case, entry, attribution):
    check(case, entry, attribution)
