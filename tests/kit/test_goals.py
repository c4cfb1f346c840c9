"""Goals: read from their file, held against the actuals, told in the measure's own unit."""

import math
from datetime import date

import pytest

from scopes import scope_of
from workbench.errors import SourceError
from workbench.kit import goals
from workbench.kit.aims import Goal, read_goals
from workbench.kit.metrics import Metric
from workbench.kit.settings import Settings
from workbench.periods import Period, Week
from workbench.stats.interval import UNKNOWN, Interval

UNITS = {"live_over_notes": "points", "ltv_growth": "growth", "life_cycle_months": "months"}
PERIOD = Period.weeks(Week(2026, 40), 4, "UTC")


class Told:
    """A result, as far as goals look at it."""

    findings = ()
    owners = None

    def __init__(self, actuals, why=""):
        self.metrics = tuple(
            Metric(name, Interval(*value), UNITS.get(name, "rate"), why=why)
            for name, value in actuals.items()
        )


def compare(given, actuals, why=""):
    scope = scope_of({}, PERIOD, settings=Settings(goals=given))
    return goals.compare(scope, Told(actuals, why))


@pytest.fixture
def goals_file(tmp_path):
    (tmp_path / "goals").mkdir()
    return tmp_path / "goals" / "shop.yaml"


def test_goals_of_all_sections_are_read_as_numbers(goals_file):
    goals_file.write_text(
        "funnel:\n  conversion: 0\ntiers:\n  life_cycle_months: 24\n  ltv_growth: 1.45\n"
    )
    known = {"conversion": Goal(0), "life_cycle_months": Goal(24), "ltv_growth": Goal(1.45)}
    assert read_goals(goals_file) == known
    assert Settings(goals_file.parents[1], source="shop").goals == known


def test_a_section_may_be_empty(goals_file):
    goals_file.write_text("funnel: {}")
    assert read_goals(goals_file) == {}
    (told,) = compare({}, {}).findings
    assert told.sentence == "No goal is set for what this report tells."


def test_only_the_goals_that_these_results_tell_are_compared():
    found = compare({"conversion": 0.5, "ltv_growth": 0.4}, {"conversion": (0.6, 0.5, 0.7)})
    assert found.goals["measure"].tolist() == ["conversion"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "funnel:\n  convertion: 0.2",
            "shop.yaml, line 2: unknown goal 'convertion', did you mean 'conversion'?",
        ),
        (
            "funnel:\n  conversion: 28 %",
            "shop.yaml, line 2: conversion == '28 %', must be a share of 0..1",
        ),
        (
            "funnel:\n  conversion: 28",
            "shop.yaml, line 2: conversion == '28', must be a share of 0..1",
        ),
        (
            "funnel:\n  life_cycle_months: 0",
            "shop.yaml, line 2: life_cycle_months == '0', must be above 0",
        ),
        (
            "funnel:\n  life_cycle_months: .inf",
            "shop.yaml, line 2: life_cycle_months == '.inf', must be above 0",
        ),
        (
            "funnel:\n  life_cycle_months: inf",
            "shop.yaml, line 2: life_cycle_months == 'inf', must be above 0",
        ),
        (
            "funnel:\n  ltv_growth: -0.1",
            "shop.yaml, line 2: ltv_growth == '-0.1', must be above 0",
        ),
        ("funnel:\n  ltv_growth: nan", "shop.yaml, line 2: ltv_growth == 'nan', must be above 0"),
        (
            "conversion: 0.28",
            "shop.yaml, line 1: 'conversion' stands in no section, must be below one such as "
            "funnel:",
        ),
        (
            "funnel:\n  conversion: 0.1\ntiers:\n  conversion: 0.2",
            "shop.yaml, line 4: the goal 'conversion' is given twice",
        ),
        (
            "funnel:\n  conversion: {better: up}",
            "shop.yaml, line 2: conversion has no value",
        ),
        (
            "funnel:\n  conversion: {value: 0.2, better: upp}",
            "shop.yaml, line 2: unknown better 'upp', did you mean 'up'?",
        ),
        (
            "funnel:\n  conversion: {value: 0.2, untl: x}",
            "shop.yaml, line 2: unknown key of a goal 'untl', must be one of: better, by, value",
        ),
        (
            "funnel:\n  conversion: {value: 0.2, by: Christmas}",
            "shop.yaml, line 2: conversion: by == 'Christmas', must be a day such as 2026-12-31",
        ),
        ("funnel: [1]", "shop.yaml, line 1: funnel must be a mapping, got a list"),
    ],
)
def test_a_wrong_goal_is_refused_in_one_line(text, message, goals_file):
    goals_file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        read_goals(goals_file)
    assert str(error.value) == message


def test_a_shop_is_judged_by_no_other_shops_goals_and_told_where_its_own_would_stand(goals_file):
    goals_file.write_text("funnel:\n  conversion: 0.28\n")
    settings = Settings(goals_file.parents[1], source="other")
    scope = scope_of({}, PERIOD, settings=settings)
    found = goals.compare(scope, Told({"conversion": (0.1, 0.05, 0.15)}))
    assert settings.goals == {}
    assert [(one.sentence, one.status) for one in found.findings] == [
        (
            "No goals are set for this shop: parameters/goals/other.yaml would hold them.",
            "neutral",
        ),
        ("Conversion by week: 10.0\u202f% (95 % sure: 5.0\u202f% to 15.0\u202f%).", "neutral"),
    ]
    assert found.goals.empty


def test_a_goal_may_say_which_way_is_good_and_by_when(goals_file):
    goals_file.write_text(
        "funnel:\n  conversion: {value: 0.05, better: down, by: 2026-12-31}\n"
        "  organic_visits: {value: 0.6}\n"
    )
    assert read_goals(goals_file) == {
        "conversion": Goal(0.05, "down", date(2026, 12, 31)),
        "organic_visits": Goal(0.6),
    }


@pytest.mark.parametrize(
    ("goal", "actual", "status", "reached", "sentence"),
    [
        (
            Goal(0.1, "down"),
            (0.2, 0.15, 0.25),
            "bad",
            False,
            "20.0 %, goal at most 10.0 % missed (+10.0 points; 95 % sure: 15.0 % to 25.0 %).",
        ),
        (
            Goal(0.3, "down"),
            (0.2, 0.15, 0.25),
            "good",
            True,
            "20.0 %, goal at most 30.0 % reached (−10.0 points; 95 % sure: 15.0 % to 25.0 %).",
        ),
        (
            Goal(0.22, "down"),
            (0.2, 0.15, 0.25),
            "neutral",
            True,
            "20.0 %, at the goal of at most 22.0 % within doubt (15.0 % to 25.0 %).",
        ),
        (
            Goal(0.3, by=date(2026, 12, 31)),
            (0.2, 0.15, 0.25),
            "neutral",
            False,
            "20.0 %, goal 30.0 % by 31 Dec 2026 not reached yet (−10.0 points; 95 % sure: "
            "15.0 % to 25.0 %).",
        ),
        (
            Goal(0.3, by=date(2026, 10, 4)),  # the period's last day
            (0.2, 0.15, 0.25),
            "bad",
            False,
            "20.0 %, goal 30.0 % missed (−10.0 points; 95 % sure: 15.0 % to 25.0 %).",
        ),
        (
            Goal(0.1, by=date(2026, 12, 31)),
            (0.2, 0.15, 0.25),
            "good",
            True,
            "20.0 %, goal 10.0 % reached (+10.0 points; 95 % sure: 15.0 % to 25.0 %).",
        ),
        (
            Goal(0.1, "down"),
            (math.nan, 0.2, 1.0),
            "bad",
            False,
            "at least 20.0 %, goal at most 10.0 % missed.",
        ),
    ],
)
def test_a_goal_is_judged_on_its_own_side_and_in_its_own_time(
    goal, actual, status, reached, sentence
):
    found = compare({"conversion": goal}, {"conversion": actual})
    said = found.findings[0].sentence.replace("\u202f", " ")
    assert said == f"Conversion by week: {sentence}"
    assert found.findings[0].status == found.goals["status"].iloc[0] == status
    assert found.goals["is_reached"].tolist() == [reached]


@pytest.mark.parametrize(
    ("name", "goal", "actual", "status", "reached", "sentence"),
    [
        (
            "conversion",
            0.28,
            (0.25, 0.24, 0.26),
            "bad",
            False,
            "Conversion by week: 25.0 %, goal 28.0 % missed (−3.0 points; 95 % sure: 24.0 % to 26.0 %).",
        ),
        (
            "live_over_notes",
            0.3,
            (0.4, 0.35, 0.45),
            "good",
            True,
            "Lives over notes: +40.0 points, goal +30.0 points reached (+10.0 points; "
            "95 % sure: +35.0 points to +45.0 points).",
        ),
        (
            "life_cycle_months",
            24,
            (25, 23.54, 26.5),
            "neutral",
            True,
            "Life cycle: 25 months, at the goal of 24 months within doubt (23.5 months to 26.5 months).",
        ),
        (
            "life_cycle_months",
            24,
            (1.0, 0.5, 1.51),
            "bad",
            False,
            "Life cycle: 1 month, goal 24 months missed (−23 months; 95 % sure: 0.5 months to "
            "1.5 months).",
        ),
        (
            "life_cycle_months",
            24,
            (math.nan, 3.0, 20.0),
            "bad",
            False,
            "Life cycle: at most 20 months, goal 24 months missed.",
        ),
        (
            "life_cycle_months",
            24,
            (math.nan, 30.0, math.inf),
            "good",
            True,
            "Life cycle: at least 30 months, goal 24 months reached.",
        ),
        (
            "life_cycle_months",
            24,
            (math.nan, 3.0, math.inf),
            "unknown",
            None,
            "Life cycle: goal 24 months; the data are too young.",
        ),
        (
            "life_cycle_months",
            24,
            UNKNOWN,
            "unknown",
            None,
            "Life cycle: goal 24 months; the data are too young.",
        ),
    ],
)
def test_a_goal_is_told_beside_its_actual(name, goal, actual, status, reached, sentence):
    found = compare({name: goal}, {name: actual}, "the data are too young")
    assert found.findings[0].sentence.replace("\u202f", " ") == sentence
    assert found.findings[0].status == found.goals["status"].iloc[0] == status
    assert found.goals["is_reached"].tolist() == [reached]


def test_a_goal_met_to_the_digit_by_a_sure_actual_is_at_the_goal():
    found = compare({"conversion": 0.5}, {"conversion": (0.5, 0.5, 0.5)})
    assert found.goals["is_reached"].tolist() == [True]
    assert found.findings[0].status == "neutral"


def test_the_missed_goals_are_told_first():
    actuals = {
        "conversion": (0.5, 0.4, 0.6),
        "live_over_notes": UNKNOWN,
        "ltv_growth": (0.5, 0.4, 0.6),
        "life_cycle_months": (1.0, 0.5, 1.5),
    }
    given = {
        "conversion": 0.3,
        "live_over_notes": 0.3,
        "ltv_growth": 0.45,
        "life_cycle_months": 24.0,
    }
    found = compare(given, actuals)
    assert [one.status for one in found.findings] == ["bad", "neutral", "good", "unknown"]
    assert found.goals["unit"].tolist() == ["rate", "points", "growth", "months"]
    assert found.goals["distance_low"].tolist()[0] == pytest.approx(0.1)


def test_a_fact_without_doubt_reaches_its_goal_or_misses_it():
    known = {
        "policy_response_hours": Goal(72, "down"),
        "warned_days": Goal(15),
        "flagged_rate": Goal(0),
    }
    actuals = {"policy_response_hours": (216.0,), "warned_days": (20.0,), "flagged_rate": (0.0,)}
    found = compare(known, actuals).findings
    assert [one.sentence.replace("\u202f", " ") for one in found] == [
        "Slowest policy incident in 52 weeks: 9 days, goal at most 3 days missed (+6 days).",
        "Contents flagged: 0.0 %, goal 0.0 % reached.",
        "Warned before the threshold: 20 days, goal 15 days reached (+5 days).",
    ]
