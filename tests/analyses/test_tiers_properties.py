"""Laws of tiers, over many small shops in which ties are common.

A query costs the same for one shop as for ten: the shops of an example are the users of one table.
"""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from scopes import scope_of
from workbench.analyses.tiers import rank
from workbench.customers.purchases import account, net_orders
from workbench.customers.rfm import measure
from workbench.customers.thresholds import Thresholds, learn
from workbench.customers.tiering import place
from workbench.periods import Period

MARCH = Period(date(2026, 3, 2), date(2026, 3, 29), "Asia/Shanghai")
HOUR = timedelta(hours=1)
LEVELS = scope_of({}, MARCH).levels
GIVEN = Thresholds((20, 7), (2, 3), (100, 700))
SCORES = ["r", "f", "m", "level", "rank"]
SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("ordered_at", pa.timestamp("us")),
        ("amount", pa.int64()),
        ("refunded_amount", pa.int64()),
        ("refunded_at", pa.timestamp("us")),
        ("status", pa.string()),
        ("order_id", pa.string()),
    ]
)

HOURS = st.integers(0, 28 * 24 - 1)
SHOP = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", None]),
        st.one_of(HOURS, st.integers(-300, 900)),
        st.sampled_from([0, 1, 100, 700]),
        st.sampled_from([None, 0, 1, 100, 700, 900]),
        st.one_of(st.none(), st.integers(-300, 900)),
        st.sampled_from(["paid", "paid", "cancelled", "refunded", None]),
    ),
    min_size=1,
    max_size=14,
).map(lambda rows: [("a", 5, 100, None, None, "paid"), *rows])  # someone kept an order


SHOPS = st.lists(SHOP, min_size=10, max_size=10)


def table(shops):
    """Orders of (user, hour of the period, amount, refunded, hour of the refund, status)."""
    full = [
        (
            user and f"{shop} {user}",
            at(hour),
            amount,
            back,
            None if on is None else at(on),
            status,
            f"{shop} {place}",
        )
        for shop, rows in enumerate(shops)
        for place, (user, hour, amount, back, on, status) in enumerate(rows)
    ]
    return ibis.memtable(
        pa.table(dict(zip(SCHEMA.names, zip(*full, strict=True), strict=True)), schema=SCHEMA)
    )


def march(shops):
    return scope_of({"orders": table(shops)}, MARCH)


def at(hour):
    return MARCH.start + hour * HOUR


def tiered(shops, cuts=None):
    """The tiers of each shop."""
    users = measure(march(shops)).sort_values("user_id", ignore_index=True)
    shop = users["user_id"].str.split().str[0].astype(int)
    return [
        place(own.reset_index(drop=True), cuts or learn(own, ""), LEVELS)
        for _, own in users.groupby(shop)
    ]


few = settings(max_examples=4)


@few
@given(
    st.lists(
        SHOP.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))),
        min_size=10,
        max_size=10,
    )
)
def test_the_order_of_rows_changes_nothing(both):
    for before, after in zip(*map(tiered, zip(*both, strict=True)), strict=True):
        pd.testing.assert_frame_equal(after, before)


@few
@given(SHOPS, st.lists(st.integers(1, 1000), min_size=10, max_size=10))
def test_another_unit_of_money_changes_no_tier_under_learned_thresholds(shops, factors):
    scaled = [
        [
            (user, hour, amount * factor, back and back * factor, on, status)
            for user, hour, amount, back, on, status in rows
        ]
        for rows, factor in zip(shops, factors, strict=True)
    ]
    for before, after, factor in zip(tiered(shops), tiered(scaled), factors, strict=True):
        assert after[SCORES].equals(before[SCORES])
        assert (after["monetary"] == before["monetary"] * factor).all()


ONE_MORE = st.tuples(st.sampled_from("abcde"), HOURS, st.sampled_from([0, 1, 100, 700]))


@few
@given(SHOPS, st.lists(ONE_MORE, min_size=10, max_size=10))
def test_one_more_order_lowers_nobody_under_fixed_thresholds(shops, added):
    longer = [[*rows, (*one, None, None, "paid")] for rows, one in zip(shops, added, strict=True)]
    bought = came_to(shops)
    pairs = zip(*(by_user(tiered(rows, GIVEN)) for rows in (shops, longer)), strict=True)
    for shop, (before, after) in enumerate(pairs):
        letter, _, amount = added[shop]
        user = f"{shop} {letter}"
        others = before.index.difference([user])
        pd.testing.assert_frame_equal(after.loc[others], before.loc[others])
        assert set(after.index) == {*before.index, user}
        if user in before.index:
            for score in ("r", "f", "m", "rank"):
                assert after.loc[user, score] >= before.loc[user, score]
        else:
            assert after.loc[user, "monetary"] == amount + bought.get(user, 0)


def by_user(frames):
    return [frame.set_index("user_id") for frame in frames]


def came_to(shops):
    """What the orders of each user in the period came to, purchases or not."""
    made = net_orders(march(shops))
    sums = made.filter(made.ordered_at >= MARCH.start).group_by("user_id")
    found = sums.agg(net=made.net_amount.sum()).to_pyarrow().to_pydict()
    return dict(zip(found["user_id"], found["net"], strict=True))


@few
@given(SHOPS)
def test_equal_values_share_a_score_and_better_ones_score_no_less(shops):
    for users in tiered(shops):
        for name, score, sign in (
            ("recency_days", "r", -1),
            ("frequency", "f", 1),
            ("monetary", "m", 1),
        ):
            scores = users.groupby(name)[score].agg(["min", "max"])
            assert (scores["min"] == scores["max"]).all()
            by_value = users.assign(value=sign * users[name]).sort_values("value")
            assert by_value[score].is_monotonic_increasing


@settings(max_examples=100)
@given(*(st.lists(st.integers(1, 3), min_size=3, max_size=3) for _ in range(2)))
def test_a_rank_never_falls_when_a_score_rises(low, high):
    best = [max(pair) for pair in zip(low, high, strict=True)]
    worse, better = LEVELS.assign(pd.DataFrame([low, best], columns=["r", "f", "m"]))["rank"]
    assert worse <= better


@settings(max_examples=8)
@given(SHOP)
def test_levels_and_cells_hold_every_user_and_all_money(rows):
    scope = march([rows])
    found = rank(scope)
    money = found.users["monetary"].sum()
    for parts in (found.levels, found.cells):
        assert parts["users"].sum() == len(found.users)
        assert parts["revenue_amount"].sum() == money
    assert money == in_account(scope) - of_others([rows], set(found.users["user_id"]))


@few
@given(SHOPS)
def test_the_money_of_tiered_users_is_the_accounts_less_what_others_gave_back(shops):
    users = measure(march(shops))
    others = of_others(shops, set(users["user_id"]))
    assert users["monetary"].sum() == in_account(march(shops)) - others
    assert others <= 0  # who bought nothing in the period can only have given back


def in_account(scope):
    """What purchases and returns of the period came to, by the account of all orders."""
    net = account(scope).set_index("outcome")["net_amount"]
    return net["in_period"] + net["given_back_in_period"]


def of_others(shops, tiered_users):
    """What the users came to who made no purchase in the period."""
    return sum(net for user, net in came_to(shops).items() if user not in tiered_users)
