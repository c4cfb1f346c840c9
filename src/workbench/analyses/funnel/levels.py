"""How far each user came: the engine of the funnel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import ibis.expr.types as ir

from workbench.analyses.funnel.attempts import at, best_attempts, first_attempts
from workbench.analyses.funnel.hits import Step, check_steps, hit, hits
from workbench.analyses.funnel.segments import attribute, decode, encode, keep_largest
from workbench.errors import ParameterError, unknown

ORDERS = ("ordered",)
ENTRIES = ("best", "first")
ATTRIBUTIONS = ("first", "last", "all")


def levels(
    events: ir.Table,
    steps: Sequence[Step],
    *,
    window: timedelta,
    order: str = "ordered",
    entry: str = "best",
    strictly_increasing: bool = False,
    by: str | None = None,
    attribution: str | int = "first",
    top: int = 10,
) -> ir.Table:
    """Return how far each user came through the steps, one row a user (and segment).

    An attempt starts at an event of step 1 and reaches each further step at the earliest event
    of it that is not before the step before, up to and with the window's last instant, counted
    from the start. Other events may lie between. Events at the same instant may follow one
    another, and one event may serve several consecutive steps, unless `strictly_increasing`.
    Nothing depends on the order of the rows; rows without a user or an instant count for nothing.

    Args:
        events: `user_id`, `occurred_at`, `event` (where a step is given by name), and `by`.
        steps: For each step an event's name, a set of names, or a function from the table to a
            boolean, of which null means no.
        window: How long after its start an attempt may still reach a step.
        order: `"ordered"`.
        entry: Which attempt of a user counts. `"best"`: of all that start at an event of step
            1, the one that comes furthest, of those the one whose last step is reached first,
            of those the one that starts last. `"first"`: the user's first.
        strictly_increasing: Whether each step must be later than the one before.
        by: A column of `events` by which to tell users apart.
        attribution: Which value of `by` a user has: the `"first"` or `"last"` one that is not
            null among the events that reached the attempt's steps; the one at a step (its
            number; users short of it are absent), null included; or `"all"`: the funnel for
            each value over that value's events only. Where events of one step and instant
            differ, the smallest value that is not null.
        top: How many values stay apart, the largest by users at step 1 and missing a value like
            any other; the rest are `Other`.

    Returns:
        `user_id`; `segment` (text, null where missing; only with `by`); `level` (1..n: a user
        without step 1 has no row); `step_1_at` … `step_n_at`, null beyond the level.

    Raises:
        ParameterError: If an argument is not what it may be.
        MissingData: If `events` lacks a column that every funnel needs.
    """
    check_steps(events, steps)
    check_options(window, order, entry)
    _check_by(events, by, attribution, top, len(steps))
    times = [at(k) for k in range(1, len(steps) + 1)]
    if by is None:
        found = hits(events, steps, ["user_id"])
        plain = search(found, ["user_id"], len(steps), window, entry, strictly_increasing)
        return plain.select("user_id", "level", *times)
    found = hits(events, steps, ["user_id"], code=encode(events[by]))
    if attribution == "all":
        entered = found.filter(found[hit(1)]).select("user_id", "code").distinct()
        found = keep_largest(found, entered, top)
        keys = ["user_id", "code"]
        coded = search(found, keys, len(steps), window, entry, strictly_increasing)
    else:
        plain = search(found, ["user_id"], len(steps), window, entry, strictly_increasing)
        valued = attribute(plain, found, ["user_id"], len(steps), attribution)
        coded = keep_largest(valued, valued, top)
    return coded.select("user_id", decode(coded.code).name("segment"), "level", *times)


def search(
    found: ir.Table,
    keys: Sequence[str],
    n: int,
    window: timedelta,
    entry: str,
    strictly_increasing: bool = False,  # noqa: FBT001, FBT002 - one of the levels' options
) -> ir.Table:
    """Return the attempts that count: `keys`, `level`, `step_1_at` … `step_n_at`.

    Args:
        found: What `hits` returns.
        keys: The columns of which each combination has one attempt.
        n: How many steps there are.
        window: As `levels`.
        entry: As `levels`.
        strictly_increasing: As `levels`.
    """
    find = first_attempts if entry == "first" else best_attempts
    return find(found, list(keys), n, window, strictly_increasing=strictly_increasing)


def check_options(window: timedelta, order: str, entry: str) -> None:
    """Refuse a window, order or entry that no funnel has.

    Raises:
        ParameterError: If one is.
    """
    if not isinstance(window, timedelta):
        raise ParameterError(f"window == {window!r}, must be a timedelta")
    if window <= timedelta():
        raise ParameterError(f"window == {window}, must be longer than nothing")
    if order not in ORDERS:
        raise ParameterError(unknown("order", order, ORDERS))
    if entry not in ENTRIES:
        raise ParameterError(unknown("entry", entry, ENTRIES))


def _check_by(events: ir.Table, by: str | None, attribution: str | int, top: int, n: int) -> None:
    if by is not None and by not in events.columns:
        raise ParameterError(unknown("column of events", by, events.columns))
    if isinstance(attribution, int):
        if not 1 <= attribution <= n:
            raise ParameterError(f"attribution == {attribution}, must be a step: 1..{n}")
    elif attribution not in ATTRIBUTIONS:
        raise ParameterError(unknown("attribution", attribution, ATTRIBUTIONS))
    if top < 1:
        raise ParameterError(f"top == {top}, must be 1 or more")
