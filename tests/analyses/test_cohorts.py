"""Cohorts of first orders: who belongs to one, when a cell is over, which halves are compared."""

from datetime import date, datetime
from functools import partial

import lives_shop
import pytest

import workbench as wb
from scopes import scope_of
from workbench.analyses.cohorts import cohorts
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.periods import Period, Week
from workbench.stats.rates import difference

START = datetime(2026, 1, 5, 12)  # Monday of 2026-W02
shop = partial(lives_shop.shop, START)
WEEKS_5 = Period.weeks(Week(2026, 6), 5, "UTC")


def told(tables, period):
    return cohorts(scope_of(tables, period))


def new(lives):
    """The same, all of them new on the day of their first order."""
    return shop(lives, {user: min(days) for user, days in lives.items()})


def cells(found):
    rows = found.retention.astype(object).where(found.retention.notna(), None)
    return {
        (row["cohort"], row["weeks_since"]): (row["users"], row["users_active"])
        for row in rows.to_dict("records")
    }


def test_a_users_weeks_are_counted_from_the_users_own_first_order():
    # Sunday's customer orders again on the next Sunday (day 7 of the life) and the Monday after.
    found = told(new({"sun": [6, 13, 14], "mon": [0, 8]}), WEEKS_5)
    assert cells(found)["2026-W02", 1] == (2, 1)
    assert cells(found)["2026-W02", 2] == (2, 2)
    assert cells(found)["2026-W02", 3] == (2, 0)


def test_a_cell_counts_once_it_is_over_for_the_cohorts_last_user():
    found = told(new({"a": [0], "b": [7, 9], "c": [34]}), WEEKS_5)
    assert found.weeks == 1
    assert cells(found)["2026-W02", 4] == (1, 0)
    assert cells(found)["2026-W03", 3] == (1, 0)
    assert cells(found)["2026-W03", 4] == (1, None)
    assert cells(found)["2026-W06", 1] == (1, None)
    rates = found.retention.set_index(["cohort", "weeks_since"])["retention_rate"]
    assert rates["2026-W03", 1] == 1
    assert found.retention["users_active"].isna().sum() == 0 + 1 + 2 + 3 + 4


def test_several_orders_of_a_user_in_a_week_are_one_active_user():
    found = told(new({"a": [0, 0, 1, 2, 2]}), WEEKS_5)
    assert cells(found)["2026-W02", 1] == (1, 1)


def test_who_signed_up_before_the_data_began_belongs_to_no_cohort():
    found = told(shop({"old": [0, 3], "new": [1, 9]}, {"old": -300, "new": 1}), WEEKS_5)
    assert cells(found)["2026-W02", 1] == (1, 0)
    assert found.missing == ()
    assert found.unsure_days == 0


def test_a_long_history_has_cohorts_of_four_weeks_that_end_with_the_period():
    period = Period.weeks(Week(2026, 17), 4, "UTC")  # sixteen weeks of data
    found = told(new({"a": [0, 30], "b": [13], "c": [7 * 15]}), period)
    assert found.weeks == 4
    assert found.retention["cohort"].unique().tolist() == [
        "2026-W02",
        "2026-W06",
        "2026-W10",
        "2026-W14",
    ]
    assert found.retention["weeks_since"].unique().tolist() == [4, 8, 12]
    assert cells(found)["2026-W02", 8] == (2, 1)
    assert cells(found)["2026-W14", 4] == (1, None)


def test_a_first_cohort_may_be_shorter_than_the_others():
    period = Period.weeks(Week(2026, 16), 4, "UTC")  # fifteen weeks of data
    found = told(new({"a": [0], "b": [30]}), period)
    assert found.retention["cohort"].unique().tolist()[:2] == ["2026-W02", "2026-W05"]


def halves(older, newer):
    """Forty customers in each of two weeks, of whom so many order again in the next days."""
    lives = {f"a{i}": [0, 3] if i < older else [0] for i in range(40)}
    return lives | {f"b{i}": [7, 10] if i < newer else [7] for i in range(40)}


@pytest.mark.parametrize(
    ("older", "newer", "text"),
    [(5, 30, ": +62.5 points (95"), (30, 5, ": −62.5 points (95")],
)
def test_without_a_year_before_the_newer_half_is_held_against_the_older_without_a_verdict(
    older, newer, text
):
    found = told(new(halves(older, newer)), WEEKS_5)
    assert found.change == difference((newer, 40), (older, 40))
    assert [(one.name, one.interval, one.unit) for one in found.metrics] == [
        ("retention_change", found.change, "points")
    ]
    finding = found.findings[0]
    assert finding.status == "neutral"
    assert finding.sentence.startswith("Of the users who first ordered in 2026-W03 or later ")
    assert text in finding.sentence
    assert "The season may explain it" in finding.sentence


@pytest.mark.parametrize(("last_year", "status"), [(10, "good"), (36, "neutral"), (40, "bad")])
def test_a_season_that_repeats_is_no_trend(last_year, status):
    """Customers of one week of the year often order again, as they did in the years before."""
    lives = {}
    now = 29 if last_year == 40 else 35
    for start, again in ((0, last_year), (364, last_year), (728, now)):
        for i in range(40):
            lives[f"{start}-{i}"] = [start, start + 3] if i < again else [start]
    lives["late"] = [728 + 100]
    lives["daily"] = [*range(728 + 100)]  # no day without an order
    found = told(new(lives), Period.weeks(Week(2028, 16), 4, "UTC"))
    finding = found.findings[0]
    assert "of those of the same weeks a year before" in finding.sentence
    assert finding.status == status


def test_weeks_without_orders_are_named_and_nothing_is_compared_over_them():
    """Ten new customers a day, of whom half order again after a week, if that day is not lacking."""
    lives = {
        f"{start}-{i}": [start, start + 7] if i < 5 else [start]
        for start in range(98)
        for i in range(10)
    }
    lives = {
        user: kept
        for user, days in lives.items()
        if (kept := [d for d in days if not 63 <= d < 84])
    }
    found = told(new(lives), Period.weeks(Week(2026, 15), 14, "UTC"))
    assert [one.topic for one in found.findings] == ["retention", "gaps"]
    assert found.findings[0].sentence.endswith(
        "days without orders among those that would be compared."
    )
    assert found.findings[1].sentence.startswith("No orders from 9 Mar to 29 Mar 2026; ")
    assert found.findings[0].status == "unknown"


def test_a_difference_that_may_be_chance_is_told_as_none():
    finding = told(new(halves(20, 21)), WEEKS_5).findings[0]
    assert finding.status == "neutral"
    assert ": no sure difference (" in finding.sentence


def test_first_orders_that_need_not_be_first_ones_are_not_compared():
    found = told(shop(halves(5, 30)), WEEKS_5)
    assert found.unsure_days == 3
    assert found.findings[0].status == "unknown"  # the first week begins within the three days
    assert "may have been customers before" in found.retention_chart().note
    assert "signed_up_at" in found.missing[0]


def test_no_cell_that_is_over_makes_no_chart():
    found = told(new({"a": [34]}), WEEKS_5)
    assert found.findings[0].status == "unknown"
    assert isinstance(found.retention_chart(), MissingData)
    nothing = told({}, WEEKS_5)
    assert nothing.missing[0].startswith("To show which users order again")
    assert isinstance(nothing.retention_chart(), MissingData)
    assert nothing.retention.empty


def test_a_period_before_the_first_order_has_no_cohorts():
    before = Period(date(2025, 1, 6), date(2025, 1, 12), "UTC")
    assert told(new({"a": [0]}), before).retention.empty


def test_every_new_user_of_the_demo_is_in_one_cohort(demo_tables, demo_period):
    found = told(demo_tables, demo_period)
    users = found.retention.drop_duplicates("cohort")["users"]
    orders = demo_tables["orders"].filter(demo_tables["orders"].status == "paid")
    signed = demo_tables["users"].filter(
        demo_tables["users"].signed_up_at >= datetime(2025, 10, 5, 16)
    )
    assert users.sum() == orders.semi_join(signed, "user_id").user_id.nunique().execute()
    assert len(users) == 13
    chart = found.retention_chart()
    assert isinstance(chart, Chart)
    assert chart._repr_html_().count("data:image/") == 2


@pytest.mark.usefixtures("data")
def test_a_year_of_online_retail_compares_only_weeks_that_can_be_new():
    source = wb.connect("online_retail")
    found = cohorts(source.scope("latest", 26))
    assert found.unsure_days > 100
    assert found.findings[0].sentence.startswith("Of the users who first ordered in 2011-W")
    assert found.retention["cohort"].nunique() == 14
