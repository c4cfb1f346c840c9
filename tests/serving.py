"""Start `workbench serve` for a test, and end it by its process id."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import websocket

_LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/voila/render/(\S+)\?token=(\S+)")
_SERVE = (
    "import sys; from workbench import cli; raise SystemExit(cli.main(['serve', *sys.argv[1:]]))"
)


@dataclass(frozen=True)
class App:
    home: Path
    base: str
    token: str
    links: dict[str, str]
    process: subprocess.Popen

    def get(self, path, token=None):
        """Return status, headers and text of a page; the token goes along unless another is given."""
        joint = "&" if "?" in path else "?"
        return self.ask("GET", f"{path}{joint}token={self.token if token is None else token}")

    def ask(self, method, path, **headers):
        """Return status, headers and text of what a request brings, without the token."""
        connection = http.client.HTTPConnection(self.base.removeprefix("http://"), timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=names)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def socket(self, page, protocol=None, **changed):
        """Open a page's socket to its kernel, as the page's scripts do."""
        given = {"token": self.token, "origin": self.base, "cookie": None} | changed
        return websocket.create_connection(
            f"{self.base.replace('http', 'ws')}/api/kernels/{kernel_of(page)}/channels"
            f"?token={given['token']}",
            subprotocols=[protocol] if protocol else None,
            origin=given["origin"],
            cookie=given["cookie"],
            timeout=20,
        )

    def kernels(self):
        """Return the process ids of the kernels that run."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]


def kernel_of(page):
    """Return the id of the kernel that a page was made by."""
    return re.search(r'"kernelId": "([^"]+)"', page)[1]


def until(is_so, seconds=15):
    """Return whether it is so before the time is over."""
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)
    return is_so()


@contextlib.contextmanager
def served(home, *given, before=""):
    """Serve the notebooks of the project `home` as `given`; `before` is code to run first."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{before}\n{_SERVE}", *given],
        env=os.environ | {"WORKBENCH_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        found = []
        for line in process.stdout:
            found += _LINK.findall(line)
            if line.startswith("Ctrl-C"):
                break
        assert found, "the server ended before it had printed a link"
        links = {name: f"{base}/voila/render/{name}?token={token}" for base, name, token in found}
        yield App(home, found[0][0], found[0][2], links, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()
