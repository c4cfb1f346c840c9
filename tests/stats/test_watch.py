"""What is told of series of days: when a change is seen, and when nothing is."""

import numpy as np
import pytest

from workbench.stats.cusum import FAST
from workbench.stats.usual import interval, usual
from workbench.stats.watch import FEWEST_BASE, GAP, Series, dated, visible, watch

DAYS = 200


def series(hits, trials, *, is_share=True, is_up=True, known=None, yellow=np.nan, red=np.nan):
    hits, trials = (np.asarray(one, dtype=float)[None] for one in (hits, trials))
    days = hits.shape[1]
    there = np.ones((1, days), dtype=bool) if known is None else np.asarray(known)[None]
    flags = (np.array([one]) for one in (is_share, is_up))
    limits = (np.array([one]) for one in (yellow, red))
    never = np.zeros(days, dtype=bool)
    return Series(hits, trials, there, *flags, *limits, np.arange(days) % 7, never)


def calm(rate=0.2, size=100):
    """Days that differ by chance alone, the same on every run."""
    return np.random.default_rng(3).binomial(size, rate, DAYS), np.full(DAYS, size)


def test_a_break_is_told_by_its_third_day_and_dated_on_its_first():
    hits, trials = calm()
    hits[150:160] = 40
    told = series(hits, trials)
    seen = watch(told)
    assert not seen.breaks[0, :150].any()
    assert seen.breaks[0, 152]
    assert dated(told, 0, int(seen.began[0, 155]), 155) == 150
    assert not seen.breaks[0, 165:].any()


def test_a_fall_is_told_where_less_is_worse_and_not_where_more_is():
    hits, trials = calm()
    hits[150:160] = 5
    assert watch(series(hits, trials, is_up=False)).breaks[0, 152]
    assert not watch(series(hits, trials, is_up=True)).breaks.any()


def test_a_day_is_judged_from_forty_nine_days_of_base_on():
    seen = watch(series(*calm()))
    first = int(np.argmax(seen.is_judged[0]))
    assert first == FEWEST_BASE + GAP == 63
    assert seen.base_days[0, first] == FEWEST_BASE


def test_days_without_data_are_not_judged_and_belong_to_no_base():
    hits, trials = calm()
    known = np.ones(DAYS, dtype=bool)
    known[20:30] = known[180:185] = False
    hits[20:30] = 0
    seen = watch(series(hits, trials, known=known))
    assert not seen.is_judged[0, 180:185].any()
    assert int(np.argmax(seen.is_judged[0])) == FEWEST_BASE + GAP + 10
    assert not seen.breaks.any()


def test_a_level_is_beyond_a_threshold_with_its_whole_interval_and_falls_after_two_days_within():
    hits, trials = np.full(DAYS, 10), np.full(DAYS, 100)
    hits[100:130] = 40
    seen = watch(series(hits, trials, yellow=0.2, red=0.3))
    level = seen.level[0]
    assert level[:103].max() == 0
    assert level[106] == 2  # seven days of 40 %
    assert set(level[139:]) == {0}
    within = np.flatnonzero(seen.rate[0, 130:] <= 0.2)[0] + 130
    assert level[within] == 1
    assert level[within + 1] == 0


def test_what_was_red_and_changed_belongs_to_no_base_and_what_is_always_red_does():
    hits, trials = np.full(DAYS, 10), np.full(DAYS, 100)
    hits[100:] = 40
    changed = watch(series(hits, trials, yellow=0.2, red=0.3))
    assert changed.usual[0, -1] == pytest.approx(0.1, abs=0.03)
    always = watch(series(np.full(DAYS, 40), trials, yellow=0.2, red=0.3))
    assert always.usual[0, -1] == pytest.approx(0.4, abs=0.01)
    assert always.level[0, -1] == 2


def test_nothing_is_told_of_a_day_by_what_came_after_it():
    hits, trials = calm()
    hits[150:170] = 40
    whole, cut = watch(series(hits, trials)), watch(series(hits[:160], trials[:160]))
    for before, after in zip(cut, whole, strict=True):
        np.testing.assert_array_equal(before, after[:, :160])


def test_a_count_is_told_by_what_it_is_counted_by_and_a_shop_that_grows_is_calm():
    orders = np.linspace(50, 200, DAYS).round()
    complaints = np.random.default_rng(5).poisson(0.06 * orders)
    seen = watch(series(complaints, orders, is_share=False))
    assert not (seen.breaks | seen.creeps).any()
    complaints[190:193] = 40
    assert watch(series(complaints, orders, is_share=False)).breaks[0, 192]


def test_weekdays_that_differ_are_learned_and_equal_ones_shrunk_to_one():
    weekday = np.arange(140) % 7
    trials = np.full((1, 140), 500.0)
    flat = np.array([[100.0] * 140])
    share = np.array([True])
    assert usual(flat, trials, weekday, share).weekdays == pytest.approx(1, abs=1e-3)
    sundays = flat + np.where(weekday == 6, 70.0, 0.0)
    factors = usual(sundays, trials, weekday, share).weekdays[0]
    assert factors[6] == pytest.approx(1.7 / 1.1, rel=0.02)
    assert factors[0] == pytest.approx(1 / 1.1, rel=0.02)


def test_days_that_differ_more_than_by_chance_have_a_dispersion_above_one():
    rng = np.random.default_rng(2)
    trials = np.full((1, 180), 100.0)
    rates = rng.beta(10, 40, 180)
    share, weekday = np.array([True]), np.arange(180) % 7
    restless = usual(rng.binomial(100, rates)[None].astype(float), trials, weekday, share)
    assert restless.dispersion[0] == pytest.approx(1 + 99 / 51, rel=0.25)
    assert restless.spread[0] == pytest.approx(1 / 51, rel=0.4)
    quiet = usual(rng.binomial(100, 0.2, 180)[None].astype(float), trials, weekday, share)
    assert 1 <= quiet.dispersion[0] < 1.3


def test_the_interval_of_a_share_is_wilsons_and_that_of_a_count_keeps_above_nought():
    rate, low, high = interval(np.array([5.0]), np.array([50.0]), np.array([1.0]), np.array([True]))
    assert (round(float(rate[0]), 3), round(float(low[0]), 4), round(float(high[0]), 4)) == (
        0.1, 0.0435, 0.2136,
    )  # fmt: skip
    rate, low, high = interval(
        np.array([0.0]), np.array([50.0]), np.array([1.0]), np.array([False])
    )
    assert rate[0] == low[0] == 0
    assert high[0] == pytest.approx(1.96**2 / 50, rel=1e-3)


def test_a_longer_time_sees_a_smaller_change():
    assert visible(FAST, 3, 5.4) > visible(FAST, 7, 5.4) > visible(FAST, 28, 5.4)
    assert visible(FAST, 3, 5.4) == pytest.approx(1 + (5.4 + 0.8416 * 3**0.5) / 3)
