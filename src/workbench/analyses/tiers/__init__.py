"""User tiering: who the customers are, what they are worth, how long they stay."""

from workbench.analyses.tiers.days import NEEDS

USES = {
    "orders": ("status", "refunded_amount", "refunded_at", "platform"),
    "users": ("signed_up_at",),
    "identities": ("platform", "user_id"),
}
"""What makes the report tell more."""

__all__ = ["NEEDS", "USES"]
