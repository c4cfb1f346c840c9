"""Kaplan and Meier's estimate: by hand, by a published example, and as scipy has it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from workbench.stats.survival import kaplan_meier, median, restricted_mean


def ends(**counts):
    """From day=(ended, censored), named d0, d1, …"""
    rows = [(int(day[1:]), *pair) for day, pair in counts.items()]
    return pd.DataFrame(rows, columns=["day", "ended", "censored"])


# Remission in weeks under 6-MP (Freireich et al. 1963), the field's worked example.
REMISSION = ends(
    d6=(3, 1),
    d7=(1, 0),
    d9=(0, 1),
    d10=(1, 1),
    d11=(0, 1),
    d13=(1, 0),
    d16=(1, 0),
    d17=(0, 1),
    d19=(0, 1),
    d20=(0, 1),
    d22=(1, 0),
    d23=(1, 0),
    d25=(0, 1),
    d32=(0, 2),
    d34=(0, 1),
    d35=(0, 1),
)


def test_the_published_curve_of_remissions_is_met():
    curve = kaplan_meier(REMISSION).set_index("day")
    known = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert curve.loc[list(known), "alive_rate"].tolist() == pytest.approx(
        list(known.values()), abs=5e-5
    )
    assert curve.loc[[6, 7, 23], "at_risk"].tolist() == [21, 17, 6]
    assert median(kaplan_meier(REMISSION)) == 23


def test_the_mean_up_to_a_horizon_is_the_area_under_the_curve():
    # Of four lives of 1, 2, 3 and over 3 days: 1 + 3/4 + 2/4 = 2.25 of the first three days.
    curve = kaplan_meier(ends(d1=(1, 0), d2=(1, 0), d3=(1, 1)))
    mean, low, high = restricted_mean(curve, 3)
    assert mean == pytest.approx(2.25)
    # Without censoring the variance is that of the plain mean of 1, 2, 3, 3.
    error = np.std([1, 2, 3, 3]) / 2
    assert (mean - low, high) == (pytest.approx(1.959964 * error), 3.0)


def test_lives_of_no_days_count_as_such():
    curve = kaplan_meier(ends(d0=(3, 0), d10=(0, 1)))
    assert curve["alive_rate"].tolist() == [0.25, 0.25]
    assert restricted_mean(curve, 10)[0] == pytest.approx(2.5)
    assert median(curve) == 0


def test_a_sure_share_has_no_interval():
    curve = kaplan_meier(ends(d1=(0, 1), d2=(2, 0)))
    assert curve[["alive_rate", "alive_rate_low", "alive_rate_high"]].to_numpy().tolist() == [
        [1, 1, 1],
        [0, 0, 0],
    ]
    assert restricted_mean(curve, 2) == (2, 2, 2)


def test_no_lives_have_no_mean():
    assert np.isnan(restricted_mean(kaplan_meier(ends()), 5)[0])


LIVES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@given(LIVES)
def test_the_curve_and_its_interval_are_those_of_scipy(lives):
    days, gone = (np.array(column) for column in zip(*lives, strict=True))
    counted = pd.DataFrame({"day": days, "ended": gone * 1, "censored": ~gone * 1})
    curve = kaplan_meier(counted.groupby("day", as_index=False).sum())
    if not gone.any():
        assert (curve["alive_rate"] == 1).all()
        return
    theirs = ecdf(CensoredData(uncensored=days[gone], right=days[~gone])).sf
    assert curve["alive_rate"].tolist() == pytest.approx(theirs.evaluate(curve["day"]).tolist())
    with np.errstate(all="ignore"):
        low, high = theirs.confidence_interval(method="log-log")
    inside = (curve["alive_rate"] > 1e-9) & (curve["alive_rate"] < 1 - 1e-9)
    at = curve.loc[inside, "day"]
    assert curve.loc[inside, "alive_rate_low"].tolist() == pytest.approx(low.evaluate(at).tolist())
    assert curve.loc[inside, "alive_rate_high"].tolist() == pytest.approx(
        high.evaluate(at).tolist()
    )


@given(LIVES)
def test_the_mean_lies_within_its_interval_and_its_interval_within_the_horizon(lives):
    counted = pd.DataFrame(
        {
            "day": [day for day, _gone in lives],
            "ended": [int(gone) for _day, gone in lives],
            "censored": [int(not gone) for _day, gone in lives],
        }
    )
    curve = kaplan_meier(counted.groupby("day", as_index=False).sum())
    mean, low, high = restricted_mean(curve, int(curve["day"].max()))
    assert 0 <= low <= mean <= high + 1e-9
    assert high <= curve["day"].max()
