"""What scoring orders as cases of risk costs, beside plain pandas and scikit-learn on the same features.

    python benchmarks/risk_cases.py [--orders 1500000]

As many orders of 52 weeks by a quarter as many users, 6 in 100 sent back, a verdict on each after 45 days
or, if bad, sooner. Both count the same features of every order and return, find outliers, learn trees of
the verdicts and score all. The workbench does so anew every two weeks, by what was known then, and fills a
queue of a hundred places a day; the plain way fits once, on everything. One run in a process of its own
each: processor time from reading the files to the scores in memory, and the highest resident memory. The
features must be equal. The promise: the workbench stays within 1 GiB (its engine is given 250 MB of that, and
spills what is more); the exit code is 1 where it does not.

On two cores shared with other work, one run each, all compared features equal on every order:

    workbench     88.0 CPU s      965 MiB   1,500,000 orders
    plain        213.8 CPU s    2,231 MiB   1,500,000 orders
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import contest
import risk_cases_contestants

PROMISE = 2**30
_NAMES = ("workbench", "plain")


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--orders", type=int, default=1_500_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        risk_cases_contestants.write(path, given.orders)
        costs = contest.once("risk_cases_contestants", _NAMES, path)
    print(f"{given.orders:,} orders")
    plain = costs["plain"]
    for name, cost in costs.items():
        print(
            f"{name:<10} {cost.seconds:>7.1f} CPU s {cost.peak / 2**20:>8,.0f} MiB   "
            f"{cost.seconds / plain.seconds:.2f} of the time, {cost.peak / plain.peak:.2f} of the memory"
        )
    kept = costs["workbench"].peak <= PROMISE
    print("kept" if kept else "BROKEN")
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
