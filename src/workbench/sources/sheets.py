"""Excel files: one sheet, its first row the header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import python_calamine

from workbench.errors import SourceError, unknown
from workbench.sources.options import FileOptions
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import checked_names
from workbench.sources.typed import Kinds, tables


class Sheet:
    """A sheet whose header has been read.

    Args:
        options: The file and, where it has several, the sheet.

    Raises:
        SourceError: If it cannot be read, or which sheet is meant is not clear.
    """

    def __init__(self, options: FileOptions) -> None:
        self._path = options.path
        try:
            book = python_calamine.CalamineWorkbook.from_path(str(options.path))
        except (python_calamine.CalamineError, OSError) as error:
            raise SourceError(f"{self._path.name}: cannot be read as Excel: {error}") from None
        names = list(book.sheet_names)
        if options.sheet and options.sheet not in names:
            raise SourceError(f"{self._path.name}: {unknown('sheet', options.sheet, names)}")
        if not options.sheet and len(names) > 1:
            raise SourceError(
                f"{self._path.name}: it has the sheets {', '.join(names)}: declare the 'sheet'"
            )
        self._rows = book.get_sheet_by_name(options.sheet or names[0]).to_python(
            skip_empty_area=False
        )
        header = next(self._numbered(), None)
        if header is None:
            raise SourceError(f"{self._path.name}: the sheet is empty, not even a header")
        self._header, values = header
        self._names = checked_names(self._path, [str(value) for value in values], self._header)
        kinds = Kinds(self._names)
        for _line, row in self._body():
            kinds.see(row)
        self.schema: pa.Schema = kinds.schema()

    def tables(self, _broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield the rows below the header; rows without a value are none."""
        return tables(self.schema, self._body())

    def _numbered(self) -> Iterator[tuple[int, list[Any]]]:
        for line, row in enumerate(self._rows, start=1):
            if any(value != "" for value in row):
                yield line, row

    def _body(self) -> Iterator[tuple[int, list[Any]]]:
        for line, row in self._numbered():
            if line > self._header:
                yield line, row
