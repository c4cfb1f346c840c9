"""The queue, verdicts and the card: by hand, on a few orders."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analyses.risk import card, judged
from workbench.analyses.risk.queue import WAITS_DAYS, queued
from workbench.stats.interval import UNKNOWN, Interval


def up(moments, *, known=None, days=4, capacity=1):
    """On which day each order comes up; moments are (order, day, score), by time."""
    order, day, scores = (np.array(column) for column in zip(*moments, strict=True))
    never = np.full(int(order.max()) + 1, days)
    known = never if known is None else np.array(known)
    return list(queued(order, day, scores.astype(float), known, days, capacity))


def test_the_likeliest_comes_up_first_and_the_other_waits_for_its_day():
    assert up([(0, 0, 0.2), (1, 0, 0.9), (2, 3, 0.1)]) == [1, 0, 3]


def test_no_order_comes_up_twice_though_it_is_sent_back_later():
    assert up([(0, 0, 0.9), (1, 1, 0.5), (0, 2, 1.0)], days=3) == [0, 1]


def test_an_order_competes_by_its_latest_moment():
    assert up([(0, 0, 0.8), (1, 0, 0.9), (2, 1, 0.7), (0, 1, 0.1)], days=2) == [-1, 0, 1]


def test_an_order_whose_verdict_is_known_does_not_come_up():
    assert up([(0, 0, 0.9), (1, 0, 0.1)], known=[0, 4], days=2) == [-1, 0]
    assert up([(0, 0, 0.9), (1, 0, 0.1)], known=[1, 4], days=2) == [0, 1]


def test_a_case_waits_two_weeks_and_not_a_day_longer():
    many = [(i, 0, 1 - i / 100) for i in range(WAITS_DAYS + 1)]
    found = up(many, days=WAITS_DAYS + 5)
    assert found == [*range(WAITS_DAYS), -1]


def test_what_cannot_be_scored_does_not_come_up():
    assert up([(0, 0, math.nan), (1, 0, 0.0)], days=1, capacity=5) == [-1, 0]


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 5), st.floats(0, 1)), min_size=1, max_size=30
    ),
    st.integers(1, 3),
)
def test_no_day_has_more_cases_than_places_and_none_before_its_order(moments, capacity):
    moments = sorted(moments, key=lambda one: one[1])
    found = up(moments, days=6, capacity=capacity)
    first = {}
    for order, day, _score in moments:
        first.setdefault(order, day)
    for order, day in enumerate(found):
        assert day == -1 or day >= first[order]
    counts = np.bincount([day for day in found if day >= 0], minlength=1)
    assert counts.max() <= capacity


def verdicts(*rows):
    columns = ["subject_id", "is_bad", "known", "reviewer"]
    return pd.DataFrame(rows, columns=columns).sort_values("known", ignore_index=True)


def test_the_latest_verdict_known_by_then_counts():
    told = verdicts(("a", True, 10, "x"), ("a", False, 20, "y"), ("b", False, 15, "x"))
    assert judged.latest(told)["is_bad"].to_dict() == {"b": False, "a": False}
    assert judged.latest(told, until=20)["is_bad"].to_dict() == {"a": True, "b": False}
    assert judged.latest(told)["first_known"].to_dict() == {"b": 15, "a": 10}


def test_two_reviewers_tell_how_many_verdicts_are_wrong():
    # Of 100 subjects 82 agree: a = .82, (1 - sqrt(.64)) / 2 = .1 are wrong.
    rows = []
    for i in range(100):
        bad = i % 2 == 0
        rows += [(str(i), bad, i, "x"), (str(i), bad if i < 82 else not bad, 200 + i, "y")]
    told = judged.agreement(verdicts(*rows))
    assert (told.subjects, told.rate.value) == (100, 0.82)
    assert told.wrong.value == pytest.approx(0.1)
    # Both call half bad: chance agrees on half, kappa = (.82 - .5) / .5.
    assert told.kappa == pytest.approx(0.64)


def test_where_nobody_judged_twice_nothing_is_said_of_agreement():
    told = judged.agreement(verdicts(*[(str(i), True, i, "x") for i in range(50)]))
    assert (told.subjects, told.rate, told.wrong) == (0, UNKNOWN, UNKNOWN)
    nameless = verdicts(*[(str(i), True, i, None) for i in range(50)])
    assert judged.agreement(nameless).subjects == 0


def test_verdicts_are_in_when_nine_in_ten_of_the_good_are_known():
    is_bad = np.array([True, True, *[False] * 11])
    ages = np.array([3.0, 5.0, *range(40, 51)])
    assert judged.closing_days(is_bad, ages) == 49
    assert math.isnan(judged.closing_days(is_bad[:2], ages[:2]))


def told(is_bad, wrong=UNKNOWN):
    count = len(is_bad)
    return card.Judged(np.array(is_bad), np.full(count, 100), np.zeros(count, dtype=int), wrong)


def test_a_row_of_the_card_by_hand():
    is_bad = [True, True, False, False]
    up_on = np.array([0, -1, 2, -1])
    row = card.row("rules", told(is_bad), (2, 5), up_on, np.array([0.9, 0.1, 0.5, 0.2]))
    asked = ("places", "judged", "bad_found", "bad", "precision_rate", "recall_rate", "auc")
    assert [row[name] for name in asked] == [2, 2, 1, 2, 0.5, 0.5, 0.5]
    assert row["at_capacity_rate"] == 0.2
    assert (row["caught_amount"], row["lost_amount"], row["caught_rate"]) == (100, 200, 0.5)
    assert row["detection_days"] == 0
    # Ranked: bad, good, good, bad; precision 1 at the first, 2/4 at the last.
    assert row["average_precision"] == pytest.approx((1 + 0.5) / 2)


def test_recall_is_put_right_for_wrong_verdicts():
    # 1000 orders, 100 truly bad, all of which came up; one verdict in ten is wrong.
    found = np.array([True] * 100 + [False] * 900)
    is_bad = np.array([True] * 90 + [False] * 10 + [True] * 90 + [False] * 810)
    wrong = Interval(0.1, 0.09, 0.11)
    assert card.true_recall(told(is_bad, wrong), found).value == pytest.approx(1.0)
    assert card.true_recall(told(is_bad), found) == UNKNOWN
    few = told(is_bad[:20], wrong)
    assert card.true_recall(few, found[:20]).is_known is True
    assert card.true_recall(told([True, False], wrong), np.array([True, False])) == UNKNOWN
