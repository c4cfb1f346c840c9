"""Orders as cases: features and rules by hand, and what a shop without verdicts is told."""

from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from workbench.analyses.risk import cases
from workbench.analyses.risk.order_features import moments
from workbench.analyses.risk.order_rules import COMMON, RULES, Usual, fired, telling
from workbench.errors import ParameterError
from workbench.kit.engine import Tables
from workbench.kit.scope import Scope
from workbench.kit.showing import show
from workbench.periods import Period

MONDAY = datetime(2026, 9, 28)
PERIOD = Period(date(2026, 9, 28), date(2026, 10, 4), "UTC")


def at(days, hours=12):
    return MONDAY + timedelta(days=days, hours=hours)


def scope(**tables):
    made = {name: ibis.memtable(pd.DataFrame(rows)) for name, rows in tables.items()}
    return Scope(Tables(made), PERIOD, currency="CNY")


def orders(*rows, **columns):
    """Orders (user, day, amount) numbered from 0; further columns by name."""
    user, day, amount = zip(*rows, strict=True)
    ids = [str(i) for i in range(len(rows))]
    placed = [at(one) for one in day]
    told = {"order_id": ids, "user_id": user, "ordered_at": placed, "amount": amount}
    return told | columns


FULL = orders(
    ("a", -40, 1000),
    ("a", 0, 3000),
    ("a", 0.25, 500),
    ("b", 3, 900),
    discount=[0, 0, 1500, 0],
    coupon_id=[None, "X", "X", None],
    inviter_id=[None, None, "b", "b"],
    content_id=["c", "c", None, "c"],
    quantity=[1, 3, 1, 1],
    refunded_at=pd.to_datetime([pd.NaT, at(5), pd.NaT, at(30)]),
    refunded_amount=[0, 3000, 0, 900],
)


@pytest.fixture(scope="module")
def told():
    """The moments of four orders; one was sent back within the period, one is to be later."""
    users = {"user_id": ["a", "b"], "signed_up_at": [at(-50), at(2)]}
    reviews = {"review_id": ["r"], "user_id": ["a"], "rating": [5], "text": ["good"],
               "reviewed_at": [at(2)], "order_id": ["1"]}  # fmt: skip
    events = {
        "user_id": ["a", "a", "a", "a", "b"],
        "event": ["visit", "order", "order", "order", "order"],
        "occurred_at": [at(0, 11), at(0), at(0.25), at(-40), at(3)],
        "session_id": ["s", "s", "t", "u", "v"],
        "order_id": [None, "1", "2", "0", "3"],
        "product_id": [None, "p", "p", "p", "q"],
    }
    found = moments(scope(orders=FULL, users=users, reviews=reviews, events=events))
    return found.set_index(["order_id", "is_return"])


def test_a_return_is_a_moment_of_its_own_and_none_that_is_to_come(told):
    assert list(told.index) == [("0", 0), ("1", 0), ("2", 0), ("3", 0), ("1", 1)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (("1", 0), {"orders_1": 1, "orders_30": 1, "orders_before": 1, "amount_times": 3,
                    "amount_30": 3000, "coupons_7": 1, "content_orders_1": 1, "seconds_to_order": 3600,
                    "account_days": 50, "returned_rate": 0, "praised": 0, "hour": 12}),
        # Half of 1500 + 500 was taken off; the mean before is 2000, a piece cost 4500 / 5.
        (("2", 0), {"orders_1": 2, "orders_before": 2, "amount_times": 0.25, "discount_rate": 0.75,
                    "coupons_7": 2, "invited_30": 1, "is_self": 0, "seconds_to_order": 0,
                    "price_times": 500 / 900}),
        (("3", 0), {"is_self": 1, "invited": 2, "invited_7": 2, "account_days": 1, "content_orders_30": 2,
                    "orders_before": 0, "price_times": 1}),
        (("1", 1), {"returned_rate": 1, "return_days": 5, "praised": 1, "returns_30": 1,
                    "orders_7": 2, "content_returns_7": 1}),
    ],
)  # fmt: skip
def test_what_is_known_of_a_moment_by_hand(told, moment, expected):
    row = told.loc[moment]
    assert {name: float(row[name]) for name in expected} == pytest.approx(expected)


def test_who_has_no_inviter_or_earlier_order_has_no_such_feature(told):
    assert np.isnan(told.loc[("1", 0), "invited_30"])
    assert np.isnan(told.loc[("0", 0), "amount_times"])
    assert np.isnan(told.loc[("2", 0), "content_orders_7"])


def test_a_price_is_told_of_orders_that_hold_one_product_and_nothing_beside_it():
    # Of order 1 two products are told, of 2 a part of what was paid, of 3 one product by two events.
    events = {
        "user_id": ["a"] * 7,
        "event": ["purchase"] * 7,
        "occurred_at": [at(-2), at(-1), at(-1), at(0), at(1), at(1), at(2)],
        "order_id": ["0", "1", "1", "2", "3", "3", "4"],
        "product_id": ["p", "p", "q", "p", "p", "p", "p"],
        "value": [1000, 400, 600, 300, 500, 500, 100],
    }
    sold = orders(*(("a", day, 1000) for day in (-2, -1, 0, 1)), ("a", 2, 100), quantity=[1] * 5)
    told = moments(scope(orders=sold, events=events)).set_index("order_id")["price_times"]
    # The usual price is that of 0, 3 and 4 by then.
    expected = [1, np.nan, np.nan, 1, 100 / 700]
    assert told.reindex(list("01234")).tolist() == pytest.approx(expected, nan_ok=True)


def hits(**features):
    """The rules that fire at one moment, among orders of 1,000 on average, few of them over 5,000."""
    row = pd.DataFrame([{"is_return": 0, "amount": 1000, **features}])
    found = fired(row, Usual(1000, 5000, 8000))
    return [name for name, one in found.items() if one[0]]


def test_each_rule_fires_at_what_it_says_and_not_a_little_under():
    assert hits(orders_1=3, orders_7=3) == ["velocity"]
    assert hits(orders_1=2, orders_7=5) == []
    assert hits(amount=6000, orders_before=2, amount_times=5) == ["amount_jump"]
    assert hits(amount=4000, orders_before=2, amount_times=9) == []
    assert hits(amount=6000, orders_before=0, amount_times=np.nan) == ["amount_jump"]
    back = {"is_return": 1, "returned_rate": 1.0, "return_days": 6.0, "returns_30": 1}
    assert hits(**back, praised=1) == ["refund_abuse"]
    assert hits(**back, praised=0) == []
    assert hits(**(back | {"returns_30": 3}), praised=0) == ["refund_abuse"]
    assert hits(discount_rate=0.51, coupons_7=0) == ["coupon_abuse"]
    assert hits(discount_rate=0.5, coupons_7=2) == []
    assert hits(price_times=0.49, discount_rate=0.0, coupons_7=0) == ["low_price"]
    assert hits(price_times=0.3, discount_rate=0.7, coupons_7=0) == ["coupon_abuse"]
    ring = {"is_self": 0, "is_mutual": 0, "invited_30": 4, "invited": 9}
    assert hits(**ring) == []
    assert hits(**(ring | {"invited_30": 5})) == ["invitation_ring"]
    assert hits(**(ring | {"is_mutual": 1})) == ["invitation_ring"]
    assert hits(amount=8001, account_days=6.9) == ["new_account"]
    assert hits(amount=8001, account_days=7) == []


def test_a_rule_that_fires_at_every_tenth_order_is_no_sign():
    rows = pd.DataFrame({"is_return": 0, "amount": 1000, "orders_7": 1, "orders_1": [3] + [1] * 9})
    assert COMMON < 0.1
    assert telling(rows, Usual(1, 2, 3)) == ()
    rows = pd.concat([rows, rows.assign(orders_1=1), rows.assign(orders_1=1)])
    assert telling(rows, Usual(1, 2, 3)) == ("velocity",)


def test_orders_alone_are_scored_and_nothing_is_said_of_how_good_that_is():
    many = [(f"u{i}", i / 10 - 20, 1000 + i % 7) for i in range(240)]
    many += [("x", 1, 90_000), ("y", 2, 1000), ("y", 2.1, 1000), ("y", 2.2, 1000)]
    found = cases(scope(orders=orders(*many)), capacity_per_day=1)
    rows = found.case_orders
    assert len(rows) == sum(-0.5 <= day < 6.5 for _user, day, _amount in many)
    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert set(rows["rules"]) == {"", "velocity", "amount_jump"}
    assert (rows.loc[rows["rules"] != "", "in_queue"]).all()
    assert rows.groupby("queued_on").size().max() == 1
    top = rows[rows["user_id"] == "x"].iloc[0]
    assert top["reasons"].startswith("¥900: far above what orders usually come to")
    assert (rows["verdict"] == "").all()
    for card in (found.card_before, found.card_learned, found.card_both, found.card_rules):
        assert card.empty
        assert show(card).text == ""  # the finding beside it says why
    rules = " ".join(found.rules)
    assert "refund abuse" not in rules  # nothing is ever sent back here
    assert "Recall" not in rules
    (before,) = found.about("before")
    assert (before.status, before.figure) == ("unknown", None)
    assert "there are no verdicts" in before.sentence
    assert found.about("agreement", "money", "both", "learned") == ()
    needs = " ".join(found.missing)
    for word in ("labels", "events", "inviter_id", "refunded_at", "reviews", "discount", "users"):
        assert word in needs
    assert [one.interval.is_known for one in found.metrics] == [False, False]
    (first,) = found.about("next")
    assert first.figure == len(found.next_cases) == 7
    assert first.sentence.endswith("in the seven days up to 4 Oct 2026 and have no verdict.")


def test_a_user_is_as_doubtful_as_the_likeliest_case():
    many = [(f"u{i}", i / 20 - 8, 1000 + i % 7) for i in range(240)]
    found = cases(
        scope(orders=orders(*many, ("x", 1, 90_000), ("x", 1.2, 800))), capacity_per_day=2
    )
    first = found.case_users.iloc[0]
    assert (first["user_id"], first["rank"], first["orders"]) == ("x", 1, 2)
    assert first["score"] == found.case_orders["score"].max()
    assert found.case_contents.empty


def test_what_cannot_be_asked_is_told_in_one_line():
    with pytest.raises(ParameterError, match="capacity_per_day == 0, must be at least 1"):
        cases(scope(orders=orders(("a", 0, 1))), capacity_per_day=0)
    nothing = cases(scope(users={"user_id": ["a"]}))
    assert nothing.case_orders.empty
    assert "orders" in nothing.missing[0]
    assert nothing.next_cases.empty
    assert nothing.about("queue")[0].sentence == nothing.missing[0]


def test_a_page_of_an_empty_period_is_still_a_page():
    found = cases(scope(orders=orders(("a", -3, 1000), ("b", -2, 1000))))
    assert found.case_orders.empty
    assert found.case_users.empty
    assert found.about("queue")[0].figure == 0


def test_every_rule_says_what_it_holds_against_an_order():
    assert len({one.name for one in RULES}) == len(RULES)
    assert all(one.says.startswith(one.name.replace("_", " ")) for one in RULES)
