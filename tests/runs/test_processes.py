"""What a run loads, and what a report's kernel is told before it starts."""

import subprocess
import sys

import pytest

from workbench.runs import execute


@pytest.mark.parametrize(("asked", "told"), [(None, "1"), ("2", "2")])
def test_linear_algebra_has_one_thread_in_a_report_unless_others_are_asked_for(
    tmp_path, monkeypatch, asked, told
):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if asked:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", asked)
    kernel = execute._kernel(tmp_path, tmp_path, tmp_path)()
    assert kernel.kernel_spec.env["OPENBLAS_NUM_THREADS"] == told


def test_who_runs_reports_loads_no_tables():
    """The kernels do: a second at each start of a run would be for nothing."""
    said = (
        "import sys, workbench.runs.driver; print({'pandas', 'scipy', 'ibis'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
