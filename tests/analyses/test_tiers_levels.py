"""Levels: the table of 27 cells is read strictly, and what it says is what users get."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from scopes import scope_of
from tiers_shop import PERIOD
from workbench.analyses.moves import migrate
from workbench.errors import SourceError
from workbench.kit.levels import parse, read_levels

TEXT = (Path(__file__).parents[2] / "parameters/tiers.yaml").read_text(encoding="utf-8")
LEVELS = parse(TEXT, "tiers.yaml")


def test_the_shipped_table_has_three_levels_in_each_class():
    classes = list(LEVELS.classes.values())
    assert classes == ["core"] * 3 + ["potential"] * 3 + ["marginal"] * 3
    assert [LEVELS.ranks[name] for name in LEVELS.names] == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_no_level_falls_when_scores_rise():
    ranks = LEVELS.ranks
    for low, high in itertools.product(LEVELS.cells, repeat=2):
        if all(a <= b for a, b in zip(low, high, strict=True)):
            assert ranks[LEVELS.cells[low]] <= ranks[LEVELS.cells[high]]


def test_the_classes_are_what_their_names_promise():
    core = {cell for cell, level in LEVELS.cells.items() if LEVELS.classes[level] == "core"}
    assert all("1" not in cell for cell in core)
    assert LEVELS.cells["333"] == "champions"
    assert {LEVELS.cells[cell] for cell in ("133", "123", "113")} == {"win_back"}


def test_users_get_the_level_of_their_cell():
    users = pd.DataFrame({"r": [3, 1, 2], "f": [3, 1, 2], "m": [3, 3, 1]}, index=[7, 8, 9])
    placed = LEVELS.assign(users)
    assert placed["level"].tolist() == ["champions", "win_back", "casual"]
    assert placed["class"].tolist() == ["core", "potential", "marginal"]
    assert placed["rank"].tolist() == [9, 5, 2]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("core:", "cores:", "unknown class 'cores', did you mean 'core'?"),
        ("[333]", "[333, 334]", "'334' is no cell, must be three scores of 1..3 such as 321"),
        ("[333]", "[333, 233]", "the cell 233 has two levels, 'champions' and 'cooling'"),
        ("[211, 131, 121, 111]", "[211, 131, 121]", "no level has the cells: 111"),
        (
            "  casual: [311, 221, 112] # new and small, or once",
            "",
            "the class 'marginal' has 2 levels, must be 3",
        ),
        ("  rising:", "  champions:", "the level 'champions' stands in two classes"),
        ("  rising:", "  new:", "no level may be called 'new', so are users who come or go"),
        ("  rising:", "  lost:", "no level may be called 'lost'"),
        ("  rising:", "  on the rise:", "the level 'on the rise' must be one word of letters"),
        ("  rising:", '  "<b>":', "the level '<b>' must be one word of letters"),
        ("  rising:", '  "":', "the level '' must be one word of letters"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(old, new, sentence):
    with pytest.raises(SourceError) as refused:
        parse(TEXT.replace(old, new, 1), "tiers.yaml")
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("tiers.yaml")
    assert "\n" not in str(refused.value)


def test_names_in_any_script_are_words():
    levels = parse(TEXT.replace("  rising:", "  潜力_2:"), "tiers.yaml")
    assert levels.cells["332"] == "潜力_2"


def test_the_names_that_are_refused_are_those_of_a_migration():
    scope, nobody = scope_of({}, PERIOD), pd.DataFrame({"user_id": [], "level": []})
    ways = migrate(scope, nobody, nobody).migration
    names = {*ways["level_before"], *ways["level_after"]} - {*scope.levels.names}
    assert names == {"new", "lost"}
    for name in names:
        with pytest.raises(SourceError, match=f"no level may be called '{name}'"):
            parse(TEXT.replace("  rising:", f"  {name}:"), "tiers.yaml")


def test_a_table_in_which_a_level_falls_while_a_score_rises_is_refused():
    swapped = TEXT.replace("[311, 221", "[111, 221").replace("121, 111]", "121, 311]")
    with pytest.raises(SourceError, match="211 is 'dormant' and 111 is 'casual': a level may not"):
        parse(swapped, "tiers.yaml")


def test_a_project_without_the_table_is_told_so(tmp_path):
    with pytest.raises(SourceError, match="no levels: '.*tiers.yaml' is not there"):
        read_levels(tmp_path / "tiers.yaml")
