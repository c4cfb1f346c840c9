"""How many kernels there may be, and that each ends with its page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from typing import TYPE_CHECKING, Any

from jupyter_server import CallContext
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from nbclient.exceptions import DeadKernelError
from tornado.web import HTTPError
from traitlets import Integer

from workbench.runs.threads import one_thread

if TYPE_CHECKING:
    from workbench.serve.handlers import Notebook

# What a page may take to come back: scripts that load, and a connection that was lost.
UNOPENED_SECONDS = 60.0
UNHEARD_SECONDS = 10.0

_BYTES_A_VIEWER = 400 * 10**6


def most() -> int:
    """Return how many viewers at once half of this machine's memory is enough for."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, memory // 2 // _BYTES_A_VIEWER)


class Kernels(AsyncMappingKernelManager):  # type: ignore[misc]  # jupyter_server is not typed
    """The kernels of the pages that are open.

    Attributes:
        most: How many there may be at once.
    """

    most = Integer(1, config=True)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._coming: set[Notebook] = set()
        self._ending: set[asyncio.Task[None]] = set()

    def admit(self, page: Notebook) -> bool:
        """Keep a place for a page's kernel, if there is one, until it is started or let go."""
        # A kernel that is starting may be among those that run, too.
        taken = {*self.list_kernel_ids(), *(coming.kernel for coming in self._coming)}
        if len(taken) >= self.most:
            return False
        page.kernel = self.new_kernel_id()
        self._coming.add(page)
        return True

    def let_go(self, page: Notebook) -> None:
        """Give back the place that a page had kept, whether or not a kernel took it."""
        self._coming.discard(page)

    async def start_kernel(self, **given: Any) -> str:
        """Start the kernel of the page that is asked for; if that has gone meanwhile, end it."""
        page = CallContext.get(CallContext.JUPYTER_HANDLER)
        environment = {**os.environ, **(given.pop("env", None) or {})}
        environment |= one_thread(environment)
        kernel: str = await super().start_kernel(kernel_id=page.kernel, env=environment, **given)
        self.let_go(page)
        if page.is_gone:
            await self._end(kernel, 0)
            raise HTTPError(503)
        return kernel

    async def shutdown_kernel(self, kernel_id: str, **given: bool) -> None:
        """End a kernel at once, whatever it computes: nobody waits for it."""
        await super().shutdown_kernel(kernel_id, **({"now": True} | given))

    def end_if_left(self, kernel: str, after: float) -> None:
        """End a kernel if in so many seconds no page is connected to it."""
        task = asyncio.ensure_future(self._end(kernel, after))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, kernel: str, after: float) -> None:
        await asyncio.sleep(after)
        if kernel in self and not self._kernel_connections.get(kernel):
            with contextlib.suppress(KeyError, HTTPError):  # its page has ended it meanwhile
                await self.shutdown_kernel(kernel)


def is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the log is more than that a kernel, ended with its page, gave no answer."""
    return not (record.exc_info and record.exc_info[0] is DeadKernelError)
