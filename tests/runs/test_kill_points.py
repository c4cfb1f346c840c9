"""A kill at any point of publishing: the week is the old one or the new one, and the next run heals."""

import os
from pathlib import Path

import pytest
from test_in_the_way import WEEK, kept

from workbench.display import records
from workbench.display.records import Record
from workbench.runs import publish

CALLS = ("rename", "replace", "symlink", "unlink", "rmdir", "fsync", "mkdir")


class Killed(BaseException):
    """What a kill is to a test: nothing after it runs."""


def run(target, text):
    with publish.workspace(target, print) as own:
        kept(own / WEEK, "page.html")
        (own / WEEK / "page.html").write_text(text, encoding="utf-8")
        ran_at = "2026-10-05T09:30:00+00:00"
        records.write(own / WEEK, [Record("one", "One", WEEK, "shop", "shop", ran_at)])
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
