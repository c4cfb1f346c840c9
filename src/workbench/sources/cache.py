"""What has been imported: month-partitioned Parquet in a folder named by its fingerprint.

    CACHE/NAME/FINGERPRINT/manifest.json
                          /orders/month=2017-01/data_0.parquet      months of UTC
                          /quarantine/orders.parquet                 original lines, all reasons

A folder is written under another name and renamed when it is complete, so it is whole or absent,
and of two processes that import at once one wins and the other uses what it won.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from workbench import project
from workbench.errors import SourceError
from workbench.tables import TABLES

FORMAT = 7  # of what is cached: raise it when the same files would be imported otherwise
_MANIFEST = "manifest.json"
_ABANDONED = 2 * 24 * 3600  # seconds after which no import and no report is still running

Manifest = dict[str, Any]


def fingerprint(text: str, files: Iterable[tuple[str, Path]]) -> str:
    """Return a name for what files become: their content, the contract, and `text`, the declaration."""
    digest = hashlib.sha256(f"{FORMAT}\0{_contract()}\0{text}".encode())
    for name, path in sorted(files):
        digest.update(f"\0{name}\0{path.suffix}\0{sha256(path)}".encode())
    return digest.hexdigest()[:32]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(name: str, key: str, build: Callable[[Path], Manifest]) -> tuple[Path, Manifest]:
    """Return the folder and manifest of an import, by the source's name and the fingerprint.

    Where it is not there yet, `build` fills an empty folder and returns the manifest.

    Raises:
        SourceError: If the cache cannot be written.
    """
    parent = project.cache() / re.sub(r"[^\w.-]", "_", name)
    folder = parent / key
    known = _read(folder)
    if known is not None:
        return folder, known
    scratch = _scratch(parent)
    try:
        manifest = build(scratch)
        manifest["files"] = {
            str(path.relative_to(scratch)): {"bytes": path.stat().st_size, "sha256": sha256(path)}
            for path in sorted(scratch.rglob("*.parquet"))
        }
        manifest["digest"] = _digest(manifest)
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (scratch / _MANIFEST).write_text(text, encoding="utf-8")
        published = _publish(scratch, folder, manifest)
        _sweep(parent, folder)
        return folder, published
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _scratch(parent: Path) -> Path:
    """A folder for one import; those of processes that were killed days ago are swept away."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for left in parent.glob(".import-*"):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=".import-", dir=parent))
    except OSError as error:
        raise SourceError(f"the cache '{parent}' cannot be written: {error.strerror}") from None


def _publish(scratch: Path, folder: Path, manifest: Manifest) -> Manifest:
    """Rename the complete folder into place, or use the one that another process put there."""
    try:
        scratch.rename(folder)
    except OSError:
        winner = _read(folder)
        if winner is not None:
            return winner
        broken = Path(tempfile.mkdtemp(prefix=".broken-", dir=folder.parent))
        folder.rename(broken / folder.name)
        shutil.rmtree(broken, ignore_errors=True)
        scratch.rename(folder)
    return manifest


def _read(folder: Path) -> Manifest | None:
    """The manifest of a folder whose every file, and itself, is what was written.

    Each file is read in full: a flipped bit is in no size and no time of change.
    """
    try:
        text = (folder / _MANIFEST).read_text(encoding="utf-8")
        manifest: Manifest = json.loads(text)
        if manifest.pop("digest") != _digest(manifest):
            return None
        for path, file in manifest["files"].items():
            if sha256(folder / path) != file["sha256"]:
                return None
        os.utime(folder)
    except (OSError, ValueError, KeyError):
        return None
    return manifest


def _digest(manifest: Manifest) -> str:
    """The SHA-256 of what a manifest says, but for its digest."""
    said = {key: value for key, value in manifest.items() if key != "digest"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _sweep(parent: Path, newest: Path) -> None:
    """Remove what older files or declarations became, once nobody can be reading it any more."""
    for folder in parent.iterdir():
        unused = time.time() - folder.stat().st_mtime > _ABANDONED
        if folder != newest and unused and (folder / _MANIFEST).is_file():
            shutil.rmtree(folder, ignore_errors=True)


def _contract() -> str:
    """All that the contract declares, and the engine that reads it so."""
    declared = [
        (
            *(table.name, table.key, table.instant, table.is_open, table.takes_more),
            [replace(column, meaning="") for column in table.columns],
            [check.sentence for check in table.rules],
        )
        for table in TABLES.values()
    ]
    return f"{duckdb.__version__} {declared!r}"
