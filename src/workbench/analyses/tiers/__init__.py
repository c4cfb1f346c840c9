"""Who are our users? Every user of a period scored by R, F and M, and set on one of nine levels.

ranking  the verb `rank`: which thresholds, how it is counted, and what that says
tiers    the result, with its charts of levels and cells
"""

from workbench.analyses.tiers.ranking import USES, rank
from workbench.analyses.tiers.tiers import Tiers
from workbench.customers.days import NEEDS

__all__ = ["NEEDS", "USES", "Tiers", "rank"]
