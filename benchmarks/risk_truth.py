"""What the queue finds of what is truly bad: cases on demo shops, held against what is planted in them.

    python benchmarks/risk_truth.py [--seeds 2026 1 2 3 4] [--weeks 26] [--capacity 10]

Verdicts are wrong in 3 of 100 cases and teach the queue all the same; here it is not held against them but
against `demo.foul()`, which no table tells. A line a table: precision at capacity (truly bad orders a
place that there was) and recall, of the orders placed in the days whose verdicts are in, as the page has
them. Then the new kind, refund abuse: how many of its orders placed in its first 14 days the rules had
raised by their end; and of those placed once its first verdicts had taught something, how many come up
by the model alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np

from workbench import demo
from workbench.analyses.risk import judged
from workbench.analyses.risk.desk import Desk
from workbench.analyses.risk.order_features import moments
from workbench.kit.engine import Tables
from workbench.kit.scope import Scope
from workbench.kit.settings import Settings
from workbench.periods import Period, to_local

LAST = date(2026, 10, 4)
NEW = "refund_abuse"
FIRST_DAYS = 14
WAYS = {
    "rules": "rules alone",
    "rules_outliers": "before any verdict",
    "verdicts": "verdicts as known",
    "rules_verdicts": "both",
}


def desk(seed: int, last: date, weeks: int, capacity: int) -> Desk:
    """Return the queue of a demo shop as it is told on a day."""
    tables = demo.tables(seed=seed)
    known = Tables({name: ibis.memtable(table) for name, table in tables.items()})
    settings = Settings(Path(__file__).parents[1] / "parameters", source="demo")
    period = Period(last - timedelta(days=7 * weeks - 1), last, demo.TIME_ZONE)
    scope = Scope(known, period, "", demo.CURRENCY, "demo", demo.STEPS, settings)
    return Desk.of(scope, moments(scope), judged.verdicts(scope, "order"), capacity)


def kinds(seed: int, orders: Desk) -> np.ndarray:
    """Return what is foul about each order, "" for nothing."""
    told = demo.foul(seed=seed)
    named = dict(zip(told["subject_id"].to_pylist(), told["kind"].to_pylist(), strict=True))
    return np.array([named.get(one, "") for one in orders.orders.ids.to_pylist()])


def rows(found: Desk, kind: np.ndarray) -> Iterator[tuple[str, float, float, int]]:
    """Yield each way of looking: its name, precision at capacity, recall and how many are bad."""
    start, end = found.closed
    bad = (kind != "") & (found.placed >= start) & (found.placed < end)
    for way in WAYS:
        hits = int((bad & (found.up(way) >= 0)).sum())
        yield way, hits / (found.capacity * (end - start)), hits / bad.sum(), int(bad.sum())


def new_by_rules(seed: int, capacity: int) -> tuple[int, int]:
    """Return how many of the new kind the rules had raised after its first days, and of how many."""
    first = to_local(demo.truth().refund_abuse_from, demo.TIME_ZONE).date()
    found = desk(seed, first + timedelta(days=FIRST_DAYS - 1), FIRST_DAYS // 7, capacity)
    mine = (kinds(seed, found) == NEW) & (found.placed >= 0)
    fires = np.zeros(len(mine), dtype=bool)
    fires[found.orders.order[found.told.rules[NEW]]] = True
    return int((mine & fires & (found.up("rules_verdicts") >= 0)).sum()), int(mine.sum())


def new_by_model(found: Desk, kind: np.ndarray, way: str) -> tuple[int, int]:
    """Return how many of the new kind come up once its verdicts have taught, and of how many.

    They teach once orders of its first days are old enough for their verdicts.
    """
    begun = to_local(demo.truth().refund_abuse_from, demo.TIME_ZONE).date()
    taught = (begun - found.first).days + FIRST_DAYS + round(found.told.closing)
    mine = (kind == NEW) & (found.placed >= taught) & (found.placed < found.days - FIRST_DAYS)
    return int((mine & (found.up(way) >= 0)).sum()), int(mine.sum())


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--seeds", type=int, nargs="+", default=[2026, 1, 2, 3, 4])
    arguments.add_argument("--weeks", type=int, default=26)
    arguments.add_argument("--capacity", type=int, default=10)
    given = arguments.parse_args()
    every: dict[str, np.ndarray] = {}
    for seed in given.seeds:
        found = desk(seed, LAST, given.weeks, given.capacity)
        kind = kinds(seed, found)
        print(f"seed {seed}: truly bad a place, recall")
        for way, at, recall, bad in rows(found, kind):
            print(f"  {WAYS[way]:<20} {at:.3f}  {recall:.3f} of {bad}")
        counts = {"rules, first 14 days": new_by_rules(seed, given.capacity)} | {
            WAYS[way]: new_by_model(found, kind, way) for way in WAYS
        }
        for name, (hits, of) in counts.items():
            print(f"  new kind, {name}: {hits} of {of}", flush=True)
            every[name] = every.get(name, np.zeros(2)) + np.array([hits, of])
    print("the new kind over all seeds")
    for name, (hits, of) in every.items():
        print(f"  {name}: {hits:.0f} of {of:.0f} ({hits / of:.2f})")


if __name__ == "__main__":
    main()
