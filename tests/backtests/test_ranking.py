"""What was ranked, whatever it is called: levels of any number, any outcome, scores beside rivals."""

import numpy as np
import pytest

from workbench.backtests.ranking import ranked
from workbench.stats.concentration import normalised, order

BANDS = {"red": "high", "amber": "high", "green": "low"}


def test_three_bands_of_a_yes_or_no_by_hand():
    # Of 10 in red 8 left, of 10 in amber 5, of 20 in green 1: 14 in all.
    band = np.repeat([0, 1, 2], [10, 10, 20])
    left = np.array([1] * 8 + [0] * 2 + [1] * 5 + [0] * 5 + [1] + [0] * 19)
    found = ranked(band, {"band": -band.astype(float)}, left, BANDS)
    levels = found.levels
    assert levels["level"].tolist() == ["red", "amber", "green"]
    assert levels["class"].tolist() == ["high", "high", "low"]
    assert levels["users"].tolist() == [10, 10, 20]
    assert levels["users_rate"].tolist() == [0.25, 0.25, 0.5]
    assert levels["mean_outcome"].tolist() == [0.8, 0.5, 0.05]
    assert levels["total_outcome"].tolist() == [8, 5, 1]
    assert levels["outcome_rate"].tolist() == pytest.approx([8 / 14, 5 / 14, 1 / 14])
    trends = found.trends.set_index("class")
    assert list(trends.index) == ["all", "high", "low"]
    assert trends["users"].tolist() == [40, 20, 20]
    assert trends.loc["all", "holds"]
    assert trends.loc["all", "difference_outcome"] == pytest.approx(0.75)
    assert trends["holds"].isna().tolist() == [False, False, True]  # one band is no trend
    # 4 ninths of 40 users are red and 7.78 of amber, 5 ninths are 2.22 of green as well.
    shares = found.curve["outcome_rate"].iloc[4:6].tolist()
    assert shares == pytest.approx([(8 + 3.889) / 14, (13 + 0.1111) / 14], abs=1e-4)


def test_one_s_own_score_comes_first_and_leads_its_rivals_by_the_paired_interval():
    chance = np.random.default_rng(5)
    truth = chance.normal(size=400)
    came = (truth + chance.normal(size=400) > 1).astype(int)
    scores = {"mine": truth, "theirs": truth + chance.normal(size=400), "none": np.ones(400)}
    found = ranked(np.zeros(400, int), scores, came, {"everybody": "all of them"})
    assert found.rankings["ranking"].tolist() == ["mine", "theirs", "none"]
    assert found.curve["ranking"].unique().tolist() == ["mine", "theirs", "none", "perfect"]
    assert found.rankings["lead_change"].isna().tolist() == [True, False, False]
    best = order(came, came)
    mine, theirs = (normalised(order(scores[name], came), best) for name in ("mine", "theirs"))
    row = found.rankings.iloc[1]
    lead = (row["lead_change"], row["lead_change_low"], row["lead_change_high"])
    assert lead == mine.lead(theirs)
    assert found.rankings["concentration_rate"].iloc[2] == pytest.approx(0)


def test_a_score_with_a_gap_is_not_compared():
    scores = {"mine": np.arange(6.0), "theirs": np.array([1, 2, np.nan, 4, 5, 6])}
    found = ranked(np.zeros(6, int), scores, np.arange(6), {"everybody": "all of them"})
    assert found.rankings.iloc[1, 1:].isna().all()
    assert found.rankings["concentration_rate"].iloc[0] == 1
