"""Models: what they learn, that their parts add up, and that they come back from disk as they were."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from workbench.errors import SourceError
from workbench.models import boosted, saved
from workbench.models.boosted import Boosted
from workbench.models.encoding import Column, Encoding
from workbench.models.logistic import Logistic, _ridge
from workbench.stats.discrimination import auc


def shop(count, seed=5):
    """Users of two plans; it happens the likelier the longer they paused, up to a point."""
    chance = np.random.default_rng(seed)
    paused, plan = chance.exponential(40, count), chance.choice(["year", "month"], count)
    odds = np.minimum(paused, 60) / 15 - 2 + (plan == "month")
    happened = chance.random(count) < 1 / (1 + np.exp(-odds))
    rows = pd.DataFrame({"paused": paused, "plan": plan, "noise": chance.normal(size=count)})
    rows.loc[chance.random(count) < 0.1, "noise"] = np.nan
    return rows, happened.astype(float)


@pytest.fixture(scope="module")
def fitted():
    rows, happened = shop(3000)
    return {
        "plain": Logistic.fit(rows, happened),
        "splines": Logistic.fit(rows, happened, knots=5),
        "boosted": Boosted.fit(rows, happened, np.arange(3000), {"paused": 1}),
    }


@pytest.mark.parametrize("name", ["plain", "splines", "boosted"])
def test_base_and_contributions_add_up_to_the_score(fitted, name):
    model, (rows, _happened) = fitted[name], shop(200, seed=6)
    added = model.contributions(rows)
    assert set(added) == {"paused", "plan", "noise"}
    assert np.abs(model.base + added.sum(axis=1) - model.log_odds(rows)).max() < 1e-4


@pytest.mark.parametrize("name", ["plain", "splines", "boosted"])
def test_a_model_comes_back_from_disk_to_the_last_bit_and_a_changed_one_is_refused(
    fitted, name, tmp_path
):
    model, (rows, _happened) = fitted[name], shop(200, seed=6)
    saved.save(tmp_path, model, {"cut-off": "2026-10-04"})
    again, facts = saved.load(tmp_path)
    assert again.log_odds(rows).tolist() == model.log_odds(rows).tolist()
    assert facts["cut-off"] == "2026-10-04"
    assert {one.name for one in tmp_path.iterdir()} == {"model.json", "manifest.json"}
    json.loads((tmp_path / "model.json").read_text())
    written = (tmp_path / "model.json").read_text().replace("paused", "pausec", 1)
    (tmp_path / "model.json").write_text(written)
    with pytest.raises(SourceError, match="is not the model that its manifest tells of"):
        saved.load(tmp_path)


def test_what_is_no_model_is_refused_in_one_line(tmp_path):
    with pytest.raises(SourceError, match="no model can be read in"):
        saved.load(tmp_path)


def test_splines_and_trees_see_the_bend(fitted):
    rows, happened = shop(4000, seed=7)
    best = auc(np.minimum(rows["paused"], 60) / 15 + (rows["plan"] == "month"), happened)
    assert auc(fitted["splines"].log_odds(rows), happened) > best - 0.005
    assert auc(fitted["boosted"].log_odds(rows), happened) > best - 0.015


def test_shuffled_labels_teach_nothing():
    rows, happened = shop(6000)
    shuffled = np.random.default_rng(8).permutation(happened)
    learned, tested = rows[:3000], rows[3000:]
    for model in (
        Logistic.fit(learned, shuffled[:3000], knots=5),
        Boosted.fit(learned, shuffled[:3000], np.arange(3000)),
    ):
        assert auc(model.log_odds(tested), shuffled[3000:]) == pytest.approx(0.5, abs=0.035)


def test_trees_are_monotone_where_the_sign_is_known(fitted):
    rows = pd.DataFrame({"paused": np.linspace(0, 300, 200), "plan": "month", "noise": 0.0})
    assert np.all(np.diff(fitted["boosted"].log_odds(rows)) >= 0)


def test_nothing_goes_on_rising_beyond_what_was_learned(fitted):
    far = pd.DataFrame({"paused": [400.0, 1e6], "plan": "month", "noise": 0.0})
    for model in fitted.values():
        first, second = model.log_odds(far)
        assert first == second
    outside = fitted["splines"].encoding.outside(far)
    assert outside["paused"] == 1.0
    assert outside["noise"] == 0.0


def test_a_category_never_seen_is_told_and_taken_as_none_of_those_known(fitted):
    rows = pd.DataFrame({"paused": [50.0], "plan": ["decade"], "noise": [0.0]})
    assert fitted["splines"].encoding.outside(rows)["plan"] == 1.0
    assert np.isfinite(fitted["splines"].log_odds(rows)).all()


def test_the_ridge_is_that_of_another_library():
    rows, happened = shop(500)
    matrix = Encoding.learn(rows, 5).matrix(rows)
    base, *weights = _ridge(matrix, happened)
    other = LogisticRegression(C=1 / 30, tol=1e-10, max_iter=5000).fit(matrix, happened)
    assert weights == pytest.approx(other.coef_[0], abs=1e-5)
    assert base == pytest.approx(other.intercept_[0], abs=1e-5)


def test_the_fit_settles_where_whole_steps_lead_too_far():
    happened = np.zeros(3000)
    happened[:60] = 1
    sign = (np.arange(3000) < 30).astype(float)  # with it always, without it one in a hundred
    matrix = ((sign - sign.mean()) / sign.std())[:, None]
    base, weight = _ridge(matrix, happened)
    rate = 1 / (1 + np.exp(-base - weight * matrix[:, 0]))
    # At the best point nothing pulls any more: the sum of the misses, and the ridge's own pull.
    assert rate.sum() == pytest.approx(60)
    assert matrix[:, 0] @ (happened - rate) == pytest.approx(30 * weight)


def test_knots_lie_at_quantiles_of_the_logarithm_where_a_column_is_skewed():
    column = Column.learn("amount", pd.Series(np.exp(np.linspace(0, 12, 101))), 3)
    assert column.is_log
    assert column.knots == pytest.approx((0.755, 6.002, 11.88), abs=0.001)
    straight = Column.learn("age", pd.Series(np.linspace(0, 100, 101)), 3)
    assert straight.knots == pytest.approx((1.0, 50.0, 99.0))


def test_what_tells_nobody_apart_is_left_out():
    rows = pd.DataFrame(
        {"same": [1.0] * 40, "none": [np.nan] * 40, "plan": ["year"] * 40, "told": range(40)}
    )
    assert [one.name for one in Encoding.learn(rows, 5).columns] == ["told"]
    happened = (np.arange(40) > 20).astype(float)
    with pytest.raises(SourceError, match="every feature is the same in all examples"):
        Logistic.fit(rows[["same", "none"]], happened)
    for fit in (Logistic.fit, lambda rows, came: Boosted.fit(rows, came, np.arange(40))):
        with pytest.raises(SourceError, match="all 40 examples came out alike"):
            fit(rows, np.ones(40))


def test_one_users_examples_are_never_on_both_sides():
    groups = np.repeat(np.arange(50), 3)
    learned, tested = boosted._halves(groups)
    assert len(learned) + len(tested) == 150
    assert not set(groups[learned]) & set(groups[tested])
