# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""The invented shop `demo`, through the same checks and the same cache as any other source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from workbench.sources import cache, importing
from workbench.sources.declaration import Declaration, Entry
from workbench.sources.files import LINE, RawFile, finish
from workbench.sources.sql import Engine


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

    def read(engine: Engine, _scratch: Path) -> Mapping[str, RawFile]:
        for name, table in tables.items():
            engine.register(f"__arrow_{name}", table)
            engine.run(
                f'CREATE VIEW "__raw_{name}" AS '
                f"SELECT *, row_number() OVER () AS {LINE} FROM __arrow_{name}"
            )
        return {
            name: finish(engine, name, f"demo.{name}", table.num_rows)
            for name, table in tables.items()
        }

    declared = Declaration(
        name="demo",
        text="",
        time_zone=demo.TIME_ZONE,
        timestamps="UTC",
        currency=demo.CURRENCY,
        digits=0,
        steps=demo.STEPS,
        files={},
        entries=entries,
    )
    return importing.run(declared, key, read, folder)


def _code() -> str:
    """The demo's own code and what it computes with: the same code makes the same shop."""
    digest = hashlib.sha256(f"numpy {version('numpy')} pyarrow {version('pyarrow')}".encode())
    for path in sorted((Path(__file__).parents[1] / "demo").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
