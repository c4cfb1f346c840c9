"""Whatever lies in the way of a run is set aside with one line, and nothing of a reader's is lost."""

import os
from pathlib import Path

import pytest

from workbench.display import records
from workbench.display.records import Record
from workbench.errors import ParameterError
from workbench.runs import plans, publish

WEEK, BEFORE = "2026-W40", "2026-W39"
CUT_OFF, NOT_TEXT, NEWER = b'[{"na', b"\xff\xfe[]", b'[{"name": "one", "title": "One", "new": 1}]'


def kept(folder, name="theirs.txt"):
    folder.mkdir(parents=True)
    (folder / name).write_text("theirs", encoding="utf-8")


def week_with(run_json):
    def lay(target):
        kept(target / WEEK)
        (target / WEEK / "run.json").write_bytes(run_json)

    return lay


def other_week_with(run_json):
    def lay(target):
        kept(target / BEFORE)
        (target / BEFORE / "run.json").write_bytes(run_json)

    return lay


IN_THE_WAY = {
    "a run's folder that is a file": lambda target: (target / ".run-x").write_text("theirs"),
    "a run's folder that is a link": lambda target: (target / ".run-x").symlink_to("elsewhere"),
    "the link of a run that was killed": lambda target: (target / ".run-latest").symlink_to(WEEK),
    "latest as a folder": lambda target: kept(target / "latest"),
    "latest as a link to nothing": lambda target: (target / "latest").symlink_to("nowhere"),
    "the week as a file": lambda target: (target / WEEK).write_text("theirs"),
    "the week as a link to nothing": lambda target: (target / WEEK).symlink_to("nowhere"),
    "another week as a file": lambda target: (target / BEFORE).write_text("theirs"),
    "the lock as a folder": lambda target: kept(target / ".lock"),
    "the lock as a pipe": lambda target: os.mkfifo(target / ".lock"),
    "a record that is cut off": week_with(CUT_OFF),
    "a record that is no text": week_with(NOT_TEXT),
    "a record of a newer version": week_with(NEWER),
    "another week's record that is cut off": other_week_with(CUT_OFF),
    "another week's record that is no text": other_week_with(NOT_TEXT),
    "another week's record of a newer version": other_week_with(NEWER),
}


def published(target, told):
    """What a run does once its page is made."""
    with publish.workspace(target, told.append) as own:
        new = own / WEEK
        kept(new, "page.html")
        ran_at = "2026-10-05T09:30:00+00:00"
        records.write(new, [Record("one", "One", WEEK, "shop", "shop", ran_at)])
        publish.clear_way(target / WEEK, told.append)
        publish.swap(new, target / WEEK)
        publish.point_to_latest(target, told.append)


def theirs(target):
    """How often a reader's own words are found, whatever is called how."""
    files = [path for path in target.rglob("theirs.txt") if "latest" not in path.parts[-2]]
    texts = [p for p in target.iterdir() if p.is_file() and p.read_text() == "theirs"]
    return len(files) + len(texts) + len(list(target.glob("latest*/theirs.txt")))


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_it_is_set_aside_and_the_run_goes_on_now_and_the_next_time(tmp_path, name):
    target = tmp_path / "one"
    target.mkdir()
    IN_THE_WAY[name](target)
    before = theirs(target) if not (target / ".lock").is_fifo() else 0
    told = []
    for _run in range(2):
        published(target, told)
        assert (target / "latest").readlink() == Path(WEEK)
        assert (target / WEEK / "page.html").is_file()
    assert theirs(target) == before
    assert len(told) <= 1
    assert all("lay in the way and is now called" in line for line in told)
    assert not list(target.glob(".run-*"))


def test_what_is_set_aside_takes_no_name_that_is_taken(tmp_path):
    told = []
    for _time in range(2):
        (tmp_path / WEEK).write_text("theirs")
        publish.clear_way(tmp_path / WEEK, told.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{WEEK}.aside-1",
        f"{WEEK}.aside-2",
    ]
    assert told[1].endswith(
        f"'{tmp_path.name}/{WEEK}' lay in the way and is now called '{WEEK}.aside-2'"
    )


@pytest.mark.parametrize("name", ["...ipynb", "..ipynb", ".hidden.ipynb"])
def test_a_notebook_whose_name_is_no_name_is_refused(project, name):
    project.notebook("one")
    (project.root / "notebooks/one.ipynb").rename(project.root / "notebooks" / name)
    with pytest.raises(ParameterError, match="its name must not begin with a dot"):
        plans.plan(f"notebooks/{name}", {}, project.root)


def link(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("nowhere")


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("theirs", encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "lay"),
    [
        (place, lay)
        for place in ("demo", "demo/one", "trials", "trials/demo")
        for lay in (write, link)
    ]
    + [("index.html", lay) for lay in (write, link, kept)]
    + [(".lock", kept)],
)
def test_what_lies_in_the_way_of_the_folders_and_the_page_over_all_is_set_aside(
    project, place, lay
):
    project.notebook("one")
    reports = project.root / "reports"
    lay(reports / place)
    for number in ("9", "1", "1"):
        assert project.quick("notebooks/one.ipynb", "page", number=number).is_file()
    (said,) = [line for line in project.log.getvalue().splitlines() if "in the way" in line]
    assert f"'{(reports / place).parent.name}/{Path(place).name}' lay in the way" in said
    aside = reports / place
    aside = aside.with_name(f"{aside.name.lstrip('.')}.aside-1")
    assert aside.is_symlink() or (aside / "theirs.txt").is_file() or aside.read_text() == "theirs"
    assert "<h1>Reports</h1>" in (reports / "index.html").read_text(encoding="utf-8")
