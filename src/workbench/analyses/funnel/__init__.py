"""Funnel diagnosis: where users leave on the way from the first step to the last.

diagnosis      the verb `diagnose`, how it puts the answer together, and by which rules
funnel         the result, with its charts
intakes        whose attempts are compared, and what the engine is asked about them
counts         from counts of users to steps, weeks and times
weeks          the conversion by week, which is the headline
conversion     how many came through, by week and in the period, and where most are lost
trend          the weeks drawn, and which of them stand out
times          how long it takes to come as far as the last step
changes        what changed at a step, and for whom
segments       who has it harder: frame, chart and names
decomposition  why a step rate changed: frame, law and chart
leaks          the drops of `workbench.paths.drops`, priced and told: every section reads them here
leak_chart     the same drawn; without one, how small a fall would have been seen

The engine itself is `workbench.paths.levels`.
"""

from workbench.analyses.funnel.diagnosis import diagnose
from workbench.analyses.funnel.funnel import Funnel

NEEDS = {"events": ("user_id", "event", "occurred_at")}
"""The tables and columns without which there is no funnel."""

NEEDS_INSTEAD = {"orders": ("order_id", "ordered_at", "amount", "user_id")}
"""What can stand in for them: a funnel from order to order."""

NEEDS_STEPS = "events"
"""The table among whose events the shop must have named the steps."""

USES = {
    "events": ("platform", "channel", "content_id", "product_id", "value"),
    "orders": ("user_id", "status", "refunded_amount", "platform", "channel", "content_id"),
}
"""What makes the report tell more."""

__all__ = ["NEEDS", "NEEDS_INSTEAD", "NEEDS_STEPS", "USES", "Funnel", "diagnose"]
