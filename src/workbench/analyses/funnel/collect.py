"""What the engine is asked for: small frames of counts, out of any number of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.analyses.funnel.cohorts import KEYS, Cohort, join_cohorts
from workbench.errors import MissingData, ParameterError, unknown
from workbench.paths.attempts import at
from workbench.paths.hits import hits
from workbench.paths.levels import search
from workbench.paths.options import Options
from workbench.paths.segments import attribute, decode, encode, keep_largest

TOP = 10


@dataclass(frozen=True)
class Span:
    """From when to when data are there; both None without any, UTC without a zone."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Collected:
    """The answers of the engine.

    Attributes:
        counts: `cohort` (the cohort's place), `segment`, `level`, `users`.
        seconds: How long each user took from the first step to the last.
        dropped: `user_id`, `segment`, `level`, `step`, `last_at` of users who did not.
    """

    counts: pd.DataFrame
    seconds: np.ndarray[Any, Any]
    dropped: pd.DataFrame


def span(events: ir.Table, platform: str) -> Span:
    """Return from when to when data are there, of all platforms.

    Raises:
        ParameterError: If no event is of `platform`.
        MissingData: If events do not tell of platforms.
    """
    if platform and "platform" not in events.columns:
        raise MissingData(
            f"platform == '{platform}', but the events here have no column 'platform'"
        )
    kinds = events.platform if platform else ibis.null("string")
    ends = (
        events.select("occurred_at", platform=kinds)
        .group_by("platform")
        .agg(since=lambda t: t.occurred_at.min(), until=lambda t: t.occurred_at.max())
    )
    rows = [row for row in ends.to_pyarrow().to_pylist() if row["since"] is not None]
    names = [row["platform"] for row in rows if row["platform"] is not None]
    if platform and platform not in names:
        raise ParameterError(unknown("platform", platform, names))
    if not rows:
        return Span(None, None)
    return Span(min(row["since"] for row in rows), max(row["until"] for row in rows))


def collect(
    events: ir.Table,
    steps: Sequence[str],
    groups: Sequence[Cohort],
    *,
    options: Options,
    by: str,
    names: Sequence[str],
) -> Collected:
    """Return what users of each cohort did.

    Every cohort is searched in one run, and the attempts are kept by the engine while it is
    asked for their counts.

    Args:
        events: `user_id`, `event`, `occurred_at` and the column `by`, of one platform or all.
        steps: The events of the funnel.
        groups: The cohorts; the segments are ranked by the first one.
        options: The rules of the funnel.
        by: A column of `events`, or empty: users of all its values together.
        names: What the steps are called.
    """
    every = options.all_events_count
    joined = join_cohorts(events, None if every else steps, groups, options.window)
    opens = joined.occurred_at < joined.closes
    code = encode(joined[by]) if by else ibis.literal("")
    found = hits(joined, steps, KEYS, every=every, opens=opens, code=code)
    attempts = search(found, KEYS, options)
    valued = (
        attribute(attempts, found.table, KEYS, options, "first")
        if by
        else attempts.mutate(code=code)
    )
    with valued.cache() as kept:
        ranked = keep_largest(kept, kept.filter(kept.cohort == 0), TOP) if by else kept
        return _ask(ranked.mutate(segment=decode(ranked.code)), names)


def _ask(attempts: ir.Table, steps: Sequence[str]) -> Collected:
    n = len(steps)
    own = attempts.filter(attempts.cohort == 0)
    counts = attempts.group_by("cohort", "segment", "level").agg(users=attempts.count())
    done = own.filter(own.level == n)
    seconds = done.select(
        seconds=done[at(n)].epoch_seconds().cast("float64")
        - done[at(1)].epoch_seconds().cast("float64")
    )
    short = own.filter(own.level < n)
    places = list(range(1, n))
    last_step = short.level.cases(*((k, steps[k - 1]) for k in places), else_=steps[-1])
    last_at = short.level.cases(*((k, short[at(k)]) for k in places), else_=short[at(1)])
    dropped = short.select("user_id", "segment", "level", step=last_step, last_at=last_at)
    return Collected(
        _frame(counts),
        _frame(seconds)["seconds"].to_numpy(),
        _frame(dropped.order_by("last_at", "user_id")),
    )


def _frame(table: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pyarrow().to_pandas()
    return frame
