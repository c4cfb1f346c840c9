"""From numpy arrays to contract tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.demo.chance import Flags, Ints
from workbench.tables import TABLES

_TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
}


def table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Return a contract table; every column of the contract must be given.

    Columns beyond the contract (an open table may have them) keep the type they come with.
    """
    contract = TABLES[name]
    arrays = {
        column.name: pa.array(columns[column.name], type=_TYPES[column.type])
        if isinstance(columns[column.name], np.ndarray)
        else columns[column.name].cast(_TYPES[column.type])
        for column in contract.columns
    }
    further = {key: value for key, value in columns.items() if key not in arrays}
    return pa.table(arrays | further)


def text(codes: npt.NDArray[Any], values: pa.Array | Sequence[str]) -> pa.Array:
    """Return the value of each code; a negative code is null."""
    indices = pa.array(codes, mask=codes < 0) if len(codes) and codes.min() < 0 else pa.array(codes)
    values = pa.array(values) if not isinstance(values, pa.Array) else values
    return values.take(indices)


def only(where: Flags, values: npt.NDArray[Any] | pa.Array) -> pa.Array:
    """Return the values where they are said to be there, and null elsewhere."""
    if isinstance(values, np.ndarray):
        return pa.array(values, mask=~where)
    return pc.if_else(pa.array(where), values, pa.scalar(None, values.type))


def instants(where: Flags, micros: npt.NDArray[np.int64]) -> pa.Array:
    """Return microseconds as timestamps where they are said to be there, null elsewhere."""
    return only(where, micros).cast(pa.timestamp("us"))


def numbered(prefix: str, count: int, width: int) -> pa.Array:
    """Return ids `prefix0001`, `prefix0002`, … of so many digits."""
    digits = pa.array(np.arange(1, count + 1)).cast(pa.string())
    return pc.binary_join_element_wise(prefix, pc.utf8_lpad(digits, width, "0"), "")


def numbers(column: pa.Array | pa.ChunkedArray) -> Ints:
    """Return a column without gaps, or with none that matter, as whole numbers; instants as microseconds."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return np.array(column.fill_null(-1).to_numpy(), dtype=np.int64)


def moments(micros: Ints) -> pa.Array:
    """Return microseconds as timestamps."""
    return pa.array(micros).cast(pa.timestamp("us"))


def replaced(given: pa.Table, **columns: pa.Array) -> pa.Table:
    """Return the table with these columns in the place of its own."""
    for name, column in columns.items():
        given = given.set_column(given.schema.get_field_index(name), name, column)
    return given
