"""Would the levels have foretold who buys? Made as if it were some days ago, and what came since."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from workbench.backtests import money
from workbench.backtests.cutoff import split
from workbench.backtests.levels import Backtest, judge
from workbench.backtests.revenue import (
    PAST,
    PREDICTED,
)
from workbench.customers.forecast import forecast
from workbench.customers.purchases import net_orders
from workbench.customers.tiering import Tiered, tiered
from workbench.kit import gaps
from workbench.kit.engine import frame
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say
from workbench.stats.disclosure import is_small

_AMOUNTS = [PAST, "future_amount"]
_PLACED = {"user_id": "str", "level": "str", PREDICTED: "float", **dict.fromkeys(_AMOUNTS, "int64")}
_TOO_SHORT = message(
    "Whether the levels foretell revenue, and whether forecasts hold, cannot be told: a back-test over "
    "{horizon:count} days needs orders since {needed:day}, and there are some only since {first:day}."
)
_WITH_GAPS = message(
    "Whether the levels foretell revenue, and whether forecasts hold, cannot be told: {missing:count} "
    "days of {days:period} are without orders."
)


def backtest(tiers: Tiered, *, horizon_days: int | None = None) -> Backtest:
    """Return whether levels that were known before the last days order the revenue of these days.

    The cut-off lies `horizon_days` before the end of the tiers' period. Users are tiered by as many
    days before it as the period has, with thresholds and models learned from nothing later; a refund
    that came later is not known either. The forecasts that were made then are held against what came.

    Args:
        tiers: As `rank` returns them; their scope and levels are used.
        horizon_days: How many days after the cut-off are looked at; by default as many as the
            forecast of the tiers looks ahead.

    Raises:
        ParameterError: If `horizon_days` is below 1.
    """
    scope, days = tiers.scope, tiers.horizon_days if horizon_days is None else horizon_days
    base, ahead = split(scope, days)
    first = base.first_day("orders")
    short = next((one for one in (base, ahead) if gaps.is_untold(one, "orders")), None)
    if first is not None and short is not None:
        why = (
            say(_TOO_SHORT, horizon=days, needed=base.period.first, first=first)
            if first > base.period.first
            else say(_WITH_GAPS, missing=short.missing_days("orders"), days=short.period)
        )
        young = _nothing(scope, days, why, "young")
        return replace(young, rankings=young.rankings.head(0))
    made = forecast(base, horizon_days=days, discount_rate=0.0)
    everybody = _brought(ahead, "future_amount")
    users = made.users.rename(columns={"expected_amount": PREDICTED})
    customers = tiered(base)[["user_id", "level"]].merge(users[["user_id", PREDICTED]], how="left")
    for brought in (_brought(base.over(52), PAST), everybody):
        customers = customers.merge(brought, on="user_id", how="left")
    # Whoever ordered nothing in these days brought nought in them.
    customers = customers.assign(**customers[_AMOUNTS].fillna(0).astype("int64"))
    amount = int(everybody["future_amount"].sum())
    held = partial(
        judge,
        customers=customers,
        horizon_days=days,
        horizon_amount=amount,
        known=users.assign(bought_days=money.bought_days(ahead, users["user_id"])),
        untested=made.missing if users["expected_orders"].isna().any() else "",
    )
    if is_small(len(customers), scope.fewest):
        few = say(
            "Whether the levels foretell revenue is not told: fewer than {least:count} users were on "
            "a level at the cut-off.",
            least=scope.fewest,
        )
        return replace(_nothing(scope, days, few), owners=partial(held, scope.whole))
    if is_small(int((~everybody["user_id"].isin(customers["user_id"])).sum()), scope.min_group):
        return replace(held(scope, horizon_amount=None), owners=partial(held, scope.whole))
    return held(scope)


def _nothing(scope: Scope, days: int, why: str, topic: str = "verdict") -> Backtest:
    """A back-test of nobody, and why."""
    nobody = {name: pd.Series(dtype=kind) for name, kind in _PLACED.items()}
    empty = judge(scope, pd.DataFrame(nobody), days)
    return replace(empty, findings=(Finding.about(topic, why, status="unknown"),))


def _brought(scope: Scope, name: str) -> pd.DataFrame:
    """What each user with an order in a period brought, net of what was given back by its end."""
    made = net_orders(scope)
    made = made.filter(made.ordered_at >= scope.start)
    return frame(made.group_by("user_id").agg(**{name: made.net_amount.sum()}))
