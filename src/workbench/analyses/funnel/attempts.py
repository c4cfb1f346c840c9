"""The search for each user's attempt: where it starts, and when it reaches each step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce

import ibis
import ibis.expr.types as ir

from workbench.analyses.funnel.hits import OPENS, hit


def at(step: int) -> str:
    """Return the column that says when an attempt reached a step (1-based)."""
    return f"step_{step}_at"


def first_attempts(
    hits: ir.Table, keys: Sequence[str], n: int, window: timedelta, *, strictly_increasing: bool
) -> ir.Table:
    """Return how far each user's first step-1 event leads.

    One join leaves the events inside the window; then the earliest event of step 2, after that one
    the earliest of step 3, and so on.

    Returns:
        `keys`, `level`, `step_1_at` … `step_n_at`.
    """
    starts = hits.filter(_opens(hits)).group_by(keys).agg(step_1_at=lambda t: t.at.min())
    inside = [
        hits.at >= starts.step_1_at,
        hits.at <= starts.step_1_at + ibis.interval(window),
    ]
    near = hits.join(starts, [*_same(hits, starts, keys), *inside]).select(hits)
    reached = [starts]
    for k in range(2, n + 1):
        before, candidates = reached[-1], near.filter(near[hit(k)])
        since = before[at(k - 1)]
        later = candidates.at > since if strictly_increasing else candidates.at >= since
        follows = candidates.join(before, [*_same(candidates, before, keys), later])
        nexts = follows.select(*(candidates[key] for key in keys), candidates.at)
        reached.append(nexts.group_by(keys).agg(**{at(k): nexts.at.min()}))
    return _with_level(reduce(lambda left, right: _left_join(left, right, keys), reached), keys, n)


def best_attempts(
    hits: ir.Table, keys: Sequence[str], n: int, window: timedelta, *, strictly_increasing: bool
) -> ir.Table:
    """Return each user's best attempt: the furthest, completed first, from its latest start.

    Every event that can be an attempt's step k knows the latest start of such an attempt. For a
    user that start only grows with time, so the earliest of these events has the smallest one:
    the latest start of the attempts that complete first. From a given start, step k is reached
    at the earliest event whose latest start is that one or a later one: what follows from a
    start follows from all earlier ones.

    Returns:
        `keys`, `level`, `step_1_at` … `step_n_at`.
    """
    first = hits.filter(_opens(hits))
    steps = [first.select(*keys, "at", start=first.at)]
    for k in range(2, n + 1):
        steps.append(_next_step(steps[-1], hits, k, keys, window, strictly=strictly_increasing))
    chains = ibis.union(*(rows.mutate(step=k) for k, rows in enumerate(steps, start=1)))
    earliest = {f"start_{k}": chains.start.min(where=chains.step == k) for k in range(1, n + 1)}
    reached = chains.group_by(keys).agg(**earliest)
    best = ibis.coalesce(*(reached[name] for name in reversed(earliest)))
    chosen = reached.select(*keys, chosen=best)
    inside = [
        chains.start >= chosen.chosen,
        chains.at <= chosen.chosen + ibis.interval(window),
    ]
    own = chains.join(chosen, [*_same(chains, chosen, keys), *inside]).select(chains)
    times = {at(k): own.at.min(where=own.step == k) for k in range(1, n + 1)}
    return _with_level(own.group_by(keys).agg(**times), keys, n)


def _next_step(
    before: ir.Table,
    hits: ir.Table,
    step: int,
    keys: Sequence[str],
    window: timedelta,
    *,
    strictly: bool,
) -> ir.Table:
    """Return the events that can be an attempt's `step`: `keys`, `at`, and the latest `start`.

    The start is the running maximum over the user's events of the step before. The default frame
    of a window, a range, holds all events of the same instant, in whatever order they stand. If
    time must pass between steps, the instants are made one row each and the frame ends before.

    Args:
        before: The same for the step before.
        hits: All events that serve a step.
        step: Which step.
        keys: The columns that name a user.
        window: How long an attempt may take.
        strictly: Whether time must pass between steps.
    """
    serving = hits.filter(hits[hit(step)])
    both = ibis.union(
        before.select(*keys, "at", "start", serves=ibis.literal(False)),  # noqa: FBT003 - a column
        serving.select(
            *keys,
            "at",
            start=ibis.null(serving.at.type()),
            serves=ibis.literal(True),  # noqa: FBT003
        ),
    )
    so_far = ibis.range_window(group_by=keys, order_by="at", preceding=None, following=0)
    if strictly:
        both = both.group_by([*keys, "at"]).agg(start=both.start.max(), serves=both.serves.any())
        so_far = ibis.rows_window(group_by=keys, order_by="at", preceding=(None, 1))
    known = both.mutate(start=both.start.max().over(so_far)).filter(lambda t: t.serves)
    in_time = known.filter(known.at <= known.start + ibis.interval(window))
    # A table used twice is written once into the SQL, but not if it ends in a `drop`.
    return in_time.select(*keys, "at", "start")


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
    level = reduce(lambda a, b: a + b, (times[name].notnull().cast("int64") for name in names))
    return times.select(*keys, *names, level=level)


def _opens(hits: ir.Table) -> ir.BooleanValue:
    return hits[hit(1)] & hits[OPENS] if OPENS in hits.columns else hits[hit(1)]


def _same(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> list[ir.BooleanValue]:
    return [left[key] == right[key] for key in keys]


def _left_join(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> ir.Table:
    joined = left.left_join(right, keys)
    return joined.select(*left.columns, *(name for name in right.columns if name not in keys))
