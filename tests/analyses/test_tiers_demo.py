"""Tiers find in the demo shop what is planted there and told by no table."""

import pandas as pd
import pytest

from scopes import scope_of
from workbench import demo
from workbench.analyses.tiers import rank
from workbench.kit.goals import compare
from workbench.kit.settings import Settings
from workbench.periods import Period, Week


@pytest.fixture(scope="module")
def tiers(demo_tables):
    period = Period.weeks(Week(2026, 40), 26, demo.TIME_ZONE)
    return rank(scope_of(demo_tables, period, settings=Settings(source="demo")))


@pytest.fixture(scope="module")
def zealous(tiers):
    """Every tiered user with the zeal that was planted."""
    return tiers.users.merge(demo.zeal().to_pandas(), on="user_id", validate="one_to_one")


def test_every_class_holds_more_zealous_users_than_the_one_below(zealous):
    mean, error = (zealous.groupby("class")["zeal"].agg(how) for how in ("mean", "sem"))
    for higher, lower in (("core", "potential"), ("potential", "marginal")):
        assert mean[higher] - 3 * error[higher] > mean[lower] + 3 * error[lower]
    assert mean["core"] > 2.5 * mean["marginal"]


def test_the_most_zealous_tenth_is_core_far_more_often_than_the_others(zealous):
    top = zealous["zeal"] >= zealous["zeal"].quantile(0.9)
    core = (zealous["class"] == "core").groupby(top).mean()
    assert core[True] > 3 * core[False]


def test_scores_of_frequency_order_users_by_the_zeal_they_were_given(zealous):
    by_score = zealous.groupby("f")["zeal"].mean()
    assert pd.Index(by_score.index[by_score.argsort()]).tolist() == [1, 2, 3]


def test_the_goal_of_repurchase_is_surely_missed(tiers):
    (row,) = compare(tiers.scope, tiers).goals.to_dict("records")
    assert (row["measure"], row["goal"], row["status"]) == ("repurchase_rate", 0.52, "bad")
    assert row["actual_high"] == pytest.approx(0.4260, abs=1e-4)
