"""The same users tiered by others: each returns one row a user, by the setting with

measured: `user_id`, `recency_days`, `frequency` and `monetary`; scored: thresholds learned, `r`,
`f` and `m`, `class`, `level` and `rank` besides; forecast: what `tiers.rank` tells of users.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tiers_sql
from tiers_data import PERIOD

Work = Callable[[Path], Any]


def workbench(setting: str) -> Work:
    import ibis

    from workbench.analyses import tiers
    from workbench.analyses.tiers.tiering import place
    from workbench.customers.rfm import measure
    from workbench.customers.thresholds import learn

    connection = ibis.duckdb.connect()  # most of Ibis is imported only now
    levels = tiers.read_levels()

    def work(path: Path):
        orders = connection.read_parquet(str(path))
        if setting == "forecast":
            return tiers.rank({"orders": orders}, PERIOD, levels).tiers
        users = measure(orders, PERIOD)
        return users if setting == "measured" else place(users, learn(users, ""), levels)

    return work


def sql(setting: str) -> Work:
    import duckdb

    connection = duckdb.connect()
    query = getattr(tiers_sql, setting)
    return lambda path: connection.sql(query(path)).to_arrow_table()
