"""The walls hold: an arrow in the wrong direction breaks the contract of import-linter that forbids it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOWN = "Arrows point down"
APART = "Analyses never import one another"
NO_MACHINERY = "Analyses know no notebook machinery"
DRAWS = "Only charts draw"
TREES = "Only one module boosts trees"
SOURCES = "Within sources arrows point down"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken(folder):
    """The contracts that the code of a folder breaks."""
    script = (
        f"import sys; sys.path.insert(0, {str(folder / 'src')!r});"
        "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    found = re.findall(r"^(.*) BROKEN", done.stdout, re.MULTILINE)
    assert done.returncode == bool(found), done.stdout + done.stderr
    return found


def test_as_it_stands_no_contract_is_broken(copy):
    assert broken(copy) == []


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("errors.py", "import workbench.markup", DOWN),
        ("periods.py", "import workbench.yaml_text", DOWN),
        ("parameters/cell.py", "import workbench.runs.export", DOWN),
        ("tables/contract.py", "import workbench.sources", DOWN),
        ("stats/rates.py", "import workbench.kit.words", DOWN),
        ("models/logistic.py", "import workbench.kit.words", DOWN),
        ("stats/rates.py", "import workbench.models", DOWN),
        ("analyses/actions.py", "import xgboost", TREES),
        ("models/encoding.py", "import sklearn", TREES),
        ("kit/drawing.py", "import workbench.charts", DOWN),
        ("charts/shapes.py", "import workbench.demo", DOWN),
        ("demo/shop.py", "import workbench.sources", DOWN),
        ("sources/files.py", "import workbench.customers.rfm", DOWN),
        ("customers/rfm.py", "import workbench.analyses.tiers", DOWN),
        ("customers/value/spend.py", "import workbench.backtests", DOWN),
        ("paths/levels.py", "import workbench.analyses.funnel", DOWN),
        ("backtests/money.py", "import workbench.analyses.tiers", DOWN),
        ("analyses/tiers.py", "import workbench.display", DOWN),
        ("display/lab.py", "import workbench.runs.cells", DOWN),
        ("controls.py", "import workbench.runs.cells", DOWN),
        ("runs/plans.py", "import workbench.cli", DOWN),
        ("homeless.py", '"""A module that stands in no layer."""', DOWN),
        ("analyses/moves/migration.py", "import workbench.analyses.tiers", APART),
        ("analyses/funnel/leaks.py", "import workbench.analyses.habits", APART),
        ("analyses/contents.py", "import papermill", NO_MACHINERY),
        ("analyses/funnel/leaks.py", "import nbclient", NO_MACHINERY),
        ("kit/showing.py", "import IPython", NO_MACHINERY),
        ("display/lab.py", "import ipywidgets", NO_MACHINERY),
        ("controls.py", "import voila", NO_MACHINERY),
        ("cli.py", "import nbconvert", NO_MACHINERY),
        ("kit/drawing.py", "import matplotlib", DRAWS),
        ("analyses/tiers.py", "import seaborn", DRAWS),
        ("homeless.py", "from matplotlib import pyplot", DRAWS),
        ("sources/text/tables.py", "import workbench.sources.options", SOURCES),
        ("sources/checks.py", "import workbench.sources.warehouse.verdicts", SOURCES),
        ("sources/homeless.py", '"""A module that stands in no layer of sources."""', SOURCES),
    ],
)
def test_a_planted_wrong_arrow_breaks_its_contract(copy, module, line, contract):
    planted = copy / "src/workbench" / module
    before = planted.read_text(encoding="utf-8") if planted.exists() else None
    planted.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        assert contract in broken(copy)
    finally:
        if before is None:
            planted.unlink()
        else:
            planted.write_text(before, encoding="utf-8")
