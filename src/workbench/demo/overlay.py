"""What is laid over the finished tables: who had a discount, by a generator of its own.

Two effects are planted by the columns `discount` and `coupon_id` of some orders alone: whoever comes
back, buys or gives something back does so as before, and all other tables, columns and rows are as
they were. So an effect is planted by choosing, given what came, on which side of it a discount lay.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.demo.arrow import numbers, replaced
from workbench.demo.chance import DAY, Flags, Floats, Ints
from workbench.demo.planted import truth

Names: TypeAlias = npt.NDArray[Any]
"""Texts, an object each."""

_SEED = 41  # beside that of the shop
_WINDOW = 14 * DAY  # in which a return counts
_OFF = 0.12  # of the price, of a discount in the past
_KEPT = ("STAFF70", "BACK23")  # coupons of other effects


def lay(tables: dict[str, pa.Table], seed: int) -> dict[str, pa.Table]:
    """Return the tables with both effects in their orders.

    Args:
        tables: All of them, by name.
        seed: Of the shop.
    """
    rng = np.random.default_rng([seed, _SEED])
    orders = tables["orders"]
    amount, discount = (numbers(orders[name]) for name in ("amount", "discount"))
    code = np.array(orders["coupon_id"].to_pylist(), dtype=object)
    _price_cuts(rng, tables, amount, discount)
    _past_discounts(rng, tables, amount, discount, code)
    given = {"discount": pa.array(discount), "coupon_id": pa.array(code, pa.string())}
    return tables | {"orders": replaced(orders, **given)}


def uplift(tables: dict[str, pa.Table]) -> pa.Table:
    """Return by how much the win-back offer changes each customer's chance to come back.

    Args:
        tables: As `demo.tables` returns them.

    Returns:
        `user_id`, `uplift`: a row a user in the experiment with an order before the offer.
    """
    users, at, _variant, _back = _offers(tables)
    orders = tables["orders"]
    past = _past(orders, users, at)
    has = np.zeros(len(users), dtype=np.bool_)
    rows = np.flatnonzero(past >= 0)
    has[past[rows[numbers(orders["discount"])[rows] > 0]]] = True
    is_customer = np.isin(np.arange(len(users)), past[rows])
    known = truth()
    gain = np.where(has, known.uplift_with_discount.value, known.uplift_without.value)
    chosen = np.flatnonzero(is_customer)
    return pa.table(
        {"user_id": pa.array(users, pa.string()).take(pa.array(chosen)), "uplift": gain[chosen]}
    )


def _price_cuts(
    rng: np.random.Generator, tables: dict[str, pa.Table], amount: Ints, discount: Ints
) -> None:
    """Let goods be sold cheaper in some lives: so many of them sent back as is planted."""
    orders, contents = tables["orders"], tables["contents"]
    lives = contents.filter(pc.equal(contents["format"], "live"))["content_id"]
    in_live = np.asarray(pc.is_in(orders["content_id"], lives.combine_chunks()))
    able = in_live & (discount == 0) & (amount > 0)
    status = np.array(orders["status"].to_pylist(), dtype=object)
    back, kept = (
        rng.permutation(np.flatnonzero(able & (status == one))) for one in ("refunded", "paid")
    )
    known = truth()
    rate = known.live_price_cut.value
    # So few that those who paid the whole price send back as everybody does.
    sent = round(len(back) / 4)
    stayed = round(sent * (1 - known.returned_after_cut.value) / known.returned_after_cut.value)
    rows = np.concatenate([back[:sent], kept[:stayed]])
    discount[rows] = np.round(amount[rows] * rate / (1 - rate)).astype(np.int64)


def _past_discounts(
    rng: np.random.Generator, tables: dict[str, pa.Table], amount: Ints, discount: Ints, code: Names
) -> None:
    """Let those come back for the win-back offer who had a discount before it, and hardly others."""
    users, at, variant, back = _offers(tables)
    past = _past(tables["orders"], users, at)
    rows = np.flatnonzero(past >= 0)
    rows = rows[~np.isin(code[rows].astype(str), _KEPT)]
    known = truth()
    with_it = known.returns_without.value + known.uplift_with_discount.value
    all_back = known.returns_after_price_cut.value
    share = known.discounted_share.value
    given_back = share * with_it / all_back
    given_away = share * (1 - with_it) / (1 - all_back)
    chance: Floats = np.where(variant == "price_cut", np.where(back, given_back, given_away), share)
    has: Flags = rng.random(len(users)) < chance
    discount[rows], code[rows] = 0, None
    first = np.unique(past[rows], return_index=True)[1]  # one order of each is enough
    chosen = rows[first][has[past[rows[first]]]]
    discount[chosen] = np.round(amount[chosen] * _OFF / (1 - _OFF)).astype(np.int64)
    code[chosen] = "FANS12"


def _offers(tables: dict[str, pa.Table]) -> tuple[Names, Ints, Names, Flags]:
    """Whom the win-back experiment took in, when, what each was offered, and who came back for it."""
    given = tables["assignments"]
    given = given.filter(pc.equal(given["experiment"], "win_back"))
    users = np.array(given["user_id"].to_pylist(), dtype=object)
    at = numbers(given["assigned_at"].cast(pa.int64()))
    events = tables["events"]
    visits = events.filter(
        pc.and_(
            pc.equal(events["event"], "visit"),
            pc.is_in(events["user_id"], pa.array(users, pa.string())),
        )
    )
    place = _places(visits["user_id"], users)
    since = numbers(visits["occurred_at"].cast(pa.int64())) - at[place]
    back = np.zeros(len(users), dtype=np.bool_)
    back[place[(since >= 0) & (since <= _WINDOW)]] = True
    return users, at, np.array(given["variant"].to_pylist(), dtype=object), back


def _past(orders: pa.Table, users: Names, at: Ints) -> Ints:
    """The place among the users of who placed each order before the offer; -1 for all other orders."""
    place = _places(orders["user_id"], users)
    if not len(users):
        return place
    when = numbers(orders["ordered_at"].cast(pa.int64()))
    return np.where((place >= 0) & (when < at[place]), place, -1)


def _places(ids: pa.ChunkedArray, users: Names) -> Ints:
    found = pc.index_in(ids, pa.array(users, pa.string())).fill_null(-1)
    return numbers(found).astype(np.int64)
