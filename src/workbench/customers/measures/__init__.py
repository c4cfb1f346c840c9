"""Every measure of the trade, declared once: as a figure of a scope, or by week.

    repurchase_rate(scope)                        its value with both ends
    metric("aov", scope)                          the same with unit, and why it is not known
    measures(scope, ["orders", "aov"])            by week: measure, week, first_day, value, low, high
    metric("refund_rate", scope, within_days=14)  of orders 14 days old, what came back within them

`docs/measures.md` is generated from the declarations (`python -m workbench.customers.measures`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench.customers.measures.measure import WEEKLY, Measure
from workbench.customers.measures.trade import MEASURES, repurchase_rate, visits_rule
from workbench.errors import ParameterError, unknown
from workbench.kit.metrics import Metric
from workbench.kit.scope import Scope

__all__ = ["MEASURES", "Measure", "measures", "metric", "repurchase_rate", "visits_rule"]


def metric(name: str, scope: Scope, within_days: int | None = None) -> Metric:
    """Return a measure of a scope as a whole, as `Measure.metric` does.

    Raises:
        ParameterError: If there is no such measure.
    """
    return _named(name).metric(scope, within_days)


def measures(
    scope: Scope, names: Sequence[str] = (), within_days: int | None = None
) -> pd.DataFrame:
    """Return measures of each week of a scope.

    Args:
        scope: Whose weeks.
        names: Of which measures; empty means all.
        within_days: As `Measure.metric`.

    Returns:
        `measure`, `week`, `first_day`, `value`, `low`, `high`, `unit`, `better`.

    Raises:
        ParameterError: If there is no such measure.
    """
    found = [
        one.by_week(scope, within_days).assign(measure=one.name, unit=one.unit, better=one.better)
        for one in map(_named, names or MEASURES)
    ]
    return pd.concat(found, ignore_index=True)[["measure", *WEEKLY, "unit", "better"]]


def _named(name: str) -> Measure:
    if name not in MEASURES:
        raise ParameterError(unknown("measure", name, MEASURES))
    return MEASURES[name]
