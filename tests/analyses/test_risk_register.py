"""The register on the demo: what is planted is told in time, by its dates, and what is missing is grey."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from scopes import scope_of
from workbench import demo
from workbench.analyses.funnel import diagnose
from workbench.analyses.risk import assess, loss
from workbench.analyses.risk.history import map_chart
from workbench.analyses.risk.responses import responded
from workbench.charts import Chart
from workbench.display.reference import attributes, columns
from workbench.errors import MissingData, ParameterError, SourceError
from workbench.kit import words
from workbench.kit.goals import compare
from workbench.kit.playbook import CATEGORIES, Playbook, Response, Threshold
from workbench.kit.settings import Settings
from workbench.kit.showing import show
from workbench.periods import Period, Week

PARAMETERS = Path(__file__).parents[2] / "parameters"
STEPS = {"plan": "p", "do": "d", "check": "c", "act": "a"}


def on(tables, week, weeks=26, **given):
    period = Period.weeks(Week.parse(week), weeks, demo.TIME_ZONE)
    settings = given.pop("settings", None) or Settings(PARAMETERS, source="demo")
    return scope_of(
        tables, period, currency=demo.CURRENCY, steps=demo.STEPS, settings=settings, **given
    )


@pytest.fixture(scope="module")
def fault(demo_tables):
    """The register at the end of the week in which paying on Douyin broke down."""
    return assess(on(demo_tables, "2026-W38"))


@pytest.fixture(scope="module")
def later(demo_tables):
    return assess(on(demo_tables, "2026-W40", 52))


def row(risk, name):
    return risk.register.set_index("name").loc[name]


def signal(risk, name):
    return next(one for one in risk.signals if one.of.name == name)


def days(risk, name):
    """The days on which an indicator was told to have changed."""
    one = signal(risk, name)
    changed = one.breaks | one.creeps
    return [day for day, is_so in zip(one.days, changed, strict=True) if is_so]


def test_the_fault_of_paying_is_red_since_the_day_on_which_it_began(fault):
    told = row(fault, "failed_checkouts_douyin")
    assert told["status"] == "red"
    assert told["since"] == date(2026, 9, 14)
    assert told["reason"] == "level, breaks, creeps"
    assert fault.register["name"].iloc[0] == "failed_checkouts_douyin"
    assert fault.about("red")[0].status == "bad"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("delivery_breakdown", "complaints_delivery"),
        ("ads_suspended", "paid_visits_xiaohongshu"),
        ("checkout_fault", "failed_checkouts_douyin"),
    ],
)
def test_each_abrupt_incident_is_told_by_its_third_day_and_is_over_within_a_week(later, kind, name):
    incident = demo.truth().incident(kind)
    first, last = (
        (at + timedelta(hours=8)).date() for at in (incident.started_at, incident.ended_at)
    )
    told = days(later, name)
    assert first <= next(day for day in told if day >= first) <= first + timedelta(days=2)
    assert [
        day for day in told if last + timedelta(days=7) <= day < last + timedelta(days=60)
    ] == []


def test_the_ramp_of_orders_sent_back_is_told_to_creep_before_its_rate_is_at_fifteen_per_cent(
    later,
):
    one = signal(later, "returned_xiaohongshu")
    first = date(2026, 5, 4)
    crept = next(
        day for day, is_so in zip(one.days, one.creeps, strict=True) if is_so and day >= first
    )
    assert (crept - first).days + 1 < 42
    told = later.warned.set_index("kind").loc["refunds_creeping_up"]
    assert told["told"] == crept
    assert told["lead_days"] > 0


def test_the_last_fourteen_days_of_orders_that_may_be_sent_back_are_not_judged(later):
    one = signal(later, "returned_douyin")
    assert one.days[one.last] == date(2026, 9, 20)
    assert set(one.status[-14:]) == {0}
    drawn = later.watch_chart("returned_douyin")
    assert "not judged" in drawn.note
    assert "20 Sep 2026" in drawn.title


def test_every_category_has_an_indicator_and_there_are_at_least_sixteen(later):
    known = later.register[later.register["status"] != "grey"]
    assert set(known["category"]) == set(CATEGORIES)
    assert len(known) >= 16
    assert known["owner"].notna().all()


def test_the_smallest_change_that_is_seen_shrinks_with_the_days(later):
    told = row(later, "failed_checkouts_douyin")
    assert told["seen_3_days_rate"] > told["seen_7_days_rate"] > told["seen_28_days_rate"] > 0


def test_what_costs_most_comes_first_among_the_reds_and_says_what_cannot_be_told(fault):
    told = fault.register.set_index("name")
    lost = told.loc["failed_checkouts_douyin"]
    assert lost["expected_loss_amount_low"] < lost["expected_loss_amount"]
    events, money = lost["events_a_year"], lost["event_amount"]
    assert lost["expected_loss_amount"] == pytest.approx(events * money, rel=0.001)
    assert told.loc["late_responses", "loss"] == "not told in money"
    assert isinstance(fault.loss_chart(), Chart)
    assert isinstance(fault.impact_chart(), Chart)


def test_a_red_is_due_some_days_after_it_was_told_and_overdue_later(fault):
    told = row(fault, "failed_checkouts_douyin")
    assert told["due"] == told["told"] + timedelta(days=1)
    assert told["is_overdue"]
    assert any("Overdue" in one.sentence for one in fault.about("response"))
    assert fault.responses["plan"].notna().all()


def test_a_page_begins_with_at_most_five_sentences_on_what_is_worst_and_whose_it_is(fault, later):
    opening = fault.about("summary", "first", "cost", "overdue")
    assert len(opening) == 5
    assert [one.status for one in opening] == ["bad"] * 5
    assert opening[1].sentence.startswith(
        "Red, and not as usual since 14 Sep 2026: Users who began to pay and did not that day, on Douyin, "
    )
    assert opening[1].sentence.endswith("Owner: head of technology, due on 19 Sep 2026.")
    assert opening[4].sentence.startswith("2 responses are overdue: Users who began to pay")
    assert len(later.about("summary", "first", "cost", "overdue")) <= 5
    assert set(fault.coloured["status"]) == {"red", "yellow"}


def test_what_is_over_is_told_by_the_days_on_which_it_had_its_colour(later):
    one = signal(later, "paid_orders")
    days = [day for day, status in zip(one.days, one.status, strict=True) if status > 1]
    lately = [day for day in days if day >= date(2026, 9, 1)]
    (said,) = [told for told in later.about("over") if told.sentence.startswith(one.of.label)]
    assert said.sentence == (
        f"{one.of.label}: yellow from {words.day(lately[0])} to {words.day(lately[-1])}; green again."
    )
    assert one.days[one.began(one.days.index(lately[-1]))] < lately[0]  # the change is older


def test_what_was_beyond_its_threshold_when_first_known_has_no_since(later):
    assert pd.isna(row(later, "flagged_contents")["since"])
    (first,) = [one for one in later.about("first") if "Flagged" in one.sentence]
    assert first.sentence.startswith("Yellow: Flagged among the contents of four weeks: ")


def test_a_rate_that_was_never_surely_beyond_its_threshold_is_said_to_have_stayed_below_red(later):
    told = later.warned.set_index("kind")
    assert pd.isna(told.loc["refunds_creeping_up", "red_on"])
    assert told.loc["checkout_fault", "red_on"] == date(2026, 9, 18)
    (said,) = [one for one in later.about("score") if "no rate of its category" in one.sentence]
    assert said.sentence.startswith("Refunds creeping up: ")


def test_whether_warnings_came_true_is_not_told_without_incidents_and_thresholds(demo_tables):
    orders = {"orders": demo_tables["orders"], "complaints": demo_tables["complaints"]}
    risk = assess(on(orders, "2026-W38", settings=Settings(PARAMETERS, goals={})))
    lacking, said = risk.about("score")
    assert lacking.sentence.startswith(
        "To show whether the register warned in time, this report would"
    )
    assert said.status == "unknown"
    assert "names no incidents and no thresholds" in said.sentence
    true = next(one for one in risk.metrics if one.name == "warnings_true_rate")
    assert not true.interval.is_known


def accepting(until):
    response = Response("cto", 3, "accept", STEPS, "", "board", until)
    limits = {"failed_checkouts_douyin": Threshold(0.35, 0.45)}
    book = Playbook({"system_stability": response}, name="typed.yaml")
    return Settings(PARAMETERS, goals={}, playbook=book, thresholds=limits)


def test_an_accepted_red_is_yellow_until_the_acceptance_runs_out(demo_tables):
    for until, colour in ((date(2026, 9, 20), "yellow"), (date(2026, 9, 19), "red")):
        risk = assess(on(demo_tables, "2026-W38", settings=accepting(until)))
        assert row(risk, "failed_checkouts_douyin")["status"] == colour
        ran_out = [one for one in risk.about("response") if "ran out" in one.sentence]
        assert len(ran_out) == (colour == "red")


def test_a_shop_that_has_written_nothing_is_told_of_changes_alone_and_of_no_money(demo_tables):
    risk = assess(on(demo_tables, "2026-W38", settings=Settings(PARAMETERS, goals={})))
    assert set(risk.register["status"]) == {"yellow", "green", "grey"}
    told = row(risk, "failed_checkouts_douyin")
    assert (told["status"], told["reason"]) == ("yellow", "breaks, creeps")
    assert risk.register["expected_loss_amount"].isna().all()
    assert risk.register["owner"].isna().all()
    assert "not told" in risk.about("cost")[0].sentence
    # It has a table of incidents: that nothing says of which category they are does not undo them.
    unsorted, came_true = risk.about("score")
    assert unsorted.sentence.startswith(
        "Of 4 incidents of the last 52 weeks parameters/risk does not"
    )
    assert "; 0 of them fell into a known incident" not in came_true.sentence
    assert show(risk.responses).text.startswith(
        "Nothing is red, and for what is yellow no response"
    )


def test_a_shop_of_orders_alone_is_told_in_a_sentence_what_each_section_lacks():
    placed = pd.date_range("2026-03-02", periods=200, freq="18h")
    rows = {"order_id": placed.astype(str), "user_id": "u", "ordered_at": placed, "amount": 100}
    period = Period(date(2026, 5, 4), date(2026, 7, 26), "UTC")
    risk = assess(scope_of({"orders": ibis.memtable(pd.DataFrame(rows))}, period, currency="CNY"))
    parts = (risk.coloured, risk.responses, risk.warned, risk.noticed)
    assert [show(one).text for one in (*parts, risk.map_chart(), risk.watch_chart())] == [
        "",
        "Nothing is known to be red or yellow, so there is nothing to be done.",
        "",
        "No indicator is watched from day to day, so no smallest change that is seen can be told.",
        "Nothing of the nine categories is known in these weeks.",
        "No indicator is known from day to day, so there is none to draw.",
    ]
    assert risk.about("grey")
    (warned,) = risk.about("score")
    assert warned.sentence.startswith(
        "To show whether the register warned in time, this report would"
    )


def test_categories_that_were_red_for_as_many_weeks_are_named_together():
    rows = [
        (week, category, "red" if category in reds and week == "2026-W02" else "green")
        for reds in (("security", "competition"),)
        for week in ("2026-W01", "2026-W02")
        for category in ("policy_change", "security", "competition")
    ]
    told = pd.DataFrame(rows, columns=["week", "category", "status"])
    assert (
        map_chart(told).title == "Red for the most weeks: Security and Competition, each in 1 of 2"
    )
    one = told.assign(status=told["status"].where(told["category"] != "security", "green"))
    assert map_chart(one).title == "Red for the most weeks: Competition, in 1 of 2"


def test_of_calm_indicators_none_is_called_dear_because_one_of_many_always_seems_so(later):
    amounts = {f"expected_loss_amount{end}": [900, 500] for end in ("", "_low", "_high")}
    rows = pd.DataFrame({"indicator": ["calm", "told"], "status": ["green", "yellow"], **amounts})
    (said,) = loss.told(rows, later.scope)
    assert said.sentence.startswith(
        "Dearest: told, which costs ¥5 a year more than is usual, if it"
    )
    (said,) = loss.told(rows.head(1), later.scope)
    assert said.sentence == (
        "As far as it is told in money, nothing that is red or yellow surely costs more than is usual."
    )


def test_a_threshold_of_no_indicator_is_refused_with_the_near_name(demo_tables):
    settings = Settings(PARAMETERS, goals={}, thresholds={"complants": Threshold(0.1, 0.2)})
    with pytest.raises(
        SourceError, match="unknown indicator 'complants', did you mean 'complaints'"
    ):
        assess(on(demo_tables, "2026-W38", settings=settings))


def test_a_drill_tells_on_which_day_and_in_which_colour_the_register_would_have_spoken(demo_tables):
    scope = on(demo_tables, "2026-W30")
    drilled, plain = assess(scope, drill="complaints*4@7d"), assess(scope)
    first, *told = [one.sentence for one in drilled.about("drill")]
    assert (
        first == "DRILL, not what happened: Complaints an order, times 4 on the last 7 closed days."
    )
    assert told[0].startswith("It would have turned yellow on day ")
    assert row(plain, "complaints")["status"] == "green"
    assert plain.about("drill") == ()
    assert drilled.about("score") == plain.about("score")
    others = [
        one.register[one.register["name"] != "complaints"].set_index("name")
        for one in (drilled, plain)
    ]
    assert others[0]["figure"].sort_index().equals(others[1]["figure"].sort_index())


@pytest.mark.parametrize(
    ("drill", "said"),
    [
        ("complants*4@7d", "unknown indicator 'complants', did you mean 'complaints'?"),
        ("incident_minutes*4@7d", "'incident_minutes' is no rate of days that could be multiplied"),
        ("complaints", "must look like complaints\\*4@7d"),
        ("complaints*4@90d", "must be on 1..28 days"),
        ("complaints*400@7d", "must multiply by 0..100"),
    ],
)
def test_a_drill_that_is_none_is_refused_in_one_line(demo_tables, drill, said):
    with pytest.raises(ParameterError, match=said):
        assess(on(demo_tables, "2026-W30"), drill=drill)


def test_the_register_is_held_against_its_goals(later):
    held = compare(later.scope, later).goals.set_index("measure")
    assert held.loc["first_response_hours", "actual"] == pytest.approx(4.1, abs=0.2)
    assert not held.loc["first_response_hours", "is_reached"]
    assert held.loc["policy_response_hours", "actual"] == 216
    assert held.loc["warned_rate", "actual"] == 1
    assert held.loc["warned_rate_market", "status"] == "unknown"


def test_what_a_shop_does_not_tell_is_grey_and_named(demo_tables):
    risk = assess(
        on(
            {
                "orders": demo_tables["orders"].select(
                    "order_id", "ordered_at", "amount", "discount"
                )
            },
            "2026-W38",
        )
    )
    known = risk.register[risk.register["status"] != "grey"]
    assert set(known["name"]) == {"discounted_orders", "deep_discounts"}
    assert any("complaints (opened_at)" in one for one in risk.missing)
    assert risk.register.loc[risk.register["status"] == "grey", "figure"].isna().all()


def test_without_any_table_nothing_is_invented():
    period = Period.weeks(Week(2026, 40), 4, "UTC")
    risk = assess(scope_of({}, period, settings=Settings(PARAMETERS, goals={})))
    assert (risk.register["status"] == "grey").all()
    for name in risk.charts():
        assert isinstance(getattr(risk, name)(), MissingData)
    assert risk.missing


def test_a_shop_of_ten_days_is_told_of_no_change(demo_tables):
    orders = demo_tables["orders"]
    young = {"orders": orders.filter(orders.ordered_at >= "2026-09-11")}
    risk = assess(on(young, "2026-W38", 2, settings=Settings(PARAMETERS, goals={})))
    assert set(risk.register["status"]) == {"grey"}
    for name in risk.charts():
        getattr(risk, name)()


def test_days_without_data_are_grey_never_green(demo_tables):
    complaints = demo_tables["complaints"]
    cut = demo_tables | {"complaints": complaints.filter(complaints.opened_at < "2026-09-12")}
    risk = assess(on(cut, "2026-W38"))
    assert row(risk, "complaints")["status"] == "grey"
    assert row(risk, "late_responses")["status"] == "grey"


def test_days_without_orders_are_named_first(demo_tables):
    orders = demo_tables["orders"]
    there = (orders.ordered_at < "2026-07-31 16:00") | (orders.ordered_at >= "2026-08-20 16:00")
    (told,) = assess(on(demo_tables | {"orders": orders.filter(there)}, "2026-W38")).about("gaps")
    assert told.sentence.startswith("No orders from 1 Aug to 20 Aug 2026")
    assert told.sentence.endswith("On these days no rate of orders is judged.")


def test_a_week_is_as_bad_as_its_worst_day_and_a_map_has_nine_rows(later):
    told = later.register_history
    worst = told[(told["name"] == "failed_checkouts_douyin") & (told["week"] == "2026-W38")]
    assert worst["status"].tolist() == ["red"]
    assert told["week"].nunique() == 52
    chart = later.map_chart()
    assert len(chart.alt.split("; ")) == 9


def test_others_are_told_of_no_platform_or_price_cut_with_a_few_users(demo_tables):
    scope = on(demo_tables, "2026-W38", min_group=10)
    risk = assess(scope)
    assert row(risk, "failed_checkouts_douyin")["status"] == "red"
    assert "returned_deep" not in set(risk.register.query("status != 'grey'")["name"])
    assert any("at over 20 % off” never had 10 users on one day" in one for one in risk.missing)
    assert risk.whole.scope.min_group == 0
    assert row(risk.whole, "returned_deep")["status"] != "grey"


def test_every_column_of_every_frame_is_named_in_its_docstring(fault):
    said = attributes(type(fault))
    for name, frame in fault.frames().items():
        named = columns(said.get(name, ""))
        ends = {f"{column}{end}" for column in named for end in ("_low", "_high")}
        assert [one for one in frame.columns if one not in {*named, *ends}] == [], name


def test_nothing_is_told_of_a_week_by_what_came_after_it(fault, later):
    for name in ("complaints", "paid_visits_douyin", "failed_checkouts_douyin"):
        early, late = signal(fault, name), signal(later, name)
        n = len(early.days)
        np.testing.assert_array_equal(early.status, late.status[:n])


def test_a_flag_is_told_of_today_and_not_of_a_week_that_is_over(fault, later):
    assert row(later, "flagged_contents")["status"] == "yellow"
    assert row(fault, "flagged_contents")["status"] == "grey"
    assert any("as of today" in one for one in fault.missing)


def test_a_platform_alone_is_told_of_itself(demo_tables):
    risk = assess(replace(on(demo_tables, "2026-W38"), platform="douyin"))
    assert row(risk, "failed_checkouts_douyin")["status"] == "red"
    assert "failed_checkouts_wechat" not in set(risk.register["name"])
    # Complaints are the whole shop's, and these orders are not.
    for name in ("complaints", "largest_platform", "incident_minutes", "policy_response"):
        assert row(risk, name)["status"] == "grey", name
    assert sum("whole shop only" in one for one in risk.missing) >= 4
    # That no rate of Douyin warned of an incident elsewhere is no miss.
    (score,) = risk.about("score")
    assert score.sentence.startswith(
        "Whether the register warned in time is told of the whole shop"
    )
    assert risk.warned.empty
    told = {one.name: one for one in risk.metrics}
    for name in (
        "warned_rate",
        "warnings_true_rate",
        "first_response_hours",
        "policy_response_hours",
    ):
        assert not told[name].interval.is_known, name
        assert told[name].why == "it is told of the whole shop only"
    assert row(risk, "paid_orders")["status"] != "grey"
    with pytest.raises(ParameterError, match="unknown platform 'duyin', did you mean 'douyin'"):
        assess(replace(on(demo_tables, "2026-W38"), platform="duyin"))


def test_the_fault_of_paying_carries_the_dates_of_the_funnel(demo_tables, later):
    month = on(demo_tables, "2026-W40", 4)
    leak = diagnose(month, by="platform").leaks.iloc[0]
    one = signal(later, "failed_checkouts_douyin")
    last = one.days.index(date(2026, 9, 26))
    assert leak["segment"] == "douyin"
    assert one.days[one.began(last)] == pd.Timestamp(leak["started_at"] + timedelta(hours=8)).date()


def test_of_many_overdue_responses_three_are_named():
    done = pd.DataFrame(
        {"indicator": list("abcd"), "is_overdue": [True] * 4, "owner": "x", "due": date(2026, 9, 1),
         "escalate_to": None, "accepted_until": None, "status": "red"}
    )  # fmt: skip
    scope = scope_of({}, Period.weeks(Week(2026, 40), 4, "UTC"))
    first = responded(scope, done)[0]
    assert (first.topic, first.sentence) == (
        "overdue",
        "4 responses are overdue, among them a, b and c.",
    )
    two = responded(scope, done.head(2))[0]
    assert two.sentence == "2 responses are overdue: a and b."
