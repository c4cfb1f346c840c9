"""Real kernels: each run takes a second or two."""

import json
import sys
from pathlib import Path

import nbformat
import pyarrow.parquet as pq
import pytest

from workbench.display import records
from workbench.errors import ParameterError, RunError
from workbench.kit.findings import Finding
from workbench.runs import publish

PACK = """\
title: Both <of> them
reports:
  - notebook: one
  - notebook: two
    parameters: {number: 1}
"""


def test_a_run_publishes_its_page_and_tables_and_touches_nothing_else(project):
    project.notebook("one")
    notebook = project.root / "notebooks/one.ipynb"
    before = notebook.read_bytes()

    page = project.run_as("9", "notebooks/one.ipynb", week="2026-W39", source="demo")

    assert page == project.root / "reports/demo/one/2026-W39/one.html"
    assert "number is 9" in page.read_text(encoding="utf-8")
    assert pq.read_table(page.parent / "results/owner/steps.parquet").to_pylist() == [{"n": 9}]
    assert (project.root / "reports/demo/one/latest").readlink() == Path("2026-W39")
    assert notebook.read_bytes() == before
    assert not (project.root / "home").exists()
    assert {path.name for path in (project.root / "reports/demo/one").iterdir()} == {
        ".lock",
        "2026-W39",
        "latest",
    }
    lines = [line.rpartition("  ")[0] for line in project.log.getvalue().splitlines()]
    assert lines[0] == "one  1/7  How many?"
    assert lines[-1] == "one  7/7  Where is it from?"
    assert len(lines) == 7


def test_cells_for_an_analyst_are_neither_run_nor_on_the_page(published):
    html = (published.root / "reports/demo/one/2026-W40/one.html").read_text(encoding="utf-8")
    assert "What may go wrong?" in html
    assert "What would you ask next?" not in html
    assert "for JupyterLab alone" not in html


def test_what_casts_doubt_on_a_page_stands_first_on_it_and_in_the_index(project):
    project.notebook("one")
    page = project.run_as("9", "notebooks/one.ipynb")
    html = page.read_text(encoding="utf-8")
    assert html.index("a third of &lt;orders&gt; is missing") < html.index("<h1")
    (record,) = records.read(page.parent).values()
    assert record.findings[0] == Finding("a third of <orders> is missing", status="bad")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("2", "ValueError: it broke <b> (under 'What may go wrong?')"),
        ("3", "a cell ended the run with sys.exit (under 'What may go wrong?')"),
        ("4", "the kernel died (under 'What may go wrong?')"),
        ("5", "a figure is missing (under 'What is there to see?')"),
        ("6", "the last cell did not close the notebook with wb.finish"),
        ("7", "the result table 'steps' is missing"),
        ("8", "2 charts were shown, but 1 are in the notebook"),
    ],
)
def test_a_run_that_is_not_whole_leaves_the_good_page_as_it_was(published, number, reason):
    good = published.pages("one")
    assert set(good) == {"one.html", "results/owner/steps.parquet"}

    with pytest.raises(RunError) as caught:
        published.run_as(number, "notebooks/one.ipynb")

    failure_page = "reports/demo/one/2026-W40/one.failed.html"
    assert str(caught.value) == f"one failed: {reason} ({failure_page})"
    assert caught.value.exit_code == 1
    assert published.pages("one") == good
    text = (published.root / failure_page).read_text(encoding="utf-8")
    assert "The run failed: How many?" in text
    assert reason.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in text
    assert "<b>" not in text
    assert (published.root / "reports/demo/one/latest").readlink() == Path("2026-W40")


def test_what_only_the_data_show_to_be_impossible_is_refused_and_nothing_is_published(project):
    error = 'from workbench.errors import ParameterError\nraise ParameterError("unknown platform")'
    project.notebook("one", error)
    with pytest.raises(ParameterError, match="^unknown platform$"):
        project.run("notebooks/one.ipynb", number="1")
    assert [path.name for path in (project.root / "reports/demo/one").iterdir()] == [".lock"]


def test_latest_never_goes_back(project):
    latest = project.root / "reports/demo/one/latest"
    project.notebook("one")
    project.run("notebooks/one.ipynb")
    with pytest.raises(RunError, match="it broke"):
        project.run_as("2", "notebooks/one.ipynb")
    project.run("notebooks/one.ipynb", week="2026-W39")
    assert latest.readlink() == Path("2026-W40")


def test_a_kernel_is_told_where_the_weeks_of_its_own_target_are_published(project):
    project.notebook("one", "print('at', os.environ['WORKBENCH_PUBLISHED'])")
    page = project.run("notebooks/one.ipynb")
    assert f"at {project.root / 'reports/demo/one'}\n" in page.read_text(encoding="utf-8")
    project.pack("both", "reports: [{notebook: one}]")
    page = project.run("both").parent / "one.html"
    assert f"at {project.root / 'reports/demo/both'}\n" in page.read_text(encoding="utf-8")


def test_the_header_of_a_page_on_one_platform_names_it(project):
    project.notebook("one", "pass")
    path = project.root / "notebooks/one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source += 'platform: str = "wechat"  # one platform only\n'
    nbformat.write(notebook, path)
    page = project.run("notebooks/one.ipynb").read_text(encoding="utf-8")
    assert "demo · WeChat · 2026-W40 · 28 Sep" in page


def test_a_place_that_cannot_be_written_is_told_in_one_line(project):
    project.notebook("one")
    (project.root / "reports").write_text("in the way", encoding="utf-8")
    with pytest.raises(RunError, match=r"^'.*reports' cannot be written: File exists$"):
        project.run("notebooks/one.ipynb")


def test_a_failed_run_of_a_newer_week_does_not_move_latest(published):
    with pytest.raises(RunError, match=r"reports/demo/one/2026-W41/one\.failed\.html"):
        published.run_as("2", "notebooks/one.ipynb", week="2026-W41")
    assert published.pages("one", "2026-W41") == {}
    assert (published.root / "reports/demo/one/latest").readlink() == Path("2026-W40")


def test_a_good_run_takes_the_failure_page_away(project):
    project.notebook("one")
    with pytest.raises(RunError, match=r"\(reports/demo/one/failed/one\.failed\.html\)$"):
        project.run_as("2", "notebooks/one.ipynb")
    page = project.run("notebooks/one.ipynb")
    assert {path.name for path in page.parent.iterdir()} == {"one.html", "results", "run.json"}
    assert not (project.root / "reports/demo/one/failed").exists()


def test_the_kernel_is_this_python_whatever_kernels_are_installed(project, monkeypatch):
    installed = project.root / "jupyter/kernels/python3"
    installed.mkdir(parents=True)
    spec = {"argv": ["false"], "display_name": "Python 3", "language": "python"}
    (installed / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(project.root / "jupyter"))
    project.notebook("one", "print(sys.executable)")
    page = project.run("notebooks/one.ipynb")
    assert f"<pre>{sys.executable}\n</pre>" in page.read_text(encoding="utf-8")


def test_a_pack_tells_of_each_report_what_is_there(project):
    project.notebook("one")
    project.notebook("two")
    project.pack("both", PACK)
    target = project.root / "reports/demo/both"

    project.pack("both", PACK.replace("number: 1", "number: 2"))
    with pytest.raises(RunError, match=r"^two failed: ValueError: it broke"):
        project.run("both")
    index = (target / "2026-W40/index.html").read_text(encoding="utf-8")
    assert "Not there: " in index
    assert 'href="one.html"' in index
    assert not (target / "latest").exists()

    project.pack("both", PACK)
    page = project.run("both")
    assert page == target / "2026-W40/index.html"
    index = page.read_text(encoding="utf-8")
    assert "Both &lt;of&gt; them" in index
    assert "number is &lt;b&gt;1&lt;/b&gt;" in index
    assert "▼ bad" in index
    assert "failed" not in index.partition("<body")[2]
    assert (target / "latest/results/owner/two/steps.parquet").is_file()
    good = project.pages("both")

    project.pack("both", PACK.replace("number: 1", "number: 2"))
    with pytest.raises(RunError, match=r"^two failed: ValueError"):
        project.run("both", source="demo")
    index = page.read_text(encoding="utf-8")
    assert "This is the run of " in index
    assert 'href="two.failed.html"' in index
    assert 'href="two.html"' in index
    now = project.pages("both")
    assert now["two.html"] == good["two.html"]
    assert now["results/owner/two/steps.parquet"] == good["results/owner/two/steps.parquet"]
    records = json.loads((target / "2026-W40/run.json").read_text(encoding="utf-8"))
    assert [bool(record["failure"]) for record in records] == [False, True]


def test_a_second_run_of_the_same_is_told_to_wait(published):
    with (
        publish.workspace(published.root / "reports/demo/one", print),
        pytest.raises(RunError, match=r"^another run of 'one' is under way, wait for its end$"),
    ):
        published.run("notebooks/one.ipynb")


def raising(kind, text):
    return f'from workbench.errors import {kind}\nraise {kind}("{text}")'


def test_a_report_for_want_of_a_table_is_left_out_of_a_pack_with_that_sentence(project):
    project.pack("both", PACK)
    project.notebook("one", raising("MissingData", "it would need the table orders"))
    project.notebook("two")
    page = project.run("both")
    index = page.read_text(encoding="utf-8")
    assert "Not made for this shop: it would need the table orders" in index
    assert "one is left out: it would need the table orders" in project.log.getvalue()
    assert sorted(path.name for path in page.parent.glob("*.html")) == ["index.html", "two.html"]
    one, two = records.read(page.parent).values()
    assert (one.skipped, one.failure, two.skipped) == ("it would need the table orders", "", "")
    assert (project.root / "reports/demo/both/latest").readlink() == Path("2026-W40")


def test_a_report_of_days_that_are_not_there_fails_in_a_pack_too(project):
    project.pack("both", PACK)
    project.notebook("one", raising("MissingDays", "the source ends before"))
    project.notebook("two")
    with pytest.raises(RunError, match="^one failed: the source ends before") as caught:
        project.run("both")
    assert caught.value.exit_code == 3  # the data cannot be used, the run itself is sound


def test_a_pack_goes_on_after_a_report_that_refuses_what_was_asked_for(project):
    project.pack("both", PACK)
    project.notebook("one", raising("ParameterError", "steps must name events"))
    project.notebook("two")
    with pytest.raises(RunError, match="^one failed: steps must name events"):
        project.run("both", week="2026-W40")
    assert (project.root / "reports/demo/both/2026-W40/two.html").is_file()
    project.notebook("two", raising("ParameterError", "unknown platform"))
    with pytest.raises(ParameterError, match="^steps must name events$"):
        project.run("both", week="2026-W40")
