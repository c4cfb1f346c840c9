import os
import signal
from pathlib import Path

import pytest

from workbench.display import records
from workbench.display.records import Record
from workbench.errors import RunError
from workbench.runs import publish


def folder(path, text):
    path.mkdir(parents=True)
    (path / "page.html").write_text(text, encoding="utf-8")
    return path


def record(week, failure=""):
    ran_at = "2026-10-05T09:30:00+00:00"
    return Record("one", "One", week=week, source="shop", ran_at=ran_at, failure=failure)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_folder_takes_the_place_of_the_one_before(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(publish, "_exchange_at_once", lambda *_: False)
    new = folder(tmp_path / ".run-1/new", "new")
    place = folder(tmp_path / "2026-W40", "old")
    (place / "gone.html").touch()

    publish.swap(new, place)

    assert [path.name for path in place.iterdir()] == ["page.html"]
    assert (place / "page.html").read_text(encoding="utf-8") == "new"
    assert place.is_symlink() is not at_once
    left = [path.name for path in new.parent.iterdir()]
    assert left == (["new"] if at_once else [])  # else the old one is cleared where it stood


def test_a_folder_takes_an_empty_place(tmp_path):
    new = folder(tmp_path / "new", "new")
    publish.swap(new, tmp_path / "2026-W40")
    assert (tmp_path / "2026-W40/page.html").read_text(encoding="utf-8") == "new"
    assert not new.exists()


def test_every_file_is_on_disk_before_it_is_published(tmp_path, monkeypatch):
    seen = []

    def sync(handle):
        seen.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        assert (tmp_path / "2026-W40").exists() == (seen[-1] == tmp_path.name)

    monkeypatch.setattr(os, "fsync", sync)
    publish.swap(folder(tmp_path / "new", "new"), tmp_path / "2026-W40")
    assert seen == ["page.html", "new", tmp_path.name]


def test_ctrl_c_does_not_come_between_a_page_and_the_link_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGINT))
    with publish.uninterrupted():
        publish.swap(folder(tmp_path / "new", "new"), tmp_path / "2026-W40")
    assert (tmp_path / "2026-W40/page.html").exists()
    with pytest.raises(KeyboardInterrupt):
        publish.swap(folder(tmp_path / "new", "new"), tmp_path / "2026-W40")


def test_latest_is_the_newest_week_whose_pages_are_all_there(tmp_path):
    publish.point_to_latest(tmp_path, print)
    assert not list(tmp_path.iterdir())
    for week in ("2026-W09", "2025-W52"):
        (tmp_path / week).mkdir()
        records.write(tmp_path / week, [record(week)])
    (tmp_path / "2026-W11").mkdir()
    publish.point_to_latest(tmp_path, print)
    assert (tmp_path / "latest").readlink() == Path("2026-W09")
    records.write(tmp_path / "2026-W11", [record("2026-W11", failure="it broke")])
    publish.point_to_latest(tmp_path, print)
    assert (tmp_path / "latest").readlink() == Path("2026-W11")


def test_a_run_has_a_folder_of_its_own_and_clears_what_a_killed_one_left(tmp_path):
    left = folder(tmp_path / "one/.run-killed", "half")
    good = folder(tmp_path / "one/2026-W40", "good")
    with publish.workspace(tmp_path / "one", print) as own:
        assert own.parent == tmp_path / "one"
        assert not left.exists()
        with (
            pytest.raises(RunError, match="another run of 'one'"),
            publish.workspace(own.parent, print),
        ):
            pass
        assert own.exists()
    assert not own.exists()
    assert good.exists()
    with publish.workspace(tmp_path / "one", print):
        pass


def test_latest_passes_over_a_week_of_which_one_report_is_missing(tmp_path):
    for week, failure in (("2026-W39", ""), ("2026-W40", "it broke")):
        (tmp_path / week).mkdir()
        second = Record("two", "Two", failure=failure) if failure else record(week)
        records.write(tmp_path / week, [record(week), second])
    publish.point_to_latest(tmp_path, print)
    assert (tmp_path / "latest").readlink() == Path("2026-W39")


def test_the_link_to_latest_is_on_disk_before_the_run_ends(tmp_path, monkeypatch):
    (tmp_path / "2026-W40").mkdir()
    records.write(tmp_path / "2026-W40", [record("2026-W40")])
    synced = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").readlink())
    )
    publish.point_to_latest(tmp_path, print)
    assert synced == [tmp_path]
    assert (tmp_path / "latest").is_symlink()
