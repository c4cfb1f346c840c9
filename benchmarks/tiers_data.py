"""Orders to tier, the same for the same seed, each as one Parquet file: invented or the demo's."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.periods import Period, Week

PERIOD = Period.weeks(Week(2026, 40), 26, "Asia/Shanghai")
_START = datetime(2025, 10, 5, 16)  # 52 weeks before the period's end
_SECONDS = 52 * 7 * 86_400
_ORDERS_PER_USER = 4
_ROW_GROUP = 1_000_000


def write_demo(path: Path, events: int) -> int:
    """Write the orders of the demo shop with about so many events; return how many these are."""
    from workbench import demo

    orders = demo.tables(events=events)["orders"]
    assert date(2026, 10, 4) == PERIOD.last
    pq.write_table(orders, path, compression="zstd")
    return orders.num_rows


def write_orders(path: Path, rows: int, seed: int = 5) -> int:
    """Write `rows` orders of 52 weeks in order of time; return their number.

    A user has four on average, spread as widely as in a real shop (a gamma of shape 0.5). Of
    hundred orders two have no user, four were cancelled, three given back in full, three in part
    (a month later at most, so that some are known only after the period), one is a row that only
    gives back, and one is free.
    """
    random = np.random.default_rng(seed)
    users = max(1, rows // _ORDERS_PER_USER)
    activity = random.gamma(0.5, size=users).cumsum()
    owner = np.searchsorted(activity / activity[-1], random.random(rows))
    second = np.sort(random.integers(0, _SECONDS, rows))
    ordered = np.datetime64(_START, "us") + second.astype("timedelta64[s]")
    chance = random.random(rows)
    amount = random.lognormal(9, 1, rows).astype(np.int64) + 1
    is_return, is_free = chance < 0.01, (chance >= 0.01) & (chance < 0.02)
    is_full, is_part = (chance >= 0.02) & (chance < 0.05), (chance >= 0.05) & (chance < 0.08)
    is_cancelled = is_return | ((chance >= 0.08) & (chance < 0.12))
    back = np.where(is_full, amount, np.where(is_part | is_return, amount // 3 + 1, 0))
    amount[is_return | is_free] = 0
    later = ordered + random.integers(0, 30 * 86_400, rows).astype("timedelta64[s]")
    kind = np.where(is_cancelled, 1, np.where(is_full | is_part, 2, 0))
    table = pa.table(
        {
            "order_id": _ids("o", np.arange(rows)),
            "ordered_at": pa.array(ordered),
            "amount": pa.array(amount),
            "user_id": pc.if_else(pa.array(random.random(rows) < 0.02), None, _ids("u", owner)),
            "refunded_amount": pa.array(back, mask=back == 0),
            "refunded_at": pa.array(later, mask=back == 0),
            "status": pa.array(["paid", "cancelled", "refunded"]).take(pa.array(kind)),
        }
    )
    pq.write_table(table, path, compression="zstd", row_group_size=_ROW_GROUP)
    return rows


def _ids(prefix: str, numbers: np.ndarray) -> pa.Array:
    texts = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 9, "0")
    return pc.binary_join_element_wise(prefix, texts, "")
