"""Funnel diagnosis: where users leave on the way from the first step to the last.

`levels` is the engine, `diagnose` the report on a period, `journey` finds the events of a source.
"""

from workbench.analyses.funnel.diagnosis import diagnose
from workbench.analyses.funnel.funnel import Funnel
from workbench.analyses.funnel.hits import Exclusion
from workbench.analyses.funnel.journey import Journey, journey
from workbench.analyses.funnel.levels import levels

NEEDS = {"events": ("user_id", "event", "occurred_at")}
"""The tables and columns without which there is no funnel."""

NEEDS_INSTEAD = {"orders": ("order_id", "ordered_at", "amount", "user_id")}
"""What can stand in for them: a funnel from order to order."""

USES = {
    "events": ("platform", "channel", "content_id", "product_id"),
    "orders": ("status", "platform", "channel", "content_id"),
}
"""What makes the report tell more."""

__all__ = [
    "NEEDS",
    "NEEDS_INSTEAD",
    "USES",
    "Exclusion",
    "Funnel",
    "Journey",
    "diagnose",
    "journey",
    "levels",
]
