"""A kill at any point of publishing: the week is the old one or the new one, and the next run heals."""

import os
import shutil
from pathlib import Path

import pytest
from test_in_the_way import WEEK, kept

from workbench.display import records
from workbench.display.records import Record
from workbench.runs import publish

RAN_AT = "2026-10-05T09:30:00+00:00"
CALLS = ("rename", "replace", "symlink", "unlink", "rmdir", "fsync", "mkdir")


class Killed(BaseException):
    """What a kill is to a test: nothing after it runs."""


def run(target, text):
    with publish.workspace(target, print) as own:
        kept(own / WEEK, "page.html")
        (own / WEEK / "page.html").write_text(text, encoding="utf-8")
        records.write(own / WEEK, [Record("one", "One", WEEK, "shop", "shop", RAN_AT)])
        publish.swap(own / WEEK, target / WEEK)
        publish.point_to_latest(target, print)


def killed_at(monkeypatch, point):
    """Let the call of that number be the last one; return how many there were."""
    made = []

    def watch(name):
        original = getattr(os, name)

        def call(*arguments, **named):
            if len(made) >= point:
                raise Killed
            made.append(name)
            return original(*arguments, **named)

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, watch(name))
    return made


def page(target):
    """The page of the week in a folder of weeks, if it is there."""
    place = target / WEEK / "page.html"
    return place.read_text(encoding="utf-8") if place.is_file() else None


@pytest.mark.parametrize("was", ["a folder", "a link"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_kill_anywhere_leaves_the_old_page_or_the_new_one(tmp_path, monkeypatch, at_once, was):
    gone = []
    for point in range(200):
        target = tmp_path / f"{point}"
        with monkeypatch.context() as patch:
            patch.setattr(publish, "_can_exchange", lambda _folder: was == "a folder")
            if was == "a folder" or not at_once:
                run(target, "old")
        with monkeypatch.context() as patch:
            if not at_once:
                patch.setattr(publish, "_can_exchange", lambda _folder: False)
            made = killed_at(patch, point)
            try:
                run(target, "new")
            except Killed:
                done = False
            else:
                done = True
        found = page(target)
        assert found in {"old", "new", None}
        if found is None and (was == "a folder" or not at_once):
            gone.append(made[-1])
        with monkeypatch.context() as patch:
            if not at_once:
                patch.setattr(publish, "_can_exchange", lambda _folder: False)
            with publish.workspace(target, print):
                healed = page(target)
            assert healed in {"old", "new"} or (at_once and was == "a link")
            run(target, "next")
        assert page(target) == "next"
        assert (target / "latest").readlink() == Path(WEEK)
        assert not list(target.glob(".run-*"))
        assert len(list(target.glob(".week-*"))) == (target / WEEK).is_symlink()
        if done:
            break
    assert point > 8
    # Only the first time after a move to a file system that cannot exchange is there a gap.
    assert len(gone) == (1 if was == "a folder" and not at_once else 0)


def older(reports):
    """A week as the older layout has it, with a page that says so."""
    folder = reports / "one/2026-W39"
    kept(folder, "page.html")
    records.write(folder, [Record("one", "One", "2026-W39", "demo", "demo", RAN_AT)])
    (reports / "one/.lock").touch()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_kill_anywhere_in_a_run_leaves_each_page_and_the_page_over_all_whole(
    project, monkeypatch, at_once
):
    project.notebook("one")
    reports = project.root / "reports"
    if not at_once:
        monkeypatch.setattr(publish, "_can_exchange", lambda _folder: False)
    for point in range(400):
        shutil.rmtree(reports, ignore_errors=True)
        good = project.quick("notebooks/one.ipynb", "old")
        older(reports)
        with monkeypatch.context() as patch:
            made = killed_at(patch, point)
            try:
                project.quick("notebooks/one.ipynb", "new")
            except Killed:
                done = False
            else:
                done = True
        assert good.read_text(encoding="utf-8") in {"old", "new"}, made
        assert (reports / "index.html").read_text(encoding="utf-8").endswith("</html>\n")
        assert (good.parent.parent / "latest").is_dir()
        assert len(list(reports.rglob("2026-W39/page.html"))) == 1
        project.quick("notebooks/one.ipynb", "next")
        assert good.read_text(encoding="utf-8") == "next"
        assert (good.parent.parent / "2026-W39/page.html").is_file()
        assert 'href="demo/one/2026-W40/one.html"' in (reports / "index.html").read_text("utf-8")
        left = {one.name for one in reports.iterdir()} - {"one"}  # it may be there, and empty
        assert left == {".lock", "index.html", "demo"}
        assert not [one for one in reports.rglob("*") if one.name.startswith((".run-", ".index"))]
        if done:
            break
    assert point > 30
