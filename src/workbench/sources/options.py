"""What a source file may say of one raw file: its path, or a mapping with it and how to read it.

files:
  orders: export.csv
  refunds:
    path: ${SHOP_DATA}/refunds.csv
    encoding: gb18030               # else told by the first bytes, or guessed and said so
    delimiter: ";"                  # or tab; else told by the header
    amounts: ￥1.234,50              # how the file writes 1234.50
    instants: "%d/%m/%Y %H:%M"      # or epoch seconds, epoch milliseconds, or a list of formats
    last_line: open                 # its last line may lack its line end
    sheet: Refunds                  # of an Excel file with several
    table: refunds                  # of a DuckDB or SQLite file
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SourceError, unknown
from workbench.project import root
from workbench.sources.formats import AmountFormat, amount_format, instant_formats
from workbench.sources.hiding import VARIABLE
from workbench.sources.text.encodings import NAMES
from workbench.yaml_text import Fields, Node

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
    """

    path: Path
    encoding: str = ""
    delimiter: str = ""
    amounts: AmountFormat | None = None
    instants: tuple[str, ...] = ()
    may_end_open: bool = False
    sheet: str = ""
    table: str = ""


def file_options(node: Node, name: str) -> FileOptions:
    """Return what a source file says of one file.

    Raises:
        SourceError: If the path leaves its folder or there is no such file, or an option is unknown.
    """
    if not _FILE_NAME.fullmatch(name):
        raise SourceError(f"{node.place}: file '{name}' needs a name of letters, digits and _")
    if not isinstance(node.value, dict):
        return FileOptions(located(node, name))
    given = node.known(f"key of file '{name}'", _KEYS)
    if "path" not in given:
        raise SourceError(f"{node.place}: file '{name}': 'path' is missing")
    try:
        return FileOptions(
            located(given["path"], name),
            encoding=_choice(given, "encoding", {n: n for n in NAMES}),
            delimiter=_choice(given, "delimiter", _DELIMITERS),
            amounts=amount_format(given.text("amounts")) if "amounts" in given else None,
            instants=instant_formats(
                given["instants"].texts("instants") if "instants" in given else []
            ),
            may_end_open=bool(_choice(given, "last_line", {"open": "open"})),
            sheet=given.text("sheet"),
            table=given.text("table"),
        )
    except ValueError as error:
        raise SourceError(f"{node.place}: file '{name}': {error}") from None


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
