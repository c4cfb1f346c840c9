"""The table `orders`: what was bought, by whose invitation, what came back, and what was foul."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from workbench.demo.arrow import instants, numbered, table, text
from workbench.demo.chance import DAY, Flags, Floats, Ints, Span, pause, pick
from workbench.demo.people import PLATFORMS, XIAOHONGSHU, People
from workbench.demo.pieces import Pieces, Shelf
from workbench.demo.planted import truth
from workbench.demo.steps import PURCHASE, Walks
from workbench.demo.visits import CHANNELS, INVITED, ORDINARY, PRICE_CUT, RETURN, RING, Visits, ramp

_COUPONS = ("WELCOME10", "LIVE8", "FANS12", "BACK23", "STAFF70")
_CUTS = np.array([10, 8, 12, round(100 * truth().price_cut.value), 70])
_BACK, _STAFF = 3, 4
_COUPON_SHARE = 0.2
_REFUND_SHARE = 0.06
_HUB_ORDERS = 30
FOUL = (
    "", "bulk_orders", "deep_discounts", "self_invitations", "hub_invitations", "night_ring",
    "refund_abuse",
)  # fmt: skip
ABUSE = FOUL.index("refund_abuse")


@dataclass
class Orders:
    """All orders, an array each, ordered by time; money in fen.

    Attributes:
        visit: The visit each was placed in.
        instant: When, in microseconds.
        user: Who ordered.
        product: What.
        quantity: Pieces.
        amount: Charged.
        discount: Taken off the price.
        coupon: Code of the coupon, -1 for none.
        inviter: Who invited to it, -1 for nobody.
        refunded: Given back, 0 for nothing.
        refunded_at: When, where something was.
        is_cancelled: Whether it was called off before it was sent.
        foul: What was foul about it, a code into `FOUL`; 0 for nothing.
        ids: Their numbers as text.
    """

    visit: Ints
    instant: Ints
    user: Ints
    product: Ints
    quantity: Ints
    amount: Ints
    discount: Ints
    coupon: Ints
    inviter: Ints
    refunded: Ints
    refunded_at: Ints
    is_cancelled: Flags
    foul: Ints
    ids: pa.Array

    def __len__(self) -> int:
        return len(self.visit)

    @property
    def is_bad(self) -> Flags:
        """Whether each was foul."""
        return self.foul > 0


class _Foul(NamedTuple):
    """Rows of the orders that are foul, by kind."""

    bulk: Ints
    deep: Ints
    own: Ints
    hub: Ints


def place(
    rng: np.random.Generator,
    people: People,
    shelf: Shelf,
    visits: Visits,
    walks: Walks,
    product: Ints,
    inviter: Ints,
    span: Span,
    *,
    incidents: bool,
) -> Orders:
    """Make an order of every visit that ends in a purchase.

    `inviter` (of each visit) is changed where an invitation turns out to be foul.
    """
    visit = np.flatnonzero(walks.level == PURCHASE)
    visit = visit[np.argsort(walks.bought[visit], kind="stable")]
    kind = visits.kind[visit]
    foul = _foul(rng, kind)
    _reinvite(rng, foul, visits.user, visit, inviter, people)
    quantity = 1 + pick(rng, np.array([0.8, 0.14, 0.06]), len(visit))
    quantity[foul.bulk] = rng.integers(12, 31, len(foul.bulk))
    coupon = _coupons(rng, kind, visits.variant[visit])
    coupon[foul.deep] = _STAFF
    price = shelf.price[product[visit]] * quantity
    discount = np.where(coupon >= 0, price * _CUTS[coupon] // 100, 0)
    amount = price - discount
    instant = walks.bought[visit]
    on_ramp = incidents & (visits.platform[visit] == XIAOHONGSHU)
    share = _REFUND_SHARE * np.where(on_ramp, ramp(instant), 1.0)
    refunded, refunded_at, is_cancelled = _refunds(rng, amount, instant, share, span)
    bad = np.where(kind == RING, FOUL.index("night_ring"), 0)
    for code, rows in enumerate(foul, start=1):
        bad[rows] = code
    return Orders(
        visit, instant, visits.user[visit], product[visit], quantity, amount, discount, coupon,
        inviter[visit], refunded, refunded_at, is_cancelled, bad,
        numbered("o", len(visit), 8),
    )  # fmt: skip


def _foul(rng: np.random.Generator, kind: Ints) -> _Foul:
    """Choose which orders are foul: none twice, as many of each kind as planted."""
    total, known = len(kind), truth()

    def some(rows: Ints, *shares: float) -> list[Ints]:
        counts = [round(total * share) for share in shares]
        return np.split(rng.permutation(rows)[: sum(counts)], np.cumsum(counts)[:-1])

    ordinary, invited = np.flatnonzero(kind == ORDINARY), np.flatnonzero(kind == INVITED)
    return _Foul(
        *some(ordinary, known.bulk_orders.value, known.deep_discounts.value),
        *some(invited, known.self_invitations.value, known.hub_invitations.value),
    )


def _reinvite(
    rng: np.random.Generator, foul: _Foul, user: Ints, visit: Ints, inviter: Ints, people: People
) -> None:
    """Let some users invite themselves, and others be invited by a few hubs."""
    inviter[visit[foul.own]] = user[visit[foul.own]]
    count = max(len(foul.hub) // _HUB_ORDERS, 1)
    hubs = rng.choice(people.settled, count, replace=False)
    inviter[visit[foul.hub]] = hubs[np.arange(len(foul.hub)) % count]


def inviters(rng: np.random.Generator, visits: Visits, people: People) -> Ints:
    """Return who invited to each visit, -1 for nobody."""
    able = people.settled
    place = rng.integers(0, len(able), len(visits))
    # Nobody invites himself but those who are planted.
    place = (place + (able[place] == visits.user)) % len(able)
    return np.where(visits.is_invited, able[place], -1)


def _coupons(rng: np.random.Generator, kind: Ints, variant: Ints) -> Ints:
    uses = (rng.random(len(kind)) < _COUPON_SHARE) | (kind == RING)
    coupon = np.where(uses, rng.integers(0, _BACK, len(kind)), -1)
    coupon[(kind == RETURN) & (variant == PRICE_CUT)] = _BACK
    return coupon


def _refunds(
    rng: np.random.Generator, amount: Ints, instant: Ints, share: Floats, span: Span
) -> tuple[Ints, Ints, Flags]:
    """Return what is given back, when, and which orders were cancelled; as known at the end."""
    count = len(amount)
    is_cancelled = rng.random(count) < 0.015  # noqa: PLR2004 - fifteen in a thousand
    is_refunded = ~is_cancelled & (rng.random(count) < share)
    part = np.where(rng.random(count) < 0.75, 1.0, 0.2 + 0.6 * rng.random(count))  # noqa: PLR2004 - three in four in full
    slow, quick = pause(rng, count, 4.5 * DAY / 1e6, 0.6), pause(rng, count, 2400)
    refunded_at = instant + np.where(is_cancelled, quick, slow)
    is_known = refunded_at < span.end
    back = np.select([is_cancelled, is_refunded], [amount, (amount * part).astype(np.int64)], 0)
    return np.where(is_known, back, 0), refunded_at, is_cancelled & is_known


def orders(placed: Orders, visits: Visits, people: People, pieces: Pieces) -> pa.Table:
    """Return the table `orders`."""
    is_back = placed.refunded > 0
    is_full = is_back & (placed.refunded == placed.amount)
    status = np.select([placed.is_cancelled, is_full], [1, 2], 0)
    return table(
        "orders",
        {
            "order_id": placed.ids,
            "ordered_at": placed.instant,
            "amount": placed.amount,
            "user_id": text(placed.user, people.ids),
            "discount": placed.discount,
            "coupon_id": text(placed.coupon, _COUPONS),
            "refunded_amount": placed.refunded,
            "refunded_at": instants(is_back, placed.refunded_at),
            "status": text(status, ("paid", "cancelled", "refunded")),
            "platform": text(visits.platform[placed.visit], PLATFORMS),
            "channel": text(visits.channel[placed.visit], CHANNELS),
            "content_id": text(visits.content[placed.visit], pieces.ids),
            "inviter_id": text(placed.inviter, people.ids),
            "quantity": placed.quantity,
        },
    )
