"""The back-test of tiers: what was forecast at the cut-off, held against what came."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from judged_tiers import DAYS, LEVELS, SCOPE, customers, judged

from workbench.backtests import money
from workbench.backtests.levels import judge
from workbench.errors import MissingData


def test_predicted_values_are_held_against_what_came_by_level():
    amounts = {"champions": [100, 300], "loyal": [50], "dormant": [0, -20]}
    found = judged(amounts, predicted_value=[150.0, 150.0, 75.0, 5.0, 4.0]).forecast_check
    assert list(found["level"]) == list(LEVELS)
    assert found["users"].tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 2]
    assert found["expected_amount"].tolist() == [300, 75, 0, 0, 0, 0, 0, 0, 9]
    assert found["actual_amount"].tolist() == [400, 50, 0, 0, 0, 0, 0, 0, -20]
    assert found["error_rate"].iloc[:2].tolist() == [-0.25, 0.5]
    assert found["error_rate"].iloc[2:].isna().all()


def test_a_level_with_a_user_of_no_forecast_has_none():
    found = judged(
        {"champions": [100, 300], "loyal": [50]}, predicted_value=[150.0, math.nan, 75.0]
    )
    assert found.forecast_check["expected_amount"].isna().tolist() == [True] + [False] * 8
    (told,) = found.about("forecast")
    assert (told.status, told.figure) == ("unknown", None)


def known(expected, probability=0.5, bought=10):
    """One user known at the cut-off, of whom purchases were forecast."""
    columns = {"repeat_count": [3], "expected_orders": [expected], "bought_days": [bought]}
    return pd.DataFrame({**columns, "order_probability": [probability]})


@pytest.mark.parametrize(
    ("expected", "purchases", "statuses"),
    [
        (81, 10.0, ["neutral", "neutral"]),
        (79, 10.0, ["bad", "neutral"]),
        (121, 10.0, ["bad", "neutral"]),
        (100, 3.0, ["neutral", "bad"]),
        (100, 7.9, ["neutral", "neutral"]),  # two purchases of ten: chance
    ],
)
def test_a_forecast_is_bad_news_where_money_or_purchases_miss_by_more_than_a_fifth(
    expected, purchases, statuses
):
    rows = customers({"champions": [10_000]}, predicted_value=100.0 * expected)
    found = judge(SCOPE, rows, 90, known=known(purchases)).about("forecast")
    assert [one.status for one in found] == statuses
    assert found[0].figure == pytest.approx(expected / 100 - 1)
    assert found[1].figure == pytest.approx(purchases / 10 - 1)


def test_the_error_of_the_money_is_told_in_words():
    found = judged({"champions": [10_000]}, predicted_value=6_120.0).forecast_check
    assert money.told(found, DAYS, "CNY").sentence == (
        "For the 90 days after the cut-off ¥61.20 was forecast from the users on a level, "
        "38.8\u202f% too low: they brought ¥100.00."
    )
    found = judged({"champions": [10_000]}, predicted_value=12_300.0).forecast_check
    assert "¥123.00 was forecast from the users on a level, 23.0\u202f% too high" in (
        money.told(found, DAYS, "CNY").sentence
    )
    nothing = money.told(judged({"champions": [0]}).forecast_check, DAYS, "CNY")
    assert nothing.status == "unknown"
    assert "which has no error rate: they brought ¥0.00." in nothing.sentence


def test_forecast_chances_are_held_against_who_ordered():
    rows = customers({"champions": [100] * 40})
    given = pd.DataFrame(
        {
            "repeat_count": 1,
            "expected_orders": 1.0,
            "order_probability": [0.25] * 20 + [0.75] * 20,
            "bought_days": [1] * 5 + [0] * 15 + [2] * 15 + [0] * 5,
        }
    )
    found = judge(SCOPE, rows, 90, known=given)
    row = found.calibration.iloc[0]
    assert (row["measure"], row["users"]) == ("order_probability", 40)
    assert row["forecast_rate"] == row["happened_rate"] == 0.5
    assert row["slope"] == pytest.approx(1)
    assert found.reliability["happened_rate"].tolist() == [0.25, 0.75]
    (told,) = found.about("calibration")
    assert (told.status, told.figure) == ("neutral", 0)
    assert told.sentence.startswith(
        "The forecast probabilities (an order within 90 days of the cut-off) hold: on average "
        "50.0\u202f%, and it came true for 50.0\u202f% of 40 users; group by group they miss by "
        "0.00 points, as a perfect forecast could by chance (up to "
    )
    chart = found.calibration_chart()
    assert chart.title == told.sentence
    assert "75.0\u202f% forecast, 75.0\u202f% came; 25.0\u202f% forecast" in chart.alt
    assert "<img" in chart._repr_html_()
    assert isinstance(judge(SCOPE, rows, 90).calibration_chart(), MissingData)


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        ([0.9] * 100, "are too high: on average 90.0\u202f%, and it came true for 50.0\u202f%"),
        ([0.1] * 100, "are too low: on average 10.0\u202f%, and it came true for 50.0\u202f%"),
        (
            [0.9] * 50 + [0.1] * 50,
            "are right on the whole, but not group by group: on average 50.0",
        ),
    ],
)
def test_chances_that_miss_by_more_than_a_perfect_forecast_could_are_bad_news(probability, text):
    given = pd.DataFrame({"order_probability": probability, "bought_days": [0, 1] * 50})
    given = given.assign(repeat_count=0, expected_orders=1.0)
    found = judge(SCOPE, customers({"champions": [100] * 40}), 90, known=given)
    (told,) = found.about("calibration")
    assert told.status == "bad"
    assert told.figure == pytest.approx(0.4)
    assert text in told.sentence


def test_chances_of_which_next_to_none_came_true_are_too_high():
    given = pd.DataFrame({"order_probability": 0.5, "bought_days": [1] * 2 + [0] * 98})
    given = given.assign(repeat_count=0, expected_orders=1.0)
    found = judge(SCOPE, customers({"champions": [100] * 40}), 90, known=given)
    assert math.isnan(found.calibration["intercept"].iloc[0])  # two are too few for one
    assert "are too high: on average 50.0" in found.about("calibration")[0].sentence
