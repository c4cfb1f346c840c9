"""Goals: read from their file, held against the actuals, told in the measure's own unit."""

import math

import pytest

from workbench.errors import SourceError
from workbench.kit.goals import GROWTH, MONTHS, POINTS, RATE, compare, read
from workbench.stats.interval import UNKNOWN

MEASURES = {"conversion": RATE, "live_over_notes": POINTS, "ltv_growth": GROWTH, "life": MONTHS}


@pytest.fixture
def goals_file(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    (tmp_path / "parameters").mkdir()
    return tmp_path / "parameters/goals.yaml"


def test_a_section_is_read_as_numbers_and_the_others_are_left_alone(goals_file):
    goals_file.write_text(
        "funnel:\n  conversion: 0\n  life: 24\n  ltv_growth: 1.45\nothers:\n  conversation: 3\n"
    )
    assert read("funnel", MEASURES) == {"conversion": 0, "life": 24, "ltv_growth": 1.45}


def test_a_section_may_be_empty(goals_file):
    goals_file.write_text("funnel: {}")
    assert read("funnel", MEASURES) == {}
    assert compare({}, MEASURES, {}).findings == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "funnel:\n  convertion: 0.2",
            "goals.yaml, line 2: unknown goal 'convertion', did you mean 'conversion'?",
        ),
        (
            "funnel:\n  conversion: 28 %",
            "goals.yaml, line 2: conversion == '28 %', must be a share of 0..1",
        ),
        (
            "funnel:\n  conversion: 28",
            "goals.yaml, line 2: conversion == '28', must be a share of 0..1",
        ),
        ("funnel:\n  life: 0", "goals.yaml, line 2: life == '0', must be above 0"),
        ("funnel:\n  life: .inf", "goals.yaml, line 2: life == '.inf', must be above 0"),
        ("funnel:\n  life: inf", "goals.yaml, line 2: life == 'inf', must be above 0"),
        (
            "funnel:\n  ltv_growth: -0.1",
            "goals.yaml, line 2: ltv_growth == '-0.1', must be above 0",
        ),
        ("funnel:\n  ltv_growth: nan", "goals.yaml, line 2: ltv_growth == 'nan', must be above 0"),
        (
            "conversion: 0.28",
            "goals.yaml, line 1: 'conversion' stands in no section, must be below one such as "
            "funnel:",
        ),
        (
            "tiers:\n  life: 3",
            "goals.yaml: no goals for it: unknown section 'funnel', must be one of: tiers",
        ),
        (
            "funnels:\n  conversion: 0.1",
            "goals.yaml: no goals for it: unknown section 'funnel', did you mean 'funnels'?",
        ),
        ("funnel: [1]", "goals.yaml, line 1: funnel must be a mapping, got a list"),
    ],
)
def test_a_wrong_goal_is_refused_in_one_line(text, message, goals_file):
    goals_file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        read("funnel", MEASURES)
    assert str(error.value) == message


def test_goals_without_a_file_are_refused_in_one_line(goals_file):
    with pytest.raises(SourceError, match="no goals: '.*goals.yaml' is not there"):
        read("funnel", MEASURES)
    assert not goals_file.exists()


@pytest.mark.parametrize(
    ("name", "goal", "actual", "status", "reached", "sentence"),
    [
        (
            "conversion",
            0.28,
            (0.25, 0.24, 0.26),
            "bad",
            False,
            "Conversion: 25.0 %, goal 28.0 % missed (−3.0 points; 95 % sure: 24.0 % to 26.0 %).",
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
            "life",
            24,
            (25, 23.54, 26.5),
            "neutral",
            True,
            "Life: 25 months, at the goal of 24 months within doubt (23.5 months to 26.5 months).",
        ),
        (
            "life",
            24,
            (1.0, 0.5, 1.51),
            "bad",
            False,
            "Life: 1 month, goal 24 months missed (−23 months; 95 % sure: 0.5 months to "
            "1.5 months).",
        ),
        (
            "life",
            24,
            (math.nan, 3.0, 20.0),
            "bad",
            False,
            "Life: at most 20 months, goal 24 months missed.",
        ),
        (
            "life",
            24,
            (math.nan, 30.0, math.inf),
            "good",
            True,
            "Life: at least 30 months, goal 24 months reached.",
        ),
        (
            "life",
            24,
            (math.nan, 3.0, math.inf),
            "unknown",
            None,
            "Life: goal 24 months; the data are too young.",
        ),
        ("life", 24, UNKNOWN, "unknown", None, "Life: goal 24 months; the data are too young."),
    ],
)
def test_a_goal_is_told_beside_its_actual(name, goal, actual, status, reached, sentence):
    reasons = {"life": "the data are too young"}
    found = compare({name: goal}, MEASURES, {name: actual}, reasons)
    assert found.findings[0].sentence.replace("\u202f", " ") == sentence
    assert found.findings[0].status == found.goals["status"].iloc[0] == status
    assert found.goals["is_reached"].tolist() == [reached]


def test_a_goal_met_to_the_digit_by_a_sure_actual_is_at_the_goal():
    found = compare({"conversion": 0.5}, MEASURES, {"conversion": (0.5, 0.5, 0.5)})
    assert found.goals["is_reached"].tolist() == [True]
    assert found.findings[0].status == "neutral"


def test_the_missed_goals_are_told_first():
    actuals = {
        "conversion": (0.5, 0.4, 0.6),
        "live_over_notes": UNKNOWN,
        "ltv_growth": (0.5, 0.4, 0.6),
        "life": (1.0, 0.5, 1.5),
    }
    goals = {"conversion": 0.3, "live_over_notes": 0.3, "ltv_growth": 0.45, "life": 24.0}
    found = compare(goals, MEASURES, actuals)
    assert [one.status for one in found.findings] == ["bad", "neutral", "good", "unknown"]
    assert found.goals["unit"].tolist() == ["rate", "points", "growth", "months"]
    assert found.goals["distance_low"].tolist()[0] == pytest.approx(0.1)
