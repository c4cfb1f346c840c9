"""Who is let in and what may travel: the token, slowly guessed, and the page's socket to its kernel."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.web import RequestHandler

from workbench.serve import kernels

WRONG_TOKENS = 10
WITHIN_SECONDS = 60.0
SECONDS_A_TRIAL = 1.0

# What a page's controls need. Neither code nor `shutdown_request` gets in; no traceback and nothing
# that a cell prints gets out.
FROM_PAGE = ["comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request"]
_TO_PAGE = frozenset(
    {"comm_open", "comm_close", "comm_msg", "comm_info_reply", "kernel_info_reply", "status"}
)


class Identity(IdentityProvider):  # type: ignore[misc]  # jupyter_server is not typed
    """Lets in by the token; after ten wrong ones in a minute, by one trial a second.

    The right token waits its turn too, or the wait would tell that one was wrong; a cookie does not.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._wrong: deque[float] = deque(maxlen=WRONG_TOKENS)
        self._free = 0.0

    async def get_user_token(self, handler: RequestHandler) -> User | None:
        """Return who has the token, or None."""
        is_trial = bool(self.get_token(handler)) and self.get_user_cookie(handler) is None
        if is_trial:
            await asyncio.sleep(self._wait())
        user = await super().get_user_token(handler)
        if is_trial and user is None:
            self._wrong.append(time.monotonic())
        return user

    def _wait(self) -> float:
        """Seconds until it is this trial's turn."""
        now = time.monotonic()
        if len(self._wrong) < WRONG_TOKENS or now - self._wrong[0] > WITHIN_SECONDS:
            return 0.0
        self._free = max(self._free, now) + SECONDS_A_TRIAL
        return self._free - now


class Connection(ZMQChannelsWebsocketConnection):  # type: ignore[misc]  # as above
    """A page's socket to its kernel, which ends soon after it."""

    def disconnect(self) -> None:
        """Leave the kernel: it ends if no other socket is opened to it."""
        super().disconnect()
        self.multi_kernel_manager.end_if_left(self.kernel_id, kernels.UNHEARD_SECONDS)

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Send what a page's controls need and nothing else."""
        _, parts = self.session.feed_identities(outgoing_msg)
        if self.session.unpack(parts[1])["msg_type"] in _TO_PAGE:
            super().handle_outgoing_message(stream, outgoing_msg)
