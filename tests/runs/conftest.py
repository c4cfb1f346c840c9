"""A project in a folder of its own, with notebooks that are as small as a run allows."""

import io

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workbench.display.records import Record
from workbench.runs import driver, plans

PARAMETERS = """\
source: str = "demo"  # a source
week: str = "latest"  # YYYY-Www | latest: the week
number: int = 1  # 1..9: a number
"""
SETUP = """\
import os, sys
from IPython.display import display
number = int(os.environ.get("NUMBER", number))  # what happens, but to no parameter
def shown(**mimes):
    display({name.replace("_", "/"): value for name, value in mimes.items()}, raw=True)
"""
FIGURE = """\
if number != 5:
    shown(text_html='<figure class="wb-chart">' + "x" * 3000 + "</figure>")
"""
FINDINGS = """\
display({"text/html": f"<p>number is {number}</p>", "application/vnd.workbench.findings+json": [
    {"sentence": f"number is <b>{number}</b>", "status": "bad", "figure": 1.0}]}, raw=True)
"""
TRAPS = """\
if number == 2: raise ValueError("it broke <b>\\nbadly")
if number == 3: sys.exit(0)
if number == 4: os._exit(1)
"""
FINISH = """\
import pyarrow as pa, pyarrow.parquet as pq
owner = os.environ["WORKBENCH_RESULTS"] + "/owner"
os.makedirs(owner)
if number != 7:
    pq.write_table(pa.table({"n": [number]}), owner + "/steps.parquet")
sentinel = {"week": "2026-W40" if week == "latest" else week, "charts": 1 + (number == 8),
    "period": "28 Sep – 4 Oct 2026", "results": ["steps"], "source": source}
if number == 9: sentinel["doubts"] = ["a third of <orders> is missing"]
kind = "application/vnd.workbench.finish+json" if number != 6 else "application/json"
display({"text/html": "<p>done</p>", kind: sentinel}, raw=True)
"""


def cells(*middle):
    """A notebook that is in order unless `number` says otherwise, with further cells inside."""
    return [
        new_markdown_cell("# How many?"),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        new_code_cell(SETUP),
        new_markdown_cell("## What is there to see?"),
        new_code_cell(FIGURE, metadata={"tags": ["figure"]}),
        new_code_cell(FINDINGS),
        new_markdown_cell("## What may go wrong?"),
        new_code_cell(TRAPS),
        *[new_code_cell(source) for source in middle],
        new_code_cell("1 / 0  # controls, which a run leaves alone", metadata={"tags": ["app"]}),
        new_markdown_cell("## What would you ask next?", metadata={"tags": ["lab"]}),
        new_code_cell("1 / 0  # for JupyterLab alone", metadata={"tags": ["lab"]}),
        new_markdown_cell("## Where is it from?"),
        new_code_cell(FINISH),
    ]


class Project:
    """A project's folder, and runs in it."""

    def __init__(self, root):
        self.root = root
        self.log = io.StringIO()
        for name in ("notebooks", "parameters/sources"):
            (root / name).mkdir(parents=True)

    def notebook(self, name, *middle):
        written = new_notebook(cells=cells(*middle))
        nbformat.write(written, self.root / "notebooks" / f"{name}.ipynb")

    def pack(self, name, text):
        (self.root / "parameters" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def plan(self, target, **given):
        return plans.plan(target, given, self.root)

    def run(self, target, **given):
        return driver.run(self.plan(target, **given), self.root, self.log)

    def run_as(self, number, target, **given):
        """Run with what `number` makes of it, without setting the parameter: that would be a trial."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NUMBER", number)
            return self.run(target, **given)

    def quick(self, target, text, **given):
        """Run without a kernel: the page of every report is this text."""

        def outcome(plan, report, folder, *_places):
            folder.mkdir()
            of = (report.source, report.source, "2026-10-05T09:30:00+00:00")
            record = Record(report.name, "One", "2026-W40", *of, is_trial=bool(plan.tried))
            (folder / record.page).write_text(text, encoding="utf-8")
            return driver._Outcome(record, folder)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(driver, "_outcome", outcome)
            return self.run(target, **given)

    def pages(self, target, week="2026-W40", source="demo"):
        """Every published file but the pages about failures, with its content."""
        folder = self.root / "reports" / source / target / week
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and path.name not in {"run.json", "index.html"}
            and not path.name.endswith(".failed.html")
        }


def _project(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(root))
        patch.setenv("HOME", str(root / "home"))
        patch.chdir(root)
        yield Project(root)


@pytest.fixture
def project(tmp_path):
    """An empty project of one test."""
    yield from _project(tmp_path)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A project with a notebook `one` whose good page is published, for a module's tests."""
    for project in _project(tmp_path_factory.mktemp("published")):
        project.notebook("one")
        project.run("notebooks/one.ipynb")
        yield project
