"""What a report's kernel is told before it starts."""

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
