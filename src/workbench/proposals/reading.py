"""A file with its columns, however it lies there."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.errors import SourceError
from workbench.proposals import shapes
from workbench.proposals.contents import Column, unmarked
from workbench.sources.files import register
from workbench.sources.options import FileOptions
from workbench.sources.sheets import rows_of
from workbench.sources.sql import Engine

_ENDS = " \t\r\n\u00a0\u200b\u3000\ufeff"


@dataclass(frozen=True, eq=False)
class File:
    """A file that has been looked at.

    Attributes:
        name: What SELECTs call it.
        path: Where it lies.
        columns: Its columns that have a value.
        rows: How many lines it has, as far as they were looked at.
        shape: How it is to be read, where it is a text or a workbook.
        table: Of a database file or a workbook with several: the table or sheet.
        lines: Where each row stands; () where that is just its number.
        filled: Columns whose blanks hold what stands above them.
    """

    name: str
    path: Path
    columns: Sequence[Column]
    rows: int
    shape: shapes.Shape | None = None
    table: str = ""
    lines: Sequence[int] = field(default_factory=tuple)
    filled: Sequence[str] = field(default_factory=tuple)

    @property
    def part(self) -> str:
        """What of a file with several tables it is, as it stands behind the path; "" for all of it."""
        return f": {self.table}" if self.table else ""

    @property
    def label(self) -> str:
        """What a person calls it."""
        return _called(self.path, self.table)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def read(name: str, path: Path, table: str = "") -> File:
    """Look at a file, a sheet, or a table of a database file, its first 100,000 lines at the most.

    Raises:
        SourceError: If it cannot be read, or nothing stands in it.
    """
    try:
        if shapes.is_text(path):
            shape = shapes.of_text(path)
        elif shapes.is_book(path):
            shape = shapes.of_cells(path, rows_of(path, table), table)
        else:
            return _of_engine(name, path, table)
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read: {error.strerror}") from None
    if not shape.names:
        raise SourceError(f"{_called(path, table)}: nothing stands in it")
    if not shape.lines:
        if shape.odd:
            raise SourceError(
                f"{_called(path, table)}: its header has {len(shape.names)} fields, but no line below it "
                f"has so many: line {shape.odd[0].number} has {len(shape.odd[0].cells)}"
            )
        raise SourceError(f"{_called(path, table)}: nothing stands below its header")
    columns = []
    for at, given in enumerate(shape.names):
        cells = [line.cells[at] for line in shape.lines]
        if shape.again:  # among texts all of a sheet's cells are texts
            cells = [cell if cell is None else str(cell) for cell in cells]
        values = [_value(cell) for cell in cells]
        if given or any(value is not None for value in values):
            mark, bare = unmarked(values)
            columns.append(Column(given or f"column_{at + 1}", bare, _padding(cells), mark))
    numbers = [line.number for line in shape.lines]
    return File(name, path, columns, len(shape.lines), shape, table, lines=numbers)


def _called(path: Path, table: str) -> str:
    return f"{path.name}: {table}" if table else path.name


def _of_engine(name: str, path: Path, table: str) -> File:
    """A file whose columns are declared in itself."""
    with tempfile.TemporaryDirectory() as scratch:
        engine = Engine(Path(scratch))
        try:
            options = FileOptions(path, table=table)
            register(engine, name, options, Path(scratch), streamed=False)
            rows: pa.Table = engine.arrow(f'SELECT * FROM "{name}" LIMIT {shapes.MOST}')  # noqa: S608 - a name of letters
        finally:
            engine.close()
    columns = [
        Column(column, [_value(value) for value in rows[column].to_pylist()])
        for column in rows.column_names
    ]
    return File(name, path, columns, rows.num_rows, table=table)


def _padding(cells: Sequence[Any]) -> str:
    """What stands at the ends of texts that say something."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip(_ENDS)]
    ends = {
        text[: len(text) - len(text.lstrip(_ENDS))] + text[len(text.rstrip(_ENDS)) :]
        for text in texts
    }
    return "".join(sorted(set("".join(ends))))


def _value(cell: Any) -> Any:
    """A cell without blanks at its ends, None where nothing stands in it."""
    if isinstance(cell, str):
        return cell.strip(_ENDS) or None
    if isinstance(cell, float) and cell != cell:  # noqa: PLR0124 - what is not a number
        return None
    return cell
