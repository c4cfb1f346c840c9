"""How a source is opened: by its name, from what an import left or where its warehouse is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from workbench.errors import ParameterError, SourceError, unknown
from workbench.kit.engine import Tables
from workbench.sources import account, demonstration, folders, importing, names, place
from workbench.sources.cache import Manifest
from workbench.sources.declaration import load
from workbench.sources.doubts import Doubt
from workbench.sources.facts import facts_of
from workbench.sources.hiding import hiding
from workbench.sources.manifest import instant
from workbench.sources.source import Source
from workbench.sources.sql import SESSION
from workbench.sources.users import Overlap
from workbench.sources.warehouse.opening import Warehouse

if TYPE_CHECKING:
    import ibis.expr.types as ir


def connect(name: str) -> Source:
    """Open a source; see `workbench.sources.connect`."""
    source = inspect(name)
    refused = source.refused()
    if refused:
        raise SourceError(refused)
    return source


def inspect(name: str) -> Source:
    """Open a source even if too many of its lines are in quarantine, to see which and why."""
    found = _opened(name)
    is_anothers = name != found.name and found.name in names()  # a folder called like a source
    return replace(found, asked_for=name, goals_of="" if is_anothers else found.name)


def _opened(name: str) -> Source:
    if name == "demo":
        return _imported(*demonstration.import_demo())
    path = place(name)
    if Path(name).name == name and path.is_file():
        with hiding(path):
            declared = load(path)
            if declared.warehouse:
                there = Warehouse(declared, declared.warehouse)
                return _open(there.folder, there.manifest, there.tables, there)
            return _imported(*importing.import_files(declared))
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return _imported(*importing.import_files(folders.declare(folder)))
    raise ParameterError(f"{unknown('source', name, names())}; or give the path of a folder")


def _imported(folder: Path, manifest: Manifest) -> Source:
    """Read what an import left, through a connection of its own: in memory, never a database file."""
    engine = ibis.duckdb.connect()
    engine.raw_sql(SESSION)
    tables = {}
    for table in manifest["tables"]:
        name = table["name"]
        # `month` is how files are laid out, not a column.
        paths = [str(folder / p) for p in manifest["files"] if p.startswith(f"{name}/")]
        tables[name] = engine.read_parquet(paths, table_name=name, hive_partitioning=False)
    return _open(folder, manifest, tables)


def _open(
    folder: Path,
    manifest: Manifest,
    tables: Mapping[str, ir.Table],
    warehouse: Warehouse | None = None,
) -> Source:
    told = manifest["tables"]
    since, until = instant(manifest["since"]), instant(manifest["until"])
    return Source(
        name=manifest["name"],
        time_zone=manifest["time_zone"],
        currency=manifest["currency"],
        fingerprint=manifest["fingerprint"],
        steps=tuple(manifest["steps"]),
        tables=Tables(tables, manifest["name"]),
        account=account.frame([row for table in told for row in table["account"]], account.Line),
        reasons=account.frame([row for table in told for row in table["reasons"]], account.Reason),
        joined=account.frame([row for table in told for row in table["joined"]], account.Line),
        unjoined=account.frame(
            [row for table in told for row in table["unjoined"]], account.Reason
        ),
        span=(since, until) if since and until else None,
        facts={table["name"]: facts_of(table) for table in told},
        folder=folder,
        max_quarantined=manifest["max_quarantined"],
        notes=tuple(manifest["notes"]),
        doubts=tuple(Doubt(**told) for told in manifest["doubts"]),
        events_told=tuple(word for word, _rows in manifest["events"]),
        overlaps=tuple(Overlap(**told) for told in manifest["overlaps"]),
        files=tuple(Path(path) for path in manifest["sources"]),
        warehouse=warehouse,
    )
