"""The walls hold: an arrow in the wrong direction breaks the contracts of import-linter."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("tables/contract.py", "import workbench.sources"),
        ("analyses/funnel/levels.py", "import papermill"),
        ("parameters/cell.py", "import workbench.runs.export"),
        ("display/showing.py", "import matplotlib"),
        ("value/spend.py", "import workbench.analyses.funnel"),
        ("sources/text/tables.py", "import workbench.sources.options"),
        ("sources/checks.py", "import workbench.sources.warehouse.verdicts"),
    ],
)
def test_a_planted_wrong_arrow_breaks_a_contract(tmp_path, module, line):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "src/workbench" / module
    planted.write_text(f"{planted.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'src')!r});"
        "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
