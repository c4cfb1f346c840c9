"""What is no report of a pack or notebook as it stands is a trial: it says so and takes no place."""

import json
from html import unescape
from pathlib import Path

import pytest

from workbench import cli
from workbench.display import records
from workbench.errors import RunError
from workbench.runs import driver, locks, places

PACK = "title: Weekly\nreports:\n  - notebook: one\n    parameters: {number: 6}\n"
SAID = "A trial (number: 1): it takes no published report's place."


def tried(project, target, **given):
    return dict(project.plan(target, **given).tried)


def test_only_a_value_that_is_not_the_packs_or_the_notebooks_makes_a_trial(project):
    (project.root / "old").mkdir()
    project.notebook("one")
    project.notebook("two")
    project.pack("weekly", f"{PACK}  - notebook: two\n")
    alone = "notebooks/one.ipynb"
    assert tried(project, "weekly", source="old", week="2026-W30") == {}
    assert tried(project, alone, source="old", week="2026-W30") == {}
    assert tried(project, alone, number="1") == {}
    assert tried(project, alone, number="6") == {"number": "6"}
    assert tried(project, "weekly") == {}  # what a pack sets is its own
    # Six is what the first report has, but not the second; one the other way round.
    assert tried(project, "weekly", number="6") == {"number": "6"}
    assert tried(project, "weekly", number="1") == {"number": "1"}
    project.pack("weekly", PACK)
    assert tried(project, "weekly", number="6") == {}


@pytest.fixture(scope="module")
def ran(published):
    """A project with the weekly pack of the demo and of another shop, and a trial of it."""
    (published.root / "old").mkdir()
    published.pack("weekly", PACK.replace("6", "9"))
    for given in ({}, {"source": "old"}):
        published.run("weekly", **given)
    before = snapshot(published.root / "reports")
    return published, before, published.run("weekly", number="1")


def snapshot(reports):
    """Every published file and where `latest` leads; the trials and the page over all apart."""
    return {
        str(one.relative_to(reports)): one.readlink() if one.is_symlink() else one.read_bytes()
        for one in sorted(reports.rglob("*"))
        if (one.is_symlink() or one.is_file())
        and "trials" not in one.parts
        and one.parent != reports
    }


def test_two_shops_in_one_week_both_stand(ran):
    project, _before, _page = ran
    for source in ("demo", "old"):
        folder = project.root / "reports" / source / "weekly"
        (record,) = records.read(folder / "2026-W40").values()
        assert Path(record.source).name == source
        assert (folder / "latest").readlink() == Path("2026-W40")
    assert "replaces" not in project.log.getvalue()


def test_a_trial_touches_nothing_that_is_published(ran):
    project, before, page = ran
    assert len(before) >= 10
    assert snapshot(project.root / "reports") == before
    assert page == project.root / "reports/trials/demo/weekly/2026-W40/index.html"


def test_a_trial_says_so_on_the_head_of_each_page_and_to_whoever_runs_it(ran):
    project, _before, page = ran
    for name in ("index.html", "one.html"):
        html = unescape((page.parent / name).read_text("utf-8"))
        assert html.index(SAID) < html.index("<h1")
    assert "A trial (number: 1): it takes no" in project.log.getvalue()
    official = project.root / "reports/demo/weekly/2026-W40"
    for name in ("index.html", "one.html"):
        assert "A trial" not in (official / name).read_text("utf-8")


def test_a_trial_that_fails_says_so_too(ran):
    project, before, _page = ran
    with pytest.raises(RunError, match=r"\(reports/trials/demo/one/failed/one\.failed\.html\)$"):
        project.run("notebooks/one.ipynb", number="2")
    page = project.root / "reports/trials/demo/one/failed/one.failed.html"
    html = page.read_text("utf-8")
    assert html.index("A trial (number: 2)") < html.index("<h1")
    assert "<strong>● <code>2</code></strong>" in html
    assert snapshot(project.root / "reports") == before


def test_a_page_and_its_record_list_every_parameter_and_which_is_not_the_notebooks_own(ran):
    project, _before, page = ran
    (trial,) = json.loads((page.parent / "run.json").read_text("utf-8"))
    of_pack = project.root / "reports/demo/weekly/2026-W40"
    (official,) = json.loads((of_pack / "run.json").read_text("utf-8"))
    assert (trial["is_trial"], official["is_trial"]) == (True, False)
    assert [one["name"] for one in trial["parameters"]] == ["source", "week", "number"]
    assert trial["parameters"][2] == {
        "name": "number",
        "value": 1,
        "default": 1,
        "help": "1..9: a number",
        "differs": False,
    }
    assert (official["parameters"][2]["value"], official["parameters"][2]["differs"]) == (9, True)
    html = unescape((of_pack / "one.html").read_text("utf-8"))
    assert html.index("Where is it from?") < html.index("(not the notebook's own: number)")
    assert "<strong>● <code>9</code></strong></td><td><code>1</code></td>" in html


def test_the_page_over_all_lists_each_source_and_pack_and_apart_from_them_the_trials(ran):
    project, _before, _page = ran
    html = (project.root / "reports/index.html").read_text("utf-8").partition("<body")[2]
    published, trials = html.split("<h2>Trials</h2>")
    for source in ("demo", "old"):
        link = f'href="{source}/weekly/2026-W40/index.html">Weekly</a>'
        assert published.index(f"<h2>{source}</h2>") < published.index(link)
    assert 'href="demo/one/2026-W40/one.html">How many?</a>' in published
    assert 'demo: <a href="trials/demo/weekly/2026-W40/index.html">Weekly</a>' in trials
    assert "2026-W40, made " in published


def test_a_trial_looks_for_earlier_reports_where_the_published_ones_are(project):
    project.notebook("one", "print('at', os.environ['WORKBENCH_PUBLISHED'])")
    page = project.run("notebooks/one.ipynb", number="9")
    assert "reports/trials/demo/one" in str(page)
    assert f"at {project.root / 'reports/demo/one'}\n" in page.read_text("utf-8")


def test_a_run_publishes_where_it_is_told_to_and_nowhere_else(project, capsys):
    project.notebook("one")
    given = ["run", "notebooks/one.ipynb", "--out", "elsewhere/pages"]
    assert cli.main(given) == 0
    assert capsys.readouterr().out == "elsewhere/pages/demo/one/2026-W40/one.html\n"
    assert (project.root / "elsewhere/pages/index.html").is_file()
    assert not (project.root / "reports").exists()
    assert cli.main([*given, "-p", "number", "9"]) == 0
    out, said = capsys.readouterr()
    assert out == "elsewhere/pages/trials/demo/one/2026-W40/one.html\n"
    assert said.startswith("A trial (number: 9): ")
    assert cli.main(["run", "notebooks/one.ipynb", "--out", ""]) == 2
    assert capsys.readouterr().err == "workbench: out == '', must be a folder\n"


def test_a_notebook_that_declares_no_source_has_a_folder_that_says_so(project):
    project.notebook("one")
    path = project.root / "notebooks/one.ipynb"
    text = path.read_text("utf-8")
    path.write_text(text.replace('source: str = \\"demo\\"  # a source\\n', ""), "utf-8")
    plan = project.plan("notebooks/one.ipynb")
    assert [one.name for one in plan.reports[0].settings] == ["week", "number"]
    found = places.place(plan, project.root / "reports").target
    assert found == project.root / "reports/no-source/one"


def test_runs_on_two_sources_keep_each_other_waiting_no_more_than_a_moment(project):
    (project.root / "old").mkdir()
    project.notebook("one")
    plan = project.plan("notebooks/one.ipynb", source="old")
    (project.root / "reports").mkdir()
    held = places.claimed(project.plan("notebooks/one.ipynb"), project.root / "reports").target
    held.mkdir()
    with locks.held(held):
        assert driver.run(plan, project.root, project.log).is_file()
        with pytest.raises(RunError, match="another run of 'one' is under way"):
            project.run("notebooks/one.ipynb")
