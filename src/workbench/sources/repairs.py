"""The lines in quarantine, for those who look at them and those who can mend them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from workbench.errors import ParameterError
from workbench.markup import harmless
from workbench.sources.quarantine import WHOLE
from workbench.sources.source import Source

EXAMPLES = 3  # lines that are shown for a reason


@dataclass(frozen=True)
class Aside:
    """A line that was set aside.

    Attributes:
        table: The contract table it was meant for.
        file: Its raw file.
        line: Its number there.
        reasons: All that is wrong with it.
        original: What it says, by column; a line that could not be split is one column.
    """

    table: str
    file: str
    line: int
    reasons: tuple[str, ...]
    original: dict[str, object]


def aside(source: Source, table: str) -> Iterator[Aside]:
    """Yield the quarantined lines of a table, in the order of their files."""
    with pq.ParquetFile(source.folder / "quarantine" / f"{table}.parquet") as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                original = json.loads(row["original"])
                yield Aside(table, row["file"], row["line"], tuple(row["reasons"]), original)


def examples(source: Source, table: str) -> dict[tuple[str, str], list[Aside]]:
    """Return the first lines that were set aside, by file and reason."""
    found: dict[tuple[str, str], list[Aside]] = {}
    for line in aside(source, table):
        for reason in line.reasons:
            shown = found.setdefault((line.file, reason), [])
            if len(shown) < EXAMPLES:
                shown.append(line)
    return found


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
