"""What tiering costs, beside the best that DuckDB's SQL by hand does with the same orders.

    python benchmarks/tiers.py [--rows 1000000 10000000] [--repeats 3]
        [--tables demo orders] [--settings measured scored forecast]

Each contestant works in a process of its own, once untimed and `--repeats` times more, of which
the medians count: the processor's seconds (user and system) from reading the file to the answer in
memory, without imports, and the process's highest resident memory. The answers must be equal.
Processor time on a busy machine is more than on an idle one: only the ratios tell.

RFM is promised to cost at most 1.3 times the processor time of SQL that gives the same rows in the
same order, with and without scores and levels; the exit code is 1 where it does not. That is judged
on tables of so many orders. The demo shop with so many events has a twentieth as many orders: some
30 ms to write a query's SQL from its expressions are then most of the cost, and its ratios are
shown without judgement. So are those to SQL whose rows come in any order: sorting the users is a
quarter of the cost.

On two cores shared with much other work (a turn of 10 million, medians of three at a million):

    orders      RFM       CPU s   SQL's  ratio   in any order    MiB  SQL's
     1,000,000  measured   0.20    0.16   1.25           1.53    349    310
     1,000,000  scored     0.23    0.26   0.88           0.96    348    354
    10,000,000  measured   2.41    1.99   1.21           1.64    698    578
    10,000,000  scored     2.77    2.55   1.09           1.51    824    789
        46,592  measured   0.06    0.02   2.69           3.40    301    277   the demo's, of 1,001,578 events
        46,592  scored     0.08    0.06   1.22           1.16    305    304

The whole of `tiers.rank` with its forecast costs 9.6 s and 539 MiB at a million orders, and 1.4 s
and 333 MiB on that demo. Half of that is the discounted worth of the next year, which asks for the
expected purchases at twelve instants, and a third the fit of the model of purchases.
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
