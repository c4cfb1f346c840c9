"""Pseudonyms for ids of users: the same user keeps one, and nobody without the key can undo it.

The key comes by a context variable, or from whom this process was told to ask: the kit opens no
file. Without a key, ids are left out.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

_DEPTH = 3  # columns by which a list may be sorted before ids break ties
_CHANCE = 0.01  # of taking ids for ordered that are so by chance
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


def named(frame: pd.DataFrame) -> list[str]:
    """Return the columns that name users."""
    return [name for name in frame.columns if str(name).endswith(("user_id", "inviter_id"))]


def mask(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every user id (`user_id`, `inviter_id`) as a pseudonym.

    A pseudonym is a keyed BLAKE2b hash. No order of the rows tells whose they are: rows that stand
    in the order of their ids, all of them or those that another column holds together, come in
    that of the pseudonyms. Without a key these columns are left out.
    """
    key = _key()
    if key is None:
        return frame.drop(columns=named(frame))
    masked = frame.copy()
    for name in named(frame):
        masked[name] = pd.Series(_pseudonyms(frame[name], key), index=frame.index, dtype="str")
    if "user_id" not in frame or len(frame) < 2:  # noqa: PLR2004 - one row has no order
        return masked
    by = masked["user_id"].fillna("").to_numpy()
    return masked.iloc[np.lexsort((by, _blocks(frame)))].reset_index(drop=True)


def _blocks(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    """The number of each row's block: rows of a block stand in the order of their ids.

    A block is a run of rows alike in up to three columns (in none: the whole list), as a list by
    level and then by amount leaves ties to the id. It counts only where chance would hardly have
    put that many ids in order, however many parts were tried: a ranking keeps its order. Where
    there is none each row is its own.
    """
    texts = frame["user_id"].fillna("").astype("str").to_numpy(dtype="object")
    rises, falls = texts[1:] >= texts[:-1], texts[1:] <= texts[:-1]
    if rises.all():
        return np.zeros(len(texts), dtype=np.int64)
    others = [name for name in frame.columns if name not in named(frame)]
    differs = [_differs(frame[name]) for name in others]
    parts = [one for size in range(_DEPTH + 1) for one in combinations(differs, size)]
    best, found = math.log(2 * len(parts) / _CHANCE), np.arange(len(texts))
    for part in parts:
        new = np.logical_or.reduce(part) if part else np.zeros_like(rises)
        if (rises | new).all() or (falls | new).all():
            blocks = np.concatenate([[0], np.cumsum(new)])
            sizes, times = np.unique(np.bincount(blocks), return_counts=True)
            orders = math.fsum(times * [math.lgamma(size + 1) for size in sizes])  # log of how many
            if orders > best:
                best, found = orders, blocks
    return found


def _differs(values: pd.Series) -> np.ndarray[Any, Any]:
    """Whether each row but the first differs from the one before; nothing is like nothing."""
    before = values.shift()
    same = values.eq(before).fillna(False) | (values.isna() & before.isna())  # noqa: FBT003 - pandas
    return ~same.to_numpy(dtype=bool)[1:]


def _key() -> bytes | None:
    chosen = _chosen.get(b"")
    return chosen or (_giver[0]() if _giver else None)


def _pseudonyms(ids: Iterable[object], key: bytes) -> list[str | None]:
    return [None if pd.isna(one) else _pseudonym(str(one), key) for one in ids]  # type: ignore[call-overload]


def _pseudonym(user_id: str, key: bytes) -> str:
    return "u-" + hashlib.blake2b(user_id.encode(), key=key, digest_size=_LENGTH).hexdigest()
