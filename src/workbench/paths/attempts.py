"""The search for each user's attempt: where it starts, and when it reaches each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir

from workbench.paths.hits import OPENS, Hits, hit
from workbench.paths.options import Options
from workbench.paths.precision import KNOWN


def at(step: int) -> str:
    """Return the column that says when an attempt reached a step (1-based)."""
    return f"step_{step}_at"


def first_attempts(found: Hits, keys: Sequence[str], options: Options) -> ir.Table:
    """Return how far each user's first step-1 event leads.

    The earliest event of step 2 that is not before that one, nor beyond its window; after it the
    earliest of step 3; and so on.

    Returns:
        `keys`, `level`, `step_1_at` … `step_n_at`.
    """
    first = found.of(1)
    first = first.filter(_opens(first))
    known = first[KNOWN] if KNOWN in first.columns else first.at
    reached = [first.group_by(keys).agg(start=known.min(), step_1_at=first.at.min())]
    for k in range(2, options.n + 1):
        before, candidates = reached[-1], found.of(k)
        since = before[at(k - 1)]
        follows = [
            candidates.at > since if options.strictly_increasing else candidates.at >= since,
            candidates.at <= before.start + ibis.interval(options.window),
        ]
        pairs = candidates.join(before, [*_same(candidates, before, keys), *follows])
        nexts = pairs.select(*(candidates[key] for key in keys), candidates.at, before.start)
        reached.append(nexts.group_by(keys).agg(start=nexts.start.min(), **{at(k): nexts.at.min()}))
    times = [rows.select(*keys, at(k)) for k, rows in enumerate(reached, start=1)]
    every = reduce(lambda left, right: _left_join(left, right, keys), times)
    return _with_level(every, keys, options.n)


def best_attempts(found: Hits, keys: Sequence[str], options: Options) -> ir.Table:
    """Return each user's best attempt: the furthest, completed first, from its latest start.

    Every event that can be an attempt's step k knows the latest start of such an attempt. For a
    user that start only grows with time, so the earliest of these events has the smallest one:
    the latest start of the attempts that complete first. From a given start, step k is reached
    at the earliest event whose latest start is that one or a later one: what follows from a
    start follows from all earlier ones.

    Returns:
        `keys`, `level`, `step_1_at` … `step_n_at`.
    """
    opening = found.of(1)
    opening = opening.filter(_opens(opening))
    first = opening.group_by(keys).agg(start_1=opening.at.min())
    chains: list[ir.Table] = []
    for k in range(2, options.n + 1):
        if chains:
            candidates = _behind(chains[-1], found.of(k), keys)
        else:
            candidates = _behind_starts(found.of(1, 2), keys)
        chains.append(_reach(candidates, keys, options))
    if not chains:
        return _with_level(first.select(*keys, step_1_at=first.start_1), keys, options.n)
    return _chosen(first, chains, keys, options)


def _behind_starts(both: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return the events of steps 1 and 2: `keys`, `at`, `start` of step 1's, whether it `serves`."""
    start = ibis.ifelse(_opens(both), both.at, ibis.null(both.at.type()))
    return both.select(*keys, "at", start=start, serves=both[hit(2)])


def _behind(before: ir.Table, serving: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return the same for a later step: the attempts that are at the step before, and its events."""
    return ibis.union(
        before.select(*keys, "at", "start", serves=ibis.literal(False)),  # noqa: FBT003 - a column
        serving.select(
            *keys,
            "at",
            start=ibis.null(serving.at.type()),
            serves=ibis.literal(True),  # noqa: FBT003
        ),
    )


def _reach(both: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return where attempts reach a step: `keys`, the latest `start`, the earliest `at` from it.

    The start is the running maximum over the user's events of the step before. The default frame
    of a window, a range, holds all events of the same instant, in whatever order they stand. If
    time must pass between steps, the instants are made one row each and the frame ends before.
    """
    so_far = ibis.range_window(group_by=keys, order_by="at", preceding=None, following=0)
    if options.strictly_increasing:
        both = both.group_by([*keys, "at"]).agg(start=both.start.max(), serves=both.serves.any())
        so_far = ibis.rows_window(group_by=keys, order_by="at", preceding=(None, 1))
    known = both.mutate(start=both.start.max().over(so_far)).filter(lambda t: t.serves)
    in_time = known.filter(known.at <= known.start + ibis.interval(options.window))
    return in_time.group_by([*keys, "start"]).agg(at=in_time.at.min())


def _chosen(
    first: ir.Table, chains: Sequence[ir.Table], keys: Sequence[str], options: Options
) -> ir.Table:
    """Return the attempts from the start that counts for each user."""
    n, window = options.n, ibis.interval(options.window)
    steps = ibis.union(
        *(rows.select(*keys, "at", "start", step=k) for k, rows in enumerate(chains, start=2))
    )
    earliest = {f"start_{k}": steps.start.min(where=steps.step == k) for k in range(2, n + 1)}
    reached = steps.group_by(keys).agg(**earliest)
    chosen = reached.select(
        *keys, chosen=ibis.coalesce(*(reached[name] for name in reversed(earliest)))
    )
    inside = [steps.start >= chosen.chosen, steps.at <= chosen.chosen + window]
    own = steps.join(chosen, [*_same(steps, chosen, keys), *inside]).select(
        *(steps[key] for key in keys), steps.at, steps.step, chosen.chosen
    )
    times = {at(k): own.at.min(where=own.step == k) for k in range(2, n + 1)}
    further = own.group_by(keys).agg(**times, chosen=own.chosen.min())
    whole = _left_join(first, further, keys)
    start = ibis.coalesce(whole.chosen, whole.start_1)
    return _with_level(whole.select(*keys, *times, step_1_at=start), keys, n)


def choose(attempts: ir.Table, keys: Sequence[str], n: int, *further: str) -> ir.Table:
    """Return the best of each user's attempts.

    Args:
        attempts: `keys` and `step_1_at` … `step_n_at`, one row an attempt.
        keys: The columns that name a user.
        n: How many steps there are.
        further: Columns to keep.

    Returns:
        `keys`, `level`, `step_1_at` … `step_n_at` and what is `further`.
    """
    levelled = _with_level(attempts, [*keys, *further], n)
    ends = ibis.coalesce(*(levelled[at(k)] for k in range(n, 0, -1)))
    best = ibis.row_number().over(
        group_by=list(keys), order_by=[levelled.level.desc(), ends, levelled[at(1)].desc()]
    )
    ranked = levelled.mutate(place=best)
    return ranked.filter(ranked.place == 0).select(*levelled.columns)


def _with_level(times: ir.Table, keys: Sequence[str], n: int) -> ir.Table:
    names = [at(k) for k in range(1, n + 1)]
    level = how_many(times[name].notnull() for name in names)
    return times.select(*keys, *names, level=level)


def how_many(conditions: Iterable[ir.BooleanValue]) -> ir.IntegerValue:
    """Return how many of some conditions, none of them null, hold."""
    return reduce(add, (one.ifelse(1, 0).cast("int64") for one in conditions))


def _opens(hits: ir.Table) -> ir.BooleanValue:
    return hits[hit(1)] & hits[OPENS] if OPENS in hits.columns else hits[hit(1)]


def _same(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> list[ir.BooleanValue]:
    return [left[key] == right[key] for key in keys]


def _left_join(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> ir.Table:
    joined = left.left_join(right, keys)
    return joined.select(*left.columns, *(name for name in right.columns if name not in keys))
