# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""The SELECT that brings rows into the contract's types, and says which values could not be cast."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from workbench.errors import SourceError
from workbench.sources import casts
from workbench.sources.checks import LOST, columns_of
from workbench.sources.sql import Engine
from workbench.sources.staging import Part
from workbench.tables import Column


def types_of(engine: Engine, parts: Sequence[Part]) -> dict[str, str]:
    """Return names and DuckDB types of a table's columns: the contract's, then any others."""
    table = parts[0].table
    columns = columns_of(table, [part.columns for part in parts])
    found = {name: casts.TYPES[table[name].type] for name in columns if name in table.names}
    extra = [name for name in columns if name not in found]
    given = [
        ", ".join(
            f"NULL::{part.columns[name]} AS {engine.name(name)}"
            for name in extra
            if name in part.columns
        )
        for part in parts
    ]
    if extra:
        # What holds the values of all entries, as the engine itself finds it.
        found |= engine.columns(" UNION ALL BY NAME ".join(f"SELECT {row}" for row in given if row))
    return found


def cast(part: Part, types: Mapping[str, str], carried: Collection[str]) -> str:
    """Return a SELECT of an entry's rows in the types of the table.

    Args:
        part: The rows.
        types: The columns of the table, NULL where the rows lack one.
        carried: Columns of the rows that come along as they are.

    Returns:
        SQL with `__lost_COLUMN`, whether there was a value that could not be cast.
    """
    table = part.table
    inner, outer = list(carried), list(carried)
    # Cast once, used thrice.
    usual = [
        f', TRY_CAST("{name}" AS TIMESTAMP) AS "__usual_{name}"'
        for name, type_ in part.columns.items()
        if name in table.names and _is_usual(table[name], type_)
    ]
    for name, type_ in types.items():
        quoted, lost = Engine.name(name), "false"
        if name not in part.columns:
            outer.append(f"CAST(NULL AS {type_}) AS {quoted}")
        else:
            value = _cast_column(table[name], part) if name in table.names else quoted
            inner.append(f"CAST({value} AS {type_}) AS {quoted}")
            outer.append(quoted)
            if name in table.names and (value, type_) != (quoted, "VARCHAR"):
                inner.append(f'{casts.present(quoted, part.columns[name])} AS "__has_{name}"')
                lost = f'"__has_{name}" AND {quoted} IS NULL'
        if name in table.names:
            outer.append(f'{lost} AS "{LOST}{name}"')
    return (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} "
        f"FROM (SELECT *{''.join(usual)} FROM ({part.rows})))"
    )


def _is_usual(column: Column, type_: str) -> bool:
    return column.type == "timestamp" and casts.plain_type(type_) == "VARCHAR"


def _cast_column(column: Column, part: Part) -> str:
    type_, source = part.columns[column.name], part.source
    written = source.written(part.file.name)
    sql = casts.cast(
        column,
        Engine.name(column.name),
        type_,
        digits=source.digits,
        zones=(source.timestamps, source.time_zone),
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
    return sql
