# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""The lines that are set aside, as they stand in their files, with all their reasons.

One Parquet file a table: file, line, reasons (a list), original (JSON: the line's columns; a line
that could not be split into them is `whole line`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.sources.spool import Spool, original
from workbench.sources.sql import Engine

WHOLE = "whole line"
_TYPES = [("file", pa.string()), ("line", pa.int64()), ("why", pa.string()), ("text", pa.string())]


@dataclass(frozen=True)
class Aside:
    """A line that was set aside.

    Attributes:
        table: The contract table it was meant for.
        file: Its raw file, or the table of the warehouse.
        line: Its number there; None in a warehouse, whose lines have none.
        reasons: All that is wrong with it.
        original: What it says, by column; a line that could not be split is one column.
    """

    table: str
    file: str
    line: int | None
    reasons: tuple[str, ...]
    original: dict[str, object]


def read(folder: Path, table: str) -> Iterator[Aside]:
    """Yield the quarantined lines of an imported table, in the order of their files."""
    with pq.ParquetFile(folder / "quarantine" / f"{table}.parquet") as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                original = json.loads(row["original"])
                yield Aside(table, row["file"], row["line"], tuple(row["reasons"]), original)


def write(engine: Engine, spooled: Spool, why: Path, path: Path) -> None:
    """Write the lines of a table that are set aside, and those that are no rows at all, to `path`.

    Entry, line and reasons of what is set aside are in the file `why`, as `close` leaves them.
    """
    for name, file in (("__why", why), ("__passed", spooled.originals)):
        engine.register(name, pa.ipc.open_file(pa.memory_map(str(file))).read_all())
    broken = [
        (part.label, line.line, line.reason, line.text)
        for part in spooled.parts
        for line in part.file.broken
        if not line.rule
    ]
    columns = list(zip(*broken, strict=True)) or [()] * len(_TYPES)
    engine.register("__broken", pa.table([list(c) for c in columns], schema=pa.schema(_TYPES)))
    names = ", ".join(engine.text(part.label) for part in spooled.parts)
    originals = ["SELECT DISTINCT ON (entry, line) * FROM __passed"] + [
        original(part, f"(FROM __why WHERE entry = {part.number})")
        for part in spooled.parts
        if part.carried
    ]
    engine.run(
        f"COPY (SELECT [{names}][w.entry + 1] AS file, w.line, "
        f"string_split(w.why, chr(10)) AS reasons, o.original FROM __why w "
        f"JOIN ({' UNION ALL '.join(originals)}) o USING (entry, line) "
        f"UNION ALL SELECT file, line, [why] AS reasons, "
        f"to_json(map([{engine.text(WHOLE)}], [text]))::VARCHAR AS original FROM __broken "
        f"ORDER BY file, line) TO {engine.text(path)} (FORMAT parquet)"
    )
