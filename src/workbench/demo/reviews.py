"""The table `reviews`: honest ones, each in its own words, and bought ones from templates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.demo.arrow import numbered, table, text
from workbench.demo.chance import DAY, Flags, Ints, Span, pause, spread
from workbench.demo.orders import Orders
from workbench.demo.people import People
from workbench.demo.phrases import CLOSINGS, DETAILS, ENDINGS, OPENINGS, TEMPLATES
from workbench.demo.pieces import Shelf
from workbench.demo.planted import truth

# Chances of 1 to 5 stars: any product, a product whose reviews are bought, a refunded order.
_STARS = np.array(
    [[0.03, 0.04, 0.10, 0.23, 0.60], [0.03, 0.03, 0.05, 0.09, 0.80], [0.3, 0.25, 0.2, 0.15, 0.1]]
)
_WRITES, _WRITES_IF_PAID = 0.3, 0.6
_MOOD = np.array([0, 0, 1, 2, 2])


@dataclass
class Reviews:
    """All reviews, an array each; `order` is the order each is about."""

    order: Ints
    stars: Ints
    instant: Ints
    is_template: Flags
    ids: pa.Array


def write(rng: np.random.Generator, orders: Orders, shelf: Shelf, span: Span) -> Reviews:
    """Draw who writes a review, when, how many stars it has, and whether it was bought."""
    boosted = shelf.is_boosted[orders.product]
    writes = rng.random(len(orders)) < np.where(boosted, _WRITES_IF_PAID, _WRITES)
    instant = orders.instant + DAY + pause(rng, len(orders), 5 * DAY / 1e6, 0.7)
    order = np.flatnonzero(writes & (instant < span.end) & ~orders.is_cancelled)
    order = order[np.argsort(instant[order], kind="stable")]
    chances = _STARS[np.where(orders.refunded[order] > 0, 2, boosted[order])].cumsum(axis=1)
    stars = 1 + (rng.random(len(order))[:, None] > chances[:, :-1]).sum(axis=1)
    is_template = boosted[order] & (stars == 5)  # noqa: PLR2004 - five stars are what is paid for
    share = truth().templated_share.value
    is_template[is_template] = spread(rng, np.full(is_template.sum(), share))
    return Reviews(order, stars, instant[order], is_template, numbered("r", len(order), 7))


def reviews(
    rng: np.random.Generator, written: Reviews, orders: Orders, shelf: Shelf, people: People
) -> pa.Table:
    """Return the table `reviews`."""
    noun = text(orders.product[written.order], shelf.noun)
    words = pc.if_else(
        pa.array(written.is_template),
        _bought(rng, noun),
        honest(rng, _MOOD[written.stars - 1], noun),
    )
    return table(
        "reviews",
        {
            "review_id": written.ids,
            "user_id": text(orders.user[written.order], people.ids),
            "rating": written.stars,
            "text": words,
            "reviewed_at": written.instant,
            "product_id": text(orders.product[written.order], shelf.ids),
            "order_id": text(written.order, orders.ids),
        },
    )


def _bought(rng: np.random.Generator, noun: pa.Array) -> pa.Array:
    which = rng.integers(0, len(TEMPLATES), len(noun))
    before, after = zip(*TEMPLATES, strict=True)
    ending = text(rng.integers(0, len(ENDINGS), len(noun)), ENDINGS)
    return pc.binary_join_element_wise(text(which, before), noun, text(which, after), ending, "")


def honest(rng: np.random.Generator, mood: Ints, noun: pa.Array) -> pa.Array:
    """Return a review in words of its own for each mood (0 bad, 1 middling, 2 good) and thing bought."""
    parts = []
    for choices in (OPENINGS, DETAILS, DETAILS, CLOSINGS):
        sizes = np.array([len(choice) for choice in choices])
        first = np.cumsum(sizes) - sizes
        which = first[mood] + (rng.random(len(mood)) * sizes[mood]).astype(np.int64)
        parts.append(text(which, [phrase for choice in choices for phrase in choice]))
    opening, detail, another, closing = parts
    twice = pa.array(rng.random(len(mood)) < 0.5)  # noqa: PLR2004 - half say two things
    detail = pc.if_else(
        pc.and_(twice, pc.not_equal(detail, another)),
        pc.binary_join_element_wise(detail, another, "，"),
        detail,
    )
    named = pc.binary_join_element_wise(noun, detail, "")
    detail = pc.if_else(pa.array(rng.random(len(mood)) < 0.4), named, detail)  # noqa: PLR2004 - two in five
    return pc.binary_join_element_wise(opening, detail, closing, "，")
