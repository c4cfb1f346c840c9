"""The attempt of every possible first event, followed through all its steps.

For the funnels in which more than the latest start matters: exclusions, the strict sequences, and
events that each count once although they can serve several steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from workbench.paths.attempts import at, choose
from workbench.paths.hits import OPENS, out
from workbench.paths.instants import bad, instants, leads
from workbench.paths.options import Options


def judged_attempts(hits: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the attempt of each user that counts: `keys`, `level`, `step_1_at` … `step_n_at`."""
    every = _chains(instants(hits, keys, options), keys, options)
    if options.entry == "first":
        earliest = ibis.window(group_by=list(keys))
        every = every.mutate(first=every.at.min().over(earliest))
        every = every.filter(every.at == every["first"])
    clean = _without_excluded(_cut(every, keys, options), keys, options)
    return choose(clean, keys, options.n)


def _marks(options: Options) -> dict[str, int]:
    """What an attempt looks out for, and from which step on: `bad_…` and `out_…` columns."""
    states = range(1, options.n) if options.all_events_count else ()
    return {bad(j): j for j in states} | {
        out(e): after for e, (after, _) in enumerate(options.spans, start=1)
    }


def _chains(rows: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return one row a possible start: `keys`, `at`, `to_1` … `to_n` and when each mark is met.

    From the last state back to the first: an attempt in a state goes on at the next instant that
    serves the step after it. When it will reach the further steps is known there, and is never
    earlier for a later instant. So it is the smallest of these values over the instants that
    follow. The same holds for the first mark after a step was reached.
    """
    marks = _marks(options)
    later = ibis.rows_window(group_by=list(keys), order_by="at", following=(1, None))
    next_marks = {f"0_{name}": _when(rows, rows[name]).min().over(later) for name in marks}
    known = rows.mutate(**next_marks)
    for state in range(options.n - 1, 0, -1):
        serves = known[leads(state, state + 1)]
        ahead = _ahead(known, state, marks, options.n)
        values = {
            name: ibis.ifelse(serves, value, ibis.null(value.type()))
            for name, value in ahead.items()
        }
        held = known.mutate(**{f"{state}_{name}": value for name, value in values.items()})
        reached = {f"{state}_{name}": held[f"{state}_{name}"].min().over(later) for name in values}
        known = held.mutate(**reached)
    starts = known.filter(known[OPENS])
    return starts.select(*keys, "at", **_ahead(starts, 0, marks, options.n))


def _ahead(rows: ir.Table, state: int, marks: dict[str, int], n: int) -> dict[str, ir.Value]:
    """What an attempt that comes to an instant in a state will meet from there on."""
    names = {f"to_{k}": k for k in range(state + 1, n + 1)}
    found = {name: _first_of(rows, state, name, k, n, rows.at) for name, k in names.items()}
    for name, after in marks.items():
        if after > state:
            found[name] = _first_of(rows, state, name, after, n, rows[f"0_{name}"])
    return found


def _first_of(
    rows: ir.Table, state: int, name: str, step: int, n: int, now: ir.TimestampValue
) -> ir.TimestampValue:
    """`now` if the step is reached at this instant, else what is known of the state after it."""
    moves = [
        (rows[leads(state, m)], now if step <= m else rows[f"{m}_{name}"])
        for m in range(n, state, -1)
    ]
    return ibis.cases(*moves)


def _when(rows: ir.Table, condition: ir.BooleanValue) -> ir.TimestampValue:
    return ibis.ifelse(condition, rows.at, ibis.null(rows.at.type()))


def _cut(every: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the attempts up to where their window or what the sequence forbids ends them."""
    closes = every.at + ibis.interval(options.window)
    kept = {}
    for k in range(1, options.n + 1):
        reached = every[f"to_{k}"]
        free = [reached <= closes]
        if options.all_events_count:
            free += [~_ended(every, j, reached) for j in range(1, k)]
        kept[at(k)] = ibis.ifelse(reduce(and_, free), reached, ibis.null(reached.type()))
    outs = [out(e) for e in range(1, len(options.spans) + 1)]
    return every.select(*keys, *outs, closes=closes, **kept)


def _ended(every: ir.Table, state: int, reached: ir.TimestampValue) -> ir.BooleanValue:
    """Whether the attempt was ended in a state before a later step was reached."""
    end = every[bad(state)]
    in_it = end <= every[f"to_{state + 1}"]
    return (in_it & (end < reached)).fill_null(False)  # noqa: FBT003 - a column


def _without_excluded(attempts: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    clean = [attempts[at(1)].notnull()]
    for e, (after, before) in enumerate(options.spans, start=1):
        until = ibis.coalesce(attempts[at(before)], attempts.closes)
        met = attempts[at(after)].notnull() & (attempts[out(e)] < until)
        clean.append(~met.fill_null(False))  # noqa: FBT003 - a column
    times = [at(k) for k in range(1, options.n + 1)]
    return attempts.filter(*clean).select(*keys, *times)
