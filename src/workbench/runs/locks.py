"""Keep two runs of the same apart; asked before anything heavy is imported, and held while it runs."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import RunError

_FILE = ".lock"


@contextmanager
def held(target: Path) -> Iterator[None]:
    """Hold the lock of a target, which is there.

    Raises:
        RunError: If another run of the same target is under way.
    """
    with (target / _FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"another run of '{target.name}' is under way, wait for its end"
            ) from None
        yield


def in_the_way(target: Path) -> Path | None:
    """Return what stands in the place of a target's lock and is none; None where nothing does."""
    lock = target / _FILE
    return lock if lock.exists() and not lock.is_file() else None


def check_free(target: Path) -> None:
    """Refuse a run while another one of the same target is under way.

    Raises:
        RunError: If there is one.
    """
    if (target / _FILE).is_file():
        with held(target):
            pass
