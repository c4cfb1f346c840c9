"""The names of a raw file's columns, without reading the rest of it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import SourceError
from workbench.sources.options import FileOptions
from workbench.sources.readers import TEXT
from workbench.sources.text.tables import open_text


def columns_of(path: Path) -> tuple[str, ...]:
    """Return the columns of a Parquet or CSV file.

    Raises:
        SourceError: If it cannot be read.
    """
    if path.suffix.lower() in TEXT:
        return open_text(path, FileOptions(path)).columns
    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{path.name}: cannot be read: {str(error).splitlines()[0]}") from None
