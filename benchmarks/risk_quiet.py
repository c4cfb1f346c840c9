"""How often the register of risks speaks falsely of calm shops, and how soon it tells what is planted.

    python benchmarks/risk_quiet.py [--quiet 20] [--ramps 10] [--limits]

Shops of the demo without incidents, 52 weeks each, under the demo's own thresholds and playbook: how
often a year an indicator turns yellow or red, by reason. Where the shop's own rate of the year is
beyond a threshold, a level says so rightly and is not counted. Then the demo's incidents: on which of
its days each is told, and when all is green again; and the ramp on other seeds, by day of order.
`--limits` draws the limits of the cumulative sums anew (`stats.cusum`), some minutes.
"""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np

from workbench import demo
from workbench.analyses.risk.signal import Signal
from workbench.analyses.risk.watch import signals
from workbench.kit.engine import Tables
from workbench.kit.scope import Scope
from workbench.kit.settings import Settings
from workbench.periods import Period, to_local
from workbench.stats.cusum import BASES, DAYS_A_YEAR, EVENTS, FAST, SLOW, simulated

LAST = date(2026, 10, 4)
RAMP, RAMPED, RED = "refunds_creeping_up", "returned_xiaohongshu", 0.15
REASONS = ("level", "breaks", "creeps")
ABRUPT = {
    "delivery_breakdown": "user_interaction",
    "ads_suspended": "policy_change",
    "checkout_fault": "system_stability",
}
OF_INCIDENTS = ("policy_response", "incident_minutes")


def shop(seed: int, *, incidents: bool) -> list[Signal]:
    """Return what the register says of a shop of the demo on each of its days."""
    tables = demo.tables(seed=seed, incidents=incidents)
    period = Period(LAST - timedelta(days=DAYS_A_YEAR - 1), LAST, demo.TIME_ZONE)
    settings = Settings(Path(__file__).parents[1] / "parameters", source="demo")
    known = Tables({name: ibis.memtable(table) for name, table in tables.items()})
    scope = Scope(known, period, "", demo.CURRENCY, "demo", demo.STEPS, settings)
    return signals(scope)[0]


def begun(marks: np.ndarray) -> int:
    """Return how often something begins."""
    return int((np.diff(marks.astype(int), prepend=0) > 0).sum())


def is_beyond(one: Signal) -> np.ndarray:
    """Return whether the shop's own rate of the year is beyond the thresholds for yellow and red."""
    rate = one.of.hits[one.of.is_known].sum() / max(one.of.trials[one.of.is_known].sum(), 1)
    sign = 1 if one.of.is_up else -1
    return np.array([sign * (rate - limit) > 0 for limit in one.threshold])


def false(one: Signal) -> Counter[str]:
    """Return how often a calm indicator turned red, yellow, and for which reasons."""
    beyond = is_beyond(one)
    level = one.level * (one.status > 0)
    level = np.where(level > 1, 2 if not beyond[1] else int(not beyond[0]), level * (not beyond[0]))
    changed = (one.breaks | one.creeps) & (one.status > 0)
    return Counter(
        red=begun(level > 1),
        yellow=begun(changed | (level > 0)),
        level=begun(level > 0),
        breaks=begun(one.breaks),
        creeps=begun(one.creeps),
    )


def quiet(seeds: int) -> None:
    """Print false alarms of calm shops."""
    every, by_name, years = Counter(), {}, Counter()
    for seed in range(seeds):
        for one in shop(100 + seed, incidents=False):
            if one.of.is_known.any():
                own = false(one)
                every += own
                by_name.setdefault(one.of.name, Counter()).update(own)
                years[one.of.name] += (one.status > 0).sum() / DAYS_A_YEAR
    whole = years.total()
    print(f"{seeds} calm shops, {len(by_name)} indicators, {whole:.0f} indicator-years judged")
    print(f"false reds an indicator-year: {every['red'] / whole:.4f} (at most .005)")
    print(f"false yellows an indicator-year: {every['yellow'] / whole:.4f} (at most .15)")
    told = ", ".join(f"{reason} {every[reason] / whole:.4f}" for reason in REASONS)
    print(f"by reason: {told}")
    for name, own in by_name.items():
        if own["yellow"]:
            counts = ", ".join(f"{key} {own[key]}" for key in ("red", *REASONS) if own[key])
            print(f"  {name}: {counts} in {years[name]:.1f} years")


def abrupt(seed: int) -> None:
    """Print on which of its days each abrupt incident is told, and when its category is calm again."""
    found = shop(seed, incidents=True)
    print(
        f"\nThe demo's abrupt incidents (seed {seed}): told on day, of which colour, by what; since;"
    )
    print("days after its end until every rate of the category is green again")
    for kind, category in ABRUPT.items():
        first, last = days_of(kind)
        own = [one for one in found if one.of.category == category and one.of.is_known.any()]
        begin, end = ((day - own[0].days[0]).days for day in (first, last))
        told = [
            (int(np.argmax(changed)), one)
            for one in own
            if (changed := (one.breaks | one.creeps)[begin : end + 1]).any()
        ]
        soonest, one = min(told, key=lambda pair: (pair[0], pair[1].of.name))
        back = max(until_calm(each, end) for _day, each in told)
        red = [int(np.argmax(each.status[begin : end + 1] > 2)) + 1 for each in own
               if (each.status[begin : end + 1] > 2).any()]  # fmt: skip
        print(
            f"  {kind}: day {soonest + 1} ({one.of.name}), red on day {min(red, default='–')}; since "
            f"{one.days[one.began(begin + soonest)]} (began {first}); back after {back} days"
        )


def until_calm(one: Signal, end: int) -> int:
    """Return how many days after its last day no change is told any more."""
    changed = (one.breaks | one.creeps)[end + 1 :]
    return int(np.argmax(~changed)) if (~changed).any() else len(changed)


def days_of(kind: str) -> tuple[date, date]:
    """Return the first and the last day of an incident of the demo."""
    incident = demo.truth().incident(kind)
    last = to_local(incident.ended_at - timedelta(microseconds=1), demo.TIME_ZONE).date()
    return to_local(incident.started_at, demo.TIME_ZONE).date(), last


def ramps(seeds: int) -> None:
    """Print on which day of the ramp it is yellow, and how long before the truth is at 15 %."""
    first, last = days_of(RAMP)
    print("\nThe ramp of orders sent back on Xiaohongshu, by day of order (closed 14 days later):")
    leads = []
    for seed in [2026, *range(1, seeds)]:
        one = next(one for one in shop(seed, incidents=True) if one.of.name == RAMPED)
        begin, end = ((day - one.days[0]).days for day in (first, last))
        span = slice(begin, end + 1)
        creeps = np.flatnonzero(one.creeps[span])
        base = float(one.usual[begin])
        grows = (demo.truth().incident(RAMP).factor - 1) / (end + 1 - begin)
        crossed = int(np.ceil((RED / base - 1) / grows))
        red = np.flatnonzero(one.status[span] > 2)
        told = int(creeps[0]) + 1 if len(creeps) else None
        leads.append(np.nan if told is None else crossed - told)
        print(
            f"  seed {seed}: usual {base:.3f}, yellow on day {told}, its rate is at 15 % on day "
            f"{crossed} (lead {leads[-1]:.0f}), red on day {int(red[0]) + 1 if len(red) else '–'}"
        )
    print(f"  lead: median {np.nanmedian(leads):.0f} days, least {np.nanmin(leads):.0f}")


def limits() -> None:
    """Print the limits of the cumulative sums by days of the base."""
    for chart, series, many in ((FAST, 100_000, EVENTS[-1:]), (SLOW, 32_000, EVENTS)):
        for events in many:
            drawn = [round(simulated(chart, days, events, series), 2) for days in BASES]
            print(
                f"k {chart.allowance}, {events} events a day, bases of {BASES}: {drawn}", flush=True
            )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--quiet", type=int, default=20)
    arguments.add_argument("--ramps", type=int, default=10)
    arguments.add_argument("--limits", action="store_true")
    given = arguments.parse_args()
    if given.limits:
        limits()
        return
    if given.quiet:
        quiet(given.quiet)
    abrupt(2026)
    ramps(given.ramps)


if __name__ == "__main__":
    main()
