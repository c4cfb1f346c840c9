"""The page of a real report: hostile data in it, nothing asked from elsewhere, and light."""

import json
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from itertools import cycle

import pandas as pd
import pytest

from hostile import HOSTILE
from workbench.runs import driver, plans

STEPS = HOSTILE[:2]
LOADED_FROM = {
    "src",
    "href",
    "srcset",
    "data",
    "poster",
    "action",
    "background",
    "content",
    "style",
}

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """Counts elements; collects the addresses from which a page would load, and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.addresses, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.addresses += [
            value
            for name, value in attrs
            if name in LOADED_FROM and re.search(r"//|url\(|\w+:", value or "")
        ]
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.text += "".join(value for name, value in attrs if name == "alt")

    def handle_data(self, data):
        self.text += data


def shop(folder, platforms):
    """A folder of tables in which every text column holds hostile names."""
    folder.mkdir()
    names = cycle(HOSTILE)
    start = datetime(2026, 9, 1)
    rows = [
        {
            "user_id": f"{HOSTILE[user % 20]}{user}",
            "event": step,
            "occurred_at": start + timedelta(hours=user, minutes=minute),
            "platform": platforms[user % len(platforms)],
            "channel": next(names),
            "content_id": next(names),
            "product_id": next(names),
        }
        for user in range(24 * 33)
        for minute, step in enumerate(STEPS)
        if minute == 0 or user % 3
    ]
    pd.DataFrame(rows).to_parquet(folder / "events.parquet")


@pytest.fixture(scope="module")
def project(new_project):
    return new_project()


@pytest.fixture(scope="module")
def plain(shipped):
    """The page of the demo shop."""
    return (shipped / "reports/demo/weekly/latest/funnel_diagnosis.html").read_text(
        encoding="utf-8"
    )


def test_a_page_loads_nothing_from_anywhere(plain):
    page = Page(plain)
    assert [
        one[:40] for one in page.addresses if not one.startswith("data:image/svg+xml;base64,")
    ] == ["default-src 'none'; img-src data:; style"]
    assert "script" not in page.elements
    assert "link" not in page.elements


def test_a_page_is_light_before_its_figures(plain):
    without = re.sub(r"data:image/[^\"]*", "", plain)
    assert len(without.encode()) <= 60_000


def test_a_page_tells_in_words_what_it_shows(plain):
    assert plain.count('<figure class="wb-chart">') == 6
    assert not re.search(r'<img(?![^>]* alt="[^"]+)', plain)
    read = re.sub(r'<div class="wb-code">.*?</div>\n</div>', "", plain, flags=re.DOTALL)
    for raw in ("step_rate", "begin_checkout", "nan", "NaT", "Traceback"):
        assert raw not in Page(read).text
    assert not re.search(r"\d\.\d{4,}", Page(plain).text)


def test_code_is_there_but_hidden_and_the_controls_are_not(plain):
    assert 'id="wb-code"' in plain
    assert "diagnose" in plain
    assert ".wb-input:not(:checked) ~ .wb-page .wb-code" in plain
    assert "wb.explore" not in Page(plain).text


@pytest.mark.parametrize("platforms", [HOSTILE[:10], HOSTILE[10:]], ids=["first ten", "last ten"])
def test_hostile_names_in_every_text_column_never_become_markup(
    project, plain, tmp_path, platforms
):
    shop(tmp_path / "shop", platforms)
    given = {"source": str(tmp_path / "shop"), "steps": json.dumps(STEPS), "week": "2026-W39"}
    plan = plans.plan("notebooks/funnel_diagnosis.ipynb", given, project)
    html = driver.run(plan, project, StringIO()).read_text(encoding="utf-8")
    page = Page(html)
    assert set(page.elements) <= {*Page(plain).elements, "strong"}  # by which a trial stands out
    assert page.elements.count("figure") == 4
    for name in (*STEPS, *platforms):
        shown = re.sub("[\x00\u202e]", "\ufffd", name)
        shown = shown[:1].upper() + shown[1:]
        assert shown.replace("_", " ") in page.text
