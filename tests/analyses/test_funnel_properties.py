"""The engine against a plain reference, over many small logs in which ties are common."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import funnel_reference as reference
import pytest
from funnel_tables import table
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analyses.funnel import Exclusion, levels

_START = datetime(2026, 3, 2)

_STEPS = [
    ["a", "b", "c"],
    ["a", "b"],
    ["a"],
    ["a", "a"],
    ["a", "b", "a", "c"],
    ["a", {"a", "b"}, "c"],
    [{"a", "b"}, "b", {"b", "c"}],
    [{"a", "b"}, {"a", "c"}, {"b", "c"}, "a"],
]


def cases(users, most):
    """Logs of so many users, with so many events at most, and the options of a funnel."""
    event = st.builds(
        reference.Event,
        user_id=st.integers(1, users).map("u{:02}".format),
        event=st.sampled_from(["a", "b", "c", "a", "b", "c", "x", None]),
        occurred_at=st.integers(0, 7).map(lambda hour: _START + timedelta(hours=hour)),
        platform=st.sampled_from(["p", "q", "r", None]),
    )
    span = st.tuples(st.sampled_from(["x", "c", "b"]), st.integers(1, 3), st.integers(2, 4))
    return st.fixed_dictionaries(
        {
            "log": st.lists(event, min_size=1, max_size=most),
            "steps": st.sampled_from(_STEPS),
            "hours": st.sampled_from([1, 2, 4, 9]),
            "increasing": st.booleans(),
            "top": st.sampled_from([1, 2, 10]),
            "spans": st.lists(span, max_size=2),
        }
    )


_ATTRIBUTIONS = [None, "first", "last", "all", 1, "last step"]
_ORDERS = [
    ("ordered", False),
    ("ordered", True),
    ("strict_order", False),
    ("strict", False),
    ("unordered", False),
]
_every_option = pytest.mark.parametrize(
    ("order", "once", "entry"),
    [
        (order, once, entry)
        for (order, once), entry in itertools.product(_ORDERS, ["best", "first"])
    ],
)


def check(case, order, once, entry, attribution):
    """The users' logs by the engine and by the reference."""
    steps = case["steps"]
    n = len(steps)
    attribution = n if attribution == "last step" else attribution
    window = timedelta(hours=case["hours"])
    spans = _allowed(case["spans"], n, order)
    rules = reference.Rules(
        serves=[_serves(_names(step)) for step in steps],
        window=window,
        order=order,
        entry=entry,
        increasing=case["increasing"],
        once=once,
        exclusions=[(_serves({event}), after, before) for event, after, before in spans],
        groups=_groups([_names(step) for step in steps]),
    )
    expected = reference.levels(case["log"], rules, attribution=attribution, top=case["top"])
    found = levels(
        table((e.user_id, e.event, e.occurred_at, e.platform) for e in case["log"]),
        steps,
        window=window,
        order=order,
        entry=entry,
        strictly_increasing=case["increasing"],
        each_event_once=once,
        exclusions=[Exclusion(*span) for span in spans],
        by="platform" if attribution else None,
        attribution=attribution or "first",
        top=case["top"],
    ).to_pyarrow()
    rows = [_as_reference(row, n) for row in found.to_pylist()]
    assert sorted(rows, key=repr) == sorted(expected, key=repr)


def _names(step):
    return {step} if isinstance(step, str) else step


def _serves(names):
    return lambda event: event.event in names


def _allowed(spans, n, order):
    """The exclusions that a funnel of `n` steps can have."""
    if order == "unordered":
        return [(event, 1, n) for event, _, _ in spans if n > 1]
    return [(event, after, before) for event, after, before in spans if after < before <= n]


def _groups(names):
    """The steps in groups that share events, directly or through others."""
    groups = []
    for k, own in enumerate(names, start=1):
        near = [group for group in groups if any(names[i - 1] & own for i in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*itertools.chain(*near), k])
    return groups


def _as_reference(row, n):
    times = [row[f"step_{k}_at"] for k in range(1, n + 1)]
    reached = tuple(time for time in times if time is not None)
    assert row["level"] == len(reached)
    assert tuple(times[: len(reached)]) == reached
    return (row["user_id"], row.get("segment"), *reached)


@_every_option
@settings(max_examples=24)
@given(case=cases(6, 60), attribution=st.sampled_from(_ATTRIBUTIONS))
def test_the_engine_agrees_with_the_plain_reference(case, attribution, order, once, entry):
    check(case, order, once, entry, attribution)


@pytest.mark.slow
@_every_option
@settings(max_examples=60)
@given(case=cases(20, 160), attribution=st.sampled_from(_ATTRIBUTIONS))
def test_the_engine_agrees_with_it_on_thousands_of_logs(case, attribution, order, once, entry):
    check(case, order, once, entry, attribution)
