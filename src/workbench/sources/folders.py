# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""A folder of files named after the tables, already in the contract's form."""

from __future__ import annotations

import difflib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import SourceError, unknown
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import PARQUET, open_file
from workbench.sources.options import FileOptions
from workbench.sources.sql import Engine, first_line
from workbench.sources.text.tables import LINE
from workbench.tables import TABLES

SUFFIXES = (".csv", ".tsv", ".parquet", ".xlsx", ".jsonl")


def declare(folder: Path) -> Declaration:
    """Return the declaration that a folder of TABLE.parquet, TABLE.csv, … stands for.

    Money is in minor units, instants are in UTC. Columns that the contract does not know are
    not read; `Entry.unread` names them.

    Raises:
        SourceError: If a file is named after no table, or lacks a required column.
    """
    files = {}
    entries = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        table = path.stem
        if table not in TABLES:
            raise SourceError(f"{folder.name}/{path.name}: {unknown('table', table, TABLES)}")
        if table in files:
            raise SourceError(f"{folder.name}: '{table}' is there twice")
        files[table] = FileOptions(path)
        entries.append(_entry(table, path))
    if not files:
        raise SourceError(f"folder '{folder}' has no file named after a table, such as orders.csv")
    return Declaration(
        name=folder.resolve().name,
        text=f"folder {[entry.select for entry in entries]}",  # the columns that there were
        time_zone="UTC",
        timestamps="UTC",
        entries=tuple(entries),
        files=files,
    )


def _entry(table: str, path: Path) -> Entry:
    contract = TABLES[table]
    given = _columns_of(path)
    for name in contract.required:
        if name not in given:
            near = difflib.get_close_matches(name, given, n=1)
            meant = f", did you mean '{near[0]}'?" if near else f", it has: {', '.join(given)}"
            raise SourceError(f"{path.name}: required column '{name}' is missing{meant}")
    read = given if contract.is_open else [name for name in given if name in contract.names]
    chosen = ", ".join(Engine.name(name) for name in read)
    unread = tuple(name for name in given if name not in read)
    return Entry(table, f'SELECT {chosen} FROM "{table}"', place=path.name, unread=unread)


def _columns_of(path: Path) -> tuple[str, ...]:
    """The names of a file's columns, without reading the rest of it."""
    if path.suffix.lower() not in PARQUET:
        return tuple(n for n in open_file(FileOptions(path)).schema.names if n != LINE)
    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{path.name}: cannot be read: {first_line(error)}") from None
