"""From a declaration to contract tables in the cache."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from workbench.errors import SourceError
from workbench.sources import (
    account,
    cache,
    casting,
    checks,
    closing,
    plain,
    progress,
    quarantine,
    staging,
)
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import RawFile, first_line, register
from workbench.sources.lineage import Traced, check_expression, trace
from workbench.sources.sql import Engine
from workbench.sources.writing import Months, empty
from workbench.tables import TABLES, Table

_INSTANTS = ("events", "orders")  # the tables that say from when to when a source has data

Reader = Callable[[Engine, Path, frozenset[str]], Mapping[str, RawFile]]
Given = Sequence[tuple[Entry, Traced]]


def import_files(source: Declaration) -> tuple[Path, cache.Manifest]:
    """Return the cached import of a declared source, importing its files if they are new."""
    before = _stamps(source)
    key = cache.fingerprint(source.text, source.paths())

    def read(engine: Engine, scratch: Path, streamed: frozenset[str]) -> Mapping[str, RawFile]:
        return {
            name: register(engine, name, options, scratch, streamed=name in streamed)
            for name, options in source.files.items()
        }

    def build(folder: Path) -> cache.Manifest:
        built = run(source, key, read, folder)
        if _stamps(source) != before:
            raise SourceError(f"{source.name}: a file was changed while it was read: try again")
        return built

    return cache.fetch(source.name, key, build)


def run(source: Declaration, key: str, read: Reader, folder: Path) -> cache.Manifest:
    """Import a source into an empty folder and return the manifest.

    Args:
        source: What to make of the files.
        key: The fingerprint.
        read: Makes the raw files readable in an engine; it is told which ones to stream.
        folder: Where the tables go.

    Raises:
        SourceError: If anything would be lost or silently changed.
    """
    traced = [_trace(entry, source) for entry in source.entries]
    scratch = folder / "scratch"
    scratch.mkdir()
    engine = Engine(scratch)
    try:
        files = read(engine, scratch, _streamed(traced))
        _refuse_broken(files, traced)
        (folder / "quarantine").mkdir()
        tables = []
        for name in dict.fromkeys(entry.table for entry in source.entries):
            given = [pair for pair in traced if pair[0].table == name]
            importer = _import_plain if _is_plain(given) else _import_folded
            tables.append(importer(engine, TABLES[name], source, given, files, folder))
    except (duckdb.Error, sqlite3.Error, OSError, pa.ArrowException) as error:
        raise SourceError(f"{source.name}: the import failed: {first_line(error)}") from error
    finally:
        progress.done()
        engine.close()
        shutil.rmtree(scratch)
    return manifest(source, key, tables, [note for file in files.values() for note in file.notes])


def _trace(entry: Entry, source: Declaration) -> tuple[Entry, Traced]:
    names = source.file_names
    for name, predicate in (entry.exclude or {}).items():
        check_expression(predicate, names, f"{entry.place}, rule '{name}'")
    return entry, trace(entry, names, staging.WORTH.get(entry.table, {}))


def _is_plain(given: Given) -> bool:
    """Whether a table can be made in one pass; columns in no contract need the other way."""
    return all(t.plain_sql for _entry, t in given) and not TABLES[given[0][0].table].is_open


def _streamed(traced: Given) -> frozenset[str]:
    """The files that one plain table reads and nothing else: they need not lie anywhere."""
    reads = Counter(name for _entry, t in traced for name in t.reads)
    by_table = {
        entry.table: [p for p in traced if p[0].table == entry.table] for entry, _t in traced
    }
    return frozenset(
        t.file for entry, t in traced if reads[t.file] == 1 and _is_plain(by_table[entry.table])
    )


def _refuse_broken(files: Mapping[str, RawFile], traced: Given) -> None:
    """A broken line of a file that is only looked up would be in no account."""
    for name in files.keys() - {t.file for _entry, t in traced}:
        for line in files[name].broken[:1]:
            raise SourceError(f"{files[name].label}, line {line.line}: {line.reason}")


def _stamps(source: Declaration) -> list[tuple[int, int]]:
    """Size and time of change of every file: an export may still be being written."""
    return [(s.st_size, s.st_mtime_ns) for s in (path.stat() for _name, path in source.paths())]


def _import_plain(
    engine: Engine,
    table: Table,
    source: Declaration,
    given: Given,
    files: Mapping[str, RawFile],
    folder: Path,
) -> dict[str, Any]:
    scratch = folder / "scratch"
    spooled = plain.spool(engine, table, source, given, files, scratch)
    why = scratch / f"{table.name}.why"
    months, tallies = closing.write(spooled, table, folder / table.name, why)
    labels = labelled([part.file.label for part in spooled.parts])
    parts = list(zip(spooled.parts, labels, tallies, strict=True))
    closed = [closing.account(part, label, tally) for part, label, tally in parts]
    quarantine.write_plain(engine, spooled, why, labels, _quarantined(folder, table))
    return _described(table, spooled.columns, given, files, closed, months)


def _import_folded(
    engine: Engine,
    table: Table,
    source: Declaration,
    given: Given,
    files: Mapping[str, RawFile],
    folder: Path,
) -> dict[str, Any]:
    labels = labelled([files[t.file].label for _entry, t in given])
    staged = [
        replace(staging.stage(engine, i, entry, traced, table, source, files), label=label)
        for i, ((entry, traced), label) in enumerate(zip(given, labels, strict=True))
    ]
    columns = casting.cast_all(engine, staged, table, source)
    folded = [number for number, part in enumerate(staged) if part.folds]
    checks.check(engine, table, columns, folded)
    closed = [account.close(engine, number, s, columns) for number, s in enumerate(staged)]
    instant = table.instant if table.instant in columns else ""
    kept = "SELECT c.* FROM __cast c ANTI JOIN __bad b USING (__entry, __row)"
    with Months(folder / table.name, columns, instant) as months:
        reader = engine.reader(kept)
        months.write(empty(reader.schema))
        for batch in reader:
            months.write(batch)
    quarantine.write_folded(engine, staged, _quarantined(folder, table))
    return _described(table, columns, given, files, closed, months)


def labelled(labels: Sequence[str]) -> list[str]:
    """Return the files' labels, numbered where a table reads one again."""
    found: list[str] = []
    for number, label in enumerate(labels):
        again = labels[: number + 1].count(label)
        found.append(f"{label} ({again})" if again > 1 else label)
    return found


def _quarantined(folder: Path, table: Table) -> Path:
    return folder / "quarantine" / f"{table.name}.parquet"


def _described(
    table: Table,
    columns: Sequence[str],
    given: Given,
    files: Mapping[str, RawFile],
    closed: Sequence[tuple[account.Line, list[account.Reason]]],
    months: Months,
) -> dict[str, Any]:
    unread = [name for entry, _traced in given for name in entry.unread]
    for _entry, traced in given:
        known = traced.columns
        if known is not None:
            unread += [c for c in files[traced.file].columns if c.lower() not in known]
    return {
        "name": table.name,
        "columns": list(columns),
        "unread": list(dict.fromkeys(unread)),
        "rows": months.rows,
        "first": months.first,
        "last": months.last,
        "account": [account.record(line) for line, _reasons in closed],
        "reasons": [account.record(reason) for _line, reasons in closed for reason in reasons],
    }


def manifest(
    source: Declaration, key: str, tables: Sequence[dict[str, Any]], notes: Sequence[str]
) -> cache.Manifest:
    """Return what is known of a source once it was read.

    Args:
        source: What the source file says.
        key: The fingerprint.
        tables: What is known of each table.
        notes: What was guessed, in sentences.
    """
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
        "tables": list(tables),
    }


def instant(text: str | None) -> datetime | None:
    """Return an instant of the manifest."""
    return datetime.fromisoformat(text) if text else None
