"""Attempts whose steps may come in any order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from workbench.paths.attempts import at, choose, how_many
from workbench.paths.hits import OPENS, hit, out
from workbench.paths.instants import count, crowds, subsets_of
from workbench.paths.options import Options

_BEYOND = ibis.interval(seconds=1)  # any time after the window stands for never


def unordered_attempts(hits: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the attempt of each user that counts.

    Returns:
        `keys`, `level`, `step_1_at` … `step_n_at` (the first completion to the last), and
        `done_1` … `done_n`, by which `completes` knows the events that completed them.
    """
    rows = _next_events(crowds(hits, keys, options), keys, options)
    starts = rows.filter(rows[OPENS])
    if options.entry == "first":
        earliest = starts.mutate(first=starts.at.min().over(ibis.window(group_by=list(keys))))
        starts = earliest.filter(earliest.at == earliest["first"])
    done = {
        _done(step): _completion(starts, group, q)
        for group in options.groups
        for q, step in enumerate(group, start=1)
    }
    carried = ["excluded"] if options.spans else []
    timed = starts.select(*keys, "at", *carried, **done)
    return choose(_sorted(timed, keys, options), keys, options.n, *done)


def completes(pairs: ir.Table, options: Options) -> ir.BooleanValue:
    """Return whether an event completed a step of the attempt that it stands beside.

    Args:
        pairs: `hits` joined with what `unordered_attempts` returns.
        options: The rules.
    """
    found = []
    for group in options.groups:
        serves = reduce(or_, (pairs[hit(k)] for k in group))
        then = reduce(or_, ((pairs.at == pairs[_done(k)]).fill_null(False) for k in group))  # noqa: FBT003
        found.append(serves & then)
    return reduce(or_, found)


def _done(step: int) -> str:
    return f"done_{step}"


def _after(place: int, steps: Sequence[int]) -> str:
    """The column that says when, after an instant, the n-th event follows that serves `steps`."""
    return f"{place}_{count(steps)}"


def _next_events(rows: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the instants with when each set of steps is served next, the second time, and so on.

    What follows after an instant is never earlier for a later one, so it is the smallest of the
    values at the instants that follow.
    """
    later = ibis.rows_window(group_by=list(keys), order_by="at", following=(1, None))
    never = ibis.null(rows.at.type())
    if options.spans:
        outs = reduce(or_, (rows[out(e)] for e in range(1, len(options.spans) + 1)))
        rows = rows.mutate(excluded=ibis.ifelse(outs, rows.at, never).min().over(later))
    for place in range(1, max(map(len, options.groups)) + 1):
        subsets = [s for s in subsets_of(options.groups) if len(s) >= place]
        values = {_after(place, s): _nth(rows, s, place, never) for s in subsets}
        held = rows.mutate(**values)
        rows = held.mutate(**{name: held[name].min().over(later) for name in values})
    return rows


def _nth(
    rows: ir.Table, steps: Sequence[int], place: int, other: ir.TimestampValue
) -> ir.TimestampValue:
    """When, from an instant on, the n-th event serves `steps`; `other` where none does there."""
    here = rows[count(steps)]
    rest = [(here == q, rows[_after(place - q, steps)]) for q in range(1, place)]
    return ibis.cases((here >= place, rows.at), *rest, else_=other)


def _completion(starts: ir.Table, group: Sequence[int], q: int) -> ir.TimestampValue:
    """When q steps of a group have been completed, each by an event of its own.

    That is as soon as every set S of them has been served by |S| − (|group| − q) events (the
    deficiency version of Hall's theorem, by O. Ore, 1955).
    """
    spare = len(group) - q
    wanted = [(s, len(s) - spare) for s in subsets_of([group]) if len(s) > spare]
    times = [_nth(starts, s, place, starts[_after(place, s)]) for s, place in wanted]
    there = reduce(and_, (time.notnull() for time in times))
    latest = ibis.greatest(*times) if len(times) > 1 else times[0]
    return ibis.ifelse(there, latest, ibis.null(starts.at.type()))


def _sorted(timed: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the attempts with their completions in order, up to an excluded event."""
    closes = timed.at + ibis.interval(options.window)
    never = closes + _BEYOND
    steps = range(1, options.n + 1)
    inside = timed.select(
        *keys,
        *(["excluded"] if options.spans else []),
        closes=closes,
        **{
            _done(k): ibis.ifelse(
                (timed[_done(k)] <= closes).fill_null(False),  # noqa: FBT003 - a column
                timed[_done(k)],
                never,
            )
            for k in steps
        },
    )
    times = [inside[_done(k)] for k in steps]
    until = ibis.coalesce(inside.excluded, inside.closes) if options.spans else inside.closes
    until = ibis.least(until, inside.closes)
    kept = {}
    for k in steps:
        time = _kth(times, k)
        kept[at(k)] = ibis.ifelse(time <= until, time, ibis.null(time.type()))
    return inside.select(*keys, *map(_done, steps), **kept)


def _kth(times: Sequence[ir.TimestampValue], k: int) -> ir.TimestampValue:
    """The k-th of some instants in order: the earliest that k of them are not after."""
    largest = ibis.greatest(*times) if len(times) > 1 else times[0]
    enough = [
        ibis.ifelse(how_many(one <= time for one in times) >= k, time, largest) for time in times
    ]
    return ibis.least(*enough) if len(enough) > 1 else enough[0]
