# ruff: noqa: S608 - every name and text in it is quoted
"""Whether the users of a funnel's steps are the same at all: two files may name them differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workbench.kit.sentences import message, say
from workbench.sources.doubts import Doubt, Look
from workbench.sources.sql import Engine

_APART = 0.1  # share of the users of a step with the first one, below which steps hardly meet
_FEWEST = 5  # users, under which they need not


def apart(engine: Engine, events: Look, steps: Sequence[str]) -> Iterator[Doubt]:
    """Yield the steps whose users hardly ever have the first step.

    Args:
        engine: Where the rows are.
        events: The table `events`.
        steps: The shop's own funnel.
    """
    first = steps[0]
    every = events.name
    if not events.is_whole:
        every = f"read_parquet([{', '.join(Engine.text(path) for path in events.files)}])"
    begun = f"(SELECT user_id FROM {every} WHERE event = {Engine.text(first)})"
    some = f"SELECT DISTINCT event, user_id FROM {events.name}"
    rows = engine.rows(
        f"SELECT event, count(*), count(*) FILTER (user_id IN {begun}) FROM ({some}) GROUP BY event"
    )
    yield from told(steps, {event: (users, both) for event, users, both in rows})


def told(steps: Sequence[str], counted: Mapping[str, tuple[int, int]]) -> Iterator[Doubt]:
    """Yield what is said of steps whose users hardly ever have the first one.

    Args:
        steps: The shop's own funnel.
        counted: By event its users, and how many of them have the first step.
    """
    first, *later = steps
    for step in later:
        users, both = counted.get(step, (0, 0))
        if users >= _FEWEST and both < _APART * users and first in counted:
            sentence = message(
                "{both:count} of {users:count} users with {step} ever have {first}: are the ids of the two "
                "written alike?"
            )
            page = message(
                "Of the {users:count} users with {step:label} {both:count} ever have {first:label}: how many go "
                "on from one to the other cannot be told."
            )
            given = {"both": both, "users": users, "step": step, "first": first}
            yield Doubt("events", say(sentence, **given), say(page, **given))
