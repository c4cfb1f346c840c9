"""Cells that hold for the lines below them: merged ones, and fields of an order's first line only.

A line on which all columns of a declared list are blank continues the line above; where one of them
is filled another order begins, whose blanks are blanks. Nothing is filled past a line that could not
be read: it may have been the first of its group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError, unknown
from workbench.sources.options import FileOptions
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE

Stream = Callable[[list[Broken]], Iterator[pa.Table]]


def check_filled(options: FileOptions, names: Sequence[str]) -> None:
    """Check that a file has the columns that are to be filled.

    Raises:
        SourceError: With a near name.
    """
    given = [name for name in names if name != LINE]
    for name in (name for group in options.fill_down for name in group):
        if name not in given:
            kind = f"column of {options.path.name} in fill_down"
            raise SourceError(f"{options.path.name}: {unknown(kind, name, given)}")


def filled(stream: Stream, options: FileOptions) -> Stream:
    """Return a stream of the same rows with the declared columns filled down."""

    def tables(broken: list[Broken]) -> Iterator[pa.Table]:
        above: pa.Table | None = None
        for table in stream(broken):
            lines = [line.line for line in broken if not line.rule]
            rows = table if above is None else pa.concat_tables([above, table])
            done = rows
            for group in options.fill_down:
                done = _fill(done, group, np.array(lines, np.int64))
            above = done.slice(done.num_rows - 1)
            yield done if rows is table else done.slice(1)

    return tables


def _fill(rows: pa.Table, columns: Sequence[str], broken: npt.NDArray[np.int64]) -> pa.Table:
    """Fill the rows of a table, the first of which is filled already."""
    is_blank = np.ones(rows.num_rows, bool)
    for name in columns:
        is_blank &= _blank(rows[name])
    lines = rows[LINE].to_numpy()
    group = np.searchsorted(broken, lines)  # unreadable lines before it
    at = np.maximum.accumulate(np.where(is_blank, 0, np.arange(rows.num_rows)))
    at = np.where(group[at] == group, at, np.arange(rows.num_rows))
    for name in columns:
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, rows.schema.field(index), rows[name].take(pa.array(at)))
    return rows


def _blank(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    nothing = pc.is_null(values)
    if pa.types.is_string(values.type):
        nothing = pc.or_kleene(nothing, pc.equal(pc.utf8_trim_whitespace(values), ""))
    found: npt.NDArray[np.bool_] = pc.fill_null(nothing, True).to_numpy()  # noqa: FBT003 - Arrow takes it so
    return found
