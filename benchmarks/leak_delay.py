"""How many days after a step's rate falls the search for leaks tells it, and how often it errs.

    python benchmarks/leak_delay.py [--repeats 21] [--quiet 200]

An invented shop of two steps and three platforms (half, three and two tenths of the users), eight
weeks back. From one day on the rate of the last step falls, on all platforms or on the largest
alone, and the search is run at the end of each day for four weeks. To these days comes the time
that a step's users are waited for (`paths.daily.daily_counts`).
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta

import numpy as np
import pandas as pd

from workbench.paths.daily import WHOLE
from workbench.paths.drops import find
from workbench.periods import Period

SIZES = (30, 300, 3000)  # users a day
FALLS = (0.1, 0.2, 0.5)
STEPS = {2: ("view", 0.6), 3: ("pay", 0.3)}
PLATFORMS = {"douyin": 0.5, "wechat": 0.3, "xiaohongshu": 0.2}
FIRST, BEFORE, MOST = date(2026, 1, 5), 56, 28


def shop(rng: np.random.Generator, size: int, fall: float, where: str) -> pd.DataFrame:
    """Return what `daily_counts` would of eight weeks before a fall and four after it."""
    rows = []
    for place in range(BEFORE + MOST):
        day = FIRST + timedelta(days=place)
        for step, (event, rate) in STEPS.items():
            counts = []
            for platform, share in PLATFORMS.items():
                fell = step == max(STEPS) and place >= BEFORE and where in (WHOLE, platform)
                users = rng.poisson(size * share)
                went = rng.binomial(users, rate * (1 - fall * fell))
                counts.append((users, went))
                rows.append((step, event, platform, day, users, went))
            rows.append((step, event, WHOLE, day, *map(sum, zip(*counts, strict=True))))
    return pd.DataFrame(rows, columns=["step", "event", "segment", "day", "users", "went_on"])


def known(daily: pd.DataFrame, days: int) -> tuple[pd.DataFrame, Period]:
    """Return what is known so many days after the fall, and the four weeks up to then."""
    last = FIRST + timedelta(days=BEFORE + days - 1)
    near = (daily["day"] <= last) & (daily["day"] > last - timedelta(days=BEFORE))
    return daily[near], Period(last - timedelta(days=MOST - 1), last, "UTC")


def delay(daily: pd.DataFrame, where: str) -> float:
    """Return after how many days the fall is told where it is; infinite if not in four weeks."""
    for days in range(1, MOST + 1):
        for drop in find(*known(daily, days)):
            if drop.step == max(STEPS) and drop.segment == where and drop.is_open:
                return days
    return np.inf


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repeats", type=int, default=21)
    arguments.add_argument("--quiet", type=int, default=200)
    given = arguments.parse_args()
    print("Median days until told; where under half are told in four weeks, how many.")
    print("| users a day | fall of the rate | on all platforms | on the largest alone |")
    print("|---|---|---|---|")
    for size in SIZES:
        for fall in FALLS:
            told = []
            for where in (WHOLE, "douyin"):
                shops = (
                    shop(np.random.default_rng(seed), size, fall, where)
                    for seed in range(given.repeats)
                )
                days = np.array([delay(daily, where) for daily in shops])
                middle, share = np.median(days), np.isfinite(days).mean()
                told.append(f"{middle:.0f}" if np.isfinite(middle) else f"{share:.0%} told")
            print(f"| {size:,} | {fall:.0%} | {told[0]} | {told[1]} |", flush=True)
    for size in SIZES:
        quiet = (
            shop(np.random.default_rng(10_000 + seed), size, 0, "") for seed in range(given.quiet)
        )
        false = sum(bool(find(*known(daily, 0))) for daily in quiet)
        print(
            f"quiet shops of {size:,} users a day: {false} of {given.quiet} with a leak", flush=True
        )


if __name__ == "__main__":
    main()
