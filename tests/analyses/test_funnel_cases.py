"""Small shops on which a page once said what was not so: what it must say of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pytest

from funnel_tables import table
from scopes import scope_of
from workbench import demo
from workbench.analyses.funnel import diagnose
from workbench.charts import Chart
from workbench.customers.measures import metric
from workbench.kit.showing import show
from workbench.periods import Period, Week

DAY = timedelta(days=1)
MARCH = datetime(2026, 3, 2)
PLATFORMS = tuple(f"shop_{number}" for number in range(1, 9))
APRIL = Period(date(2026, 3, 30), date(2026, 4, 26), "UTC")
LOW = range(30, 44)  # days from 2 March: 1 to 14 April


def log(days, visits, *, first=MARCH, steps=("visit", "pay")):
    """Events of some days: `visits(day)` gives each visitor's platform and the steps that he takes."""
    rows = []
    for place in range(days):
        for number, (platform, taken) in enumerate(visits(place)):
            at = first + place * DAY + timedelta(hours=8, minutes=number)
            rows += [
                (f"{place}-{number}", step, at + timedelta(minutes=9 * taken.index(step)), platform)
                for step in steps
                if step in taken
            ]
    return table(rows)


def told(events, period, steps=("visit", "pay"), **options):
    scope = scope_of({"events": events}, period, steps=tuple(steps))
    return diagnose(scope, **{"window_days": 1, "by": "platform"} | options)


def some(paid, of, platform="a"):
    return [(platform, ("visit", "pay") if i < paid else ("visit",)) for i in range(of)]


def plain(funnel, *topics):
    return " ".join(one.sentence for one in funnel.about(*topics)).replace("\u202f", " ")


def plain_title(chart):
    return chart.title.replace("\u202f", " ")


@pytest.fixture(scope="module")
def all_fall():
    """Eight platforms of four visitors a day; half pay, on fourteen days a quarter on each."""

    def visits(place):
        return [one for name in PLATFORMS for one in some(1 if place in LOW else 2, 4, name)]

    return told(log(56, visits), APRIL)


@pytest.fixture(scope="module")
def one_falls():
    """The same, but only the last platform falls: seven of 56."""

    def visits(place):
        return [
            one
            for name in PLATFORMS
            for one in some(place % 2 if name == PLATFORMS[-1] and place in LOW else 2, 4, name)
        ]

    return told(log(56, visits), APRIL)


def test_a_fall_on_all_platforms_alike_is_one_leak_of_all_users(all_fall):
    leaks = all_fall.leaks
    assert leaks[["segment", "reach", "users", "baseline_users"]].to_numpy().tolist() == [
        ["", "alike", 448, 960]
    ]
    assert (leaks["rate"][0], leaks["baseline_rate"][0]) == (0.25, 0.5)
    assert plain(all_fall, "leak").startswith(
        "From Visit to Pay, only 25.0 % went on, 1 – 14 Apr 2026 (112 of 448). Before, since 2 Mar 2026, it "
        "was 50.0 % (480 of 960). Every platform alike: none differs from the others in this by more than chance. "
        "That cost about 112 users (95 % sure: "
    )
    # Whatever else tells of it blames no platform, and finds no second loss.
    titles = [chart.title for chart in (all_fall.segments_chart(), all_fall.decomposition_chart())]
    told_there = " ".join([plain(all_fall, "change"), *titles])
    assert "Shop" not in told_there
    assert plain(all_fall, "change") == ("What changed at a step is told by its leak.")


def test_a_fall_on_one_platform_alone_is_not_told_as_one_of_all(one_falls):
    leaks = one_falls.leaks
    assert leaks[["segment", "reach", "users", "other_users"]].to_numpy().tolist() == [
        ["shop_8", "one", 56, 392]
    ]
    assert leaks["rate"][0] == 7 / 56
    assert "The others were not touched: 50.0 % went on in these days (196 of 392)." in plain(
        one_falls, "leak"
    )
    assert "about as many as before" in plain(one_falls, "conversion")
    chart = one_falls.segments_chart()
    assert chart.title.startswith("On the way to Pay, Shop 8 has it hardest")
    assert chart.title.endswith("The days of its leak are among these.")
    assert "Above all it is Shop 8" in one_falls.decomposition_chart().title


def test_a_leak_of_one_is_not_denied_where_whole_periods_are_told_apart_by_chance_only():
    """Four platforms of eight visitors a day, half of whom pay; on four days nobody on the first."""

    def visits(place):
        return [
            one
            for name in PLATFORMS[:4]
            for one in some(0 if name == PLATFORMS[0] and place in range(40, 44) else 4, 8, name)
        ]

    funnel = told(log(56, visits), APRIL)
    assert funnel.leaks["segment"].tolist() == ["shop_1"]
    assert funnel.decomposition_chart().title.endswith(
        "no more than chance would explain, but the days of a leak are among these."
    )


def test_a_platform_that_falls_silent_is_named_first():
    """Three platforms of eight visitors a day; of the first nobody comes from 10 April on."""

    def visits(place):
        there = PLATFORMS[:3] if place < 39 else PLATFORMS[1:3]
        return [one for name in there for one in some(4, 8, name)]

    funnel = told(log(56, visits), APRIL)
    assert [one.topic for one in funnel.findings][:2] == ["gaps", "conversion"]
    assert plain(funnel, "gaps") == (
        "Nobody came by platform Shop 1, 10 – 26 Apr 2026, while others did: it has ended, or its data "
        "are missing."
    )
    assert told(log(56, visits), APRIL, by="").about("gaps") == ()


def test_one_platform_far_above_the_others_is_named_and_none_of_these():
    day = [one for name in PLATFORMS[:4] for one in some(2, 5, name)] + some(4, 5, "best")
    funnel = told(log(56, lambda _place: day), APRIL)
    assert plain_title(funnel.segments_chart()) == (
        "On the way to Pay, Best has it easiest: 80.0 % go on, 40.0 % of the others. No other platform "
        "has it harder than the rest of them by more than chance would explain."
    )
    # Of one platform alone nothing is said of others.
    alone = told(log(56, lambda day: some(4 if day < 28 else 1, 8)), APRIL)
    assert "others" not in alone.decomposition_chart().title


def test_a_leak_that_was_over_before_the_period_is_history_and_no_measure():
    """14 visitors a day, of whom seven pay, and two from 10 to 17 March."""
    first = datetime(2026, 2, 2)

    def visits(place):
        return some(2 if 36 <= place < 44 else 7 + place % 3 - 1, 14)

    funnel = told(log(84, visits, first=first), APRIL)
    assert [one.topic for one in funnel.findings][-1] == "leak"
    assert plain(funnel, "leak").endswith("It ended on 17 Mar, before this period.")
    assert {one.status for one in funnel.findings} == {"neutral"}
    # 27 days of the period before, but for those eight.
    assert funnel.steps["previous_users"].tolist()[0] == 19 * 14
    assert "Left out before are the days of a leak, 10 – 17 Mar 2026." in plain(
        funnel, "conversion"
    )


def thin(place, fallen=()):
    """One to three visitors a day, of whom two in five pay, and none on the fallen days."""
    return [
        (None, ("visit", "pay") if (3 * place + i) % 5 < 2 and place not in fallen else ("visit",))
        for i in range((1, 3, 2, 1, 2, 2, 2)[place % 7])
    ]


def test_a_thin_shop_is_drawn_by_weeks_and_its_page_gives_one_answer():
    july = Period(date(2026, 6, 22), date(2026, 7, 19), "UTC")
    calm = told(log(140, thin), july, by="")
    assert calm.leaks.empty
    assert "not even a week without anybody going on would have stood out" in str(
        calm.leaks_chart()
    )

    fallen = told(log(140, lambda place: thin(place, range(119, 134))), july, by="")
    (leak,) = fallen.leaks.itertuples()
    assert abs(leak.started_at - datetime(2026, 6, 29)) <= 2 * DAY
    assert abs(leak.ended_at - datetime(2026, 7, 14)) <= 2 * DAY
    assert leak.rate == 0
    chart = fallen.leaks_chart()
    assert isinstance(chart, Chart)
    assert "29 Jun: 0 of 13; 6 Jul: 0 of 13; 13 Jul: " in chart.alt
    assert fallen.trend_chart().title.startswith("The weeks of the leak stand out: 0.0")


@pytest.fixture(scope="module")
def device_falls():
    """Three platforms of eight visitors a day; half pay, of one of them none in the last 14 days."""

    def visits(place):
        return [
            one
            for name in ("desk", "phone", "tablet")
            for one in some(0 if name == "tablet" and place >= 42 else 4, 8, name)
        ]

    return log(56, visits)


@pytest.mark.parametrize("least", [0, 10, 57])
def test_a_leak_of_few_users_a_day_is_drawn_by_weeks_for_others_too(device_falls, least):
    scope = scope_of({"events": device_falls}, APRIL, steps=("visit", "pay"), min_group=least)
    found = diagnose(scope, window_days=1, by="platform")
    (leak,) = found.leaks.itertuples()
    assert (leak.segment, leak.users) == ("tablet", 112)
    weeks = found.leak_days
    assert weeks["is_week"].all()
    told_of = [56] * 8 if least <= 56 else [None] * 8  # a week of fewer than so many is not told of
    assert [None if pd.isna(one) else one for one in weeks["users"]] == told_of
    owners = found.whole.leak_days
    assert list(owners["went_on"]) == [28] * 6 + [0] * 2
    picture = found.leaks_chart()
    assert isinstance(picture, Chart)
    assert picture.block().html


def weekly(weeks):
    """600 users who look in once a week, of whom 48 pay each week, never the same ones."""
    rows = []
    for week in range(weeks):
        for user in range(600):
            at = datetime(2026, 5, 4, 8) + timedelta(weeks=week, days=user % 7)
            rows.append((f"{user}", "see", at, None))
            if user // 48 == week:
                rows.append((f"{user}", "pay", at + timedelta(minutes=20), None))
    return table(rows)


def test_a_week_gives_the_same_page_on_monday_and_later():
    period = Period(date(2026, 5, 4), date(2026, 5, 31), "UTC")
    pages = [told(weekly(weeks), period, ("see", "pay"), window_days=7) for weeks in (4, 5)]
    for funnel in pages:
        conversion = funnel.metrics[0]
        assert conversion.interval.value == 0.08
        assert conversion.interval.low < 0.08 < conversion.interval.high
        assert funnel.steps["users"].tolist() == [600, 144]
    assert pages[0].findings == pages[1].findings


def test_the_headline_is_the_measure_of_that_name():
    for weeks in (2, 3, 4):
        scope = scope_of(
            {"events": weekly(6)},
            Period.weeks(Week(2026, 22), weeks, "UTC"),
            steps=("see", "pay"),
        )
        found = diagnose(scope, window_days=7).metrics[0].interval.value
        assert found == metric("weekly_conversion", scope).interval.value


def test_who_buys_past_a_step_is_told_beside_those_who_are_lost_there():
    """A day 12 view: two buy by the cart, three without one, two only fill a cart."""
    ways = [("view", "cart", "buy")] * 2 + [("view", "buy")] * 3 + [("view", "cart")] * 2
    taken = [*ways, *[("view",)] * 5]
    steps = ("view", "cart", "buy")
    funnel = told(log(56, lambda _: [("a", one) for one in taken], steps=steps), APRIL, steps)
    assert funnel.steps["users"].tolist() == [27 * 12, 27 * 4, 27 * 2]
    assert plain(funnel, "loss") == (
        "The largest loss is between View and Cart: 216 of 324 users (66.7 %). By whatever way, 135 of "
        "324 (41.7 %) came from View to Buy, 81 of them (25.0 % of those who started) past Cart. So 135 "
        "users, not 216, left between View and Cart without coming to Buy."
    )


def test_a_shop_younger_than_the_period_is_told_of_its_own_days():
    """Open since Wednesday 15 April; the weeks of the period before that are not counted."""
    first = datetime(2026, 4, 15)
    funnel = told(log(12, lambda _day: some(3, 6), first=first), APRIL)
    assert "(2 weeks, 15 – 25 Apr 2026;" in plain(funnel, "conversion")
    assert "Of 66 users who started with Visit (15 – 25 Apr 2026)" in plain(funnel, "conversion")


def test_where_all_are_too_young_nobody_says_that_nobody_started():
    funnel = told(log(7, lambda _: some(1, 2)), Period(date(2026, 3, 2), date(2026, 3, 8), "UTC"))
    young = told(log(7, lambda _: some(1, 2)), funnel.scope.period, window_days=30)
    assert plain(young, "conversion").startswith("It is too early to judge the 14 users of this")
    charts = [young.steps_chart(), young.segments_chart(), young.trend_chart()]
    assert set(map(str, charts)) == {
        "There is nobody whom this report could judge, so there is nothing to draw."
    }
    assert str(young.time_chart()) == "So there is no time to show either."
    assert show(young.judged).html == ""
    assert str(young.leaks_chart()) == "There are too few days to look for leaks: 2 – 8 Mar 2026."


def test_where_only_the_mix_of_users_changed_nobody_is_said_to_go_on_less_often():
    """A platform begun on 13 April, of which one in five pays; of the old one three in five, as ever."""

    def visits(day):
        new = [("fresh", ("visit", "pay") if k < 2 else ("visit",)) for k in range(10)]
        return [("old", ("visit", "pay") if k < 6 else ("visit",)) for k in range(10)] + (
            new if day >= 42 else []
        )

    funnel = told(log(57, visits), APRIL)
    change = funnel.about("change")[0]
    assert change.status == "neutral"
    assert plain(funnel, "change").startswith(
        "From Visit to Pay, 47.0 % went on in place of 60.0 % (−13.0 points), as the mix of users "
        "changed: users of the same platform go on about as often as before."
    )
    assert plain_title(funnel.decomposition_chart()) == (
        "From Visit to Pay, −13.0 points, as the mix of users changed; users of the same platform go "
        "on as often as before."
    )
    # 13 and 20 April are alike: neither stands out alone.
    assert plain_title(funnel.trend_chart()) == (
        "The weeks of 13 Apr and 20 Apr stand out: 40.0 % came as far as Pay, 60.0 % in the other "
        "weeks."
    )
    assert str(funnel.leaks_chart()).startswith(
        "No leak: 2 Mar – 26 Apr 2026, users of the same platform were low on no stretch of days "
    )


def test_from_order_to_order_whole_weeks_are_looked_at():
    """A first order a day; those of 30 March to 26 April that are ten days old are not whole weeks."""
    days = range(-28, 56)
    orders = {
        "user_id": [f"u{day}" for day in days],
        "order_id": [f"o{day}" for day in days],
        "ordered_at": [MARCH + day * DAY + timedelta(hours=12) for day in days],
        "amount": [100] * len(days),
    }
    funnel = diagnose(scope_of({"orders": ibis.memtable(orders)}, APRIL), window_days=10)
    assert "Of 28 users who started with First order (16 Mar – 12 Apr 2026)" in plain(
        funnel, "conversion"
    )
    assert {day.weekday() for day in funnel.weekly["first_day"]} == {0}


@pytest.mark.slow
def test_twelve_weeks_of_the_demo_are_the_same_on_monday_and_later(demo_tables):
    events, orders = demo_tables["events"], demo_tables["orders"]
    for number in range(28, 40):
        period = Period.weeks(Week(2026, number), 4, demo.TIME_ZONE)
        known = {
            "events": events.filter(events.occurred_at < period.end),
            "orders": orders.filter(orders.ordered_at < period.end),
        }
        monday, later = (
            diagnose(scope_of(tables, period, steps=demo.STEPS), by="platform")
            for tables in (known, {"events": events, "orders": orders})
        )
        assert monday.findings == later.findings
        assert monday.metrics == later.metrics
        for name, frame in monday.frames().items():
            pd.testing.assert_frame_equal(frame, later.frames()[name])
