"""What the features of churn cost, beside plain pandas with the same orders and events.

    python benchmarks/features.py [--rows 10000000] [--repeats 1]

A tenth as many users as rows; a third of the rows are orders, the others events, of 52 weeks. The
cut-off lies 91 days before their end. Each contestant works in a process of its own, once untimed and
`--repeats` times more: processor time from reading the files to the features of every customer in
memory, and the highest resident memory. Answers must be equal. The promise: at most half of pandas'
time and memory; the exit code is 1 where it is broken.

On two cores shared with other work, one run:

    workbench     16.5 CPU s      980 MiB   0.38 of the time, 0.43 of the memory
    pandas        44.0 CPU s    2,293 MiB   1.00 of the time, 1.00 of the memory
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import contest
import features_contestants

PROMISE = 0.5
_NAMES = ("workbench", "pandas")


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--rows", type=int, default=10_000_000)
    arguments.add_argument("--repeats", type=int, default=1)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        users = features_contestants.write(path, given.rows)
        costs = contest.compare("features_contestants", _NAMES, "", path, given.repeats)
    print(f"{given.rows:,} orders and events of {users:,} users")
    plain = costs["pandas"]
    for name, cost in costs.items():
        print(
            f"{name:<10} {cost.seconds:>7.1f} CPU s {cost.peak / 2**20:>8,.0f} MiB   "
            f"{cost.seconds / plain.seconds:.2f} of the time, {cost.peak / plain.peak:.2f} of the memory"
        )
    own = costs["workbench"]
    kept = max(own.seconds / plain.seconds, own.peak / plain.peak) <= PROMISE
    print("kept" if kept else "BROKEN")
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
