"""Weeks of the older layout are moved once, whatever is killed, and nothing of a reader's is lost."""

import os
from pathlib import Path

import pytest
from test_in_the_way import CUT_OFF, kept
from test_kill_points import Killed, killed_at

from workbench.display import records
from workbench.display.records import Record
from workbench.runs import locks, places, publish
from workbench.runs.takeover import take_over

RAN_AT = "2026-10-05T09:30:00+00:00"
CORNER = "/a/corner"
OLDER = {
    "weekly/2026-W39": "demo",
    "weekly/2026-W40": "demo",
    "weekly/2026-W41": CORNER,
    "one/2026-W40": "demo",
}
NOW = {
    "demo/weekly/2026-W39",
    "demo/weekly/2026-W40",
    "corner/weekly/2026-W41",
    "demo/one/2026-W40",
}


def week(folder, asked):
    kept(folder, "page.html")
    (folder / "page.html").write_text(folder.name, encoding="utf-8")
    name = Path(asked).name
    records.write(folder, [Record("one", "One", folder.name, name, asked, RAN_AT)])


def lay(reports, *, linked=False):
    """Reports as the older layout has them."""
    for place, asked in OLDER.items():
        folder = reports / place
        week(folder, asked)
        (folder.parent / ".lock").touch()
        if linked:
            folder.rename(folder.parent / f".week-{folder.name}-abcd")
            folder.symlink_to(f".week-{folder.name}-abcd")
        (folder.parent / "latest").unlink(missing_ok=True)
        (folder.parent / "latest").symlink_to(folder.name)


def pages(reports):
    """Where each page is, for those that find it by no link."""
    found = [one.parent for one in reports.rglob("page.html")]
    return sorted(str(one.relative_to(reports)) for one in found if "latest" not in one.parts)


def taken(reports):
    told = []
    take_over(reports, told.append)
    return told


@pytest.mark.parametrize("linked", [False, True])
def test_each_week_goes_to_the_source_of_its_run_once_and_latest_follows(tmp_path, linked):
    lay(tmp_path, linked=linked)
    assert taken(tmp_path) == [
        "one: weeks of the older layout are now in demo/one (1)",
        "weekly: weeks of the older layout are now in corner/weekly, demo/weekly (3)",
    ]
    assert set(pages(tmp_path)) == NOW
    assert (tmp_path / "demo/weekly/latest").readlink() == Path("2026-W40")
    assert (tmp_path / "corner/weekly/latest").readlink() == Path("2026-W41")
    assert {one.name for one in tmp_path.iterdir()} == {".lock", "demo", "corner"}
    assert taken(tmp_path) == []


def test_a_week_that_was_moved_is_on_disk_before_the_run_begins(tmp_path, monkeypatch):
    lay(tmp_path)
    synced = set()
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.add(Path(f"/proc/self/fd/{handle}").readlink())
    )
    taken(tmp_path)
    expected = ["weekly", "one", "demo/weekly", "corner/weekly", "demo/one"]
    assert synced >= {tmp_path / one for one in expected}


@pytest.mark.parametrize("linked", [False, True])
def test_a_kill_anywhere_loses_no_page_and_the_next_start_does_the_rest(
    tmp_path, monkeypatch, linked
):
    for point in range(200):
        reports = tmp_path / f"{point}"
        lay(reports, linked=linked)
        with monkeypatch.context() as patch:
            made = killed_at(patch, point)
            try:
                taken(reports)
            except Killed:
                done = False
            else:
                done = True
        every = [one.read_text(encoding="utf-8") for one in reports.rglob("page.html")]
        assert sorted(set(every)) == ["2026-W39", "2026-W40", "2026-W41"], made
        taken(reports)
        assert set(pages(reports)) == NOW
        assert (reports / "demo/weekly/latest/page.html").read_text(encoding="utf-8") == "2026-W40"
        assert (reports / "corner/weekly/latest").readlink() == Path("2026-W41")
        assert not list(reports.rglob(".run-*"))
        assert taken(reports) == []
        if done:
            break
    assert point > 20


def test_what_cannot_be_read_names_no_source_or_finds_its_place_taken_stays_and_is_named_once(
    tmp_path, tmp_path_factory
):
    lay(tmp_path)
    (tmp_path / "weekly/2026-W39/run.json").write_bytes(CUT_OFF)
    week(tmp_path / "weekly/2026-W38", "")
    week(tmp_path / "demo/weekly/2026-W40", "demo")
    places.claim(tmp_path / "demo", ("demo",))
    week(tmp_path / "weekly/2026-W37", "demo")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "2026-W36"
    week(elsewhere, "demo")
    (tmp_path / "weekly/2026-W36").symlink_to(elsewhere)
    kept(tmp_path / "weekly/notes")
    before = pages(tmp_path)
    told = taken(tmp_path)
    assert told[1:] == [
        "weekly: weeks of the older layout are now in corner/weekly, demo/weekly (2)",
        "weekly: 2026-W36, 2026-W38, 2026-W39, 2026-W40 stays in the older layout: its run.json "
        "cannot be read or names no source, or its new place is taken",
    ]
    assert len(pages(tmp_path)) == len(before)
    assert (tmp_path / "weekly/notes/theirs.txt").is_file()
    assert (tmp_path / "weekly/2026-W39/run.json").read_bytes() == CUT_OFF
    assert taken(tmp_path) == []
    week(tmp_path / "weekly/2026-W35", "demo")  # of a backup
    assert taken(tmp_path) == ["weekly: weeks of the older layout are now in demo/weekly (1)"]


def test_a_week_without_a_lock_beside_it_is_taken_over_or_named_too(tmp_path):
    week(tmp_path / "weekly/2026-W40", "demo")
    kept(tmp_path / "odd/2026-W40")
    assert [line.partition(":")[0] for line in taken(tmp_path)] == ["odd", "weekly"]
    assert (tmp_path / "demo/weekly/latest/page.html").is_file()
    assert taken(tmp_path) == []


def test_a_pack_or_source_that_is_called_like_a_week_is_none(tmp_path):
    places.claim(tmp_path / "demo", ("demo",))
    week(tmp_path / "demo/2026-W40/2026-W40", "demo")
    (tmp_path / "demo/2026-W40/.lock").touch()
    places.claim(tmp_path / "trials/2026-W40", ("2026-W40",))
    assert taken(tmp_path) == []


def test_what_a_run_of_either_layout_holds_waits_for_the_next_start(tmp_path):
    lay(tmp_path)
    with locks.held(tmp_path / "weekly"):
        assert len(taken(tmp_path)) == 1
    assert (tmp_path / "weekly/2026-W40/page.html").is_file()
    places.claim(tmp_path / "demo", ("demo",))
    (tmp_path / "demo/weekly").mkdir()
    with publish.workspace(tmp_path / "demo/weekly", print):
        assert taken(tmp_path) == []
    assert taken(tmp_path) != []
    assert set(pages(tmp_path)) == NOW


def test_what_cannot_be_moved_is_told_and_stops_no_run(tmp_path):
    lay(tmp_path)
    places.claim(tmp_path / "demo", ("demo",))
    (tmp_path / "demo/weekly").write_text("theirs", encoding="utf-8")
    (told,) = [line for line in taken(tmp_path) if line.startswith("weekly")]
    assert told.startswith("weekly: cannot be taken over from the older layout: ")
    assert (tmp_path / "weekly/2026-W40/page.html").is_file()
    assert (tmp_path / "demo/weekly").read_text(encoding="utf-8") == "theirs"
