"""Reused thresholds: which report lends them, and that their origin is told through any chain."""

from pathlib import Path

import nbformat
import pytest
from tiers_shop import PERIOD, TABLES

from workbench.analyses import tiers
from workbench.analyses.tiers.earlier import PUBLISHED, earlier, kept
from workbench.customers.thresholds import Thresholds
from workbench.periods import Week

KEY = {"source": "shop", "platform": "", "base_weeks": 26}
TEXT = "{recency_days: [40, 7], frequency: [2, 3], monetary: [5000, 9000]}"
LEVELS = tiers.read_levels()
ROOT = Path(__file__).parents[2]
PLACES = {"weekly": "results/user_tiering", "user_tiering": "results"}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.delenv(PUBLISHED, raising=False)
    return tmp_path


def publish(root, week, frame, target="weekly"):
    folder = root / "reports" / target / week / PLACES[target]
    folder.mkdir(parents=True)
    frame.to_parquet(folder / "thresholds.parquet")


def made(frequency, origin="learned", week="2026-W38", *, is_reused=False):
    """The table of a report whose thresholds are told apart by those of frequency."""
    cuts = Thresholds((9, 5), frequency, (1, 2), origin, week, is_reused=is_reused)
    return kept(cuts, **KEY)


def test_the_newest_report_before_a_week_lends_its_thresholds(root):
    assert earlier("2026-W40", **KEY) is None
    for week, frequency in [("2026-W37", (2, 3)), ("2026-W38", (2, 4)), ("2026-W41", (5, 6))]:
        publish(root, week, made(frequency, week=week))
    found = earlier("2026-W40", **KEY)
    assert (found.frequency, found.origin, found.week) == ((2, 4), "learned", "2026-W38")
    assert found.is_reused


@pytest.mark.parametrize(
    "other", [{"source": "another"}, {"platform": "douyin"}, {"base_weeks": 13}]
)
def test_thresholds_of_another_source_platform_or_period_are_not_reused(root, other):
    publish(root, "2026-W38", made((2, 3)).assign(**other))
    assert earlier("2026-W40", **KEY) is None


def test_a_run_reuses_only_what_is_published_where_it_will_be(root, monkeypatch):
    publish(root, "2026-W37", made((2, 3), week="2026-W37"), "weekly")
    publish(root, "2026-W38", made((7, 8)), "user_tiering")
    (root / "reports/README.md").write_text("no folder", encoding="utf-8")
    assert earlier("2026-W40", **KEY).frequency == (7, 8)  # JupyterLab looks at both
    for target, frequency in [("weekly", (2, 3)), ("user_tiering", (7, 8))]:
        monkeypatch.setenv(PUBLISHED, str(root / "reports" / target))
        assert earlier("2026-W40", **KEY).frequency == frequency


def test_given_thresholds_are_reused_by_runs_of_the_same_target_alone(root, monkeypatch):
    publish(root, "2026-W37", made((2, 3), week="2026-W37"), "weekly")
    publish(root, "2026-W38", made((7, 8), "given"), "user_tiering")
    publish(root, "2026-W39", made((7, 8), "given", is_reused=True), "user_tiering")
    assert earlier("2026-W40", **KEY).frequency == (2, 3)
    monkeypatch.setenv(PUBLISHED, str(root / "reports/user_tiering"))
    found = earlier("2026-W40", **KEY)
    assert (found.frequency, found.origin, found.week) == ((7, 8), "given", "2026-W38")


def test_a_table_that_does_not_tell_its_week_lends_nothing(root, monkeypatch):
    monkeypatch.setenv(PUBLISHED, str(root / "reports/weekly"))
    publish(root, "2026-W38", made((2, 3), "given").drop(columns="given_in"))
    assert earlier("2026-W40", **KEY) is None


def test_a_report_made_again_reuses_the_same_although_an_older_week_was_made(root):
    publish(root, "2026-W40", made((2, 3), week="2026-W36", is_reused=True))
    publish(root, "2026-W39", made((5, 6), week="2026-W39"))
    assert earlier("2026-W40", **KEY).week == "2026-W36"
    assert earlier("2026-W41", **KEY).week == "2026-W36"


def test_a_report_that_learned_its_own_thresholds_does_not_lend_them_to_itself(root):
    publish(root, "2026-W40", made((2, 3), week="2026-W40"))
    assert earlier("2026-W40", **KEY) is None


@pytest.mark.parametrize(
    ("asked", "told"), [(TEXT, "given in 2025-W52."), ("learn", "learned in 2025-W52.")]
)
def test_a_chain_of_reuse_tells_where_it_began(root, monkeypatch, asked, told):
    monkeypatch.setenv(PUBLISHED, str(root / "reports/weekly"))
    periods = [PERIOD.previous().previous(), PERIOD.previous(), PERIOD]
    for period, thresholds in zip(periods, [asked, "reuse", "reuse"], strict=True):
        found = tiers.rank(TABLES, period, LEVELS, thresholds=thresholds, source="shop")
        publish(root, str(Week.of(period.last)), found.thresholds)
    assert told in found.findings[1].sentence
    assert set(found.thresholds["origin"]) == {"reused"}


def test_the_notebook_tells_sources_apart_by_what_was_asked_for():
    # A folder's name is no name of a source: another folder may be called the same.
    notebook = nbformat.read(ROOT / "notebooks/user_tiering.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert any("source=source," in source for source in sources)
    assert not [source for source in sources if "shop.name" in source]
