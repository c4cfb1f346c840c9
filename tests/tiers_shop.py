"""A shop of a few users whose tiers, forecasts and back-tests are quick to make."""

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd

from scopes import scope_of
from workbench.periods import Period

LAST = date(2026, 6, 28)
PERIOD = Period(date(2026, 3, 30), LAST, "UTC")  # 13 weeks


def orders(*, users=240, seed=7, days=400):
    """A table of orders: users who come at their own rates, some of whom stop; some refunds."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        at, gap = rng.uniform(0, days - 60), rng.gamma(2.0, 20.0)
        worth = int(rng.lognormal(8.5, 0.6))
        while at < days:
            back = int(worth * rng.choice([0, 0, 0, 0.3, 1]))
            rows.append((f"u{user:03d}", at, max(1, int(rng.normal(worth, worth / 4))), back))
            at += rng.exponential(gap)
            if rng.random() < 0.15:
                break
    frame = pd.DataFrame(rows, columns=["user_id", "day", "amount", "refunded_amount"])
    start = datetime.combine(LAST, datetime.min.time()) - timedelta(days=days - 1)
    frame["ordered_at"] = start + pd.to_timedelta(frame.pop("day"), unit="D")
    frame["ordered_at"] = frame["ordered_at"].astype("datetime64[us]")
    frame["refunded_at"] = frame["ordered_at"] + timedelta(days=3)
    frame["refunded_amount"] = frame[["refunded_amount", "amount"]].min(axis=1)
    frame["order_id"] = [f"o{i}" for i in range(len(frame))]
    return ibis.memtable(frame)


TABLES = {"orders": orders()}


def shop(tables=TABLES, period=PERIOD, platform="", **given):
    """The scope of such a shop, each time with nothing asked yet."""
    return scope_of(tables, period, platform, currency="CNY", source="shop", **given)
