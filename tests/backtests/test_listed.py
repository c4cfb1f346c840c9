"""What a list from the highest score on holds, and which groups it misses by more."""

import numpy as np
import pandas as pd
import pytest

from workbench.backtests.listed import OTHERS, by_group, further_off, gains


def test_the_first_tenths_hold_what_lies_at_the_top():
    happened = np.array([1] * 5 + [0] * 15)
    found = gains({"right": np.arange(20)[::-1], "wrong": np.arange(20)}, happened)
    right = found[found["ranking"] == "right"]
    assert list(right["found_rate"].head(4)) == [0.4, 0.8, 1.0, 1.0]
    assert list(right["happened_rate"].head(4)) == [1.0, 1.0, 0.5, 0.0]
    assert list(right["lift_times"].head(3)) == [4.0, 4.0, 2.0]
    assert list(right["users_rate"]) == pytest.approx(np.arange(1, 11) / 10)
    wrong = found[found["ranking"] == "wrong"]
    assert list(wrong["found_rate"].tail(3)) == pytest.approx([0.2, 0.6, 1.0])


def test_where_it_happened_to_nobody_no_share_is_told():
    found = gains({"any": np.arange(10)}, np.zeros(10))
    assert found["found_rate"].isna().all()
    assert found["lift_times"].isna().all()


def groups(north_rate, least=0):
    """Forecast at one half everywhere; it came so in the south, and as told in the north."""
    names = pd.Series(["north"] * 400 + ["south"] * 500 + ["isle"] * 4)
    came = np.r_[np.arange(400) < 400 * north_rate, np.arange(500) % 2, [1, 0, 1, 0]].astype(float)
    return by_group("region", names, np.full(904, 0.5), came, least)


def test_a_group_is_told_by_what_was_forecast_and_what_came():
    found = groups(0.7).set_index("segment")
    assert list(found.index) == ["isle", "north", "south"]
    assert found.loc["north", "happened_rate"] == 0.7
    assert found.loc["north", "forecast_rate"] == 0.5
    assert found.loc["north", "miss_error"] == pytest.approx(0.5 / 20)
    assert np.isnan(found.loc["isle", "auc"])
    assert found.loc["north", "auc"] == 0.5


def test_only_what_misses_otherwise_than_the_rest_is_further_off():
    assert list(further_off(groups(0.7))) == [
        False,
        True,
        True,
    ]  # of two one differs from the other
    assert not further_off(groups(0.5)).any()
    alike = groups(0.7)
    alike["happened_rate"] = 0.7
    assert not further_off(alike).any()


def test_groups_of_too_few_are_told_together_without_a_name():
    found = groups(0.7, least=10)
    assert list(found["segment"]) == ["south", OTHERS]  # the next smallest joins: all less the rest
    assert list(found["users"]) == [500, 404]
    assert list(groups(0.7, least=3)["segment"]) == ["isle", "north", "south"]


def test_who_has_no_group_is_left_out():
    found = by_group("level", pd.Series(["a", None, "b"]), np.full(3, 0.5), np.zeros(3))
    assert list(found["users"]) == [1, 1]
