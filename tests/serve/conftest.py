"""One server for all that is tried on it, with few viewers, who are given little time."""

import pytest

from served_project import MOST_VIEWERS, project
from serving import served, until

HURRIED = """\
from workbench.serve import kernels, server
kernels.UNOPENED_SECONDS, kernels.UNHEARD_SECONDS = 2, 1
server.IDLE_SECONDS, server.CULL_SECONDS = 8, 1
"""


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    home = project(tmp_path_factory.mktemp("served"))
    with served(home, "--max-viewers", str(MOST_VIEWERS), before=HURRIED) as running:
        yield running


@pytest.fixture
def app(server):
    """The server, with room for two more pages."""
    assert until(lambda: len(server.kernels()) <= MOST_VIEWERS - 2)
    return server


@pytest.fixture
def quiet(server):
    """The server without a kernel, and since so long that it has noticed."""
    assert until(lambda: not server.kernels(), 60)
    assert until(lambda: server.get("/voila/render/none.ipynb")[0] == 404)
    return server
