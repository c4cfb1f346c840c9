"""Which events serve which steps: the events reduced to what the search for attempts needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from workbench.errors import MissingData, ParameterError

Step = str | Collection[str] | Callable[[ir.Table], ir.BooleanValue]


def hit(step: int) -> str:
    """Return the column that says whether an event serves a step (1-based)."""
    return f"hit_{step}"


def hits(
    events: ir.Table, steps: Sequence[Step], keys: Sequence[str], **further: ir.Value
) -> ir.Table:
    """Return the events that serve a step: `keys`, `at`, `hit_1` … `hit_n` and what is `further`.

    An event without a key or an instant serves none.
    """
    flags = {hit(k): _serves(events, step) for k, step in enumerate(steps, start=1)}
    marked = events.select(
        *(events[key] for key in keys), at=events.occurred_at, **flags, **further
    )
    whole = [marked[name].notnull() for name in (*keys, "at")]
    return marked.filter(reduce(or_, (marked[name] for name in flags)), *whole)


def check_steps(events: ir.Table, steps: Sequence[Step]) -> None:
    """Refuse steps that say nothing, and events that lack a column they need.

    Raises:
        ParameterError: If there is no step, or one that is no name, set of names or function.
        MissingData: If `events` lacks a column.
    """
    if isinstance(steps, str) or not isinstance(steps, Sequence) or not steps:
        raise ParameterError(f"steps == {steps!r}, must be a list of at least one event")
    for k, step in enumerate(steps, start=1):
        if not callable(step) and not _names(step):
            raise ParameterError(
                f"step {k} == {step!r}, must be an event, a set of events or a function of the table"
            )
    needed = ["user_id", "occurred_at"]
    if not all(callable(step) for step in steps):
        needed.append("event")
    for name in needed:
        if name not in events.columns:
            raise MissingData(f"events lack the column '{name}', which a funnel needs")


def _names(step: object) -> list[str]:
    """The names that a step is given by; none if it is given otherwise."""
    if isinstance(step, str):
        return [step] if step else []
    if isinstance(step, Collection) and all(isinstance(name, str) and name for name in step):
        return sorted(step)
    return []


def _serves(events: ir.Table, step: Step) -> ir.BooleanValue:
    if callable(step):
        found = step(events)
        value = found if isinstance(found, ir.Value) else ibis.literal(bool(found))
    else:
        names = _names(step)
        value = events.event == names[0] if len(names) == 1 else events.event.isin(names)
    return value.fill_null(False)  # noqa: FBT003 - a null property equals nothing
