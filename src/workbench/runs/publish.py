"""Put a finished folder in the place of the one before: whole or not at all.

POSIX only (flock, rename): the README names no other system.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.display import records
from workbench.runs import locks

_WEEK = re.compile(r"\d{4}-W\d{2}", flags=re.ASCII)
_RUN = ".run-"
_LINK = f"{_RUN}latest"
_VERSION = ".week-"  # a folder that a week's link names, where folders cannot be exchanged
_FORMER = "former"
_LATEST = "latest"

Tell = Callable[[str], None]
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def workspace(target: Path, tell: Tell) -> Iterator[Path]:
    """Hold the lock of a target and give a run its own folder, on the same file system.

    What a run that was killed left behind goes first; the run's own folder goes in the end. What
    lies in the way and is no run's is set aside.

    Args:
        target: The folder under which the weeks of a pack or notebook are published.
        tell: Told what was set aside.

    Raises:
        RunError: If another run of the same target is under way.
    """
    target.mkdir(parents=True, exist_ok=True)
    free_lock(target, tell)
    with locks.held(target):
        if (target / _LINK).is_symlink():  # a run that was killed before it renamed it
            (target / _LINK).unlink()
        for left in target.glob(f"{_RUN}*"):
            if left.is_symlink() or not left.is_dir():
                set_aside(left, tell)
            else:
                shutil.rmtree(left)
        heal(target)
        folder = Path(tempfile.mkdtemp(prefix=_RUN, dir=target))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def free_lock(folder: Path, tell: Tell) -> None:
    """Set aside what stands in the place of a folder's lock and is none."""
    blocked = locks.in_the_way(folder)
    if blocked:
        set_aside(blocked, tell)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let no Ctrl-C come between a page and the link to it: publishing takes milliseconds."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python interrupts its main thread alone
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def swap(new: Path, place: Path) -> None:
    """Put the folder `new` at `place`, durably and in one step.

    Whoever opens a page at any moment gets the old folder or the new one. Where the file system
    can exchange two folders, what was at `place` is at `new` afterwards, for the caller to throw
    away. Where it cannot (NFS, CIFS, many FUSE), `place` is a link to a folder beside it, and is
    switched last: a link is replaced in one step everywhere.
    """
    for folder, _names, files in os.walk(new):
        for path in (*(Path(folder) / name for name in files), Path(folder)):
            sync(path)
    if not _can_exchange(new.parent):
        _switch(new, place)
    elif place.exists():
        _exchange_at_once(new, place)
    else:
        new.rename(place)
    sync(place.parent)


def move(week: Path, place: Path) -> None:
    """Move a published week on the same file system to where nothing is, in one step."""
    if week.is_symlink():
        week.resolve().rename(place)
        week.unlink()
    else:
        week.rename(place)
    sync(place.parent)
    sync(week.parent)


def is_own_link(path: Path) -> bool:
    """Whether a link is one that publishing makes: to `latest`, or to a version of a week."""
    return path.name in {_LATEST, _LINK} or str(path.readlink()).startswith(_VERSION)


def weeks(target: Path) -> list[str]:
    """Return the weeks published under a target, oldest first."""
    return sorted(
        one.name for one in target.iterdir() if _WEEK.fullmatch(one.name) and one.is_dir()
    )


def clear_way(place: Path, tell: Tell) -> None:
    """Set aside what stands where a week is to be published and is no week that can be read."""
    is_week = place.is_dir() and not records.is_broken(place)
    if not is_week and (place.is_symlink() or place.exists()):
        set_aside(place, tell)


def clear_folders(reports: Path, target: Path, tell: Tell) -> None:
    """Set aside what stands where folders on the way from `reports` to a target belong, and is none."""
    for folder in (*reversed(target.parents), target):
        is_between = folder.is_relative_to(reports) and folder != reports
        if is_between and not folder.is_dir() and os.path.lexists(folder):
            set_aside(folder, tell)


def set_aside(path: Path, tell: Tell) -> None:
    """Give what lies in the way another name, and say so: nothing of a reader's is deleted."""
    taken = {one.name for one in path.parent.iterdir()}
    names = (f"{path.name.lstrip('.')}.aside-{n}" for n in itertools.count(1))
    aside = path.with_name(next(name for name in names if name not in taken))
    path.rename(aside)
    tell(f"'{path.parent.name}/{path.name}' lay in the way and is now called '{aside.name}'")


def point_to_latest(target: Path, tell: Tell) -> None:
    """Let `latest` be a link to the newest week whose every report is there, if there is one.

    A page whose newer run failed is still there; so `latest` never goes back to an older week.
    """
    complete = [week for week in weeks(target) if records.is_whole(target / week)]
    if not complete:
        return
    link, latest = target / _LINK, target / _LATEST
    if latest.is_dir() and not latest.is_symlink():
        set_aside(latest, tell)
    link.unlink(missing_ok=True)
    link.symlink_to(complete[-1])
    link.replace(latest)
    sync(target)


def sync(path: Path) -> None:
    """Have a file or folder on disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _switch(new: Path, place: Path) -> None:
    """Let `place` be a link to the new folder, which is put beside it first."""
    version = place.with_name(f"{_VERSION}{place.name}-{secrets.token_hex(4)}")
    new.rename(version)
    link = place.with_name(_LINK)
    link.unlink(missing_ok=True)
    link.symlink_to(version.name)
    before = place.with_name(f"{_VERSION}{place.name}-{_FORMER}")
    if place.is_symlink():
        before = place.parent / place.readlink()
    elif place.exists():  # made where folders could be exchanged; a kill here is healed at a start
        place.rename(before)
    link.replace(place)
    sync(place.parent)
    shutil.rmtree(before, ignore_errors=True)


def heal(target: Path) -> None:
    """Put a week back that a kill left without its link, and clear folders that no link names."""
    versions = sorted(target.glob(f"{_VERSION}*"), key=lambda one: not one.name.endswith(_FORMER))
    linked = {str(one.readlink()) for one in target.iterdir() if one.is_symlink()}
    for version in versions:
        place = target / version.name.removeprefix(_VERSION).rpartition("-")[0]
        if version.name in linked:
            continue
        if place.exists():
            shutil.rmtree(version)
        else:
            version.rename(place)


def _can_exchange(folder: Path) -> bool:
    """Whether folders on this file system can be exchanged in one step."""
    pair = [Path(tempfile.mkdtemp(dir=folder)) for _ in range(2)]
    try:
        return _exchange_at_once(*pair)
    finally:
        for one in pair:
            one.rmdir()


def _exchange_at_once(new: Path, place: Path) -> bool:
    """Linux's renameat2; whether it did it (an old kernel or file system may not)."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    old, there = os.fsencode(new), os.fsencode(place)
    return bool(rename(_AT_FDCWD, old, _AT_FDCWD, there, _RENAME_EXCHANGE) == 0)
