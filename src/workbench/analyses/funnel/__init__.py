"""Funnel diagnosis: where users leave on the way from the first step to the last.

`levels` is the engine, `diagnose` the report on a period, `journey` finds the events of a source.
`content` tells which contents sell, `invitation` what friends bring, `habits` what becomes of
users, and `compare` holds all that against the goals that `read_goals` finds.
"""

from workbench.analyses.contents import Content, content
from workbench.analyses.funnel.diagnosis import diagnose
from workbench.analyses.funnel.funnel import Funnel
from workbench.analyses.funnel.goals import compare, read_goals
from workbench.analyses.habits import Habits, habits
from workbench.analyses.invitations import Invitation, invitation
from workbench.kit.goals import Goals
from workbench.paths.hits import Exclusion
from workbench.paths.journey import Journey, journey
from workbench.paths.levels import levels

NEEDS = {"events": ("user_id", "event", "occurred_at")}
"""The tables and columns without which there is no funnel."""

NEEDS_INSTEAD = {"orders": ("order_id", "ordered_at", "amount", "user_id")}
"""What can stand in for them: a funnel from order to order."""

USES = {
    "events": ("platform", "channel", "content_id", "product_id", "session_id", "value"),
    "orders": ("status", "platform", "channel", "content_id"),
    "contents": ("format", "author_kind", "duration_minutes", "plays"),
    "users": ("signed_up_at",),
    "assignments": ("experiment", "variant", "user_id", "assigned_at"),
}
"""What makes the report tell more."""

__all__ = [
    "NEEDS",
    "NEEDS_INSTEAD",
    "USES",
    "Content",
    "Exclusion",
    "Funnel",
    "Goals",
    "Habits",
    "Invitation",
    "Journey",
    "compare",
    "content",
    "diagnose",
    "habits",
    "invitation",
    "journey",
    "levels",
    "read_goals",
]
