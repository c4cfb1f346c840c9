"""The notebooks as apps in a browser; the only Voila."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from workbench import project
from workbench.errors import ParameterError
from workbench.kit.sentences import say
from workbench.serve import kernels, pages
from workbench.serve.server import build

PORT = 8866
_LAST_PORT = 65_535
_SHORTEST_TOKEN = 16


def main(
    port: int | None = None,
    *,
    open_browser: bool = False,
    sources: Sequence[str] = (),
    max_viewers: int | None = None,
) -> int:
    """Serve the project's notebooks on this machine until Ctrl-C or a kill.

    The token is random, or the one in `WORKBENCH_TOKEN`, of 16 characters or more.

    Args:
        port: Where to listen; by default 8866, or a free one where that is taken.
        open_browser: Whether to open the list of notebooks.
        sources: Names of the sources that an address may ask for, the first of them without being
            asked; by default each notebook's own.
        max_viewers: How many pages may be open at once; by default what half of the memory is for.

    Returns:
        The exit code.

    Raises:
        ParameterError: If the port that was asked for cannot be had, the token is short, or
            there would be no viewer.
    """
    folder = project.root() / "notebooks"
    chosen = _port(port)
    viewers = kernels.most() if max_viewers is None else max_viewers
    if viewers < 1:
        raise ParameterError(f"max_viewers == {viewers}, must be 1 or more")
    token = os.environ.get("WORKBENCH_TOKEN") or secrets.token_urlsafe(24)
    if len(token) < _SHORTEST_TOKEN:
        raise ParameterError(
            f"WORKBENCH_TOKEN has {len(token)} characters, must have at least {_SHORTEST_TOKEN}"
        )
    base = f"http://127.0.0.1:{chosen}"

    def once_up() -> None:
        _tell(folder, base, token)
        if open_browser:
            # Some browsers keep their caller until they are closed.
            address = f"{base}/?token={quote(token)}"
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    build(folder, port=chosen, token=token, viewers=viewers, sources=sources).run(once_up)
    return 0


def _tell(folder: Path, base: str, token: str) -> None:
    """Print a link for each notebook."""
    lines = [say("Serving on this machine only:"), ""]
    for notebook in pages.notebooks(folder):
        link = f"{base}{pages.address(notebook)}?token={quote(token)}"
        lines += [f"  {pages.title(notebook)}", f"  {link}", ""]
    lines += [say("Ctrl-C ends it, and what it computes.")]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _port(asked: int | None) -> int:
    """The port asked for, or the usual one, or any that is free."""
    if asked is not None and not 1 <= asked <= _LAST_PORT:
        raise ParameterError(f"port == {asked}, must be in 1..{_LAST_PORT}")
    for port in (PORT, 0) if asked is None else (asked,):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError as error:
                reason = error.strerror
                continue
            return int(trial.getsockname()[1])
    raise ParameterError(f"port == {asked} cannot be had ({reason}), leave it out for a free one")
