"""Actions: a table of the shop's own words, and the list of users that it asks for."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tiers_shop import PERIOD, TABLES

from workbench.analyses import tiers
from workbench.errors import SourceError

ROOT = Path(__file__).parents[2]
LEVELS = tiers.read_levels()


@pytest.fixture
def project(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "parameters", tmp_path / "parameters")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return tmp_path / "parameters/actions.yaml"


def test_the_list_holds_the_users_of_the_listed_levels_the_most_promising_first():
    ranked = tiers.rank(TABLES, PERIOD, LEVELS)
    found = tiers.act(ranked, tiers.read_actions(LEVELS))
    listed = {"cooling", "big_spenders", "win_back"}
    assert set(found.act_on["level"]) == listed
    assert len(found.act_on) == ranked.tiers["level"].isin(listed).sum()
    assert found.act_on["expected_amount"].is_monotonic_decreasing
    assert not found.act_on["level"].map(LEVELS.ranks).is_monotonic_decreasing
    assert found.actions["listed_users"].sum() == len(found.act_on)
    assert found.actions["users"].sum() == len(ranked.tiers)
    assert found.findings[0].figure == found.act_on["expected_amount"].sum()


def test_users_of_equal_promise_are_ordered_by_what_they_spent_and_then_by_name():
    ranked = tiers.rank(TABLES, PERIOD, LEVELS)
    equal = ranked.tiers.assign(expected_amount=pd.array([5] * len(ranked.tiers), dtype="Int64"))
    equal["monetary"] = equal["monetary"] // 10_000
    found = tiers.act(replace(ranked, tiers=equal), tiers.read_actions(LEVELS)).act_on
    rows = list(zip(-found["monetary"], found["user_id"], strict=True))
    assert rows == sorted(rows)
    assert found["monetary"].duplicated().any()


@pytest.mark.parametrize(
    ("users", "expected", "sentence"),
    [
        (1, 1200, "1 user is on the list and is expected to spend 12."),
        (2, 1200, "2 users are on the list; they are expected to spend 24."),
        (1, None, "1 user is on the list."),
        (0, None, "0 users are on the list."),
    ],
)
def test_how_many_are_on_the_list_is_told_in_good_grammar(users, expected, sentence):
    ranked = tiers.rank(TABLES, PERIOD, LEVELS)
    cooling = ranked.tiers[ranked.tiers["level"] == "cooling"].head(users)
    few = cooling.assign(expected_amount=pd.array([expected] * users, dtype="Int64"))
    found = tiers.act(replace(ranked, tiers=few), tiers.read_actions(LEVELS))
    assert found.findings[0].sentence == sentence


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
def test_a_wrong_table_is_refused_in_one_line(project, old, new, sentence):
    text = project.read_text(encoding="utf-8").replace(old, new, 1)
    project.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        tiers.read_actions(LEVELS)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_class_that_is_left_out_is_named(project):
    text = project.read_text(encoding="utf-8")
    project.write_text(text[: text.index("marginal:")], encoding="utf-8")
    with pytest.raises(SourceError, match="the class 'marginal' is missing"):
        tiers.read_actions(LEVELS)
