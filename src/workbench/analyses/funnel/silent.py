"""Segments of which nobody came on days on which others did: gone, or their data are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from workbench.analyses.funnel.segments import noun, segment_name
from workbench.kit import gaps
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.paths.daily import WHOLE
from workbench.paths.segments import REST
from workbench.periods import Period
from workbench.stats.filled import emptied
from workbench.stats.interval import Interval

_SILENT = {
    True: message(
        "Nobody came by {by:lower} {segment}, {days:period}, while others did: it has ended, or its data "
        "are missing."
    ),
    False: message(
        "Hardly anybody came by {by:lower} {segment}, {days:period}, while others did as before: it is "
        "ending, or its data are missing."
    ),
}
"""By whether there is nobody at all."""


def findings(daily: pd.DataFrame, by: str, scope: Scope) -> Iterator[Finding]:
    """Return a finding for each segment that fell silent on days of the period.

    Args:
        daily: As `Funnel.daily`, with every segment that is told.
        by: The column that tells segments apart.
        scope: Whose.
    """
    if daily.empty:
        return
    starts = daily[daily["step"] == daily["step"].min()]
    began = starts.assign(day=pd.to_datetime(starts["day"]))
    known = began[began["segment"] == WHOLE].set_index("day")["users"]
    for segment, rows in began[began["segment"] != WHOLE].groupby("segment", sort=True):
        if segment == REST:
            continue
        users = rows.groupby("day")["users"].sum().reindex(known.index).fillna(0)
        filled = np.flatnonzero(users.to_numpy())
        if not len(filled):
            continue
        own = users.iloc[filled[0] :]
        for run in emptied(own.to_numpy(dtype=np.float64)):
            first, last = (_day(own.index[place]) for place in (run.first, run.last))
            if first > scope.period.last or last < scope.period.first:
                continue
            text = say(
                _SILENT[not run.rows],
                by=noun(by),
                segment=segment_name(segment, by),
                days=Period(first, last, scope.time_zone),
            )
            length = Interval(float(run.last - run.first + 1))
            yield Finding.about(gaps.TOPIC, text, length, "unknown")


def _day(when: pd.Timestamp) -> date:
    return pd.Timestamp(when).date()
