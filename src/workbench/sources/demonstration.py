# ruff: noqa: S608 - the names are those of the demo shop's own tables
"""The invented shop `demo`, through the same checks and the same cache as any other source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from workbench.sources import cache, importing
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import ROWS, RawFile
from workbench.sources.sql import Engine
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE


def import_demo() -> tuple[Path, cache.Manifest]:
    """Return the cached tables of the demo shop, making them if its code has changed."""
    key = cache.fingerprint(f"demo {_code()}", ())
    return cache.fetch("demo", key, lambda folder: _make(key, folder))


def _make(key: str, folder: Path) -> cache.Manifest:
    from workbench import demo  # noqa: PLC0415 - not loaded where its tables are cached

    tables = demo.tables()
    entries = tuple(
        Entry(name, f'SELECT {", ".join(table.column_names)} FROM "{name}"', place=f"demo, {name}")
        for name, table in tables.items()
    )

    def read(engine: Engine, _scratch: Path, _streamed: object) -> Mapping[str, RawFile]:
        return {name: _raw(engine, name, table) for name, table in tables.items()}

    declared = Declaration(
        name="demo",
        text="",
        time_zone=demo.TIME_ZONE,
        timestamps="UTC",
        currency=demo.CURRENCY,
        steps=demo.STEPS,
        entries=entries,
    )
    return importing.run(declared, key, read, folder)


def _raw(engine: Engine, name: str, table: pa.Table) -> RawFile:
    numbered = table.append_column(LINE, pa.array(range(1, table.num_rows + 1), pa.int64()))
    engine.register(f"__raw_{name}", numbered)

    def stream(_broken: list[Broken]) -> Iterator[pa.Table]:
        for batch in numbered.to_batches(max_chunksize=ROWS):
            yield pa.Table.from_batches([batch])

    return RawFile(name, f"demo.{name}", table.num_rows, stream=stream).named(engine)


def _code() -> str:
    """The demo's own code and what it computes with: the same code makes the same shop."""
    digest = hashlib.sha256(f"numpy {version('numpy')} pyarrow {version('pyarrow')}".encode())
    for path in sorted((Path(__file__).parents[1] / "demo").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
