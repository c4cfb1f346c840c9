"""What all tests share: a cache of their own, and no clock in property tests."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from workbench.runs.threads import one_thread

# Also of what is computed here, and before numpy is imported, which asks once.
os.environ.update(one_thread(os.environ))

settings.register_profile("workbench", deadline=None)  # a shared machine is slow at times
settings.load_profile("workbench")

# Started in the background, a process and its children ignore Ctrl-C; the tests of it need it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Begin with the files that take long, so that no process is left alone with one of them."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def common(tmp_path_factory):
    """The folder that all processes of this run of the tests share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(autouse=True, scope="session")
def own_cache(common):
    """Keep what tests import out of the user's cache, and share it among the tests."""
    folder = common / "cache"
    folder.mkdir(exist_ok=True)
    before = os.environ.get("WORKBENCH_CACHE")
    os.environ["WORKBENCH_CACHE"] = str(folder)
    yield folder
    os.environ.pop("WORKBENCH_CACHE")
    if before is not None:
        os.environ["WORKBENCH_CACHE"] = before


@pytest.fixture(scope="session")
def new_project(tmp_path_factory):
    """Make a folder with the shipped notebooks and parameters, for a test to run or change."""

    def made():
        folder = tmp_path_factory.mktemp("project")
        for name in ("notebooks", "parameters"):
            shutil.copytree(Path(__file__).parents[1] / name, folder / name)
        return folder

    return made


@pytest.fixture(scope="session")
def shipped(common, new_project, own_cache):  # noqa: ARG001 - what it runs fills the cache
    """The shipped project with its weekly pack of the demo published, for tests that only read.

    It takes over ten seconds: a test of it is slow.
    """
    with (common / "shipped.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        link = common / "shipped"
        if not link.exists():
            folder = new_project()
            subprocess.run(
                [sys.executable, "-m", "workbench.cli", "run", "weekly"],
                cwd=folder,
                env=os.environ | {"WORKBENCH_HOME": str(folder)},
                check=True,
            )
            link.symlink_to(folder)
    return link.resolve()


@pytest.fixture(scope="session")
def data():
    """The folder with real data, which is not part of the repository."""
    folder = os.environ.get("WORKBENCH_DATA")
    if not folder:
        pytest.skip("WORKBENCH_DATA names no folder with the real data")
    return Path(folder)


def pytest_terminal_summary(terminalreporter):
    """Say how many of the bad inputs, and of the checks of security, ended as they should."""
    bad = _outcomes(terminalreporter, lambda report: "::test_bad_input[" in report.nodeid)
    if bad:
        terminalreporter.write_line(f"{len(bad)} bad inputs: {bad.count('passed')} as expected")
    checks = _outcomes(
        terminalreporter, lambda report: "security" in getattr(report, "keywords", ())
    )
    if checks:
        terminalreporter.write_line(f"{len(checks)} checks, {checks.count('passed')} passed")


def _outcomes(terminalreporter, is_meant):
    return [
        outcome
        for outcome in ("passed", "failed", "error", "skipped")
        for report in terminalreporter.getreports(outcome)
        if is_meant(report) and (report.when == "call" or outcome in {"error", "skipped"})
    ]
