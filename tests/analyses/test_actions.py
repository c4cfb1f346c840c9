"""Actions: a table of the shop's own words, and the list of users that it asks for."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tiers_shop import shop
from workbench.analyses.actions import _without_few, act
from workbench.analyses.tiers import rank
from workbench.errors import ParameterError, SourceError
from workbench.kit.actions import Action, read_actions
from workbench.kit.levels import read_levels

ROOT = Path(__file__).parents[2]
LEVELS = read_levels(ROOT / "parameters/tiers.yaml")


@pytest.fixture
def path(tmp_path):
    shutil.copytree(ROOT / "parameters", tmp_path / "parameters")
    return tmp_path / "parameters/actions.yaml"


def test_the_list_holds_the_users_of_the_listed_levels_the_most_promising_first():
    ranked = rank(shop())
    found = act(ranked)
    listed = {"cooling", "big_spenders", "win_back"}
    assert set(found.act_on["level"]) == listed
    assert len(found.act_on) == ranked.users["level"].isin(listed).sum()
    assert found.act_on["expected_amount"].is_monotonic_decreasing
    assert not found.act_on["level"].map(LEVELS.ranks).is_monotonic_decreasing
    assert found.actions["listed_users"].sum() == len(found.act_on)
    assert found.actions["users"].sum() == len(ranked.users)
    assert found.findings[0].figure == found.act_on["expected_amount"].sum()


def test_few_on_the_list_of_a_class_are_not_told_nor_what_would_give_them():
    table = pd.DataFrame({"users": [65, 270, 276], "listed_users": [8, 180, 0]})
    assert _without_few(table, 10)["listed_users"].astype(object).tolist() == [pd.NA, pd.NA, 0]
    none = pd.DataFrame({"users": [10, 15, 5], "listed_users": [0, 0, 0]})
    assert _without_few(none, 10)["listed_users"].tolist() == [0, 0, 0]
    # All but three of a class are as telling as three.
    table = pd.DataFrame({"users": [65, 270, 276], "listed_users": [62, 180, 0]})
    assert _without_few(table, 10)["listed_users"].isna().tolist() == [True, True, False]
    assert _without_few(table, 0) is table


def test_users_of_equal_promise_are_ordered_by_what_they_spent_and_then_by_name():
    ranked = rank(shop())
    equal = ranked.users.assign(expected_amount=pd.array([5] * len(ranked.users), dtype="Int64"))
    equal["monetary"] = equal["monetary"] // 10_000
    found = act(replace(ranked, users=equal)).act_on
    rows = list(zip(-found["monetary"], found["user_id"], strict=True))
    assert rows == sorted(rows)
    assert found["monetary"].duplicated().any()


@pytest.mark.parametrize(
    ("users", "expected", "sentence"),
    [
        (1, 1200, "1 user is on the list and is expected to spend ¥12 within 90 days."),
        (2, 1200, "2 users are on the list; they are expected to spend ¥24 within 90 days."),
        (1, None, "1 user is on the list."),
        (0, None, "Nobody is on the list."),
    ],
)
def test_how_many_are_on_the_list_is_told_in_good_grammar(users, expected, sentence):
    ranked = rank(shop())
    cooling = ranked.users[ranked.users["level"] == "cooling"].head(users)
    few = cooling.assign(expected_amount=pd.array([expected] * users, dtype="Int64"))
    found = act(replace(ranked, users=few))
    assert found.findings[0].sentence == sentence
    assert len(found.findings) == (2 if users else 1)  # whom a list of nobody is for is not told


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("marginal:", "marginals:", "unknown class 'marginals', did you mean 'marginal'?"),
        ("  listed: []", "", "the class 'marginal' has no 'listed'"),
        ("[cooling]", "[coolin]", "unknown level of core 'coolin', did you mean 'cooling'?"),
        ("[cooling]", "[rising]", "unknown level of core 'rising'"),
        ("  channel: automatic", "  way: automatic", "unknown key of an action 'way'"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(path, old, new, sentence):
    text = path.read_text(encoding="utf-8").replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        read_actions(path, LEVELS)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_class_that_is_left_out_is_named(path):
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("marginal:")], encoding="utf-8")
    with pytest.raises(SourceError, match="the class 'marginal' is missing"):
        read_actions(path, LEVELS)


GIVEN = {
    "core": Action("call", "phone", ("champions",)),
    "potential": Action("write", "chat", ()),
    "marginal": Action("wait", "none", ("dormant",)),
}


def test_actions_may_be_given_in_place_of_the_shops():
    ranked = rank(shop())
    found = act(ranked, GIVEN)
    assert set(found.act_on["level"]) == {"champions", "dormant"}
    assert found.actions["action"].tolist() == ["call", "write", "wait"]
    figures = {metric.name: metric.interval.value for metric in found.metrics}
    assert figures == {
        "listed_users": len(found.act_on),
        "listed_expected_amount": found.act_on["expected_amount"].sum(),
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"cores": GIVEN["core"]}, "unknown class 'cores', did you mean 'core'?"),
        ({"core": Action("", "", ("champion",))}, "unknown level of core 'champion', did you mean"),
        ({"core": Action("", "", ("rising",))}, "actions: unknown level of core 'rising', must be"),
    ],
)
def test_given_actions_that_do_not_go_with_the_levels_are_refused(given, sentence):
    with pytest.raises(ParameterError) as refused:
        act(rank(shop()), GIVEN | given)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_given_actions_must_name_each_class():
    with pytest.raises(ParameterError, match="actions: the class 'potential' is missing"):
        act(rank(shop()), {"core": GIVEN["core"], "marginal": GIVEN["marginal"]})
