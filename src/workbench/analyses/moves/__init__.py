"""Where did users move? Their levels in two periods, judged by the same thresholds."""

from workbench.analyses.moves.flows import reconcile
from workbench.analyses.moves.migration import Moves, migrate, moves

__all__ = ["Moves", "migrate", "moves", "reconcile"]
