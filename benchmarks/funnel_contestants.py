"""The same funnel by others: each returns one row a user, `user_id`, `level` and the steps' times.

Events are read from one Parquet file; steps are names that share no event; events at the same
instant may follow one another. All find the same times, but for ClickHouse, whose `windowFunnel`
tells the level only, and of the best entry only. A contestant is two functions in one: calling it
imports what it needs, what it returns does the work.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import funnel_sql
from funnel_data import STEPS, WINDOW

_N = len(STEPS)
_TIMES = [f"step_{k}_at" for k in range(1, _N + 1)]
Work = Callable[[Path], Any]


def workbench(entry: str) -> Work:
    import ibis

    from workbench.paths import levels

    connection = ibis.duckdb.connect()  # most of Ibis is imported only now

    def work(path: Path):
        events = connection.read_parquet(str(path))
        return levels(events, STEPS, window=WINDOW, entry=entry).to_pyarrow()

    return work


def sql_lists(entry: str) -> Work:
    query = funnel_sql.first_lists if entry == "first" else funnel_sql.best_lists
    return _duckdb(query)


def sql_tables(entry: str) -> Work:
    query = funnel_sql.first_joins if entry == "first" else funnel_sql.best_windows
    return _duckdb(query)


def _duckdb(query: Callable[[Path], str]) -> Work:
    import duckdb

    connection = duckdb.connect()
    return lambda path: connection.sql(query(path)).to_arrow_table()


def clickhouse(_entry: str) -> Work:
    import chdb

    conditions = ", ".join(f"event = '{name}'" for name in STEPS)
    seconds = int(WINDOW.total_seconds())
    # The generated events stand at whole seconds, so that nothing is lost by counting in them.
    query = f"""select user_id, toInt64(level) as level from (
      select user_id, windowFunnel({seconds})(toDateTime(occurred_at), {conditions}) as level
      from file('{{path}}', Parquet) where event in {STEPS} group by user_id
    ) where level > 0"""
    chdb.query("select 1")  # starts the server inside
    return lambda path: chdb.query(query.format(path=path), "ArrowTable")


def polars(entry: str) -> Work:
    import polars as pl

    def first(events):
        starts = (
            events.filter(pl.col("k") == 1).group_by("user_id").agg(step_1_at=pl.col("t").min())
        )
        found = starts
        for k in range(2, _N + 1):
            near = (
                events.filter(pl.col("k") == k)
                .join(found, on="user_id")
                .filter(pl.col("t").is_between(pl.col(_TIMES[k - 2]), pl.col("step_1_at") + WINDOW))
            )
            nexts = near.group_by("user_id").agg(pl.col("t").min().alias(_TIMES[k - 1]))
            found = found.join(nexts, on="user_id", how="left")
        return found

    def best(events):
        rows = events.sort("user_id", "t", "k")
        start = pl.when(pl.col("k") == 1).then("t")
        for k in range(2, _N + 1):
            rows = rows.with_columns(start.alias(f"s{k - 1}")).with_columns(
                pl.col(f"s{k - 1}").forward_fill().over("user_id").alias("so_far")
            )
            in_time = (pl.col("k") == k) & (pl.col("t") <= pl.col("so_far") + WINDOW)
            start = pl.when(in_time).then("so_far")
        rows = rows.with_columns(start.alias(f"s{_N}"))
        starts = [pl.col(f"s{k}").min().over("user_id") for k in range(_N, 0, -1)]
        rows = rows.with_columns(chosen=pl.coalesce(starts)).filter(
            pl.col("t") <= pl.col("chosen") + WINDOW
        )
        return (
            rows.group_by("user_id")
            .agg(
                pl.col("chosen").first().alias("step_1_at"),
                *(
                    pl.col("t")
                    .filter(pl.col(f"s{k}") >= pl.col("chosen"))
                    .min()
                    .alias(_TIMES[k - 1])
                    for k in range(2, _N + 1)
                ),
            )
            .filter(pl.col("step_1_at").is_not_null())
        )

    def work(path: Path):
        events = (
            pl.scan_parquet(path)
            .filter(pl.col("event").is_in(STEPS))
            .select(
                "user_id",
                t="occurred_at",
                k=pl.col("event").replace_strict(STEPS, range(1, _N + 1), return_dtype=pl.Int8),
            )
        )
        found = (first if entry == "first" else best)(events)
        level = pl.sum_horizontal(pl.col(_TIMES).is_not_null().cast(pl.Int64))
        return found.select("user_id", *_TIMES, level=level).collect().to_arrow()

    return work


def pandas(entry: str) -> Work:
    import numpy as np
    import pandas as pd

    def first(events):
        found = (
            events[events["k"] == 1].groupby("user_id")["t"].min().rename("step_1_at").to_frame()
        )
        for k in range(2, _N + 1):
            near = events[events["k"] == k].merge(found, left_on="user_id", right_index=True)
            near = near[
                (near["t"] >= near[_TIMES[k - 2]]) & (near["t"] <= near["step_1_at"] + WINDOW)
            ]
            found[_TIMES[k - 1]] = near.groupby("user_id")["t"].min()
        return found.reset_index()

    def best(events):
        rows = events.sort_values(["user_id", "t", "k"], ignore_index=True)
        user, start = rows["user_id"], rows["t"].where(rows["k"] == 1)
        starts = {1: start}
        for k in range(2, _N + 1):
            so_far = start.groupby(user).ffill()
            start = so_far.where((rows["k"] == k) & (rows["t"] <= so_far + WINDOW))
            starts[k] = start
        chosen = pd.Series(np.datetime64("NaT", "us"), rows.index)
        for k in range(_N, 0, -1):
            chosen = chosen.fillna(starts[k].groupby(user).transform("min"))
        inside = rows["t"] <= chosen + WINDOW
        times = {
            _TIMES[k - 1]: rows["t"].where(inside & (starts[k] >= chosen)) for k in range(1, _N + 1)
        }
        found = pd.DataFrame(times).groupby(user).min()
        found["step_1_at"] = chosen.groupby(user).first()
        return found[found["step_1_at"].notna()].reset_index()

    def work(path: Path):
        events = pd.read_parquet(path, columns=["user_id", "event", "occurred_at"])
        events = events[events["event"].isin(STEPS)]
        kinds = events["event"].map(dict(zip(STEPS, range(1, _N + 1), strict=True))).astype("int8")
        slim = pd.DataFrame({"user_id": events["user_id"], "t": events["occurred_at"], "k": kinds})
        found = (first if entry == "first" else best)(slim)
        return found.assign(level=found[_TIMES].notna().sum(axis=1))

    return work
