"""Every word that a reader sees comes from the catalogue: the packs under the pseudo-language."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pyarrow.parquet as pq
import pytest
import yaml

from workbench import demo
from workbench.display.records import Record
from workbench.kit.findings import Finding
from workbench.kit.language import PSEUDO, using
from workbench.parameters import Setting
from workbench.runs import pages

pytestmark = pytest.mark.slow

TABLES = ("orders", "identities")  # of a shop that has little else to tell
WORD = re.compile(r"[^\W\d_]{2,}")
# What is no message: data's own names, and the calendar's, which Babel writes.
OWN = {
    *("demo", "corner", "CNY", "Asia", "Shanghai", "UTC"),
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
NAMES = re.compile(r"u-[0-9a-f]{16}|\b(?:demo\.[a-z]+|(?:orders|identities)\.parquet)\b")
NOT_READ = re.compile(r'<div class="wb-code">.*?</div>\n</div>', re.DOTALL)


class Said(HTMLParser):
    """The text of a page but for its style and its code, and what its pictures are said to show."""

    def __init__(self, html):
        super().__init__()
        self.text, self.alts = "", []
        self._silent = ""
        self.feed(NOT_READ.sub("", html))

    def handle_starttag(self, tag, attrs):
        self._silent = tag if tag in {"style", "code"} else self._silent
        self.alts += [value for name, value in attrs if name in {"alt", "title", "aria-label"}]

    def handle_endtag(self, tag):
        self._silent = self._silent if self._silent != tag else ""

    def handle_data(self, data):
        self.text += "" if self._silent else f"\n{data}"


def escaped(text, own=""):
    """The words of a text that stand in no brackets, which may hold brackets."""
    depth, found = 0, ""
    for letter in NAMES.sub("", text):
        depth -= letter == "⟧"
        assert depth >= 0, f"{found[-200:]}{letter}"
        found += letter if depth == 0 and letter not in "⟦⟧" else " " * (found[-1:] != " ")
        depth += letter == "⟦"
    assert depth == 0, text[-200:]
    lines = [line.strip() for line in found.splitlines()]
    return [line for line in lines if line not in own and set(WORD.findall(line)) - OWN]


@pytest.fixture(scope="module", params=["demo", "corner"])
def published(request, new_project):
    """A project of its own with both packs of the demo, or of a smaller shop, in no language."""
    folder = new_project()
    (folder / "corner").mkdir()
    made = demo.tables(users=500, weeks=30)
    for name in TABLES:
        pq.write_table(made[name], folder / "corner" / f"{name}.parquet")
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "workbench.cli", "run", pack, "--source", request.param],
            cwd=folder,
            env=os.environ | {"WORKBENCH_HOME": str(folder), "WORKBENCH_LANGUAGE": PSEUDO},
        )
        for pack in ("weekly", "monthly")
    ]
    assert [run.wait(300) for run in runs] == [0, 0]
    return folder


def test_every_word_of_every_page_and_index_is_in_the_catalogue(published):
    actions = yaml.safe_load((published / "parameters/actions.yaml").read_text(encoding="utf-8"))
    playbook = yaml.safe_load((published / "parameters/risk/demo.yaml").read_text(encoding="utf-8"))
    written = [*actions.values(), *playbook["responses"].values()]
    own = {text for one in written for text in one.values() if isinstance(text, str)}
    found = sorted(published.glob("reports/*/*/latest/*.html"))
    # Of orders alone nothing can be told of contents: that report is left out of the pack.
    assert len(found) == {"demo": 8, "corner": 7}[found[0].parents[2].name]
    found.append(published / "reports/index.html")
    for page in found:
        said = Said(page.read_text(encoding="utf-8"))
        assert len(said.text) > 50
        assert {page.name: escaped(said.text, own)} == {page.name: []}
        assert [line for alt in said.alts for line in escaped(alt)] == []


def test_every_word_of_a_page_about_a_failure_is_in_the_catalogue():
    settings = (Setting("weeks", 2, 4, "Z", differs=True),)
    broken = Record(
        "one", "Z", failure="Z", failed_at="2026-10-05T09:30:00+00:00", parameters=settings
    )
    stale = Record(
        "one", "Z", "2026-W40", "demo", "demo", "2026-10-05T09:30:00+00:00",
        (Finding("Z", status="bad"),), "Z", "2026-10-12T09:30:00+00:00",
    )  # fmt: skip
    with using(PSEUDO):
        failure = pages.failure(
            broken, code="Z", traceback="Z", log="Z", above=pages.trial({"weeks": "2"})
        )
        index = pages.index("Z", "2026-W40", [broken, stale])
    for page in (failure, index):
        assert '<html lang="en">' in page
        assert escaped(Said(page).text) == []
        assert "⟦" in Said(page).text


def test_a_word_that_is_in_no_catalogue_would_be_seen():
    assert escaped("⟦a ⟦word⟧ within⟧ 1.2 m and\n⟦one⟧ without ⟦it⟧") == ["1.2 m and", "without"]
    assert escaped("demo.orders u-0123456789abcdef CNY 4 Oct 2026 k") == []
    assert Said('<p title="x">b <code>c</code> d</p><img alt="e">').alts == ["x", "e"]
    with pytest.raises(AssertionError):
        escaped("half a ⟦bracket")
