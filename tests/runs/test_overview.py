"""The page over all reports, made of what is on disk."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from hostile import HOSTILE
from workbench.display import records
from workbench.display.records import Record
from workbench.runs import locks, overview, places
from workbench.runs.verify import foreign_addresses

RAN_AT = "2026-10-05T09:30:00+00:00"


def week(target, name, *, pack=False, title="How many?", failure=""):
    places.claim(target.parent, (target.parent.name,))
    (target / name).mkdir(parents=True)
    made = Record("one", title, name, "demo", "demo", RAN_AT, failure=failure, failed_at=RAN_AT)
    records.write(target / name, [made])
    if pack:
        (target / name / "index.html").touch()


def written(reports):
    overview.write(reports, print)
    return (reports / "index.html").read_text(encoding="utf-8")


def said(html):
    """Headings, and of each link where it leads, how it reads and what is told of it."""
    found = re.findall(
        r'<h[12]>(.*?)</h|<li>(.*?)<a href="(.*?)">(.*?)</a><div class="wb-note">(.*?)</div>', html
    )
    return [tuple(unescape(part) for part in one if part) for one in found]


def test_it_lists_of_each_source_and_pack_the_week_that_latest_names(tmp_path):
    week(tmp_path / "demo/weekly", "2026-W39", pack=True)
    week(tmp_path / "demo/weekly", "2026-W40", pack=True)
    (tmp_path / "demo/weekly/latest").symlink_to("2026-W39")
    (tmp_path / "corner/one").mkdir(parents=True)
    (tmp_path / "corner/one/latest").symlink_to(tmp_path)
    week(tmp_path / "demo/one", "2026-W38", failure="it broke")
    week(tmp_path / "corner/one", "2026-W40")
    week(tmp_path / "trials/demo/one", "2026-W41")
    (tmp_path / "corner/empty").mkdir()
    (tmp_path / "theirs/2026-W40").mkdir(parents=True)
    made = "made 5 Oct 2026 09:30 UTC"
    assert said(written(tmp_path)) == [
        ("Reports",),
        ("corner",),
        ("corner/one/2026-W40/one.html", "How many?", f"2026-W40, {made}"),
        ("demo",),
        ("demo/one/2026-W38/one.html", "How many?", f"2026-W38, {made}; ✕ 1 report failed"),
        ("demo/weekly/2026-W39/index.html", "Weekly", f"2026-W39, {made}"),
        ("Trials",),
        ("demo: ", "trials/demo/one/2026-W41/one.html", "How many?", f"2026-W41, {made}"),
    ]


def test_no_name_becomes_markup_or_leads_elsewhere_and_nothing_is_loaded(tmp_path):
    for number, name in enumerate(HOSTILE):
        week(tmp_path / f"s{number}" / f"a #?%&'\"<b>{number}", "2026-W40", title=name)
    html = written(tmp_path)
    assert html.count("<li>") == len(HOSTILE)
    assert set(re.findall(r"<(\w+)", html.partition("<body")[2])) <= {
        *("main", "h1", "h2", "section", "ul", "li", "a", "div"),
    }
    assert foreign_addresses(html) == []
    for link in re.findall(r'<a href="(.*?)"', html):
        assert re.fullmatch(r"[\w%./-]+", link)


@pytest.mark.parametrize("ran_at", ["yesterday", 3, "2026-13-45"])
def test_a_record_that_says_what_it_cannot_is_no_report(tmp_path, ran_at):
    week(tmp_path / "demo/one", "2026-W40")
    run = tmp_path / "demo/one/2026-W40/run.json"
    run.write_text(run.read_text().replace(f'"{RAN_AT}"', f'"{ran_at}"' if ran_at != 3 else "3"))
    assert records.is_broken(run.parent)
    assert said(written(tmp_path)) == [("Reports",)]


def test_runs_that_end_at_once_leave_a_page_with_all_of_them(tmp_path):
    def ended(number):
        week(tmp_path / f"shop-{number}/one", "2026-W40")
        overview.write(tmp_path, print)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ended, range(24)))
    assert (tmp_path / "index.html").read_text(encoding="utf-8").count("<li>") == 24


def test_it_waits_for_nobody_for_ever(tmp_path, monkeypatch):
    week(tmp_path / "demo/one", "2026-W40")
    monkeypatch.setattr(locks, "_PATIENCE_SECONDS", 0.2)
    with locks.held(tmp_path):
        started = time.monotonic()
        assert len(said(written(tmp_path))) == 3
        assert 0.2 <= time.monotonic() - started < 5


def test_it_is_on_disk_before_it_takes_the_place_of_the_one_before(tmp_path, monkeypatch):
    written(tmp_path)
    before = (tmp_path / "index.html").read_bytes()
    week(tmp_path / "demo/one", "2026-W40")
    seen = []
    monkeypatch.setattr(
        os, "fsync", lambda _handle: seen.append((tmp_path / "index.html").read_bytes() == before)
    )
    written(tmp_path)
    assert seen == [True, False]
