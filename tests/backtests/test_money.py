"""Forecasts of purchases beside those that were made, by hand."""

from datetime import date, datetime

import ibis
import pandas as pd
import pytest

from scopes import scope_of
from workbench.backtests.money import bought_days, check_forecast, holdout
from workbench.errors import ParameterError, SourceError
from workbench.periods import Period

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 29), "Asia/Shanghai")


def scope(rows):
    """A scope of October in Shanghai with orders of 100: who, when in UTC, given back when."""
    table = pd.DataFrame(rows, columns=["user_id", "ordered_at", "refunded_at"])
    table["order_id"] = [f"o{i}" for i in range(len(table))]
    table["refunded_amount"] = 100 * table["refunded_at"].notna()
    types = {"order_id": "string", "user_id": "string", "ordered_at": "timestamp"}
    types |= {"refunded_at": "timestamp", "refunded_amount": "int64", "amount": "int64"}
    return scope_of({"orders": ibis.memtable(table.assign(amount=100), schema=types)}, OCTOBER)


def test_an_order_that_is_given_back_after_the_cut_off_was_a_purchase_before_it():
    found = holdout(
        scope(
            [
                ("a", datetime(2026, 9, 1), None),
                ("a", datetime(2026, 9, 5), datetime(2026, 10, 9)),
                ("a", datetime(2026, 9, 12), None),
                ("a", datetime(2026, 10, 5), None),
                ("b", datetime(2026, 9, 5), None),
            ]
        ),
        29,
    )
    assert found.actual == 1
    assert found.by_repeat_count["repeat_count"].tolist() == [0, 2]


def test_days_with_a_purchase_are_the_shops_and_each_counts_once():
    found = scope(
        [
            ("a", datetime(2026, 9, 30, 15, 59), None),  # still September in Shanghai
            ("a", datetime(2026, 9, 30, 16), None),
            ("a", datetime(2026, 10, 1, 15), None),  # the same day
            ("a", datetime(2026, 10, 1, 16), None),
            ("b", datetime(2026, 10, 3), datetime(2026, 10, 4)),
            ("c", datetime(2026, 10, 29, 16), None),  # the day after
        ]
    )
    assert bought_days(found, pd.Series(["c", "b", "a", "nobody"])).tolist() == [0, 0, 2, 0]


def test_forecast_and_actual_purchases_are_compared_over_increment_and_whole():
    found = check_forecast([0, 1, 9, 8], [1.0, 2.0, 3.0, 2.0], [0, 2, 5, 3], classes=2)
    assert (found.customers, found.expected, found.actual) == (4, 8.0, 10.0)
    assert found.increment_error_rate == pytest.approx(-0.2)
    assert found.cumulative_error_rate == pytest.approx((18 + 8) / (18 + 10) - 1)
    assert found.correlation == pytest.approx(0.98058, abs=1e-5)
    assert found.by_repeat_count.to_dict("list") == {
        "repeat_count": [0, 1, 2],
        "customers": [1, 1, 2],
        "expected": [1.0, 2.0, 2.5],
        "actual": [0.0, 2.0, 4.0],
    }
    assert found.finding.figure == pytest.approx(-0.2)
    assert found.finding.sentence == (
        "Held against what came after, 8 purchases were forecast and 10 made, 20.0\u202f% too few; "
        "over 4 customers forecast and actual purchases correlate at 0.98."
    )


def test_columns_of_a_comparison_have_one_row_a_customer():
    with pytest.raises(SourceError) as refused:
        check_forecast([1, 2], [1], [3, 3])
    assert str(refused.value) == (
        "repeat_count has 2 rows, expected has 1 rows, actual has 2 rows; each must have one row a "
        "customer"
    )
    with pytest.raises(SourceError, match=r"^repeat_count has 2 dimensions, must have 1"):
        check_forecast([[1]], [0], [0])


@pytest.mark.parametrize(
    ("expected", "status"), [(79, "bad"), (80, "neutral"), (120, "neutral"), (121, "bad")]
)
def test_a_sum_that_misses_by_more_than_a_fifth_is_bad_news(expected, status):
    assert check_forecast([0, 1], [0, expected], [20, 80]).finding.status == status
    # A tenth of both is a miss of two purchases of ten, which is chance.
    assert check_forecast([0, 1], [0, expected / 10], [2, 8]).finding.status == "neutral"


def test_a_correlation_below_nought_has_its_minus():
    found = check_forecast([0, 0, 0], [1, 2, 3], [3, 1, 2]).finding.sentence
    assert found.endswith("correlate at −0.50.")


def test_a_forecast_of_nothing_has_no_correlation_and_no_error_rate():
    found = check_forecast([0, 0], [0.5, 0.5], [0, 0])
    assert pd.isna([found.correlation, found.increment_error_rate]).all()
    assert found.finding.figure is None
    assert "which gives no error rate" in found.finding.sentence


def test_customers_who_are_all_forecast_alike_have_an_error_and_no_correlation():
    found = check_forecast([0, 0], [1, 1], [0, 4]).finding
    assert found.figure == -0.5
    assert found.sentence == (
        "Held against what came after, 2 purchases of 2 customers were forecast and 4 made; whether "
        "the forecast tells customers apart is not known."
    )


def test_a_hold_out_that_has_not_begun_is_refused():
    table = scope([("a", datetime(2026, 9, day), None) for day in (1, 4, 9)])
    with pytest.raises(ParameterError, match="^horizon_days == 0, must be 1 or more$"):
        holdout(table, 0)
