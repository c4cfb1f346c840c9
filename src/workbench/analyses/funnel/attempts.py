"""The search for each user's attempt: where it starts, and when it reaches each step.

Both entries end in the same cascade: from a given start, the earliest event of step 2, from
that one the earliest of step 3, and so on inside the window. They differ in the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce

import ibis
import ibis.expr.types as ir

from workbench.analyses.funnel.hits import hit


def at(step: int) -> str:
    """Return the column that says when an attempt reached a step (1-based)."""
    return f"step_{step}_at"


def first_starts(hits: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return each user's first step-1 event: `keys`, `step_1_at`."""
    return hits.filter(hits[hit(1)]).group_by(list(keys)).agg(step_1_at=lambda t: t.at.min())


def best_starts(
    hits: ir.Table, keys: Sequence[str], n: int, window: timedelta, *, strictly_increasing: bool
) -> ir.Table:
    """Return where each user's best attempt starts: `keys`, `step_1_at`.

    Every event of step k is given the latest step-1 event from which a chain of events reaches
    it: the running maximum, over the user's events so far, of what the events of step k − 1
    were given. It reaches step k in time if that start is not further back than the window.
    That start only grows with time, so among the events that reach step k in time the first
    one has the smallest start: the latest start of those that complete first.
    """
    chains = _moments(hits, keys, n) if strictly_increasing else hits
    so_far = (
        ibis.rows_window(group_by=keys, order_by="at", preceding=(None, 1))
        if strictly_increasing
        else ibis.range_window(group_by=keys, order_by="at", preceding=None, following=0)
    )
    chains = chains.mutate(start_1=ibis.ifelse(chains[hit(1)], chains.at, ibis.null("timestamp")))
    for k in range(2, n + 1):
        latest = chains[f"start_{k - 1}"].max().over(so_far)
        chains = chains.mutate(
            **{f"start_{k}": ibis.ifelse(chains[hit(k)], latest, ibis.null("timestamp"))}
        )
    in_time = {
        f"start_{k}": chains[f"start_{k}"].min(
            where=chains.at <= chains[f"start_{k}"] + ibis.interval(window)
        )
        for k in range(1, n + 1)
    }
    reached = chains.group_by(list(keys)).agg(**in_time)
    best = ibis.coalesce(*(reached[f"start_{k}"] for k in range(n, 0, -1)))
    return reached.select(*keys, step_1_at=best).filter(lambda t: t.step_1_at.notnull())


def follow(
    hits: ir.Table,
    starts: ir.Table,
    keys: Sequence[str],
    n: int,
    window: timedelta,
    *,
    strictly_increasing: bool,
) -> ir.Table:
    """Return how far each start leads: `keys`, `level`, `step_1_at` … `step_n_at`."""
    keys = list(keys)
    near = hits.join(
        starts,
        [
            *(hits[key] == starts[key] for key in keys),
            hits.at >= starts.step_1_at,
            hits.at <= starts.step_1_at + ibis.interval(window),
        ],
    ).select(hits)
    reached = [starts]
    for k in range(2, n + 1):
        before = reached[-1]
        candidates = near.filter(near[hit(k)])
        since = before[at(k - 1)]
        later = candidates.at > since if strictly_increasing else candidates.at >= since
        nexts = candidates.join(
            before, [*(candidates[key] == before[key] for key in keys), later]
        ).select(*(candidates[key] for key in keys), candidates.at)
        reached.append(nexts.group_by(keys).agg(**{at(k): nexts.at.min()}))
    whole = reduce(lambda left, right: left.left_join(right, keys).drop(_right(keys)), reached)
    level = reduce(lambda a, b: a + b, (whole[at(k)].notnull().cast("int64") for k in _upto(n)))
    return whole.select(*keys, level=level, **{at(k): whole[at(k)] for k in _upto(n)})


def _moments(hits: ir.Table, keys: Sequence[str], n: int) -> ir.Table:
    """One row per user and instant, so that "the rows before" are those of earlier instants."""
    flags = {hit(k): hits[hit(k)].any() for k in _upto(n)}
    return hits.group_by([*keys, "at"]).agg(**flags)


def _right(keys: Sequence[str]) -> list[str]:
    """The second copies that a left join leaves of its keys."""
    return [f"{key}_right" for key in keys]


def _upto(n: int) -> range:
    return range(1, n + 1)
