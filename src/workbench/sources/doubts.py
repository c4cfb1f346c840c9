"""What is doubtful in a table though every line of it holds: told by `check`, and first on a page.

Of a large table some row groups are looked at, spread over all of it: what spoils an export spoils
more than one line of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.kit.sentences import message, say

_LOOKED_AT = ("event", "platform", "channel", "amount")
_FEWEST = 5  # orders, of which all may well be gifts if there are fewer
LOOKED_AT = 250_000  # rows of a table
OPENS = 0.01  # share of a table's rows beyond which a page begins with a doubt


@dataclass(frozen=True)
class Doubt:
    """What somebody who knows the data should look at.

    Attributes:
        table: The contract table; several are parted by commas.
        sentence: What it is, with examples and what to declare; for the owner.
        page: The same for the readers of a page, without ids; "" where it is not worth one.
    """

    table: str
    sentence: str
    page: str = ""


@dataclass(frozen=True)
class Look:
    """Rows of an imported table that are looked at.

    Attributes:
        table: The table's name.
        rows: Some of its rows, or all.
        every: How many rows it has.
        files: Its Parquet files.
    """

    table: str
    rows: pa.Table
    every: int
    files: Sequence[Path]

    @property
    def is_whole(self) -> bool:
        """Whether all rows are looked at."""
        return int(self.rows.num_rows) == self.every

    @property
    def worth(self) -> int | None:
        """What the rows are worth together, in minor units; None where no column tells."""
        if "amount" not in self.rows.column_names:
            return None
        return int(pc.sum(self.rows["amount"]).as_py() or 0)

    @property
    def name(self) -> str:
        """What the engine calls the rows."""
        return f"__look_{self.table}"


def look(folder: Path, table: str) -> Look:
    """Read the rows of an imported table that are to be looked at: ids, words and amounts."""
    files = sorted((folder / table).rglob("*.parquet"))
    schema = pq.read_schema(files[0])
    names = [name for name in schema.names if name.endswith("_id") or name in _LOOKED_AT]
    groups = []
    for path in files:
        with pq.ParquetFile(path) as file:
            sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        groups += [(path, number, size) for number, size in enumerate(sizes)]
    every = sum(size for _path, _number, size in groups)
    step = max(ceil(every / LOOKED_AT), 1)
    parts = []
    for path, number, _size in groups[::step]:
        with pq.ParquetFile(path) as file:
            parts.append(file.read_row_group(number, names))
    rows = pa.concat_tables(parts) if parts else schema.empty_table().select(names)
    return Look(table, rows, every, files)


def worthless(rows: int, money: int | None) -> list[Doubt]:
    """Return what is said of orders of which none is worth anything.

    Args:
        rows: The orders.
        money: What they are worth together, in minor units; None where nothing tells.
    """
    if rows < _FEWEST or money != 0:
        return []
    told = message("none of the {rows:count} orders is worth anything: is amount the right column?")
    page = message("None of the orders is worth anything: what is said of money here says nothing.")
    return [Doubt("orders", say(told, rows=rows), say(page))]


def listed(counts: Mapping[str, int], most: int = 8) -> str:
    """Return words with their counts, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{word} {n:,}" for word, n in ordered[:most]]
    return ", ".join([*told, *(["…"] if len(ordered) > most else [])])
