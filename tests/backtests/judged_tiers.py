"""Users who were on a level, and what they brought."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from scopes import scope_of
from workbench.backtests.levels import judge
from workbench.kit.levels import Levels, classes
from workbench.kit.settings import Settings
from workbench.periods import Period

DAYS = timedelta(days=90)
LEVELS = (
    *("champions", "loyal", "cooling"),
    *("rising", "steady", "win_back"),
    *("light", "fading", "dormant"),
)
SCOPE = scope_of(
    {},
    Period(date(2026, 3, 30), date(2026, 6, 28), "UTC"),
    currency="CNY",
    settings=Settings(levels=Levels(classes(LEVELS), {})),
)


def customers(amounts, **columns):
    """One row for each future amount of each level; the more of it the more predicted."""
    rows = [(level, amount) for level, values in amounts.items() for amount in values]
    level, amount = zip(*rows, strict=True) if rows else ((), ())
    frame = pd.DataFrame(
        {
            "user_id": [f"u{i}" for i in range(len(rows))],
            "level": pd.Series(level, dtype="str"),
            "predicted_value": np.asarray(amount, dtype=float),
            "past_spend": pd.Series(1, index=range(len(rows)), dtype="int64"),
            "future_amount": pd.Series(amount, dtype="int64"),
        }
    )
    return frame.assign(**columns)


def judged(amounts, horizon_amount=None, **columns):
    rows = customers(amounts, **columns)
    return judge(SCOPE, rows, 90, horizon_amount=horizon_amount)


def ladder(tops, users=40):
    """Levels whose users bring from nothing up to the level's top, evenly."""
    return {
        level: [round(top * i / (users - 1)) for i in range(users)]
        for level, top in zip(LEVELS, tops, strict=True)
    }


RISING = ladder([9000, 8000, 7000, 5000, 4000, 3000, 900, 500, 100])
