"""The measures of the trade on shops typed by hand: what counts, when, and what is not known."""

import math
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopes import scope_of
from workbench.customers.measures import (
    MEASURES,
    measures,
    metric,
    repurchase_rate,
    visits_rule,
)
from workbench.customers.measures.__main__ import document
from workbench.customers.purchases import account, net_orders, purchases, returns
from workbench.errors import ParameterError
from workbench.periods import Period
from workbench.stats.rates import wilson

ROOT = Path(__file__).parents[2]
WEEKS = Period(date(2026, 3, 9), date(2026, 3, 22), "UTC")  # W11 and W12
DAY = timedelta(days=1)
COLUMNS = {
    "user_id": pa.string(),
    "ordered_at": pa.timestamp("us"),
    "amount": pa.int64(),
    "refunded_amount": pa.int64(),
    "refunded_at": pa.timestamp("us"),
    "status": pa.string(),
    "discount": pa.int64(),
    "platform": pa.string(),
    "order_id": pa.string(),
}
OF_ORDERS = [name for name, one in MEASURES.items() if "orders" in one.needs]


def march(day, hour=12):
    return datetime(2026, 3, 1) + (day - 1) * DAY + timedelta(hours=hour)


def order(user, on, amount, *, back=None, back_on=None, status="paid", discount=0, at="douyin"):
    refunded = None if back_on is None else march(back_on)
    return (user, march(on), amount, back, refunded, status, discount, at)


def shop(*rows, period=WEEKS, platform="", since=-60):
    """A scope over these orders, and one of long ago with which the shop begins."""
    full = [(*row, f"o{i}") for i, row in enumerate([order("first", since, 1), *rows])]
    columns = zip(COLUMNS, zip(*full, strict=True), strict=True)
    table = pa.table({name: pa.array(values, COLUMNS[name]) for name, values in columns})
    return scope_of({"orders": ibis.memtable(table)}, period, platform, currency="CNY")


def figures(scope, *names, within_days=None):
    return [metric(name, scope, within_days).interval.value for name in names]


def weekly(scope, name, within_days=None):
    values = MEASURES[name].by_week(scope, within_days)["value"]
    return [None if math.isnan(value) else value for value in values]


def test_what_is_placed_and_what_is_bought_differ_by_what_was_undone_and_by_guests():
    scope = shop(
        order("a", 9, 500),
        order("a", 10, 700, back=700, back_on=11, status="refunded"),
        order("b", 11, 900, status="cancelled"),
        order(None, 12, 40),
        order("c", 13, 0),
        order("d", 14, 0, back=60, back_on=14, status="cancelled"),
        order("b", 15, 1000, back=250, back_on=20),
    )
    assert figures(scope, "orders_placed", "gmv") == [6, 3140]
    assert figures(scope, "orders", "buyers", "revenue_amount") == [3, 3, 1500]
    assert figures(scope, "net_revenue_amount") == [1500 - 250 - 60]
    assert figures(scope, "guest_rate", "undone_rate") == [1 / 6, 2 / 5]
    assert figures(scope, "refund_rate") == [(700 + 250 + 60) / (1500 + 700)]
    assert figures(scope, "order_refund_rate") == [2 / 4]  # of a's two, c's free one and b's second
    assert figures(scope, "aov", "orders_per_buyer") == [500, 1]


def test_a_refund_after_the_end_is_not_known_and_changes_nothing_before():
    scope = shop(order("a", 9, 500, back=500, back_on=23, status="refunded"), order("a", 16, 300))
    assert figures(scope, "orders", "revenue_amount", "refund_rate") == [2, 800, 0]
    later = shop(
        *(order("a", 9, 500, back=500, back_on=23, status="refunded"), order("a", 16, 300)),
        period=Period(WEEKS.first, WEEKS.last + 7 * DAY, "UTC"),
    )
    assert figures(later, "orders", "revenue_amount", "refund_rate") == [1, 300, 500 / 800]


def test_each_week_is_seen_as_it_was_at_its_own_end():
    scope = shop(
        order("a", 9, 500, back=100, back_on=15),
        order("b", 9, 600, back=200, back_on=16),
        order("b", 17, 50),
    )
    assert weekly(scope, "net_revenue_amount") == [1000, 50]
    assert figures(scope, "net_revenue_amount") == [850]


def test_within_some_days_each_order_has_as_many_and_who_is_too_young_is_left_out():
    rows = (
        order("a", 9, 500, back=100, back_on=14),
        order("b", 9, 600, back=200, back_on=15),
        order("c", 15, 70, back=10, back_on=20),
        order("d", 17, 40),
        order("d", 18, 50),
    )
    scope = shop(*rows)
    assert weekly(scope, "net_revenue_amount", within_days=5) == [400 + 600 + 60, None]
    assert figures(scope, "net_revenue_amount", within_days=5) == [1060 + 40]  # up to 17 March
    assert figures(scope, "net_revenue_amount", within_days=6) == [400 + 400 + 60]
    assert figures(scope, "gmv", within_days=5) == [1260]
    young = metric("orders", scope, 14)
    assert (young.interval.is_known, young.why) == (False, "these days are not old enough")


def test_who_bought_first_on_another_platform_is_no_new_buyer():
    scope = shop(
        order("a", 2, 100, at="wechat"),
        order("a", 10, 100),
        order("b", 10, 100),
        order("b", 11, 100, at="wechat"),
        order("c", 12, 100, at="wechat"),
        order("d", 3, 100, back=100, back_on=4, status="refunded"),
        order("d", 13, 100),
        order("e", 3, 100, back=100, back_on=17, status="refunded"),
        order("e", 14, 100),
    )
    assert figures(scope, "buyers", "new_buyers") == [5, 4]
    assert figures(scope.on("douyin"), "buyers", "new_buyers") == [4, 3]
    assert figures(scope.on("wechat"), "buyers", "new_buyers") == [2, 1]
    assert weekly(scope, "new_buyers") == [3, 0]  # e's first order still stood when W11 closed


def test_the_repurchase_rate_is_of_the_year_that_ends_with_the_scope():
    twice = [order("b", -340, 100), order("b", 22, 100), order("c", 5, 9)]
    assert repurchase_rate(shop(*twice)).value == 1 / 3  # of 52 weeks but for their first day
    # The 52 weeks begin on 24 March 2025, 41 days before these orders do: over one day in ten.
    short = shop(order("b", -300, 100), *twice[1:])
    assert not repurchase_rate(short).is_known
    assert metric("repurchase_rate", short).why == (
        "the orders do not reach back over these 52 weeks"
    )
    known = shop(
        *(order("z", -342, 5), order("z", 22, 5), *twice),
        *(order("c", 6, 9, status="cancelled"), order("c", 6, 0, back=9, back_on=6)),
    )
    assert repurchase_rate(known)[0] == 1 / 4  # b; not c, nor the first one, nor z with one in them


def test_days_are_the_shops_in_the_week_in_which_the_clocks_change():
    """London changes at 01:00 UTC on Sunday 29 March 2026: Monday begins at 23:00 UTC."""
    week = Period(date(2026, 3, 23), date(2026, 4, 5), "Europe/London")
    scope = shop(
        order("a", 22, 1),
        *((user, march(*at), amount, None, None, "paid", 0, "douyin") for user, at, amount in (
            ("b", (22, 23.999), 10), ("c", (23, 0), 100), ("d", (29, 22.999), 1000), ("e", (29, 23), 10000),
        )),
        period=week,
    )  # fmt: skip
    assert weekly(scope, "gmv") == [1100, 10000]
    assert weekly(scope, "orders", within_days=7) == [2, None]


def test_discounts_are_a_share_of_the_price_before_them():
    scope = shop(
        order("a", 9, 80, discount=20),
        order("b", 10, 100),
        order("b", 11, 0, discount=50),
        order("c", 11, 350, discount=None),
    )
    assert figures(scope, "discount_rate") == [70 / 600]


def test_a_quotient_of_sums_is_in_doubt_by_what_differs_from_user_to_user():
    amounts = [100, 200, 300, 400, 500]
    scope = shop(*(order(f"u{i}", 9 + i, one) for i, one in enumerate(amounts)))
    error = math.sqrt(100_000 * 5 / 4) / 5  # squares of (amount - 300), a user one order each
    found = metric("aov", scope).interval
    assert found == pytest.approx((300, 300 - 1.959964 * error, 300 + 1.959964 * error))
    few = metric("aov", shop(*(order(f"u{i}", 9, 100 + i) for i in range(4)))).interval
    assert few.value == 101.5
    assert math.isnan(few.low)


def test_what_is_not_known_says_why():
    scope = shop(order("a", 16, 100))
    assert (
        metric("visits", scope).why == "the source does not tell events.event, events.occurred_at"
    )
    assert metric("weekly_conversion", scope).why == "the source names no steps of a funnel"
    early = scope.during(Period(date(2025, 12, 29), date(2026, 1, 4), "UTC"))
    assert metric("orders", early).why == "the orders do not reach back over these days"
    empty = scope.during(Period(date(2026, 3, 2), date(2026, 3, 8), "UTC"))
    assert metric("orders", empty).interval.value == 0
    assert metric("aov", empty).why == "nothing happened that it could be taken of"
    returned = shop(order("a", 9, 100), order("a", 10, 0, back=30))
    assert metric("undone_rate", returned).why == "what is given back names no order here"
    chosen = shop(order("a", 9, 100)).where(platform="douyin")
    assert figures(chosen, "orders") == [1]


def test_a_measure_that_is_none_is_refused_with_the_near_name():
    scope = shop()
    with pytest.raises(ParameterError, match="unknown measure 'oders', did you mean 'orders'?"):
        metric("oders", scope)
    with pytest.raises(ParameterError, match="within_days == -1, must be 0 or more"):
        metric("orders", scope, -1)


def visited(*rows, period=WEEKS, **scope):
    """A scope over events of (user, event, day of March, session, channel)."""
    rows = [("x", "start", -60, None, None), *rows]
    users, names, days, sessions, channels = zip(*rows, strict=True)
    table = pa.table(
        {
            "user_id": pa.array(users, pa.string()),
            "event": pa.array(names, pa.string()),
            "occurred_at": pa.array([march(day, 0) for day in days], pa.timestamp("us")),
            "session_id": pa.array(sessions, pa.string()),
            "channel": pa.array(channels, pa.string()),
        }
    )
    return scope_of({"events": ibis.memtable(table)}, period, steps=("visit", "buy"), **scope)


def test_visits_are_sessions_where_there_are_any_and_else_first_steps():
    rows = [
        ("a", "visit", 9, "s1", "organic"),
        ("a", "view", 9.1, "s1", "organic"),
        ("a", "view", 10, "s2", "paid"),
        ("b", "visit", 11, None, None),
        ("b", "visit", 12, "s3", None),
    ]
    assert figures(visited(*rows), "visits", "organic_rate") == [3, 1 / 2]
    bare = [(user, event, day, None, channel) for user, event, day, _, channel in rows]
    assert figures(visited(*bare), "visits") == [3]
    assert metric("organic_rate", visited(rows[2])).why == "no channel is called organic here"
    assert visits_rule(visited(*rows)) == "Visits are sessions."
    assert visits_rule(visited(*bare)) == "Visits are events of the funnel's first step, visit."
    assert metric("visits", replace(visited(*bare), steps=())).why == (
        "the source tells of no sessions and names no steps of a funnel"
    )


def test_the_doubt_of_organic_visits_is_that_of_users_and_not_of_their_visits():
    rows = [
        (f"u{user}", "visit", 9 + n / 10, f"s{user}-{n}", "organic" if user < 6 else "paid")
        for user in range(12)
        for n in range(10)
    ]
    value, low, high = metric("organic_rate", visited(*rows)).interval
    # By hand: twelve users, each ½·10 from the line, so √(12·25·12/11)/120 = 0.1508 of error.
    assert (value, low, high) == pytest.approx((0.5, 0.5 - 0.2955, 0.5 + 0.2955), abs=1e-4)
    alike = [(user, what, day, session, "organic") for user, what, day, session, _ in rows]
    assert metric("organic_rate", visited(*alike)).interval == wilson(12, 12)


def test_a_session_is_a_visit_of_the_week_in_which_it_began():
    scope = visited(
        ("a", "visit", 8.9, "before", "organic"),
        ("a", "view", 9, "before", "organic"),
        ("a", "visit", 15.9, "over", "paid"),
        ("a", "view", 16, "over", "organic"),
        ("b", "visit", 17, "own", "paid"),
        ("b", "view", 23, "own", "organic"),  # after the end
    )
    assert weekly(scope, "visits") == [1, 1]
    assert weekly(scope, "organic_rate") == [1, None]
    assert figures(scope, "visits", "organic_rate") == [2, 1 / 2]


def test_a_user_converts_once_a_week_by_the_best_attempt_and_young_weeks_are_left_out():
    scope = visited(
        ("a", "visit", 9, "1", None),
        ("a", "visit", 10, "2", None),
        ("a", "buy", 17, "3", None),
        ("b", "visit", 9, "4", None),
        ("b", "buy", 16.01, "5", None),
        ("c", "visit", 15.9, "6", None),
        ("c", "buy", 22.8, "7", None),
        ("c", "visit", 16, "8", None),
    )
    assert weekly(scope, "weekly_conversion") == [2 / 3, None]
    assert figures(scope, "weekly_conversion") == [2 / 3]
    assert weekly(scope, "weekly_conversion", within_days=0) == [2 / 3, None]
    assert figures(replace(scope, steps=("visit", "view")), "weekly_conversion") == [0]
    assert MEASURES["weekly_conversion"].sums(scope) == {"started": 3, "reached": 2}
    young = scope.during(Period(date(2026, 3, 12), date(2026, 3, 21), "UTC"))
    assert not metric("weekly_conversion", young).interval.is_known


def test_who_signed_up_is_back_on_the_shops_next_or_seventh_day():
    users = pa.table(
        {
            "user_id": ["a", "b", "c", "d"],
            "signed_up_at": pa.array([march(d) for d in (8, 8, 9, 21)], pa.timestamp("us")),
        }
    )
    events = visited(
        ("a", "visit", 9, "s", None), ("b", "visit", 10, "s", None), ("c", "buy", 16.9, "s", None)
    )
    scope = scope_of({**events.tables, "users": ibis.memtable(users)}, WEEKS)
    assert figures(scope, "activation_rate") == [1 / 3]  # signed up from 7 to 20 March
    assert figures(scope, "retention_rate") == [1 / 3]  # from 1 to 14 March
    assert weekly(scope, "activation_rate") == [1 / 3, None]


def test_measures_are_listed_by_week_in_one_table_from_one_question_each(monkeypatch):
    asked = []
    trade = MEASURES["orders"].tally
    monkeypatch.setattr(
        "workbench.customers.measures.tallies.frame",
        lambda table: asked.append(1) or table.to_pyarrow().to_pandas(),
    )
    names = [name for name, one in MEASURES.items() if one.tally is trade]
    scope = shop(order("a", 9, 500), order("a", 18, 700))
    found = measures(scope, names)
    assert len(asked) == 1
    assert [metric(name, scope).name for name in names] == names
    assert len(asked) == 2
    assert list(found.columns) == [
        *("measure", "week", "first_day", "value", "low", "high", "unit", "better")
    ]
    assert found[found["measure"] == "orders"].to_numpy().tolist()[0][:4] == [
        *("orders", "2026-W11", date(2026, 3, 9), 1.0)
    ]


def test_revenue_is_what_purchases_and_returns_come_to_and_gmv_what_the_account_says():
    scope = shop(
        order("a", 9, 500, back=20, back_on=12),
        order("a", 12, 700, back=700, back_on=13, status="refunded"),
        order(None, 15, 45),
        order("b", 20, 0, back=90, back_on=20),
        order("b", 21, 333, status="cancelled"),
    )
    own = lambda rows: rows.filter(rows.ordered_at >= scope.start)  # noqa: E731 - said once
    bought, back, net = (own(found(scope)) for found in (purchases, returns, net_orders))
    gross, returned = bought.amount.sum().execute(), back.refunded_amount.sum().execute()
    assert figures(scope, "revenue_amount", "orders") == [gross, bought.count().execute()]
    assert figures(scope, "net_revenue_amount") == [gross - returned]
    assert gross - returned == net.net_amount.sum().execute()
    lines = account(scope).set_index("outcome")["amount"]
    placed = lines["in_period"] + lines["undone"] + lines["without_user"]
    assert figures(scope, "gmv") == [placed]


def traded(seed):
    """Two hundred orders of eighty users: (user, day, amount, (given back, days after), platform)."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [
        (
            chance.choice([None, *(f"u{i}" for i in range(80))]),
            chance.randint(-30, 22),
            chance.choice([1, 700, 900]),
            chance.choice([None, (chance.choice([1, 700, 900]), chance.randint(0, 30))]),
            chance.choice(["douyin", "wechat"]),
        )
        for _ in range(200)
    ]


def aged(rows, until):
    """The orders as a source tells them on a day: with the refunds made up to then."""
    return [
        order(
            *(user, on, amount),
            back=min(back[0], amount) if told else None,
            back_on=on + back[1] if told else None,
            status="refunded" if told else "paid",
            at=at,
        )
        for user, on, amount, back, at in rows
        for told in [back is not None and on + back[1] <= until]
        if on <= until
    ]


@settings(max_examples=3)
@given(st.integers(0, 10**6))
def test_what_is_compared_at_equal_age_does_not_change_when_it_is_told_later(seed):
    rows = traded(seed)
    now = shop(*aged(rows, 22), since=-500)
    late = Period(WEEKS.first, WEEKS.last + 14 * DAY, "UTC")
    later = shop(*aged(rows, 60), period=late, since=-500)
    for within in (None, 0, 9):
        told = (
            measures(now, OF_ORDERS, within).dropna(subset="value").set_index(["measure", "week"])
        )
        again = measures(later, OF_ORDERS, within).set_index(["measure", "week"]).loc[told.index]
        assert told["value"].tolist() == again["value"].tolist()
    same_days = later.until(WEEKS.last).over(2)
    for name in OF_ORDERS:
        assert str(metric(name, now)) == str(metric(name, same_days))
        assert str(metric(name, now, 9)) == str(metric(name, same_days, 9))


@settings(max_examples=3)
@given(st.integers(0, 10**6))
def test_a_week_is_a_scope_of_its_own(seed):
    scope = shop(*aged(traded(seed), 60), since=-500)
    table = measures(scope, OF_ORDERS).set_index(["measure", "week"])
    for week in ("2026-W11", "2026-W12"):
        alone = scope.until(week).over(1)
        for name in OF_ORDERS:
            found = MEASURES[name](alone)
            told = table.loc[(name, week), ["value", "low", "high"]]
            assert told.tolist() == pytest.approx(list(found), nan_ok=True)


def test_the_page_of_measures_is_current():
    assert (ROOT / "docs/measures.md").read_text(encoding="utf-8") == document()


def test_every_measure_is_declared_by_its_own_name_and_says_what_it_is():
    assert all(name == one.name for name, one in MEASURES.items())
    assert all(one.definition.endswith(".") and one.formula for one in MEASURES.values())
