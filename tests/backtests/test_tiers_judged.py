"""The back-test of tiers: revenue by level, the trend, what ranks best."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from judged_tiers import LEVELS, RISING, judged, ladder

from workbench.charts import Chart
from workbench.errors import MissingData, ParameterError
from workbench.kit.levels import classes


def trend_of(found, name):
    return found.trends.set_index("class").loc[name]


def verdict(found):
    """The finding on all levels, with nothing beside it."""
    (one,) = found.about("verdict")
    return one


def trends_told(found):
    """The findings on classes by their class, each with the pair that is out of order, if any."""
    told, names = {}, iter(["core", "potential", "marginal"])
    for one in found.about("trend"):
        if not one.sentence.startswith("Out of order"):
            name = next(names)
        told.setdefault(name, []).append(one)
    return told


# Revenue by level


def test_revenue_is_told_for_every_level_from_the_highest_with_its_sum_and_share():
    found = judged({"champions": [100, 300], "dormant": [0, 0, 100]}).future_revenue
    assert list(found["level"]) == list(LEVELS)
    assert list(found["class"]) == [*["core"] * 3, *["potential"] * 3, *["marginal"] * 3]
    assert list(found["users"]) == [2, 0, 0, 0, 0, 0, 0, 0, 3]
    assert list(found["total_amount"]) == [400, 0, 0, 0, 0, 0, 0, 0, 100]
    assert found["total_amount"].dtype == "int64"
    top, bottom = found.iloc[0], found.iloc[-1]
    assert (top["mean_amount"], top["users_rate"], top["revenue_rate"]) == (200, 0.4, 0.8)
    assert bottom["mean_amount"] == pytest.approx(100 / 3)
    assert math.isnan(found["mean_amount"].iloc[4])


def test_a_sum_beyond_the_exact_range_of_floats_keeps_its_last_unit():
    big = 2**53 + 1
    assert judged({"loyal": [big]}).future_revenue["total_amount"].iloc[1] == big


# The trend


def test_levels_in_order_on_the_whole_are_not_told_as_each_above_the_next():
    turned = {**RISING, "light": RISING["fading"], "fading": RISING["light"]}
    found = judged(turned)
    assert trend_of(found, "all")["holds"]
    assert verdict(found).sentence.startswith(
        "On the whole, though not each beside the next, the levels order future revenue: in the 90 days"
    )


def test_levels_in_order_hold_over_all_and_within_each_class():
    found = judged(RISING)
    assert trend_of(found, "all")["holds"]
    assert verdict(found) == found.findings[0]
    assert verdict(found).status == "good"
    assert verdict(found).sentence.startswith("The levels order future revenue: in the 90 days")
    assert found.trends["ahead_level"].isna().all()
    row = trend_of(found, "all")
    assert (row["highest_level"], row["lowest_level"]) == ("champions", "dormant")
    assert row["difference_amount"] == pytest.approx(4500 - 50, abs=1)
    assert row["difference_amount_low"] > 3000


def test_levels_upside_down_are_told_as_bad_news():
    found = judged(dict(zip(LEVELS, reversed(RISING.values()), strict=True)))
    row = trend_of(found, "all")
    assert not row["holds"]
    assert row["tau"] < 0
    told, turned = found.about("verdict")
    assert (told.status, turned.status) == ("bad", "bad")
    assert told.sentence.startswith("The levels do not order future revenue")
    assert turned.sentence == "Out of order beyond doubt: Dormant (¥45) above Champions (¥0.50)."
    assert (row["ahead_level"], row["behind_level"]) == ("dormant", "champions")


def test_a_level_that_surely_earns_more_than_a_higher_one_is_named():
    found = judged(ladder([9000, 8000, 7000, 900, 5000, 400, 300, 200, 100]))
    row = trend_of(found, "potential")
    assert (row["ahead_level"], row["behind_level"]) == ("steady", "rising")
    trend, turned = trends_told(found)["potential"]
    assert turned.sentence == "Out of order beyond doubt: Steady (¥25) above Rising (¥4.50)."
    assert trend.status == turned.status != "good"
    assert pd.isna(trend_of(found, "core")["ahead_level"])
    # The pair is told with its class alone.
    assert "Out of order" not in verdict(found).sentence


def test_a_small_difference_the_wrong_way_is_not_beyond_doubt():
    found = judged(ladder([9000, 8000, 7000, 4900, 5000, 4000, 900, 500, 100]))
    assert found.trends["ahead_level"].isna().all()


def test_a_rise_in_rank_that_the_means_deny_does_not_hold():
    # Most champions bring a little where most of the others bring nothing, but for a few huge ones.
    amounts = {"champions": [10] * 40, "loyal": [0] * 30 + [9000] * 10}
    row = trend_of(judged(amounts), "core")
    assert row["adjusted_p_value"] < 0.05
    assert not row["holds"]


@pytest.mark.parametrize(
    "amounts",
    [
        {"champions": [500] * 50},
        {"champions": [1, 2, 3, 4, 5, 6], "loyal": [1, 2, 3, 4]},
        {"champions": [5] * 9, "loyal": [5] * 9},
    ],
    ids=["one level", "too few in one", "all the same"],
)
def test_too_little_to_compare_is_unknown(amounts):
    found = judged(amounts)
    assert found.trends["holds"].isna().all()
    assert [one.status for one in found.about("verdict", "trend")] == ["unknown"] * 4


# The rankings


def test_a_ranking_that_is_perfect_is_told_beside_the_tiers():
    found = judged(RISING)
    by_name = found.rankings.set_index("ranking")
    assert by_name.loc["predicted_value", "concentration_rate"] == pytest.approx(1)
    assert by_name.loc["past_spend", "concentration_rate"] == pytest.approx(0)  # all spent the same
    assert by_name.loc["predicted_value", "tiers_lead_change_high"] < 0
    assert by_name.loc["past_spend", "tiers_lead_change_low"] > 0
    assert math.isnan(by_name.loc["tier_level", "tiers_lead_change"])
    shares, worse, better = found.about("rankings")
    assert (worse.status, better.status) == ("bad", "good")
    assert "worse than predicted value beyond doubt" in worse.sentence
    assert "better than last year’s spend beyond doubt" in better.sentence
    assert shares.figure == by_name.loc["tier_level", "concentration_rate"]
    assert shares.sentence.startswith(
        "Of what a perfect ranking would concentrate of future revenue: predicted value 100.0\u202f%, "
        "levels "
    )
    assert shares.sentence.endswith(" and last year’s spend 0.0\u202f%.")


def test_levels_that_beat_every_other_ranking_are_good_news():
    _shares, told = judged(RISING, predicted_value=1.0).about("rankings")
    assert told.status == "good"
    assert told.sentence == (
        "The levels rank users better than predicted value and last year’s spend beyond doubt."
    )


def test_without_predictions_their_ranking_is_null_and_the_curve_is_that_of_the_levels():
    found = judged(RISING, predicted_value=math.nan)
    by_name = found.rankings.set_index("ranking")
    assert by_name.loc["predicted_value"].isna().all()
    assert not any("predicted value" in one.sentence for one in found.about("rankings"))
    assert "at the highest levels" in found.value_curve_chart().title


def test_the_value_curve_goes_from_nothing_to_everything_for_every_ranking():
    curve = judged(RISING).value_curve
    assert list(curve["ranking"].unique()) == [
        *("tier_level", "predicted_value", "past_spend", "perfect")
    ]
    for _name, part in curve.groupby("ranking"):
        assert part["users_rate"].tolist() == pytest.approx([i / 9 for i in range(10)])
        assert part["revenue_rate"].iloc[0] == 0
        assert part["revenue_rate"].iloc[-1] == pytest.approx(1)
        assert part["revenue_rate"].is_monotonic_increasing


def test_the_share_of_core_is_told():
    found = judged({"champions": [60] * 5, "loyal": [15] * 5, "dormant": [25] * 10})
    (told,) = found.about("core")
    assert told.figure == pytest.approx(375 / 625)
    assert told.sentence == (
        "Of what the users on a level at the cut-off brought in the 90 days after, Core "
        "(50.0\u202f% of them) brought 60.0\u202f%."
    )


@pytest.mark.parametrize(
    ("everybody", "share", "others"),
    [
        (1000, 0.625, "the rest came from users who were not on a level then"),
        (625, 1, "nobody else brought any"),
        (500, 1.25, "the others gave back more than they paid"),
    ],
)
def test_how_much_of_all_revenue_the_judged_users_brought_is_told(everybody, share, others):
    amounts = {"champions": [60] * 5, "loyal": [15] * 5, "dormant": [25] * 10}
    found = judged(amounts, horizon_amount=everybody)
    assert found.horizon_amount == everybody
    (told,) = found.about("coverage")
    assert told.figure == pytest.approx(share)
    assert told.sentence == (
        f"The users on a level at the cut-off brought {100 * share:.1f}\u202f% of what all users "
        f"brought in the 90 days after; {others}."
    )


@pytest.mark.parametrize("everybody", [None, 0, -5])
def test_without_revenue_of_everybody_no_share_of_it_is_told(everybody):
    found = judged(RISING, horizon_amount=everybody)
    assert not found.about("coverage")
    assert not any("what all users brought" in one.sentence for one in found.findings)


def rank_alone(zeros, highest, tails):
    """Levels of 60 users of whom fewer pay the lower they stand, the payers with a wide spread."""
    return [0] * zeros + [highest] * (60 - zeros - len(tails)) + tails


@pytest.mark.parametrize("scope", [0, 1], ids=["over all levels", "within a class"])
def test_users_who_buy_more_surely_for_amounts_that_are_not_told_apart_are_no_good_news(scope):
    surely = rank_alone(5, 1000, [])
    seldom = rank_alone(45, 1000, [9000, 20_000])
    middle = rank_alone(25, 1000, [])
    found = judged({"champions": surely, "loyal": middle, "cooling": seldom})
    row = found.trends.iloc[scope]
    assert row["holds"]
    assert row["difference_amount_low"] < 0 < row["difference_amount"]
    told = (verdict(found), trends_told(found)["core"][0])[scope]
    assert told.status == "neutral"
    assert "users of higher levels b" in told.sentence
    assert "more surely, but the amounts are not told apart: Champions ¥9" in told.sentence
    assert told.low < 0 < told.high
    assert "95 % interval −¥24 to ¥7.09)" in told.sentence


def test_a_rise_without_enough_buyers_for_an_interval_is_no_good_news():
    found = judged({"champions": [10] * 20 + [11], "loyal": [0] * 18 + [10, 10, 10]})
    assert trend_of(found, "core")["holds"]
    (told,) = trends_told(found)["core"]
    assert told.status == "neutral"
    assert "(too few buyers to tell the difference from chance)" in told.sentence


def test_where_too_few_buy_no_verdict_is_told_against_the_levels():
    found = judged({"champions": [0] * 20 + [10], "loyal": [0] * 18 + [10, 10, 10]})
    assert not trend_of(found, "core")["holds"]
    for told in (verdict(found), *trends_told(found)["core"]):
        assert told.status == "unknown"
        assert told.sentence.startswith("Whether ")
        assert told.sentence.endswith("(too few buyers to tell the difference from chance).")


# The forecast of money


# The forecast of orders


def test_headline_figures_are_those_of_the_frames():
    found = judged(RISING, predicted_value=1.0)
    metrics = {one.name: one for one in found.metrics}
    rankings = found.rankings.set_index("ranking")
    own, lead = metrics["levels_concentration_rate"], metrics["levels_lead_change"]
    assert own.interval.value == rankings.loc["tier_level", "concentration_rate"]
    assert (lead.interval.low, lead.unit) == (
        rankings.loc["predicted_value", "tiers_lead_change_low"],
        "points",
    )
    sums = found.forecast_check[["expected_amount", "actual_amount"]].sum()
    error = sums["expected_amount"] / sums["actual_amount"] - 1
    assert metrics["forecast_error_rate"].interval.value == pytest.approx(error)


# What there is nothing to judge by, and the charts


@pytest.mark.parametrize(
    "amounts",
    [{}, {"champions": [0] * 20, "dormant": [0] * 20}, {"champions": [100], "dormant": [-300]}],
    ids=["nobody", "no revenue", "more refunds than revenue"],
)
def test_without_users_or_revenue_nothing_is_judged(amounts):
    found = judged(amounts)
    assert {one.status for one in found.findings} == {"unknown"}
    assert not found.about("trend", "rankings", "core", "coverage", "calibration")
    assert len(found.future_revenue) == 9
    assert len(found.trends) == 4
    assert found.rankings["concentration_rate"].isna().all()
    for chart in (found.future_revenue_chart(), found.value_curve_chart()):
        assert isinstance(chart, MissingData)
        assert str(chart) == verdict(found).sentence


def test_users_who_all_brought_the_same_leave_no_curve_to_draw():
    found = judged({"champions": [5] * 9, "loyal": [5] * 9}).value_curve_chart()
    assert isinstance(found, MissingData)
    assert str(found) == (
        "All users brought the same in the 90 days after: no ranking can be judged."
    )


def test_rankings_of_two_users_are_not_compared():
    shares, told = judged({"champions": [100], "dormant": [20]}).about("rankings")
    assert (shares.status, told.status) == ("neutral", "unknown")
    assert told.sentence == (
        "Too few users brought revenue to compare the levels with predicted value and last year’s "
        "spend."
    )


def test_charts_carry_their_finding_and_its_figures():
    found = judged(RISING)
    chart = found.future_revenue_chart()
    assert isinstance(chart, Chart)
    assert chart.title == verdict(found).sentence
    assert "Champions ¥45; Loyal ¥40" in chart.alt
    curve = found.value_curve_chart()
    assert curve.title.startswith("The third of users with the highest predicted value brought")
    assert curve.title.endswith("of what all of them brought.")
    for one in (chart, curve):
        assert "<img" in one._repr_html_()


def test_a_level_without_users_is_drawn_empty():
    found = judged({"champions": [100, 200, 300, 400, 500, 600], "dormant": [1, 2, 3, 4, 5, 6]})
    assert "Loyal –" in found.future_revenue_chart().alt
    found.future_revenue_chart()._repr_html_()


def test_a_level_that_is_not_known_is_refused_with_its_near_name():
    with pytest.raises(ParameterError, match="unknown level 'champion', did you mean 'champions'?"):
        judged({"champion": [1]})


def test_a_user_with_two_rows_is_refused():
    with pytest.raises(ParameterError, match="user 'u0' has two rows"):
        judged({"loyal": [1, 2]}, user_id="u0")


def test_levels_must_be_three_a_class():
    with pytest.raises(ParameterError, match="2 levels, must be 9 different ones"):
        classes(("a", "b"))


def test_a_class_whose_higher_users_spend_more_but_no_more_surely_is_told_as_that():
    # Fewer buy at the higher level, for far more.
    plain = [0] * 60 + list(range(100, 140))
    rich = [0] * 70 + [90_000 + i for i in range(30)]
    found = judged(RISING | {"rising": rich, "steady": plain, "win_back": list(plain)})
    assert not trend_of(found, "potential")["holds"]
    assert trend_of(found, "potential")["difference_amount_low"] > 0
    (told,) = trends_told(found)["potential"]
    assert told.sentence.startswith(
        "Within Potential users do not bring revenue more surely the higher their level, though "
    )
    assert told.status == "neutral"


def test_all_levels_whose_higher_users_spend_more_but_no_more_surely_are_told_as_that():
    plain = [0] * 60 + list(range(100, 140))
    rich = [0] * 70 + [90_000 + i for i in range(30)]
    found = judged({"champions": rich, "loyal": plain, "dormant": list(plain)})
    assert not trend_of(found, "all")["holds"]
    assert verdict(found).sentence.startswith(
        "In the 90 days after the cut-off users did not bring revenue more surely the higher their "
        "level, though some brought more: Champions"
    )
    assert verdict(found).status == "neutral"
