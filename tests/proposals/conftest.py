"""What the tests of proposals share: a project with nothing in it yet."""

import pytest


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("notebooks", "parameters/sources", "data"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path
