"""How far each visit gets, and when: the funnel, its planted conversions and the checkout fault."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.demo.chance import (
    HOUR,
    SECOND,
    Flags,
    Floats,
    Ints,
    Rows,
    Span,
    pause,
    spread,
    within,
)
from workbench.demo.people import DOUYIN, People
from workbench.demo.pieces import IMAGE_TEXT, LIVE, SHORT_VIDEO, Pieces
from workbench.demo.planted import truth
from workbench.demo.visits import ORDINARY, PRICE_CUT, RETURN, RING, Visits

VISIT, VIEW, CART, CHECKOUT, PURCHASE = range(5)

_VIEW = np.array([0.61, 0.58, 0.59])
_VIEW_BY_CHANNEL = np.array([0.95, 1.0, 1.05, 1.1])
_CART = {LIVE: 0.84, SHORT_VIDEO: 0.5, IMAGE_TEXT: 0.4}
_CART_ALONE = 0.38
_CART_BY_CHANNEL = np.array([0.92, 1.0, 1.05, 1.1])
_CHECKOUT = np.array([0.56, 0.58, 0.53])
_PURCHASE = np.array([0.76, 0.80, 0.72])
# Those who come for the first time or on an invitation are keener.
_KEEN_VIEW, _KEEN_CHECKOUT = 0.88, 0.84
_SEVERAL_REPURCHASE = 0.76


@dataclass
class Walks(Rows):
    """What happens in each visit: instants in microseconds, whether reached or not.

    Attributes:
        level: The last step reached, VISIT to PURCHASE.
        opened: A friend's invitation is opened (invited visits).
        visited: The visit.
        registered: The account is opened (new users).
        viewed: The first product is looked at.
        viewed_again: Another product is looked at (where `views_again`).
        carted: Into the basket.
        checked_out: Checkout begun.
        bought: Paid.
        views_again: Whether a second product is looked at.
    """

    level: Ints
    opened: Ints
    visited: Ints
    registered: Ints
    viewed: Ints
    viewed_again: Ints
    carted: Ints
    checked_out: Ints
    bought: Ints
    views_again: Flags


def walk(
    rng: np.random.Generator,
    visits: Visits,
    people: People,
    pieces: Pieces,
    span: Span,
    *,
    incidents: bool,
) -> Walks:
    """Let every visit run its course."""
    walks = _clock(rng, visits)
    chances = _chances(visits, people, pieces)
    if incidents:
        fault = truth().incident("checkout_fault")
        hit = within(walks.checked_out, fault.started_at, fault.ended_at)
        chances[:, 3] *= np.where(hit & (visits.platform == DOUYIN), fault.factor, 1.0)
    walks.level = _levels(rng, visits, people, chances)
    instants = (walks.viewed, walks.carted, walks.checked_out, walks.bought)
    for step, instant in enumerate(instants):
        walks.level[(walks.level > step) & (instant >= span.end)] = step
    return walks


def _clock(rng: np.random.Generator, visits: Visits) -> Walks:
    """Draw when each step would happen, if it were reached."""
    count = len(visits)
    hasty = (rng.random(count) < 0.06) | (visits.kind == RING)  # noqa: PLR2004 - honest ones know what they want
    haste = np.where(hasty, 0.06, 1.0)

    def after(instant: Ints, median: float, later: float = 0.0) -> Ints:
        gap = np.maximum(pause(rng, count, median) * haste, SECOND)
        rows = np.flatnonzero((rng.random(count) < later) & ~hasty)
        gap[rows] = HOUR * np.minimum(0.5 + rng.exponential(7.0, len(rows)), 40.0)
        return instant + gap.astype(np.int64)

    is_new = visits.is_new
    opened = np.where(is_new, after(visits.start, 6), visits.start)
    visited = np.where(is_new | visits.is_invited, after(opened, 5), visits.start)
    registered = after(visited, 35)
    viewed = after(np.where(is_new, registered, visited), 20)
    views_again = (rng.random(count) < 0.4) & ~hasty  # noqa: PLR2004 - two in five
    viewed_again = after(viewed, 40)
    carted = after(np.where(views_again, viewed_again, viewed), 50)
    checked_out = after(carted, 45, later=0.12)
    bought = after(checked_out, 40, later=0.06)
    level = np.zeros(count, dtype=np.int64)
    return Walks(
        level, opened, visited, registered, viewed, viewed_again, carted, checked_out, bought,
        views_again,
    )  # fmt: skip


def _chances(visits: Visits, people: People, pieces: Pieces) -> Floats:
    """The chance of each step after the one before: view, cart, checkout, purchase."""
    led = visits.content >= 0
    pull = np.where(led, pieces.pull[visits.content], 1.0)
    by_form = np.array([_CART[form] for form in sorted(_CART)])[pieces.form[visits.content]]
    chances = np.empty((len(visits), 4))
    chances[:, 0] = _VIEW[visits.platform] * _VIEW_BY_CHANNEL[visits.channel]
    chances[:, 1] = np.where(led, by_form * pull, _CART_ALONE) * _CART_BY_CHANNEL[visits.channel]
    chances[:, 2] = _CHECKOUT[visits.platform]
    chances[:, 3] = _PURCHASE[visits.platform]
    _discoveries(chances, np.flatnonzero(visits.is_led(people)), pull)
    _invitations(chances, np.flatnonzero(visits.is_invited), visits)
    offered = (visits.kind == RETURN) & (visits.variant == PRICE_CUT)
    chances[offered] = (0.95, 0.8, 0.85, 0.9)
    chances[visits.kind == RING] = 1.0
    return chances


def _discoveries(chances: Floats, rows: Ints, pull: Floats) -> None:
    """Make those who discover by content order as often as planted, on average over them."""
    chances[rows, 0], chances[rows, 2] = _KEEN_VIEW, _KEEN_CHECKOUT
    chances[rows, 1] = 1.0
    expected = (chances[rows].prod(axis=1) * pull[rows]).mean() if len(rows) else 1.0
    chances[rows, 1] = np.minimum(pull[rows] * truth().direct_orders.value / expected, 1.0)


def _invitations(chances: Floats, rows: Ints, visits: Visits) -> None:
    """Make each variant of the invitation convert as planted, on every platform alike.

    The average of the three variants is that of all social discoveries, so that friends bring
    as many direct orders as contents do.
    """
    lift = np.array([1.0, 1 + truth().draw_lift.value, 1 + truth().friends_help_lift.value])
    conversion = truth().direct_orders.value / lift.mean() * lift[visits.variant[rows]]
    chances[rows, 0], chances[rows, 2] = _KEEN_VIEW, _KEEN_CHECKOUT
    chances[rows, 1] = conversion / (_KEEN_VIEW * _KEEN_CHECKOUT * chances[rows, 3])


def _levels(rng: np.random.Generator, visits: Visits, people: People, chances: Floats) -> Ints:
    """Draw how far each visit gets; planted conversions are spread evenly, the others drawn."""
    reached = chances.cumprod(axis=1)
    luck = rng.random(len(visits))
    invited = (visits.is_invited & (visits.variant == variant) for variant in range(3))
    for group in (visits.is_led(people), *invited):
        rows = np.flatnonzero(group)
        rows = rows[np.argsort(visits.start[rows], kind="stable")]
        chance = reached[rows, 3]
        buys = spread(rng, chance)
        luck[rows] = np.where(buys, luck[rows] * chance, chance + luck[rows] * (1 - chance))
    return np.asarray((luck[:, None] < reached).sum(axis=1))


def staying(rng: np.random.Generator, visits: Visits, level: Ints, people: People) -> Flags:
    """Return which visits happen after all: some users never come back after their first order.

    How many of them is what makes users on several platforms repurchase as much more than the
    others as planted. Who answers an invitation or an offer does so all the same.
    """
    bought = level == PURCHASE
    orders = np.bincount(visits.user[bought], minlength=people.count)
    earlier = np.cumsum(bought) - bought
    before = earlier - (np.cumsum(orders) - orders)[visits.user]
    optional = (visits.kind == ORDINARY) & (before > 0)
    certain = np.bincount(visits.user[bought & ~optional], minlength=people.count)
    leaves = np.zeros(people.count, dtype=np.bool_)
    several = _leaving(rng, leaves, people.is_several, orders, certain, _SEVERAL_REPURCHASE)
    single = several - truth().repurchase_gain.value
    _leaving(rng, leaves, ~people.is_several, orders, certain, single)
    stays: Flags = ~(optional & leaves[visits.user])
    return stays


def _leaving(
    rng: np.random.Generator,
    leaves: Flags,
    group: Flags,
    orders: Ints,
    certain: Ints,
    aim: float,
) -> float:
    """Choose who of the group leaves so that the share `aim` of its buyers buys again.

    Returns:
        The share as it comes out: `aim`, unless too few would have bought again anyway.
    """
    buyers = group & (orders > 0)
    if not buyers.any():
        return aim
    most, least = np.mean(orders[buyers] > 1), np.mean(certain[buyers] > 1)
    aim = float(np.clip(aim, least, most))
    chance = (most - aim) / max(float(most - least), 1e-9)
    for tie in (certain > 1, (certain <= 1) & (orders > 1), orders == 1):
        rows = np.flatnonzero(buyers & tie)
        leaves[rows] = spread(rng, np.full(len(rows), chance))
    return aim
