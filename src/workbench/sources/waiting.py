"""Rows that wait until all have been read: the first ones in memory, the others on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

_HELD = 256 << 20  # bytes in memory: to write them and to read them again costs as much as casting


class Waiting:
    """Batches of rows, each with the number of its entry.

    Args:
        path: Where those go that memory shall not hold.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: list[int] = []
        self._held: list[pa.RecordBatch] = []
        self._bytes = 0
        self._sink: pa.ipc.RecordBatchFileWriter | None = None

    def add(self, entry: int, rows: pa.Table) -> None:
        """Add rows of an entry; none at all count as well, as they have the columns."""
        rows = rows.combine_chunks()
        for batch in rows.to_batches() or [pa.RecordBatch.from_pylist([], rows.schema)]:
            self._entries.append(entry)
            self._bytes += batch.nbytes
            if self._bytes <= _HELD:
                self._held.append(batch)
                continue
            self._sink = self._sink or pa.ipc.new_file(self._path, batch.schema)
            self._sink.write_batch(batch)

    def close(self) -> None:
        """Tell that no more will come."""
        if self._sink:
            self._sink.close()

    def __iter__(self) -> Iterator[tuple[int, int, pa.RecordBatch]]:
        """Yield the position of a batch's first row, the number of its entry, and the batch."""
        position = 0
        for entry, batch in zip(self._entries, self._batches(), strict=True):
            yield position, entry, batch
            position += batch.num_rows

    def _batches(self) -> Iterator[pa.RecordBatch]:
        yield from self._held
        if self._sink:
            with pa.OSFile(str(self._path)) as file:
                reader = pa.ipc.open_file(file)
                for index in range(reader.num_record_batches):
                    yield reader.get_batch(index)
