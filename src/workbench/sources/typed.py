"""Values as Python has them, as Arrow columns: one type a column, or text where they are mixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.errors import SourceError, unknown
from workbench.sources.text.tables import LINE

_TYPES: tuple[tuple[type, pa.DataType], ...] = (
    (bool, pa.bool_()),
    (int, pa.int64()),
    (float, pa.float64()),
    (datetime, pa.timestamp("us")),
    (date, pa.date32()),
    (str, pa.string()),
)
_SLICE = 65_536  # rows of a table


def chosen(path: Path, kind: str, asked: str, names: Sequence[str]) -> str:
    """Return the sheet or table of a file that is asked for, or the only one.

    Raises:
        SourceError: If there is none of that name, or which one is meant is not clear.
    """
    if asked and asked not in names:
        raise SourceError(f"{path.name}: {unknown(kind, asked, names)}")
    if not asked and len(names) != 1:
        listed = ", ".join(names)
        raise SourceError(f"{path.name}: it has the {kind}s {listed}: declare the '{kind}'")
    return asked or names[0]


def schema_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pa.Schema:
    """Return the type of each column, by those of all its values, and `__line`."""
    seen: list[set[type]] = [set() for _name in columns]
    for row in rows:
        for types, value in zip(seen, row, strict=True):
            if value is not None and value != "":
                types.add(type(value))
    fields = zip(columns, map(_arrow, seen), strict=True)
    return pa.schema([*fields, (LINE, pa.int64())])


def _arrow(seen: set[type]) -> pa.DataType:
    if seen == {int, float}:
        return pa.float64()
    found = [arrow for python, arrow in _TYPES if seen == {python}]
    return found[0] if found else pa.string()


def tables(schema: pa.Schema, rows: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[pa.Table]:
    """Yield numbered rows as Arrow tables."""
    numbered = iter(rows)
    while some := list(islice(numbered, _SLICE)):
        yield _table(schema, some)


def _table(schema: pa.Schema, rows: Sequence[tuple[int, Sequence[Any]]]) -> pa.Table:
    columns = list(zip(*(values for _line, values in rows), strict=True))
    arrays = [
        pa.array([_fit(value, field.type) for value in column], field.type)
        for column, field in zip(columns, list(schema)[:-1], strict=True)
    ]
    return pa.table(
        [*arrays, pa.array([line for line, _values in rows], pa.int64())], schema=schema
    )


def _fit(value: Any, type_: pa.DataType) -> Any:
    if value is None or value == "":
        return None
    if pa.types.is_string(type_):
        is_whole = isinstance(value, float) and value.is_integer()
        return str(int(value)) if is_whole else str(value)
    return value
