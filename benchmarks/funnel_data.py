"""Events of an invented shop in any number, the same for the same seed, as one Parquet file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

STEPS = ("visit", "view", "cart", "checkout", "pay")
WINDOW = timedelta(days=1)
_MIX = {
    "visit": 0.30,
    "view": 0.34,
    "cart": 0.09,
    "checkout": 0.05,
    "pay": 0.03,
    "search": 0.12,
    "share": 0.07,
}
_START = datetime(2026, 3, 2)
_DAYS = 28
_EVENTS_PER_USER = 12
_EVENTS_PER_SESSION = 5
_CHUNK = 1_000_000


def write(path: Path, rows: int, seed: int = 4) -> None:
    """Write `rows` events in order of time, in whole seconds: some of a user's fall together.

    Users come in sessions of about five events within half an hour; how active they are is spread
    as widely as in a real shop (a gamma of shape 0.5).
    """
    random = np.random.default_rng(seed)
    users = max(1, rows // _EVENTS_PER_USER)
    sessions = max(1, rows // _EVENTS_PER_SESSION)
    activity = random.gamma(0.5, size=users).cumsum()
    owner = np.searchsorted(activity / activity[-1], random.random(sessions)).astype(np.int32)
    opened = random.integers(0, _DAYS * 86_400, sessions, dtype=np.int32)
    session = random.integers(0, sessions, rows, dtype=np.int32)
    second = opened[session] + (random.exponential(600, rows).clip(0, 1800)).astype(np.int32)
    by_time = np.argsort(second, kind="stable")
    kind = random.choice(len(_MIX), rows, p=list(_MIX.values())).astype(np.int8)
    schema = pa.schema(
        {
            "user_id": pa.string(),
            "event": pa.string(),
            "occurred_at": pa.timestamp("us"),
            "value": pa.int64(),
        }
    )
    names = pa.array(list(_MIX))
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for since in range(0, rows, _CHUNK):
            places = by_time[since : since + _CHUNK]
            ids = pa.array(np.char.mod("u%08d", owner[session[places]]))
            events = names.take(pa.array(kind[places]))
            instants = np.datetime64(_START, "us") + second[places].astype("timedelta64[s]")
            values = pa.array(places % 10_000)
            file.write_table(
                pa.Table.from_arrays([ids, events, pa.array(instants), values], schema=schema)
            )
