"""`workbench new-source` as a person meets it: what it writes, asks, refuses and never touches."""

import subprocess
import sys

import pytest

from workbench import cli
from workbench.proposals import command, looking, proposal

ORDERS = "no,paid_at,amount,buyer\n1,2026-03-02 10:00:00,10.00,a\n2,2026-03-03 10:00:00,20.50,b\n"
UNSURE = "no,paid_at,amount\n1,02/03/2026,10.00\n2,05/01/2026,20.50\n3,04/02/2026,7.00\n"


def write(project, name, text):
    path = project / "data" / name
    path.write_text(text, encoding="utf-8")
    return path


def written(project):
    return (project / "parameters/sources/shop.yaml").read_text(encoding="utf-8")


def test_it_writes_the_file_checks_it_and_names_the_next_command(project, capsys):
    write(project, "orders.csv", ORDERS)
    assert cli.main(["new-source", "shop", "data/orders.csv", "--yes"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "written: parameters/sources/shop.yaml"
    assert last == "next: workbench run notebooks/user_tiering.ipynb --source shop"
    assert "  orders: data/orders.csv\n" in written(project)


def test_a_source_that_is_there_is_never_overwritten(project, capsys):
    write(project, "orders.csv", ORDERS)
    target = project / "parameters/sources/shop.yaml"
    target.write_text("mine", encoding="utf-8")
    assert cli.main(["new-source", "shop", "data/orders.csv", "--yes"]) == 2
    assert "is there already and is never overwritten" in capsys.readouterr().err
    assert written(project) == "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["demo", "data"], 2, "name == 'demo', must be letters, digits, _ and -, and not demo"),
        (["../x", "data"], 2, "name == '../x', must be letters, digits, _ and -, and not demo"),
        (["shop", "data/gone.csv"], 2, "no file or folder 'data/gone.csv'"),
        (["shop"], 2, "the following arguments are required: FILE"),
        (["shop", "data/notes.md"], 3, "notes.md: no such files can be read, only .csv, .tsv"),
        (["shop", "data/empty.csv"], 3, "empty.csv: nothing stands in it"),
        (["shop", "data/header.csv"], 3, "header.csv: nothing stands below its header"),
        (["shop", "data/other.csv"], 3, "other.csv: no table of the contract can be made of it"),
        (
            ["shop", "data/broken.xlsx"],
            3,
            "broken.xlsx: cannot be read as Excel: it is a text",
        ),
        (["shop", "data/none"], 3, "data/none: no file in this folder can be read"),
    ],
)
def test_what_cannot_be_used_is_answered_in_one_line(project, capsys, arguments, code, sentence):
    (project / "data/none").mkdir()
    for name, text in {
        "notes.md": "x",
        "empty.csv": "",
        "header.csv": "no,at\n",
        "other.csv": "colour,taste\nred,sweet\nblue,sour\n",
        "broken.xlsx": "x",
    }.items():
        write(project, name, text)
    assert cli.main(["new-source", *arguments]) == code
    (said,) = capsys.readouterr().err.splitlines()
    assert sentence in said
    assert not (project / "parameters/sources/shop.yaml").exists()


def test_a_wrong_name_is_answered_before_anything_heavy_is_imported(project):
    code = (
        "import sys; from workbench import cli; code = cli.main(['new-source', 'demo', 'data']);"
        "print(code, sorted({'duckdb', 'pandas', 'pyarrow', 'ibis'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project
    )
    assert done.stdout == "2 []\n"


def test_what_is_not_known_is_a_question_in_the_file_and_nothing_is_declared(project, capsys):
    write(project, "orders.csv", UNSURE)
    assert cli.main(["new-source", "shop", "data/orders.csv", "--yes"]) == 3
    text = " ".join(written(project).replace("#", "").split())
    assert "instants:" not in written(project)
    assert "QUESTION: paid_at holds days such as 02/03/2026: which is the month?" in text
    assert "QUESTION: in which time zone does the shop live?" in text
    assert "QUESTION: in which currency are the amounts?" in text
    assert "QUESTION: which column says who bought?" in text
    assert "in quarantine" in capsys.readouterr().err


def asked(project, *given):
    """Write the source with these answers typed in; what was asked, and told between."""
    lines, told = list(given), []
    command.make(
        "shop",
        [project / "data"],
        project / "parameters/sources/shop.yaml",
        project,
        lambda prompt: told.append(prompt) or lines.pop(0),
        told.append,
    )
    return told


def test_answers_are_declared_and_are_no_questions_any_more(project):
    write(project, "orders.csv", UNSURE)
    asked(project, "Europe/Berlin", "EUR", "%d/%m/%Y", "")
    text = written(project)
    assert text.count("QUESTION") == 1
    assert "time_zone: Europe/Berlin\n" in text
    assert "currency: EUR\n" in text
    assert 'instants: "%d/%m/%Y"\n' in text


def test_a_wrong_answer_is_asked_again_with_what_is_allowed(project):
    write(project, "orders.csv", UNSURE)
    told = asked(project, "Berlin", "Europe/Berlin", "EURO", "EUR", "%Y", "%m/%d/%Y", "")
    assert "unknown time zone 'Berlin', must be an IANA name such as Asia/Shanghai" in told
    assert any(line.startswith("unknown answer '%Y'") for line in told)
    assert 'instants: "%m/%d/%Y"\n' in written(project)


def test_enter_takes_the_proposal_and_the_end_of_the_input_too(project):
    write(project, "orders.csv", ORDERS)

    def ended(_prompt):
        raise EOFError

    target = project / "parameters/sources/shop.yaml"
    command.make("shop", [project / "data"], target, project, ended, lambda _line: None)
    assert "time_zone: UTC\n" in written(project)


def test_at_most_five_questions_are_asked(project):
    for month in ("a", "b", "c", "d", "e", "f"):
        write(
            project, f"{month}.csv", UNSURE.replace("\n1,", f"\n{month}1,").replace("paid", month)
        )
    looked, notes = looking.look([project / "data"], project)
    assert len(proposal.propose("shop", looked, notes, {}).questions) > 5
    told = asked(project, *[""] * 5)
    assert len([line for line in told if line.startswith("[")]) == 5
