"""Features in words: what a driver is called, and why a customer is on the list."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from workbench.kit import words
from workbench.kit.sentences import message, say, say_n

MOST = 3
"""How many reasons a customer is given."""

_WINDOW = re.compile(r"(purchases|amount|events)_(\d+)")
_NAMED = {
    "order_log_odds": message("chance of a purchase (BG/NBD)"),
    "pareto_log_odds": message("chance of a purchase (Pareto/NBD)"),
    "purchases": message("purchases so far"),
    "amount": message("spent so far"),
    "recency_days": message("days since the last purchase"),
    "tenure_days": message("days since the first purchase"),
    "repeat_days": message("days with a purchase after the first"),
    "recency_rate": message("idle part of the time as a customer"),
    "event_recency_days": message("days since the last visit or event"),
    "undone": message("orders undone"),
    "complaints": message("complaints so far"),
    "complaint_recency_days": message("days since the last complaint"),
    "pause_days": message("usual pause between purchases"),
    "pause_spread": message("irregularity of the pauses"),
    "pauses_waited": message("usual pauses waited by now"),
    "mean_amount": message("amount of a purchase"),
    "refunded_rate": message("share of orders given back"),
    "discounted_rate": message("share of orders with a discount"),
    "discount_rate": message("discount within the price"),
}
_WINDOWS = {
    "purchases": message("purchases in {days:count} days"),
    "amount": message("spent in {days:count} days"),
    "events": message("visits and events in {days:count} days"),
}
_MIXED = {
    "platform": message("share on {value:label}"),
    "channel": message("share by {value:label}"),
    "format": message("share through {value:label}"),
    "event": message("{value:label}, times in 90 days"),
}
_UNTOLD = {
    "": message("{feature}: not known"),
    **dict.fromkeys(
        ("platform", "channel", "format"), message("{feature}: nothing in 90 days tells it")
    ),
}
"""Of what has no value, by the kind of mix."""
_ODDS = ("order_log_odds", "pareto_log_odds")  # two models say one thing: the stronger one is told
_SAID: dict[str, Callable[[float], str]] = {
    "recency_days": lambda days: say_n(
        "the last purchase was {n:count} day ago", "the last purchase was {n:count} days ago", days
    ),
    "event_recency_days": lambda days: say_n(
        "not seen for {n:count} day", "not seen for {n:count} days", days
    ),
    "tenure_days": lambda days: say_n(
        "a customer for {n:count} day", "a customer for {n:count} days", days
    ),
    "purchases": lambda n: say_n(
        "{n:count} purchase so far", "{n:count} purchases so far", n
    ),
    "pauses_waited": lambda n: say("waited {n:decimal} times the usual pause", n=n),
    **dict.fromkeys(_ODDS, lambda odds: say(
        "by when and how often this customer bought, a purchase has a chance of {rate:percent}",
        rate=1 / (1 + np.exp(-odds)),
    )),
}  # fmt: skip


def name(feature: str) -> str:
    """Return what a feature is called."""
    if feature in _NAMED:
        return say(_NAMED[feature])
    if found := _WINDOW.fullmatch(feature):
        return say(_WINDOWS[found[1]], days=int(found[2]))
    kind, _, value = feature.partition("_")
    return say(_MIXED[kind], value=value) if kind in _MIXED and value else words.label(feature)


def said(feature: str, value: float) -> str:
    """Return one thing known of a customer in words."""
    return _SAID[feature](value)


def reasons(contributions: pd.DataFrame, rows: pd.DataFrame, currency: str) -> list[str]:
    """Return in words which features raise the score of each customer most, up to three.

    Args:
        contributions: What each feature adds to the log-odds, a row a customer.
        rows: The features themselves, in the same order.
        currency: ISO 4217 code of the amounts.
    """
    features = list(contributions.columns)
    added = contributions.to_numpy()
    first = np.argsort(-added, axis=1, kind="stable")[:, : MOST + 1]
    values = rows[features].to_numpy(dtype=object)
    known: dict[tuple[str, object], str] = {}

    def text(feature: str, value: object) -> str:
        if (feature, value) not in known:
            known[feature, value] = _reason(feature, value, currency)
        return known[feature, value]

    def picked(i: int) -> list[int]:
        own = [int(j) for j in first[i] if added[i, j] > 0]
        odds = [j for j in own if features[j] in _ODDS]
        return [j for j in own if j not in odds[1:]][:MOST]

    none = say("nothing that is known makes leaving likelier")
    return [
        "; ".join(text(features[j], values[i, j]) for j in picked(i)) or none
        for i in range(len(first))
    ]


def _reason(feature: str, value: object, currency: str) -> str:
    kind = feature.partition("_")[0]
    if pd.isna(value):  # type: ignore[call-overload]
        return say(_UNTOLD.get(kind, _UNTOLD[""]), feature=name(feature))
    if isinstance(value, str | bool):
        return say("{feature}: {value}", feature=name(feature), value=value)
    number = float(value)  # type: ignore[arg-type]
    if feature in _SAID:
        return _SAID[feature](number)
    if feature.endswith("_rate") or kind in {"platform", "channel", "format"}:
        return say("{feature}: {value:percent}", feature=name(feature), value=number)
    if currency and feature.startswith(("amount", "mean_amount")):
        return say(
            "{feature}: {value:money}", feature=name(feature), value=number, currency=currency
        )
    return say("{feature}: {value:short}", feature=name(feature), value=number)
