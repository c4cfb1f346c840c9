"""What an earlier report made: the newest of the same source and pack, and what tiers reuse of it."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from scopes import scope_of
from tiers_shop import PERIOD, TABLES
from workbench.analyses.tiers import rank
from workbench.customers.thresholds import Thresholds, reused
from workbench.display import published, records
from workbench.display.earlier import TARGET, page
from workbench.display.records import Record
from workbench.kit.settings import Settings
from workbench.parameters import Setting
from workbench.periods import Week

KEY = {"source": "shop", "platform": "", "base_weeks": 26}
TEXT = "{recency_days: [40, 7], frequency: [2, 3], monetary: [5000, 9000]}"
SETTINGS = Settings(Path(__file__).parents[1] / "parameters")
SHOP = SimpleNamespace(name="shop", asked_for="shop", period=lambda _week, _weeks: PERIOD)
PACK = "title: Weekly\nreports:\n  - notebook: user_tiering\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.delenv(TARGET, raising=False)
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters/weekly.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "parameters/tiers.yaml").write_text("core: {}\n", encoding="utf-8")
    (tmp_path / "parameters/cut_off.yaml").write_text("reports: [", encoding="utf-8")
    return tmp_path


def publish(root, week, frame, target="weekly", source="shop", **record):
    folder = root / "reports" / source / target / week
    results = folder / ("results/owner/user_tiering" if target == "weekly" else "results/owner")
    results.mkdir(parents=True)
    frame.to_parquet(results / "thresholds.parquet")
    told = {"source": source, "asked_for": "shop", "ran_at": "2026-10-05T09:30:00+00:00"} | record
    records.write(folder, [Record("user_tiering", "Users", week, **told)])


def made(frequency, origin="learned", week="2026-W38", *, is_reused=False):
    """The table of a report whose thresholds are told apart by those of frequency."""
    cuts = Thresholds((9, 5), frequency, (1, 2), origin, week, is_reused=is_reused)
    return cuts.frame().assign(**KEY)


def earlier(week, **of):
    return reused(published(SHOP, week, "user_tiering"), **KEY | of)


def test_the_newest_report_before_a_week_lends_its_thresholds(root):
    assert published(SHOP, "2026-W40", "user_tiering") is None
    for week, frequency in [("2026-W37", (2, 3)), ("2026-W38", (2, 4)), ("2026-W41", (5, 6))]:
        publish(root, week, made(frequency, week=week))
    report = published(SHOP, "2026-W40", "user_tiering")
    assert (report.week, list(report.frames)) == ("2026-W38", ["thresholds"])
    found = earlier("2026-W40")
    assert (found.frequency, found.origin, found.week) == ((2, 4), "learned", "2026-W38")
    assert found.is_reused


def test_latest_is_the_week_that_the_shop_has_last(root):
    publish(root, "2026-W25", made((2, 3)))
    publish(root, "2026-W26", made((4, 5)))
    assert str(Week.of(PERIOD.last)) == "2026-W26"
    assert published(SHOP, "latest", "user_tiering").week == "2026-W25"


@pytest.mark.parametrize(
    "other", [{"source": "another"}, {"platform": "douyin"}, {"base_weeks": 13}]
)
def test_thresholds_of_another_source_platform_or_period_are_not_reused(root, other):
    publish(root, "2026-W38", made((2, 3)).assign(**other))
    assert earlier("2026-W40") is None


def test_an_older_report_lends_where_the_newest_has_not_what_is_wanted(root):
    publish(root, "2026-W37", made((2, 3), week="2026-W37"))
    publish(root, "2026-W38", made((2, 4)).assign(base_weeks=13))
    assert earlier("2026-W40").week == "2026-W37"


@pytest.mark.parametrize(
    "record",
    [
        {"source": "another"},
        {"asked_for": "/another/shop"},
        {"ran_at": ""},
        {"source": "shop", "is_trial": True},
    ],
)
def test_a_report_of_another_source_or_without_a_page_and_a_trial_are_none(root, record):
    publish(root, "2026-W38", made((2, 3)), **record)
    assert published(SHOP, "2026-W40", "user_tiering") is None


def test_a_report_whose_record_does_not_say_what_was_asked_for_counts_by_its_source(root):
    publish(root, "2026-W38", made((2, 3)), asked_for="")
    assert published(SHOP, "2026-W40", "user_tiering").week == "2026-W38"


def test_a_run_looks_only_where_it_will_be_published_and_others_only_at_packs(root, monkeypatch):
    publish(root, "2026-W37", made((2, 3), week="2026-W37"), "weekly")
    publish(root, "2026-W38", made((7, 8)), "user_tiering")
    assert earlier("2026-W40").frequency == (2, 3)  # a trial of one notebook sets no weekly page
    for target, frequency in [("weekly", (2, 3)), ("user_tiering", (7, 8))]:
        monkeypatch.setenv(TARGET, str(root / "reports/shop" / target))
        assert earlier("2026-W40").frequency == frequency


def test_no_trial_lends_anything_wherever_it_lies(root, monkeypatch):
    publish(root, "2026-W37", made((2, 3), week="2026-W37"))
    publish(root, "2026-W39", made((7, 8)), source="trials/shop", is_trial=True)
    publish(root, "2026-W38", made((7, 8)), is_trial=True)
    assert earlier("2026-W40").frequency == (2, 3)
    monkeypatch.setenv(TARGET, str(root / "reports/trials/shop/weekly"))
    assert published(SHOP, "2026-W40", "user_tiering") is None


def test_a_page_for_anyone_is_the_newest_of_a_named_source_and_shows_no_ids(root):
    masked = (Setting("mask_ids", value=True, default=True, help="whether", differs=False),)
    raw = (Setting("mask_ids", value=False, default=True, help="whether", differs=True),)
    assert page("shop", "user_tiering") is None
    for week in ("2026-W37", "2026-W38"):
        publish(root, week, made((2, 3)), parameters=masked)
    publish(root, "2026-W41", made((2, 3)), source="other", parameters=masked)
    publish(root, "2026-W41", made((2, 3)), "monthly", parameters=masked)  # no pack has it
    found = root / "reports/shop/weekly/2026-W38/user_tiering.html"
    assert page("shop", "user_tiering") == found
    publish(root, "2026-W39", made((2, 3)), parameters=masked, is_trial=True)
    assert page("shop", "user_tiering") == found
    publish(root, "2026-W40", made((2, 3)), parameters=raw)
    assert page("shop", "user_tiering") is None
    publish(root, "2026-W41", made((2, 3)), asked_for="/a/shop", parameters=masked)
    assert page("/a/shop", "user_tiering") is None


def test_given_thresholds_are_reused_by_the_weeks_after_them(root, monkeypatch):
    publish(root, "2026-W38", made((7, 8), "given"), "user_tiering")
    publish(root, "2026-W39", made((7, 8), "given", is_reused=True), "user_tiering")
    assert earlier("2026-W40") is None
    monkeypatch.setenv(TARGET, str(root / "reports/shop/user_tiering"))
    found = earlier("2026-W40")
    assert (found.frequency, found.origin, found.week) == ((7, 8), "given", "2026-W38")


def test_a_table_that_does_not_tell_its_week_lends_nothing(root):
    publish(root, "2026-W38", made((2, 3), "given").drop(columns="given_in"))
    assert earlier("2026-W40") is None


def test_a_report_made_again_reuses_the_same_although_an_older_week_was_made(root):
    publish(root, "2026-W40", made((2, 3), week="2026-W36", is_reused=True))
    publish(root, "2026-W39", made((5, 6), week="2026-W39"))
    assert earlier("2026-W40").week == "2026-W36"
    assert earlier("2026-W41").week == "2026-W36"


def test_a_report_that_learned_its_own_thresholds_does_not_lend_them_to_itself(root):
    publish(root, "2026-W40", made((2, 3), week="2026-W40"))
    assert published(SHOP, "2026-W40", "user_tiering").again.week == "2026-W40"
    assert earlier("2026-W40") is None


@pytest.mark.parametrize(
    ("asked", "told"), [(TEXT, "given in 2025-W52."), ("learn", "learned in 2025-W52.")]
)
def test_a_chain_of_reuse_tells_where_it_began(root, asked, told):
    periods = [PERIOD.previous().previous(), PERIOD.previous(), PERIOD]
    for period, thresholds in zip(periods, [asked, "reuse", "reuse"], strict=True):
        scope = scope_of(TABLES, period, source="shop", settings=SETTINGS)
        report = published(SHOP, scope.week, "user_tiering")
        found = rank(scope, thresholds=thresholds, earlier=report)
        publish(root, str(scope.week), found.thresholds)
    assert told in found.about("thresholds")[0].sentence
    assert set(found.thresholds["origin"]) == {"reused"}


def test_a_report_without_the_table_lends_nothing(root):
    publish(root, "2026-W38", pd.DataFrame({"a": [1]}))
    (root / "reports/shop/weekly/2026-W38/results/owner/user_tiering/thresholds.parquet").unlink()
    assert earlier("2026-W40") is None


def test_the_tables_of_a_report_that_told_no_owner_apart_are_found_too(root):
    publish(root, "2026-W38", made((2, 3)))
    results = root / "reports/shop/weekly/2026-W38/results"
    (results / "owner/user_tiering").rename(results / "user_tiering")
    (results / "owner").rmdir()
    assert earlier("2026-W40").frequency == (2, 3)
