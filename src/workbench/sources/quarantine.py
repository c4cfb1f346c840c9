# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""The lines that are set aside, as they stand in their files, with all their reasons.

One Parquet file a table: file, line, reasons (a list), original (JSON: the line's columns; a line
that could not be split into them is `whole line`). The lines of joined files that are in no row
are in a second one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.kit.sentences import say
from workbench.sources.spool import Spool, original
from workbench.sources.sql import Engine
from workbench.sources.staging import Part
from workbench.sources.text.tables import LINE

WHOLE = "whole line"
_MANY, _FEW = 10_000, 3  # lines of a joined file that are kept; of a dictionary
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
    """Yield the quarantined lines of an imported table, and those that no line joins, by file."""
    for path in (folder / "quarantine" / f"{table}.parquet", _beside(folder / "quarantine", table)):
        if not path.exists():
            continue
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    original = json.loads(row["original"])
                    yield Aside(table, row["file"], row["line"], tuple(row["reasons"]), original)


def _beside(folder: Path, table: str) -> Path:
    return folder / f"{table}.unjoined.parquet"


def write(engine: Engine, spooled: Spool, why: Path, path: Path) -> None:
    """Write the lines of a table that are set aside, and those that are no rows at all, to `path`.

    Entry, line and reasons of what is set aside are in the file `why`, as `close` leaves them.
    """
    for name, file in (("__why", why), ("__passed", spooled.originals)):
        engine.register(name, pa.ipc.open_file(pa.memory_map(str(file))).read_all())
    files = [(part.label, part.file) for part in spooled.parts]
    files += [(one.file.label, one.file) for part in spooled.parts for one in part.joined]
    broken = [
        (label, line.line, line.reason, line.text)
        for label, file in files
        for line in file.broken
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


def unjoined(part: Part) -> str:
    """Return why a line of a joined file is in no row."""
    return say("in no row: no line of {file} joins it", file=part.file.label)


def write_unjoined(engine: Engine, spooled: Spool, folder: Path) -> None:
    """Write the lines of joined files that are in no row, if there are any.

    A file most of whose lines are in none is a dictionary: it is told by a few of them.
    """
    queries = []
    for part in spooled.parts:
        for one in part.joined if any(joined.left for joined in part.joined) else ():
            most = _MANY if one.left <= one.used else _FEW
            fields = ", ".join(f"{c} := raw.{c}" for c in map(Engine.name, one.file.columns))
            queries.append(
                f"(SELECT {Engine.text(one.file.label)} AS file, raw.{LINE} AS line, "
                f"[{Engine.text(unjoined(part))}] AS reasons, "
                f"to_json(struct_pack({fields}))::VARCHAR AS original "
                f'FROM "__raw_{one.file.name}" raw SEMI JOIN {one.unused} w ON w.line = raw.{LINE} '
                f"ORDER BY line LIMIT {most})"
            )
    if queries:
        target = Engine.text(_beside(folder, spooled.table.name))
        engine.run(f"COPY ({' UNION ALL '.join(queries)}) TO {target} (FORMAT parquet)")
