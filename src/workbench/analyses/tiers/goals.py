"""What customers reached of the goals that are set for them; grey where history is too short."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

import ibis.expr.types as ir

from workbench.analyses.lifecycle import DAYS_A_MONTH, Lifecycle
from workbench.analyses.ltv import Estimate, Ltv
from workbench.customers.days import NEEDS
from workbench.customers.purchases import first_day, purchases
from workbench.kit import goals as shared
from workbench.kit.goals import GROWTH, MONTHS, RATE, Goals
from workbench.kit.scope import frame, lacking, of_platform, year_to
from workbench.kit.sentences import say
from workbench.periods import Period
from workbench.stats.interval import UNKNOWN, Interval
from workbench.stats.rates import wilson

MEASURES = {"repurchase_rate": RATE, "ltv_growth": GROWTH, "life_cycle_months": MONTHS}
_Z = NormalDist().inv_cdf(0.975)
_LONGEST_MONTHS = 120.0  # beyond what was followed, that nobody is thought to remain longer


def read_goals() -> dict[str, float]:
    """Return the goals for customers by measure: section `tiers` of `parameters/goals.yaml`.

    Raises:
        SourceError: As `workbench.kit.goals.read`.
    """
    return shared.read("tiers", MEASURES)


def compare(
    goals: Mapping[str, float],
    tables: Mapping[str, ir.Table],
    period: Period,
    lifecycle: Lifecycle,
    ltv: Ltv,
    *,
    platform: str = "",
) -> Goals:
    """Return each goal beside what was reached, as `workbench.kit.goals.compare` tells it.

    Args:
        goals: By measure, as `read_goals` returns them.
        tables: The source's tables, for `repurchase_rate`.
        period: The report's days.
        lifecycle: For `life_cycle_months`.
        ltv: For `ltv_growth`.
        platform: Only this platform's orders; empty means all.
    """
    actuals = {
        "repurchase_rate": repurchase_rate(tables, period, platform=platform),
        "ltv_growth": ltv_growth(*ltv),
        "life_cycle_months": life_cycle_months(lifecycle),
    }
    reasons = {
        "repurchase_rate": say("the orders do not reach back over these 52 weeks"),
        "ltv_growth": say("the orders do not reach back far enough for the value of a year ago"),
        "life_cycle_months": _why_no_life(lifecycle),
    }
    return shared.compare(goals, MEASURES, actuals, reasons)


def repurchase_rate(
    tables: Mapping[str, ir.Table], period: Period, *, platform: str = ""
) -> Interval:
    """Return the share of a year's customers who ordered twice or more in it, with its interval.

    Of the users with a purchase in the 52 weeks that end with the period, those with a second one
    in them. NaN where the orders begin after the first day of these weeks.

    Args:
        tables: The source's tables.
        period: Its last day ends the 52 weeks.
        platform: Only this platform's orders; empty means all.
    """
    if lacking(tables, NEEDS, ""):
        return UNKNOWN
    first = first_day(tables["orders"], period)
    year = year_to(period)
    if first is None or first > year.first:
        return UNKNOWN
    bought = purchases(of_platform(tables, platform)["orders"], year.end)
    recent = bought.filter(bought.ordered_at >= year.start)
    each = recent.group_by("user_id").agg(orders=recent.count())
    counted = each.agg(again=(each.orders > 1).sum(), users=each.count())
    row = frame(counted).fillna(0).iloc[0]
    return wilson(int(row["again"]), int(row["users"]))


def ltv_growth(now: Estimate | None, year_ago: Estimate | None) -> Interval:
    """Return by how much a mean grew relative to a year ago, with its 95 % interval.

    The delta method on the scale of logarithms, as for a ratio of independent means (the users
    that both have in common make it err on the wide side). NaN where either is unknown, or not
    above 0.

    Args:
        now: Mean and standard error.
        year_ago: The same a year before.
    """
    if now is None or year_ago is None or not (now[0] > 0 and year_ago[0] > 0):
        return UNKNOWN
    ratio = now[0] / year_ago[0]
    error = math.hypot(now[1] / now[0], year_ago[1] / year_ago[0])
    return (
        ratio - 1,
        ratio * math.exp(-_Z * error) - 1,
        ratio * math.exp(_Z * error) - 1,
    )


def life_cycle_months(lifecycle: Lifecycle) -> Interval:
    """Return how many months a customer stays on average, with what is known of it.

    What was followed is a lower bound: the mean itself is NaN while anybody goes on after that. The
    upper end lets all of those remain for ten more years; a goal beyond it cannot be reached. Who
    counts as gone is taken as gone: `Lifecycle.came_back` tells how far that holds.

    Args:
        lifecycle: What was followed.
    """
    if not lifecycle.horizon_days or not lifecycle.knows_new:
        return UNKNOWN
    mean, low, high = lifecycle.mean_months
    if lifecycle.alive[0] == 0:
        return mean, low, high
    return math.nan, low, high + lifecycle.alive[2] * _LONGEST_MONTHS


def _why_no_life(lifecycle: Lifecycle) -> str:
    if not lifecycle.horizon_days:
        return say("there are too few orders, or too short a time")
    if not lifecycle.knows_new:
        return say("the data do not tell since when users are customers")
    return say(
        "of the {horizon:months} that can be followed customers stay {mean:months} on average, and {alive:percent} go on "
        "after that",
        horizon=lifecycle.horizon_days / DAYS_A_MONTH,
        mean=lifecycle.mean_months[0],
        alive=lifecycle.alive[0],
    )
