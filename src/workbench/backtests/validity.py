"""A back-test of tiers: whether levels that were known before a day order the revenue after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.backtests.forecast_check import forecast_check
from workbench.backtests.validity_findings import told
from workbench.backtests.validity_views import draw_future_revenue, draw_value_curve
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.kit.findings import Finding
from workbench.kit.levels import classes, places
from workbench.stats.concentration import (
    GROUPS,
    PERFECT,
    RANKINGS,
    TIERS,
    Order,
    normalised,
    order,
)
from workbench.stats.interval import UNKNOWN
from workbench.stats.means import Mean, means
from workbench.stats.trend import trends

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Validity:
    """What users brought after the cut-off, by what was known of them before it.

    Attributes:
        future_revenue: One row a level, the highest first: `level`, `class`, `users`,
            `users_rate` (of all users), `mean_amount` a user in minor units with `_low` and `_high`
            (95 %, clustered by user; null with fewer than five payers), `total_amount` (minor
            units, exact), `revenue_rate` (of what all of these users brought; null if nothing).
        trends: One row for all levels and one for each class: see `trend.trends`.
        rankings: One row for `tier_level`, `predicted_value` and `past_spend` each: `ranking`,
            `concentration_rate` of future revenue (1 perfect, 0 chance) with `_low` and
            `_high`, `tiers_lead_change` (how far the tiers are ahead of this ranking) with `_low` and `_high`;
            null where a ranking has gaps or there is no revenue.
        value_curve: `ranking` (those three and `perfect`), `users_rate` (the first 0, 1 to 9
            ninths of the users), `revenue_rate` (their part of what all of these users brought).
        forecast_check: One row a level: `level`, `users`, `expected_amount` (the sum of the predicted
            values; null where one is), `actual_amount` (both in minor units), `error_rate` (expected
            over actual, less 1; null where nothing was brought or forecast).
        findings: What these say.
        horizon_days: How many days after the cut-off were looked at.
        currency: ISO 4217 code of the amounts.
        horizon_amount: What all users brought in these days, whoever was on no level at the cut-off
            included; minor units, None where that was not told.
    """

    future_revenue: pd.DataFrame
    trends: pd.DataFrame
    rankings: pd.DataFrame
    value_curve: pd.DataFrame
    forecast_check: pd.DataFrame
    findings: tuple[Finding, ...]
    horizon_days: int
    currency: str
    horizon_amount: int | None = None

    def future_revenue_chart(self) -> Chart | MissingData:
        """Return the revenue a user by level, with intervals."""
        return draw_future_revenue(
            self.future_revenue, self.findings[0].sentence, self.horizon_days, self.currency
        )

    def value_curve_chart(self) -> Chart | MissingData:
        """Return the share of users against the share of future revenue, best predicted first."""
        return draw_value_curve(
            self.value_curve, self.rankings, self.findings[0].sentence, self.horizon_days
        )


def judge(
    customers: pd.DataFrame,
    horizon_days: int,
    currency: str,
    levels: Sequence[str],
    *,
    horizon_amount: int | None = None,
) -> Validity:
    """Return whether tiers order the revenue of the days after the cut-off.

    Everything but `future_amount` must have been learned before the cut-off, thresholds and models
    included; whoever had no order after it counts with nought.

    Args:
        customers: One row a user who was known at the cut-off: `user_id`, `level`,
            `predicted_value` (expected minor units in the horizon), `past_spend` (minor units of the
            364 days before), `future_amount` (minor units, net, in the horizon after).
        horizon_days: Length of the horizon in days.
        currency: ISO 4217 code of the amounts.
        levels: The nine levels, the highest first, three for each class.
        horizon_amount: What all users brought in the horizon, these and all others; minor units.

    Raises:
        ParameterError: If a level is unknown or a user has two rows.
    """
    place = places(customers, levels)
    amounts = customers["future_amount"].to_numpy(dtype=np.int64)
    each = means(place, amounts, len(levels))
    scores = {
        TIERS: -place.astype(float),
        **{name: customers[name].to_numpy(dtype=float, na_value=np.nan) for name in RANKINGS[1:]},
    }
    orders = {name: order(score, amounts) for name, score in scores.items()}
    orders[PERFECT] = order(amounts.astype(float), amounts)
    frames = (
        _future_revenue(place, amounts, levels, each),
        trends(place, amounts, classes(levels), each),
        _rankings(orders),
        _value_curve(orders),
        forecast_check(place, customers["predicted_value"], amounts, levels),
    )
    findings = told(*frames[:3], horizon_days, currency, horizon_amount)
    return Validity(*frames, findings, horizon_days, currency, horizon_amount)


def _future_revenue(
    place: Array, amounts: Array, levels: Sequence[str], each: Sequence[Mean]
) -> pd.DataFrame:
    sums = pd.Series(amounts).groupby(place).sum().reindex(range(len(levels)), fill_value=0)
    total, users = int(sums.sum()), len(place)
    of = classes(levels)
    rows = [
        (
            level,
            of[level],
            each[i].users,
            each[i].users / users if users else np.nan,
            *each[i].interval(),
            int(sums[i]),
            int(sums[i]) / total if total > 0 else np.nan,
        )
        for i, level in enumerate(levels)
    ]
    columns = ["level", "class", "users", "users_rate"]
    columns += ["mean_amount", "mean_amount_low", "mean_amount_high"]
    return pd.DataFrame(rows, columns=[*columns, "total_amount", "revenue_rate"])


def _rankings(orders: dict[str, Order]) -> pd.DataFrame:
    found = {name: normalised(orders[name], orders[PERFECT]) for name in RANKINGS}
    rows = [
        (
            name,
            *found[name].interval(),
            *(UNKNOWN if name == TIERS else found[TIERS].lead(found[name])),
        )
        for name in RANKINGS
    ]
    names = ("concentration_rate", "tiers_lead_change")
    columns = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["ranking", *columns])


def _value_curve(orders: dict[str, Order]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ranking": np.repeat(list(orders), GROUPS + 1),
            "users_rate": np.tile(np.arange(GROUPS + 1) / GROUPS, len(orders)),
            "revenue_rate": np.concatenate([one.curve for one in orders.values()]),
        }
    )
