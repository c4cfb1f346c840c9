"""What all tests share: a cache of their own, and no clock in property tests."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("workbench", deadline=None)  # a shared machine is slow at times
settings.load_profile("workbench")

# Started in the background, a process and its children ignore Ctrl-C; the tests of it need it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory):
    """Keep what tests import out of the user's cache, and share it among the tests."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("WORKBENCH_CACHE")
    os.environ["WORKBENCH_CACHE"] = str(folder)
    yield folder
    os.environ.pop("WORKBENCH_CACHE")
    if before is not None:
        os.environ["WORKBENCH_CACHE"] = before


@pytest.fixture(scope="session")
def data():
    """The folder with real data, which is not part of the repository."""
    folder = os.environ.get("WORKBENCH_DATA")
    if not folder:
        pytest.skip("WORKBENCH_DATA names no folder with the real data")
    return Path(folder)


def pytest_terminal_summary(terminalreporter):
    """Say how many of the bad inputs ended as their table says."""
    found = {
        outcome: sum(
            "test_bad_inputs.py::test_bad_input[" in report.nodeid
            for report in terminalreporter.getreports(outcome)
            if report.when == "call" or outcome == "error"
        )
        for outcome in ("passed", "failed", "error")
    }
    if any(found.values()):
        terminalreporter.write_line(
            f"{sum(found.values())} bad inputs: {found['passed']} as expected"
        )
