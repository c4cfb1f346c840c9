"""The names of a raw file's columns, without reading the rest of it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import SourceError
from workbench.sources.options import FileOptions
from workbench.sources.readers import PARQUET, open_file
from workbench.sources.sql import first_line
from workbench.sources.text.tables import LINE


def columns_of(path: Path) -> tuple[str, ...]:
    """Return the columns of a raw file.

    Raises:
        SourceError: If it cannot be read.
    """
    if path.suffix.lower() not in PARQUET:
        return tuple(n for n in open_file(FileOptions(path)).empty.column_names if n != LINE)
    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{path.name}: cannot be read: {first_line(error)}") from None
