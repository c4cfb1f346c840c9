"""Attempts by the value of a column: whose value counts, and which values are shown.

While attempts are searched, a value is held as text with a sign before it and a missing one as
empty text, so that the missing value is joined and grouped like any other on every engine.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from workbench.paths.attempts import at
from workbench.paths.hits import hit
from workbench.paths.options import Options
from workbench.paths.unordered import completes

REST = "Other"
TOP = 10
"""How many values of a column stay apart; the rest are `REST`."""

_SIGN = "="


def encode(values: ir.Value) -> ir.StringValue:
    """Return values as text that is never null."""
    return (ibis.literal(_SIGN) + values.cast("string")).fill_null("")


def decode(codes: ir.StringValue) -> ir.StringValue:
    """Return what `encode` was given, as text."""
    return codes.nullif("").substr(len(_SIGN))


def attribute(
    attempts: ir.Table,
    hits: ir.Table,
    keys: Sequence[str],
    options: Options,
    attribution: str | int,
) -> ir.Table:
    """Return the attempts with the `code` of the value that counts for each.

    Args:
        attempts: What `search` returns.
        hits: The events with their `code`.
        keys: The columns that name an attempt.
        options: The rules of the search.
        attribution: `"first"`, `"last"`, or the number of a step.
    """
    names = list(keys)
    pairs = hits.join(attempts, names, rname="{name}_of_attempt")
    every = range(1, options.n + 1)
    wanted = [attribution] if isinstance(attribution, int) else list(every)
    there = pairs.code.nullif("")
    anyhow = completes(pairs, options) if options.sequence == "unordered" else None
    serves = {k: pairs[hit(k)] if anyhow is None else anyhow for k in wanted}
    codes = {f"code_{k}": there.min(where=serves[k] & (pairs.at == pairs[at(k)])) for k in wanted}
    found = pairs.group_by(names).agg(**codes)
    chosen = [found[name] for name in codes]
    if attribution == "last":
        chosen.reverse()
    values = found.select(*names, code=ibis.coalesce(*chosen, ""))
    valued = attempts.join(values, names)
    return valued.filter(valued.level >= attribution) if isinstance(attribution, int) else valued


def keep_largest(table: ir.Table, counted: ir.Table, top: int) -> ir.Table:
    """Return `table` with the `code` of all but the `top` largest values made the rest's.

    Args:
        table: Anything with a `code`.
        counted: One row per user and value, by which the values are ranked.
        top: How many values stay apart; of equally large ones the first in the alphabet.
    """
    sizes = counted.group_by("code").agg(users=counted.count())
    rank = ibis.row_number().over(order_by=[sizes.users.desc(), sizes.code])
    largest = sizes.mutate(rank=rank).filter(lambda t: t["rank"] < top).select(kept="code")
    # No join: Ibis mistakes a column computed over a join for its namesake in the next join.
    return table.mutate(code=ibis.ifelse(table.code.isin(largest.kept), table.code, _SIGN + REST))
