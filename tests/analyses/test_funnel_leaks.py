"""Leaks: where and when fewer went on than usual, and what that cost."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from funnel_tables import at, table
from scopes import scope_of
from workbench import demo
from workbench.analyses.funnel import diagnose
from workbench.charts import Chart
from workbench.paths.daily import searched
from workbench.paths.drops import find
from workbench.paths.journey import journey
from workbench.periods import Period, Week
from workbench.stats.scan import lowest

STEPS = ["visit", "buy"]
DAY = timedelta(days=1)
MARCH = Period.weeks(Week(2026, 12), 2, "UTC")  # 9 to 22 March; before it 23 February to 8 March


def log(*, low_from="03-12", low_to="03-14", usual=30, low=10, end="03-23 23:00"):
    """Each day 40 users of app and of web come; so many of app's buy an hour later, 30 of web's."""
    rows = []
    day = at("02-22 10:00")
    while day <= at(end):
        is_low = at(f"{low_from} 00:00") <= day < at(f"{low_to} 00:00") + DAY
        for platform, buyers in (("app", low if is_low else usual), ("web", 30)):
            for i in range(40):
                user = f"{platform}{day:%m%d}-{i}"
                rows.append((user, "visit", day, platform))
                if i < buyers:
                    rows.append((user, "buy", day + timedelta(hours=1), platform))
        day += DAY
    rows.append(("edge", "other", at(end), None))
    return table(rows)


def found(events, period=MARCH, by="platform", **tables):
    scope = scope_of({"events": events, **tables}, period)
    return diagnose(scope, STEPS, window_days=1, by=by)


def test_a_leak_has_its_step_segment_and_days_and_counts_the_users_lost():
    leaks = found(log()).leaks
    assert leaks[["step", "event", "segment", "started_at", "ended_at", "is_open"]].to_numpy(
        dtype=object
    ).tolist() == [[2, "buy", "app", at("03-12 00:00"), at("03-15 00:00"), False]]
    leak = leaks.iloc[0]
    # Three days of 40 users, of whom 10 a day bought in place of 30.
    assert leak["users"] == 120
    assert leak["rate"] == 0.25
    assert leak["baseline"] == "before"
    assert leak["baseline_rate"] == 0.75
    assert leak["lost_users"] == 60
    assert leak["lost_users_low"] < 60 < leak["lost_users_high"]
    assert leak["p_value"] < 1e-4


def orders_of(*rows):
    """Orders typed as `month-day hour:minute, amount, platform, status`."""
    times, amounts, platforms, states = zip(*rows, strict=True)
    return ibis.memtable(
        pd.DataFrame(
            {
                "order_id": [str(place) for place in range(len(rows))],
                "user_id": "ann",
                "ordered_at": [at(time) for time in times],
                "amount": amounts,
                "platform": platforms,
                "status": states,
            }
        )
    )


def test_lost_users_are_priced_by_the_average_order_of_their_segment():
    orders = orders_of(
        ("03-10 12:00", 1000, "app", "paid"),
        ("03-10 12:00", 3000, "app", "paid"),
        ("03-10 12:00", 900, "web", "paid"),
        ("01-01 12:00", 99_999, "app", "paid"),
        ("03-23 12:00", 99_999, "app", "paid"),
    )
    leaks = found(log(), orders=orders).leaks
    assert leaks["lost_amount"].tolist() == [60 * 2000]
    assert found(log()).leaks["lost_amount"].isna().all()


def test_a_price_counts_free_purchases_and_no_cancelled_ones():
    orders = orders_of(
        ("03-10 12:00", 6000, "app", "paid"),
        ("03-10 12:00", 0, "app", "paid"),
        ("03-10 12:00", 0, "app", "paid"),
        ("03-10 12:00", 99_999, "app", "cancelled"),
    )
    assert found(log(), orders=orders).leaks["lost_amount"].tolist() == [60 * 2000]


def test_without_orders_lost_users_are_priced_by_the_worth_of_the_last_step():
    events = log()
    worth = ibis.cases((events.event == "buy", 700), (events.event == "visit", 99_999), else_=0)
    assert found(events.mutate(value=worth)).leaks["lost_amount"].tolist() == [60 * 700]


def test_a_leak_that_still_runs_is_open_and_bad_news():
    funnel = found(log(low_from="03-19", low_to="03-23"))
    assert funnel.leaks["is_open"].tolist() == [True]
    assert funnel.leaks["started_at"].tolist() == [at("03-19 00:00")]
    first = funnel.findings[0]
    assert (first.topic, first.status) == ("leak", "bad")
    assert "It was still so on 22 Mar, the last day that can be judged." in first.sentence


def test_where_there_are_no_seven_days_before_the_others_are_the_baseline():
    leaks = found(log(low_from="02-24", low_to="02-27")).leaks
    assert leaks["baseline"].tolist() == ["others"]
    assert leaks["baseline_rate"].tolist() == [0.75]


def test_a_leak_that_was_over_before_the_period_before_is_not_told():
    week = Period.weeks(Week(2026, 12), 1, "UTC")  # 16 to 22 March, before it 9 to 15 March
    for last, told in (("03-07", 0), ("03-09", 1)):
        events = log(low_from="03-05", low_to=last)
        leaks = found(events, week).leaks
        assert len(leaks) == told
        assert leaks["baseline"].tolist() == ["before"] * told


def test_two_leaks_of_one_segment_are_told_apart():
    early, later = log(low_from="03-04", low_to="03-06"), log(low_from="03-16", low_to="03-18")
    middle = datetime(2026, 3, 10)
    both = early.filter(early.occurred_at < middle).union(later.filter(later.occurred_at >= middle))
    starts = found(both).leaks["started_at"].tolist()
    assert sorted(starts) == [at("03-04 00:00"), at("03-16 00:00")]


def test_steady_days_have_no_leak_and_the_page_says_so():
    funnel = found(log(low=30))
    assert funnel.leaks.empty
    assert str(funnel.leaks_chart()).startswith("No leak: 22 Feb – 22 Mar 2026, no step was low")


def test_without_segments_the_whole_is_searched():
    leaks = found(log(), by="").leaks
    assert leaks["segment"].tolist() == [""]
    assert leaks["lost_users"].tolist() == [60]


def test_a_leak_comes_first_among_the_findings_with_place_days_and_cost():
    funnel = found(log())
    first = funnel.findings[0]
    assert first.status == "neutral"
    assert first.sentence.replace("\u202f", " ").startswith(
        "From Visit to Buy, only 25.0 % went on (platform App), 12 – 14 Mar 2026 (30 of 120). Before, "
        "since 22 Feb 2026, it was 75.0 % (540 of 720). The others were not touched: 75.0 % went on in "
        "these days (90 of 120). That cost about 60 users (95 % sure: "
    )
    assert first.sentence.endswith("It is over since 15 Mar.")
    chart = funnel.leaks_chart()
    assert isinstance(chart, Chart)
    assert chart.title.startswith("From Visit to Buy, only 25.0\u202f% went on (platform App), 12")


def test_where_all_go_on_within_an_hour_the_last_day_is_judged_else_it_is_waited_for():
    events = log(end="03-22 12:00")
    assert found(events).daily["day"].max() == at("03-22 00:00").date()
    later = events.occurred_at + ibis.interval(hours=3)
    slow = events.mutate(occurred_at=ibis.ifelse(events.event == "buy", later, events.occurred_at))
    daily = found(slow).daily
    assert daily["day"].max() == at("03-21 00:00").date()
    assert (daily.loc[daily["segment"] != "", "users"] == 40).all()


@pytest.mark.parametrize("restless", [1, 6])
def test_steady_series_however_restless_rarely_look_like_leaks(restless):
    """Of 400 series without a leak no more than 5 %, 20, may have one."""
    rng = np.random.default_rng(7)
    false = 0
    for _ in range(400):
        users = rng.integers(20, 60, 56)
        rate = rng.beta(0.7 * 40 / restless, 0.3 * 40 / restless, 56) if restless > 1 else 0.7
        low = lowest(users, rng.binomial(users, rate), np.ones(56, dtype=bool))
        false += low is not None and low.p_value < 0.05
    assert false <= 20


def looked_at(period, **options):
    made = demo.tables(**options)
    tables = {name: ibis.memtable(made[name]) for name in ("events", "orders")}
    return scope_of(tables, period, currency=demo.CURRENCY, steps=demo.STEPS)


def test_the_checkout_fault_of_the_demo_is_the_first_leak_and_the_only_one(demo_period):
    funnel = diagnose(looked_at(demo_period), by="platform")
    fault = demo.truth().incident("checkout_fault")
    leak = funnel.leaks.iloc[0]
    assert (leak["event"], leak["segment"]) == ("purchase", "douyin")
    assert abs(leak["started_at"] - fault.started_at) < 2 * DAY
    assert abs(leak["ended_at"] - fault.ended_at) < 2 * DAY
    assert leak["rate"] / leak["baseline_rate"] == pytest.approx(fault.factor, abs=0.06)
    assert leak["lost_amount"] > 0
    assert len(funnel.leaks) == 1
    assert pd.api.types.is_datetime64_any_dtype(funnel.leaks["started_at"])


@pytest.mark.slow
def test_shops_in_which_nothing_happens_have_hardly_a_leak(demo_period):
    """5 % of reports may name one: of twenty, one. What is found is all that a funnel can tell."""
    false = 0
    for seed in range(1, 21):
        path = journey(looked_at(demo_period, seed=seed, incidents=False))
        days = searched(path, demo_period, window=timedelta(days=7), by="platform")
        assert len(days) > 500
        false += len(find(days, demo_period))
    assert false <= 1
