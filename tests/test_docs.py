"""What the documentation tells a reader to do is done here, as written."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workbench.display import reference
from workbench.runs import plans
from workbench.sources import declaration, options

ROOT = Path(__file__).parent.parent
FENCED = re.compile(
    r"^```(?P<kind>\w+)(?: tags=(?P<tags>\w+))?\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL
)


OWN = ("src/workbench/analyses/repurchase.py", "tests/analyses/test_repurchase.py")


def blocks(section):
    return [(match["kind"], match["tags"], match["text"]) for match in FENCED.finditer(section)]


@pytest.fixture(scope="module")
def built(new_project):
    """A copy of the project with the analysis of docs/add-an-analysis.md in it."""
    project = new_project()
    shutil.copytree(ROOT / "src", project / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", project)
    (project / "tests/analyses").mkdir(parents=True)
    shutil.copy(ROOT / "tests/test_notebooks.py", project / "tests")
    page = (ROOT / "docs/add-an-analysis.md").read_text(encoding="utf-8")
    analysis, notebook, test, pack = (blocks(part) for part in re.split(r"\n## \d", page)[1:])
    (_, _, module), (_, _, home) = analysis
    write(project / "src/workbench/analyses/repurchase.py", module)
    add_to_door(project / "src/workbench/__init__.py", home)
    cells = [
        (new_markdown_cell if kind == "markdown" else new_code_cell)(
            text, metadata={"tags": [tags]} if tags else {}
        )
        for kind, tags, text in notebook
    ]
    nbformat.write(new_notebook(cells=cells), project / "notebooks/repurchase.ipynb")
    write(project / "tests/analyses/test_repurchase.py", test[0][2])
    with (project / "parameters/monthly.yaml").open("a", encoding="utf-8") as monthly:
        monthly.write(pack[0][2] + "\n")
    return project


def write(path, text):
    path.write_text(text + "\n", encoding="utf-8")


def add_to_door(door, home):
    text = door.read_text(encoding="utf-8")
    assert "\n_HOMES = {\n" in text
    text = text.replace("\n_HOMES = {\n", f"\n_HOMES = {{\n{home}\n", 1)
    door.write_text(text, encoding="utf-8")


def run(project, *command):
    environment = os.environ | {"PYTHONPATH": str(project / "src"), "WORKBENCH_HOME": str(project)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_analysis_of_the_page_passes_the_test_of_the_page_and_its_notebook_the_rules(built):
    done = run(built, "-m", "pytest", "-q", "tests", "-k", "repurchase", "-m", "not slow")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_its_files_are_in_the_house_style(built, command):
    done = run(built, "-m", "ruff", *command, "--no-cache", "src/workbench/__init__.py", *OWN)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_columns_are_on_the_page_of_results(built):
    done = run(built, "-m", "workbench.display.reference")
    assert "## Repurchase\n" in done.stdout, done.stderr
    assert '`purchases` (1..4, the last means "or more"), `users`.' in done.stdout


def test_its_notebook_runs_in_the_pack_and_gives_a_report(built):
    before, after = (
        [report.name for report in plans.plan("monthly", {}, root).reports]
        for root in (ROOT, built)
    )
    assert after == [*before, "repurchase"]
    pack = built / "parameters/monthly.yaml"  # without the shipped ones, which other tests run
    head, _, entries = pack.read_text(encoding="utf-8").partition("reports:\n")
    own = entries[entries.index("  - notebook: repurchase") :]
    pack.write_text(f"{head}reports:\n{own}", encoding="utf-8")
    done = run(built, "-m", "workbench.cli", "run", "monthly")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (built / "reports/demo/monthly/latest/repurchase.html").read_text(encoding="utf-8")
    assert "customers bought again (10 Aug – 4 Oct 2026;" in page
    assert "What would you ask next?" not in page
    index = (built / "reports/demo/monthly/latest/index.html").read_text(encoding="utf-8")
    assert "repurchase.html" in index


def test_the_page_of_results_is_what_the_docstrings_say():
    assert (ROOT / "docs/results.md").read_text(encoding="utf-8") == reference._page()


def test_every_decision_has_a_status_and_a_date_and_stands_in_the_index():
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    rows = []
    for number, path in enumerate(sorted((ROOT / "docs/decisions").glob("0*.md")), 1):
        heading, _, status, *_ = path.read_text(encoding="utf-8").splitlines()
        accepted = re.match(r"Status: (\w+, \d{4}-\d\d-\d\d)[.;]", status)[1]
        title = heading.removeprefix(f"# {number}. ")
        rows.append(f"| [{number}]({path.name}) | {title} | {accepted} |")
    assert index.splitlines()[-len(rows) :] == rows


LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def test_every_link_of_a_page_leads_somewhere():
    pages = [
        path
        for folder in (".", "docs", "docs/decisions", "reports")
        for path in (ROOT / folder).glob("*.md")
    ]
    assert len(pages) > 20
    found = [
        (page, link) for page in pages for link in LINK.findall(page.read_text(encoding="utf-8"))
    ]
    assert ("README.md", "CONTRIBUTING.md") in [(page.name, link) for page, link in found]
    assert [(page.name, link) for page, link in found if not (page.parent / link).exists()] == []


STEP = re.compile(
    r"^```(?P<kind>console|csv|yaml|sql)(?: (?P<made>file|made)=(?P<file>\S+))?\n(?P<text>.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)


ROW = re.compile(r"^\| `(\w+)` \| (`.+?) \|", re.MULTILINE)


def plain(text):
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def printed_in_order(expected, said):
    """Which expected line is not printed after those before it; `…` stands for any lines."""
    rest = iter(said)
    return [line for line in expected if line != "…" and line not in rest]


def test_the_page_of_your_data_names_every_key_of_a_source_file_with_an_example():
    page = (ROOT / "docs/your-data.md").read_text(encoding="utf-8")
    section = page.partition("## Every key of a source file\n")[2].partition("\n## ")[0]
    tables = [dict(ROW.findall(part)) for part in section.split("| key | example |")[1:]]
    of_a_file = (*options._KEYS, *options._OF_LINES)
    shop = (*declaration._OF_THE_SHOP, *declaration._OF_THE_DATA)
    assert [sorted(table) for table in tables] == [
        sorted(shop),
        sorted(of_a_file),
        sorted(declaration._ENTRY_KEYS),
    ]
    assert all(all(table.values()) for table in tables)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "commands"), [("your-data", 5), ("warehouse", 3)])
def test_each_command_prints_what_the_page_says(new_project, name, commands):
    project = new_project()
    page = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
    steps = list(STEP.finditer(page))
    assert [step["kind"] for step in steps].count("console") == commands
    for step in steps:
        if step["made"] == "made":
            made = (project / step["file"]).read_text(encoding="utf-8")
            assert made == step["text"] + "\n"
            continue
        if step["file"]:
            target = project / step["file"]
            target.parent.mkdir(exist_ok=True)
            if step["kind"] == "sql":
                with closing(duckdb.connect(str(target))) as database:
                    database.execute(step["text"])
                continue
            target.write_text(step["text"] + "\n", encoding="utf-8")
            continue
        if step["kind"] != "console":
            continue
        command, *expected = plain(step["text"])
        code = (
            int(re.search(r"\(exit code (\d)\)", step["text"])[1]) if "(exit" in step["text"] else 0
        )
        done = subprocess.run(
            [sys.executable, "-m", "workbench.cli", *command.removeprefix("$ workbench ").split()],
            cwd=project,
            env=os.environ | {"WORKBENCH_HOME": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
        said = plain(done.stdout + "\n" + done.stderr)
        assert done.returncode == code, "\n".join(said)
        expected = [line for line in expected if not line.startswith("(exit code")]
        assert printed_in_order(expected, said) == [], "\n".join(said)
    with (project / "repair.csv").open(encoding="utf-8-sig") as file:
        assert file.read().count("\n") == 2
