"""Leaks: a step and a segment, the days on which fewer went on, and what that cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from workbench.periods import Period, midnight
from workbench.stats.rates import difference, wilson
from workbench.stats.scan import Stretch, lowest

LEVEL = 0.05  # of reports without any leak may name one
_BEFORE_DAYS = 7
_DAY = timedelta(days=1)

COLUMNS = (
    *("step", "event", "segment", "started_at", "ended_at", "is_open"),
    *("users", "rate", "rate_low", "rate_high", "baseline", "baseline_rate"),
    *("lost_users", "lost_users_low", "lost_users_high", "onward_rate"),
    *("lost_amount", "lost_amount_low", "lost_amount_high", "p_value"),
)
_TYPES = {
    "step": "int64", "event": "str", "segment": "str", "baseline": "str",
    "started_at": "datetime64[us]", "ended_at": "datetime64[us]", "is_open": "bool",
    "users": "int64",
}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One step of one segment, day by day.

    Attributes:
        step: From 2.
        event: The step's event.
        segment: Null where it is missing.
        users: At the step before, by day.
        went_on: Of those, by day.
    """

    step: int
    event: str
    segment: str | None
    users: np.ndarray[Any, Any]
    went_on: np.ndarray[Any, Any]

    def rate_of(self, days: np.ndarray[Any, Any]) -> tuple[int, int]:
        """Return how many went on and how many were there on these days."""
        return int(self.went_on[days].sum()), int(self.users[days].sum())


@dataclass(frozen=True)
class Leak:
    """A stretch of low days of a series, and what it is held against."""

    series: Series
    stretch: Stretch
    baseline: str
    against: tuple[int, int]


def find(daily: pd.DataFrame, since: date) -> list[Leak]:
    """Return the leaks of all series, those beyond chance only.

    The chance of a stretch is corrected for all stretches of its series and for all series. A
    series may have several: days that are explained are set aside and the rest searched again.
    The rate of a leak is held against the same segment on the days before, if there are seven of
    them; else against the other segments on the same days.

    Args:
        daily: `Funnel.daily`.
        since: A leak that was over before this day is not told.
    """
    series = _series(daily)
    found = [leak for one in series for leak in _of_series(one, series)]
    first = pd.Timestamp(daily["day"].min())
    return [
        leak
        for leak in found
        if wilson(*leak.against)[0] > _rate(leak)
        and first + leak.stretch.last * _DAY >= pd.Timestamp(since)
    ]


def leak_frame(
    leaks: list[Leak],
    first: pd.Timestamp,
    period: Period,
    onward: Mapping[tuple[int, str | None], float],
    prices: Mapping[str | None, float],
) -> pd.DataFrame:
    """Return the columns of `Funnel.leaks`, the dearest first.

    Args:
        leaks: What `find` found.
        first: The first day of the series.
        period: Names the time zone.
        onward: By step and segment, the share of those at the step who come as far as the last;
            under None, that of all users.
        prices: By segment, what an order is worth on average, in minor units; under None, of all.
    """
    rows = [_row(leak, first, period, onward, prices) for leak in leaks]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    typed = frame.astype(_TYPES).astype({name: "float64" for name in COLUMNS if name not in _TYPES})
    return typed.sort_values(
        ["lost_amount", "lost_users"], ascending=False, ignore_index=True, kind="stable"
    )


def average_order(
    orders: ir.Table | None, events: ir.Table, last: str, days: Period, by: str
) -> dict[str | None, float]:
    """Return what an order is worth on average over these days, by segment, in minor units.

    Of the orders that were not cancelled and cost something; without orders, of the values of
    the last step's events. Under None stands the average of all.

    Args:
        orders: The table `orders`, or None.
        events: The events.
        last: The last step's event.
        days: Over which days.
        by: The column that segments are told apart by, or empty.
    """
    if orders is not None:
        paid = orders.filter(orders.amount > 0)
        if "status" in paid.columns:
            paid = paid.filter(paid.status.fill_null("paid") != "cancelled")
        table, at, worth = paid, "ordered_at", "amount"
    elif "value" in events.columns:
        table, at, worth = (
            events.filter(events.event == last, events.value > 0),
            "occurred_at",
            "value",
        )
    else:
        return {}
    near = table.filter(table[at] >= days.start, table[at] < days.end)
    kind = (
        near[by].cast("string")
        if by in near.columns and by
        else near[worth].cast("string").substr(0, 0)
    )
    named = near.select(segment=kind, worth=near[worth])
    sums = named.group_by("segment").agg(worth=named.worth.sum(), orders=named.count())
    rows = sums.to_pyarrow().to_pylist()
    total = sum(row["orders"] for row in rows)
    if not total:
        return {}
    averages = {row["segment"]: row["worth"] / row["orders"] for row in rows if row["segment"]}
    return {**averages, None: sum(row["worth"] for row in rows) / total}


def _series(daily: pd.DataFrame) -> list[Series]:
    found = []
    for step in sorted(set(daily["step"])):
        rows = daily[daily["step"] == step]
        event = rows["event"].iloc[0]
        days = pd.date_range(daily["day"].min(), rows["day"].max())
        for segment, own in rows.groupby("segment", dropna=False, sort=True):
            by_day = own.assign(day=pd.to_datetime(own["day"])).set_index("day")
            table = by_day[["users", "went_on"]].reindex(days, fill_value=0)
            name = None if pd.isna(segment) else str(segment)
            found.append(
                Series(
                    int(step),
                    str(event),
                    name,
                    table["users"].to_numpy(),
                    table["went_on"].to_numpy(),
                )
            )
    return found


def _of_series(one: Series, series: list[Series]) -> list[Leak]:
    free = np.ones(len(one.users), dtype=np.bool_)
    found = []
    while (low := lowest(one.users, one.went_on, free)) is not None:
        chance = min(1.0, low.p_value * len(series))
        if chance >= LEVEL:
            break
        stretch = low._replace(p_value=chance)
        days = np.arange(low.first, low.last + 1)
        baseline, against = _baseline(one, series, np.flatnonzero(free[: low.first]), days)
        if against[1]:
            found.append(Leak(one, stretch, baseline, against))
        free[days] = False
    return found


def _baseline(
    one: Series, series: list[Series], before: np.ndarray[Any, Any], days: np.ndarray[Any, Any]
) -> tuple[str, tuple[int, int]]:
    own = before[one.users[before] > 0]
    if len(own) >= _BEFORE_DAYS:
        return "before", one.rate_of(own)
    others = [
        other.rate_of(days) for other in series if other.step == one.step and other is not one
    ]
    went, came = (sum(column) for column in zip(*others, strict=True)) if others else (0, 0)
    return "others", (went, came)


def _rate(leak: Leak) -> float:
    days = np.arange(leak.stretch.first, leak.stretch.last + 1)
    return wilson(*leak.series.rate_of(days))[0]


def _row(
    leak: Leak,
    first: pd.Timestamp,
    period: Period,
    onward: Mapping[tuple[int, str | None], float],
    prices: Mapping[str | None, float],
) -> dict[str, Any]:
    series, stretch = leak.series, leak.stretch
    went, came = series.rate_of(np.arange(stretch.first, stretch.last + 1))
    rate, low, high = wilson(went, came)
    lost = [came * part for part in difference(leak.against, (went, came))]
    everyone = onward.get((series.step, None), np.nan)
    further = onward.get((series.step, series.segment), everyone)
    price = prices.get(series.segment, prices.get(None, np.nan))
    amounts = [max(part, 0.0) * further * price for part in lost]
    begins, ends = ((first + (place * _DAY)).date() for place in (stretch.first, stretch.last + 1))
    return {
        "step": series.step,
        "event": series.event,
        "segment": series.segment,
        "started_at": midnight(begins, period.time_zone),
        "ended_at": midnight(ends, period.time_zone),
        "is_open": stretch.last == len(series.users) - 1,
        "users": came,
        "rate": rate,
        "rate_low": low,
        "rate_high": high,
        "baseline": leak.baseline,
        "baseline_rate": wilson(*leak.against)[0],
        **dict(zip(("lost_users", "lost_users_low", "lost_users_high"), lost, strict=True)),
        "onward_rate": further,
        **dict(zip(("lost_amount", "lost_amount_low", "lost_amount_high"), amounts, strict=True)),
        "p_value": stretch.p_value,
    }
