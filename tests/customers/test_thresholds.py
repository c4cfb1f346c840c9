"""Thresholds: what they are learned from, that equal values share a score, and how they are kept."""

import itertools
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.customers import thresholds
from workbench.customers.scale import scale
from workbench.customers.thresholds import Thresholds, learn, of_frame, parse, reused
from workbench.errors import ParameterError

KEY = {"source": "shop", "platform": "", "base_weeks": 26}


def users(recency, frequency, monetary):
    return pd.DataFrame(
        {"recency_days": recency, "frequency": frequency, "monetary": monetary}, dtype="int64"
    )


def scored(values):
    """The scores of one measure under thresholds learned from its own values."""
    frame = users([0] * len(values), values, [0] * len(values))
    return learn(frame, "2026-W40").score(frame)["f"].tolist()


def test_nine_different_values_make_three_equal_groups():
    assert scored([5, 1, 9, 2, 8, 3, 7, 4, 6]) == [2, 1, 3, 1, 3, 1, 3, 2, 2]


def test_one_time_buyers_share_the_lowest_score_however_many_they_are():
    # 60 of 100 bought once: the other forty are parted as evenly as their values allow.
    values = [1] * 60 + [2] * 18 + [3] * 12 + [4] * 6 + [9] * 4
    assert scored(values) == [1] * 60 + [2] * 18 + [3] * 22


def test_a_few_low_values_are_not_a_third():
    # Groups of 1, 1 and 98 are no better than 2, 0 and 98: the top value stays together.
    assert scored([1, 2] + [7] * 98) == [1, 2] + [3] * 98


def test_two_values_score_one_and_three_and_a_single_one_takes_the_middle():
    assert scored([1, 2, 2, 1]) == [1, 3, 3, 1]
    assert scored([4, 4, 4]) == [2, 2, 2]


def test_recency_scores_best_where_the_days_are_fewest():
    frame = users([0, 10, 20, 30, 40, 50], [1] * 6, [100] * 6)
    learned = learn(frame, "2026-W40")
    assert learned.recency_days == (30, 10)
    assert learned.score(frame)["r"].tolist() == [3, 3, 2, 2, 1, 1]


@given(st.lists(st.integers(-5, 12), min_size=3, max_size=40))
def test_no_other_pair_of_cuts_parts_the_users_more_evenly(values):
    def squares(low, high):
        groups = np.digitize(values, [low, high])
        return sum(int((groups == k).sum()) ** 2 for k in range(3))

    low, high = thresholds._cuts(np.array(values))
    distinct = sorted(set(values))
    if len(distinct) >= 3:
        best = min(squares(a, b) for a, b in itertools.combinations(distinct[1:], 2))
        assert squares(low, high) == best
        assert distinct[0] < low < high


@given(st.permutations(list(range(30)) + [3] * 20), st.integers(1, 1000))
def test_neither_the_order_of_rows_nor_the_unit_of_money_changes_a_score(values, factor):
    plain = users(values, values, values)
    scaled = plain.assign(monetary=plain["monetary"] * factor)
    ordered = plain.sort_values("monetary")
    scores = ["r", "f", "m"]
    expected = learn(plain, "").score(plain)[scores]
    assert learn(scaled, "").score(scaled)[scores].equals(expected)
    assert learn(ordered, "").score(ordered)[scores].sort_index().equals(expected)


def test_given_thresholds_are_read_as_they_are_written():
    text = "{recency_days: [60, 14], frequency: [2, 4], monetary: [10000, 50000]}"
    assert parse(text, "2026-W40") == Thresholds(
        (60, 14), (2, 4), (10000, 50000), "given", "2026-W40"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lern", "unknown thresholds 'lern', did you mean 'learn'?, or spelled out like {"),
        (
            "{recency_days: [60, 14], frequency: [2, 4]}",
            "monetary == [], must be two whole numbers",
        ),
        (
            "{recency_day: [60, 14]}",
            "unknown threshold 'recency_day', did you mean 'recency_days'?",
        ),
        ("{recency_days: [14, 60], frequency: [2, 4], monetary: [1, 2]}", "needs fewer days"),
        ("{recency_days: [60, 14], frequency: [4, 2], monetary: [1, 2]}", "needs more than a 2"),
        ("{recency_days: [60, 14], frequency: [2.5, 4], monetary: [1, 2]}", "two whole numbers"),
        ("{recency_days: [60, 14], frequency: [1_0, 40], monetary: [1, 2]}", "two whole numbers"),
        ("{recency_days: [60, 14, 7], frequency: [1, 4], monetary: [1, 2]}", "two whole numbers"),
        ("{recency_days: [60, -1], frequency: [1, 4], monetary: [1, 2]}", "[60, -1], must be in 0"),
        (
            "{recency_days: [60, 14], frequency: [1, 99999999999999999999], monetary: [1, 2]}",
            "frequency == [1, 99999999999999999999], must be in 0..1000000000000000",
        ),
    ],
)
def test_thresholds_that_make_no_sense_are_refused_in_one_line(text, sentence):
    with pytest.raises(ParameterError) as refused:
        parse(text, "2026-W40")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_a_report_kept_is_read_back_as_reused():
    learned = learn(users([1, 5, 9], [1, 2, 3], [10, 20, 30]), "2026-W39")
    assert of_frame(learned.frame().assign(**KEY)) == replace(learned, is_reused=True)


class Published(NamedTuple):
    """An earlier report, that of the same week where there is one, and those before it."""

    frames: dict
    again: object = None
    older: tuple = ()


def made(frequency=(2, 4), origin="learned", week="2026-W38", *, is_reused=False):
    """The table of a report whose thresholds are told apart by those of frequency."""
    cuts = Thresholds((9, 5), frequency, (1, 2), origin, week, is_reused=is_reused)
    return cuts.frame().assign(**KEY)


def lent(frame, again=None, **of):
    own = None if again is None else Published({"thresholds": again})
    return reused(Published({} if frame is None else {"thresholds": frame}, own), **(KEY | of))


@pytest.mark.parametrize("origin", ["learned", "given"])
def test_an_earlier_report_lends_its_thresholds_with_their_origin(origin):
    found = lent(made(origin=origin))
    assert (found.frequency, found.origin, found.week) == ((2, 4), origin, "2026-W38")
    assert found.is_reused


@pytest.mark.parametrize(
    "other", [{"source": "another"}, {"platform": "douyin"}, {"base_weeks": 13}]
)
def test_thresholds_of_another_source_platform_or_period_are_not_reused(other):
    assert lent(made(), **other) is None
    assert lent(made().assign(**other)) is None


def test_without_a_report_or_without_its_thresholds_nothing_is_lent():
    assert reused(None, **KEY) is None
    assert lent(None) is None


def test_a_table_that_does_not_tell_its_week_lends_nothing():
    assert lent(made(origin="given").drop(columns="given_in")) is None


def test_a_report_made_again_reuses_the_same_although_an_older_week_was_made():
    found = lent(made((5, 6), week="2026-W39"), made((2, 3), week="2026-W36", is_reused=True))
    assert (found.frequency, found.week) == ((2, 3), "2026-W36")


def test_a_report_that_learned_its_own_thresholds_does_not_lend_them_to_itself():
    assert lent(None, made((2, 3), week="2026-W40")) is None
    found = lent(made((5, 6), week="2026-W39"), made((2, 3), week="2026-W40"))
    assert found.week == "2026-W39"


def test_where_the_newest_report_has_none_for_these_users_an_older_one_lends_its_own():
    older = tuple(Published({"thresholds": made(week=week)}) for week in ("2026-W37", "2026-W36"))
    newest = Published({"thresholds": made().assign(platform="douyin")}, None, older)
    assert reused(newest, **KEY).week == "2026-W37"
    assert reused(Published({}, None, older), **(KEY | {"platform": "wechat"})) is None


def in_words(cuts):
    rows = scale(cuts, "CNY").set_index("measure")
    return {name: rows.loc[name].tolist() for name in rows.index}


def test_thresholds_in_words_name_each_step():
    assert in_words(Thresholds((60, 1), (2, 4), (10_000, 50_000))) == {
        "recency_days": ["over 60 days", "up to 60 days", "up to 1 day"],
        "frequency": ["under 2", "2 or more", "4 or more"],
        "monetary": ["under ¥100.00", "¥100.00 or more", "¥500.00 or more"],
    }


def test_where_both_thresholds_are_one_nobody_scores_two():
    assert in_words(Thresholds((1, 1), (2, 2), (100, 100))) == {
        "recency_days": ["over 1 day", "none", "up to 1 day"],
        "frequency": ["under 2", "none", "2 or more"],
        "monetary": ["under ¥1.00", "none", "¥1.00 or more"],
    }


def test_where_everybody_ordered_on_the_last_day_all_score_two_and_no_days_are_below_none():
    frame = users([0, 0], [1, 2], [100, 200])
    learned = learn(frame, "2026-W40")
    assert learned.score(frame)["r"].tolist() == [2, 2]
    assert in_words(learned)["recency_days"] == ["before the last day", "on the last day", "none"]


def test_the_first_of_the_days_can_be_a_threshold():
    assert in_words(Thresholds((5, 0), (1, 2), (1, 2)))["recency_days"] == [
        *("over 5 days", "up to 5 days", "on the last day")
    ]
