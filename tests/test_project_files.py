"""What a newcomer installs: the same for make and for conda, pinned, and naming no address."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def named(requirement):
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-")


def test_conda_users_get_what_pyproject_says():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip = environment["dependencies"][0], environment["dependencies"][-1]["pip"]
    assert python.removeprefix("python ") == PROJECT["requires-python"]
    assert pip == ["--constraint constraints.txt", "--editable ."]


def test_everything_that_is_needed_is_pinned():
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    pinned = {named(pin) for pin in PINS}
    assert {named(requirement) for requirement in wanted} <= pinned
    assert all(re.match(r"[A-Za-z0-9._\[\]-]+==[^\s]+", pin) for pin in PINS)


def test_the_pins_name_no_address():
    assert not [pin for pin in PINS if "://" in pin or "@" in pin or pin.startswith("-")]


def test_the_two_builds_of_xgboost_are_never_installed_together():
    assert "xgboost" not in {named(requirement) for requirement in PROJECT["dependencies"]}
    assert [named(one) for one in PROJECT["optional-dependencies"]["gpu"]] == ["xgboost"]


def test_the_fixed_tools_of_the_workbench_are_dependencies():
    fixed = [
        "jupyterlab",
        "papermill",
        "pandas",
        "seaborn",
        "scikit-learn",
        "xgboost-cpu",
        "nbconvert",
        "voila",
    ]
    assert set(fixed) <= {named(requirement) for requirement in PROJECT["dependencies"]}
