"""Which events serve which steps: the events reduced to what the search for attempts needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from workbench.errors import MissingData, ParameterError

Step = str | Collection[str] | Callable[[ir.Table], ir.BooleanValue]

OPENS = "opens"
"""The column that says, if there is one, whether an attempt may start at an event."""


@dataclass(frozen=True)
class Exclusion:
    """An event that must not happen on the way from one step to another.

    Attributes:
        event: An event's name, a set of names, or a function from the table to a boolean.
        after: From reaching which step on (1-based) it must not happen.
        before: Until reaching which step it must not.
    """

    event: Step
    after: int
    before: int


def hit(step: int) -> str:
    """Return the column that says whether an event serves a step (1-based)."""
    return f"hit_{step}"


def out(exclusion: int) -> str:
    """Return the column that says whether an event is an excluded one (1-based)."""
    return f"out_{exclusion}"


@dataclass(frozen=True)
class Hits:
    """The events that matter to attempts, as one table or as each step's own.

    A database keeps a table that a query names twice; reading a few columns again costs less.

    Attributes:
        source: Where the events are.
        columns: `keys`, `at`, `opens` if given, and further columns, as values of `source`.
        flags: `hit_1` … `hit_n` and `out_1` … for the exclusions, as values of `source`; null
            means no.
        keys: The columns of which each combination has attempts of its own.
        every: Whether events that serve no step matter too.
    """

    source: ir.Table
    columns: Mapping[str, ir.Value]
    flags: Mapping[str, ir.BooleanValue]
    keys: tuple[str, ...]
    every: bool = False

    @property
    def table(self) -> ir.Table:
        """All of them: `columns` and `flags`."""
        return self._select(list(self.flags), every=self.every)

    def of(self, *steps: int) -> ir.Table:
        """Return the events that serve any of these steps: `columns` and the steps' flags."""
        return self._select([hit(step) for step in steps], every=False)

    def among(self, table: ir.Table) -> Hits:
        """Return the same of a table that was made of `table` and has its columns."""
        columns = {name: table[name] for name in self.columns}
        flags = {name: table[name] for name in self.flags}
        return Hits(table, columns, flags, self.keys, self.every)

    def _select(self, names: Sequence[str], *, every: bool) -> ir.Table:
        wanted = [self.columns[name].notnull() for name in (*self.keys, "at")]
        if not every:
            wanted.insert(0, reduce(or_, (self.flags[name] for name in names)))
        flags = {name: self.flags[name].fill_null(False) for name in names}  # noqa: FBT003
        return self.source.filter(*wanted).select(**self.columns, **flags)


def hits(
    events: ir.Table,
    steps: Sequence[Step],
    keys: Sequence[str],
    *,
    exclusions: Sequence[Exclusion] = (),
    every: bool = False,
    opens: ir.BooleanValue | None = None,
    **further: ir.Value,
) -> Hits:
    """Return the events that matter to attempts, and how.

    An event without a key or an instant matters to none.

    Args:
        events: What users did.
        steps: As `levels`.
        keys: The columns of which each combination has attempts of its own.
        exclusions: As `levels`.
        every: Whether events that serve no step matter too.
        opens: Where attempts may start, other than at any event that can be the first.
        further: Columns to carry along.
    """
    flags = {hit(k): _serves(events, step) for k, step in enumerate(steps, start=1)}
    flags |= {out(e): _serves(events, one.event) for e, one in enumerate(exclusions, start=1)}
    columns = {key: events[key] for key in keys} | {"at": events.occurred_at}
    if opens is not None:
        columns[OPENS] = opens
    return Hits(events, columns | further, flags, tuple(keys), every)


def check_columns(events: ir.Table, steps: Sequence[Step]) -> None:
    """Refuse events that lack a column which these steps, or excluded events, need.

    Raises:
        MissingData: If they do.
    """
    needed = ["user_id", "occurred_at"]
    if not all(callable(step) for step in steps):
        needed.append("event")
    for name in needed:
        if name not in events.columns:
            raise MissingData(f"events lack the column '{name}', which a funnel needs")


def check_step(what: str, step: object) -> None:
    """Refuse what is no event.

    Args:
        what: What it is the event of, for the message.
        step: A step, or an exclusion's event.

    Raises:
        ParameterError: If it is no name, set of names or function.
    """
    if not callable(step) and not _names(step):
        raise ParameterError(
            f"{what} == {step!r}, must be an event, a set of events or a function of the table"
        )


def may_share(one: Step, other: Step) -> bool:
    """Return whether an event can serve both steps: of functions nobody knows."""
    if callable(one) or callable(other):
        return True
    return not set(_names(one)).isdisjoint(_names(other))


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
    return value
