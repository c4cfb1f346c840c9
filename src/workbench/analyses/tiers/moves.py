"""Where users moved between two periods, tiered by the same thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import ibis.expr.types as ir

from workbench.analyses.tiers.migration import Migration, migrate
from workbench.analyses.tiers.tiering import Tiers, orders_of, place
from workbench.customers.purchases import first_day
from workbench.customers.rfm import measure
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.levels import Levels
from workbench.kit.sentences import message
from workbench.periods import Period


def moves(
    tables: Mapping[str, ir.Table],
    period: Period,
    levels: Levels,
    tiers: Tiers,
    *,
    before: Period | None = None,
    platform: str = "",
) -> Migration:
    """Return where users moved since an earlier period.

    Both periods are tiered by the thresholds of `tiers`: a level means the same in both.

    Args:
        tables: The source's.
        period: That of `tiers`.
        levels: Those of `tiers`.
        tiers: The users now.
        before: The period to compare with; by default the one just before, of the same length.
            One that ends a week earlier tells what moved between two weekly reports.
        platform: That of `tiers`.

    Returns:
        The migration; empty, with a finding that says why, where the orders do not reach back over
        the whole earlier period.
    """
    orders, earlier = orders_of(tables, platform), before or period.previous()
    first = first_day(orders, earlier)
    if first is not None and first > earlier.first:
        nobody = tiers.tiers.head(0)
        told = message(
            "Where users moved cannot be told: the orders begin on {first}, after {needed}."
        )
        sentence = told.format(first=words.day(first), needed=words.day(earlier.first))
        known = migrate(nobody, nobody, levels.names)
        return replace(known, findings=(Finding(sentence, status="unknown"),))
    stood = place(measure(orders, earlier), tiers.cuts, levels)
    return migrate(stood, tiers.tiers, levels.names)
