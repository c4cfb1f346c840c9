"""User tiering: who the users are, what they are worth, and where they move."""

from workbench.analyses.tiers.levels import Levels, read_levels
from workbench.analyses.tiers.tiering import NEEDS, Tiers, rank

__all__ = ["NEEDS", "Levels", "Tiers", "rank", "read_levels"]
