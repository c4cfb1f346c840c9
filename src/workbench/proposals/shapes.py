"""The shape of a file before anything is known of it: encoding, delimiter, header, sums below."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workbench.proposals import headers, instants
from workbench.sources.text.encodings import Encoding, encoding_of, is_utf8, utf8_blocks

_TEXT = (".csv", ".tsv", ".txt")
_BOOKS = (".xlsx", ".xls", ".xlsm", ".ods")
MOST = 100_000  # lines that are looked at: the check that follows reads them all
_ABOVE = 80  # lines above which a header may stand
_DELIMITERS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[`'￥¥$€£]?[+-]?\d[\d.,:/ -]*%?")
_LOOKED_AT = 1 << 16  # bytes by which an encoding is told
_TOLD = ("utf-8", "utf-16-le", "utf-16-be")  # that the import finds by itself
_FEW = 2  # known names that make a line a header


@dataclass(frozen=True)
class Line:
    """A line of a file.

    Attributes:
        number: As an editor or a spreadsheet counts.
        cells: Its fields: texts, or what a workbook holds.
    """

    number: int
    cells: Sequence[Any]


@dataclass(frozen=True)
class Shape:
    """How a file is to be read, as far as its lines tell.

    Attributes:
        path: The file.
        names: Its columns, "" where the header has none.
        lines: Those below the header that are as long as it.
        encoding: Of a text file that is not UTF-8 and does not say so, "" otherwise.
        delimiter: Of a text file, where it is no comma or tab that the header tells.
        header_line: The header's line where it is not the first, 0 otherwise.
        headless: Whether the first line is data; the names are numbers then.
        renamed: Whether a name stood twice; the second has its column's number.
        sheet: Of a workbook with several.
        odd: Lines below the header that are shorter or longer.
        again: Lines below the header that say it again, or in words what its columns mean.
        ends_open: Whether the last line lacks its line end.
    """

    path: Path
    names: tuple[str, ...]
    lines: Sequence[Line]
    encoding: str = ""
    delimiter: str = ""
    header_line: int = 0
    headless: bool = False
    renamed: bool = False
    sheet: str = ""
    odd: Sequence[Line] = field(default_factory=tuple)
    again: Sequence[Line] = field(default_factory=tuple)
    ends_open: bool = False

    @property
    def is_book(self) -> bool:
        """Whether it is a sheet of a workbook."""
        return is_book(self.path)


def is_text(path: Path) -> bool:
    """Return whether a file is one of separated values."""
    return path.suffix.lower() in _TEXT


def is_book(path: Path) -> bool:
    """Return whether a file is a workbook."""
    return path.suffix.lower() in _BOOKS


def of_text(path: Path) -> Shape:
    """Return the shape of a text file."""
    encoding = _other(path, encoding_of(path))
    parts, size = [], 0
    for block in utf8_blocks(path, encoding):
        parts.append(block)
        size += block.count(b"\n")
        if size > MOST:
            break
    text = b"".join(parts).decode("utf-8", "replace")
    if size > MOST:  # the last line may go on
        text = text[: text.rfind("\n") + 1]
    delimiter = _delimiter(text)
    lines = _split(text, delimiter)
    told = "" if delimiter == _unasked(path, text, lines) else delimiter
    named = encoding.codec if encoding.guessed or encoding.codec not in _TOLD else ""
    return _shape(
        path,
        lines,
        encoding={"utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(named, named),
        delimiter=told,
        ends_open=size <= MOST and bool(text) and not text.endswith("\n"),
    )


def _other(path: Path, found: Encoding) -> Encoding:
    """Another encoding where no line of a file that is taken for UTF-8 is that: Big5, or a Western one."""
    if found.codec != "utf-8" or found.skip:
        return found
    with path.open("rb") as file:
        lines = [line for line in file.read(_LOOKED_AT).splitlines()[:-1] if not line.isascii()]
    if not lines or any(map(is_utf8, lines)):
        return found
    with suppress(UnicodeDecodeError):
        cells = re.split(r"[,;\t|\"]", lines[0].decode("big5"))
        if any(headers.is_known(cell) and not cell.isascii() for cell in cells):
            return Encoding("big5", guessed=True)
    return Encoding("windows-1252", guessed=True)


def of_cells(path: Path, rows: Sequence[Sequence[Any]], sheet: str) -> Shape:
    """Return the shape of a sheet, "" for a workbook's only one, given all of its rows."""
    lines = [Line(n, row) for n, row in enumerate(rows, 1) if any(cell != "" for cell in row)]
    return _shape(path, lines, sheet=sheet)


def _shape(path: Path, lines: Sequence[Line], **told: Any) -> Shape:
    if not lines:
        return Shape(path, (), (), **told)
    at = _header(lines)
    headless = at is None
    place = 0 if at is None else at
    first = lines[place]
    below = lines[place + (not headless) :]
    width = len(first.cells)
    while not headless and width > 1 and _says(first.cells[width - 1]) == "":
        if any(_says(cell) for line in below for cell in line.cells[width - 1 : width]):
            break
        width -= 1
    names = tuple(_says(cell).replace("\ufeff", "") for cell in first.cells)
    if headless:
        names = tuple(f"column_{n}" for n in range(1, width + 1))
    lower = [name.lower() for name in names]
    twice = [name in lower[:place] for place, name in enumerate(lower)]
    names = tuple(
        f"{n}_{at + 1}" if again and n else n
        for at, (n, again) in enumerate(zip(names, twice, strict=True))
    )
    fitting = [line for line in below if len(line.cells) == len(first.cells)]
    odd = [line for line in below if len(line.cells) != len(first.cells)]
    said = [*map(_says, first.cells)]
    again = [] if headless else [line for line in fitting if [*map(_says, line.cells)] == said]
    again += [] if headless or again[:1] == fitting[:1] else _described(fitting)
    fitting = [line for line in fitting if line not in again] if again else fitting
    renamed = any(again and name for again, name in zip(twice, names, strict=True))
    is_first = headless or (place == 0 and first.number == 1)
    return Shape(
        path,
        names,
        fitting,
        header_line=0 if is_first and not renamed else first.number,
        headless=headless,
        renamed=renamed,
        odd=odd,
        again=again,
        **told,
    )


def _header(lines: Sequence[Line]) -> int | None:
    """Where the header stands: the line with the most known names, else the first that names all."""
    some = lines[:_ABOVE]
    known = [sum(headers.is_known(_says(cell)) for cell in line.cells) for line in some]
    best = max(known)
    if best >= _FEW:
        at = known.index(best)
        # Of two headers, as in two languages, the lower one: what stands above is no row.
        while at + 1 < len(some) and _is_header_too(some[at + 1], known[at + 1], best):
            at += 1
        return at
    widths = Counter(len(line.cells) for line in lines[:MOST] if len(line.cells) > 1)
    width = widths.most_common(1)[0][0] if widths else 1
    filled = [sum(bool(_says(cell)) for cell in line.cells) for line in some]
    most = max(
        (f for line, f in zip(some, filled, strict=True) if len(line.cells) == width), default=1
    )
    for at, line in enumerate(some):
        if len(line.cells) == width and 2 * filled[at] > most:
            return at if _names_things(line) else None
    return 0


def _is_header_too(line: Line, known: int, best: int) -> bool:
    """Whether the line below a header is one as well: about as many known names, and no figure."""
    return known >= max(_FEW, best / 2) and _is_in_words(line)


def _is_in_words(line: Line) -> bool:
    texts = [cell for cell in line.cells if _says(cell)]
    return all(isinstance(t, str) and not any(map(str.isdigit, t)) for t in texts)


def _described(lines: Sequence[Line]) -> list[Line]:
    """The first line, where it says in words what columns of figures mean."""
    if len(lines) <= _FEW or not _is_in_words(lines[0]):
        return []
    below = lines[1:_ABOVE]
    figures = 0
    for at, cell in enumerate(lines[0].cells):
        texts = [text for line in below if (text := _says(line.cells[at]))]
        is_told = bool(_says(cell)) and bool(texts)
        figures += is_told and all(any(map(str.isdigit, text)) for text in texts)
    return [lines[0]] if figures >= _FEW else []


def _names_things(line: Line) -> bool:
    """Whether a line can be a header: texts, none of them a number or an instant, none twice."""
    texts = [_says(cell) for cell in line.cells if _says(cell)]
    if any(not isinstance(cell, str) for cell in line.cells) or len(set(texts)) < len(texts):
        return False
    return not any(_NUMBER.fullmatch(text) or instants.written([text]) for text in texts)


def _says(cell: Any) -> str:
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    return "" if cell is None else str(cell).strip()


def _delimiter(text: str) -> str:
    """What parts most lines into the same number of fields, more than one."""
    some = [line for line in text.split("\n", 400)[:400] if line.strip()]
    best, most = ",", 0.0
    for mark in _DELIMITERS:
        counts = Counter(line.count(mark) for line in some if mark in line)
        if counts:
            fields, lines = counts.most_common(1)[0]
            score = lines * min(fields, 8)
            if score > most:
                best, most = mark, score
    return best


def _unasked(path: Path, text: str, lines: Sequence[Line]) -> str:
    """What the import itself takes for the delimiter: a comma or a tab, where the header has most."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    at = _header(lines) if lines else None
    number = lines[at or 0].number if lines else 1
    header = "".join(text.split("\n", number)[number - 1 : number])
    counts = {mark: header.count(mark) for mark in ",;\t"}
    most = max(counts, key=lambda mark: counts[mark])
    return most if most != ";" else ""


def _split(text: str, delimiter: str) -> list[Line]:
    found, before = [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append(Line(before + 1, row))
            before = reader.line_num
    except csv.Error:  # a NUL or an endless field: the check says which
        pass
    return found
