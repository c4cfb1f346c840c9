"""Why an order is in the queue: three reasons in words, the rules' own first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyses.risk.lines import Scored
from workbench.analyses.risk.order_facts import KINDS
from workbench.analyses.risk.order_features import features
from workbench.analyses.risk.order_rules import BY_NAME
from workbench.kit.sentences import message, say
from workbench.stats.arrays import Array

MOST = 3
"""How many reasons a case is given."""

_ODD = 2.0  # deviations from which a feature is a reason where no verdict has taught anything
_TOLD = 0.1  # log-odds that a feature must add to be a reason
_COUNTED = {
    "orders": message("orders of this user in {days:duration}: {n:count}"),
    "returns": message("returns of this user in {days:duration}: {n:count}"),
    "coupons": message("coupons of this user in {days:duration}: {n:count}"),
    "invited": message("orders by this inviter in {days:duration}: {n:count}"),
    "content_orders": message("orders by this content in {days:duration}: {n:count}"),
    "content_returns": message("returns by this content in {days:duration}: {n:count}"),
}
_SAID: Mapping[str, str] = {
    "invited": message("orders by this inviter so far: {n:count}"),
    "orders_before": message("orders of this user before: {n:count}"),
    "amount_times": message("{n:decimal} times the user's earlier orders"),
    "quantity": message("pieces in the order: {n:count}"),
    "account_days": message("account {n:count} days old"),
    "seconds_to_order": message("ordered {n:duration} after coming"),
    "hour": message("at hour {n:count} of the day"),
    "discount_rate": message("discount of {n:percent}"),
    "price_times": message("{n:percent} of the product's usual price"),
    "returned_rate": message("{n:percent} of it sent back"),
    "return_days": message("sent back after {n:decimal} days"),
    "amount": message("amount: {n:money}"),
    "amount_30": message("ordered by this user in 30 days: {n:money}"),
}
_YES_NO: Mapping[str, tuple[str, str]] = {
    "has_coupon": (message("with a coupon"), message("without a coupon")),
    "is_self": (message("invited by oneself"), message("not invited by oneself")),
    "is_mutual": (message("the two invited each other"), message("not invited back")),
    "praised": (message("praised and sent back"), message("not praised before a return")),
    "is_return": (message("something came back"), message("nothing came back so far")),
}
_KINDS: Mapping[str, str] = {
    "platform": message("on {value:label}"),
    "channel": message("by the channel {value:lower}"),
}


def reasons(scored: Scored, places: Array, currency: str) -> list[str]:
    """Return up to three reasons for each of some moments, or that no single one stands out.

    A queue with places left holds orders that are like the rest as well.

    Args:
        scored: All moments.
        places: Those that are asked for, ascending, shape (cases,).
        currency: ISO 4217 code of the amounts.
    """
    told: list[tuple[list[str], list[str]]] = []
    rows = scored.rows.iloc[places]
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        known = {str(name): value for name, value in row.items()}
        hit = [BY_NAME[name] for name, fires in scored.rules.items() if fires[place]]
        covered = [part for one in hit for part in one.covers]
        told.append(([one.reason(known, currency) for one in hit[:MOST]], covered))
    at = rows["at"].to_numpy()
    for start, end, outliers, trees in scored.models:
        here = np.flatnonzero((at >= start) & (at < end))
        if not len(here):
            continue
        given = features(rows.iloc[here])
        if trees is not None:
            added, least = trees.contributions(given), _TOLD
        elif outliers is not None:
            added, least = outliers.distances(given), _ODD
        else:
            continue
        _fill([told[i] for i in here], added, given, least, currency)
    none = say("no single thing stands out")
    return ["; ".join(said) or none for said, _covered in told]


def _fill(
    told: Sequence[tuple[list[str], list[str]]],
    added: pd.DataFrame,
    given: pd.DataFrame,
    least: float,
    currency: str,
) -> None:
    """Add the strongest features of each case to what the rules say of it, each family once."""
    names, values = list(added.columns), added.to_numpy()
    order = np.argsort(-values, axis=1, kind="stable")
    for i, (said, covered) in enumerate(told):
        for j in order[i]:
            if len(said) >= MOST or values[i, j] <= least:
                break
            if names[j].startswith(tuple(covered)):
                continue
            if text := _reason(names[j], given[names[j]].iloc[i], currency):
                said.append(text)
                covered.append(names[j].rstrip("0123456789"))


def _reason(feature: str, value: Any, currency: str) -> str:
    """A feature of a case in words; nothing where it is not known."""
    if pd.isna(value):
        return ""
    if feature in KINDS:
        return say(_KINDS[feature], value=str(value))
    if feature in _YES_NO:
        return say(_YES_NO[feature][0 if value else 1])
    if feature in _SAID:
        return say(_SAID[feature], n=float(value), currency=currency)
    name, _, days = feature.rpartition("_")
    return say(_COUNTED[name], days=timedelta(days=int(days)), n=float(value))
