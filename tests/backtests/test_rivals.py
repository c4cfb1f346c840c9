"""Which rival is chosen, and how labels that looked less far are carried; by hand."""

import numpy as np
import pandas as pd
import pytest

from workbench.backtests import rivals
from workbench.backtests.rivals import Fold, able, carried, contest, table
from workbench.stats.interval import Interval

NAMES = ("recency", "logistic", "splines")


@pytest.mark.parametrize(
    ("recency", "logistic", "chosen"),
    [
        ((-0.002, 0.009), (-0.002, 0.004), "recency"),  # the simplest, surely under .01 behind
        ((-0.002, 0.011), (-0.002, 0.004), "logistic"),  # might lose more
        ((0.001, 0.009), (0.001, 0.004), "splines"),  # surely behind, however little
        ((0.02, 0.03), (0.01, 0.02), "splines"),
    ],
)
def test_the_simplest_that_is_not_worse_is_chosen(recency, logistic, chosen):
    behind = {
        "recency": Interval(sum(recency) / 2, *recency),
        "logistic": Interval(sum(logistic) / 2, *logistic),
        "splines": Interval(0.0, 0.0, 0.0),
    }
    assert rivals._chosen(NAMES, behind, "splines") == chosen


def customers(count, seed):
    """Who leaves depends on recency alone; noise tells nothing."""
    chance = np.random.default_rng(seed)
    recency = chance.exponential(60, count).round()
    churned = chance.random(count) < 1 / (1 + np.exp(2 - recency / 40))
    rows = pd.DataFrame({"recency_days": recency, "noise": chance.normal(size=count)})
    rows.index = [f"u{row}" for row in range(count)]
    return rows, churned.astype(float)


def test_where_recency_is_all_there_is_to_know_it_is_chosen_over_all_that_is_heavier():
    learned, churned = customers(1500, 1)
    folds = [Fold(str(seed), learned, churned, *customers(1500, seed)) for seed in (2, 3)]
    names = able(learned)
    assert names == ("recency", "logistic", "splines", "boosted_trees")
    found = contest(folds, names)
    assert found.chosen == "recency"
    shown = table(found).set_index("model")
    assert shown.loc["recency", "is_chosen"]
    assert shown["is_chosen"].sum() == 1
    assert shown.loc["recency", "auc"] > 0.65
    assert shown.loc["recency", "auc_low"] < shown.loc["recency", "auc"]
    assert shown.index[shown["behind_change"].isna()].tolist() == [found.best]
    assert found.calibration("recency").users == 3000


def test_probabilities_are_carried_to_the_mean_of_the_model_of_value_and_keep_their_order():
    rows = pd.DataFrame({"order_log_odds": [0.0, 1.0, -1.0, 2.0]})
    odds = np.array([0.3, -1.0, 2.0, 0.0])
    moved = carried(odds, rows)
    assert (1 / (1 + np.exp(-moved))).mean() == pytest.approx(
        (1 / (1 + np.exp(rows["order_log_odds"]))).mean()
    )
    assert np.ptp(moved - odds) == pytest.approx(0)
