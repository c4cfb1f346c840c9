"""From a declaration to contract tables in the cache."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from workbench.errors import SourceError
from workbench.sources import cache, manifest, progress, quarantine
from workbench.sources.account import WORTH, Line, Reason, Taken, Tally, labelled, unmeant
from workbench.sources.declaration import Declaration
from workbench.sources.examining import examine
from workbench.sources.files import RawFile, register
from workbench.sources.lineage import Traced, trace
from workbench.sources.spool import Spool, close, pour
from workbench.sources.sql import Engine, first_line
from workbench.sources.staging import Joined, Part
from workbench.tables import TABLES

Reader = Callable[[Engine, Path, frozenset[str]], Mapping[str, RawFile]]


def import_files(source: Declaration) -> tuple[Path, cache.Manifest]:
    """Return the cached import of a declared source, importing its files if they are new."""
    before, key = _contents(source)

    def read(engine: Engine, scratch: Path, streamed: frozenset[str]) -> Mapping[str, RawFile]:
        return {
            name: register(engine, name, options, scratch, streamed=name in streamed)
            for name, options in source.files.items()
        }

    def build(folder: Path) -> cache.Manifest:
        built = run(source, key, read, folder)
        if _contents(source) != (before, key):
            raise _changed(source)
        return built

    return cache.fetch(source.name, key, build)


def run(source: Declaration, key: str, read: Reader, folder: Path) -> cache.Manifest:
    """Import a source into an empty folder and return the manifest, with its fingerprint `key`.

    `read` makes the raw files readable in an engine; it is told which ones to stream.

    Raises:
        SourceError: If anything would be lost or silently changed.
    """
    names = source.file_names
    traced = [trace(entry, names, WORTH.get(entry.table, {})) for entry in source.entries]
    scratch = folder / "scratch"
    scratch.mkdir()
    engine = Engine(scratch)
    try:
        files = read(engine, scratch, _streamed(traced))
        _refuse_broken(files, traced)
        (folder / "quarantine").mkdir()
        tables = []
        for name in dict.fromkeys(entry.table for entry in source.entries):
            given = [t for t in traced if t.entry.table == name]
            labels = labelled([files[t.file].label for t in given])
            parts = [
                Part(
                    number,
                    t,
                    TABLES[name],
                    source,
                    files[t.file],
                    label,
                    others={other: files[other] for other in t.joined},
                )
                for number, (t, label) in enumerate(zip(given, labels, strict=True))
            ]
            tables.append(_import(engine, name, parts, folder))
        seen = examine(engine, source, tables, folder)
    except (duckdb.Error, sqlite3.Error, OSError, pa.ArrowException) as error:
        raise SourceError(f"{source.name}: the import failed: {first_line(error)}") from error
    finally:
        progress.done()
        engine.close()
        shutil.rmtree(scratch)
    notes = [note for file in files.values() for note in file.notes]
    return manifest.of_source(source, key, tables, notes, seen)


def _streamed(traced: Sequence[Traced]) -> frozenset[str]:
    """The files that one table of plain rows reads and nothing else: they need not lie anywhere."""
    reads = Counter(name for t in traced for name in t.reads)
    folded = {t.entry.table for t in traced if not t.plain_sql}
    return frozenset(t.file for t in traced if reads[t.file] == 1 and t.entry.table not in folded)


def _refuse_broken(files: Mapping[str, RawFile], traced: Sequence[Traced]) -> None:
    """A broken line of a file that only rules look up would be in no account."""
    for name in files.keys() - {name for t in traced for name in (t.file, *t.joined)}:
        for line in [line for line in files[name].broken if not line.rule][:1]:
            raise SourceError(f"{files[name].label}, line {line.line}: {line.reason}")


def _contents(source: Declaration) -> tuple[list[tuple[int, ...]], str]:
    """What tells that the files are still those that were hashed.

    An export may still be being written, and a file may be replaced by one of equal size and time.
    Two hashes alike say that it was not, unless it was put back in between: then it has another
    inode or time of change.

    Raises:
        SourceError: If one is gone.
    """
    try:
        stamps = _stamps(source)
        return stamps, cache.fingerprint(source.text, source.paths())
    except OSError:
        raise _changed(source) from None


def _changed(source: Declaration) -> SourceError:
    return SourceError(f"{source.name}: a file was changed while it was read: try again")


def _stamps(source: Declaration) -> list[tuple[int, ...]]:
    """Inode, size and both times of every file."""
    found = (path.stat() for _name, path in source.paths())
    return [(s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for s in found]


def _import(engine: Engine, name: str, parts: Sequence[Part], folder: Path) -> dict[str, Any]:
    scratch = folder / "scratch"
    spooled = pour(engine, parts, scratch)
    why = scratch / f"{name}.why"
    months, tallies = close(spooled, folder / name, why)
    counted = zip(spooled.parts, tallies, strict=True)
    closed = [tally.close(part.file.rows, part.money) for part, tally in counted]
    quarantine.write(engine, spooled, why, folder / "quarantine" / f"{name}.parquet")
    quarantine.write_unjoined(engine, spooled, folder / "quarantine")
    return manifest.of_table(
        name,
        spooled.columns,
        months.rows,
        (months.first, months.last),
        closed,
        [column for part in parts for column in _unread(part)],
        unmeant(tallies),
        {part.label: part.traced.given for part in parts},
        [_of_joined(part, one) for part in spooled.parts for one in part.joined],
        _taken(spooled, tallies) if name == "orders" else None,
    )


def _taken(spooled: Spool, tallies: Sequence[Tally]) -> Taken | None:
    """What the kept orders brought; None where refunds are not told."""
    if "refunded_amount" not in spooled.columns:
        return None
    is_net = all("refunded_amount" in part.signs for part in spooled.parts)
    paid, returned = sum(one.paid for one in tallies), sum(one.returned for one in tallies)
    return Taken(paid, returned, is_net)


def _of_joined(part: Part, one: Joined) -> tuple[Line, list[Reason]]:
    """Return the account of a joined file: which of its lines are in a row, and why not the others."""
    broken = Counter(line.reason for line in one.file.broken if not line.rule)
    aside = Counter(one.file.aside)
    if one.left:
        aside[quarantine.unjoined(part)] = one.left
    table, label, bad = part.table.name, one.file.label, broken.total()
    lines = one.used + aside.total() + bad
    line = Line(table, label, lines, one.used, aside.total(), bad, *[None] * 4)
    reasons = [Reason(table, label, "excluded", why, n, None) for why, n in aside.items()]
    reasons += [Reason(table, label, "quarantined", why, n, None) for why, n in broken.items()]
    return line, reasons


def _unread(part: Part) -> list[str]:
    """Columns of the entry's file that it does not name."""
    columns, named = part.file.columns, part.traced.columns
    others = [] if named is None else [name for name in columns if name.lower() not in named]
    return [*part.entry.unread, *others]
