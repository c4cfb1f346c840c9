"""No question to a warehouse waits for ever, whatever its driver does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar
from weakref import ReferenceType, ref

from workbench.errors import SourceError

Answer = TypeVar("Answer")
CONNECTING = 30  # seconds until a connection is there
ASKING = 600  # seconds of one query
_ASKS = ("to_pyarrow", "execute", "create_table", "raw_sql")  # by which analyses ask Ibis
GRACE = 2  # seconds by which a server may end either later than the workbench does


class Asked(Thread):
    """A question that is being asked; a process that ends does not wait for it."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        super().__init__(name="warehouse", daemon=True)
        self._ask = ask
        self.answer: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Ask, and keep what comes of it."""
        try:
            self.answer = self._ask()
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
            self.error = error

    def wait(self, seconds: float) -> bool:
        """Return whether it has been answered within some seconds."""
        self.join(seconds)
        return not self.is_alive()


def within(
    seconds: float, ask: Callable[[], Answer], cut: Callable[[], object], late: str
) -> Answer:
    """Return the answer to a question, or end it by `cut` once `seconds` are over.

    Raises:
        SourceError: `late`, if there was none in time.
    """
    asked, is_answered = Asked(ask), False
    asked.start()
    try:
        is_answered = asked.wait(seconds)
    finally:
        if not is_answered:
            with suppress(Exception):  # what is cut may have ended just now
                cut()
    if not is_answered:
        unit = "second" if seconds == 1 else "seconds"
        raise SourceError(f"{late} within {seconds} {unit}")
    error, asked.error = asked.error, None
    if error is not None:
        try:
            raise error
        finally:
            del error  # else it holds the frames that hold it, and a DuckDB file stays open
    answer: Answer = asked.answer
    return answer


class Limit:
    """The deadline of each question to one warehouse.

    It holds no connection: a DuckDB file is closed with the last table that needs it.

    Attributes:
        whose: What a question that was not answered is said of.
    """

    def __init__(self, whose: str, *, is_server: bool) -> None:
        self.whose = whose
        self._is_server, self._is_cut = is_server, False

    def hold(self, backend: Any) -> None:
        """Put all that Ibis asks this backend under the deadline."""
        for name in _ASKS:
            setattr(backend, name, self._limited(ref(backend), getattr(type(backend), name)))

    def _limited(self, held: ReferenceType[Any], ask: Callable[..., Any]) -> Callable[..., Any]:
        def limited(*given: Any, **named: Any) -> Any:
            backend = held()
            return self.within(backend, lambda: ask(backend, *given, **named))

        return limited

    def within(self, backend: Any, ask: Callable[[], Answer]) -> Answer:
        """Return the answer to a question; a server that gave none in time is not asked again.

        Raises:
            SourceError: If it gave none.
        """
        late = f"{self.whose}: no answer"
        if self._is_cut:
            raise SourceError(f"{late} to the last question, so it is asked no more")
        return within(ASKING, ask, lambda: self._cut(backend.con), late)

    def _cut(self, connection: Any) -> None:
        if not self._is_server:
            connection.interrupt()
            return
        self._is_cut = True
        hang_up(connection)


def hang_up(connection: Any) -> None:
    """Close the line to a server, which wakes whoever waits for its answer."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
