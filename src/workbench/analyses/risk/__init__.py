"""Risk: what is red and since when, what it costs, who owns it?

risk = wb.risk.assess(scope)                     the register of four dimensions, nine categories
wb.risk.assess(scope, drill="complaints*4@7d")   what it would have said, had this happened
"""

from workbench.analyses.risk.register import Risk, assess

__all__ = ["Risk", "assess"]
