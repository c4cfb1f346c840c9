"""Risk: what to check first."""

from workbench.analyses.risk.cases import Cases, cases

__all__ = ["Cases", "cases"]
