"""Users whom scores cannot tell apart, one who is nearly all there is, and nobody who comes back."""

from datetime import date, datetime, timedelta

import ibis

from scopes import scope_of
from workbench.analyses.tiers import rank
from workbench.backtests import backtest
from workbench.kit.showing import show
from workbench.periods import Period

LAST = Period(date(2026, 7, 6), date(2026, 10, 4), "UTC")


def ranked(rows):
    """The tiers of orders of (user, days before the last one, amount)."""
    users, ago, amounts = zip(*rows, strict=True)
    orders = {
        "user_id": users,
        "order_id": [f"o{n}" for n in range(len(rows))],
        "ordered_at": [datetime(2026, 10, 4, 9) - timedelta(days=days) for days in ago],
        "amount": amounts,
    }
    return rank(scope_of({"orders": ibis.memtable(orders)}, LAST, currency="CNY"))


def sentences(tiers, topic):
    return [one.sentence for one in tiers.about(topic)]


def test_ties_take_the_middle_and_are_said_to_tell_nothing():
    tiers = ranked([(f"u{n}", 7 * week, 4900) for n in range(30) for week in range(40)])
    assert set(tiers.users["level"]) == {"rising"}
    assert tiers.users[["r", "f", "m"]].drop_duplicates().to_numpy().tolist() == [[2, 2, 2]]
    assert sentences(tiers, "core")[0] == (
        "Scores cannot tell these 30 users apart: all ordered as lately, as often and for as much. "
        "That they stand at rising says nothing about them."
    )
    assert sentences(tiers, "core")[1] == "None of the users is core."
    # All brought the same after the cut-off too: no table of dashes, and no core that brought nothing.
    held = backtest(tiers)
    assert (show(held.judged).html, held.about("core")) == ("", ())
    assert [one.label for one in tiers.tiles] == ["Revenue"]


def test_one_user_with_nearly_all_the_money_is_named_as_one():
    rows = [(f"u{n}", n % 40, 100 + n) for n in range(30)] + [("big", 3, 50_000_000)]
    tiers = ranked(rows)
    assert sentences(tiers, "core")[0] == (
        "One user brings 100.0\u202f% of the revenue (¥500\u202fk): what is said of levels and money "
        "here is said of that one."
    )


def test_a_shop_to_which_nobody_comes_back_is_told_so():
    tiers = ranked([(f"u{n}", n % 40, 100 + n) for n in range(30)])
    assert sentences(tiers, "forecast")[0] == (
        "Nobody comes back here: none of the 30 users has bought on a second day."
    )
