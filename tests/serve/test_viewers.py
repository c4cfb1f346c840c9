"""How many may ask at once, and what ends when they go."""

import contextlib
import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from served_project import MOST_VIEWERS
from serving import until
from workbench import cli
from workbench.serve import kernels

pytestmark = pytest.mark.security


@contextlib.contextmanager
def connected(app):
    """A connection to the server, and what asks on it for the page that takes a minute."""
    host, port = app.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as opened:
        path = f"/voila/render/long.ipynb?token={app.token}"
        asked = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
        yield lambda: opened.sendall(asked.encode())


@contextlib.contextmanager
def held_up(app):
    """The server has no time: what happens meanwhile reaches it all at once."""
    os.kill(app.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(app.process.pid, signal.SIGCONT)


def test_a_kernel_nobody_uses_is_ended_though_its_page_is_open(quiet):
    opened = quiet.socket(quiet.get("/voila/render/kind.ipynb")[2])
    time.sleep(3)  # in which it would have ended without a socket
    assert len(quiet.kernels()) == 1
    assert until(lambda: not quiet.kernels(), 20)
    opened.close()


@pytest.mark.parametrize("stage", ["at once", "while its kernel starts", "while it computes"])
def test_a_page_that_is_gone_ends_its_kernel_and_its_computing(quiet, stage):
    began = quiet.home / "notebooks" / "began"
    began.unlink(missing_ok=True)
    begun = {
        "at once": lambda: True,
        "while its kernel starts": quiet.kernels,
        "while it computes": began.exists,
    }
    with connected(quiet) as ask:
        ask()
        assert until(begun[stage])
    if stage == "at once":
        time.sleep(1)
    assert until(lambda: not quiet.kernels(), 30)


def test_a_page_that_was_gone_as_soon_as_it_was_asked_for_has_no_kernel(quiet):
    with contextlib.ExitStack() as stack, connected(quiet) as ask:
        time.sleep(0.5)  # until the server waits for what will be asked
        stack.enter_context(held_up(quiet))
        ask()
    time.sleep(5)  # in which its kernel would have started, and it takes a minute
    assert until(lambda: not quiet.kernels())


def test_a_page_that_lost_its_socket_or_never_opened_one_ends_its_kernel(quiet):
    page = quiet.get("/voila/render/funnel.ipynb")[2]
    opened = quiet.socket(page)
    quiet.get("/voila/render/funnel.ipynb")
    assert len(quiet.kernels()) == 2
    assert until(lambda: len(quiet.kernels()) == 1)
    time.sleep(2)
    assert len(quiet.kernels()) == 1
    opened.close()
    assert until(lambda: not quiet.kernels())


def test_one_viewer_too_many_gets_a_page_that_says_so_and_no_kernel(quiet):
    with ThreadPoolExecutor(MOST_VIEWERS + 2) as pool:
        answers = list(pool.map(quiet.get, ["/voila/render/shop.ipynb"] * (MOST_VIEWERS + 2)))
        seen = len(quiet.kernels())
    assert sorted(status for status, _, _ in answers) == [200] * MOST_VIEWERS + [503] * 2
    (_, _, page), _ = [answer for answer in answers if answer[0] == 503]
    assert "As many pages are open as this machine can answer." in page
    (link,) = re.findall(r'<a href="(/report/[^"]+)">Open the published report</a>', page)
    status, headers, report = quiet.get(link)
    assert (status, report) == (200, "<p>published of demo</p>")
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert seen <= MOST_VIEWERS
    assert until(lambda: not quiet.kernels())
    assert until(lambda: quiet.get("/voila/render/kind.ipynb")[0] == 200)


@pytest.mark.parametrize("viewers", ["0", "-1", "many"])
def test_there_is_at_least_one_viewer(viewers, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    assert cli.main(["serve", "--max-viewers", viewers]) == 2


def test_by_default_half_of_the_memory_is_for_viewers(monkeypatch):
    memory = {"SC_PAGE_SIZE": 4_096, "SC_PHYS_PAGES": 2_000_000}
    monkeypatch.setattr(kernels, "os", SimpleNamespace(sysconf=memory.get))
    assert kernels.most() == 10
    memory["SC_PHYS_PAGES"] = 100
    assert kernels.most() == 1
