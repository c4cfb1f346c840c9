"""What levels that were known at a cut-off say of what came after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.backtests import calibration, money
from workbench.backtests.ranking import PERFECT
from workbench.backtests.revenue import (
    ALIKE,
    LEAD,
    PREDICTED,
    TIERS,
    interval,
    judged,
    told,
)
from workbench.charts import Chart, dots, gains
from workbench.customers.few import few_levels, without
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.levels import places
from workbench.kit.metrics import Metric
from workbench.kit.results import Result, told_instead
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, together
from workbench.stats.calibration import by_group, calibrate
from workbench.stats.concentration import GROUPS
from workbench.stats.disclosure import Mask, is_small, withheld
from workbench.stats.interval import Interval

PROBABILITY = "order_probability"
_FIRST = 3  # ninths of the users that the title of the curve tells of
_KNOWN = ("repeat_count", "expected_orders", PROBABILITY, "bought_days")
_UNTESTED = message("At the cut-off nothing could be forecast, so no forecast is tested. {why}")
_THIRD = {
    PREDICTED: message(
        "The third of users with the highest predicted value brought {own:share} of what all of "
        "them brought."
    ),
    TIERS: message(
        "The third of users at the highest levels brought {own:share} of what all of them brought."
    ),
}


@dataclass(frozen=True)
class Backtest(Result):
    """What users brought after a cut-off, by what was known of them before it.

    Attributes:
        scope: What is known today; its last days are the horizon.
        future_revenue: One row a level, the highest first: `level`, `class`, `users`,
            `users_rate` (of all users), `mean_amount` a user in minor units with `_low` and `_high`
            (95 %, clustered by user; null with fewer than five payers), `total_amount` (minor
            units, exact), `revenue_rate` (of what all of these users brought; null if nothing).
        trends: One row for all levels and one for each class: `class` (`all` first), `users`, `tau`,
            `p_value`, `adjusted_p_value`, `holds` (that revenue rises with the level; null where
            that cannot be told), `highest_level` and `lowest_level` of those with five users,
            `difference_amount` of their means in minor units with `_low` and `_high`,
            `ahead_level` and `behind_level` (the pair most out of order, if beyond doubt); the test
            is that of `stats.trend.trends`.
        rankings: One row for `tier_level`, `predicted_value` and `past_spend` each: `ranking`,
            `concentration_rate` of future revenue (1 perfect, 0 chance) with `_low` and
            `_high`, `tiers_lead_change` (how far the tiers are ahead of this ranking) with `_low`
            and `_high`; null where a ranking has gaps or there is no revenue.
        value_curve: `ranking` (those three and `perfect`), `users_rate` (the first 0, 1 to 9
            ninths of the users), `revenue_rate` (their part of what all of these users brought).
        forecast_check: One row a level: `level`, `users`, `expected_amount` (the sum of the
            predicted values; null where one is), `actual_amount` (both in minor units),
            `error_rate` (expected over actual, less 1; null where nothing was brought or forecast).
        calibration: One row for the `measure` `order_probability`, the forecast chance of an order
            within the horizon: `users` (all known at the cut-off), `forecast_rate`, `happened_rate`,
            `intercept` and `slope` (0 and 1 are right) with their ends, `ece_rate` beside
            `perfect_ece_rate` (what a perfect forecast would show, with the ends of chance),
            `brier_score`, `log_loss`: see `stats.calibration.Calibration`.
        reliability: The same by up to ten groups of users, the lowest chance first: `users`,
            `forecast_rate`, `happened_rate` with `_low` and `_high`.
        horizon_days: How many days after the cut-off were looked at.
        horizon_amount: What all users brought in these days, whoever was on no level at the cut-off
            included; minor units, None where that was not told.
        findings: What these say; `verdict` is the one on all levels.
        metrics: `levels_concentration_rate`; `levels_lead_change` against the predicted value;
            `forecast_error_rate` of the money.
    """

    TOPICS: ClassVar = (
        *("young", "verdict", "trend", "rankings", "core", "coverage"),
        *(money.TOPIC, calibration.TOPIC),
    )
    future_revenue: pd.DataFrame
    trends: pd.DataFrame
    rankings: pd.DataFrame
    value_curve: pd.DataFrame
    forecast_check: pd.DataFrame
    calibration: pd.DataFrame
    reliability: pd.DataFrame
    horizon_days: int
    horizon_amount: int | None

    @property
    def judged(self) -> pd.DataFrame:
        """The rankings; no rows where none is judged, as a finding says."""
        is_judged = self.rankings["concentration_rate"].notna().any()
        return self.rankings if is_judged else told_instead(self.rankings, "")

    @property
    def _span(self) -> timedelta:
        return timedelta(days=self.horizon_days)

    def beside(self, levels: pd.DataFrame) -> pd.DataFrame:
        """Return the frame `Tiers.levels` with `forecast_error_rate`: by how much the last one erred.

        It is that of the same level's forecast at the cut-off; null where nothing was held against it.
        """
        errors = self.forecast_check.set_index("level")["error_rate"]
        return levels.assign(forecast_error_rate=levels["level"].map(errors))

    def future_revenue_chart(self) -> Chart | MissingData:
        """Return the revenue a user by level, with intervals."""
        title, rows = self.findings[0].sentence, self.future_revenue
        if rows["total_amount"].sum() <= 0:
            return MissingData(title)
        written, mean = partial(words.money, currency=self.scope.currency), rows["mean_amount"]
        labels = [words.label(level) for level in rows["level"]]
        texts = map("{} {}".format, labels, map(written, mean))
        drawn = {
            "panel": say("Revenue a user, {span:duration} after the cut-off", span=self._span),
            "label": labels,
            "value": mean,
            # A value stands beside the end of its line, so it needs one.
            "low": rows["mean_amount_low"].fillna(mean),
            "high": rows["mean_amount_high"].fillna(mean),
            "before": np.nan,
        }
        few = rows["users"].isna()
        return dots(
            pd.DataFrame(drawn)[mean.notna()],
            title=title,
            alt=say("Revenue a user by level: {rows}.", rows="; ".join(texts)),
            form=written,
            note=together(
                say("Line: 95 % interval; a level with fewer than five buyers has none."),
                say(
                    "Levels of fewer than {least:count} users are left out, and what would give "
                    "them away.",
                    least=self.scope.min_group,
                )
                if few.any()
                else "",
            ),
        )

    def value_curve_chart(self) -> Chart | MissingData:
        """Return the share of users against the share of future revenue, best predicted first."""
        if self.value_curve["revenue_rate"].isna().all():
            return MissingData(self.findings[0].sentence)
        by_name = self.rankings.set_index("ranking")["concentration_rate"]
        if self.value_curve["users_rate"].isna().any():
            return MissingData(
                say(
                    "A ninth of these users is fewer than {least:count}, so their shares are not "
                    "told.",
                    least=self.scope.min_group,
                )
            )
        # Without a prediction for everybody the levels are what there is to show.
        own = PREDICTED if pd.notna(by_name[PREDICTED]) else TIERS
        if pd.isna(by_name[own]):
            return MissingData(say(ALIKE, span=self._span))
        names = {
            PERFECT: say("perfect ranking"),
            own: say("by predicted value") if own == PREDICTED else say("by level"),
        }
        curves = [self.value_curve[self.value_curve["ranking"] == name] for name in names]
        perfect, first = (float(one["revenue_rate"].iloc[_FIRST]) for one in curves)
        title = say(_THIRD[own], own=first)
        return gains(
            pd.concat(curves)
            .rename(columns={"ranking": "line", "users_rate": "x", "revenue_rate": "value"})
            .replace({"line": names}),
            title=title,
            alt=say(
                "{title} A perfect ranking would have put {perfect:percent} there, chance a third.",
                title=title,
                perfect=perfect,
            ),
            highlight=names[own],
            chance=say("chance"),
            note=say(
                "Users who were on a level at the cut-off, from the best ranked to the right, by "
                "ninths; upwards their share of what all of them brought in the {span:duration} "
                "after.",
                span=self._span,
            ),
        )

    def calibration_chart(self) -> Chart | MissingData:
        """Return who ordered beside the forecast probabilities, by groups of users."""
        if self.reliability.empty:
            why = self.about(money.TOPIC) or self.findings
            return MissingData(why[0].sentence)
        title = self.about(calibration.TOPIC)[0].sentence
        panel = say("Users with an order, {span:duration} after the cut-off", span=self._span)
        return calibration.reliability_chart(self.reliability, title, panel)


def judge(
    scope: Scope,
    customers: pd.DataFrame,
    horizon_days: int,
    *,
    horizon_amount: int | None = None,
    known: pd.DataFrame | None = None,
    untested: str = "",
) -> Backtest:
    """Return whether tiers order the revenue of the days after the cut-off.

    Everything but `future_amount` must have been learned before the cut-off, thresholds and models
    included; whoever had no order after it counts with nought.

    Args:
        scope: Whose levels and currency.
        customers: One row a user who was on a level at the cut-off: `user_id`, `level`,
            `predicted_value` (expected minor units in the horizon), `past_spend` (minor units of the
            364 days before), `future_amount` (minor units, net, in the horizon after).
        horizon_days: Length of the horizon in days.
        horizon_amount: What all users brought in the horizon, these and all others; minor units.
        known: One row a user who had bought before the cut-off: `repeat_count`, `expected_orders`,
            `order_probability`, `bought_days` (those with a purchase in the horizon).
        untested: Why nothing was forecast, in a sentence; empty where it was.

    Raises:
        ParameterError: If a level is unknown or a user has two rows.
    """
    place = places(customers, scope.levels.names)
    least, classes = scope.min_group, scope.levels.classes
    sizes = np.bincount(place, minlength=len(classes))
    few = few_levels(pd.DataFrame({"class": classes.values(), "users": sizes}), least)
    found = judged(customers, place, classes, np.array(scope.levels.names)[few])
    check = money.by_level(found.levels, place, customers[PREDICTED])
    if known is None or untested:
        known = pd.DataFrame({name: [] for name in _KNOWN})
    forecasts = known[PROBABILITY].to_numpy(dtype=float), known["bought_days"].to_numpy() > 0
    held = calibrate(*forecasts)
    span, currency = timedelta(days=horizon_days), scope.currency
    findings = [*told(found, horizon_amount, span=span, currency=currency, least=least)]
    if untested:
        findings.append(Finding.about(money.TOPIC, say(_UNTESTED, why=untested), status="unknown"))
    elif len(customers):
        findings.append(money.told(check, span, currency))
    if held.users:
        purchases = [known[name] for name in ("repeat_count", "expected_orders", "bought_days")]
        what = say("an order within {span:duration} of the cut-off", span=span)
        findings += [money.check_forecast(*purchases).finding, calibration.told(held, what)]
    result = Backtest(
        scope,
        found.levels,
        found.trends,
        found.rankings,
        found.curve,
        check,
        calibration.frame(held, PROBABILITY),
        by_group(*forecasts),
        horizon_days,
        horizon_amount,
        findings=tuple(findings),
        metrics=_metrics(found.rankings, check),
        instead={"rankings": ""},
        rules=(
            say(
                "The back-test knows nothing of the last {horizon:count} days, those after its cut-off: it "
                "learns thresholds and models of its own before them, whichever are used above, and "
                "holds the levels against what came in them.",
                horizon=horizon_days,
            ),
            say(
                "The error of the forecast beside a level is that of the level's forecast at the cut-off: "
                "by so much it was too high or, below nought, too low."
            ),
        ),
    )
    again = partial(judge, scope.whole, customers, horizon_days, horizon_amount=horizon_amount)
    owners = partial(again, known=known, untested=untested)
    return _without_few(result, few, owners) if least else result


def _without_few(found: Backtest, few: Mask, owners: Callable[[], Backtest]) -> Backtest:
    """The back-test without levels and groups of too few users."""
    least, users = found.scope.min_group, int(found.future_revenue["users"].sum())
    sums, check = found.future_revenue, found.forecast_check
    figures = [str(one) for one in sums if one not in ("level", "class")]
    groups = found.reliability["users"]
    small = withheld(groups.to_numpy(), [np.ones(len(groups), dtype=np.bool_)], least)
    curve = found.value_curve
    if is_small(users / GROUPS, least):
        curve = curve.assign(users_rate=np.nan, revenue_rate=np.nan)
    if not few.any() and not small.any() and curve is found.value_curve:
        return found
    return replace(
        found,
        future_revenue=without(sums, few, figures),
        forecast_check=without(check, few, [str(one) for one in check if one != "level"]),
        reliability=found.reliability[~small].reset_index(drop=True),
        value_curve=curve,
        owners=owners,
    )


def _metrics(rankings: pd.DataFrame, check: pd.DataFrame) -> tuple[Metric, ...]:
    own, predicted = (rankings[rankings["ranking"] == name].iloc[0] for name in (TIERS, PREDICTED))
    error = Interval(money.error(check))
    return (
        Metric("levels_concentration_rate", interval(own, "concentration_rate"), "rate"),
        Metric("levels_lead_change", interval(predicted, LEAD), "points"),
        Metric("forecast_error_rate", error, "growth", better=""),
    )
