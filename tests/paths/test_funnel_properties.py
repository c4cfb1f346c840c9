"""The engine against a plain reference, over many small logs in which ties are common.

A query costs the same for one log as for a hundred, and the engine works user by user: so the
logs of a funnel are the users of one table. A log that fails is told alone, as small as it gets.
"""

from __future__ import annotations

import itertools
import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import funnel_reference as reference
import pytest

from funnel_tables import table
from workbench.paths import Exclusion, levels

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
_EVENTS = ["a", "b", "c", "a", "b", "c", "x", None]
_PLATFORMS = ["p", "q", "r", None]
_UNITS = [1, 2, 4, 9]  # of these a window has so many, and a log takes eight instants
_ALL = 10  # more values than there are, so that all of them stay apart

_ATTRIBUTIONS = [None, "first", "last", "all", 1, "last step"]
_ORDERS = [
    ("ordered", False),
    ("ordered", True),
    ("strict_order", False),
    ("strict", False),
    ("unordered", False),
]
_MODES = [
    pytest.param(
        {
            "order": order,
            "once": once,
            "entry": entry,
            "increasing": increasing,
            "excluding": excluding,
        },
        id="-".join(
            [order, entry]
            + ["once"] * once
            + ["increasing"] * increasing
            + ["excluding"] * excluding
        ),
    )
    for (order, once), entry, increasing, excluding in itertools.product(
        _ORDERS, ["best", "first"], [False, True], [False, True]
    )
]
_every_mode = pytest.mark.parametrize("mode", _MODES)


@dataclass(frozen=True)
class Funnel:
    """The options of `levels`, to be asked of the engine and of the reference."""

    steps: list
    window: timedelta
    order: str
    once: bool
    entry: str
    increasing: bool
    spans: list
    attribution: str | int | None
    top: int = _ALL

    def found(self, logs):
        """What the engine says of each log, asked of all of them at once."""
        rows = levels(
            table(
                (f"{place} {e.user_id}", e.event, e.occurred_at, e.platform)
                for place, log in enumerate(logs)
                for e in log
            ),
            self.steps,
            window=self.window,
            sequence=self.order,
            entry=self.entry,
            strictly_increasing=self.increasing,
            each_event_once=self.once,
            exclusions=[Exclusion(*span) for span in self.spans],
            by="platform" if self.attribution else None,
            attribution=self.attribution or "first",
            top=self.top,
        ).to_pyarrow()
        answers = [[] for _ in logs]
        for row in rows.to_pylist():
            place, row["user_id"] = row["user_id"].split()
            answers[int(place)].append(_as_reference(row, len(self.steps)))
        return [sorted(answer, key=repr) for answer in answers]

    def expected(self, log):
        """What the reference says of a log."""
        names = [_names(step) for step in self.steps]
        rules = reference.Rules(
            serves=[_serves(one) for one in names],
            window=self.window,
            order=self.order,
            entry=self.entry,
            increasing=self.increasing,
            once=self.once,
            exclusions=[(_serves({event}), after, before) for event, after, before in self.spans],
            groups=_groups(names),
        )
        rows = reference.levels(log, rules, attribution=self.attribution, top=self.top)
        return sorted(rows, key=repr)

    def wrong(self, logs):
        """The logs of which the engine says something else than the reference."""
        pairs = zip(logs, self.found(logs), strict=True)
        return [log for log, found in pairs if found != self.expected(log)]


def check(funnel, logs):
    """Hold the engine against the reference; if it fails, tell of a small log that does."""
    wrong = sorted(funnel.wrong(logs), key=len)
    if not wrong:
        return
    told = f"{len(wrong)} of {len(logs)} logs are wrong under {funnel}"
    log = next((log for log in wrong[:20] if funnel.wrong([log])), None)
    if log is None:
        pytest.fail(f"{told}, but none alone: the engine mixes users up")
    log = smallest(funnel, log)
    typed = "\n".join(
        f"    {e.user_id} {e.event} {e.occurred_at:%m-%d %H:%M} {e.platform}" for e in log
    )
    (found,) = funnel.found([log])
    pytest.fail(
        f"{told}, such as\n{typed}\nfound:\n    {found}\nexpected:\n    {funnel.expected(log)}"
    )


def smallest(funnel, log):
    """What is left of a log that fails when all is left out without which it fails too."""
    users = sorted({e.user_id for e in log})
    for part in ([e for e in log if e.user_id == user] for user in users):
        if funnel.wrong([part]):
            log = part
            break
    for event in log:
        fewer = [e for e in log if e is not event]
        if funnel.wrong([fewer]):
            log = fewer
    return log


def _names(step):
    return {step} if isinstance(step, str) else step


def _serves(names):
    return lambda event: event.event in names


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


@pytest.fixture
def chance():
    """Chance that is another in each run; a failure tells all that it dealt."""
    return random.Random(secrets.randbits(32))  # noqa: S311 - no secret


def a_log(chance, window, users, most):
    """A log of so many users, with so many events at most, of which many share an instant."""
    unit = window / chance.choice(_UNITS)
    return [
        reference.Event(
            user_id=f"u{chance.randint(1, users):02}",
            event=chance.choice(_EVENTS),
            occurred_at=_START + chance.randint(0, 7) * unit,
            platform=chance.choice(_PLATFORMS),
        )
        for _ in range(chance.randint(1, most))
    ]


def a_funnel(chance, mode, *, top=_ALL, attributions=_ATTRIBUTIONS):
    """A funnel of this mode with any of the other options."""
    excluding = mode["excluding"]
    steps = chance.choice([steps for steps in _STEPS if len(steps) > excluding])
    attribution = chance.choice(attributions)
    return Funnel(
        steps=steps,
        window=chance.choice([timedelta(hours=36), timedelta(minutes=36)]),
        order=mode["order"],
        once=mode["once"],
        entry=mode["entry"],
        increasing=mode["increasing"],
        spans=_spans(chance, len(steps), mode["order"]) if excluding else [],
        attribution=len(steps) if attribution == "last step" else attribution,
        top=top,
    )


def _spans(chance, n, order):
    """One or two exclusions that a funnel of `n` steps can have."""
    pairs = [(1, n)] if order == "unordered" else [*itertools.combinations(range(1, n + 1), 2)]
    return [
        (chance.choice(["x", "c", "b"]), *chance.choice(pairs)) for _ in range(chance.randint(1, 2))
    ]


@_every_mode
def test_the_engine_agrees_with_the_plain_reference(chance, mode):
    funnel = a_funnel(chance, mode)
    check(funnel, [a_log(chance, funnel.window, users=6, most=60) for _ in range(84)])


@pytest.mark.slow
@_every_mode
def test_the_engine_agrees_with_it_on_thousands_of_logs(chance, mode):
    funnel = a_funnel(chance, mode)
    check(funnel, [a_log(chance, funnel.window, users=20, most=160) for _ in range(150)])


@pytest.mark.parametrize("top", [1, 2])
@pytest.mark.parametrize("attribution", _ATTRIBUTIONS[1:])
def test_the_largest_values_stay_apart(chance, attribution, top):
    """Which values are largest is a matter of all users of a table: so one log at a time."""
    for _ in range(2):
        (mode,) = chance.choice(_MODES).values
        funnel = a_funnel(chance, mode, top=top, attributions=[attribution])
        check(funnel, [a_log(chance, funnel.window, users=6, most=60)])
