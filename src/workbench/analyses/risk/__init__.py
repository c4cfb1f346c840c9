"""Risk: what is red and since when, what it costs, who owns it; and what to check first.

risk = wb.risk.assess(scope)                     the register of four dimensions, nine categories
wb.risk.assess(scope, drill="complaints*4@7d")   what it would have said, had this happened
wb.risk.cases(scope, capacity_per_day=10)        orders to check, and how good that queue has been
wb.risk.reviews(scope)                           templated reviews, and what goes with them
"""

from collections import defaultdict
from collections.abc import Mapping

from workbench.analyses.risk import judged, order_facts
from workbench.analyses.risk.cases import Cases, cases
from workbench.analyses.risk.plans import PLANS
from workbench.analyses.risk.rare import NEEDS as RARE
from workbench.analyses.risk.register import Risk, assess
from workbench.analyses.risk.reviews import NEEDS as REVIEWS
from workbench.analyses.risk.reviews import Reviews, reviews

NEEDS = {"orders": ("order_id", "ordered_at", "amount")}
"""The table and columns without which little is watched."""

NEEDS_INSTEAD = {"events": ("user_id", "event", "occurred_at")}
"""What can stand in for them: a register of visits alone."""


def _uses() -> dict[str, tuple[str, ...]]:
    """Return every column that an indicator, the cases or the reviews are made of."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    every: list[Mapping[str, tuple[str, ...]]] = [order_facts.NEEDS, RARE, REVIEWS, judged.NEEDS]
    for needs in (*(plan.needs for plan in PLANS), *every):
        for table, columns in needs.items():
            found[table] |= dict.fromkeys(columns)
    return {table: tuple(columns) for table, columns in found.items()}


USES = _uses()
"""What makes the register, the queue and the reviews tell more."""

__all__ = [
    "NEEDS",
    "NEEDS_INSTEAD",
    "USES",
    "Cases",
    "Reviews",
    "Risk",
    "assess",
    "cases",
    "reviews",
]
