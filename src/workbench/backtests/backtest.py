"""The back-test: tiers made as if it were some days ago, and what their users brought since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import ibis.expr.types as ir
import pandas as pd

from workbench.analyses.tiers.tiering import orders_of, place
from workbench.backtests.forecast_check import forecast_told, untested
from workbench.backtests.validity import Validity, judge
from workbench.customers.forecast import Forecast, forecast
from workbench.customers.purchases import booked, first_day
from workbench.customers.rfm import measure
from workbench.customers.thresholds import learn
from workbench.customers.value import bought_since, check_forecast
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.levels import Levels
from workbench.kit.scope import frame, year_to
from workbench.kit.sentences import message
from workbench.periods import Period, Week

_BROUGHT = ("past_spend", "future_amount")
_COLUMNS = {"user_id": "str", "level": "str", "predicted_value": "float", "past_spend": "int64"}


def validate(
    tables: Mapping[str, ir.Table],
    period: Period,
    levels: Levels,
    *,
    horizon_days: int = 90,
    platform: str = "",
    currency: str = "",
) -> Validity:
    """Return whether levels that were known before the last days order the revenue of these days.

    The cut-off lies `horizon_days` before the period's end. Users are tiered by as many days before
    it as the period has, with thresholds and models learned from nothing later; a refund that came
    later is not known either. The last finding says by how much the forecast missed that was made
    at the cut-off.

    Args:
        tables: The source's; `orders` is needed.
        period: The report's; its last days are the horizon.
        levels: Which scores make which level.
        horizon_days: How many days after the cut-off are looked at.
        platform: Only this platform's orders; empty means all.
        currency: ISO 4217 code.

    Raises:
        MissingData: If the source has no orders with users.
    """
    orders = orders_of(tables, platform)
    base, ahead = split(period, horizon_days)
    missing = _too_short(orders, base, horizon_days)
    if missing:
        nobody = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
        empty = judge(nobody.assign(future_amount=0), horizon_days, currency, levels.names)
        return replace(empty, findings=(Finding(missing, status="unknown"),))
    made = forecast(orders, base, horizon_days=horizon_days, discount_rate=0.0)
    everybody = _brought(orders, ahead, "future_amount")
    found = judge(
        _customers(orders, base, levels, made, everybody),
        horizon_days,
        currency,
        levels.names,
        horizon_amount=int(everybody["future_amount"].sum()),
    )
    return replace(found, findings=(*found.findings, *_tested(found, orders, ahead, made)))


def split(period: Period, horizon_days: int) -> tuple[Period, Period]:
    """Return the days that a back-test learns from, as many as the period's, and its horizon."""
    shift = timedelta(days=horizon_days)
    base = Period(period.first - shift, period.last - shift, period.time_zone)
    return base, Period(base.last + timedelta(days=1), period.last, period.time_zone)


def _too_short(orders: ir.Table, base: Period, horizon_days: int) -> str:
    first = first_day(orders, base)
    if first is None or first <= base.first:
        return ""
    sentence = message(
        "Whether the levels foretell revenue cannot be told: a back-test over {horizon} days needs "
        "orders since {needed}, and there are some only since {first}."
    )
    return sentence.format(
        horizon=horizon_days, needed=words.day(base.first), first=words.day(first)
    )


def _customers(
    orders: ir.Table, base: Period, levels: Levels, made: Forecast, everybody: pd.DataFrame
) -> pd.DataFrame:
    """Who was on a level at the cut-off, with what was forecast, spent before and brought since."""
    users = measure(orders, base).sort_values("user_id", ignore_index=True)
    placed = place(users, learn(users, str(Week.of(base.last))), levels)
    customers = (
        placed[["user_id", "level"]]
        .merge(made.users[["user_id", "expected_amount"]], on="user_id", how="left")
        .merge(_brought(orders, year_to(base), "past_spend"), on="user_id", how="left")
        .merge(everybody, on="user_id", how="left")
        .rename(columns={"expected_amount": "predicted_value"})
    )
    # Whoever ordered nothing in these days brought nought in them.
    return customers.assign(**customers[list(_BROUGHT)].fillna(0).astype("int64"))


def _brought(orders: ir.Table, during: Period, name: str) -> pd.DataFrame:
    """What each user with an order in these days brought, net of what was given back by their end."""
    made = booked(orders, during.end)
    made = made.filter(made.ordered_at >= during.start)
    return frame(made.group_by("user_id").agg(**{name: made.net_amount.sum()}))


def _tested(
    found: Validity, orders: ir.Table, ahead: Period, made: Forecast
) -> tuple[Finding, ...]:
    """How well purchases, of everybody known at the cut-off, and money were forecast."""
    users = made.users
    if users["expected_orders"].isna().any():
        return (untested(made.missing),)
    bought = bought_since(orders, users["user_id"], ahead.start, ahead.end, ahead.time_zone)
    purchases = check_forecast(users["repeat_count"], users["expected_orders"], bought)
    money = forecast_told(
        found.forecast_check,
        found.horizon_days,
        found.currency,
        purchases_error_rate=purchases.increment_error_rate,
    )
    return purchases.finding, money
