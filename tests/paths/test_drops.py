"""Drops by whom they reach: all users, all segments alike, all but some, or one alone."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from workbench.paths.daily import WHOLE
from workbench.paths.drops import find, visible
from workbench.periods import Period

FIRST = date(2026, 3, 2)
DAYS = 56
APRIL = Period(date(2026, 3, 30), date(2026, 4, 26), "UTC")


def shop(low, *, users=40, usual=20, fallen=10, names="abcd", days=DAYS):
    """Each day so many users of each segment, half of whom go on; fewer on its low days."""
    rows = []
    for place in range(days):
        day = FIRST + timedelta(days=place)
        own = []
        for name in names:
            is_low = any(first <= place <= last for first, last in low.get(name, ()))
            # A little unrest, the same for all: one more, one less.
            went = (fallen if is_low else usual) + (place % 3 - 1)
            own.append((users, went))
            rows.append((2, "pay", name, day, users, went))
        rows.append((2, "pay", WHOLE, day, *map(sum, zip(*own, strict=True))))
    return pd.DataFrame(rows, columns=["step", "event", "segment", "day", "users", "went_on"])


def told(low, period=APRIL, **counts):
    return [
        (drop.segment, drop.reach, drop.apart, str(drop.first), str(drop.last))
        for drop in find(shop(low, **counts), period)
    ]


FORTNIGHT = ((30, 43),)  # 1 to 14 April


@pytest.mark.parametrize(
    ("low", "reach", "apart"),
    [
        (dict.fromkeys("abcd", FORTNIGHT), "alike", ()),
        (dict.fromkeys("abc", FORTNIGHT), "all_but", ("d",)),
        (dict.fromkeys("a", FORTNIGHT), "one", ()),
    ],
)
def test_a_drop_is_of_the_whole_unless_segments_differ(low, reach, apart):
    segment = "a" if reach == "one" else WHOLE
    assert told(low) == [(segment, reach, apart, "2026-04-01", "2026-04-14")]


def test_one_segment_alone_names_the_others_of_its_days():
    (drop,) = find(shop({"a": FORTNIGHT}), APRIL)
    assert drop.own == (139, 560)
    assert drop.against == (600, 1200)
    assert drop.rest == (3 * 279, 3 * 560)
    assert (drop.baseline, drop.since) == ("before", FIRST)


def test_a_segment_that_falls_deeper_than_all_others_is_told_with_the_whole():
    daily = shop(dict.fromkeys("abcd", FORTNIGHT), fallen=14)
    fell = daily["day"].between(date(2026, 4, 1), date(2026, 4, 14))
    daily.loc[fell & (daily["segment"] == "a"), "went_on"] -= 10
    daily.loc[fell & (daily["segment"] == WHOLE), "went_on"] -= 10
    (drop,) = find(daily, APRIL)
    assert (drop.segment, drop.reach, drop.apart) == (WHOLE, "most", ("a",))


def test_another_mix_of_users_is_no_drop():
    daily = shop({}, usual=20)
    # In April users of a segment that goes on half as often come in place of others.
    rare = daily["segment"] == "a"
    daily.loc[rare, "went_on"] -= 12
    daily.loc[daily["segment"] == WHOLE, "went_on"] -= 12
    mix = daily["day"] >= date(2026, 4, 8)
    daily.loc[mix & rare, ["users", "went_on"]] *= 5
    extra = daily[rare & mix].set_index("day")[["users", "went_on"]] * 4 // 5
    whole = mix & (daily["segment"] == WHOLE)
    daily.loc[whole, ["users", "went_on"]] += extra.loc[daily.loc[whole, "day"]].to_numpy()
    assert find(daily, APRIL) == []


def test_two_segments_that_fall_at_different_times_are_two_drops():
    found = told({"a": [(30, 36)], "b": [(44, 50)]})
    assert found == [
        ("a", "one", (), "2026-04-01", "2026-04-07"),
        ("b", "one", (), "2026-04-15", "2026-04-21"),
    ]


def test_a_drop_is_open_until_a_later_day_tells_that_it_is_over():
    for last, is_open in ((DAYS - 1, True), (DAYS - 4, False)):
        (drop,) = find(shop({"a": [(44, last)]}), APRIL)
        assert drop.is_open is is_open
        assert drop.last == FIRST + timedelta(days=last)


def test_without_seven_days_before_the_whole_is_held_against_the_days_after():
    low = dict.fromkeys("abcd", ((2, 9),))
    (drop,) = find(shop(low, days=28), Period(date(2026, 3, 16), date(2026, 3, 29), "UTC"))
    assert (drop.baseline, drop.since) == ("after", date(2026, 3, 12))


@pytest.mark.parametrize("low", [{"a": [(0, 20)]}, dict.fromkeys("abcd", ((0, 20),))])
def test_days_from_the_first_on_after_which_it_became_better_are_no_drop(low):
    assert told(low) == []


def test_what_was_over_before_the_period_before_is_not_told():
    low = dict.fromkeys("abcd", ((5, 9),))
    week = Period(date(2026, 4, 20), date(2026, 4, 26), "UTC")
    assert told(low, week) == []
    assert len(told(low)) == 1


def test_how_small_a_fall_would_have_been_seen_depends_on_how_many_come():
    few, many = (visible(shop({}, users=size, usual=size // 2)) for size in (4, 400))
    assert many < 0.1 < few <= 1
    # Five users a week, one of whom goes on: not even nobody would be noticed.
    thin = shop({}, names="a", users=1, usual=0)
    thin["went_on"] = (thin["day"].map(lambda day: day.toordinal() % 5) == 0).astype("int64")
    assert visible(thin) > 1


def test_of_few_users_a_day_it_is_told_between_which_days_a_drop_began_and_ended():
    """Four a day, of whom two go on; from 1 to 14 April seven of 56, and three of twelve after it."""
    daily = shop({}, users=4, usual=2, names="ab")
    april = [0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 2, 0, 1]
    for place, went in enumerate(april):
        day = daily["day"] == date(2026, 4, 1) + timedelta(days=place)
        daily.loc[day & (daily["segment"] == "a"), "went_on"] = went
    by_day = daily[daily["segment"] != WHOLE].groupby("day")["went_on"].sum()
    whole = daily["segment"] == WHOLE
    daily.loc[whole, "went_on"] = by_day.loc[daily.loc[whole, "day"]].to_numpy()
    (drop,) = find(daily, APRIL)
    assert drop.segment == "a"
    assert drop.began[0] <= date(2026, 4, 1) <= drop.began[1]
    assert drop.ended[0] <= date(2026, 4, 14) < date(2026, 4, 17) <= drop.ended[1]
