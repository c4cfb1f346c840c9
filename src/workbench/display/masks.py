"""Pseudonyms for user ids: the same user keeps one, and nobody without the key can undo it."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from workbench import project

_LENGTH = 8  # bytes: two of a million users share one with a chance of 3 in 100 million


def mask(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every user id (`user_id`, `inviter_id`) as a pseudonym.

    A pseudonym is a BLAKE2b hash keyed with `WORKBENCH_MASK_KEY`, or with a key that is drawn once
    and kept in the cache folder, readable by its owner alone. Rows in the order of their users' ids
    come in that of the pseudonyms: the order alone would tell whose they are.
    """
    named = [name for name in frame.columns if str(name).endswith(("user_id", "inviter_id"))]
    masked = frame.copy()
    for name in named:
        masked[name] = pd.Series(pseudonyms(frame[name]), index=frame.index, dtype="str")
    if "user_id" in frame and frame["user_id"].is_monotonic_increasing:
        return masked.sort_values("user_id", ignore_index=True)
    return masked


def pseudonyms(ids: Iterable[object]) -> list[str | None]:
    """Return a pseudonym for each id; a missing id stays missing."""
    key = _key()
    return [None if pd.isna(one) else _pseudonym(str(one), key) for one in ids]  # type: ignore[call-overload]


def _pseudonym(user_id: str, key: bytes) -> str:
    return "u-" + hashlib.blake2b(user_id.encode(), key=key, digest_size=_LENGTH).hexdigest()


def _key() -> bytes:
    named = os.environ.get("WORKBENCH_MASK_KEY")
    if named:
        return hashlib.blake2b(named.encode(), digest_size=32).digest()
    kept = project.cache() / "mask.key"
    if not kept.exists():
        _keep(kept)
    return kept.read_bytes()


def _keep(path: Path) -> None:
    """Write a new key; of two processes that try at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = path.with_name(f".{secrets.token_hex(8)}.key")
    handle = os.open(drawn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
    try:
        os.link(drawn, path)
    except FileExistsError:
        pass
    finally:
        drawn.unlink()
