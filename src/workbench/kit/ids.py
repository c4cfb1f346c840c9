"""Pseudonyms for ids of users: the same user keeps one, and nobody without the key can undo it.

The key comes by a context variable, or from whom this process was told to ask: the kit opens no
file. Without a key, ids are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pandas as pd

_LENGTH = 8  # bytes: two of a million users share one with a chance of 3 in 100 million
_chosen: ContextVar[bytes] = ContextVar("mask_key")
_giver: list[Callable[[], bytes]] = []  # of the process: widgets call back in other contexts


def key_from(give: Callable[[], bytes]) -> None:
    """Tell where this process has its key from; it is asked each time that one is needed."""
    _giver[:] = [give]


@contextmanager
def using(key: bytes) -> Iterator[None]:
    """Mask with another key within a `with` block."""
    token = _chosen.set(key)
    try:
        yield
    finally:
        _chosen.reset(token)


def mask(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every user id (`user_id`, `inviter_id`) as a pseudonym.

    A pseudonym is a keyed BLAKE2b hash. Rows in the order of their users' ids come in that of the
    pseudonyms: the order alone would tell whose they are. Without a key these columns are left out.
    """
    named = [name for name in frame.columns if str(name).endswith(("user_id", "inviter_id"))]
    key = _key()
    if key is None:
        return frame.drop(columns=named)
    masked = frame.copy()
    for name in named:
        masked[name] = pd.Series(_pseudonyms(frame[name], key), index=frame.index, dtype="str")
    if "user_id" in frame and frame["user_id"].is_monotonic_increasing:
        return masked.sort_values("user_id", ignore_index=True)
    return masked


def _key() -> bytes | None:
    chosen = _chosen.get(b"")
    return chosen or (_giver[0]() if _giver else None)


def _pseudonyms(ids: Iterable[object], key: bytes) -> list[str | None]:
    return [None if pd.isna(one) else _pseudonym(str(one), key) for one in ids]  # type: ignore[call-overload]


def _pseudonym(user_id: str, key: bytes) -> str:
    return "u-" + hashlib.blake2b(user_id.encode(), key=key, digest_size=_LENGTH).hexdigest()
