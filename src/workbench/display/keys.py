"""The key of this shop's pseudonyms: drawn once, kept in the cache folder for its owner alone."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from workbench import project


def key() -> bytes:
    """Return the key: from `WORKBENCH_MASK_KEY`, or the one that the cache folder keeps."""
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
