# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""The SELECT that brings rows into the contract's types, and says which values could not be cast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from workbench.errors import SourceError
from workbench.sources import casts
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import RawFile
from workbench.sources.sql import Engine
from workbench.tables import Column, Table

TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}


class Castable(Protocol):
    """Rows of an entry that wait to be cast."""

    @property
    def entry(self) -> Entry:
        """What the source file says."""

    @property
    def file(self) -> RawFile:
        """The raw file that it reads."""

    @property
    def columns(self) -> Mapping[str, str]:
        """Names and DuckDB types of the SELECT's columns."""


def cast_all(
    engine: Engine, staged: Sequence[Castable], table: Table, source: Declaration
) -> tuple[str, ...]:
    """Cast all entries of a table into `__cast` and return the columns it has."""
    present, extra = columns_of_table(staged, table)
    parts = []
    for number, part in enumerate(staged):
        rows = f"__staged_{number}"
        parts.append(
            f"SELECT {number} AS __entry, * FROM ({cast(part, rows, table, present, source)})"
        )
    engine.run("CREATE OR REPLACE TEMP TABLE __cast AS " + " UNION ALL BY NAME ".join(parts))
    return (*present, *extra)


def columns_of_table(given: Sequence[Castable], table: Table) -> tuple[list[str], list[str]]:
    """Return the contract's columns that any entry gives, in the contract's order, and the others."""
    present = [c for c in table.names if any(c in part.columns for part in given)]
    others = dict.fromkeys(c for part in given for c in part.columns)
    return present, [c for c in others if c not in table.names]


def cast(
    part: Castable,
    rows: str,
    table: Table,
    present: Sequence[str],
    source: Declaration,
    carried: str = "__row, __first",
) -> str:
    """Return a SELECT of rows in the contract's types.

    Args:
        part: Which columns the rows have, and of which types.
        rows: What the rows are called.
        table: The contract.
        present: The contract's columns that the result has, NULL where the rows lack one.
        source: How money and instants are written.
        carried: Columns of the rows that come along as they are.

    Returns:
        SQL with `__lost_COLUMN`, whether there was a value that could not be cast.
    """
    inner, outer = [], []
    # Cast once, used thrice.
    usual = [
        f', TRY_CAST("{name}" AS TIMESTAMP) AS "__usual_{name}"'
        for name in present
        if name in part.columns and _is_usual(table[name], part.columns[name])
    ]
    for name in present:
        column = table[name]
        if name not in part.columns:
            outer.append(
                f'CAST(NULL AS {TYPES[column.type]}) AS "{name}", false AS "__lost_{name}"'
            )
            continue
        type_ = part.columns[name]
        cast_ = _cast_column(column, type_, part, source)
        inner.append(f'{cast_} AS "{name}"')
        if cast_ == f'CAST("{name}" AS VARCHAR)':
            outer.append(f'"{name}", false AS "__lost_{name}"')
            continue
        inner.append(f'{casts.present(Engine.name(name), type_)} AS "__has_{name}"')
        outer.append(f'"{name}", "__has_{name}" AND "{name}" IS NULL AS "__lost_{name}"')
    extra = [Engine.name(name) for name in part.columns if name not in table.names]
    return (
        f"SELECT {carried}, {', '.join([*outer, *extra])} "
        f"FROM (SELECT {carried}, {', '.join([*inner, *extra])} "
        f"FROM (SELECT *{''.join(usual)} FROM {rows}))"
    )


def _is_usual(column: Column, type_: str) -> bool:
    return column.type == "timestamp" and casts.plain_type(type_) == "VARCHAR"


def _cast_column(column: Column, type_: str, part: Castable, source: Declaration) -> str:
    written = source.written(part.file.name)
    zones = (source.timestamps, source.time_zone)
    sql = casts.cast(
        column,
        Engine.name(column.name),
        type_,
        digits=source.digits,
        zones=zones,
        amounts=written.amounts,
        instants=written.instants,
        usual=Engine.name(f"__usual_{column.name}") if _is_usual(column, type_) else "",
    )
    if not sql:
        hint = (
            " or declare the file's 'instants' (epoch seconds, epoch milliseconds)"
            if column.type == "timestamp"
            else ""
        )
        raise SourceError(
            f"{part.entry.place}: {column.name} is {type_}, must be {column.type}: cast it in the SELECT{hint}"
        )
    return f"CAST({sql} AS {TYPES[column.type]})"
