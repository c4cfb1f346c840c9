"""What a page says of its scope: one platform, a short history, thresholds from elsewhere."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from tiers_shop import LAST, PERIOD, TABLES, orders, shop
from workbench.analyses.tiers import rank
from workbench.customers import forecast as forecasting
from workbench.customers.forecast import forecast
from workbench.customers.value import PurchaseModel
from workbench.errors import MissingData, ParameterError
from workbench.periods import Period

ORDERS = TABLES["orders"]
HALF = {
    "orders": ORDERS.mutate(
        platform=(ORDERS.user_id.substr(3) < "5").ifelse("douyin", "wechat"),
    )
}
GIVEN = "{recency_days: [40, 7], frequency: [2, 3], monetary: [5000, 9000]}"
SHORT = Period(date(2025, 12, 1), LAST, "UTC")  # 30 weeks


def test_a_page_on_one_platform_says_so_first_in_its_titles_and_in_its_rules():
    found = rank(shop(HALF, platform="douyin"))
    assert found.findings[0].sentence.startswith("On Douyin, ")
    assert found.levels_chart().title == found.findings[0].sentence
    assert found.cells_chart().title.startswith("On Douyin, the largest cell is R ")
    assert found.rules[0] == "Only the orders on Douyin count, here and in all that follows."


def test_a_page_on_all_platforms_names_none():
    found = rank(shop(HALF))
    told = [one.sentence for one in found.findings]
    told += [found.levels_chart().title, found.cells_chart().title, *found.rules]
    assert not [sentence for sentence in told if "Douyin" in sentence or "Only the" in sentence]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("duoyin", "unknown platform 'duoyin', did you mean 'douyin'?"),
        ("nosuch", "unknown platform 'nosuch', must be one of: douyin, wechat"),
    ],
)
def test_an_unknown_platform_is_refused_with_those_that_there_are(given, sentence):
    with pytest.raises(ParameterError) as refused:
        rank(shop(HALF, platform=given))
    assert str(refused.value) == sentence
    assert refused.value.exit_code == 2


def test_orders_that_tell_of_no_platform_cannot_be_cut_to_one():
    with pytest.raises(MissingData, match="^platform == 'douyin', but the orders here have no"):
        rank(shop(platform="douyin"))


def measured(found):
    (sentence,) = [rule for rule in found.rules if rule.startswith("The thresholds ")]
    return sentence


def test_thresholds_are_said_to_part_users_into_thirds_only_where_they_do():
    learned = rank(shop(period=PERIOD.previous()))
    assert "The thresholds part the users into groups as near to thirds" in measured(learned)

    earlier = SimpleNamespace(frames=learned.frames(), again=None, older=())
    reused = rank(shop(), thresholds="reuse", earlier=earlier)
    assert "The thresholds parted the users of 2026-W13 into groups as near" in measured(reused)

    given = rank(shop(), thresholds=GIVEN)
    assert measured(given).endswith(
        "The thresholds were given, and the groups are as large as they make them."
    )


@pytest.mark.parametrize(("days", "told"), [(13, True), (14, False), (1, True)])
def test_a_short_threshold_of_recency_is_told(days, told):
    text = GIVEN.replace("[40, 7]", f"[{days}, 1]")
    sentences = [one.sentence for one in rank(shop(), thresholds=text).findings]
    lapsed = [one for one in sentences if one.startswith("A user counts as lapsed after ")]
    assert bool(lapsed) == told
    assert all(f"after {days} day{'' if days == 1 else 's'} here" in one for one in lapsed)


def test_where_only_the_last_day_counts_nobody_is_lapsed_after_no_days():
    text = GIVEN.replace("[40, 7]", "[0, 0]")
    sentences = [one.sentence for one in rank(shop(), thresholds=text).about("thresholds")]
    assert sentences[1].startswith("Whoever did not order on the last day counts as lapsed here:")


def test_orders_that_begin_within_the_period_are_told_with_the_days_that_there_are():
    tables = {"orders": orders(days=60 + 61)}
    first = tables["orders"].ordered_at.min().execute().date()
    assert SHORT.first < first
    found = rank(shop(tables, SHORT))
    days = (LAST - first + timedelta(days=1)).days
    sentence = f"The levels rest on {days} days of 1 Dec 2025 – 28 Jun 2026."
    (since,) = found.about("span")
    assert since.status == "unknown"
    assert since.sentence.startswith(
        f"There are orders only since {first.day} {first:%b %Y}, {days} days."
    )
    assert since.sentence.endswith(sentence)
    assert sentence in found.rules


def test_orders_that_reach_back_over_the_whole_period_need_no_such_word():
    found = rank(shop())
    assert not [one for one in found.findings if one.status == "unknown"]
    assert not [rule for rule in found.rules if "only since" in rule]


def test_a_forecast_further_ahead_than_the_orders_reach_back_is_uncertain():
    assert forecast(shop(), horizon_days=365, discount_rate=0.1).doubt == ""
    found = rank(shop({"orders": orders(days=121)}), horizon_days=365)
    last = found.findings[-1]
    assert last.status == "unknown"
    assert last.sentence.startswith("The forecast is uncertain: it looks 365 days ahead, and there")


@pytest.mark.parametrize(
    ("a", "b", "at_bound", "told"),
    [
        (1e-7, 1.0, ("dropout",), "do not show that users ever stop buying"),
        (1.0, 1e-7, ("dropout",), "only at the end of what is tried"),
        (1.0, 2.0, ("rate", "r"), "only at the end of what is tried"),
        (1.0, 2.0, ("r", "a + b"), ""),  # users are as good as alike: the forecasts hold
        (1.0, 2.0, (), ""),
    ],
)
def test_a_model_at_the_end_of_what_is_tried_may_make_the_forecast_uncertain(
    monkeypatch, a, b, at_bound, told
):
    model = PurchaseModel(1.0, 10.0, a, b, at_bound=at_bound)
    monkeypatch.setattr(forecasting, "fit_purchases", lambda *_: model)
    found = forecast(shop(), horizon_days=90, discount_rate=0.1)
    assert told in found.doubt
    assert bool(found.doubt) == bool(told)
