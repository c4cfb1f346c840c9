import pytest

from workbench.errors import ParameterError

PACK = (
    "title: Weekly\nreports:\n  - notebook: one\n    parameters: {number: 2}\n  - notebook: two\n"
)


@pytest.fixture
def packed(project):
    project.notebook("one")
    project.notebook("two")
    project.pack("weekly", PACK)
    return project


def refusal(project, target="weekly", **given):
    with pytest.raises(ParameterError) as caught:
        project.plan(target, **given)
    return str(caught.value)


def test_a_pack_names_its_reports_and_what_they_differ_in(packed):
    plan = packed.plan("weekly")
    assert (plan.name, plan.title, plan.is_pack) == ("weekly", "Weekly", True)
    assert [report.name for report in plan.reports] == ["one", "two"]
    assert [dict(report.parameters) for report in plan.reports] == [{"number": 2}, {}]
    assert [report.week for report in plan.reports] == ["", ""]


def test_a_given_parameter_goes_before_the_packs_and_to_every_report(packed):
    plan = packed.plan("weekly", number="3", week="2026-W40")
    assert [dict(report.parameters) for report in plan.reports] == [
        {"number": 3, "week": "2026-W40"},
        {"number": 3, "week": "2026-W40"},
    ]
    assert [report.week for report in plan.reports] == ["2026-W40", "2026-W40"]


def test_a_parameter_goes_to_the_reports_that_declare_it_and_to_at_least_one(packed):
    other = packed.root / "notebooks/two.ipynb"
    other.write_text(other.read_text(encoding="utf-8").replace("number: int", "size: int"), "utf-8")
    plan = packed.plan("weekly", size="4")
    assert [dict(report.parameters) for report in plan.reports] == [{"number": 2}, {"size": 4}]
    assert refusal(packed, sise="4") == "unknown parameter 'sise', did you mean 'size'?"


def test_one_notebook_is_a_plan_without_an_index(packed):
    plan = packed.plan("notebooks/one.ipynb", number="5")
    assert (plan.name, plan.is_pack) == ("one", False)
    assert [dict(report.parameters) for report in plan.reports] == [{"number": 5}]


def test_a_folder_is_a_source_wherever_the_kernel_starts(packed):
    (packed.root / "shops/mine").mkdir(parents=True)
    plan = packed.plan("weekly", source="shops/mine")
    assert plan.reports[0].parameters["source"] == str(packed.root / "shops/mine")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "reports: [",
            ", line 1: not valid YAML: expected the node content, but found '<stream end>'",
        ),
        ("", ": the file is empty"),
        ("- one", ", line 1: a pack must be a mapping, got a list"),
        ("title: x", ", line 1: a pack must have the key 'reports'"),
        ("title: x\nreport: []", ", line 2: unknown key 'report', did you mean 'reports'?"),
        ("title: x\ntitle: y", ", line 2: 'title' stands twice"),
        ("reports: []", ", line 1: 'reports' must be a list of notebooks"),
        ("reports: one", ", line 1: 'reports' must be a list of notebooks"),
        ("reports:\n- one", ", line 2: a report must be a mapping, got 'one'"),
        ("reports:\n- {parameters: {}}", ", line 2: a report must have the key 'notebook'"),
        (
            "reports:\n- notebook: one\n  parameter: {}",
            ", line 3: unknown key 'parameter', did you mean 'parameters'?",
        ),
        ("reports: [{notebook: on}]", ", line 1: unknown notebook 'on', did you mean 'one'?"),
        (
            "reports:\n- notebook: one\n- notebook: one",
            ", line 3: the notebook 'one' comes twice",
        ),
        (
            "reports: [{notebook: one, parameters: [1]}]",
            ", line 1: parameters must be a mapping, got a list",
        ),
        (
            "reports: [{notebook: one, parameters: {numbr: 1}}]",
            ", line 1: one: unknown parameter 'numbr', did you mean 'number'?",
        ),
        (
            "reports: [{notebook: one, parameters: {number: ten}}]",
            ", line 1: one: number == 'ten', must be a whole number in 1..9",
        ),
        (
            "reports: [{notebook: one, parameters: {number: {a: 1}}}]",
            ", line 1: a parameter must be text, got a mapping",
        ),
        (
            "reports: [{notebook: one, parameters: {week: 2025-W53}}]",
            ", line 1: one: week == '2025-W53', but 2025 has the weeks W01 to W52",
        ),
        (
            "reports: [{notebook: one, parameters: {source: dmo}}]",
            ", line 1: one: unknown source 'dmo', did you mean 'demo'?",
        ),
    ],
)
def test_a_pack_that_is_wrong_is_refused_in_one_line(packed, text, sentence):
    packed.pack("weekly", text)
    assert refusal(packed) == f"parameters/weekly.yaml{sentence}"


def test_a_value_in_a_pack_is_what_is_written_there(packed):
    packed.pack("weekly", "reports: [{notebook: one, parameters: {source: NO, number: 07}}]")
    assert refusal(packed).endswith("unknown source 'NO', must be one of: demo")


def test_a_pack_may_not_publish_where_a_notebook_does(packed):
    packed.pack("one", PACK)
    assert (
        refusal(packed, "one")
        == "parameters/one.yaml, line 1: a notebook is called 'one' like this pack"
    )


def test_a_notebook_may_not_take_the_place_of_the_index(packed):
    packed.notebook("index")
    packed.pack("weekly", "reports: [{notebook: index}]")
    assert refusal(packed).endswith("'index' would take the place of the pack's own page")
