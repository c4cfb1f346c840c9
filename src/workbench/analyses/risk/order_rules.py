"""The written rules: what makes an order a case without any verdict, each with its reason in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.kit.sentences import message, say
from workbench.stats.arrays import Array

COMMON = 0.05
"""The share of all moments above which a rule fires too often to be a sign."""

_HIGH, _RARE = 0.98, 0.99  # shares of the orders before, beyond which an amount is high, or rare
_TIMES = 5.0  # one's own usual amount
_KNOWN = 2  # orders from which on there is an own amount
_WHOLE = 0.99
_SOON_DAYS, _NEW_DAYS = 7.0, 7.0
_ROWS = 100_000  # that are asked at once


class Usual(NamedTuple):
    """What the shop's orders were like before.

    Attributes:
        mean: Amount of an order, minor units.
        high: Above which few amounts lie.
        rare: Above which hardly any lie.
    """

    mean: float
    high: float
    rare: float

    @classmethod
    def learn(cls, rows: pd.DataFrame) -> Usual:
        """Return it of moments; without any no amount is high."""
        amounts = rows["amount"].to_numpy()[rows["is_return"].to_numpy() == 0]
        if not len(amounts):
            return cls(np.inf, np.inf, np.inf)
        mean = float(amounts.mean())
        # In place: a copy for each question of a million amounts is felt.
        high, rare = np.quantile(amounts, [_HIGH, _RARE], overwrite_input=True)
        return cls(mean, float(high), float(rare))


@dataclass(frozen=True)
class Rule:
    """A written rule.

    Attributes:
        name: In the trade's words; columns and pages know it by that.
        needs: Features without which it cannot be asked; one of each group is enough.
        says: What it holds against an order, for the rules of a page.
        fires: From moments and what is usual to whether it fires, shape (rows,).
        reason: The same of one moment, in words.
        covers: Beginnings of the features that this reason tells of already.
    """

    name: str
    needs: tuple[str, ...]
    says: str
    fires: Callable[[_Columns, Usual], Array]
    reason: Callable[[Mapping[str, Any], str], str]
    covers: tuple[str, ...]


class _Columns:
    """Columns of moments as arrays; one that is not there is nowhere known."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows, self._none = rows, np.full(len(rows), np.nan)

    def __getitem__(self, name: str) -> Array:
        there = self._rows[name].to_numpy() if name in self._rows else self._none
        return np.asarray(there)


def fired(rows: pd.DataFrame, usual: Usual) -> dict[str, Array]:
    """Return which rules fire at each moment, by name; those that the data allow.

    Args:
        rows: Moments, as `order_features.moments` tells them.
        usual: Of the orders before them.
    """
    columns = _Columns(rows)
    with np.errstate(invalid="ignore"):
        return {one.name: one.fires(columns, usual) for one in allowed(rows)}


def telling(rows: pd.DataFrame, usual: Usual) -> tuple[str, ...]:
    """Return the rules that fire at so few of these moments that to fire is a sign.

    Where many customers order several times a day, ordering twice in one says nothing of them.
    """
    hits = Counter(dict.fromkeys((one.name for one in allowed(rows)), 0))
    for first in range(0, len(rows), _ROWS):
        told = fired(rows.iloc[first : first + _ROWS], usual)
        hits.update({name: int(one.sum()) for name, one in told.items()})
    return tuple(name for name, n in hits.items() if n <= COMMON * len(rows))


def allowed(rows: pd.DataFrame) -> list[Rule]:
    """Return the rules that these columns allow."""
    return [one for one in RULES if any(name in rows for name in one.needs)]


def _velocity(of: _Columns, _usual: Usual) -> Array:
    many: Array = (of["orders_1"] >= 3) | (of["orders_7"] >= 6)  # noqa: PLR2004 - as the rule says
    return np.asarray(many & (of["is_return"] == 0))


def _amount(of: _Columns, usual: Usual) -> Array:
    has_own = of["orders_before"] >= _KNOWN
    times = np.where(has_own, of["amount_times"], of["amount"] / usual.mean)
    return (times >= _TIMES) & (of["amount"] > usual.high)


def _refunds(of: _Columns, _usual: Usual) -> Array:
    soon = (of["returned_rate"] >= _WHOLE) & (of["return_days"] <= _SOON_DAYS)
    often = of["returns_30"] >= 3  # noqa: PLR2004 - as the rule says
    return np.asarray((of["is_return"] == 1) & ((soon & (of["praised"] == 1)) | often))


def _coupons(of: _Columns, _usual: Usual) -> Array:
    return (of["discount_rate"] > 0.5) | (of["coupons_7"] >= 3)  # noqa: PLR2004 - as the rule says


def _price(of: _Columns, _usual: Usual) -> Array:
    by_discount = np.nan_to_num(of["discount_rate"], nan=0.0) > 0.5  # noqa: PLR2004 - that is the other rule's
    return (of["price_times"] < 0.5) & ~by_discount  # noqa: PLR2004 - as the rule says


def _invitations(of: _Columns, _usual: Usual) -> Array:
    many = (of["invited_30"] >= 5) | (of["invited"] >= 10)  # noqa: PLR2004 - as the rule says
    return np.asarray((of["is_self"] == 1) | (of["is_mutual"] == 1) | many)


def _new_account(of: _Columns, usual: Usual) -> Array:
    return (of["account_days"] < _NEW_DAYS) & (of["amount"] > usual.rare)


def _velocity_reason(row: Mapping[str, Any], _currency: str) -> str:
    return say(
        "orders of this user: {day:count} within a day, {week:count} within a week",
        day=row["orders_1"],
        week=row["orders_7"],
    )


def _amount_reason(row: Mapping[str, Any], currency: str) -> str:
    if row.get("orders_before", 0) >= _KNOWN:
        return say(
            "{amount:money}: {times:decimal} times what this user usually pays",
            times=row["amount_times"], amount=row["amount"], currency=currency,
        )  # fmt: skip
    return say(
        "{amount:money}: far above what orders usually come to",
        amount=row["amount"],
        currency=currency,
    )


def _refunds_reason(row: Mapping[str, Any], _currency: str) -> str:
    if row.get("praised") == 1 and row["return_days"] <= _SOON_DAYS:
        return say(
            "praised in a review and sent back whole after {days:decimal} days",
            days=row["return_days"],
        )
    return say("{n:count} returns of this user within 30 days", n=row["returns_30"])


def _coupons_reason(row: Mapping[str, Any], _currency: str) -> str:
    if row.get("discount_rate", 0) > 0.5:  # noqa: PLR2004 - as the rule says
        return say("{rate:percent} taken off the price", rate=row["discount_rate"])
    return say("{n:count} coupons of this user within a week", n=row["coupons_7"])


def _price_reason(row: Mapping[str, Any], _currency: str) -> str:
    return say("{rate:percent} of what the product usually costs", rate=row["price_times"])


def _invitations_reason(row: Mapping[str, Any], _currency: str) -> str:
    if row.get("is_self") == 1:
        return say("invited by the user's own invitation")
    if row.get("is_mutual") == 1:
        return say("the two had invited each other")
    return say(
        "the inviter brought {month:count} orders within 30 days, {all:count} so far",
        month=row["invited_30"],
        all=row["invited"],
    )


def _new_reason(row: Mapping[str, Any], currency: str) -> str:
    return say(
        "{amount:money} by an account {days:decimal} days old",
        amount=row["amount"], days=row["account_days"], currency=currency,
    )  # fmt: skip


RULES: tuple[Rule, ...] = (
    Rule(
        "velocity", ("orders_1",),
        message("velocity: three orders of a user within a day, or six within a week"),
        _velocity, _velocity_reason, ("orders_",),
    ),
    Rule(
        "amount_jump", ("amount_times", "orders_before"),
        message("amount jump: five times what the user's earlier orders came to (the shop's, under two orders), and more than 98 in 100 orders before"),
        _amount, _amount_reason, ("amount",),
    ),
    Rule(
        "refund_abuse", ("return_days",),
        message("refund abuse: praised with four or five stars and then sent back whole within seven days, or three returns of a user within 30 days"),
        _refunds, _refunds_reason, ("praised", "return"),
    ),
    Rule(
        "coupon_abuse", ("discount_rate", "coupons_7"),
        message("coupon abuse: more than half taken off the price, or three coupons of a user within a week"),
        _coupons, _coupons_reason, ("discount_rate", "coupons_", "has_coupon", "price_times"),
    ),
    Rule(
        "low_price", ("price_times",),
        message("low price: under half of what a piece of the product usually costs, without such a discount"),
        _price, _price_reason, ("price_times", "discount_rate"),
    ),
    Rule(
        "invitation_ring", ("is_self",),
        message("invitation ring: invited by oneself or by whom one had invited, or by an inviter of five orders within 30 days or ten in all"),
        _invitations, _invitations_reason, ("invited", "is_self", "is_mutual"),
    ),
    Rule(
        "new_account", ("account_days",),
        message("new account: more than 99 in 100 orders before come to, in an account's first seven days"),
        _new_account, _new_reason, ("account_days", "amount"),
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Rule] = {one.name: one for one in RULES}
