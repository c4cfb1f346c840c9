"""The limits that a parameters cell declares hold for whoever runs its cells."""

import builtins
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import workbench as wb
from workbench import sources
from workbench.errors import ParameterError

CELL = """source: str = "demo"  # a shop
weeks: int = 4  # 1..52: how many weeks
steps: list[str] = []  # the events
by: str = "platform"  # a column
"""
SETUP = "shop = wb.connect(source)\nscope = shop.scope(week, weeks)"
ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(monkeypatch):
    """Run cells as a kernel does, up to the first call; return what they have given a value."""

    def ran(*cells):
        names = {"wb": wb, "week": "latest"}
        for cell in cells:
            exec(cell, names)  # noqa: S102 - a test's own cells
        history = SimpleNamespace(input_hist_raw=["", *cells, SETUP])
        shell = SimpleNamespace(history_manager=history, user_ns=names)
        monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
        monkeypatch.setattr(sources, "connect", lambda name: name)
        assert wb.connect("demo") == "demo"
        return names

    return ran


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ((CELL, "# Parameters\nweeks = 0\n"), "weeks == 0, must be in 1..52"),
        ((CELL, "# Parameters\nwekks = 2\n"), "unknown parameter 'wekks', did you mean 'weeks'?"),
        ((CELL, "weeks = 99"), "weeks == 99, must be in 1..52"),
        ((CELL.replace("4", "99"),), "weeks == 99, must be in 1..52"),
        ((CELL, CELL.replace("4", "99")), "weeks == 99, must be in 1..52"),
        (
            (CELL, CELL.replace("4", '"two"')),
            "the default of 'weeks' is text, must be a whole number",
        ),
        ((CELL, CELL.replace("weeks: int = 4", "weeks = 99")), "weeks == 99, must be in 1..52"),
        (
            (CELL, CELL.replace("weeks: int = 4", "wekks = 9")),
            "unknown parameter 'wekks', did you mean 'weeks'?",
        ),
        (
            (CELL.replace("weeks: int = 4", "wekks: int = 9"),),
            "unknown parameter 'wekks', did you mean 'weeks'?",
        ),
    ],
)
def test_a_hand_is_told_what_the_command_line_says(run, cells, sentence):
    with pytest.raises(ParameterError) as error:
        run(*cells)
    assert str(error.value) == sentence


def test_texts_become_what_the_parameters_are(run):
    names = run(CELL, '# Parameters\nweeks = "8"\nsteps = "visit,purchase"\n')
    assert (names["weeks"], names["steps"]) == (8, ["visit", "purchase"])


def test_an_analysts_own_cells_are_left_alone(run):
    names = run(CELL, "wekks = 3\nother: int = 5", "rows = [n for n in range(3)]")
    assert names["wekks"] == 3


@pytest.mark.slow
def test_papermill_alone_is_refused_by_the_first_cell(tmp_path):
    for name in ("notebooks", "parameters"):
        shutil.copytree(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "papermill", "notebooks/user_tiering.ipynb", "out.ipynb"]
    done = subprocess.run(
        [*command, "-p", "discount_rate", "5", "--no-progress-bar"],
        cwd=tmp_path,
        env=os.environ | {"WORKBENCH_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "discount_rate == 5.0, must be in 0..1" in done.stderr
