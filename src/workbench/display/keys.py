"""The key of this shop's pseudonyms: drawn once, kept in the cache folder for its owner alone."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from workbench import project
from workbench.errors import ParameterError, SourceError

_VARIABLE = "WORKBENCH_MASK_KEY"
_LEAST = 16  # characters: fewer are guessed
_BYTES = 32


def key() -> bytes:
    """Return the key: from `WORKBENCH_MASK_KEY`, or the one that the cache folder keeps.

    Raises:
        ParameterError: If the variable is set to less than 16 characters.
        SourceError: If the kept key is not whole: with it pseudonyms could be undone.
    """
    named = os.environ.get(_VARIABLE)
    if named is not None:
        if len(named) < _LEAST:
            raise ParameterError(
                f"{_VARIABLE} has {len(named)} characters, must have at least {_LEAST}: "
                "whoever guesses it can undo every pseudonym"
            )
        return hashlib.blake2b(named.encode(), digest_size=_BYTES).digest()
    kept = project.cache() / "mask.key"
    if not kept.exists():
        _keep(kept)
    found = kept.read_bytes()
    if len(found) != _BYTES:
        raise SourceError(
            f"the key of the pseudonyms is broken: '{kept.name}' in the cache folder has "
            f"{len(found)} bytes, must have {_BYTES}; put back a copy, or take it away for a new "
            "one, under which every user gets another pseudonym"
        )
    return found


def _keep(path: Path) -> None:
    """Write a new key; of two processes that try at once, the first one's stays.

    It is on the disk before it has its name: a key that a power cut left empty would hide nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = path.with_name(f".{secrets.token_hex(8)}.key")
    handle = os.open(drawn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(drawn, path)
    except FileExistsError:
        pass
    finally:
        drawn.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
