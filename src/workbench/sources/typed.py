"""Values as Python has them, as Arrow columns: one type a column, or text where they are mixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

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


class Kinds:
    """Which types the values of each column have; the column's type follows.

    Args:
        columns: Their names.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self._seen: list[set[type]] = [set() for _name in columns]

    def see(self, row: Sequence[Any]) -> None:
        """Note the types of a row's values."""
        for seen, value in zip(self._seen, row, strict=True):
            if value is not None and value != "":
                seen.add(type(value))

    def schema(self) -> pa.Schema:
        """Return the columns' types and `__line`."""
        fields = [(n, _arrow(seen)) for n, seen in zip(self.columns, self._seen, strict=True)]
        return pa.schema([*fields, (LINE, pa.int64())])


def _arrow(seen: set[type]) -> pa.DataType:
    if seen == {int, float}:
        return pa.float64()
    found = [arrow for python, arrow in _TYPES if seen == {python}]
    return found[0] if found else pa.string()


def tables(schema: pa.Schema, rows: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[pa.Table]:
    """Yield numbered rows as Arrow tables."""
    waiting: list[tuple[int, Sequence[Any]]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == _SLICE:
            yield _table(schema, waiting)
            waiting = []
    if waiting:
        yield _table(schema, waiting)


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
