# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""The lines that are set aside, as they stand in their files, with all their reasons.

One Parquet file a table: file, line, reasons (a list), original (JSON: the line's columns; a line
that could not be split into them is `whole line`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.sources.files import RawFile
from workbench.sources.plain import Spool
from workbench.sources.sql import Engine
from workbench.sources.staging import Staged
from workbench.sources.text.tables import LINE

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


def write_plain(
    engine: Engine, spooled: Spool, why: Path, labels: Sequence[str], path: Path
) -> None:
    """Write the quarantine of a table that was made in one pass."""
    for name, file in (("__why", why), ("__original", spooled.originals)):
        engine.register(name, pa.ipc.open_file(pa.memory_map(str(file))).read_all())
    names = ", ".join(engine.text(label) for label in labels)
    lines = (
        f"SELECT [{names}][w.entry + 1] AS file, w.line, string_split(w.why, chr(10)) AS reasons, "
        f"o.original FROM __why w JOIN (SELECT DISTINCT ON (entry, line) * FROM __original) o "
        f"USING (entry, line)"
    )
    files = [part.file for part in spooled.parts]
    _write(engine, [lines], list(zip(files, labels, strict=True)), path)


def write_folded(engine: Engine, staged: Sequence[Staged], path: Path) -> None:
    """Write the quarantine of a table some of whose rows are made of several lines."""
    parts = []
    for number, part in enumerate(staged):
        raw = part.file
        names = [engine.name(column) for column in raw.columns]
        fields = ", ".join(f"{column} := raw.{column}" for column in names)
        parts.append(
            f"SELECT {engine.text(part.label)} AS file, m.line, b.reasons, "
            f"to_json(struct_pack({fields}))::VARCHAR AS original FROM __bad b "
            f"JOIN __map_{number} m ON b.__entry = {number} AND b.__row = m.__row "
            f'JOIN "__raw_{raw.name}" raw ON raw.{LINE} = m.line'
        )
    _write(engine, parts, [(part.file, part.label) for part in staged], path)


def _write(
    engine: Engine, parts: Sequence[str], files: Sequence[tuple[RawFile, str]], path: Path
) -> None:
    broken = [(label, b.line, b.reason, b.text) for file, label in files for b in file.broken]
    columns = list(zip(*broken, strict=True)) or [()] * len(_TYPES)
    engine.register("__broken", pa.table([list(c) for c in columns], schema=pa.schema(_TYPES)))
    whole = (
        f"SELECT file, line, [why] AS reasons, "
        f"to_json(map([{engine.text(WHOLE)}], [text]))::VARCHAR AS original FROM __broken"
    )
    lines = f"SELECT * FROM ({' UNION ALL '.join([*parts, whole])}) ORDER BY file, line"
    engine.run(f"COPY ({lines}) TO {engine.text(path)} (FORMAT parquet)")
