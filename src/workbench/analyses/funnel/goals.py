"""What the funnel's results say of the goals that are set for them."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.analyses.contents import Content
from workbench.analyses.funnel.funnel import Funnel
from workbench.analyses.habits import Habits
from workbench.kit import goals as shared
from workbench.kit.goals import POINTS, RATE, Goals
from workbench.paths.journey import FROM_ORDERS
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import difference

MEASURES = {
    "conversion": RATE,
    "organic_visits": RATE,
    "live_over_notes": POINTS,
    "retention_day_7": RATE,
}
_FORMATS = ("live", "image_text")


def read_goals() -> dict[str, float]:
    """Return the funnel's goals by measure: section `funnel` of `parameters/goals.yaml`.

    Raises:
        SourceError: As `workbench.kit.goals.read`.
    """
    return shared.read("funnel", MEASURES)


def compare(goals: Mapping[str, float], funnel: Funnel, content: Content, habits: Habits) -> Goals:
    """Return each goal beside what was reached, as `workbench.kit.goals.compare` tells it.

    Args:
        goals: By measure, as `read_goals` returns them.
        funnel: For `conversion`, the overall rate of the last step.
        content: For `live_over_notes`, the difference of the conversions of both formats.
        habits: For `organic_visits` and `retention_day_7`.
    """
    actuals = {
        "conversion": _conversion(funnel),
        "organic_visits": _habit(habits, "organic_visits"),
        "live_over_notes": _live_over_notes(content),
        "retention_day_7": _habit(habits, "retention_day_7"),
    }
    return shared.compare(goals, MEASURES, actuals)


def _conversion(funnel: Funnel) -> Interval:
    if funnel.steps["event"].iloc[0] in FROM_ORDERS:
        return UNKNOWN  # who has ordered already is no visitor
    last = funnel.steps.iloc[-1]
    return (
        float(last["overall_rate"]),
        float(last["overall_rate_low"]),
        float(last["overall_rate_high"]),
    )


def _habit(habits: Habits, name: str) -> Interval:
    rows = habits.rates[habits.rates["measure"] == name]
    if rows.empty:
        return UNKNOWN
    one = rows.iloc[0]
    return float(one["rate"]), float(one["rate_low"]), float(one["rate_high"])


def _live_over_notes(content: Content) -> Interval:
    formats = content.formats
    bought = (formats["conversion_rate"] * formats["visits"]).round()
    pairs = [
        (int(bought[own].sum()), int(formats.loc[own, "visits"].sum()))
        for own in (formats["format"] == kind for kind in _FORMATS)
    ]
    return difference(*pairs) if all(visits for _bought, visits in pairs) else UNKNOWN
