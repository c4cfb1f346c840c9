"""What is known of a customer at a cut-off, by hand; and that nothing later can change it."""

from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pytest

from scopes import scope_of
from workbench.customers import portions
from workbench.customers.snapshot import mixes, snapshot
from workbench.kit.engine import frame
from workbench.periods import Period

CUT = datetime(2026, 7, 1)
PERIOD = Period(date(2026, 6, 1), date(2026, 6, 30), "UTC")


def ago(days):
    return CUT - timedelta(days=days) + timedelta(hours=1)  # so many whole days less an hour


ORDERS = pd.DataFrame(
    [  # user, days ago, amount, discount, refunded, days ago it was, status, channel, content
        ("ann", 41, 1000, 0, 0, None, "paid", "live", "film"),
        ("ann", 31, 3000, 1000, 500, 20, "refunded", "search", None),
        ("ann", 11, 2000, 0, 2000, -3, "refunded", "live", "film"),
        ("bob", 200, 700, 0, 0, None, "paid", "search", None),
        ("bob", 5, 900, 0, 900, 2, "cancelled", "search", None),
        ("cat", -2, 800, 0, 0, None, "paid", "live", None),
        (None, 3, 100, 0, 0, None, "paid", "live", None),
    ],
    columns=["user_id", "at", "amount", "discount", "refunded_amount", "back", "status", "channel", "content_id"],
)  # fmt: skip
EVENTS = pd.DataFrame(
    [("ann", 2, "visit", "live"), ("ann", 60, "share", "search"), ("dan", 4, "visit", "live")],
    columns=["user_id", "at", "event", "channel"],
)


def scope(orders=ORDERS, events=EVENTS):
    orders = orders.assign(
        order_id=[f"o{row}" for row in range(len(orders))],
        ordered_at=[ago(days) for days in orders["at"]],
        refunded_at=[None if pd.isna(days) else ago(days) for days in orders["back"]],
    ).drop(columns=["at", "back"])
    orders["refunded_at"] = pd.to_datetime(orders["refunded_at"])
    events = events.assign(occurred_at=[ago(days) for days in events["at"]]).drop(columns="at")
    complaints = {
        "complaint_id": ["c"],
        "opened_at": [ago(9)],
        "user_id": ["bob"],
        "resolved_at": [ago(-9)],
    }
    contents = {"content_id": ["film"], "format": ["live"], "plays": [9], "is_flagged": [True]}
    tables = {
        "orders": orders,
        "events": events,
        "complaints": complaints,
        "contents": contents,
        "users": {"user_id": ["ann", "bob"], "member_level": ["gold", "iron"]},
    }
    return scope_of({name: ibis.memtable(one) for name, one in tables.items()}, PERIOD)


def features(looked_at, known):
    return frame(snapshot(looked_at, known).drop("cut")).set_index("user_id").sort_index()


def test_each_feature_is_what_it_is_by_hand():
    known = {"channel": ["live", "search"], "event": ["share", "visit"]}
    found = features(scope(), known)
    assert list(found.index) == ["ann", "bob"]  # cat bought after the cut-off, dan never
    ann, bob = (found.loc[name].to_dict() for name in found.index)
    assert ann == pytest.approx(
        {
            "purchases": 3, "amount": 1000 + 2500 + 2000, "recency_days": 10, "tenure_days": 40, "repeat_days": 2,
            "event_recency_days": 1, "undone": 0, "complaints": 0,
            "complaint_recency_days": float("nan"),
            "purchases_7": 0, "amount_7": 0, "events_7": 1,
            "purchases_30": 1, "amount_30": 2000, "events_30": 1,
            "purchases_90": 3, "amount_90": 5500, "events_90": 2,
            "purchases_180": 3, "amount_180": 5500, "events_180": 2,
            "pause_days": 15, "pause_spread": 5 / 15, "pauses_waited": 10 / 15,
            "recency_rate": 10 / 41, "mean_amount": 5500 / 3, "refunded_rate": 1 / 3,
            "discounted_rate": 1 / 3, "discount_rate": 1000 / 6500,
            "channel_live": 3 / 5, "channel_search": 2 / 5, "event_share": 1, "event_visit": 1,
        },
        nan_ok=True,
    )  # fmt: skip
    assert (bob["purchases"], bob["amount"], bob["undone"], bob["complaints"]) == (1, 700, 1, 1)
    assert pd.isna([bob["pause_days"], bob["pauses_waited"]]).all()


def test_the_usual_values_are_those_known_by_then():
    late = ORDERS.assign(channel=["new" if days < 0 else "live" for days in ORDERS["at"]])
    known = mixes(scope(late, EVENTS.assign(channel="live")))
    assert known == {"event": ["share", "visit"]}  # one channel and one format tell nobody apart


LATER = [  # user, days ago (all after the cut-off), amount, channel
    (user, -day, 500 * day, channel)
    for user in ("ann", "bob", "cat", "eve")
    for day in (1, 8, 60)
    for channel in ("live", "new", "new")
]


def test_rows_after_the_cut_off_and_what_became_of_orders_later_change_not_one_bit():
    new = pd.DataFrame(LATER, columns=["user_id", "at", "amount", "channel"])
    orders = pd.concat(
        [ORDERS, new.assign(discount=100, refunded_amount=0, back=None, status="paid")],
        ignore_index=True,
    )
    orders.loc[2, ["refunded_amount", "back"]] = 700, -40  # in part, and later than it was
    orders.loc[0, ["refunded_amount", "back", "status"]] = 1000, -1, "refunded"
    events = pd.concat([EVENTS, new.assign(event="new")[["user_id", "at", "event", "channel"]]])
    before, after = scope(), scope(orders, events.reset_index(drop=True))
    known = mixes(before)
    assert mixes(after) == known
    pd.testing.assert_frame_equal(features(after, known), features(before, known), check_exact=True)


def test_several_cut_offs_are_told_at_once_as_each_by_itself_and_in_portions_too(monkeypatch):
    looked_at, known = scope(), mixes(scope())
    days = [PERIOD.last, date(2026, 6, 10), date(2026, 1, 31), date(2025, 1, 1)]
    alone = [features(looked_at.until(day), known) for day in days]
    together = portions.features(looked_at, known, days)
    assert [list(one.index) for one in together] == [["ann", "bob"], ["ann", "bob"], ["bob"], []]
    monkeypatch.setattr(portions, "_MOST", 1)
    apart = scope()
    assert len(list(portions._portions(apart, portions._letters(apart)))) > 1
    for one, other, parted in zip(
        alone, together, portions.features(apart, known, days), strict=True
    ):
        pd.testing.assert_frame_equal(
            other, one, check_column_type=False, check_dtype=False, check_exact=True
        )
        pd.testing.assert_frame_equal(parted, other, check_dtype=False, check_exact=True)
