"""How long users decide from the first look at a product to its order, and how many order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import ibis
import pandas as pd

from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.stats.rates import wilson

WITHIN_DAYS = 14
"""After the first look, within which an order is its decision."""

_DAY = 86_400


def decided(scope: Scope) -> pd.DataFrame:
    """Return what became of first looks that are old enough, a row a product.

    Args:
        scope: All events up to its end count.

    Returns:
        `product_id`, `lookers`, `deciders`, `later_deciders` (of them over a day after the look),
        `decision_seconds` (mean), `later_rate`, `look_to_order_rate`; products that too few users
        looked at are left out for others.
    """
    events = scope.known.events
    with_product = events.filter(events.product_id.notnull())  # noqa: PD004 - Ibis names it so
    at = with_product.occurred_at.epoch_seconds().cast("int64")
    each = with_product.group_by("user_id", "product_id").agg(
        seen=at.min(),
        first=with_product.occurred_at.min(),
        bought=at.min(where=with_product.order_id.notnull()),  # noqa: PD004 - as above
    )
    closed = each.filter(each["first"] < scope.end - timedelta(days=WITHIN_DAYS))
    waited = closed.bought - closed.seen
    is_decided = (waited <= WITHIN_DAYS * _DAY).fill_null(False)  # noqa: FBT003 - Ibis takes it so
    told = closed.mutate(waited=ibis.ifelse(is_decided, waited, ibis.null("int64")))
    counted = told.group_by("product_id").agg(
        lookers=told.count(),
        deciders=told.waited.count(),
        later_deciders=(told.waited > _DAY).sum().fill_null(0).cast("int64"),
        seconds=told.waited.sum().fill_null(0).cast("int64"),
    )
    rows = frame(counted.order_by("product_id"))
    rows = rows[rows["lookers"] >= scope.min_group].reset_index(drop=True)
    return _rated(rows)


def beside(each: pd.DataFrame, templated: Collection[str]) -> pd.DataFrame:
    """Return the same of products with templated reviews and of all others; empty where one is none.

    Args:
        each: A row a product.
        templated: Products with templated reviews.
    """
    own = each["product_id"].isin(list(templated))
    if (
        not own.any()
        or own.all()
        or not all(each.loc[part, "deciders"].sum() for part in (own, ~own))
    ):
        return pd.DataFrame(columns=["products"])
    each = each.assign(seconds=(each["decision_seconds"] * each["deciders"]).fillna(0.0))
    sums = ["lookers", "deciders", "later_deciders", "seconds"]
    rows = pd.DataFrame([each.loc[own, sums].sum(), each.loc[~own, sums].sum()])
    rows.insert(0, "products", ["templated", "others"])
    told = _rated(rows.reset_index(drop=True))
    for name, hits, of in (
        ("later_rate", "later_deciders", "deciders"),
        ("look_to_order_rate", "deciders", "lookers"),
    ):
        ends = [wilson(int(a), int(b)) for a, b in zip(told[hits], told[of], strict=True)]
        told[f"{name}_low"], told[f"{name}_high"] = (
            [one.low for one in ends],
            [one.high for one in ends],
        )
    return told


def _rated(rows: pd.DataFrame) -> pd.DataFrame:
    deciders = rows["deciders"].astype("float64").replace(0, float("nan"))
    return rows.assign(
        decision_seconds=rows["seconds"] / deciders,
        later_rate=rows["later_deciders"] / deciders,
        look_to_order_rate=rows["deciders"] / rows["lookers"],
    ).drop(columns="seconds")
