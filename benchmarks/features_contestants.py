"""Features of customers at a cut-off, by the workbench and by plain pandas; and orders to try it on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LAST = date(2026, 7, 5)
END = datetime(2026, 7, 6)
_SECONDS = 52 * 7 * 86_400
KNOWN = {
    "channel": ["organic", "paid", "referral"],
    "event": ["add_to_cart", "purchase", "view_item", "visit"],
}
WINDOWS = (7, 30, 90, 180)


def write(path: Path, rows: int, seed: int = 5) -> int:
    """Write orders and, beside them, events; return how many users there are."""
    random = np.random.default_rng(seed)
    users = rows // 10
    start = np.datetime64(END + timedelta(days=91), "us") - np.timedelta64(_SECONDS, "s")

    def some(count: int) -> dict[str, Any]:
        at = start + np.sort(random.integers(0, _SECONDS, count)).astype("timedelta64[s]")
        owner = (random.beta(0.7, 1.2, count) * users).astype(np.int64)
        return {
            "user_id": pa.array(owner).cast(pa.string()),
            "at": pa.array(at),
            "channel": pa.array(KNOWN["channel"]).take(pa.array(random.integers(0, 3, count))),
        }

    count = rows // 3
    orders = some(count)
    amount = random.integers(100, 50_000, count)
    back = np.where(random.random(count) < 0.04, amount, 0)
    later = orders["at"].to_numpy() + random.integers(0, 2_592_000, count).astype("timedelta64[s]")
    pq.write_table(
        pa.table(
            {
                "order_id": pa.array(np.arange(count)).cast(pa.string()),
                "user_id": orders["user_id"],
                "ordered_at": orders["at"],
                "amount": amount,
                "discount": np.where(random.random(count) < 0.2, amount // 9, 0),
                "refunded_amount": back,
                "refunded_at": pa.array(later, mask=back == 0),
                "channel": orders["channel"],
            }
        ),
        path,
    )
    events = some(rows - count)
    kinds = pa.array(KNOWN["event"]).take(pa.array(random.integers(0, 4, rows - count)))
    told = {"user_id": events["user_id"], "event": kinds, "occurred_at": events["at"]}
    pq.write_table(pa.table(told | {"channel": events["channel"]}), _events(path))
    return users


def _events(path: Path) -> Path:
    return path.with_name("events.parquet")


def workbench(_setting: str) -> Callable[[Path], Any]:
    import ibis

    from workbench.customers.portions import features
    from workbench.kit.engine import Tables
    from workbench.kit.scope import Scope
    from workbench.periods import Period

    connection = ibis.duckdb.connect()

    def work(path: Path) -> Any:
        tables = {
            "orders": connection.read_parquet(str(path)),
            "events": connection.read_parquet(str(_events(path))),
        }
        period = Period(LAST - timedelta(days=6), LAST, "UTC")
        (found,) = features(Scope(Tables(tables), period), KNOWN, [LAST])
        return _rounded(found.reset_index())

    return work


def pandas(_setting: str) -> Callable[[Path], Any]:
    import pandas as pd

    def work(path: Path) -> Any:
        orders = pd.read_parquet(path)
        orders = orders[orders["ordered_at"] < END]
        known = orders["refunded_at"] < END
        undone = known & (orders["refunded_amount"] >= orders["amount"])
        orders = orders.assign(
            age=(END - orders["ordered_at"]).dt.days,
            given_back=(known & (orders["refunded_amount"] > 0)).astype("int64"),
            net=np.where(undone, 0, orders["amount"] - orders["refunded_amount"].where(known, 0)),
        )
        bought = orders[~undone].sort_values(["user_id", "ordered_at", "order_id"])
        pause = bought.groupby("user_id")["age"].shift() - bought["age"]
        pause = pause[pause > 0]
        users = bought.groupby("user_id")
        found = pd.DataFrame(
            {
                "purchases": users.size(),
                "recency_days": users["age"].min(),
                "tenure_days": users["age"].max(),
            }
        )
        orders = orders[orders["user_id"].isin(found.index)]
        each = orders.groupby("user_id")
        found["amount"] = each["net"].sum()
        found["undone"] = undone[orders.index].groupby(orders["user_id"]).sum()
        events = pd.read_parquet(_events(path))
        events = events[events["occurred_at"] < END]
        events = events.assign(age=(END - events["occurred_at"]).dt.days)
        events = events[(events["age"] < WINDOWS[-1]) & events["user_id"].isin(found.index)]
        found["event_recency_days"] = events.groupby("user_id")["age"].min()
        for days in WINDOWS:
            late = bought[bought["age"] < days]
            found[f"purchases_{days}"] = late.groupby("user_id").size()
            late = orders[orders["age"] < days]
            found[f"amount_{days}"] = late.groupby("user_id")["net"].sum()
            found[f"events_{days}"] = events[events["age"] < days].groupby("user_id").size()
        owner = bought["user_id"][pause.index]
        found["repeat_days"] = pause.groupby(owner).size()
        counts = [name for name in found if name != "event_recency_days"]
        found[counts] = found[counts].fillna(0)
        repeats = found["repeat_days"].where(found["repeat_days"] > 0)
        found["pause_days"] = (found["tenure_days"] - found["recency_days"]) / repeats
        squares = (pause**2).groupby(owner).sum() / repeats - found["pause_days"] ** 2
        found["pause_spread"] = np.sqrt(squares.clip(lower=0)) / found["pause_days"]
        found["pauses_waited"] = found["recency_days"] / found["pause_days"]
        placed = found["purchases"] + found["undone"]
        found["mean_amount"] = found["amount"] / found["purchases"]
        found["refunded_rate"] = each["given_back"].sum() / placed
        found["discounted_rate"] = (orders["discount"] > 0).groupby(
            orders["user_id"]
        ).sum() / placed
        habits = [one[one["age"] < 90] for one in (orders, events)]
        parts = pd.concat([one[["user_id", "channel"]] for one in habits])
        shares = parts.groupby(["user_id", "channel"]).size().unstack(fill_value=0)  # noqa: PD010 - the plain way
        whole = shares.sum(axis=1)
        for value in KNOWN["channel"]:
            found[f"channel_{value}"] = shares[value] / whole
        times = habits[1].groupby(["user_id", "event"]).size().unstack(fill_value=0)  # noqa: PD010 - the plain way
        for value in KNOWN["event"]:
            found[f"event_{value}"] = times[value]
        named = [f"event_{value}" for value in KNOWN["event"]]
        found[named] = found[named].fillna(0)
        return _rounded(found.reset_index())

    return work


def _rounded(found: Any) -> Any:
    """Answers with fractions to six places: the order of sums is each one's own."""
    for name in found.columns:
        if name != "user_id":
            found[name] = found[name].astype("float64").round(6)
    return found
