"""Excel files: one sheet, its first row the header unless another is declared."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine

from workbench.errors import SourceError
from workbench.sources.errorcells import error_cells
from workbench.sources.options import FileOptions
from workbench.sources.text.headers import SAMPLE, check_place, checked_names, like_values, renamed
from workbench.sources.text.records import Broken
from workbench.sources.typed import chosen, schema_of, tables
from workbench.sources.unpacking import check_size

_HEAD = 1024  # bytes by which one sees what a file is


class Sheet:
    """A sheet whose header has been read: the one that is declared, or the file's only one.

    Raises:
        SourceError: If it cannot be read, is too large, or which sheet is meant is not clear.
    """

    def __init__(self, options: FileOptions) -> None:
        path = options.path
        book = _book(path)
        name = chosen(path, "sheet", options.sheet, book.sheet_names)
        sheet = book.get_sheet_by_name(name)
        rows = [
            (line, row)
            for line, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
            if any(value != "" for value in row)
        ]
        texts = [(line, [str(value) for value in row]) for line, row in rows[:SAMPLE]]
        if not rows:
            raise SourceError(f"{path.name}: the sheet is empty, not even a header")
        numbers = [line for line, _row in rows]
        if options.header_line and options.header_line not in numbers:
            raise SourceError(
                f"{path.name}: header_line == {options.header_line}, must be a row that says "
                f"something, of {numbers[0]}..{numbers[-1]}"
            )
        start = numbers.index(options.header_line) if options.header_line else 0
        header, values = rows[start]
        given = [str(value) for value in values]
        has_header = bool(options.header_line or not options.columns)
        self.above, self._body = start, rows[start + has_header :]
        self.notes: tuple[str, ...] = ()
        if options.columns:
            names = renamed(path, options.columns, header, len(values))
        else:
            if not options.header_line:
                check_place(path, texts)
            names = checked_names(path, given, header)
            self.notes = tuple(filter(None, [like_values(path, names)]))
        top = header if has_header else 0
        self.notes += error_cells(path, book.sheet_names.index(name), top, names)
        self.schema: pa.Schema = schema_of(names, (row for _line, row in self._body))

    def tables(self, _broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield the rows below the header; rows without a value are none."""
        return tables(self.schema, self._body)


def sheets_of(path: Path) -> list[str]:
    """Return the names of a workbook's sheets.

    Raises:
        SourceError: If it cannot be read, or is too large.
    """
    return list(_book(path).sheet_names)


def hidden_of(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets that nobody sees who opens it.

    Raises:
        SourceError: If it cannot be read, or is too large.
    """
    seen = python_calamine.SheetVisibleEnum.Visible
    return tuple(one.name for one in _book(path).sheets_metadata if one.visible != seen)


def rows_of(path: Path, sheet: str = "") -> list[list[Any]]:
    """Return all rows of a sheet, "" for a workbook's only one, blank ones too.

    Raises:
        SourceError: If it cannot be read, or is too large.
    """
    book = _book(path)
    found = book.get_sheet_by_name(sheet or book.sheet_names[0])
    return found.to_python(skip_empty_area=False)


@lru_cache(maxsize=8)
def _check_size(path: Path, _written: int, _size: int) -> None:
    """Check a workbook's size once, however many of its sheets are read."""
    check_size(path)


def _book(path: Path) -> python_calamine.CalamineWorkbook:
    try:
        stamp = path.stat()
        _check_size(path, stamp.st_mtime_ns, stamp.st_size)
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError) as error:
        told = _disguised(path) or error
        raise SourceError(f"{path.name}: cannot be read as Excel: {told}") from None


def _disguised(path: Path) -> str:
    """What a file is that is called a workbook and is a web page or a text, as many exports are."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        return "it is a web page, whatever its name says: open it in a spreadsheet program and save it as .xlsx"
    if head and b"\0" not in head and not head.startswith(b"PK"):
        return "it is a text, whatever its name says: rename it to .csv"
    return ""
