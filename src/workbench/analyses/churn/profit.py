"""Up to where does calling pay? By an experiment where there is one, else by what calls are said to keep."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from workbench.analyses.churn.uplift import PROBABILITY, UPLIFT, VALUE, Uplift
from workbench.kit.findings import Finding
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, together
from workbench.stats.arrays import Array
from workbench.stats.interval import Interval

_POINTS = 60  # of the curve
RANKINGS = {
    UPLIFT: message("by uplift"),
    VALUE: message("by value at risk"),
    PROBABILITY: message("by probability"),
}

_GAINS = {
    True: message(
        "If the offer moves all {all:count} customers as it did the {tried:count} of {experiment}, calls "
        "pay up to the {users:count} whom it moves most: {profit:money} more than they cost (95 % "
        "interval {profit_low:money} to {profit_high:money}, of the best of twenty lengths)."
    ),
    False: message(
        "If the offer moves all {all:count} customers as it did the {tried:count} of {experiment}, calls "
        "pay up to the {users:count} with most at risk: {profit:money} more than they cost (95 % interval "
        "{profit_low:money} to {profit_high:money}, of the best of twenty lengths)."
    ),
}
"""By whether the list is by uplift."""

_NO_GAIN = {
    True: message(
        "By the users of {experiment} no length of the list surely pays: at best, with {users:count} "
        "customers, calls bring {profit:money} more than they cost (95 % interval {profit_low:money} to "
        "{profit_high:money})."
    ),
    False: message("By the users of {experiment} no length of the list is seen to pay."),
}
"""By whether any length seems to pay."""

_TOO_LONG = {
    True: message(
        "If a call keeps {middle:whole_percent} of those who would leave, calls pay for the first {first:count} on "
        "the list only."
    ),
    False: message(
        "If a call keeps {middle:whole_percent} of those who would leave, calls pay for nobody on the list."
    ),
}
"""By whether they pay for anybody."""


def assumed(scores: pd.DataFrame, cost: float, low: float, high: float) -> pd.DataFrame:
    """Return what calls bring at each length of the list, if they keep a share of those who would leave.

    Args:
        scores: `probability` and `value_at_risk_amount` of each customer.
        cost: Of a call, in minor units.
        low: The lowest share that is kept, 0..1.
        high: The highest.

    Returns:
        `ranking`, `users`, `profit_amount` at the middle of the shares, with `_low` and `_high`; the
        lengths that are best by value at each of the three are among `users`.
    """
    risk = scores["value_at_risk_amount"].to_numpy(dtype=float)
    chance = scores["probability"].to_numpy(dtype=float)
    ends = {"": (low + high) / 2, "_low": low, "_high": high}
    # Whoever brings more than a call costs is called.
    best = [int((rate * risk > cost).sum()) for rate in ends.values()]
    even = np.linspace(0, len(scores), _POINTS).round().astype(np.int64)
    lengths: Array = np.unique([*even, *best])
    parts = []
    for name, by in ((VALUE, risk), (PROBABILITY, chance)):
        kept = np.append(0, risk[np.argsort(-by, kind="stable")].cumsum())[lengths]
        parts.append(
            pd.DataFrame({"ranking": name, "users": lengths}).assign(
                **{
                    f"profit_amount{end}": rate * kept - cost * lengths
                    for end, rate in ends.items()
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def measured(uplift: Uplift, users: int, cost: float) -> pd.DataFrame:
    """Return what each ranking gained of the users of an experiment, for as many as there are customers.

    Args:
        uplift: The experiment, of which something is told.
        users: Customers.
        cost: Of a call, in minor units.

    Returns:
        As `assumed`, with 95 % intervals, the ranking by which the list is made first.
    """
    parts, first = [], UPLIFT if uplift.foretells else VALUE
    for name in sorted(RANKINGS, key=lambda name: name != first):
        rows = uplift.uplift_gains[uplift.uplift_gains["ranking"] == name]
        called = (rows["users_rate"] * users).round()
        each = {
            f"profit_amount{end}": rows[f"gain_rate{end}"] * users * uplift.purchase_amount
            - cost * called
            for end in ("", "_low", "_high")
        }
        parts.append(pd.DataFrame({"ranking": name, "users": called, **each}))
    return pd.concat(parts, ignore_index=True)


def own(profit: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the ranking that comes first: the list's own."""
    rows: pd.DataFrame = profit.loc[profit["ranking"] == profit["ranking"].iloc[0]]
    return rows.reset_index(drop=True)


def gain_told(profit: pd.DataFrame, tried: Uplift, customers: int, scope: Scope) -> Finding:
    """Return up to where calls pay by an experiment; the length is picked by the users it is told of."""
    rows = own(profit)
    best = rows.iloc[int(rows["profit_amount"].to_numpy().argmax())]
    figure = Interval(*(float(best[f"profit_amount{end}"]) for end in ("", "_low", "_high")))
    is_sure = bool(best["users"] and figure.side() > 0)
    template = _GAINS[rows["ranking"].iloc[0] == UPLIFT] if is_sure else _NO_GAIN[best["users"] > 0]
    said = say(
        template,
        experiment=tried.experiment,
        tried=len(tried.uplift_scores),
        all=customers,
        users=int(best["users"]),
        currency=scope.currency,
        **figure.spread("profit"),
    )
    return Finding.about("profit", said, figure, "neutral" if figure.side() > 0 else "unknown")


_NONE_PAYS = message(
    "At this cost no list of calls pays, if a call keeps {middle:whole_percent} of those who would leave."
)
_ALL_PAY = message(
    "Calling all {users:count} customers brings {profit:money} more than it costs, if a call keeps "
    "{middle:whole_percent} of those who would leave: the length of the list is not what limits it."
)
_PAYS = message(
    "Calls pay up to the {users:count} customers with most at risk: they bring {profit:money} more than they cost, "
    "if a call keeps {middle:whole_percent} of those who would leave."
)
_RANGE = {
    True: message(
        "If it keeps {low:whole_percent}, calls pay up to the first {from_users:count}, if {high:whole_percent} up "
        "to the first {to_users:count}."
    ),
    False: message(
        "If it keeps {low:whole_percent}, calls pay for nobody, if {high:whole_percent} up to the first "
        "{to_users:count}."
    ),
}
"""By whether they pay for anybody at the lowest share."""


def pays_told(
    profit: pd.DataFrame, users: int, scope: Scope, save_rates: tuple[float, float]
) -> Finding:
    """Return up to where calls pay, if they keep a share of those who would leave.

    Args:
        profit: As `assumed` returns it.
        users: Customers.
        scope: Of which currency.
        save_rates: The lowest and the highest share that is kept, 0..1.
    """
    rows = own(profit)
    best, low, high = (
        int(rows[f"profit_amount{end}"].to_numpy().argmax()) for end in ("", "_low", "_high")
    )
    lengths = rows["users"].astype(int)
    figure = Interval(*(float(rows[f"profit_amount{end}"][best]) for end in ("", "_low", "_high")))
    told = {
        "users": lengths[best],
        "profit": figure.value,
        "middle": sum(save_rates) / 2,
        "currency": scope.currency,
    }
    if not lengths[best]:
        return Finding.about("profit", say(_NONE_PAYS, **told), figure, "bad")
    template = _ALL_PAY if lengths[best] == users else _PAYS
    ends = dict(zip(("low", "high"), save_rates, strict=True))
    over = {"from_users": lengths[low], "to_users": lengths[high]}
    is_range = save_rates[0] < save_rates[1] and lengths[best] < users
    said = together(
        say(template, **told), say(_RANGE[bool(lengths[low])], **ends, **over) if is_range else ""
    )
    return Finding.about("profit", said, figure)


def too_long(
    profit: pd.DataFrame, listed: int, save_rates: tuple[float, float]
) -> Iterator[Finding]:
    """Yield that a list by value at risk is longer than calls pay, where it is."""
    rows = own(profit)
    best = int(rows["users"][int(rows["profit_amount"].to_numpy().argmax())])
    if best < listed:
        said = say(_TOO_LONG[best > 0], first=best, middle=sum(save_rates) / 2)
        yield Finding.about("list", said, Interval(float(best)), "bad")
