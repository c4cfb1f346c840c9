"""Risk: what is red and since when, what it costs, who owns it; and what to check first.

risk = wb.risk.assess(scope)                     the register of four dimensions, nine categories
wb.risk.assess(scope, drill="complaints*4@7d")   what it would have said, had this happened
wb.risk.cases(scope, capacity_per_day=10)        orders to check, and how good that queue has been
wb.risk.reviews(scope)                           templated reviews, and what goes with them
"""

from workbench.analyses.risk.cases import Cases, cases
from workbench.analyses.risk.register import Risk, assess
from workbench.analyses.risk.reviews import Reviews, reviews

__all__ = ["Cases", "Reviews", "Risk", "assess", "cases", "reviews"]
