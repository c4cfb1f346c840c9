"""Actions: a table of the shop's own words, and the list of users that it asks for."""

import shutil
from pathlib import Path

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
    for _level, users in found.act_on.groupby("level"):
        assert users["expected_amount"].is_monotonic_decreasing
    ranks = found.act_on["level"].map(LEVELS.ranks)
    assert ranks.is_monotonic_decreasing
    assert found.actions["listed_users"].sum() == len(found.act_on)
    assert found.actions["users"].sum() == len(ranked.tiers)
    assert found.findings[0].figure == found.act_on["expected_amount"].sum()


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
