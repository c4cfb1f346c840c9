"""The table `events`: what the visits leave behind, and what happens beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.demo.arrow import numbered, only, table, text
from workbench.demo.chance import DAY, GOLDEN, HOUR, Flags, Ints, Rows, Span, pause
from workbench.demo.orders import Orders
from workbench.demo.people import PLATFORMS, WECHAT, People
from workbench.demo.pieces import PRODUCTS, Pieces, Shelf
from workbench.demo.planted import truth
from workbench.demo.steps import CART, CHECKOUT, PURCHASE, VIEW, Walks
from workbench.demo.visits import CHANNELS, PRIVATE, REFERRAL, Visits

_NAMES = (
    "discover", "open_invitation", "visit", "register", "view_item", "add_to_cart",
    "begin_checkout", "purchase", "share", "join_group", "group_activity",
)  # fmt: skip
# Members of the group still active after 24, 48, 72, … hours.
_ALIVE = (0.45, 0.29, truth().group_activity.value, 0.15, 0.13, 0.115, 0.10)


@dataclass
class _Log(Rows):
    """Events under way, an array each; -1 is nothing."""

    name: Ints
    instant: Ints
    visit: Ints
    user: Ints
    platform: Ints
    channel: Ints
    product: Ints


def events(
    rng: np.random.Generator,
    people: People,
    pieces: Pieces,
    shelf: Shelf,
    visits: Visits,
    walks: Walks,
    product: Ints,
    inviter: Ints,
    orders: Orders,
    span: Span,
) -> pa.Table:
    """Return the table `events`, ordered by time."""
    log = _Log.join([
        *_of_visits(rng, visits, walks, product),
        _shares(rng, walks, inviter, people, span),
        *_group(rng, people, span),
    ])  # fmt: skip
    order = np.argsort(log.instant, kind="stable")
    at = log.instant[order]
    log = log.take(order[(at >= span.start) & (at < span.end)])
    return _table(rng, log, people, pieces, shelf, visits, orders)


def _of_visits(rng: np.random.Generator, visits: Visits, walks: Walks, product: Ints) -> list[_Log]:
    looks, again = walks.level >= VIEW, walks.views_again
    # Who looks at two products wants the second one.
    other = (product + rng.integers(1, PRODUCTS, len(product))) % PRODUCTS
    first = np.where(again, other, product)
    none = np.full(len(product), -1)

    def log(name: str, where: Flags, instant: Ints, concerned: Ints) -> _Log:
        rows = np.flatnonzero(where)
        return _Log(
            np.full(len(rows), _NAMES.index(name)), instant[rows], rows, visits.user[rows],
            visits.platform[rows], visits.channel[rows], concerned[rows],
        )  # fmt: skip

    return [
        log("discover", visits.is_new, visits.start, none),
        log("open_invitation", visits.is_invited, walks.opened, none),
        log("visit", walks.level >= 0, walks.visited, none),
        log("register", visits.is_new, walks.registered, none),
        log("view_item", looks, walks.viewed, first),
        log("view_item", looks & again, walks.viewed_again, product),
        log("add_to_cart", walks.level >= CART, walks.carted, product),
        log("begin_checkout", walks.level >= CHECKOUT, walks.checked_out, product),
        log("purchase", walks.level >= PURCHASE, walks.bought, product),
    ]


def _beside(name: str, user: Ints, instant: Ints, platform: Ints, channel: int) -> _Log:
    """Events outside of visits."""
    count = len(user)
    return _Log(
        np.full(count, _NAMES.index(name)), instant, np.full(count, -1), user,
        platform, np.full(count, channel), np.full(count, -1),
    )  # fmt: skip


def _shares(
    rng: np.random.Generator, walks: Walks, inviter: Ints, people: People, span: Span
) -> _Log:
    """Each invitation that was opened had been sent; more than as many again were in vain."""
    opened = np.flatnonzero(inviter >= 0)
    luck = rng.random(len(opened))
    ahead = DAY * (0.001 + 2 * luck * luck * luck)
    sent = walks.opened[opened] - ahead.astype(np.int64)
    vain = span.draw(rng, np.full(len(opened) * 6 // 5, span.start))
    idle = people.settled[rng.integers(0, len(people.settled), len(vain))]
    user = np.concatenate([inviter[opened], idle])
    instant = np.concatenate([sent, vain])
    return _beside("share", user, instant, people.platforms[user, 0], REFERRAL)


def _group(rng: np.random.Generator, people: People, span: Span) -> list[_Log]:
    """Who joins the group on WeChat, and who says something in it on the days that follow."""
    user = np.flatnonzero(people.joins)
    joined = np.sort(span.draw(rng, np.full(len(user), span.start)))
    user = rng.permutation(user)
    known = joined > people.arrived[user] + HOUR
    user, joined = user[known], joined[known]
    # Multiples of the golden ratio fill 0..1 evenly, so that each share is met in any stretch.
    luck = (rng.random() + np.arange(len(user)) * GOLDEN) % 1.0
    days = (luck[:, None] < np.array(_ALIVE)).sum(axis=1)
    talks_at_once = (days > 0) | (rng.random(len(user)) < 0.4)  # noqa: PLR2004 - two in five
    spoken = np.where(talks_at_once, days + 1, 0)
    member = np.repeat(np.arange(len(user)), spoken)
    day = np.arange(len(member)) - np.repeat(np.cumsum(spoken) - spoken, spoken)
    often = 1 + (rng.random(len(member)) < 0.4)  # noqa: PLR2004 - as above
    member, day = np.repeat(member, often), np.repeat(day, often)
    since = DAY * (0.001 + 0.99 * rng.random(len(day)))
    spoke = joined[member] + day * DAY + since.astype(np.int64)

    def log(name: str, who: Ints, instant: Ints) -> _Log:
        return _beside(name, who, instant, np.full(len(who), WECHAT), PRIVATE)

    return [log("join_group", user, joined), log("group_activity", user[member], spoke)]


def _table(
    rng: np.random.Generator,
    log: _Log,
    people: People,
    pieces: Pieces,
    shelf: Shelf,
    visits: Visits,
    orders: Orders,
) -> pa.Table:
    order = np.full(len(visits), -1)
    order[orders.visit] = np.arange(len(orders))
    bought = log.name == _NAMES.index("purchase")
    order = np.where(bought, order[log.visit], -1)
    content = np.where(log.visit >= 0, visits.content[log.visit], -1)
    lasts = np.isin(log.name, [_NAMES.index("visit"), _NAMES.index("view_item")])
    seconds = pause(rng, len(order), 45, 0.9).astype(np.float64) / 1e6
    return table(
        "events",
        {
            "user_id": text(log.user, people.ids),
            "event": text(log.name, _NAMES),
            "occurred_at": log.instant,
            "platform": text(log.platform, PLATFORMS),
            "channel": text(log.channel, CHANNELS),
            "content_id": text(content, pieces.ids),
            "product_id": text(log.product, shelf.ids),
            "session_id": text(log.visit, numbered("s", len(visits), 8)),
            "order_id": text(order, orders.ids),
            "value": only(bought, orders.amount[order]),
            "duration_seconds": only(lasts, seconds.round(1)),
        },
    )
