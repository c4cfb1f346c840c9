"""What the funnel's engine costs, beside the best that others can do with the same events.

    python benchmarks/funnel.py [--rows 1000000 10000000] [--repeats 3]

Needs the extra `benchmark`. Each contestant works in a process of its own, `--repeats` times, of
which the medians count: the processor's seconds (user and system) from reading the file to the
answer in memory, without imports, and the process's highest resident memory. The answers must be
equal. Processor time on a busy machine is more than on an idle one: only the ratios tell.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import funnel_contestants
import funnel_data

CONTESTANTS = {
    "first": ("workbench", "sql_tables", "sql_lists", "polars", "pandas"),
    "best": ("workbench", "sql_tables", "sql_lists", "clickhouse", "polars", "pandas"),
}
_NAMES = {
    "workbench": "this engine",
    "sql_tables": "DuckDB SQL, joins and windows",
    "sql_lists": "DuckDB SQL, lists",
    "clickhouse": "ClickHouse windowFunnel",
    "polars": "polars",
    "pandas": "pandas",
}


@dataclass(frozen=True)
class Cost:
    """What one contestant needed: seconds of processor time and bytes of memory, medians."""

    seconds: float
    peak: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.one:
        _work(*given.one)
        return
    print(
        f"{'events':>10}  {'entry':<5}  {'':<29}  {'CPU s':>6}  {'ratio':>5}  {'MiB':>5}  {'ratio':>5}"
    )
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder) / "events.parquet"
            funnel_data.write(events, rows)
            for entry, names in CONTESTANTS.items():
                _print(rows, entry, _compare(events, entry, names, given.repeats))


def _compare(events: Path, entry: str, names: tuple[str, ...], repeats: int) -> dict[str, Cost]:
    """Let all work in turns, so that a busy minute falls on each of them."""
    runs: dict[str, list[Cost]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            answer = events.with_name(f"{name}.parquet")
            runs[name].append(_run(name, entry, events, answer))
            _check_equal(events.with_name(f"{names[0]}.parquet"), answer)
    return {
        name: Cost(
            statistics.median(run.seconds for run in own),
            statistics.median(run.peak for run in own),
        )
        for name, own in runs.items()
    }


def _run(name: str, entry: str, events: Path, answer: Path) -> Cost:
    command = [sys.executable, __file__, "--one", name, entry, str(events), str(answer)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr.strip().splitlines()[-1]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _work(name: str, entry: str, events: str, answer: str) -> None:
    """What a contestant's own process does: work, say what it cost, and keep the answer."""
    work = getattr(funnel_contestants, name)(entry)
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = work(Path(events))
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = _peak()
    import duckdb

    table = duckdb.from_df(found) if name == "pandas" else duckdb.from_arrow(found)
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
    """Stop if two answers differ in any user, level or instant that both tell."""
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


def _print(rows: int, entry: str, costs: dict[str, Cost]) -> None:
    own = costs["workbench"]
    for name, cost in costs.items():
        print(
            f"{rows:>10,}  {entry:<5}  {_NAMES[name]:<29}  {cost.seconds:>6.2f}  "
            f"{cost.seconds / own.seconds:>5.2f}  {cost.peak / 2**20:>5,.0f}  "
            f"{cost.peak / own.peak:>5.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
