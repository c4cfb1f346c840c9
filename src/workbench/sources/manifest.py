"""What is kept in mind of a source once it was read: plain values, which JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

from workbench.sources import cache
from workbench.sources.account import Line, Reason, Taken
from workbench.sources.declaration import Declaration
from workbench.sources.doubts import Doubt
from workbench.sources.users import Overlap

_INSTANTS = ("events", "orders")  # the tables that say from when to when a source has data


@dataclass(frozen=True)
class Seen:
    """What a second look at imported tables found.

    Attributes:
        doubts: What is doubtful in them.
        overlaps: How many users of each are in others.
        events: The events that there are and their rows, the most frequent first.
    """

    doubts: Sequence[Doubt] = ()
    overlaps: Sequence[Overlap] = ()
    events: Sequence[tuple[str, int]] = ()


def of_table(
    name: str,
    columns: Sequence[str],
    rows: int,
    ends: tuple[str | None, str | None],
    closed: Sequence[tuple[Line, list[Reason]]],
    unread: Sequence[str] = (),
    unmeant: Sequence[Sequence[Any]] = (),
    given: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({}),
    joined: Sequence[tuple[Line, list[Reason]]] = (),
    taken: Taken | None = None,
) -> dict[str, Any]:
    """Return what is known of a table.

    `ends` are its first and last instant, `closed` is the account of each SELECT, `unread` are
    columns of its files that no SELECT names, `unmeant` words that a column does not know,
    `given` the raw columns that each column is made of, by file, `joined` the accounts of files
    that SELECTs join, `taken` what orders brought.
    """
    return {
        "name": name,
        "columns": list(columns),
        "unread": list(dict.fromkeys(unread)),
        "unmeant": [list(one) for one in unmeant],
        "given": {file: dict(columns) for file, columns in given.items()},
        "rows": rows,
        "first": ends[0],
        "last": ends[1],
        "account": [asdict(line) for line, _reasons in closed],
        "reasons": [asdict(reason) for _line, reasons in closed for reason in reasons],
        "taken": taken and asdict(taken),
        "joined": [asdict(line) for line, _reasons in joined],
        "unjoined": [asdict(reason) for _line, reasons in joined for reason in reasons],
    }


def of_source(
    source: Declaration,
    key: str,
    tables: Sequence[dict[str, Any]],
    notes: Sequence[str] = (),
    seen: Seen | None = None,
) -> cache.Manifest:
    """Return what is known of a source.

    `notes` are what was guessed about it, `seen` is what a second look at its tables found.
    """
    seen = seen or Seen()
    timed = [table for table in tables if table["name"] in _INSTANTS and table["first"]]
    return {
        "name": source.name,
        "fingerprint": key,
        "format": cache.FORMAT,
        "versions": {name: version(name) for name in ("duckdb", "ibis-framework", "sqlglot")},
        "time_zone": source.time_zone,
        "currency": source.currency,
        "sources": [str(path) for _name, path in source.paths()],
        "max_quarantined": source.max_quarantined,
        "steps": list(source.steps),
        "since": min((table["first"] for table in timed), default=None),
        "until": max((table["last"] for table in timed), default=None),
        "notes": list(dict.fromkeys(notes)),
        "doubts": [asdict(doubt) for doubt in seen.doubts],
        "overlaps": [asdict(overlap) for overlap in seen.overlaps],
        "events": [list(event) for event in seen.events],
        "tables": list(tables),
    }


def instant(text: str | None) -> datetime | None:
    """Return an instant of a manifest."""
    return datetime.fromisoformat(text) if text else None
