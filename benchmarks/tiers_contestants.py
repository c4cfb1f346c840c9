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

    from workbench.analyses.tiers import rank
    from workbench.customers.rfm import measure
    from workbench.customers.thresholds import learn
    from workbench.customers.tiering import place
    from workbench.kit.engine import Tables
    from workbench.kit.scope import Scope
    from workbench.kit.settings import Settings

    connection = ibis.duckdb.connect()  # most of Ibis is imported only now
    settings = Settings()
    levels = settings.levels

    def work(path: Path):
        orders = connection.read_parquet(str(path))
        scope = Scope(Tables({"orders": orders}), PERIOD, settings=settings)
        if setting == "forecast":
            return rank(scope).users
        users = measure(scope)
        return users if setting == "measured" else place(users, learn(users, ""), levels)

    return work


def sql(setting: str) -> Work:
    import duckdb

    connection = duckdb.connect()
    query = getattr(tiers_sql, setting)
    return lambda path: connection.sql(query(path)).to_arrow_table()
