"""Somebody's files, looked at one by one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.errors import SourceError
from workbench.kit.sentences import say
from workbench.proposals import layout
from workbench.proposals.columns import Meaning, meaning
from workbench.proposals.contents import quote
from workbench.proposals.declared import RawFile
from workbench.proposals.reading import File, read
from workbench.proposals.shapes import is_book
from workbench.sources.databases import SUFFIXES, names_of
from workbench.sources.files import PARQUET
from workbench.sources.options import SHEETS, TEXT
from workbench.sources.sheets import hidden_of, rows_of, sheets_of

_DATABASES = (*SUFFIXES["sqlite"], *SUFFIXES["duckdb"])
_READ = (*TEXT, *SHEETS, *PARQUET, ".jsonl", ".ndjson", *_DATABASES)
_NAME = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True)
class Looked:
    """A file, what its columns mean, and what is said of it.

    Attributes:
        file: The file, without lines that are no rows.
        meaning: What its columns mean.
        raw: What the source file says of it.
        rules: Rules for lines that are left out.
    """

    file: File
    meaning: Meaning
    raw: RawFile
    rules: Mapping[str, tuple[str, str]]


def look(paths: Sequence[Path], root: Path) -> tuple[list[Looked], list[str]]:
    """Look at files; folders stand for the files in them.

    Returns:
        What was found, and sentences on files that are not used.

    Raises:
        SourceError: If a file is not there, cannot be read, or is of no kind that can be.
    """
    found: list[Looked] = []
    notes: list[str] = []
    names: set[str] = set()
    every = _expanded(paths)
    marks = {path: _fingerprint(path) for path in every}
    for path in every:
        alike = [other for other in every if marks[other] == marks[path]]
        first = min(alike, key=lambda other: (len(other.name), other.name))
        if path != first:
            told = say(
                "{file} is not read: it is {other}, byte for byte.",
                file=path.name,
                other=first.name,
            )
            notes.append(told)
            continue
        tables = _tables(path)
        notes += _empty(path, tables)
        for table in tables:
            called = f"{path.stem}_{table}" if is_book(path) and table else table or path.stem
            file = read(_name(called, names), path, table)
            raw = layout.declared(file, root)
            settled, rules = layout.settled(file, raw)
            found.append(Looked(settled, meaning(settled), raw, rules))
    return found, notes


def _expanded(paths: Sequence[Path]) -> list[Path]:
    found = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in _READ and p.is_file())
            if not inside:
                known = ", ".join(_READ)
                raise SourceError(f"{path}: no file in this folder can be read, only {known}")
            found += inside
        elif not path.is_file():
            raise SourceError(f"{path}: there is no such file")
        elif path.suffix.lower() not in _READ:
            raise SourceError(f"{path.name}: no such files can be read, only {', '.join(_READ)}")
        else:
            found.append(path)
    for path in found:
        if any("\ud800" <= character <= "\udfff" for character in path.name):
            raise SourceError(f"{path.name!a}: no source file can name it: rename the file")
    return [layout.located(path) for path in found]


def _tables(path: Path) -> list[str]:
    """The tables of a database file or the sheets of a workbook that say something.

    It is "" for all of any other file, and where there is only one.
    """
    if is_book(path):
        names = sheets_of(path)
        shown = [name for name in names if name not in hidden_of(path)] or names
        filled = [name for name in shown if names[1:] and _is_filled(rows_of(path, name))]
        return filled or shown[:1] if names[1:] else [""]
    names = names_of(path) if path.suffix.lower() in _DATABASES else []
    return names if len(names) > 1 else [""]


def _empty(path: Path, tables: Sequence[str]) -> list[str]:
    """What is said of sheets in which nothing stands, or that are hidden."""
    named = sheets_of(path) if is_book(path) and tables[0] else []
    hidden = hidden_of(path) if named else ()
    unseen = ", ".join(name for name in hidden if name not in tables)
    names = ", ".join(name for name in named if name not in {*tables, *hidden})
    told = []
    if names:
        told.append(
            say("{file}: no rows stand in the sheets {sheets}.", file=path.name, sheets=names)
        )
    if unseen:
        told.append(
            say(
                "QUESTION: {file}: the sheets {sheets} are hidden, and not read: do they hold anything?",
                file=path.name,
                sheets=unseen,
            )
        )
    return told


def _is_filled(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a sheet has a header and something below it."""
    lines = (row for row in rows if sum(cell != "" for cell in row) > 1)
    return len(list(islice(lines, 2))) > 1


def _name(given: str, taken: set[str]) -> str:
    """What SELECTs call a file or table: letters and figures of its name, or a number."""
    name = _NAME.sub("_", given).strip("_").lower()
    if not name or not name[0].isalpha():
        name = f"file_{name}" if name else "file"
    chosen, n = name, 1
    while chosen in taken or quote(chosen) != chosen:
        n += 1
        chosen = f"{name}_{n}"
    taken.add(chosen)
    return chosen


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
