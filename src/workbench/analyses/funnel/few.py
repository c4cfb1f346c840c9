"""What a funnel tells nobody but the owner: what groups of a few users did."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from workbench.analyses.funnel.counts import Counts
from workbench.errors import MissingData
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.paths.daily import WHOLE
from workbench.paths.segments import REST
from workbench.stats.disclosure import folded, is_small

_MISSING = "\0"  # stands for the value that is missing, which pandas groups nowhere


def fold_few(counts: pd.DataFrame, intakes: Collection[int], least: int) -> set[str | None]:
    """Return the segments that are told only together, as the rest: see `disclosure.folded`.

    Args:
        counts: As `Collected.counts`.
        intakes: The places of the periods in which a segment must have users enough.
        least: Users who started.
    """
    told = counts[counts["intake"].isin(intakes)]
    if told.empty:
        return set()
    sizes = told.pivot_table(
        index=told["segment"].fillna(_MISSING), columns="intake", values="users", aggfunc="sum"
    ).fillna(0)
    few = folded(sizes.to_numpy(), least, others=sizes.index == REST)
    return {None if name == _MISSING else str(name) for name in sizes.index[few]}


def told_in_all(total: Counts, scope: Scope) -> Counts:
    """Return the users of a part of the shop, without a period before in which they were too few.

    Raises:
        MissingData: If too few started.
    """
    if is_small(total.now[0], scope.fewest):
        raise MissingData(
            say(
                "fewer than {least:count} users started here, too few to tell of them",
                least=scope.fewest,
            )
        )
    has_few = total.before is not None and is_small(total.before[0], scope.fewest)
    return Counts(total.now) if has_few else total


def told_by_week(weekly: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return `Funnel.weekly` without the weeks in which too few started."""
    started = weekly["users"].where(weekly["step"] == 1).ffill()
    few = weekly["week"][(started > 0) & (started < least)]
    return weekly[~weekly["week"].isin(few)].reset_index(drop=True) if len(few) else weekly


def told_weeks(cells: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return `Collected.weeks` without those now, or before, in which too few started."""
    for ends in (["reached", "started"], ["reached_before", "started_before"]):
        if is_small(cells.loc[cells[ends[1]] > 0, "users"].sum(), least):
            cells = cells.assign(**dict.fromkeys(ends, 0))
    return cells


def told_by_day(daily: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return `Funnel.daily` with nothing in the days on which a segment had too few users."""
    few = (daily["users"] > 0) & _are_few(daily, scope)
    numbers = {name: daily[name].mask(few) for name in ("users", "went_on")}
    return daily.assign(**numbers) if few.any() else daily


def told_leaks(found: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return `Funnel.leaks` without those of too few users."""
    return found[~_are_few(found, scope)].reset_index(drop=True)


def _are_few(rows: pd.DataFrame, scope: Scope) -> pd.Series:
    """Which rows are of too few users; all users of the whole shop are never too few."""
    least = np.where(rows["segment"] == WHOLE, scope.fewest, scope.min_group)
    return rows["users"] < least
