"""A user's events at one instant as one row: what an attempt can do there, whatever their sequence.

An attempt that has reached some steps before an instant is in a state: their number. At the
instant it takes as many further steps as the events there can serve.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import combinations
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from workbench.paths.hits import OPENS, hit, out
from workbench.paths.options import Options


def leads(state: int, to: int) -> str:
    """Return the column that says whether a state can become another at an instant."""
    return f"leads_{state}_{to}"


def bad(state: int) -> str:
    """Return the column that says whether an instant ends an attempt that comes in a state."""
    return f"bad_{state}"


def count(steps: Sequence[int]) -> str:
    """Return the column that says how many events of an instant serve any of some steps."""
    return "_".join(("count", *map(str, steps)))


def instants(hits: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the instants of an ordered or strict funnel, one row each.

    Returns:
        `keys`, `at`, `opens`, `leads_j_m` for 0 <= j < m <= n, `out_1` …, and in the strict
        sequences `bad_1` … `bad_n-1`.
    """
    subsets = _crowds(options) if options.each_once and not options.strictly_increasing else []
    rows = hits.group_by([*keys, "at"]).agg(
        **_flags(hits, options, hits[hit(1)]),
        **{hit(k): hits[hit(k)].any() for k in range(1, options.n + 1)},
        **{count(steps): _served(hits, steps).sum() for steps in subsets},
        **_covered(hits, options),
        events=hits.count(),
    )
    moves = {
        leads(j, m): _can_lead(rows, j, m, subsets, options)
        for j in range(options.n)
        for m in range(j + 1, options.n + 1)
    }
    kept = [*keys, "at", OPENS, *_outs(options)]
    if not options.all_events_count:
        return rows.select(*kept, **moves)
    judged = rows.mutate(**moves)
    ends = {bad(j): _ends(judged, j, options) for j in range(1, options.n)}
    return judged.select(*kept, *moves, **ends)


def crowds(hits: ir.Table, keys: Sequence[str], options: Options) -> ir.Table:
    """Return the instants of an unordered funnel, one row each.

    Returns:
        `keys`, `at`, `opens`, `out_1` …, and for each set of steps of a group how many events
        serve any of them. If time must pass between steps, no more than one does.
    """
    anything = _served(hits, range(1, options.n + 1))
    rows = hits.group_by([*keys, "at"]).agg(
        **_flags(hits, options, anything),
        **{count(s): _served(hits, s).sum() for s in subsets_of(options.groups)},
    )
    if not options.strictly_increasing:
        return rows
    one = {count(s): ibis.least(rows[count(s)], 1) for s in subsets_of(options.groups)}
    return rows.select(*keys, "at", OPENS, *_outs(options), **one)


def subsets_of(groups: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Return every set of one or more steps of the same group."""
    return [
        chosen
        for group in groups
        for size in range(1, len(group) + 1)
        for chosen in combinations(group, size)
    ]


def _crowds(options: Options) -> list[tuple[int, ...]]:
    return [steps for steps in subsets_of(options.groups) if len(steps) > 1]


def _outs(options: Options) -> list[str]:
    return [out(e) for e in range(1, len(options.spans) + 1)]


def _flags(hits: ir.Table, options: Options, first: ir.BooleanValue) -> dict[str, ir.BooleanValue]:
    opens = first & hits[OPENS] if OPENS in hits.columns else first
    return {OPENS: opens.any()} | {name: hits[name].any() for name in _outs(options)}


def _served(hits: ir.Table, steps: Sequence[int]) -> ir.BooleanValue:
    return reduce(or_, (hits[hit(k)] for k in steps))


def _covered(hits: ir.Table, options: Options) -> dict[str, ir.BooleanValue]:
    """Whether each event of the instant serves one of the steps j..m."""
    if options.sequence != "strict_order":
        return {}
    return {
        f"covered_{j}_{m}": _served(hits, range(j, m + 1)).all()
        for j in range(1, options.n)
        for m in range(j, options.n + 1)
    }


def _can_lead(
    rows: ir.Table, state: int, to: int, subsets: Sequence[tuple[int, ...]], options: Options
) -> ir.BooleanValue:
    """Whether the steps after `state` up to `to` can all be reached at the instant.

    Where each event serves one step, that is Hall's condition: any of those steps together are
    served by at least as many events as they are (P. Hall, "On representatives of subsets",
    1935). Steps that share no event need no such look.
    """
    if options.strictly_increasing and to > state + 1:
        return ibis.literal(False)  # noqa: FBT003 - a column
    taken = range(state + 1, to + 1)
    served = [rows[hit(k)] for k in taken]
    enough = [rows[count(s)] >= len(s) for s in subsets if set(s) <= set(taken)]
    return reduce(and_, [*served, *enough])


def _ends(rows: ir.Table, state: int, options: Options) -> ir.BooleanValue:
    """Whether some event of the instant is none that the sequence allows."""
    strict = options.sequence == "strict"
    moves = [
        (
            rows[leads(state, m)],
            rows.events != m - state if strict else ~rows[f"covered_{state}_{m}"],
        )
        for m in range(options.n, state, -1)
    ]
    stays = ibis.literal(True) if strict else ~rows[f"covered_{state}_{state}"]  # noqa: FBT003
    return ibis.cases(*moves, else_=stays)
