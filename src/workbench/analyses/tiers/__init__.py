"""User tiering: who the users are, what they are worth, and where they move.

`rank` sets every user on a level, `moves` tells who changed it, `validate` whether the levels would
have foretold revenue, `act` what is to be done and for whom. `super_users`, `lifecycle` and
`cohorts` tell who returns, and `compare` holds all that against the goals that `read_goals` finds.
"""

from workbench.analyses.cohorts import Cohorts, cohorts
from workbench.analyses.lifecycle import Lifecycle, lifecycle
from workbench.analyses.ltv import Ltv, ltv
from workbench.analyses.super_users import SuperUsers, super_users
from workbench.analyses.tiers.actions import Actions, act, read_actions
from workbench.analyses.tiers.goals import compare, read_goals
from workbench.analyses.tiers.migration import Migration
from workbench.analyses.tiers.moves import moves
from workbench.analyses.tiers.tiering import Tiers, rank
from workbench.backtests.backtest import validate
from workbench.backtests.validity import Validity
from workbench.customers.days import NEEDS
from workbench.kit.levels import Levels, read_levels

USES = {
    "orders": ("status", "refunded_amount", "refunded_at", "platform"),
    "identities": ("platform", "user_id"),
    "users": ("signed_up_at",),
}
"""What makes the report tell more."""

__all__ = [
    "NEEDS",
    "USES",
    "Actions",
    "Cohorts",
    "Levels",
    "Lifecycle",
    "Ltv",
    "Migration",
    "SuperUsers",
    "Tiers",
    "Validity",
    "act",
    "cohorts",
    "compare",
    "lifecycle",
    "ltv",
    "moves",
    "rank",
    "read_actions",
    "read_goals",
    "read_levels",
    "super_users",
    "validate",
]
