"""`import workbench` costs nothing until a name is asked for."""

import subprocess
import sys

import pytest

import workbench

HEAVY = ("pandas", "ibis", "duckdb", "matplotlib", "papermill", "nbformat", "ipywidgets", "voila")


def test_importing_the_door_imports_nothing_heavy():
    script = f"import sys, workbench; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", workbench.__all__)
def test_every_name_of_the_door_opens(name):
    assert getattr(workbench, name) is not None


def test_a_mistaken_name_is_told_its_near_one():
    with pytest.raises(
        AttributeError, match="unknown name in workbench 'conect', did you mean 'connect'?"
    ):
        workbench.conect  # noqa: B018 - the look-up is the test
