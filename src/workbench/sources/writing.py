"""Contract tables as Parquet, one folder a month, every page with a checksum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_GROUP = 1 << 18  # rows of a row group


def _options(schema: pa.Schema) -> dict[str, Any]:
    """How the columns are laid out: what is cheapest to write and to read in DuckDB.

    Numbers byte by byte are smaller and faster both ways; the least and greatest of a text rule
    out no row group. Which texts have few values their names tell: trying it costs the most.
    """
    texts = [f.name for f in schema if pa.types.is_string(f.type)]
    fixed = [f for f in schema if pa.types.is_primitive(f.type)]
    numbers = [f.name for f in fixed if not pa.types.is_boolean(f.type)]
    return {
        "write_page_checksum": True,
        "use_dictionary": [name for name in texts if not name.endswith(("_id", "text"))],
        "column_encoding": dict.fromkeys(numbers, "BYTE_STREAM_SPLIT"),
        "write_statistics": [name for name in schema.names if name not in texts],
    }


class Months:
    """Writes rows into FOLDER/month=YYYY-MM/data_0.parquet, months of UTC.

    A table without an instant, or without rows, is one file in the folder itself.

    Args:
        folder: Where it goes; it is made.
        columns: What is written of the rows.
        instant: The column that says the month, or "".

    Attributes:
        rows: How many rows have been written.
        first: The first instant, as text; None before there is one.
        last: The last instant.
    """

    def __init__(self, folder: Path, columns: Sequence[str], instant: str) -> None:
        self.rows = 0
        self.first: str | None = None
        self.last: str | None = None
        self._folder = folder
        self._columns = list(columns)
        self._instant = instant
        self._schema: pa.Schema | None = None
        self._writers: dict[str, pq.ParquetWriter] = {}
        folder.mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._writers and self._schema is not None:
            self._writer("")
        for writer in self._writers.values():
            writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Write rows; the first batch decides the types, so that even an empty one counts."""
        rows = batch.select(self._columns)
        self._schema = rows.schema
        self.rows += rows.num_rows
        if not rows.num_rows:
            return
        for folder, part in self._by_folder(rows):
            self._writer(folder).write_batch(part, row_group_size=_GROUP)

    def _by_folder(self, rows: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        if not self._instant:
            yield "", rows
            return
        at = rows.column(self._instant)
        ends = pc.min_max(at).as_py()
        self._stretch(ends["min"], ends["max"])
        # Most exports are in order of time, so that most batches lie in one month.
        first, last = (np.datetime64(ends[end], "M") for end in ("min", "max"))
        if first == last and not at.null_count:
            yield f"month={first}", rows
            return
        if at.null_count:
            yield "month=none", rows.filter(pc.is_null(at))
            rows = rows.filter(pc.is_valid(at))
        if rows.num_rows:
            at = rows.column(self._instant).cast(pa.timestamp("us"))
            months = at.to_numpy(zero_copy_only=False).astype("datetime64[M]")
            since = (months - first).astype(np.int64)
            for number in np.flatnonzero(np.bincount(since)):
                yield f"month={first + number}", rows.filter(pa.array(since == number))

    def _stretch(self, first: datetime | None, last: datetime | None) -> None:
        if first is not None:
            self.first = min(self.first or "9", str(first))
            self.last = max(self.last or "", str(last))

    def _writer(self, month: str) -> pq.ParquetWriter:
        if month not in self._writers:
            folder = self._folder / month
            folder.mkdir(exist_ok=True)
            self._writers[month] = pq.ParquetWriter(
                folder / "data_0.parquet", self._schema, **_options(self._schema)
            )
        return self._writers[month]
