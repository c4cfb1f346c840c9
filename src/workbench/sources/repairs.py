"""The lines in quarantine, for those who look at them and those who can mend them."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import ParameterError
from workbench.markup import harmless
from workbench.sources.quarantine import WHOLE, Aside, read
from workbench.sources.source import Source
from workbench.tables import TABLES

EXAMPLES = 3  # lines that are shown for a reason


def aside(source: Source, table: str) -> Iterator[Aside]:
    """Yield the quarantined lines of a table, in the order of their files."""
    return source.warehouse.aside(table) if source.warehouse else read(source.folder, table)


def examples(source: Source, table: str) -> dict[tuple[str, str], list[Aside]]:
    """Return the first lines that were set aside, by file and reason."""
    found: dict[tuple[str, str], list[Aside]] = {}
    for reason, line in _by_reason(source, table):
        shown = found.setdefault((line.file, reason), [])
        if len(shown) < EXAMPLES:
            shown.append(line)
    return found


def values(source: Source, line: Aside, reason: str) -> dict[str, object]:
    """Return what a line has in the raw columns that a reason speaks of, as far as that is known."""
    given = source.facts[line.table].given.get(line.file, {})
    spoken = re.findall(r"\w+", reason)
    named = [name for name in (*TABLES[line.table].names, "money") if name in spoken]
    raw = [one for name in named for one in given.get(name, [name])]
    return {name: line.original[name] for name in dict.fromkeys(raw) if name in line.original}


def blank(source: Source, lines: list[Aside]) -> list[str]:
    """Return the raw columns that the SELECT reads and that are blank in all of some lines."""
    found = []
    for line in lines:
        given = source.facts[line.table].given.get(line.file, {})
        raw = dict.fromkeys(name for names in given.values() for name in names)
        found.append([name for name in raw if line.original.get(name, name) in {None, ""}])
    return [name for name in found[0] if all(name in one for one in found)] if found else []


def _by_reason(source: Source, table: str) -> Iterator[tuple[str, Aside]]:
    if source.warehouse is None:
        for line in read(source.folder, table):
            yield from ((reason, line) for reason in line.reasons)
        return
    for reason in source.why_aside(table)["reason"].unique():
        yield from ((reason, line) for line in source.warehouse.aside(table, reason, EXAMPLES))


def write(source: Source, path: Path) -> int:
    """Write all quarantined lines as CSV and return how many there are.

    It has a byte order mark, so that Excel reads Chinese, and nothing in it is a formula.

    Raises:
        ParameterError: If it would overwrite one of the source's files, or cannot be written.
    """
    if path.resolve() in {file.resolve() for file in source.files}:
        raise ParameterError(f"--repair-list == '{path}' is a file of the source itself")
    lines = [line for table in source.tables for line in aside(source, table)]
    columns = list(dict.fromkeys(name for line in lines for name in line.original))
    columns = [*(c for c in columns if c != WHOLE), *(c for c in columns if c == WHOLE)]
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["table", "file", "line", "reasons", *columns])
            for line in lines:
                said = [harmless(line.original.get(name)) for name in columns]
                writer.writerow([line.table, line.file, line.line, "; ".join(line.reasons), *said])
        beside.replace(path)
    except OSError as error:
        raise ParameterError(
            f"--repair-list == '{path}' cannot be written: {error.strerror}"
        ) from None
    return len(lines)
