"""How far each user came: the engine of the funnel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import ibis.expr.types as ir

from workbench.errors import ParameterError, unknown
from workbench.paths.attempts import at, best_attempts, first_attempts
from workbench.paths.chains import judged_attempts
from workbench.paths.hits import Exclusion, Hits, Step, check_columns, hits
from workbench.paths.options import Options, options_of
from workbench.paths.segments import TOP, attribute, decode, encode, keep_largest
from workbench.paths.unordered import unordered_attempts

ATTRIBUTIONS = ("first", "last", "all")


def levels(
    events: ir.Table,
    steps: Sequence[Step],
    *,
    window: timedelta,
    sequence: str = "ordered",
    entry: str = "best",
    strictly_increasing: bool = False,
    each_event_once: bool = False,
    exclusions: Sequence[Exclusion] = (),
    by: str | None = None,
    attribution: str | int = "first",
    top: int = TOP,
) -> ir.Table:
    """Return how far each user came through the steps, one row a user (and segment).

    An attempt starts at an event of step 1 and reaches each further step at the earliest event
    of it that is not before the step before, up to and with the window's last instant, counted
    from the start. The sequence says what else may happen on the way:

    - `"ordered"`: anything. One event may serve several consecutive steps, as in ClickHouse's
      `windowFunnel`; with `each_event_once` it serves one, as in PostHog.
    - `"strict_order"`: nothing but immediate repeats of the step just reached. An event that
      serves neither the next step nor that one ends the attempt.
    - `"strict"`: nothing. Of all the user's events, the next must serve the next step.
    - `"unordered"`: anything, and the steps may come in any order. An attempt starts at an event
      of any step, and its level is how many steps have an event of their own inside its window.

    Events at the same instant have no order, and none is invented. An attempt takes there as many
    further steps as it can: those that the events of the instant can serve, each event one of
    them (or several, where the sequence allows). In the strict sequences it goes on after the instant
    only if the other events there repeat a step it took there or came with (`"strict_order"`), or
    if there are no others (`"strict"`); but the events at the instant of its start may have come
    before it. With `strictly_increasing` an attempt takes one step an instant. Two rows that are
    the same are two events. Rows without a user or an instant count for nothing, and nothing
    depends on the order of the rows.

    Args:
        events: `user_id`, `occurred_at`, `event` (where a step is given by name), and `by`.
        steps: For each step an event's name, a set of names, or a function from the table to a
            boolean, of which null means no.
        window: How long after its start an attempt may still reach a step.
        sequence: `"ordered"`, `"strict_order"`, `"strict"` or `"unordered"`.
        entry: Which attempt of a user counts. `"best"`: of all that start at an event of step
            1 (of any step, if unordered), the one that comes furthest, of those the one whose
            last step is reached first, of those the one that starts last. `"first"`: the one
            that starts at the first such event, and no other.
        strictly_increasing: Whether each step must be later than the one before.
        each_event_once: Whether no event may serve two steps of an attempt; it may not in any
            sequence but `"ordered"`, whatever is said here.
        exclusions: Events that must not happen on the way. One of them later than the step
            `after` and earlier than the step `before`, or than the window's end if `before` is
            not reached, disqualifies the attempt: it does not count, and a user without another
            has no row. An unordered attempt, which it must span as a whole, ends there and keeps
            the level that it had.
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
    options = options_of(
        steps,
        window,
        sequence=sequence,
        entry=entry,
        strictly_increasing=strictly_increasing,
        each_event_once=each_event_once,
        exclusions=exclusions,
    )
    check_columns(events, [*steps, *(one.event for one in exclusions)])
    _check_by(events, by, attribution, top, len(steps))
    times = [at(k) for k in range(1, len(steps) + 1)]
    keys, every = ["user_id"], options.all_events_count
    code = {} if by is None else {"code": encode(events[by])}
    found = hits(events, steps, keys, exclusions=exclusions, every=every, **code)
    if by is None:
        return search(found, keys, options).select("user_id", "level", *times)
    if attribution == "all":
        coded = _search_values(found, options, top)
    else:
        valued = attribute(search(found, keys, options), found.table, keys, options, attribution)
        coded = keep_largest(valued, valued, top)
    return coded.select("user_id", decode(coded.code).name("segment"), "level", *times)


def search(found: Hits, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the attempts that count: `keys`, `level`, `step_1_at` … `step_n_at`.

    Args:
        found: What `hits` returns.
        keys: The columns of which each combination has one attempt.
        options: The rules.
    """
    if options.sequence == "unordered":
        return unordered_attempts(found.table, keys, options)
    if not options.is_plain:
        return judged_attempts(found.table, keys, options)
    find = first_attempts if options.entry == "first" else best_attempts
    return find(found, list(keys), options)


def _search_values(found: Hits, options: Options, top: int) -> ir.Table:
    """Each value's own funnel: `user_id`, `code` and the attempt."""
    first = range(1, options.n + 1) if options.sequence == "unordered" else [1]
    entered = found.of(*first).select("user_id", "code").distinct()
    kept = found.among(keep_largest(found.table, entered, top))
    return search(kept, ["user_id", "code"], options)


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
