"""Where users moved between two periods, tiered by the same thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from workbench.analyses.tiers.levels import Levels
from workbench.analyses.tiers.migration import Migration, migrate
from workbench.analyses.tiers.rfm import measure
from workbench.analyses.tiers.tiering import Tiers, orders_of, place
from workbench.periods import Period


def moves(
    tables: Mapping[str, ir.Table],
    period: Period,
    levels: Levels,
    tiers: Tiers,
    *,
    platform: str = "",
) -> Migration:
    """Return where users moved since the period of the same length before.

    Both periods are tiered by the thresholds of `tiers`: a level means the same in both.

    Args:
        tables: The source's.
        period: That of `tiers`.
        levels: Those of `tiers`.
        tiers: The users now.
        platform: That of `tiers`.
    """
    before = place(measure(orders_of(tables, platform), period.previous()), tiers.cuts, levels)
    return migrate(before, tiers.tiers, levels.names)
