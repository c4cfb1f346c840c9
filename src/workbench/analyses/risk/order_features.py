"""Features of orders, fetched: what was known of each when it was placed, and when it was sent back."""

from __future__ import annotations

import pandas as pd

from workbench.analyses.risk.order_facts import IDS, KINDS, facts
from workbench.kit.scope import Scope


def moments(scope: Scope) -> pd.DataFrame:
    """Return the features of every moment up to a scope's end, by time.

    Args:
        scope: Its platform's orders count, in all its history.

    Returns:
        A row a moment: `order_id`, `user_id` and, where they are known, `inviter_id` and
        `content_id`; `at` (seconds since 1970); `is_return`; the features, NaN where not known.
    """
    rows: pd.DataFrame = facts(scope).to_pyarrow().to_pandas(split_blocks=True, self_destruct=True)
    rows = rows.assign(**{name: rows[name].astype("category") for name in KINDS if name in rows})
    local = pd.to_datetime(rows["at"], unit="s", utc=True).dt.tz_convert(scope.time_zone)
    return rows.assign(hour=local.dt.hour.astype("float32"))


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of moments that a model may learn from."""
    return rows.drop(columns=[one for one in ("at", *IDS) if one in rows])
