"""What is laid over the finished tables for cases of risk, each by a generator of its own.

- Refund abuse, a fraud that starts late: of the orders that came back whole within six days, some are
  praised on the way. Reviews are added, and what the labels say of those orders changes.
- A second look at some of the labels, and verdicts that are wrong.
- Decisions that take longer where reviews are templated: who bought such a product had looked at it
  in an earlier visit. Only which product that visit looked at changes.

Who comes, buys and sends back, and when, is as before in every table.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.demo import reviews
from workbench.demo.arrow import moments, numbered, numbers, replaced, table, text
from workbench.demo.chance import DAY, SECOND, Flags, Ints, Span, micros, pause
from workbench.demo.pieces import Shelf
from workbench.demo.planted import truth

REVIEWERS = ("rev01", "rev02", "rev03", "rev04", "rev05", "rev06")
_ABUSE, _WRONG, _LONGER = 42, 43, 44  # beside the seed of the shop
_SLOWEST = 6 * DAY
_LATE = 45 * DAY  # an order nobody complains about counts as good then
_FOUND = 12 * DAY / SECOND  # after which a bad order is found out, in the middle
_REACH = 14 * DAY  # how far back the earlier look lies at most
_SECOND_LOOKS = 0.15
_GOOD_MOOD = 2


def lay(tables: dict[str, pa.Table], is_bad: Flags, seed: int, span: Span) -> dict[str, pa.Table]:
    """Return the tables with all three effects.

    Args:
        tables: All of them, by name; the orders' discounts do not matter.
        is_bad: Whether each order is foul already.
        seed: Of the shop.
        span: The time the data cover.
    """
    rng = np.random.default_rng([seed, _ABUSE])
    rows = _abused(rng, tables, is_bad)
    orders = tables["orders"].take(pa.array(rows))
    praised = _praised(rng, tables, orders, rows)
    found = _found_out(rng, tables["labels"], orders, span)
    rng = np.random.default_rng([seed, _WRONG])
    judged = _misjudged(rng, _judged_again(rng, found, span), tables["orders"], span)
    looked = _looked_before(np.random.default_rng([seed, _LONGER]), tables["events"])
    return tables | {"reviews": praised, "labels": judged, "events": looked}


def abused(tables: dict[str, pa.Table], is_bad: Flags, seed: int) -> Ints:
    """Return the rows of the orders that `lay` makes cases of refund abuse, ascending."""
    return _abused(np.random.default_rng([seed, _ABUSE]), tables, is_bad)


def _abused(rng: np.random.Generator, tables: dict[str, pa.Table], is_bad: Flags) -> Ints:
    """Choose among late orders that came back whole and soon, and that nobody wrote about."""
    orders, written = tables["orders"], tables["reviews"]["order_id"].combine_chunks()
    at = numbers(orders["ordered_at"])
    took = numbers(orders["refunded_at"]) - at
    is_late = at >= micros(truth().refund_abuse_from)
    is_soon = (took > 2 * DAY) & (took < _SLOWEST)
    is_whole = np.asarray(pc.equal(orders["status"], "refunded"))
    is_silent = ~np.asarray(pc.is_in(orders["order_id"], written))
    is_plain = ~Shelf.stock().is_boosted[_products(tables)]
    able = is_late & is_soon & is_whole & is_silent & is_plain & ~is_bad
    count = round(truth().refund_abuse.value * int(is_late.sum()))
    return np.sort(rng.permutation(np.flatnonzero(able))[:count])


def _products(tables: dict[str, pa.Table]) -> Ints:
    """The product of each order, as its place on the shelf."""
    events = tables["events"]
    bought = events.filter(pc.equal(events["event"], "purchase"))
    place = pc.index_in(tables["orders"]["order_id"], bought["order_id"].combine_chunks())
    return numbers(pc.index_in(bought["product_id"].take(place), Shelf.stock().ids))


def _praised(
    rng: np.random.Generator, tables: dict[str, pa.Table], orders: pa.Table, rows: Ints
) -> pa.Table:
    """The reviews with those of the chosen orders, written before these are sent back."""
    old, shelf = tables["reviews"], Shelf.stock()
    at, back = numbers(orders["ordered_at"]), numbers(orders["refunded_at"])
    product = _products(tables)[rows]
    four = rng.random(len(rows)) < 0.2  # noqa: PLR2004 - most give all five stars
    written = at + ((back - at) * (0.4 + 0.5 * rng.random(len(rows)))).astype(np.int64)
    new = table(
        "reviews",
        {
            "review_id": numbered("r", old.num_rows + len(rows), 7).slice(old.num_rows),
            "user_id": orders["user_id"],
            "rating": 5 - four.astype(np.int64),
            "text": reviews.honest(rng, np.full(len(rows), _GOOD_MOOD), text(product, shelf.noun)),
            "reviewed_at": written,
            "product_id": text(product, shelf.ids),
            "order_id": orders["order_id"],
        },
    )
    joined = pa.concat_tables([old, new])
    return joined.take(pa.array(np.argsort(numbers(joined["reviewed_at"]), kind="stable")))


def _found_out(
    rng: np.random.Generator, labels: pa.Table, orders: pa.Table, span: Span
) -> pa.Table:
    """The labels, each with its reviewer, in which the chosen orders are bad: known after the return."""
    ids = orders["order_id"].combine_chunks()
    is_theirs = pc.and_(pc.equal(labels["subject"], "order"), pc.is_in(labels["subject_id"], ids))
    old = replaced(labels, reviewer=_somebody(rng, labels.num_rows)).filter(pc.invert(is_theirs))
    known = numbers(orders["refunded_at"]) + DAY + pause(rng, len(ids), _FOUND, 0.7)
    seen = np.flatnonzero(known < span.end)
    new = table(
        "labels",
        {
            "subject": pa.array(["order"] * len(seen), pa.string()),
            "subject_id": ids.take(pa.array(seen)),
            "is_bad": np.ones(len(seen), dtype=np.bool_),
            "known_at": known[seen],
            "reviewer": _somebody(rng, len(seen)),
        },
    )
    return pa.concat_tables([old, new])


def _somebody(rng: np.random.Generator, count: int) -> pa.Array:
    return text(rng.integers(0, len(REVIEWERS), count), REVIEWERS)


def _judged_again(rng: np.random.Generator, labels: pa.Table, span: Span) -> pa.Table:
    """The labels, then second ones of some of their subjects, by another reviewer days later."""
    again = labels.filter(pa.array(rng.random(labels.num_rows) < _SECOND_LOOKS))
    known = numbers(again["known_at"]) + DAY + pause(rng, len(again), 3 * DAY / SECOND)
    first = numbers(pc.index_in(again["reviewer"], pa.array(REVIEWERS)))
    other = (first + rng.integers(1, len(REVIEWERS), len(again))) % len(REVIEWERS)
    again = replaced(again, reviewer=text(other, REVIEWERS), known_at=moments(known))
    return pa.concat_tables([labels, again.filter(pa.array(known < span.end))])


def _misjudged(
    rng: np.random.Generator, labels: pa.Table, orders: pa.Table, span: Span
) -> pa.Table:
    """The labels by the day they are known, so many of them wrong as is planted.

    A bad order that is passed is heard of when other good ones are, a good one that is taken for bad
    when other bad ones are. A verdict on an order that would be known only after the end stays right.
    """
    is_bad = np.array(labels["is_bad"].to_pylist(), dtype=np.bool_)
    known = numbers(labels["known_at"])
    place = numbers(pc.index_in(labels["subject_id"], orders["order_id"].combine_chunks()))
    is_order = np.asarray(pc.equal(labels["subject"], "order")) & (place >= 0)
    ordered = np.where(is_order, numbers(orders["ordered_at"])[place], known)
    able = ~(is_order & is_bad) | (ordered + _LATE < span.end)
    count = round(truth().wrong_verdicts.value * labels.num_rows)
    wrong = rng.permutation(np.flatnonzero(able))[:count]
    soon = np.minimum(ordered[wrong] + DAY + pause(rng, len(wrong), _FOUND, 0.7), known[wrong])
    late = np.maximum(ordered[wrong] + _LATE, known[wrong])
    moved = np.where(is_bad[wrong], np.where(late < span.end, late, known[wrong]), soon)
    known[wrong] = np.where(is_order[wrong], moved, known[wrong])
    is_bad[wrong] = ~is_bad[wrong]
    told = replaced(labels, is_bad=pa.array(is_bad), known_at=moments(known))
    return told.take(pa.array(np.argsort(known, kind="stable")))


def _looked_before(rng: np.random.Generator, events: pa.Table) -> pa.Table:
    """The events, in which buyers of products with bought reviews had looked at them before.

    A visit of theirs that put nothing into the cart, a day to two weeks earlier, looked at that product.
    """
    at, user = numbers(events["occurred_at"]), events["user_id"].combine_chunks()
    who = numbers(user.dictionary_encode().indices)
    product = numbers(pc.index_in(events["product_id"], Shelf.stock().ids))
    is_view = np.asarray(pc.equal(events["event"], "view_item"))
    is_bought = np.asarray(pc.equal(events["event"], "purchase"))
    order, seen = _decisions(who, product, at, is_view, is_bought)
    waited = at[order] - at[seen] > DAY
    look = _idle(events, who, product, at, is_view)
    place = np.searchsorted(_stamp(who[look], at[look]), _stamp(who[order], at[order] - DAY)) - 1
    look = look[np.maximum(place, 0)]
    is_near = (who[look] == who[order]) & (at[order] - at[look] < _REACH)
    free = np.flatnonzero((place >= 0) & is_near & ~waited)
    free = free[np.unique(look[free], return_index=True)[1]]
    missing = round(truth().longer_decisions.value * len(order)) - int(waited.sum())
    chosen = rng.permutation(free)[: max(missing, 0)]
    product[look[chosen]] = product[order[chosen]]
    return replaced(events, product_id=text(product, Shelf.stock().ids))


def _decisions(
    who: Ints, product: Ints, at: Ints, is_view: Flags, is_bought: Flags
) -> tuple[Ints, Ints]:
    """First orders of products with bought reviews within two weeks of the first look, and that look."""
    boosted = Shelf.stock().is_boosted[product] & (product >= 0)
    pair = who * len(Shelf.stock().ids) + product
    looks, orders = np.flatnonzero(boosted & is_view), np.flatnonzero(boosted & is_bought)
    pairs, first = np.unique(pair[looks], return_index=True)
    bought, order = np.unique(pair[orders], return_index=True)
    order = orders[order[np.isin(bought, pairs)]]
    seen = looks[first[np.isin(pairs, bought)]]
    is_soon = (at[order] >= at[seen]) & (at[order] - at[seen] <= _REACH)
    return order[is_soon], seen[is_soon]


def _idle(events: pa.Table, who: Ints, product: Ints, at: Ints, is_view: Flags) -> Ints:
    """Looks at other products in visits that put nothing into the cart, by user and time."""
    carted = events.filter(pc.equal(events["event"], "add_to_cart"))["session_id"].combine_chunks()
    is_idle = ~np.asarray(pc.is_in(events["session_id"], carted))
    rows = np.flatnonzero(is_view & is_idle & ~Shelf.stock().is_boosted[product])
    return rows[np.lexsort((at[rows], who[rows]))]


def _stamp(who: Ints, at: Ints) -> Ints:
    """User and second in one number, in that order."""
    return who * 2**32 + at // SECOND
