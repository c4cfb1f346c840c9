"""What tiering costs, beside the best that DuckDB's SQL by hand does with the same orders.

    python benchmarks/tiers.py [--rows 1000000 10000000] [--repeats 3]
        [--tables demo orders] [--settings measured scored forecast]

Each contestant works in a process of its own, once untimed and `--repeats` times more, of which
the medians count: the processor's seconds (user and system) from reading the file to the answer in
memory, without imports, and the process's highest resident memory. The answers must be equal.
Processor time on a busy machine is more than on an idle one: only the ratios tell.

RFM, that is the measures with their learned thresholds, scores and levels, is promised to cost at
most 1.3 times the processor time of SQL by hand, on the demo's orders of so many events and on as
many orders; the exit code is 1 where it does not. The measures alone are shown without judgement:
on a small table the 30 ms in which Ibis writes a query's SQL are most of their cost. Neither side
sorts its users.

On two cores shared with other work (medians of five turns at a million, of three at 10 million):

    rows of             orders      RFM       CPU s   SQL's  ratio    MiB  SQL's
     1,000,000 events       46,592  measured   0.05    0.02   3.23    300    276
     1,000,000 events       46,592  scored     0.07    0.05   1.28    306    303
    10,000,000 events      464,542  measured   0.11    0.07   1.59    333    302
    10,000,000 events      464,542  scored     0.14    0.14   1.02    341    334
     1,000,000 orders    1,000,000  measured   0.17    0.13   1.33    341    311
     1,000,000 orders    1,000,000  scored     0.18    0.22   0.80    348    352
    10,000,000 orders   10,000,000  measured   1.80    1.48   1.22     753    601
    10,000,000 orders   10,000,000  scored     2.17    1.90   1.15    814    654

The whole of `tiers.rank` with its forecast, a turn each:

     1,000,000 events    0.7 CPU s    338 MiB       1,000,000 orders    4.4 CPU s    585 MiB
    10,000,000 events    3.1 CPU s    488 MiB      10,000,000 orders   29.0 CPU s  2,038 MiB
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import contest
import tiers_data

PROMISE = 1.3
_TABLES: dict[str, Callable[[Path, int], int]] = {
    "demo": tiers_data.write_demo,
    "orders": tiers_data.write_orders,
}
_JUDGED = "scored"
_SETTINGS = {
    "measured": ("workbench", "sql"),
    "scored": ("workbench", "sql"),
    "forecast": ("workbench",),
}
_NAMES = {
    "workbench": "the workbench",
    "sql": "DuckDB SQL",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--tables", nargs="+", choices=_TABLES, default=list(_TABLES))
    arguments.add_argument("--settings", nargs="+", choices=_SETTINGS, default=list(_SETTINGS))
    given = arguments.parse_args()
    print(
        f"{'rows':>10} {'of':<6}  {'orders':>10}  {'RFM':<8}  {'':<29}  {'CPU s':>6}  "
        f"{'MiB':>5}  {'ratio':>5}  {'promise':>7}"
    )
    kept = [
        _judge(rows, of, given.settings, given.repeats)
        for rows in given.rows
        for of in given.tables
    ]
    raise SystemExit(0 if all(kept) else 1)


def _judge(rows: int, of: str, settings: list[str], repeats: int) -> bool:
    """Print what every setting costs on one table; return whether the promise is kept."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        orders = _TABLES[of](path, rows)
        kept = True
        for setting in settings:
            names = _SETTINGS[setting]
            costs = contest.compare("tiers_contestants", names, setting, path, repeats)
            own = costs["workbench"].seconds
            for name, cost in costs.items():
                ratio = own / cost.seconds
                is_judged = setting == _JUDGED and name == "sql"
                kept &= not is_judged or ratio <= PROMISE
                verdict = "" if not is_judged else "kept" if ratio <= PROMISE else "BROKEN"
                print(
                    f"{rows:>10,} {of:<6}  {orders:>10,}  {setting:<8}  {_NAMES[name]:<29}  "
                    f"{cost.seconds:>6.2f}  {cost.peak / 2**20:>5,.0f}  {ratio:>5.2f}  {verdict:>7}",
                    flush=True,
                )
    return kept


if __name__ == "__main__":
    main()
