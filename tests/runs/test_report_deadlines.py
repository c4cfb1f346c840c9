"""What takes too long, or cannot be read, fails alone: no kernel, no lock, no other report is held."""

import os
import time

import pytest

from workbench.errors import ParameterError, RunError
from workbench.runs import driver, plans

PACK = "title: Both\ndeadline: 0.1\nreports:\n  - notebook: slow\n  - notebook: one\n"
SLOW = "import time; open('pid.txt', 'w').write(str(os.getpid())); time.sleep(3600)"


def test_a_report_that_takes_too_long_is_ended_with_its_kernel_and_the_next_one_runs(project):
    project.notebook("slow", SLOW)
    project.notebook("one")
    project.pack("both", PACK)
    started = time.monotonic()
    with pytest.raises(
        RunError, match=r"^slow failed: it took longer than its deadline of 0.1 min"
    ):
        project.run("both")
    assert time.monotonic() - started < 120
    assert (project.root / "reports/demo/both/2026-W40/one.html").is_file()
    assert (project.root / "reports/demo/both/2026-W40/slow.failed.html").is_file()
    kernel = int((project.root / "notebooks/pid.txt").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    with pytest.raises(RunError, match="slow failed"):  # nobody holds the lock
        driver.run(project.plan("both"), project.root, project.log)


def test_a_report_may_take_half_an_hour_unless_its_pack_says_otherwise(project):
    project.notebook("one")
    project.pack("weekly", "reports:\n  - notebook: one\n")
    project.pack("long", "deadline: 90\nreports:\n  - notebook: one\n")
    assert [one.deadline_minutes for one in project.plan("weekly").reports] == [30]
    assert [one.deadline_minutes for one in project.plan("long").reports] == [90]
    assert project.plan("notebooks/one.ipynb").reports[0].deadline_minutes == 30


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan", "100000", "inf"])
def test_an_impossible_deadline_is_refused_in_one_line(project, text):
    project.notebook("one")
    project.pack("weekly", f"deadline: {text}\nreports:\n  - notebook: one\n")
    with pytest.raises(ParameterError, match=f"weekly.yaml, line 1: deadline == '{text}', must be"):
        project.plan("weekly")


@pytest.mark.parametrize("content", ["no JSON", "{}", '{"cells": 3}', ""])
def test_a_notebook_that_cannot_be_read_fails_alone(project, content):
    project.notebook("one")
    (project.root / "notebooks/torn.ipynb").write_text(content, encoding="utf-8")
    project.pack("both", "reports:\n  - notebook: torn\n  - notebook: one\n")
    if content != "no JSON":
        (torn, one) = project.plan("both").reports
        assert (torn.broken.endswith("is not a notebook"), one.broken) == (True, "")
        return
    with pytest.raises(RunError, match=r"^torn failed: .*torn.ipynb: is not a notebook"):
        project.run("both")
    assert (project.root / "reports/demo/both/2026-W40/one.html").is_file()
    assert (project.root / "reports/demo/both/2026-W40/torn.failed.html").is_file()
    with pytest.raises(ParameterError, match="is not a notebook"):
        plans.plan("notebooks/torn.ipynb", {}, project.root)
