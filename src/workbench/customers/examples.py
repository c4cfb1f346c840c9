"""Customers as examples: what was known of them at a cut-off, and when they bought after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import special

from workbench.customers.portions import features
from workbench.customers.purchases import as_known, outcomes
from workbench.customers.snapshot import Mixes
from workbench.customers.value import fit_pareto, fit_purchases
from workbench.errors import SourceError
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.periods import Period, day_number
from workbench.stats.arrays import Array

BG_NBD, PARETO_NBD = "order_log_odds", "pareto_log_odds"
"""The columns of what the two models of value tell: the log-odds of a purchase in the horizon."""

_SURE = 1e-6  # no probability is nearer to 0 or 1
_FITTED = 3000  # customers that tell the parameters of a model as well as all of them


@dataclass(frozen=True)
class Examples:
    """Customers at a cut-off.

    Attributes:
        cut_off: The last day that is known of.
        days: How many days after it were looked at; 0 where nothing after it is known.
        rows: The features, in the order of `user_id`, which is the index.
        bought_after: Days from the cut-off to the first purchase after it (1: the next day); NaN
            where there was none, shape (users,).
    """

    cut_off: date
    days: int
    rows: pd.DataFrame
    bought_after: Array

    @property
    def churned(self) -> Array:
        """1 where nothing was bought, else 0; shape (users,)."""
        return np.isnan(self.bought_after).astype(float)

    @property
    def users(self) -> Array:
        """Whose rows they are, shape (users,)."""
        return self.rows.index.to_numpy(dtype=object)


def examples(
    scope: Scope,
    known: Mixes,
    cut_offs: Sequence[date],
    days: int,
    horizon_days: int,
    among: Sequence[date] = (),
) -> list[Examples]:
    """Return the customers of a shop as they were known at the end of each of several days.

    Args:
        scope: Its platform counts, and nothing after its end.
        known: As `snapshot` takes it.
        cut_offs: The last day that is known of, one or more.
        days: Over how many days after it purchases are looked for; 0: none.
        horizon_days: How far the models of value look ahead.
        among: These and other cut-offs that will be asked for: their features are asked for at once,
            which costs little more than those of one.
    """
    mixed = tuple((name, *values) for name, values in known.items())

    def ask_features() -> dict[date, pd.DataFrame]:
        asked = among or cut_offs
        return dict(zip(asked, features(scope, known, asked), strict=True))

    def ask() -> list[Examples]:
        found = scope.asked(("features", mixed, *(among or cut_offs)), ask_features)
        each = [found[one].assign(**_valued(found[one], horizon_days)) for one in cut_offs]
        after = (
            _bought_after(scope, each, cut_offs, days)
            if days
            else [np.full(len(rows), np.nan) for rows in each]
        )
        told = zip(cut_offs, each, after, strict=True)
        return [Examples(cut_off, days, rows, bought) for cut_off, rows, bought in told]

    question = ("examples", mixed, *cut_offs, days, horizon_days)
    found: list[Examples] = scope.asked(question, ask)
    return found


def _valued(rows: pd.DataFrame, horizon_days: int) -> dict[str, Array]:
    """What the models of value tell, fitted to what was known then; NaN where they cannot be."""
    history = pd.DataFrame(
        {
            "repeat_count": rows["repeat_days"],
            "last_purchase_days": rows["tenure_days"] - rows["recency_days"],
            "age_days": rows["tenure_days"],
        }
    )
    some = history
    if len(history) > _FITTED:
        some = history.iloc[np.random.default_rng(0).choice(len(history), _FITTED, replace=False)]
    told = {}
    for name, fit in ((BG_NBD, fit_purchases), (PARETO_NBD, fit_pareto)):
        try:
            chance = fit(some).probability_of_purchase(horizon_days, history)
        except SourceError:
            chance = np.full(len(rows), np.nan)
        told[name] = special.logit(np.clip(chance, _SURE, 1 - _SURE))
    return told


def _bought_after(
    scope: Scope, each: Sequence[pd.DataFrame], cut_offs: Sequence[date], days: int
) -> list[Array]:
    """Days to each user's first purchase after a cut-off, as it was known when the days were over."""
    ends = [cut_off + timedelta(days=days) for cut_off in cut_offs]
    looked_at = scope.until(max(ends))
    instants = {
        "opens": [scope.until(cut_off).end for cut_off in cut_offs],
        "closes": [scope.until(end).end for end in ends],
    }
    ahead = ibis.memtable(
        pa.table(
            {"cut": pa.array(range(len(ends)), pa.int64())}
            | {name: pa.array(at, pa.timestamp("us")) for name, at in instants.items()}
        )
    )
    orders = looked_at.known.orders
    orders = outcomes(orders.filter(orders["user_id"].notnull()))  # noqa: PD004 - Ibis
    within = [orders.ordered_at >= ahead.opens, orders.ordered_at < ahead.closes]
    made = orders.join(ahead, within).select(*orders.columns, "cut", "closes")
    made = as_known(made, made.closes)
    made = made.filter(made.is_purchase)
    span = Period(min(cut_offs), max(ends), scope.time_zone)
    first = made.group_by("cut", "user_id").agg(day=day_number(made.ordered_at, span).min())
    found = frame(first)
    return [
        _since(found[found["cut"] == place], rows, cut_off)
        for place, (rows, cut_off) in enumerate(zip(each, cut_offs, strict=True))
    ]


def _since(found: pd.DataFrame, rows: pd.DataFrame, cut_off: date) -> Array:
    """Days since a cut-off to the `day` of each user; NaN where there is none."""
    days = found.set_index("user_id")["day"].reindex(rows.index)
    start = (cut_off - date(1970, 1, 1)).days
    return np.asarray(days.to_numpy(dtype=float, na_value=np.nan) - start)
