"""Excel files: one sheet, its first row the header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine

from workbench.errors import SourceError
from workbench.sources.options import FileOptions
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import checked_names
from workbench.sources.typed import chosen, schema_of, tables
from workbench.sources.unpacking import check_size


class Sheet:
    """A sheet whose header has been read: the one that is declared, or the file's only one.

    Raises:
        SourceError: If it cannot be read, is too large, or which sheet is meant is not clear.
    """

    def __init__(self, options: FileOptions) -> None:
        path = options.path
        check_size(path)
        try:
            book = python_calamine.CalamineWorkbook.from_path(str(path))
        except (python_calamine.CalamineError, OSError) as error:
            raise SourceError(f"{path.name}: cannot be read as Excel: {error}") from None
        sheet = book.get_sheet_by_name(chosen(path, "sheet", options.sheet, book.sheet_names))
        rows = [
            (line, row)
            for line, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
            if any(value != "" for value in row)
        ]
        if not rows:
            raise SourceError(f"{path.name}: the sheet is empty, not even a header")
        (header, values), *self._body = rows
        names = checked_names(path, [str(value) for value in values], header)
        self.schema: pa.Schema = schema_of(names, (row for _line, row in self._body))

    def tables(self, _broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield the rows below the header; rows without a value are none."""
        return tables(self.schema, self._body)


def rows_of(path: Path) -> dict[str, list[list[Any]]]:
    """Return all rows of each sheet of a workbook, blank ones too.

    Raises:
        SourceError: If it cannot be read, or is too large.
    """
    check_size(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError) as error:
        raise SourceError(f"{path.name}: cannot be read as Excel: {error}") from None
    sheets = ((name, book.get_sheet_by_name(name)) for name in book.sheet_names)
    return {name: sheet.to_python(skip_empty_area=False) for name, sheet in sheets}
