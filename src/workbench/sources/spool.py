# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""All rows of a table wait until the last line has said whether a key is repeated.

Then they go to the table's Parquet files, and into its account or among the lines set aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError
from workbench.sources import checks, midnights, staging, taps, totals, tracing
from workbench.sources.account import Sum, Tally, total
from workbench.sources.lineage import AMOUNT, LINES
from workbench.sources.sql import Engine
from workbench.sources.staging import Part
from workbench.sources.text.tables import LINE
from workbench.sources.waiting import Waiting
from workbench.sources.writing import Months
from workbench.tables import Table

_WHY = pa.schema([("entry", pa.int64()), ("line", pa.int64()), ("why", pa.string())])
_ORIGINAL = pa.schema([("entry", pa.int64()), ("line", pa.int64()), ("original", pa.string())])


@dataclass(frozen=True)
class Spool:
    """All rows of a table but those that a rule leaves out, in the order of their files.

    Attributes:
        rows: What the taps yield, without the hash.
        parts: The entries.
        columns: The columns of the table.
        repeated: Positions of rows that repeat a key.
        sums: Positions of rows that are sums of others.
        originals: An Arrow file with entry, line and original text of each line to set aside that
            was read in passing.
    """

    rows: Waiting
    parts: Sequence[Part]
    columns: tuple[str, ...]
    repeated: npt.NDArray[np.int64]
    sums: npt.NDArray[np.int64]
    originals: Path

    @property
    def table(self) -> Table:
        """The contract."""
        return self.parts[0].table


def lines_of(rows: pa.Table) -> tuple[pa.ChunkedArray, npt.NDArray[np.int64]]:
    """Return the lines that rows were made of, and the number of each one's row."""
    if LINES not in rows.column_names:
        return rows["__first"], np.arange(rows.num_rows)
    return pc.list_flatten(rows[LINES]), pc.list_parent_indices(rows[LINES]).to_numpy()


def pour(engine: Engine, parts: Sequence[Part], scratch: Path) -> Spool:
    """Read a table's files once, and find out which of its rows break the contract.

    Raises:
        SourceError: If the SQL is wrong, columns are missing, or a line is lost.
    """
    is_plain = all(part.traced.plain_sql for part in parts)
    parts = [_prepared(engine, part, is_plain=is_plain) for part in parts]
    types = taps.types_of(engine, parts)
    name = parts[0].table.name
    rows_at, originals_at = (scratch / f"{name}.{kind}" for kind in ("rows", "originals"))
    none = np.array([], np.int64)
    found = Spool(Waiting(rows_at), parts, tuple(types), none, none, originals_at)
    with pa.ipc.new_file(originals_at, _ORIGINAL) as originals:
        hashes, sums = _fill(engine, found, types, originals)
        again = _repeated(engine, found, hashes)
        for part in parts:
            lines = again.filter(pc.equal(again["__entry"], part.number))["__first"]
            for _batch in part.file.batches(engine) if len(lines) and not part.carried else ():
                _keep_originals(engine, part, lines, originals)
    return replace(found, repeated=again["__position"].to_numpy(), sums=sums)


def _prepared(engine: Engine, part: Part, *, is_plain: bool) -> Part:
    ready = staging.prepare(engine, part) if is_plain else tracing.stage(engine, part)
    return replace(ready, by_day=midnights.by_day(engine, ready))


def original(part: Part, wanted: str) -> str:
    """Return SQL of what some lines of those that can be read now say: entry, line, original."""
    fields = ", ".join(f"{c} := raw.{c}" for c in map(Engine.name, part.file.columns))
    return (
        f"SELECT {part.number}::BIGINT AS entry, {LINE} AS line, "
        f"to_json(struct_pack({fields}))::VARCHAR AS original "
        f'FROM "__raw_{part.file.name}" raw SEMI JOIN {wanted} w ON w.line = raw.{LINE}'
    )


def _fill(
    engine: Engine,
    found: Spool,
    types: Mapping[str, str],
    originals: pa.ipc.RecordBatchFileWriter,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Let all rows wait; return the hashes of their keys, 0 where there is none, and which are sums."""
    hashes: list[npt.NDArray[np.uint64]] = []
    sums: list[npt.NDArray[np.bool_]] = []
    for part in found.parts:
        running = totals.Totals()
        for rows in taps.rows_of(engine, part, types):
            found.rows.add(part.number, rows.drop_columns("__hash"))
            hashes.append(rows["__hash"].fill_null(0).to_numpy())
            is_priced = found.table.name == "orders"
            sums.append(running.find(rows) if is_priced else np.zeros(rows.num_rows, bool))
            aside = pc.or_(pc.is_valid(rows["__why"]), pa.array(sums[-1]))
            broken = rows["__first"].filter(aside)
            if len(broken) and not part.carried:
                _keep_originals(engine, part, broken, originals)
    found.rows.close()
    return np.concatenate(hashes), np.flatnonzero(np.concatenate(sums))


def _keep_originals(
    engine: Engine, part: Part, lines: pa.ChunkedArray, sink: pa.ipc.RecordBatchFileWriter
) -> None:
    """Keep what lines of the present batch say: it does not come again."""
    part.file.narrow(engine, lines)
    engine.register("__wanted", pa.table({"line": lines}))
    for batch in engine.arrow(original(part, "__wanted")).cast(_ORIGINAL).to_batches():
        sink.write_batch(batch)


def _repeated(engine: Engine, found: Spool, hashes: npt.NDArray[np.uint64]) -> pa.Table:
    """The rows to set aside because they repeat a key, with __position and __entry."""
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    suspects = np.flatnonzero(np.isin(hashes, twice[twice != 0])) if twice.any() else twice[:0]
    taken = []
    for position, entry, batch in found.rows if suspects.size else ():
        here = suspects[(suspects >= position) & (suspects < position + batch.num_rows)]
        rows = pa.Table.from_batches([batch]).take(pa.array(here - position))
        rows = rows.append_column("__position", pa.array(here))
        taken.append(rows.append_column("__entry", pa.array(np.full(here.size, entry))))
    if not taken:
        chosen = ("__position", "__entry", "__first")
        return pa.schema([(name, pa.int64()) for name in chosen]).empty_table()
    told = pa.concat_tables(taken)
    engine.register("__suspects", told)
    rows = ibis.table(ibis.Schema.from_pyarrow(told.schema), name="__suspects")
    key = checks.keys(found.table, found.columns)
    again = checks.repeated(rows, key, found.columns, ("__entry", "__first"))
    query = ibis.to_sql(rows.filter(again).select("__position"), dialect="duckdb", pretty=False)
    return told.filter(pc.is_in(told["__position"], engine.arrow(str(query))["__position"]))


def close(spooled: Spool, folder: Path, why: Path) -> tuple[Months, list[Tally]]:
    """Write the rows that are kept, note why the others are not, and count both.

    Args:
        spooled: The table's rows.
        folder: Where the table goes.
        why: Where entry, line and reasons of the lines in quarantine go.

    Raises:
        SourceError: If a kept row says that it is worth something else than its lines are.
    """
    table = spooled.table
    instant = table.instant if table.instant in spooled.columns else ""
    again = checks.repetition(checks.keys(table, spooled.columns))
    tallies = [_tally(part) for part in spooled.parts]
    with pa.ipc.new_file(why, _WHY) as sink, Months(folder, spooled.columns, instant) as months:
        for position, entry, batch in spooled.rows:
            bad, is_bad = _set_aside(batch, position, spooled, again)
            kept = batch.filter(pa.array(~is_bad)) if bad.num_rows else batch
            _refuse_another_sum(spooled.parts[entry], kept)
            months.write(kept)
            _count(tallies[entry], kept, bad)
            _count_words(tallies[entry], table, bad)
            lines, rows = lines_of(bad)
            numbers = pa.array(np.full(len(lines), entry, np.int64))
            told = pa.table([numbers, lines, bad["__why"].take(pa.array(rows))], schema=_WHY)
            for part in told.to_batches():
                sink.write_batch(part)
    return months, tallies


def _tally(part: Part) -> Tally:
    excluded = {part.rules[rule]: part.excluded[rule] for rule in sorted(part.excluded)}
    broken = Counter(line.reason for line in part.file.broken if not line.rule)
    aside = part.file.aside
    return Tally(
        part.entry, part.label, part.is_priced, excluded=excluded, broken=broken, aside=aside
    )


def _set_aside(
    batch: pa.RecordBatch, position: int, spooled: Spool, again: str
) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """The rows of a batch that are not kept, with all their reasons, and which they are."""
    is_bad = pc.is_valid(batch.column("__why")).to_numpy(zero_copy_only=False)
    reasons = []
    for positions, why in ((spooled.repeated, again), (spooled.sums, totals.told())):
        here = positions[(positions >= position) & (positions < position + batch.num_rows)]
        flags = np.zeros(batch.num_rows, bool)
        flags[here - position] = True
        is_bad |= flags
        reasons.append((flags, why))
    rows = pa.Table.from_batches([batch]).filter(pa.array(is_bad))
    index = rows.schema.names.index("__why")
    for flags, reason in reasons:
        if flags.any():
            more = (reason if flag else None for flag in flags[is_bad])
            told = (
                "\n".join(filter(None, two))
                for two in zip(rows["__why"].to_pylist(), more, strict=True)
            )
            rows = rows.set_column(
                index, "__why", pa.array([one or None for one in told], pa.string())
            )
    return rows, is_bad


def _refuse_another_sum(part: Part, kept: pa.RecordBatch) -> None:
    if not pc.any(kept["__differs"]).as_py():
        return
    row = kept.filter(kept["__differs"]).slice(0, 1).to_pylist()[0]
    said = f"{part.entry.place}: the row made from line {row['__first']} says"
    meant = "let 'money' say what a line is worth"
    if part.carried:
        worth = sum(sign * (row.get(name) or 0) for name, sign in part.signs.items())
        raise SourceError(
            f"{said} {worth:,} minor units, its lines are worth {row[AMOUNT]:,}: {meant} and "
            f"sum(money) make the row"
        )
    raise SourceError(
        f"{said} another amount than 'money', which says {row[AMOUNT]:,} minor units: {meant}"
    )


def _count(tally: Tally, kept: pa.RecordBatch, bad: pa.Table) -> None:
    """Count the lines of a batch; one with several reasons counts for each."""
    tally.kept = total([tally.kept, _sum(pa.Table.from_batches([kept]))])
    for name in ("amount", "refunded_amount"):
        worth = pc.sum(kept[name]).as_py() or 0 if name in kept.schema.names else 0
        if name == "amount":
            tally.paid += worth
        else:
            tally.returned += worth
    tally.quarantined = total([tally.quarantined, _sum(bad)])
    for why in pc.unique(bad["__why"]).to_pylist():
        found = _sum(bad.filter(pc.equal(bad["__why"], why)))
        for reason in why.split("\n"):
            tally.reasons[reason] = total([tally.reasons.get(reason, (0, 0)), found])


def _count_words(tally: Tally, table: Table, bad: pa.Table) -> None:
    """Count the words that a column of few words does not know."""
    for column in table.columns:
        if not (column.allowed and bad.num_rows and column.name in bad.column_names):
            continue
        values = bad[column.name]
        for word in set(pc.unique(values).to_pylist()) - {None, *column.allowed}:
            key, found = (column.name, word), _sum(bad.filter(pc.equal(values, word)))
            tally.unmeant[key] = total([tally.unmeant.get(key, (0, 0)), found])


def _sum(rows: pa.Table) -> Sum:
    lines, _rows = lines_of(rows)
    return len(lines), pc.sum(rows[AMOUNT]).as_py() or 0
