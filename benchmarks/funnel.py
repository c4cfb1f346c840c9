"""What the funnel's engine costs, beside the best that others can do with the same events.

    python benchmarks/funnel.py [--rows 1000000 10000000] [--repeats 3]

Needs the extra `benchmark`. Each contestant works in a process of its own, once untimed and
`--repeats` times more, of which the medians count: the processor's seconds (user and system) from reading the file to the
answer in memory, without imports, and the process's highest resident memory. The answers must be
equal. Processor time on a busy machine is more than on an idle one: only the ratios tell.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import contest
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


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    arguments.add_argument("--repeats", type=int, default=3)
    given = arguments.parse_args()
    print(
        f"{'events':>10}  {'entry':<5}  {'':<29}  {'CPU s':>6}  {'ratio':>5}  {'MiB':>5}  {'ratio':>5}"
    )
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            events = Path(folder) / "events.parquet"
            funnel_data.write(events, rows)
            for entry, names in CONTESTANTS.items():
                costs = contest.compare("funnel_contestants", names, entry, events, given.repeats)
                _print(rows, entry, costs)


def _print(rows: int, entry: str, costs: dict[str, contest.Cost]) -> None:
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
