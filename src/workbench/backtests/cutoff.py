"""Where a back-test cuts: what was known then, and what came after it."""

from __future__ import annotations

from datetime import timedelta

from workbench.errors import ParameterError
from workbench.kit.scope import Scope
from workbench.periods import Period


def split(scope: Scope, horizon_days: int) -> tuple[Scope, Scope]:
    """Return what a back-test learns from, as many days as the scope's, and its last days.

    Args:
        scope: What is known today.
        horizon_days: How many days before its end the cut-off lies.

    Returns:
        The scope that ends at the cut-off, beyond which nothing is known in it, and the scope from
        there on to the end.

    Raises:
        ParameterError: If no day lies after the cut-off.
    """
    if horizon_days < 1:
        raise ParameterError(f"horizon_days == {horizon_days}, must be 1 or more")
    last = scope.period.last
    base = scope.until(last - timedelta(days=horizon_days))
    return base, scope.during(Period(base.period.last + timedelta(days=1), last, scope.time_zone))
