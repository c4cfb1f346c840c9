"""Who is about to leave: what is learned, told and listed, and what is said where it cannot be."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from scopes import scope_of
from workbench.analyses.churn import call, check, fit, predict, uplift
from workbench.analyses.churn.calls import parse_range
from workbench.analyses.churn.held import for_whom, level, slope
from workbench.analyses.churn.learning import _choice
from workbench.analyses.churn.profit import assumed, pays_told, too_long
from workbench.analyses.churn.reasons import reasons
from workbench.analyses.churn.scores import _way
from workbench.backtests.course import Course
from workbench.customers.examples import examples
from workbench.customers.outcomes import outcomes
from workbench.errors import MissingData, ParameterError
from workbench.kit import ids
from workbench.kit.showing import show
from workbench.models.logistic import Logistic
from workbench.models.saved import load, save
from workbench.periods import Period
from workbench.stats import discrimination
from workbench.stats.calibration import calibrate
from workbench.stats.interval import UNKNOWN, Interval

LAST = date(2026, 6, 28)
DAYS = 200


def orders(users=400, seed=3):
    """Two kinds of customers: regulars who stay, and others who buy for a while and leave."""
    chance, rows = np.random.default_rng(seed), []
    start = datetime(2026, 6, 28, 12) - timedelta(days=DAYS - 1)
    for user in range(users):
        at, leaves = chance.uniform(0, 60), 999.0 if user % 2 else chance.uniform(40, 220)
        while at < min(DAYS - 1, leaves):
            rows.append((f"u{user:03}", start + timedelta(days=at), int(chance.integers(5, 50))))
            at += chance.exponential(12)
    found = pd.DataFrame(rows, columns=["user_id", "ordered_at", "amount"])
    found["amount"] *= 100
    return found.assign(order_id=[f"o{row}" for row in range(len(found))])


def scope(rows, last=LAST):
    period = Period(last - timedelta(days=27), last, "UTC")
    return scope_of({"orders": ibis.memtable(rows)}, period, currency="CNY")


@pytest.fixture(scope="module")
def rows():
    return orders()


@pytest.fixture(scope="module")
def model(rows):
    return fit(scope(rows), 28)


@pytest.fixture(scope="module")
def churn(rows, model):
    return predict(scope(rows), model)


def test_it_tells_those_who_left_and_what_is_chosen_is_one_of_the_rivals(model):
    assert model.chosen in set(model.rivals["model"])
    assert model.rivals["is_chosen"].sum() == 1
    assert model.metrics[0].interval.low > 0.6
    assert len(model.backtest) == 3
    assert model.about("horizon")[0].sentence == (
        "A customer counts as leaving who buys nothing in 28 days, as was asked."
    )
    for topic in ("chosen", "level", "slope", "calibration"):
        assert model.about(topic)


def test_every_customer_has_a_score_a_value_at_risk_and_up_to_three_reasons(rows, churn):
    scores = churn.churn_scores
    assert set(scores["user_id"]) == set(rows["user_id"])
    assert scores["probability"].is_monotonic_decreasing
    risk = (scores["probability"] * scores["expected_amount"].astype(float)).round()
    assert (risk - scores["value_at_risk_amount"].astype(float)).abs().max() <= 1
    assert scores["reasons"].head(50).str.len().min() > 0
    assert scores["reasons"].str.count("; ").max() <= 2
    expected = scores["probability"].mean()
    assert churn.metrics[0].interval.value == pytest.approx(expected)


def test_who_left_long_ago_is_likelier_to_leave_than_who_bought_today(rows, churn):
    latest = rows.groupby("user_id")["ordered_at"].max()
    old, new = latest.nsmallest(20).index, latest.nlargest(20).index
    chance = churn.churn_scores.set_index("user_id")["probability"]
    assert chance[old].mean() > chance[new].mean() + 0.4


@pytest.mark.slow
def test_rows_after_the_cut_off_change_not_one_bit_of_any_score(rows):
    last = LAST - timedelta(days=40)
    known = rows[
        rows["ordered_at"] < datetime.combine(last + timedelta(days=1), datetime.min.time())
    ]
    found = [
        predict(scope(one, last), fit(scope(one, last), 21)).churn_scores for one in (rows, known)
    ]
    pd.testing.assert_frame_equal(*found, check_exact=True)


@pytest.mark.parametrize(("knots", "least"), [(0, 0.81), (5, 0.7)])  # going on: 0.80 and 0.59
def test_what_a_young_shop_taught_still_ranks_its_customers_sixteen_weeks_later(rows, knots, least):
    # At the first cut-off nobody has been a customer for more than two months, at the second one
    # nearly everybody has: what goes on rising beyond what was learned turns the order over.
    early, late = LAST - timedelta(days=140), LAST - timedelta(days=28)
    looked_at = scope(rows)
    young, grown = examples(looked_at, {}, [early, late], 28, 28)
    learned = Logistic.fit(young.rows, young.churned, knots=knots)
    outside = learned.encoding.outside(grown.rows)
    assert outside["tenure_days"] > 0.9
    assert discrimination.auc(learned.log_odds(grown.rows), grown.churned) > least


def test_the_model_comes_back_from_disk_and_scores_alike(rows, model, churn, tmp_path):
    save(tmp_path, model.model, model.manifest())
    again, facts = load(tmp_path)
    assert facts["horizon_days"] == 28
    assert facts["cut_off"] == "2026-06-28"
    scored = predict(scope(rows), replace(model, model=again)).churn_scores
    pd.testing.assert_frame_equal(scored, churn.churn_scores, check_exact=True)


def test_the_list_holds_as_many_as_can_be_called_most_at_risk_first(churn):
    calls = call(churn, top_n=30, offer_cost=1.0, save_rate="0.2..0.2")
    assert len(calls.call_list) == 30
    assert calls.call_list["value_at_risk_amount"].is_monotonic_decreasing
    whole = churn.churn_scores["value_at_risk_amount"].astype(float)
    assert calls.call_list["value_at_risk_amount"].iloc[0] == whole.max()
    own = calls.profit[calls.profit["ranking"] == "value_at_risk"]
    last = own.iloc[-1]
    assert last["users"] == len(whole)
    assert last["profit_amount"] == pytest.approx(0.2 * whole.sum() - 100 * len(whole))
    assert (own["profit_amount_low"] == own["profit_amount_high"]).all()


@pytest.mark.parametrize("wrong", ["0.3", "0.3..0.1", "0.1..1.3", "much"])
def test_a_save_rate_that_is_no_range_is_refused_in_one_line(wrong):
    with pytest.raises(ParameterError, match="must be a range of rates such as"):
        parse_range(wrong)


@dataclass(frozen=True)
class Report:
    week: str
    frames: dict
    again: object = None


@pytest.mark.slow
def test_scores_of_four_weeks_ago_are_held_against_the_purchases_since(rows):
    then = scope(rows, LAST - timedelta(days=28))
    model = fit(then, 28)
    scores = predict(then, model).churn_scores
    found = check(scope(rows), Report("2026-W22", {"churn_scores": scores, "hazard": model.hazard}))
    table = found.early_check
    assert table["users"].sum() == len(scores)
    since = rows[rows["ordered_at"] >= datetime(2026, 6, 1)]["user_id"]
    hits = scores["user_id"].isin(since)
    assert (table["bought_rate"] * table["users"]).sum() == pytest.approx(hits.sum())
    # After the whole horizon all who buy within it have bought.
    expected = (table["expected_rate"] * table["users"]).sum()
    assert expected == pytest.approx((1 - scores["probability"]).sum())
    assert found.about("early")[0].sentence.startswith("4 weeks after")
    # On one platform alone fewer buy than all platforms' scores say: that is no news of the scores.
    one = scope_of({"orders": ibis.memtable(rows.assign(platform="a"))}, scope(rows).period, "a")
    alone = check(one, Report("2026-W22", {"churn_scores": scores, "hazard": model.hazard}))
    assert (alone.early_check.empty, alone.findings[0].status) == (True, "unknown")
    with ids.using(b"k" * 16):
        masked = ids.mask(scores)
        again = check(
            scope(rows), Report("2026-W22", {"churn_scores": masked, "hazard": model.hazard})
        )
    pd.testing.assert_frame_equal(again.early_check, table)


def test_without_an_experiment_the_list_is_said_to_be_one_by_risk(rows, model):
    found = uplift(scope(rows), model, "")
    (said,) = found.findings
    assert said.sentence.startswith("No experiment tells whom a call would keep")
    assert found.missing[0].startswith("To show whom a call would keep, this report would need")
    tables = {"orders": ibis.memtable(rows), "assignments": ibis.memtable(offered(rows)[1])}
    known = uplift(scope_of(tables, scope(rows).period), model, "")
    assert known.findings[0].sentence.startswith("No experiment was named that would tell whom")
    assert known.missing == ()


def offered(rows, count=240):
    """An experiment in which the offer brings all with an even number back, and nobody else."""
    users = sorted(set(rows["user_id"]))[:count]
    at = datetime(2026, 5, 4)  # a Monday
    given = pd.DataFrame({"user_id": users, "experiment": "call", "assigned_at": at})
    given["variant"] = ["offer" if int(user[1:]) % 4 < 2 else "control" for user in users]
    late = rows["ordered_at"] >= at
    kept = rows[~(late & rows["user_id"].isin(users))]
    moved = [
        user for user in users if int(user[1:]) % 4 == 0
    ]  # even ones of the arm with the offer
    bought = pd.DataFrame(
        {"user_id": moved, "ordered_at": at + timedelta(days=3), "amount": 100,
         "order_id": [f"b{user}" for user in moved]}
    )  # fmt: skip
    discounted = pd.concat([kept, bought], ignore_index=True)
    is_even = discounted["user_id"].str[1:].astype(int) % 2 == 0
    return discounted.assign(discount=np.where(is_even, 50, 0)), given


@pytest.mark.slow
def test_whom_an_offer_moves_is_found_where_their_past_tells_it(rows, model):
    changed, given = offered(rows)
    tables = {"orders": ibis.memtable(changed), "assignments": ibis.memtable(given)}
    looked_at = scope_of(tables, Period(LAST - timedelta(days=27), LAST, "UTC"), currency="CNY")
    found = uplift(looked_at, model, "call")
    told = found.rankings.set_index("ranking")
    assert told.loc["uplift", "qini_low"] > 0
    assert told.loc["uplift", "qini"] > told.loc["probability", "qini"]
    assert found.about("uplift")[0].status == "good"
    scores = found.uplift_scores
    is_even = scores["user_id"].str[1:].astype(int) % 2 == 0
    assert scores.loc[is_even, "uplift"].mean() > scores.loc[~is_even, "uplift"].mean() + 0.3
    with pytest.raises(ParameterError, match="unknown experiment 'cal', did you mean 'call'?"):
        uplift(looked_at, model, "cal")


@pytest.mark.slow
def test_by_an_experiment_the_list_is_by_uplift_and_its_profit_is_what_was_gained(rows, model):
    changed, given = offered(rows)
    tables = {"orders": ibis.memtable(changed), "assignments": ibis.memtable(given)}
    looked_at = scope_of(tables, Period(LAST - timedelta(days=27), LAST, "UTC"), currency="CNY")
    found = uplift(looked_at, model, "call")
    churn = predict(looked_at, model)
    calls = call(churn, top_n=40, offer_cost=0.5, uplift=found)
    assert found.foretells
    assert calls.call_list["uplift"].is_monotonic_decreasing
    assert calls.call_list["user_id"].str[1:].astype(int).mod(2).eq(0).mean() > 0.9
    assert "whom the offer of call" in calls.about("list")[0].sentence
    whole = calls.profit.groupby("ranking")["profit_amount"].last()
    # Calling everybody gains the same by any ranking: what the offer did, less what it costs.
    arms = found.uplift_scores.groupby("variant")["bought"].mean()
    users = len(churn.churn_scores)
    gain = (arms["offer"] - arms["control"]) * users * found.purchase_amount - 50 * users
    assert list(whole) == pytest.approx([gain] * 3)
    own = calls.profit[calls.profit["ranking"] == "uplift"].set_index("users")["profit_amount"]
    by_risk = calls.profit[calls.profit["ranking"] == "value_at_risk"].set_index("users")
    assert own.iloc[10] > by_risk["profit_amount"].iloc[10]
    assert set(calls.profit_chart().alt)


@pytest.fixture(scope="module")
def contracts():
    """Who ends a contract is told by its kind, and the younger it is."""
    chance = np.random.default_rng(5)
    kind, months = chance.choice(["month", "year"], 900), chance.integers(1, 60, 900)
    odds = np.where(kind == "month", 0.8, -1.8) - months / 30
    return pd.DataFrame(
        {
            "user_id": [f"u{user:04}" for user in range(900)],
            "is_churned": chance.random(900) < 1 / (1 + np.exp(-odds)),
            "kind": kind,
            "months": months,
        }
    )


def of_contracts(contracts):
    period = Period(LAST - timedelta(days=27), LAST, "UTC")
    return scope_of({"features": ibis.memtable(contracts)}, period)


def test_where_there_are_no_orders_it_is_learned_whose_contract_ends(contracts):
    looked_at = of_contracts(contracts)
    model = fit(looked_at)
    assert model.course is None
    assert list(model.rivals["model"]) == ["logistic", "splines", "boosted_trees"]
    assert model.backtest["users"].sum() == 900  # each user tested once
    assert model.metrics[0].interval.low > 0.6
    assert (
        model.about("horizon")[0]
        .sentence.replace("\u202f", " ")
        .startswith(
            "A customer counts as leaving whose contract ended, as the table features tells: "
        )
    )
    churn = predict(looked_at, model)
    staying = contracts.loc[~contracts["is_churned"], "user_id"]
    assert set(churn.churn_scores["user_id"]) == set(staying)
    assert churn.drivers["feature"].iloc[0] == "kind"
    calls = call(churn, top_n=10)
    assert calls.call_list["probability"].is_monotonic_decreasing
    assert calls.call_list["value_at_risk_amount"].isna().all()
    assert "what customers will spend is not known" in str(calls.profit_chart())
    assert show(model.groups).text == ""
    assert set(contracts.set_index("user_id").loc[calls.call_list["user_id"], "kind"]) == {"month"}
    assert uplift(looked_at, model, "").about("uplift")[0].status == "unknown"
    assert check(looked_at, None).about("early")[0].status == "unknown"


@pytest.mark.slow
def test_contracts_whose_outcome_is_drawn_by_lot_are_not_told_apart(contracts):
    drawn = contracts["is_churned"].sample(frac=1, random_state=1).to_numpy()
    model = fit(of_contracts(contracts.assign(is_churned=drawn)))
    assert model.metrics[0].interval.low < 0.5 < model.metrics[0].interval.high


def test_of_too_few_contracts_nothing_is_learned(contracts):
    model = fit(of_contracts(contracts.head(60)))
    assert model.missing[0].endswith("as many that go on; there are 15 and 45.")
    # A chart beside each table says why there is nothing.
    assert [show(one).text for one in (model.backtest, model.rivals, model.groups)] == [""] * 3
    assert uplift(model.scope, model, "").findings[0].sentence.startswith("Nothing was learned")


def test_the_scores_are_held_by_level_and_by_the_first_tenth(model):
    assert set(model.groups["by"]) == {"level"}
    assert model.groups["users"].sum() <= model.backtest["users"].iloc[0]
    assert model.about("groups")
    own = model.gains[model.gains["ranking"] == model.chosen]
    assert own["found_rate"].iloc[-1] == 1
    assert set(model.gains["ranking"]) == {"recency", model.chosen}
    precision = model.metrics[1].interval
    mean = np.average(model.backtest["average_precision"])
    assert precision.value == pytest.approx(mean)
    assert precision.low < mean < precision.high


def test_without_an_earlier_report_it_says_so(rows):
    (said,) = check(scope(rows), None).findings
    assert said.sentence == "No earlier report has scores to check."


def told(rows):
    """What is said, by the model, the scores and the list alike, where nothing can be learned."""
    looked_at = scope(rows)
    model = fit(looked_at, 28)
    churn = predict(looked_at, model)
    calls = call(churn)
    assert model.model is None
    assert churn.churn_scores["probability"].isna().all()
    assert set(churn.churn_scores["user_id"]) == set(rows["user_id"])
    assert model.missing == churn.missing == calls.missing
    for chart in (
        model.rivals_chart,
        model.calibration_chart,
        model.gains_chart,
        churn.drivers_chart,
        calls.profit_chart,
    ):
        assert str(chart()) == "No model was learned, so there is nothing to show here."
    (said,) = model.missing
    return said.replace("\u202f", " ")


def test_where_nothing_can_be_learned_one_sentence_says_why(rows):
    early = datetime(2026, 6, 28, 12) - timedelta(days=DAYS - 1)
    everybody = pd.DataFrame(
        {
            "user_id": [f"u{user}" for user in range(60)] * 20,
            "ordered_at": [
                early + timedelta(days=10 * turn) for turn in range(20) for _ in range(60)
            ],
        }
    )
    everybody = everybody.assign(amount=100, order_id=[f"o{row}" for row in range(len(everybody))])
    assert told(everybody) == (
        "Who leaves cannot be learned: it takes 50 customers who left and as many who stayed; counted "
        "once at each cut-off, there were 0 and 180."
    )
    assert told(rows[rows["user_id"] < "u020"]).startswith("Who leaves cannot be learned: it takes")
    assert told(rows[rows["ordered_at"] > datetime(2026, 6, 15)]) == (
        "Who leaves cannot be learned yet: it takes 28 days of purchases, and 14 are known."
    )
    # A month that the file lacks: all who bought in it would have left.
    in_may = rows["ordered_at"].between(datetime(2026, 5, 1), datetime(2026, 6, 1))
    assert told(rows[~in_may]).startswith("No orders from 1 May to 31 May 2026; usual are about ")
    assert told(rows[~in_may]).endswith(
        "Who leaves cannot be learned: who bought on these days cannot be told from who left."
    )
    with pytest.raises(MissingData, match="this report would need the column user_id of orders."):
        fit(scope(rows.drop(columns="user_id")))


def test_where_nothing_can_be_learned_those_are_called_first_who_have_waited_longest(rows):
    few = rows[rows["user_id"] < "u020"]
    looked_at = scope(few)
    churn = predict(looked_at, fit(looked_at, 28))
    calls = call(churn, top_n=3)
    longest = few.groupby("user_id")["ordered_at"].max().nsmallest(3)
    assert list(calls.call_list["user_id"]) == list(longest.index)
    days = (LAST - longest.iloc[0].date()).days
    assert calls.call_list["reasons"].iloc[0] == f"the last purchase was {days} days ago"
    assert calls.about("list")[0].sentence == (
        "3 customers are on the list to call, those first who have been longest without a purchase."
    )


def test_the_sentence_on_the_choice_names_the_better_one_it_was_held_against():
    shown = pd.DataFrame(
        {
            "model": ["recency", "logistic"], "auc": [0.7, 0.702], "auc_low": [0.68, 0.69],
            "auc_high": [0.72, 0.71], "behind_change_low": [-0.001, np.nan], "is_chosen": [True, False],
        }
    )  # fmt: skip
    said = _choice(shown).sentence.replace("\u202f", " ")
    assert said.startswith(
        "Who left was told by recency alone, the simplest that is not surely behind logistic "
        "regression, and surely not far behind: of two customers"
    )
    best = _choice(shown.assign(auc=[0.703, 0.702])).sentence
    assert best.startswith("Who left was told best by recency alone, the simplest of all: of two")
    assert "coin" not in best
    unsure = _choice(shown.assign(auc_low=0.48)).sentence
    assert unsure.endswith(" That may be chance: a coin would give it in half of them.")
    later = shown.assign(
        is_chosen=[False, True]
    )  # the first may lose more than the margin, or nothing
    assert _choice(later).sentence.endswith(
        "; these customers are too few to tell whether something simpler is as good."
    )
    sure = _choice(later.assign(behind_change_low=[0.001, np.nan])).sentence
    assert sure.endswith(", and nothing simpler was as good.")


def test_numbers_that_a_text_file_holds_as_text_are_numbers_and_codes_are_not():
    told = ibis.memtable(
        {
            "user_id": ["a", "b"], "is_churned": [True, False], "tenure": ["12", " 7.5"],
            "lacking": ["-3", " "], "code": ["007", "12"], "plan": ["1", "year"],
        }
    )  # fmt: skip
    rows = outcomes(scope_of({"features": told}, Period(LAST, LAST, "UTC"))).rows
    assert rows["tenure"].tolist() == [12.0, 7.5]
    assert rows["lacking"].tolist()[0] == -3.0
    assert rows["lacking"].isna().tolist() == [False, True]
    assert rows["code"].tolist() == ["007", "12"]
    assert rows["plan"].tolist() == ["1", "year"]


def test_the_best_length_of_a_list_is_met_to_the_customer():
    risk = np.r_[[9000.0, 5000.0, 3000.0], np.zeros(997)]
    scores = pd.DataFrame({"value_at_risk_amount": risk, "probability": 0.5})
    profit = assumed(scores, 1000.0, 0.3, 0.3)
    own = profit[profit["ranking"] == "value_at_risk"].set_index("users")["profit_amount"]
    assert own.idxmax() == 2  # the third brings 900 and costs 1,000
    assert own[2] == pytest.approx(0.3 * 14_000 - 2000)


def test_a_group_that_is_missed_otherwise_is_told_beside_the_rest():
    rows = [("north", 400, 0.5, 0.7), ("south", 500, 0.5, 0.5), ("isle", 100, 0.5, 0.55)]
    found = pd.DataFrame(rows, columns=["segment", "users", "forecast_rate", "happened_rate"])
    ends = {f"happened_rate_{end}": found["happened_rate"] for end in ("low", "high")}
    found = found.assign(by="region", miss_error=0.5 / found["users"] ** 0.5, **ends)
    assert for_whom(found)[0].sentence.replace("\u202f", " ") == (
        "The scores miss otherwise for North than for the rest: 50.0 % of 400 customers were forecast to "
        "leave, and 70.0 % left (95 % interval 70.0 % to 70.0 %); of the rest 50.0 % and 50.8 %."
    )


def test_a_list_that_is_longer_than_calls_pay_is_told_as_such():
    risk = np.r_[[9000.0, 5000.0, 3000.0], np.zeros(997)]
    scores = pd.DataFrame({"value_at_risk_amount": risk, "probability": 0.5})
    profit = assumed(scores, 1000.0, 0.3, 0.3)
    (told,) = too_long(profit, 200, (0.3, 0.3))
    assert told.sentence.endswith("calls pay for the first 2 on the list only.")
    (told,) = too_long(assumed(scores, 5000.0, 0.3, 0.3), 200, (0.3, 0.3))
    assert told.sentence.endswith("calls pay for nobody on the list.")
    assert not [*too_long(profit, 2, (0.3, 0.3))]


def test_what_calls_bring_is_told_with_the_share_that_they_are_taken_to_keep(rows):
    # At 0.3 the first two bring 2,700 and 1,500, the third 900; at 0.2 and 1,000 the second brings nothing.
    risk = np.r_[[9000.0, 5000.0, 3000.0], np.zeros(997)]
    scores = pd.DataFrame({"value_at_risk_amount": risk, "probability": 0.5})

    def said(low, high):
        profit = assumed(scores, 1000.0, low, high)
        return pays_told(profit, 1000, scope(rows), (low, high)).sentence.replace("\u202f", " ")

    assert said(0.3, 0.3) == (
        "Calls pay up to the 2 customers with most at risk: they bring ¥22 more than they cost, if a call keeps "
        "30 % of those who would leave."
    )
    assert said(0.1, 0.5).endswith(
        "keeps 30 % of those who would leave. If it keeps 10 %, calls pay for nobody, if 50 % up to the first 3."
    )
    assert said(0.0, 0.1) == (
        "At this cost no list of calls pays, if a call keeps 5 % of those who would leave."
    )


def test_more_of_a_driver_is_said_to_go_one_way_only_where_it_does():
    given = pd.Series(np.arange(9.0))
    assert [_way(given, one) for one in (given**2, -given)] == ["up", "down"]
    assert _way(given, (given - 3.5) ** 2) == ""  # rank correlation 0.31


def test_a_customer_of_whom_nothing_makes_leaving_likelier_is_said_to_be_one():
    added = pd.DataFrame([[-0.3, -0.1], [0.2, 0.1]], columns=["pauses_waited", "channel_referral"])
    values = pd.DataFrame([[0.0, 0.5], [0.5, np.nan]], columns=added.columns)
    assert reasons(added, values, "CNY") == [
        "nothing that is known makes leaving likelier",
        "waited 0.50 times the usual pause; share by Referral: nothing in 90 days tells it",
    ]


def test_what_two_models_say_alike_is_one_reason():
    names = ["order_log_odds", "purchases", "pareto_log_odds", "tenure_days"]
    added = pd.DataFrame([[0.3, 0.1, 0.4, 0.2]], columns=names)
    (told,) = reasons(added, pd.DataFrame([[0.0, 2.0, 1.0, 9.0]], columns=names), "CNY")
    assert told.replace("\u202f", " ") == (
        "by when and how often this customer bought, a purchase has a chance of 73.1 %; "
        "a customer for 9 days; 2 purchases so far"
    )


@pytest.mark.parametrize(
    ("happened", "word"), [(0.6, "More left"), (0.4, "Fewer left")], ids=["more", "fewer"]
)
def test_a_forecast_that_missed_says_on_which_side(happened, word):
    ends = {f"happened_rate{end}": happened for end in ("", "_low", "_high")}
    latest = pd.Series({"users": 900, "forecast_rate": 0.5, "cut_off": LAST, **ends})
    cut = Course(28, 28, True, 20, 28, {}, ())
    _rate, told = level(latest, cut, 300)
    assert told.sentence.startswith(f"{word} than were forecast, and 300 days of orders")


def test_scores_are_called_timid_only_where_the_ends_that_are_told_say_so():
    held = calibrate(np.array([0.2, 0.8] * 40), np.array([0, 1] * 40))
    near = slope(replace(held, slope=Interval(1.03, 1.004, 1.06)))
    assert (near.status, near.sentence.startswith("The scores are neither")) == ("neutral", True)
    timid = slope(replace(held, slope=Interval(1.1, 1.02, 1.2)))
    assert (timid.status, timid.sentence.startswith("The scores are too timid")) == ("bad", True)
    untold = slope(replace(held, slope=UNKNOWN))
    assert (untold.status, "cannot be told" in untold.sentence) == ("unknown", True)
