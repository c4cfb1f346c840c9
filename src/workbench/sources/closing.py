"""From the spool of a table to its Parquet files, its account, and why lines are set aside."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError
from workbench.sources import checks
from workbench.sources.account import Sum, Tally, total
from workbench.sources.lineage import AMOUNT
from workbench.sources.spool import Spool, lines_of
from workbench.sources.staging import Part
from workbench.sources.writing import Months

_WHY = pa.schema([("entry", pa.int64()), ("line", pa.int64()), ("why", pa.string())])


def write(spooled: Spool, folder: Path, why: Path) -> tuple[Months, list[Tally]]:
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
        for position, entry, batch in spooled.batches():
            bad, is_bad = _set_aside(batch, position, spooled, again)
            kept = batch.filter(pa.array(~is_bad)) if bad.num_rows else batch
            _refuse_another_sum(spooled.parts[entry], kept)
            months.write(kept)
            _count(tallies[entry], kept, bad)
            lines, rows = lines_of(bad)
            numbers = pa.array(np.full(len(lines), entry, np.int64))
            told = pa.table([numbers, lines, bad["__why"].take(pa.array(rows))], schema=_WHY)
            for part in told.to_batches():
                sink.write_batch(part)
    return months, tallies


def _tally(part: Part) -> Tally:
    return Tally(
        part.entry.table,
        part.label,
        part.entry.place,
        part.is_priced,
        excluded={part.rules[rule]: part.excluded[rule] for rule in sorted(part.excluded)},
        broken=Counter(line.reason for line in part.file.broken),
    )


def _set_aside(
    batch: pa.RecordBatch, position: int, spooled: Spool, again: str
) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """The rows of a batch that are not kept, with all their reasons, and which they are."""
    here = spooled.repeated
    here = here[(here >= position) & (here < position + batch.num_rows)] - position
    is_bad = pc.is_valid(batch.column("__why")).to_numpy(zero_copy_only=False)
    repeats = np.zeros(batch.num_rows, bool)
    repeats[here] = True
    is_bad |= repeats
    rows = pa.Table.from_batches([batch]).filter(pa.array(is_bad))
    added = pa.array([again if r else None for r in repeats[is_bad]], pa.string())
    joined = pc.binary_join_element_wise(rows["__why"], added, "\n", null_handling="skip")
    index = rows.schema.names.index("__why")
    return rows.set_column(index, "__why", joined), is_bad


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
    tally.quarantined = total([tally.quarantined, _sum(bad)])
    for why in pc.unique(bad["__why"]).to_pylist():
        found = _sum(bad.filter(pc.equal(bad["__why"], why)))
        for reason in why.split("\n"):
            tally.reasons[reason] = total([tally.reasons.get(reason, (0, 0)), found])


def _sum(rows: pa.Table) -> Sum:
    lines, _rows = lines_of(rows)
    return len(lines), pc.sum(rows[AMOUNT]).as_py() or 0
