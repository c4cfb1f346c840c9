"""From the spool of a plain table to its Parquet files, its quarantine and its account."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError
from workbench.sources import checks
from workbench.sources.account import Line, Reason
from workbench.sources.lineage import AMOUNT
from workbench.sources.plain import Part, Spool
from workbench.sources.writing import Months
from workbench.tables import Table

_WHY = pa.schema([("entry", pa.int64()), ("line", pa.int64()), ("why", pa.string())])


class Tally:
    """Lines and money of one entry's rows."""

    def __init__(self) -> None:
        self.kept = [0, 0]
        self.quarantined = [0, 0]
        self.reasons: dict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, kept: pa.RecordBatch, bad: pa.Table) -> None:
        """Count the rows of a batch; a row with several reasons counts for each."""
        for sums, rows in ((self.kept, kept), (self.quarantined, bad)):
            sums[0] += rows.num_rows
            sums[1] += pc.sum(rows.column(AMOUNT)).as_py() or 0
        by_why = bad.group_by("__why").aggregate([(AMOUNT, "count"), (AMOUNT, "sum")])
        for row in by_why.to_pylist():
            for reason in row["__why"].split("\n"):
                self.reasons[reason][0] += row[f"{AMOUNT}_count"]
                self.reasons[reason][1] += row[f"{AMOUNT}_sum"]


def write(spooled: Spool, table: Table, folder: Path, why: Path) -> tuple[Months, list[Tally]]:
    """Write the rows that are kept, note why the others are not, and count both.

    Args:
        spooled: The table's rows.
        table: The contract.
        folder: Where the table goes.
        why: Where entry, line and reasons of the rows in quarantine go.
    """
    instant = table.instant if table.instant in spooled.columns else ""
    again = checks.reason(checks.unique(checks.keys(table, spooled.columns)))
    tallies = [Tally() for _part in spooled.parts]
    kept_columns = [*spooled.columns, AMOUNT]
    with pa.ipc.new_file(why, _WHY) as sink, Months(folder, spooled.columns, instant) as months:
        for position, entry, batch in spooled.batches():
            bad, is_bad = _set_aside(batch, position, spooled, again)
            kept = batch.select(kept_columns)
            kept = kept.filter(pa.array(~is_bad)) if bad.num_rows else kept
            months.write(kept)
            tallies[entry].add(kept, bad)
            numbers = pa.array(np.full(bad.num_rows, entry, np.int64))
            columns = [numbers, bad["__first"], bad["__why"]]
            for part in pa.table(columns, schema=_WHY).to_batches():
                sink.write_batch(part)
    return months, tallies


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


def account(part: Part, label: str, tally: Tally) -> tuple[Line, list[Reason]]:
    """Return the account of an entry's file: every line of it in one of three places.

    Raises:
        SourceError: If a line is nowhere.
    """
    broken = Counter(line.reason for line in part.file.broken)
    excluded = [sum(pair[i] for pair in part.excluded.values()) for i in (0, 1)]
    lines = (tally.kept[0], excluded[0], tally.quarantined[0] + len(part.file.broken))
    if sum(lines) != part.file.lines:
        raise SourceError(
            f"{part.entry.place}: {part.file.label} has {part.file.lines:,} lines, "
            f"but {sum(lines):,} are accounted for"
        )
    worth = (tally.kept[1], excluded[1], tally.quarantined[1])
    money = (sum(worth), *worth) if part.is_priced else (None, None, None, None)
    name = part.entry.table
    line = Line(name, label, part.file.lines, *lines, *money)
    rules = list(part.entry.exclude or {})
    found = [("excluded", rules[rule], *part.excluded[rule]) for rule in sorted(part.excluded)]
    why = [(reason, sums[0], sums[1]) for reason, sums in tally.reasons.items()]
    why += [(reason, n, 0) for reason, n in broken.items()]
    found += [("quarantined", *item) for item in sorted(why, key=lambda w: (-w[1], w[0]))]
    reasons = [
        Reason(name, label, outcome, reason, count, amount if part.is_priced else None)
        for outcome, reason, count, amount in found
    ]
    return line, reasons
