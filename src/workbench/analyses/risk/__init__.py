"""Risk: what to check first, and which reviews are templated.

cases = wb.risk.cases(scope, capacity_per_day=10)     orders to check, and how good that queue is
reviews = wb.risk.reviews(scope)                      templated reviews, and what goes with them
"""

from workbench.analyses.risk.cases import Cases, cases
from workbench.analyses.risk.reviews import Reviews, reviews

__all__ = ["Cases", "Reviews", "cases", "reviews"]
