"""Every measure against hand-written SQL: the demo and real shops, whole and by week."""

import math
from datetime import date, timedelta
from itertools import groupby

import ibis
import pytest
from by_hand import RETURNING, TRADE, ByHand

import workbench as wb
from scopes import scope_of
from workbench import demo
from workbench.customers.measures import MEASURES
from workbench.periods import Period, Week

UNKNOWN_HERE = {
    "online_retail": {"discount_rate", "order_refund_rate", "undone_rate"},
    "complete_journey": {
        *("net_revenue_amount", "refund_rate", "order_refund_rate", "undone_rate"),
        *("organic_rate", "activation_rate", "retention_rate"),
    },
    "cdnow": {
        *("net_revenue_amount", "refund_rate", "order_refund_rate", "undone_rate"),
        "discount_rate",
    },
}
OF_EVENTS = {"visits", "organic_rate", "weekly_conversion", *RETURNING}


@pytest.fixture(scope="module")
def invented():
    raw = demo.tables()
    tables = {name: ibis.memtable(raw[name]) for name in ("orders", "events", "users")}
    scope = scope_of(tables, Period.weeks(Week(2026, 40), 6, demo.TIME_ZONE), steps=demo.STEPS)
    return scope, ByHand(raw, demo.TIME_ZONE, demo.STEPS)


def weeks_of(scope):
    whole = [list(days) for _, days in groupby(scope.period.days, Week.of)]
    return [(days[0], days[-1]) for days in whole]


def expected(name, by_hand, scope, span, **given):
    """The figure of a span as SQL has it; attempts of the weeks that are 7 days old."""
    first, last = span
    if name == "weekly_conversion":
        ripe = [w for w in weeks_of(scope) if first <= w[0] <= last]
        ripe = [w for w in ripe if w[1] + timedelta(days=7) <= scope.period.last]
        return by_hand.attempts(ripe, scope.platform)
    return by_hand(name, first, last, platform=scope.platform, **given)


def value(pair):
    return None if pair[1] == 0 else pair[0] / pair[1]


def known(figures):
    return [None if math.isnan(figure) else figure for figure in figures]


def check(scope, by_hand, names):
    """Each measure of the scope: whole and by week, as known at the end and within 10 days."""
    period, old = scope.period, timedelta(days=10)
    for name in names:
        measure = MEASURES[name]
        whole = expected(name, by_hand, scope, (period.first, period.last))
        assert known([measure(scope).value]) == [value(whole)], name
        weekly = [value(expected(name, by_hand, scope, week)) for week in weeks_of(scope)]
        assert known(measure.by_week(scope)["value"]) == weekly, name
        if name not in TRADE or not measure.tally.ripens:
            continue
        aged = by_hand(
            *(name, period.first, period.last - old),
            known=period.last, within=10, platform=scope.platform,
        )  # fmt: skip
        assert known([measure(scope, within_days=10).value]) == [value(aged)], name
        weekly = [
            None
            if last + old > period.last
            else value(
                by_hand(name, first, last, known=last + old, within=10, platform=scope.platform)
            )
            for first, last in weeks_of(scope)
        ]
        assert known(measure.by_week(scope, within_days=10)["value"]) == weekly, name


@pytest.mark.parametrize("platform", ["", "douyin"])
def test_each_measure_of_the_demo_is_what_sql_says(invented, platform):
    scope, by_hand = invented
    old_enough = MEASURES.keys() - {"repurchase_rate"}  # the demo has 52 weeks of orders
    check(scope.on(platform), by_hand, old_enough)
    assert (
        value(by_hand("repurchase_rate", date(2026, 9, 28), date(2026, 10, 4), platform=platform))
        == MEASURES["repurchase_rate"](scope.on(platform)).value
    )


@pytest.mark.parametrize("name", ["online_retail", "complete_journey", "cdnow"])
@pytest.mark.usefixtures("data")
def test_each_measure_of_a_real_shop_is_what_sql_says(name):
    shop = wb.connect(name)
    scope = shop.scope("latest", 8)
    paths = {table: f"{shop.folder}/{table}/**/*.parquet" for table in shop.tables}
    by_hand = ByHand(paths, shop.time_zone, scope.steps)
    absent = UNKNOWN_HERE[name] | (set() if "events" in shop.tables else OF_EVENTS)
    assert {one for one, m in MEASURES.items() if not m(scope).is_known} == absent
    short = set() if name == "cdnow" else {"repurchase_rate"}  # 52 weeks and no more
    # Campaigns are known by their day there, which the hand-written SQL does not compare.
    by_day = {"weekly_conversion"} if name == "complete_journey" else set()
    check(scope, by_hand, MEASURES.keys() - absent - short - by_day)
    last = scope.period.last
    assert value(by_hand("repurchase_rate", last, last)) == MEASURES["repurchase_rate"](scope).value
