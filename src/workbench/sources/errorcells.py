"""Cells of a workbook that show an error (#N/A) in place of a value: its reader gives them as blanks."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path

from workbench.kit.sentences import say_n

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_LINK = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>(#[^<]*)<", re.DOTALL
)
_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_LETTERS = 26


def error_cells(path: Path, sheet: int, header: int, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is told of the errors below a sheet's header, a sentence for each column.

    Args:
        path: The workbook; one that is no .xlsx has none that are found.
        sheet: The number of the sheet, from 0 on.
        header: The row of the header; 0 where there is none.
        names: Of the columns.
    """
    found: dict[str, Counter[str]] = {}
    for place, text in _cells(path, sheet):
        letters, digits = re.fullmatch(r"([A-Z]*)(\d*)", place).groups()  # type: ignore[union-attr]
        position = 0
        for letter in letters:
            position = position * _LETTERS + ord(letter) - ord("A") + 1
        if 0 < position <= len(names) and int(digits or 0) > header:
            found.setdefault(names[position - 1], Counter())[text] += 1
    return tuple(
        say_n(
            "{file}: {n:count} cell of {column} shows an error in place of a value ({errors}) and is "
            "read as blank",
            "{file}: {n:count} cells of {column} show an error in place of a value ({errors}) and are "
            "read as blank",
            counts.total(),
            file=path.name,
            column=column,
            errors=", ".join(counts),
        )
        for column, counts in found.items()
    )


def _cells(path: Path, sheet: int) -> list[tuple[str, str]]:
    """Place and text of each error of a sheet; none where the workbook is laid out unusually."""
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = _attributes(_SHEET, archive.read("xl/workbook.xml"))
            links = _attributes(_LINK, archive.read("xl/_rels/workbook.xml.rels"))
            wanted = next(value for key, value in sheets[sheet].items() if key.endswith(":id"))
            target = next(link["Target"] for link in links if link["Id"] == wanted)
            inside = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            content = archive.read(inside)
    except (OSError, KeyError, IndexError, StopIteration, zipfile.BadZipFile):
        return []
    found = []
    for given, text in _CELL.findall(content) if b't="e"' in content else ():
        said = {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(given)}
        if said.get("t") == "e":
            found.append((said.get("r", ""), text.decode("utf-8", "replace")))
    return found


def _attributes(pattern: re.Pattern[bytes], content: bytes) -> list[dict[str, str]]:
    return [
        {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(given)}
        for given in pattern.findall(content)
    ]
