"""docs/results.md is made of docstrings, and they name every column that there is."""

import pytest

import workbench as wb
from workbench.display.reference import attributes, columns

WEEK = "2026-W40"


@pytest.fixture(scope="module")
def results():
    """Every result of the four notebooks on the demo."""
    shop = wb.connect("demo")
    month, half_year = shop.scope(WEEK, 4), shop.scope(WEEK, 26)
    funnel, tiers = wb.diagnose(month, by="platform"), wb.rank(half_year)
    found = [wb.contents(month), wb.invitations(month), wb.habits(month), wb.act(tiers)]
    found += [wb.moves(tiers), wb.backtest(tiers), wb.ltv(half_year, tiers)]
    found += [wb.lifecycle(half_year), wb.cohorts(half_year), wb.super_users(half_year)]
    return [funnel, tiers, *found, wb.compare(month, funnel)]


def test_every_column_of_every_frame_is_named_in_its_docstring(results):
    assert len(results) == 13
    unnamed = []
    for one in results:
        said = attributes(type(one))
        for name, frame in one.frames().items():
            named = columns(said.get(name, ""))
            ends = [f"{column}{end}" for column in named for end in ("_low", "_high")]
            unnamed += [
                f"{type(one).__name__}.{name}: {column}"
                for column in frame.columns
                if column not in [*named, *ends]
            ]
    assert unnamed == []
