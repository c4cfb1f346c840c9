# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Raw files as DuckDB views, every line with its number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from workbench.errors import SourceError
from workbench.sources.csv_scan import Scan, scan

if TYPE_CHECKING:
    from workbench.sources.sql import Engine

LINE = "__line"  # its column in every raw view
_RESERVED = {"__lines", "__money", "__unread", "__rule"}


@dataclass(frozen=True)
class RawFile:
    """A raw file that SELECTs can read under its name.

    Attributes:
        name: What SELECTs call it; `"__raw_" + name` is its view with line numbers.
        label: What the account calls it.
        lines: Its lines, counted without the engine that reads them.
        columns: Its columns.
    """

    name: str
    label: str
    lines: int
    columns: tuple[str, ...]


def register(engine: Engine, name: str, path: Path, scratch: Path) -> RawFile:
    """Make a file readable in `engine` under `name`.

    Args:
        engine: Where the views are created.
        name: What SELECTs call the file.
        path: A Parquet or CSV file.
        scratch: A folder for what a CSV file is converted to.

    Raises:
        SourceError: If it is neither, cannot be read, or lines are lost in reading.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in {".parquet", ".pq"}:
            lines = _register_parquet(engine, name, path)
        elif suffix == ".csv":
            lines = _register_csv(engine, name, path, scratch)
        else:
            raise SourceError(f"{path.name}: only .parquet and .csv files can be read")
        found = engine.value(f'SELECT count(*) FROM "__raw_{name}"')
    except (duckdb.Error, OSError) as error:
        raise SourceError(f"{path.name}: cannot be read: {first_line(error)}") from None
    if found != lines:
        raise SourceError(f"{path.name}: {lines:,} lines were counted but {found:,} were read")
    return finish(engine, name, path.name, lines)


def finish(engine: Engine, name: str, label: str, lines: int) -> RawFile:
    """Give `__raw_NAME` the view NAME without line numbers, for SELECTs that look things up."""
    columns = tuple(c for c in engine.columns(f'SELECT * FROM "__raw_{name}"') if c != LINE)
    taken = [column for column in columns if column.lower() in _RESERVED]
    if taken:
        raise SourceError(f"{label}: a column may not be named '{taken[0]}'")
    engine.run(f'CREATE VIEW "{name}" AS SELECT * EXCLUDE ({LINE}) FROM "__raw_{name}"')
    return RawFile(name, label, lines, columns)


def first_line(error: BaseException) -> str:
    """Return what an engine's error says, in one line."""
    return (str(error).splitlines() or [""])[0].strip()


def _register_parquet(engine: Engine, name: str, path: Path) -> int:
    source = engine.text(_literal_path(path))
    lines = engine.value(f"SELECT num_rows FROM parquet_file_metadata({source})")
    engine.run(
        f'CREATE VIEW "__raw_{name}" AS SELECT * EXCLUDE (file_row_number), '
        f"file_row_number + 1 AS {LINE} FROM read_parquet({source}, file_row_number = true)"
    )
    return int(lines)


def _register_csv(engine: Engine, name: str, path: Path, scratch: Path) -> int:
    scanned = scan(path)
    columns = ", ".join(f"{engine.text(c)}: 'VARCHAR'" for c in scanned.header)
    target = scratch / f"{name}.parquet"
    # Text only: whatever a column is, casting it is the contract's business, and strict.
    records = (
        f"SELECT *, row_number() OVER () AS __record FROM read_csv("
        f"{engine.text(_literal_path(path))}, auto_detect = false, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', columns = {{{columns}}})"
    )
    engine.run(f"COPY ({_numbered(records, scanned)}) TO {engine.text(target)} (FORMAT parquet)")
    engine.run(f'CREATE VIEW "__raw_{name}" AS SELECT * FROM read_parquet({engine.text(target)})')
    return scanned.records


def _numbered(records: str, scanned: Scan) -> str:
    """The records with the number of the line that each begins on."""
    if len(scanned.shifts) <= 1:
        shift = scanned.shifts[0][1] if scanned.shifts else 0
        return f"SELECT * EXCLUDE (__record), __record + {shift} AS {LINE} FROM ({records})"
    shifts = ", ".join(f"({record}, {shift})" for record, shift in scanned.shifts)
    return (
        f"SELECT r.* EXCLUDE (__record), __record + __shift AS {LINE} FROM ({records}) r "
        f"ASOF JOIN (VALUES {shifts}) s(__from, __shift) ON r.__record >= s.__from"
    )


def _literal_path(path: Path) -> str:
    """The path with nothing in it that DuckDB would take for a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
