"""What readers are told about each report of a pack, kept beside the pages as `run.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from workbench.kit.findings import Finding
from workbench.parameters import Setting

OWNER, PUBLIC = "owner", "public"
"""The folders of a report's result tables: whole for the owner, as shown for others."""

_FILE = "run.json"


@dataclass(frozen=True)
class Record:
    """One report of a published folder.

    Attributes:
        name: The notebook's name.
        title: Its heading.
        week: The week that the page is about; "" where there is no page.
        source: The source that it read.
        asked_for: What it was asked for by: of a folder its path.
        ran_at: When the page was made, ISO 8601 with a zone; "" where there is no page.
        findings: What it found.
        failure: Why a later run failed, in one line; "" where the page is the newest run.
        failed_at: When that was.
        parameters: What it was run with.
        is_trial: Whether that is not what its pack or notebook says: no later report goes by it.
        skipped: What the source lacks for it, in a sentence; "" where it could be run.
    """

    name: str
    title: str
    week: str = ""
    source: str = ""
    asked_for: str = ""
    ran_at: str = ""
    findings: tuple[Finding, ...] = ()
    failure: str = ""
    failed_at: str = ""
    parameters: tuple[Setting, ...] = ()
    is_trial: bool = False
    skipped: str = ""

    def __post_init__(self) -> None:
        for instant in filter(None, (self.ran_at, self.failed_at)):
            datetime.fromisoformat(instant)  # a reader's file may say anything

    @property
    def page(self) -> str:
        """The page's file name, or "" where there is none."""
        return f"{self.name}.html" if self.ran_at else ""

    @property
    def failure_page(self) -> str:
        """The failure page's file name, or "" where there is none."""
        return f"{self.name}.failed.html" if self.failure else ""


def write(folder: Path, records: Sequence[Record]) -> None:
    """Keep the records in a folder."""
    text = json.dumps([asdict(record) for record in records], ensure_ascii=False, indent=1)
    (folder / _FILE).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Record]:
    """Return a folder's records by name; none where it holds no published run that can be read."""
    try:
        return _read(folder)
    except (ValueError, KeyError, TypeError, OSError):
        return {}


def is_broken(folder: Path) -> bool:
    """Whether a folder has a record that cannot be read: cut off, or of another version."""
    try:
        _read(folder)
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError, OSError):
        return True
    return False


def _read(folder: Path) -> dict[str, Record]:
    entries = [
        Record(
            **{
                **entry,
                "findings": tuple(Finding(**one) for one in entry["findings"]),
                "parameters": tuple(Setting(**one) for one in entry.get("parameters", ())),
            }
        )
        for entry in json.loads((folder / _FILE).read_text(encoding="utf-8"))
    ]
    return {entry.name: entry for entry in entries}


def is_whole(folder: Path) -> bool:
    """Whether every report in a folder that could be run is there."""
    made = [record for record in read(folder).values() if not record.skipped]
    return bool(made) and all(record.page for record in made)
