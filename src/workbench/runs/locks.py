"""Keep two runs of the same apart; asked before anything heavy is imported, and held while it runs."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import RunError

FILE = ".lock"
_PATIENCE_SECONDS, _PAUSE_SECONDS = 10.0, 0.05


@contextmanager
def held(target: Path) -> Iterator[None]:
    """Hold the lock of a target, which is there.

    Raises:
        RunError: If another run of the same target is under way.
    """
    with (target / FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"another run of '{target.name}' is under way, wait for its end"
            ) from None
        yield


@contextmanager
def moment(folder: Path) -> Iterator[None]:
    """Hold a folder's lock for a moment; after ten seconds go on without it, for nobody holds it long.

    Args:
        folder: It is there.
    """
    with (folder / FILE).open("a+") as lock:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_PAUSE_SECONDS)
        yield


def in_the_way(target: Path) -> Path | None:
    """Return what stands in the place of a target's lock and is none; None where nothing does."""
    lock = target / FILE
    return lock if lock.exists() and not lock.is_file() else None


def check_free(target: Path) -> None:
    """Refuse a run while another one of the same target is under way.

    Raises:
        RunError: If there is one.
    """
    if (target / FILE).is_file():
        with held(target):
            pass
