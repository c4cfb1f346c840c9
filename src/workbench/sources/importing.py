# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""From a declaration to contract tables in the cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from workbench.errors import SourceError
from workbench.sources import account, cache, checks, staging
from workbench.sources.declaration import Declaration
from workbench.sources.files import LINE, RawFile, first_line, register
from workbench.sources.sql import Engine
from workbench.tables import TABLES, Table

_INSTANTS = ("events", "orders")  # the tables that say from when to when a source has data

Reader = Callable[[Engine, Path], Mapping[str, RawFile]]


def import_files(source: Declaration) -> tuple[Path, cache.Manifest]:
    """Return the cached import of a declared source, importing its files if they are new."""
    before = _stamps(source)
    key = cache.fingerprint(source.text, source.files.items())

    def read(engine: Engine, scratch: Path) -> Mapping[str, RawFile]:
        return {name: register(engine, name, path, scratch) for name, path in source.files.items()}

    def build(folder: Path) -> cache.Manifest:
        manifest = run(source, key, read, folder)
        if _stamps(source) != before:
            raise SourceError(f"{source.name}: a file was changed while it was read: try again")
        return manifest

    return cache.fetch(source.name, key, build)


def run(source: Declaration, key: str, read: Reader, folder: Path) -> cache.Manifest:
    """Import a source into an empty folder and return the manifest.

    Args:
        source: What to make of the files.
        key: The fingerprint.
        read: Makes the raw files readable in an engine.
        folder: Where the tables go.

    Raises:
        SourceError: If anything would be lost or silently changed.
    """
    scratch = folder / "scratch"
    scratch.mkdir()
    engine = Engine(scratch)
    try:
        files = read(engine, scratch)
        (folder / "quarantine").mkdir()
        tables = [
            _import_table(engine, TABLES[name], source, files, folder)
            for name in dict.fromkeys(entry.table for entry in source.entries)
        ]
    except duckdb.Error as error:
        raise SourceError(f"{source.name}: the import failed: {first_line(error)}") from error
    finally:
        engine.close()
        shutil.rmtree(scratch)
    return _manifest(source, key, tables)


def _stamps(source: Declaration) -> list[tuple[int, int]]:
    """Size and time of change of every file: an export may still be being written."""
    return [(s.st_size, s.st_mtime_ns) for s in (path.stat() for path in source.files.values())]


def _import_table(
    engine: Engine, table: Table, source: Declaration, files: Mapping[str, RawFile], folder: Path
) -> dict[str, Any]:
    entries = [entry for entry in source.entries if entry.table == table.name]
    staged: list[staging.Staged] = []
    for number, entry in enumerate(entries):
        part = staging.stage(engine, number, entry, table, source, files)
        again = sum(part.file == other.file for other in staged) + 1
        staged.append(replace(part, label=f"{part.label} ({again})") if again > 1 else part)
    columns = staging.cast_all(engine, staged, table, source)
    folded = [number for number, part in enumerate(staged) if part.folds]
    checks.check(engine, table, columns, folded)
    closed = [account.close(engine, number, s, columns) for number, s in enumerate(staged)]
    kept = "SELECT c.* FROM __cast c ANTI JOIN __bad b USING (__entry, __row)"
    instant = table.instant if table.instant in columns else ""
    cache.write(engine, kept, columns, instant, folder / table.name)
    _write_quarantine(engine, staged, folder / "quarantine" / f"{table.name}.parquet")
    bounds = f"min({instant})::VARCHAR, max({instant})::VARCHAR" if instant else "NULL, NULL"
    rows, first, last = engine.rows(f"SELECT count(*), {bounds} FROM ({kept})")[0]
    return {
        "name": table.name,
        "columns": list(columns),
        "unread": [name for entry in entries for name in entry.unread],
        "rows": rows,
        "first": first,
        "last": last,
        "account": [account.record(line) for line, _reasons in closed],
        "reasons": [account.record(reason) for _line, reasons in closed for reason in reasons],
    }


def _write_quarantine(engine: Engine, staged: Sequence[staging.Staged], path: Path) -> None:
    parts = []
    for number, part in enumerate(staged):
        raw = part.file
        names = [engine.name(column) for column in raw.columns]
        fields = ", ".join(f"{column} := raw.{column}" for column in names)
        parts.append(
            f"SELECT {engine.text(part.label)} AS file, m.line, b.reasons, "
            f"to_json(struct_pack({fields}))::VARCHAR AS original FROM __bad b "
            f"JOIN __map_{number} m ON b.__entry = {number} AND b.__row = m.__row "
            f'JOIN "__raw_{raw.name}" raw ON raw.{LINE} = m.line'
        )
    lines = f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY file, line"
    engine.run(f"COPY ({lines}) TO {engine.text(path)} (FORMAT parquet)")


def _manifest(source: Declaration, key: str, tables: Sequence[dict[str, Any]]) -> cache.Manifest:
    timed = [table for table in tables if table["name"] in _INSTANTS and table["first"]]
    return {
        "name": source.name,
        "fingerprint": key,
        "format": cache.FORMAT,
        "versions": {name: version(name) for name in ("duckdb", "ibis-framework", "sqlglot")},
        "time_zone": source.time_zone,
        "currency": source.currency,
        "steps": list(source.steps),
        "since": min((table["first"] for table in timed), default=None),
        "until": max((table["last"] for table in timed), default=None),
        "tables": list(tables),
    }


def instant(text: str | None) -> datetime | None:
    """Return an instant of the manifest."""
    return datetime.fromisoformat(text) if text else None
