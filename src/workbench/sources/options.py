"""What a source file may say of one raw file: its path, or a mapping with it and how to read it.

files:
  orders: export.csv
  refunds:
    path: ${SHOP_DATA}/refunds.csv
    encoding: gb18030               # else told by the first bytes, or guessed and said so
    delimiter: ";"                  # or tab; else told by the header
    amounts: ￥1.234,50              # how the file writes 1234.50
    instants: "%d/%m/%Y %H:%M"      # or epoch seconds, milliseconds, microseconds, or a list of formats
    last_line: open                 # its last line may lack its line end
    header_line: 17                 # text stands above the header: those lines are left out, and counted
    columns: [user, item, what, at] # of a file without a header; with header_line in place of its names
    fill_down: [no, paid_at, buyer] # merged cells: where all of them are blank, those of the line above;
                                    # a list of lists where some are merged over more lines than others
    left_out: {the end: ^-{9}|^共}   # lines that are no rows and match a pattern, by a name of yours
    sheet: Refunds                  # of an Excel file with several
    table: refunds                  # of a DuckDB or SQLite file
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import SourceError, unknown
from workbench.project import root
from workbench.sources.formats import AmountFormat, amount_format, instant_formats
from workbench.sources.hiding import VARIABLE
from workbench.sources.text.encodings import NAMES
from workbench.yaml_text import Fields, Node

TEXT = (".csv", ".tsv", ".txt")
SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
_OF_LINES: dict[str, tuple[str, ...]] = {
    "header_line": TEXT + SHEETS,
    "columns": TEXT + SHEETS,
    "fill_down": TEXT + SHEETS,
}
_OF_LINES |= {"left_out": TEXT}
_KEYS = ("path", "encoding", "delimiter", "amounts", "instants", "last_line", "sheet", "table")
_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
_FILE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class FileOptions:
    """A raw file and how it is to be read.

    Attributes:
        path: The file, or a folder of Parquet files that together are one table.
        encoding: Of a text file; "" has it told by its first bytes, or guessed.
        delimiter: Of a text file; "" has it told by the header.
        amounts: How text writes amounts; None for plain figures.
        instants: How text and numbers write instants; () for ISO 8601.
        may_end_open: Whether a text file's last line may lack its line end.
        sheet: Of an Excel file; "" for its only one.
        table: Of a database file; "" for its only one.
        header_line: The number of the line that the header stands in; 0 for the first.
        columns: Names of the columns, in place of a header's.
        fill_down: Groups of columns whose blanks continue the line above, where all of a group are.
        left_out: Names and patterns of lines that are no rows and not to be mended.
    """

    path: Path
    encoding: str = ""
    delimiter: str = ""
    amounts: AmountFormat | None = None
    instants: tuple[str, ...] = ()
    may_end_open: bool = False
    sheet: str = ""
    table: str = ""
    header_line: int = 0
    columns: tuple[str, ...] = ()
    fill_down: tuple[tuple[str, ...], ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


def file_options(node: Node, name: str) -> FileOptions:
    """Return what a source file says of one file.

    Raises:
        SourceError: If the path leaves its folder or there is no such file, or an option is unknown.
    """
    if not _FILE_NAME.fullmatch(name):
        raise SourceError(f"{node.place}: file '{name}' needs a name of letters, digits and _")
    if not isinstance(node.value, dict):
        return FileOptions(located(node, name))
    given = node.known(f"key of file '{name}'", (*_KEYS, *_OF_LINES))
    if "path" not in given:
        raise SourceError(f"{node.place}: file '{name}': 'path' is missing")
    path = located(given["path"], name)
    for key in given.keys() & _OF_LINES.keys():
        if path.suffix.lower() not in _OF_LINES[key]:
            known = ", ".join(_OF_LINES[key])
            raise SourceError(f"{given[key].place}: {key} is for {known}, not for '{path.name}'")
    try:
        return FileOptions(
            path,
            encoding=_choice(given, "encoding", {n: n for n in NAMES}),
            delimiter=_choice(given, "delimiter", _DELIMITERS),
            amounts=amount_format(given.text("amounts")) if "amounts" in given else None,
            instants=instant_formats(
                given["instants"].texts("instants") if "instants" in given else []
            ),
            may_end_open=bool(_choice(given, "last_line", {"open": "open"})),
            sheet=given.text("sheet"),
            table=given.text("table"),
            header_line=_number(given, "header_line"),
            columns=_names(given, "columns"),
            fill_down=_groups(given, "fill_down"),
            left_out=_patterns(given, "left_out"),
        )
    except ValueError as error:
        raise SourceError(f"{node.place}: file '{name}': {error}") from None


def _number(given: Fields, key: str) -> int:
    """The number of a line; 0 where it is not given."""
    text = given.text(key) or "0"
    if key in given and not (text.isdecimal() and int(text)):
        raise SourceError(
            f"{given[key].place}: {key} == '{text}', must be a line's number: 1, 2, …"
        )
    return int(text)


def _names(given: Fields, key: str) -> tuple[str, ...]:
    """Names of columns; () where none are given."""
    found = tuple(given[key].texts(f"a name in {key}")) if key in given else ()
    if len({name.lower() for name in found}) < len(found):
        raise SourceError(f"{given[key].place}: {key}: a name stands twice in {', '.join(found)}")
    return found


def _groups(given: Fields, key: str) -> tuple[tuple[str, ...], ...]:
    """Groups of names of columns: one where a list of names is given, () where nothing is."""
    value = given[key].value if key in given else []
    nested = isinstance(value, list) and any(isinstance(node.value, list) for node in value)
    if not nested:
        found = _names(given, key)
        return (found,) if found else ()
    assert isinstance(value, list)  # noqa: S101 - it is nested
    groups = tuple(tuple(node.texts(f"a name in {key}")) for node in value)
    every = [name.lower() for group in groups for name in group]
    if len(set(every)) < len(every):
        raise SourceError(f"{given[key].place}: {key}: a name stands twice in {', '.join(every)}")
    return groups


def _patterns(given: Fields, key: str) -> dict[str, str]:
    """Names and patterns of lines."""
    rules = given[key].mapping(key) if key in given else {}
    for name, pattern in rules.items():
        try:
            re.compile(pattern.text(f"pattern '{name}'"))
        except re.error as error:
            text = pattern.text(name)
            raise SourceError(f"{pattern.place}: {key}: '{text}' is no pattern: {error}") from None
    return {name: pattern.text(name) for name, pattern in rules.items()}


def environment(node: Node, name: str) -> str:
    """Return an environment variable that a value names.

    Raises:
        SourceError: If it is not set, or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise SourceError(f"{node.place}: the environment variable {name} is not set")
    return value


def _choice(given: Fields, key: str, allowed: dict[str, str]) -> str:
    text = given.text(key)
    if text and text.lower() not in allowed:
        raise SourceError(f"{given[key].place}: {unknown(key, text, allowed)}")
    return allowed.get(text.lower(), "")


def located(node: Node, name: str) -> Path:
    """Return the file behind a name, which may not leave the folder that the source file names.

    Raises:
        SourceError: If it does, or there is no such file or folder of Parquet files.
    """
    given = node.text(f"file '{name}'")
    base, rest = _folder(node, given)
    path = (base / rest).resolve()
    if not path.is_relative_to(base):
        raise SourceError(f"{node.place}: file '{name}' leaves the folder '{base}'")
    if not path.is_file() and not path.is_dir():
        raise SourceError(f"{node.place}: file '{name}': no file '{path}'{_near(path)}")
    if not os.access(path, os.R_OK):
        raise SourceError(f"{node.place}: file '{name}': '{path}' may not be read (permissions)")
    if path.is_dir() and not any(path.rglob("*.parquet")):
        raise SourceError(f"{node.place}: file '{name}': no Parquet file in the folder '{path}'")
    return path


def _near(path: Path) -> str:
    """A file beside it that may have been meant."""
    there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, there, n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def _folder(node: Node, given: str) -> tuple[Path, str]:
    """The folder that a path may not leave, and the rest of the path.

    It is the one that an environment variable names, that of an absolute path, or the project.
    """
    variable = VARIABLE.match(given)
    if variable is not None:
        value = environment(node, variable[1])
        folder = os.path.expanduser(value)  # noqa: PTH111 - a `~` that is nobody's is no error here
        return Path(folder).resolve(), given[variable.end() :].lstrip("/")
    if "${" in given or given.startswith("~"):
        raise SourceError(
            f"{node.place}: '{given}' must begin with ${{NAME}} (an environment variable), with /, "
            f"or in the project's folder"
        )
    if Path(given).is_absolute():
        return Path(given).parent.resolve(), Path(given).name
    return root().resolve(), given
