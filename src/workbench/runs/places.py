"""Where a run's pages are published: reports/SOURCE/PACK/WEEK/, and trials apart from them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from workbench import sources
from workbench.runs import locks
from workbench.runs.plans import Plan

TRIALS = "trials"
NO_SOURCE = "no-source"
"""The folder of notebooks that declare no source."""

_OWNER = ".source"  # says by a hash, which names nothing of the machine, whose a source's folder is
_RESERVED = {TRIALS, "index.html"}
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 60  # characters, of up to four bytes each
_MARK = 6


class Place(NamedTuple):
    """Where a plan's weeks are.

    Attributes:
        target: The folder of the weeks that it publishes.
        official: The folder of those that count: not the same for a trial.
    """

    target: Path
    official: Path


def place(plan: Plan, reports: Path) -> Place:
    """Return where the weeks of a plan are published.

    Args:
        plan: What runs.
        reports: The folder of all reports.
    """
    official = of_source(reports, plan.sources) / plan.name
    if not plan.tried:
        return Place(official, official)
    return Place(of_source(reports / TRIALS, plan.sources) / plan.name, official)


def claimed(plan: Plan, reports: Path) -> Place:
    """Return where the weeks of a plan are published, in a folder that is its sources' from now on."""
    with locks.moment(reports):
        found = place(plan, reports)
        claim(found.target.parent, plan.sources)
    return found


def of_source(reports: Path, asked: Sequence[str]) -> Path:
    """Return the folder of what was made of these sources.

    It is named like the source, and with a mark added where that is another's: two folders of
    tables may have one name.

    Args:
        reports: The folder of all reports, or of all trials.
        asked: What the sources are asked for by: a name, or of a folder its path.
    """
    owner = _hash(asked)
    named = "+".join(map(_safe, asked)) or NO_SOURCE
    plain, marked = reports / named, reports / f"{named}-{owner[:_MARK]}"
    declared = set(sources.names())
    is_anothers = any("/" in one and Path(one).name in declared for one in asked)
    return marked if is_anothers or _owner(plain) not in ("", owner) else plain


def claim(folder: Path, asked: Sequence[str]) -> None:
    """Let a source's folder be that source's from now on.

    Args:
        folder: As `of_source` has it.
        asked: As there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not _owner(folder):
        (folder / _OWNER).write_text(_hash(asked), encoding="utf-8")


def is_claimed(folder: Path) -> bool:
    """Whether a folder is a source's."""
    return bool(_owner(folder))


def of_sources(reports: Path) -> list[Path]:
    """Return the folders in which a source's packs and notebooks are, by name."""
    return sorted(one for one in reports.glob("*") if one.is_dir() and one.name != TRIALS)


def _owner(folder: Path) -> str:
    try:
        return (folder / _OWNER).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _hash(asked: Sequence[str]) -> str:
    return blake2b(os.fsencode("\n".join(asked)), digest_size=16).hexdigest()


def _safe(asked: str) -> str:
    """The name of a source as one of a folder that no other thing under reports/ has."""
    name = _UNSAFE.sub("-", Path(asked).name)[:_LONGEST].strip(".-")
    return f"{name}-source".lstrip("-") if name in _RESERVED or not name else name
