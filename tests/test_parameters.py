import ast
import json
from datetime import date

import pytest

from workbench import parameters
from workbench.errors import ParameterError

TODAY = date(2026, 10, 8)  # a Thursday of 2026-W41

CELL = """\
source: str = "demo"  # a shop in parameters/sources, a folder, or demo
week: str = "latest"  # YYYY-Www | latest: the last week of the period
weeks: int = 4  # 1..52: how many weeks the period spans
steps: list[str] = []  # the events of the funnel in order; empty: the source's own
window_days: int = 7  # 1..90: days a user has from the first step to the last
share: float = 0.5  # 0..1: how much of it
entry: str = "best"  # best | first: which attempt of a user counts
order: str = "ordered"  # ordered: other events may lie between the steps
mask_ids: bool = True  # whether user ids leave the shop as pseudonyms
colours: list[str] = ["red"]  # red | green: which of them
"""
DECLARED = parameters.parse(CELL, where="cell")


def refusal(given):
    with pytest.raises(ParameterError) as caught:
        parameters.check(DECLARED, given, today=TODAY)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("source", "中文店", "中文店"),
        ("source", "", ""),
        ("source", '"); import os #', '"); import os #'),
        ("source", "a\\\nb", "a\\\nb"),
        ("week", "latest", "latest"),
        ("week", "2026-W41", "2026-W41"),
        ("week", "2020-W53", "2020-W53"),
        ("weeks", "52", 52),
        ("weeks", "+4", 4),
        ("weeks", " 4 ", 4),
        ("weeks", 4, 4),
        ("steps", '["visit", "a,b"]', ["visit", "a,b"]),
        ("steps", "visit, purchase", ["visit", "purchase"]),
        ("steps", "", []),
        ("steps", "[]", []),
        ("steps", ["visit"], ["visit"]),
        ("share", "1", 1.0),
        ("share", ".25", 0.25),
        ("share", "1e-3", 0.001),
        ("share", 1, 1.0),
        ("entry", "first", "first"),
        ("mask_ids", "False", False),
        ("mask_ids", "true", True),
        ("mask_ids", False, False),
        ("colours", "green,red", ["green", "red"]),
    ],
)
def test_a_value_arrives_in_its_declared_type(name, text, value):
    found = parameters.check(DECLARED, {name: text}, today=TODAY)[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("wekk", "2026-W40", "unknown parameter 'wekk', did you mean 'week'?"),
        (
            "",
            "1",
            "unknown parameter '', must be one of: colours, entry, mask_ids, order, share, source, "
            "steps, week, weeks, window_days",
        ),
        ("weeks;quit", "1", "unknown parameter 'weeks;quit', did you mean 'weeks'?"),
        ("week\n", "latest", "unknown parameter 'week\ufffd', did you mean 'week'?"),
        ("weeks", "four", "weeks == 'four', must be a whole number in 1..52"),
        ("weeks", "4.0", "weeks == '4.0', must be a whole number in 1..52"),
        ("weeks", "1_0", "weeks == '1_0', must be a whole number in 1..52"),
        ("weeks", "٤", "weeks == '٤', must be a whole number in 1..52"),
        ("weeks", "9" * 30, f"weeks == '{'9' * 30}', must be a whole number in 1..52"),
        ("weeks", "", "weeks == '', must be a whole number in 1..52"),
        ("weeks", True, "weeks == True, must be a whole number in 1..52"),
        ("weeks", 4.0, "weeks == 4.0, must be a whole number in 1..52"),
        ("weeks", None, "weeks == None, must be a whole number in 1..52"),
        ("weeks", "4\n5", "weeks == '4\ufffd5', must be a whole number in 1..52"),
        ("window_days", "0", "window_days == 0, must be in 1..90"),
        ("window_days", "91", "window_days == 91, must be in 1..90"),
        ("window_days", "-1", "window_days == -1, must be in 1..90"),
        ("share", "1.5", "share == 1.5, must be in 0..1"),
        ("share", "nan", "share == 'nan', must be a number in 0..1"),
        ("share", "1e999", "share == '1e999', must be a number in 0..1"),
        ("share", float("inf"), "share == inf, must be a number in 0..1"),
        ("mask_ids", "maybe", "mask_ids == 'maybe', must be true or false"),
        ("mask_ids", 1, "mask_ids == 1, must be true or false"),
        ("source", False, "source == False, must be text"),
        ("source", "a\udcff", "source == 'a\ufffd', must be valid UTF-8"),
        ("steps", "a,,b", """steps == 'a,,b', must be a list such as ["a", "b"] or a,b"""),
        ("steps", '["a"', """steps == '["a"', must be a list such as ["a", "b"] or a,b"""),
        ("steps", "[1]", """steps == '[1]', must be a list such as ["a", "b"] or a,b"""),
        ("steps", [1], """steps == [1], must be a list such as ["a", "b"] or a,b"""),
        ("entry", "frist", "entry == 'frist', did you mean 'first'?"),
        ("entry", "zzz", "entry == 'zzz', must be one of: best, first"),
        ("order", "zzz", "order == 'zzz', must be 'ordered'"),
        ("colours", "red,gren", "colours == 'gren', did you mean 'green'?"),
        ("week", "2025-W53", "week == '2025-W53', but 2025 has the weeks W01 to W52"),
        ("week", "2026-W54", "week == '2026-W54', but 2026 has the weeks W01 to W53"),
        ("week", "0000-W01", "week == '0000-W01', but there is no such year"),
        ("week", "2026-W42", "week == '2026-W42' is in the future, must be 2026-W41 or before"),
        ("week", "2026-40", "week == '2026-40', must look like 2026-W40 or be 'latest'"),
        ("week", "2026-w40", "week == '2026-w40', must look like 2026-W40 or be 'latest'"),
        ("week", "last", "week == 'last', did you mean 'latest'?"),
        ("week", "YYYY-Www", "week == 'YYYY-Www', must look like 2026-W40 or be 'latest'"),
        ("week", "x" * 70, f"week == '{'x' * 59}…', must look like 2026-W40 or be 'latest'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(name, text, sentence):
    assert refusal({name: text}) == sentence


@pytest.mark.parametrize(
    "name",
    ["password", "db_passwd", "TOKEN", "api_token", "dsn", "client_secret", "api_key", "apikey"],
)
def test_a_parameter_named_like_a_secret_is_refused_and_its_value_not_told(name):
    line = refusal({name: "hunter2"})
    assert line.startswith(f"parameter '{name}' is named like a secret")
    assert "hunter2" not in line
    with pytest.raises(ParameterError, match="is named like a secret"):
        parameters.parse(f"{name}: str = ''  # it", where="cell")


def test_a_name_that_only_holds_the_letters_of_a_secret_is_none():
    source = "tokens_a_day: int = 1  # it\nkey_days: int = 1  # it\npasses: int = 1  # it"
    assert len(parameters.parse(source, where="cell")) == 3


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(ParameterError, match=r"^parameter 'week' is given twice$"):
        parameters.pairs([("week", "latest"), ("weeks", "4"), ("week", "latest")])


def test_a_week_that_has_begun_anywhere_on_earth_is_not_in_the_future():
    declared = parameters.parse('week: str = "latest"  # YYYY-Www | latest: it', where="cell")
    assert parameters.check(declared, {"week": "2020-W01"}) == {"week": "2020-W01"}
    with pytest.raises(ParameterError, match=r"^week == '9999-W01' is in the future"):
        parameters.check(declared, {"week": "9999-W01"})


def test_a_line_says_name_type_default_help_and_what_is_allowed():
    by_name = {parameter.name: parameter for parameter in DECLARED}
    assert list(by_name)[:3] == ["source", "week", "weeks"]
    assert by_name["weeks"].bounds == (1, 52)
    assert by_name["weeks"].default == 4
    assert by_name["week"].words == ("YYYY-Www", "latest")
    assert by_name["week"].is_week
    assert by_name["order"].words == ("ordered",)
    assert by_name["steps"].words == ()
    assert by_name["steps"].help == "the events of the funnel in order; empty: the source's own"
    assert by_name["share"].default == 0.5


def test_help_may_mark_a_parameter_as_the_owners_before_what_is_allowed():
    ours, theirs, none = parameters.parse(
        "a: int = 1  # owner: 1..9: how many\nb: int = 1  # for an owner: of it\nc: int = 1  # the owner: it",
        where="cell",
    )
    assert (ours.is_owners, ours.bounds, ours.help) == (True, (1, 9), "1..9: how many")
    assert (theirs.is_owners, theirs.help) == (False, "for an owner: of it")
    assert not none.is_owners
    assert parameters.check([ours], {"a": "9"}) == {"a": 9}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "weeks: int = 4  # owner:",
            "'weeks' has no help; it must be written as name: type = literal  # help",
        ),
        ("weeks = 4  # how many", "must be written as name: type = literal  # help"),
        ("weeks: int  # how many", "must be written as name: type = literal  # help"),
        ("print('x')", "must be written as name: type = literal  # help"),
        ("x.y: int = 4  # how many", "must be written as name: type = literal  # help"),
        (
            "steps: list[str] = [  # steps\n]",
            "must be written as name: type = literal  # help",
        ),
        ("weeks: integer = 4  # how many", "unknown type 'integer', did you mean 'int'?"),
        (
            "weeks: int = 2 * 2  # how many",
            "the default of 'weeks' is not a literal; it must be written as "
            "name: type = literal  # help",
        ),
        ("weeks: int = '4'  # how many", "the default of 'weeks' is text, must be a whole number"),
        ("weeks: int = 4.5  # how many", "weeks == 4.5, must be a whole number"),
        ("weeks: int = 0  # 1..52: how many", "weeks == 0, must be in 1..52"),
        ("word: str = 'c'  # a | b: which", "word == 'c', must be one of: a, b"),
        (
            "weeks: int = 4",
            "'weeks' has no help; it must be written as name: type = literal  # help",
        ),
        ("text: str = 'a=b'  # text", "the default of 'text' holds an equals sign"),
        ("x: str = 'a'  # 1..2: it", "the range 1..2 of 'x' fits no value of type str"),
        ("x: int = 1  # 2..1: it", "the range 2..1 of 'x' fits no value of type int"),
        ("x: int = 1  # a | b: it", "the words 'a | b' of 'x' fit no value of type int"),
        (
            "token: str = ''  # to the warehouse",
            "parameter 'token' is named like a secret, which belongs in a ${VARIABLE} of a file in "
            "parameters/sources",
        ),
        ("first: int = 1  # again", "'first' is declared twice"),
        ("%matplotlib inline", "is not Python"),
    ],
)
def test_a_cell_that_breaks_the_grammar_is_refused_with_its_line(line, sentence):
    with pytest.raises(ParameterError) as caught:
        parameters.parse(f"first: int = 1  # one\n\n{line}\n", where="a.ipynb, parameters cell")
    assert str(caught.value) == f"a.ipynb, parameters cell, line 3: {sentence}"


def notebook(path, *sources):
    cells = [
        {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
        for source in sources
    ]
    cells.append({"cell_type": "markdown", "source": "# Title", "metadata": {}})
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_a_notebooks_cell_is_read_whether_its_text_is_one_string_or_lines(tmp_path):
    one = notebook(tmp_path / "one.ipynb", CELL)
    lines = notebook(tmp_path / "lines.ipynb", CELL.splitlines(keepends=True))
    assert parameters.read(one) == parameters.read(lines) == DECLARED
    assert parameters.read(notebook(tmp_path / "none.ipynb")) == ()


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    broken = tmp_path / "broken.ipynb"
    for text in ("", "[]", "{}", '{"cells": [1]}'):
        broken.write_text(text, encoding="utf-8")
        with pytest.raises(ParameterError, match=r"broken\.ipynb: is not a notebook$"):
            parameters.read(broken)
    with pytest.raises(ParameterError, match=r"No such file or directory"):
        parameters.read(tmp_path / "nowhere.ipynb")
    with pytest.raises(ParameterError, match=r"2 cells are tagged 'parameters', must be one$"):
        parameters.read(notebook(tmp_path / "two.ipynb", CELL, CELL))


def test_no_value_is_code_once_papermill_has_written_it_down():
    from papermill.translators import PythonTranslator  # noqa: PLC0415 - 1 s that others spare

    nasty = ['"', "'''", '"""', "\\", '\\"', "\n", "$x`{y}", "中\u202e", '"); import os  # ']
    given = {"source": "".join(nasty), "steps": nasty}
    values = parameters.check(DECLARED, given)
    cell = ast.parse(PythonTranslator.codify(values))
    found = {node.targets[0].id: ast.literal_eval(node.value) for node in cell.body}
    assert found == given
