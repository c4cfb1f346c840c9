"""Who is let in, to which notebook, with which parameters; the only tornado."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import nbformat
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, authenticated
from voila.tornado.handler import TornadoVoilaHandler

from workbench import parameters
from workbench.display import earlier
from workbench.errors import ParameterError
from workbench.parameters import Value
from workbench.runs import cells
from workbench.serve import asked, kernels, pages

# The token and what Voila itself would read (and is configured not to heed).
_NOT_THE_NOTEBOOKS = frozenset({"token", "template", "theme"})

LONGEST_ADDRESS = 4_096


class Refused(HTTPError):  # type: ignore[misc]  # noqa: N818 - it reads as what it is: `raise Refused`
    """A request that gets a page of our own in place of what it asked for."""

    def __init__(self, status: int, page: str) -> None:
        super().__init__(status)
        self.page = page


class OwnPages(JupyterHandler):  # type: ignore[misc]  # jupyter_server is not typed
    """Answers in whole pages: without the token none but the one that says so."""

    async def prepare(self) -> None:
        """Refuse an over-long address before anything is done for it."""
        if len(self.request.uri) > LONGEST_ADDRESS:
            raise Refused(414, pages.too_long())
        await super().prepare()

    def get_login_url(self) -> str:
        """Turn away who has neither the token nor the cookie that it leaves: there is no login."""
        raise Refused(403, pages.no_token())

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer an error with a page that has no traceback."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        page = error.page if isinstance(error, Refused) else pages.trouble()
        self.set_status(status_code)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)


class Home(OwnPages):
    """The list of notebooks."""

    def initialize(self, folder: Path) -> None:
        """Take the notebooks' folder."""
        self.folder = folder

    async def get(self) -> None:
        """Answer with the list."""
        self.finish(pages.home(self.folder))


class Unknown(Home):
    """Any address that is nobody's."""

    async def get(self) -> None:
        """Answer with what there is."""
        raise Refused(404, pages.unknown_notebook(self.folder, self.request.path.lstrip("/")))


class Notebook(OwnPages, TornadoVoilaHandler):  # type: ignore[misc]  # Voila is not typed
    """One notebook, run for whoever opens its address."""

    def initialize(self, folder: Path, sources: Sequence[str], **kwargs: Any) -> None:
        """Take the notebooks' folder, the sources served, and what Voila gives its handler."""
        super().initialize(**kwargs)
        self.folder, self.sources = folder, sources
        self.kernel, self._was_closed = "", False
        self.nonce = secrets.token_urlsafe(16)

    @property
    def is_gone(self) -> bool:
        """Whether nobody waits for this page any more."""
        # A connection that closes while its request is read is closed without a call.
        return self._was_closed or self.request.connection.stream.closed()

    @authenticated  # type: ignore[untyped-decorator]  # tornado's
    async def get(self, path: str = "") -> None:
        """Run the notebook, if it lies in the folder and takes these parameters."""
        served = {notebook.name: notebook for notebook in pages.notebooks(self.folder)}
        if path not in served:
            raise Refused(404, pages.unknown_notebook(self.folder, path))
        self.title = pages.title(served[path])
        self.given = _given(served[path], self.request.query, self.sources)
        # Of all inline scripts only the template's own run, whatever a cell shows.
        allowed = f"script-src 'nonce-{self.nonce}'"
        policy = self.content_security_policy.replace("script-src", allowed)
        self.set_header("Content-Security-Policy", policy)
        # Reading it sets the cookie with which a page that is closed may end its kernel.
        self.xsrf_token  # noqa: B018 - see above
        if not self.kernel_manager.admit(self):
            source = asked.source(parameters.read(served[path]), self.given)
            there = earlier.page(source, served[path].stem)
            report = f"/report/{quote(path)}?source={quote(source)}" if there else ""
            raise Refused(503, pages.busy(report))
        try:
            # Closed, as its steps would go on waiting for a kernel that has ended.
            async with contextlib.aclosing(self.get_generator(path)) as steps:
                async for step in steps:
                    if self.is_gone:
                        return
                    self.write(step)
                    self.flush()
        finally:
            self.kernel_manager.let_go(self)

    def on_connection_close(self) -> None:
        """End what is computed for a page that was closed before it was whole."""
        super().on_connection_close()
        self._was_closed = True
        if self.kernel:
            self.kernel_manager.end_if_left(self.kernel, 0)

    def on_finish(self) -> None:
        """End the kernel of a page whose scripts never come."""
        super().on_finish()
        if self.kernel:
            self.kernel_manager.end_if_left(self.kernel, kernels.UNOPENED_SECONDS)


class Published(OwnPages):
    """The published page of a notebook, for whom there is no kernel."""

    def initialize(self, folder: Path, sources: Sequence[str]) -> None:
        """Take the notebooks' folder and the sources served."""
        self.folder, self.sources = folder, sources

    async def get(self, path: str) -> None:
        """Answer with the page on the source that is asked for."""
        notebook = next((one for one in pages.notebooks(self.folder) if one.name == path), None)
        if notebook:
            given = _given(notebook, self.request.query, self.sources)
            found = earlier.page(asked.source(parameters.read(notebook), given), notebook.stem)
        if not notebook or not found:
            raise Refused(404, pages.unknown_notebook(self.folder, path))
        self.finish(found.read_bytes())


def prepare(handler: Notebook, notebook: nbformat.NotebookNode, cwd: str) -> None:  # noqa: ARG001 - Voila's form
    """Put the address's parameters and the template's words into the notebook, for Voila."""
    notebook.metadata |= {"title": handler.title, "nonce": handler.nonce}
    cells.for_readers(notebook)
    if handler.given:
        inject(notebook, handler.given)


def inject(notebook: nbformat.NotebookNode, values: dict[str, Value]) -> None:
    """Add a cell that sets the values after the one that declares them, as papermill would."""
    cell = nbformat.v4.new_code_cell(
        "\n".join(f"{name} = {value!r}" for name, value in values.items()),
        metadata={"tags": ["injected-parameters"]},
    )
    tags = [one.metadata.get("tags", []) for one in notebook.cells]
    place = next(i for i, found in enumerate(tags) if "parameters" in found)
    notebook.cells.insert(place + 1, cell)


def _given(notebook: Path, query: str, sources: Sequence[str]) -> dict[str, Value]:
    """The address's parameters as the notebook declares them, or the page that says why not."""
    declared = parameters.read(notebook)
    pairs = parse_qsl(query, keep_blank_values=True)
    try:
        texts = parameters.pairs(pair for pair in pairs if pair[0] not in _NOT_THE_NOTEBOOKS)
        return asked.values(declared, texts, sources)
    except ParameterError as error:
        viewed = asked.open_to_viewers(declared, sources)
        page = pages.wrong_parameter(notebook, str(error), viewed)
        raise Refused(400, page) from None
