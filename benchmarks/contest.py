"""Contestants at the same work, each in a process of its own: what it costs, and that all agree.

A contestant is a function of one setting: calling it imports what it needs, and what it returns
does the work, from a path to a table (Arrow's or pandas').
"""

from __future__ import annotations

import importlib
import json
import resource
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one contestant needed: seconds of processor time and bytes of memory, medians."""

    seconds: float
    peak: float


def compare(
    module: str, names: tuple[str, ...], setting: str, data: Path, repeats: int
) -> dict[str, Cost]:
    """Let all work in turns, so that a busy minute falls on each of them.

    A first turn is not timed. In every turn the whole stops if an answer differs from the first
    contestant's in any row, by the columns that both have.
    """
    runs: dict[str, list[Cost]] = {name: [] for name in names}
    for turn in range(repeats + 1):
        for name in names:
            answer = data.with_name(f"{name}.parquet")
            cost = _run(module, name, setting, data, answer)
            _check_equal(data.with_name(f"{names[0]}.parquet"), answer)
            if turn:
                runs[name].append(cost)
    return {
        name: Cost(
            statistics.median(run.seconds for run in own),
            statistics.median(run.peak for run in own),
        )
        for name, own in runs.items()
    }


def once(module: str, names: tuple[str, ...], data: Path) -> dict[str, Cost]:
    """Let each work a single time: for work so long that a second run would say little more."""
    costs = {}
    for name in names:
        answer = data.with_name(f"{name}.parquet")
        costs[name] = _run(module, name, "", data, answer)
        _check_equal(data.with_name(f"{names[0]}.parquet"), answer)
    return costs


def _run(module: str, name: str, setting: str, data: Path, answer: Path) -> Cost:
    command = [sys.executable, __file__, module, name, setting, str(data), str(answer)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr.strip().splitlines()[-1]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _work(module: str, name: str, setting: str, data: str, answer: str) -> None:
    """What a contestant's own process does: work, say what it cost, and keep the answer."""
    work = getattr(importlib.import_module(module), name)(setting)
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = work(Path(data))
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = _peak()
    import duckdb
    import pyarrow as pa

    table = duckdb.from_arrow(found) if isinstance(found, pa.Table) else duckdb.from_df(found)
    table.write_parquet(answer)
    print(json.dumps({"seconds": seconds, "peak": peak}))


def _peak() -> int:
    """The highest resident memory of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what `getrusage` tells there is no less than the starting process had
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _check_equal(one: Path, other: Path) -> None:
    """Stop if two answers differ in any row, by the columns that both have."""
    import duckdb

    with duckdb.connect() as connection:
        there = [
            {row[0] for row in connection.execute(f"describe select * from '{path}'").fetchall()}
            for path in (one, other)
        ]
        both = ", ".join(sorted(there[0] & there[1]))
        tables = [f"select {both} from '{path}'" for path in (one, other)]
        for left, right in (tables, tables[::-1]):
            query = f"select count(*) from ({left} except all {right})"
            (found,) = connection.execute(query).fetchall()
            if found[0]:
                raise SystemExit(f"{other.stem} answers otherwise for {found[0]:,} users")


if __name__ == "__main__":
    _work(*sys.argv[1:])
