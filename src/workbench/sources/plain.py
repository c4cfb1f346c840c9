# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Tables whose rows are made of one line each: read, cast and checked in one pass, batch by batch.

The rows wait in a spool on disk until the last line has said whether a key is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError
from workbench.sources import casting, checks, staging
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import RawFile
from workbench.sources.lineage import AMOUNT, ROW, Traced
from workbench.sources.sql import Engine
from workbench.sources.text.tables import LINE
from workbench.sources.writing import empty
from workbench.tables import Table

_HIDDEN = ("__hash", "__differs")
_ORIGINAL = pa.schema([("entry", pa.int64()), ("line", pa.int64()), ("original", pa.string())])


@dataclass
class Part:
    """An entry on its way through.

    Attributes:
        entry: What the source file says.
        traced: Its SELECT.
        file: Its raw file.
        columns: Names and DuckDB types of the SELECT's columns.
        is_priced: Whether its lines have a worth.
        excluded: Per rule, how many lines it leaves out and what they are worth.
    """

    entry: Entry
    traced: Traced
    file: RawFile
    columns: Mapping[str, str] = field(default_factory=dict)
    is_priced: bool = False
    excluded: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Spool:
    """All rows of a table but those that a rule leaves out, in the order of their files.

    Attributes:
        path: An Arrow file: the table's columns, __first (line), __amount, __why.
        entries: The number of the entry of each batch in it.
        parts: The entries.
        columns: The columns of the table.
        repeated: Positions of rows that repeat a key.
        originals: An Arrow file with entry, line and original text of each row to set aside.
    """

    path: Path
    entries: list[int]
    parts: list[Part]
    columns: tuple[str, ...]
    repeated: npt.NDArray[np.int64]
    originals: Path

    def batches(self) -> Iterator[tuple[int, int, pa.RecordBatch]]:
        """Yield the position of a batch's first row, the number of its entry, and the batch."""
        position = 0
        with pa.OSFile(str(self.path)) as file:
            reader = pa.ipc.open_file(file)
            for index, entry in enumerate(self.entries):
                batch = reader.get_batch(index)
                yield position, entry, batch
                position += batch.num_rows


def spool(
    engine: Engine,
    table: Table,
    source: Declaration,
    given: Sequence[tuple[Entry, Traced]],
    files: Mapping[str, RawFile],
    scratch: Path,
) -> Spool:
    """Read a table's files once, and find out which of its rows break the contract.

    Raises:
        SourceError: If the SQL is wrong, columns are missing, or a line is lost.
    """
    parts = [Part(entry, traced, files[traced.file]) for entry, traced in given]
    for part in parts:
        _prepare(engine, part, table, source)
    present, _extra = casting.columns_of_table(parts, table)
    rows_at, originals_at = (scratch / f"{table.name}.{kind}" for kind in ("rows", "originals"))
    entries: list[int] = []
    hashes: list[npt.NDArray[np.uint64]] = []
    with pa.ipc.new_file(originals_at, _ORIGINAL) as originals:
        sink: pa.ipc.RecordBatchFileWriter | None = None
        for number, part in enumerate(parts):
            for rows in _checked(engine, part, table, present, source):
                spooled = rows.drop_columns(list(_HIDDEN)).combine_chunks()
                sink = sink or pa.ipc.new_file(rows_at, spooled.schema)
                for batch in spooled.to_batches() or [empty(spooled.schema)]:
                    sink.write_batch(batch)
                    entries.append(number)
                hashes.append(_hashes(rows))
                broken = rows["__first"].filter(pc.is_valid(rows["__why"]))
                _keep_originals(engine, part, number, broken, originals)
        if sink is not None:
            sink.close()
        found = Spool(rows_at, entries, parts, tuple(present), np.array([], np.int64), originals_at)
        again = _repeated(engine, table, found, hashes)
        for number, part in enumerate(parts):
            lines = again.filter(pc.equal(again["__entry"], number))["__first"]
            if len(lines):
                for _rows in part.file.batches(engine):
                    _keep_originals(engine, part, number, lines, originals)
    return replace(found, repeated=again["__position"].to_numpy())


def _prepare(engine: Engine, part: Part, table: Table, source: Declaration) -> None:
    """Make the views that the entry's SELECT reads from, and say what it gives."""
    try:
        part.is_priced = staging.prepare(engine, part.entry, part.traced, table, source)
        part.columns = staging.columns_of(engine, part.entry, part.traced)
    except duckdb.Error as error:
        raise staging.misread(error, part.entry, part.file) from None
    staging.check_columns(table, part.columns, part.entry.place)


def _checked(
    engine: Engine, part: Part, table: Table, present: Sequence[str], source: Declaration
) -> Iterator[pa.Table]:
    """Yield the rows of each batch of lines, in the contract's types, each with its reasons."""
    _prepare(engine, part, table, source)
    query = _query(engine, part, table, present, source)
    try:
        yield engine.arrow(f"{query} LIMIT 0")
        for lines in part.file.batches(engine):
            excluded = _count_excluded(engine, part)
            rows = engine.arrow(query)
            if rows.num_rows + excluded != lines:
                raise SourceError(
                    f"{part.entry.place}: {lines:,} lines of {part.file.label} were read, but "
                    f"{rows.num_rows + excluded:,} are accounted for"
                )
            _refuse_another_sum(part, rows)
            yield rows
    except duckdb.Error as error:
        raise staging.misread(error, part.entry, part.file) from None


def _query(
    engine: Engine, part: Part, table: Table, present: Sequence[str], source: Declaration
) -> str:
    """The one pass over a batch: the entry's SELECT, the casts, the checks, the key's hash."""
    chosen = "".join(f", {engine.name(name)}" for name in part.columns)
    rows = f"(SELECT {ROW} AS __first, coalesce({AMOUNT}, 0) AS {AMOUNT}{chosen} FROM ({part.traced.plain_sql}))"
    cast = casting.cast(part, rows, table, present, source, f"__first, {AMOUNT}")
    types = {name: casting.TYPES[table[name].type] for name in present}
    verdicts = checks.verdicts(table, present, ("__first", AMOUNT), types)
    signs = staging.WORTH.get(table.name, {})
    terms = [f"{sign} * coalesce({name}, 0)" for name, sign in signs.items() if name in present]
    worth = f"CAST({' + '.join(terms) or 0} AS BIGINT)"
    # Where the SELECT itself says what a line is worth, it is what its row says.
    amount, differs = (AMOUNT, f"{AMOUNT} <> {worth}") if part.entry.money else (worth, "false")
    columns = ", ".join(f'"{name}"' for name in present)
    return (
        f"WITH __cast AS ({cast}) SELECT {columns}, __first, {amount} AS {AMOUNT}, __why, "
        f"{_hash(table, present)} AS __hash, __why IS NULL AND {differs} AS __differs "
        f"FROM (SELECT *, {checks.why(engine, table, present)} AS __why FROM ({verdicts}))"
    )


def _hash(table: Table, present: Sequence[str]) -> str:
    key = checks.keys(table, present)
    if not key:
        return "NULL::UBIGINT"
    there = [f'"{name}" IS NOT NULL' for name in key if table[name].required]
    named = ", ".join(f'"{name}"' for name in key)
    return f"CASE WHEN {' AND '.join(there)} THEN hash({named}) END"


def _hashes(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """The keys' hashes; 0 where a key is not there."""
    found: npt.NDArray[np.uint64] = rows["__hash"].fill_null(0).to_numpy()
    return found


def _count_excluded(engine: Engine, part: Part) -> int:
    if not part.entry.exclude:
        return 0
    found = engine.rows(
        "SELECT __rule, count(*), coalesce(sum(__money), 0) FROM __ruled "
        "WHERE __rule IS NOT NULL GROUP BY __rule"
    )
    for rule, lines, money in found:
        before = part.excluded.get(rule, (0, 0))
        part.excluded[rule] = (before[0] + lines, before[1] + int(money))
    return sum(lines for _rule, lines, _money in found)


def _refuse_another_sum(part: Part, rows: pa.Table) -> None:
    wrong = rows.filter(rows["__differs"])
    if wrong.num_rows:
        raise SourceError(
            f"{part.entry.place}: the row made from line {wrong['__first'][0]} says another amount "
            f"than 'money', which says {wrong[AMOUNT][0].as_py():,} minor units: let 'money' say "
            f"what a line is worth"
        )


def _keep_originals(
    engine: Engine,
    part: Part,
    number: int,
    lines: pa.ChunkedArray,
    sink: pa.ipc.RecordBatchFileWriter,
) -> None:
    """Keep what some lines of the present batch say."""
    if not len(lines):
        return
    engine.register("__wanted", pa.table({"line": lines}))
    fields = ", ".join(f"{c} := raw.{c}" for c in (engine.name(c) for c in part.file.columns))
    found = engine.arrow(
        f"SELECT {number}::BIGINT AS entry, {LINE} AS line, "
        f"to_json(struct_pack({fields}))::VARCHAR AS original "
        f'FROM "__raw_{part.file.name}" raw SEMI JOIN __wanted w ON w.line = raw.{LINE}'
    )
    for batch in found.cast(_ORIGINAL).to_batches():
        sink.write_batch(batch)


def _repeated(
    engine: Engine, table: Table, found: Spool, hashes: Sequence[npt.NDArray[np.uint64]]
) -> pa.Table:
    """The rows to set aside because they repeat a key: __position, __entry, __first."""
    key = checks.keys(table, found.columns)
    ordered = np.concatenate(hashes)
    ordered.sort()
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    chosen = ("__position", "__entry", "__first")
    if not twice.any():
        return pa.schema([(name, pa.int64()) for name in chosen]).empty_table()
    suspects = np.flatnonzero(np.isin(np.concatenate(hashes), twice[twice != 0]))
    taken = []
    for position, entry, batch in found.batches():
        here = suspects[(suspects >= position) & (suspects < position + batch.num_rows)]
        rows = pa.Table.from_batches([batch]).take(pa.array((here - position).astype(np.int64)))
        rows = rows.append_column("__position", pa.array(here.astype(np.int64)))
        taken.append(rows.append_column("__entry", pa.array(np.full(here.size, entry, np.int64))))
    engine.register("__suspects", pa.concat_tables(taken))
    query = checks.repeated("FROM __suspects", key, found.columns, ", ".join(chosen))
    return engine.arrow(f"{query} ORDER BY __position")
