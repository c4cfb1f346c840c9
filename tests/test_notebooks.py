"""What every notebook keeps, so that it reads like the others and serves three kinds of readers."""

import ast
import re
from pathlib import Path

import nbformat
import papermill
import pytest

from workbench import parameters

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
TAGS = {"parameters", "figure", "app", "lab"}
LAB = "## What would you ask next?"
CLOSING = {
    "## What would this report need to tell more?",
    "## What was counted, and how?",
    "## Where do these figures come from?",
}

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind=None, tag=None):
    notebook = nbformat.read(path, as_version=4)
    return [
        cell
        for cell in notebook.cells
        if kind in (None, cell.cell_type) and (tag is None or tag in cell.metadata.get("tags", []))
    ]


def code_without_parameters(path):
    tagged = cells(path, tag="parameters")
    return [cell for cell in cells(path, "code") if cell not in tagged]


def test_a_notebook_is_valid_and_holds_no_outputs(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    for cell in cells(path, "code"):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_it_opens_with_its_question_and_what_it_does_not_answer(path):
    opening = cells(path)[0]
    assert opening.cell_type == "markdown"
    title, _, text = opening.source.partition("\n\n")
    assert title.startswith("# ")
    assert title.endswith("?")
    assert " not " in text


def headings(path, tag=None):
    lines = [line for cell in cells(path, "markdown", tag) for line in cell.source.splitlines()]
    return [line for line in lines if line.startswith("#")]


def test_every_heading_is_a_question(path):
    assert len(headings(path)) >= 5
    assert [heading for heading in headings(path) if not heading.endswith("?")] == []


def test_it_answers_at_most_eight_questions(path):
    _title, *asked = headings(path)
    beside = {LAB, *CLOSING, *headings(path, "app")}
    assert 0 < len([heading for heading in asked if heading not in beside]) <= 8


def test_it_ends_with_what_is_missing_and_where_its_figures_come_from(path):
    ends = headings(path)[-len(CLOSING) :]
    assert CLOSING - {"## What was counted, and how?"} <= set(ends)
    assert ends[-1] == "## Where do these figures come from?"


def test_an_analyst_continues_from_three_live_cells_under_one_heading(path):
    assert headings(path, "lab") == [LAB]
    assert headings(path).count(LAB) == 1
    tagged = [i for i, cell in enumerate(cells(path)) if cell in cells(path, tag="lab")]
    assert [cells(path)[i].cell_type for i in tagged] == ["markdown", "code", "code", "code"]
    assert tagged == list(range(tagged[0], tagged[0] + 4))
    assert all(cells(path)[i].metadata.tags == ["lab"] for i in tagged)


def test_findings_are_asked_for_by_topic_never_by_number(path):
    assert [cell.source for cell in cells(path, "code") if "findings[" in cell.source] == []


def test_its_parameters_are_declared_with_types_and_help_in_at_most_ten_lines(path):
    (cell,) = cells(path, "code", "parameters")
    assert cells(path)[1].source == cell.source
    declared = parameters.read(path)
    assert len(cell.source.splitlines()) == len(declared) <= 10
    assert {"source", "week"} <= {one.name for one in declared}
    assert all(one.help for one in declared)


def test_what_would_unmask_users_or_tell_costs_is_the_owners_and_no_control(path):
    declared = parameters.read(path)
    secret = re.compile(r"mask_.*|.*_cost|drill|thresholds")
    assert [one.name for one in declared if secret.fullmatch(one.name) and not one.is_owners] == []
    owners = {one.name for one in declared if one.is_owners}
    (app,) = cells(path, "code", "app")
    calls = [node for node in ast.walk(ast.parse(app.source)) if isinstance(node, ast.Call)]
    (controls,) = [call for call in calls if ast.unparse(call.func) == "wb.explore"]
    chosen = {keyword.arg for keyword in controls.keywords} - {"show", "known"}
    assert chosen
    assert chosen & owners == set()
    assert chosen <= {one.name for one in declared}  # what is spread (**) would be None


def test_no_cell_is_long_or_defines_or_decides_anything(path):
    for cell in code_without_parameters(path):
        assert len(cell.source.splitlines()) <= 10
        tree = ast.parse(cell.source)
        refused = (ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.Try)
        assert [node for node in ast.walk(tree) if isinstance(node, refused)] == []


def test_it_imports_the_workbench_and_otherwise_the_standard_library(path):
    allowed = {"workbench", "datetime", "functools"}
    for cell in code_without_parameters(path):
        for node in ast.walk(ast.parse(cell.source)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [node.module]
            assert {name.partition(".")[0] for name in names} <= allowed


def test_tiles_and_then_findings_come_before_any_figure(path):
    sources = [cell.source for cell in cells(path, "code")]
    tiles = next(i for i, source in enumerate(sources) if ".tiles" in source)
    assert tiles <= 3  # the parameters, the shop, the analysis
    finding = next(
        i for i, source in enumerate(sources) if ".findings" in source or ".about(" in source
    )
    assert finding <= tiles + 1
    assert [
        cell for cell in cells(path, "code")[:finding] if "figure" in cell.metadata.get("tags", [])
    ] == []


def test_tags_are_known_and_every_figure_has_a_cell_of_its_own(path):
    for cell in cells(path):
        assert set(cell.metadata.get("tags", [])) <= TAGS
    controls = cells(path, tag="app")
    for cell in [cell for cell in cells(path, "code") if cell not in controls]:
        draws = "_chart(" in cell.source
        assert draws == ("figure" in cell.metadata.get("tags", []))
        assert cell.source.count("_chart(") <= 1


def test_one_cell_has_the_controls_and_the_last_one_closes(path):
    (app,) = cells(path, "code", "app")
    assert "wb.explore(" in app.source
    assert "known=" in app.source  # what the page has is not computed a second time
    assert len(headings(path, "app")) == 1
    assert cells(path)[-1].source.startswith("wb.finish(")


@pytest.mark.slow
def test_it_runs_under_plain_papermill_too(path, tmp_path):
    done = papermill.execute_notebook(
        path, tmp_path / "done.ipynb", parameters={"weeks": 2}, cwd=path.parent, progress_bar=False
    )
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code")
    assert "application/vnd.workbench.finish+json" in done.cells[-1].outputs[0].data
