"""The back-test: tiers made as if it were some days ago, and what their users brought since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import ibis.expr.types as ir
import pandas as pd

from workbench import words
from workbench.analyses.tiers.levels import Levels
from workbench.analyses.tiers.rfm import measure
from workbench.analyses.tiers.tiering import orders_of, rank
from workbench.analyses.tiers.validity import Validity, judge
from workbench.errors import SourceError
from workbench.findings import Finding
from workbench.inputs import frame
from workbench.periods import Period
from workbench.purchases import booked, first_day
from workbench.value import holdout
from workbench.words import _

_YEAR_DAYS = 364
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
    later is not known either.

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
    past = rank(tables, base, levels, horizon_days=horizon_days, platform=platform).tiers
    year = measure(orders, Period(base.last - timedelta(_YEAR_DAYS - 1), base.last, base.time_zone))
    customers = past[["user_id", "level", "expected_amount"]].rename(
        columns={"expected_amount": "predicted_value"}
    )
    customers = customers.merge(
        year[["user_id", "monetary"]].rename(columns={"monetary": "past_spend"}), on="user_id"
    ).merge(_brought(orders, ahead), on="user_id", how="left")
    customers["future_amount"] = customers["future_amount"].fillna(0).astype("int64")
    found = judge(customers, horizon_days, currency, levels.names)
    return replace(found, findings=(*found.findings, *_forecast_check(orders, base, ahead)))


def split(period: Period, horizon_days: int) -> tuple[Period, Period]:
    """Return the days that a back-test learns from, as many as the period's, and its horizon."""
    shift = timedelta(days=horizon_days)
    base = Period(period.first - shift, period.last - shift, period.time_zone)
    return base, Period(base.last + timedelta(days=1), period.last, period.time_zone)


def _too_short(orders: ir.Table, base: Period, horizon_days: int) -> str:
    first = first_day(orders, base)
    if first is None or first <= base.first:
        return ""
    sentence = _(
        "Whether the levels foretell revenue cannot be told: a back-test over {horizon} days needs "
        "orders since {needed}, and there are some only since {first}."
    )
    return sentence.format(
        horizon=horizon_days, needed=words.day(base.first), first=words.day(first)
    )


def _brought(orders: ir.Table, ahead: Period) -> pd.DataFrame:
    """What each user brought in the horizon, net of what was given back by its end."""
    made = booked(orders, ahead.end)
    made = made.filter(made.ordered_at >= ahead.start)
    return frame(made.group_by("user_id").agg(future_amount=made.net_amount.sum()))


def _forecast_check(orders: ir.Table, base: Period, ahead: Period) -> tuple[Finding, ...]:
    """How well purchases would have been forecast, of everybody known at the cut-off."""
    try:
        found = holdout(orders, base.end, ahead.end, base.time_zone)
    except SourceError:
        return ()  # the tiers say why nothing is forecast
    return (found.finding,)
