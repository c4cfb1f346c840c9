"""From a declaration to contract tables in a warehouse, and to the lines that were set aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import ibis.expr.types as ir

from workbench.errors import SourceError
from workbench.sources import cache, checks, manifest
from workbench.sources.account import labelled
from workbench.sources.address import Address
from workbench.sources.declaration import Declaration
from workbench.sources.quarantine import Aside
from workbench.sources.warehouse import balance, currency, looking, verdicts
from workbench.sources.warehouse.connection import Connection
from workbench.sources.warehouse.selects import Select, parse, read, select
from workbench.sources.warehouse.verdicts import BAD, ENTRY, RAW, Origin, Rows
from workbench.tables import TABLES
from workbench.yaml_text import Node


class Warehouse:
    """A source's warehouse.

    What was counted in it is kept in the cache, under a fingerprint of the declaration and of the
    freshness token: it is counted again when one of them has changed. Nothing else is copied.

    Raises:
        SourceError: If it cannot be reached, its rows cannot be had without losing something, or
            they changed while they were counted.
    """

    def __init__(self, source: Declaration, address: Address) -> None:
        self.address = address.shown
        self._source = source
        self._connection = Connection(address)
        self._origins = {
            name: Origin(TABLES[name], self._read(name), source, self._connection)
            for name in dict.fromkeys(entry.table for entry in source.entries)
        }
        self.freshness = self._token()
        key = cache.fingerprint(f"{source.text}\0{address.identity}\0{self.freshness}", ())
        self.folder, self.manifest = cache.fetch(source.name, key, lambda _folder: self._count(key))
        self._judged = {table["name"]: self._judge(table) for table in self.manifest["tables"]}

    @property
    def tables(self) -> Mapping[str, ir.Table]:
        """The contract's tables; reading one asks the warehouse."""
        return {name: judged.kept for name, judged in self._judged.items()}

    def verify(self) -> None:
        """Check that the data are still those that were opened.

        Raises:
            SourceError: If the freshness token has changed.
        """
        now = self._token()
        if now != self.freshness:
            raise SourceError(
                f"{self._source.name}: the warehouse was changed while it was read (its freshness "
                f"was {self.freshness}, now it is {now}): try again"
            )

    def aside(self, table: str, reason: str = "", most: int | None = None) -> Iterator[Aside]:
        """Yield the lines of a table that were set aside.

        Args:
            table: The contract table.
            reason: Only those for this reason.
            most: So many at most of each SELECT.
        """
        judged = self._judged[table]
        flags = judged.flags
        flag = flags[judged.reasons.index(reason)] if reason else BAD
        for number, one in enumerate(self._origins[table].selects):
            given = judged.given[number]
            rows = judged.rows.filter(judged.rows[flag], judged.rows[ENTRY] == number)
            ordered = dict.fromkeys((*judged.key, *given))
            rows = rows.order_by([RAW + name for name in ordered])
            rows = rows.select(*flags, *(RAW + name for name in given))
            rows = rows if most is None else rows.limit(most)
            for row in self._connection.rows(rows, one.entry.place):
                why = [r for r, is_bad in zip(judged.reasons, flags, strict=True) if row[is_bad]]
                original = {name: row[RAW + name] for name in given}
                yield Aside(table, one.label, None, tuple(why), original)

    def _token(self) -> str:
        said = self._source.freshness or Node("", self._source.name)
        place, dialect = f"{said.place}, freshness", self._connection.dialect
        query = parse(said.text("freshness"), place, dialect).sql(dialect)
        rows = self._connection.rows(read(self._connection, query, place).limit(2), place)
        if len(rows) != 1 or len(rows[0]) != 1 or None in rows[0].values():
            raise SourceError(f"{place}: the SELECT must give one value, got {_told(rows)}")
        return str(next(iter(rows[0].values())))

    def _read(self, table: str) -> list[Select]:
        entries = [entry for entry in self._source.entries if entry.table == table]
        selects = [select(entry, self._connection) for entry in entries]
        labels = labelled([one.label for one in selects])
        return [replace(one, label=label) for one, label in zip(selects, labels, strict=True)]

    def _count(self, key: str) -> cache.Manifest:
        counted, live = [], []
        notes: list[str] = []
        catalog = self._connection.catalog()
        for plain in self._origins.values():
            for one in plain.selects:
                currency.check(one, self._connection, catalog, self._source.currency)
            origin = replace(plain, trimmed=looking.ends(verdicts.stage(plain, every=True)))
            staged = [verdicts.stage(origin, every=every) for every in (True, False)]
            twice = staged[0].repeats()
            every, kept = (one.judge(repeats=twice) for one in staged)
            notes += looking.notes(staged[0])
            counted.append((every, balance.ask(every, kept), looking.unmeant(every)))
            live.append(kept)
        closed = [balance.close(*found) for found in counted]
        seen = looking.look(self._source, live, closed)
        self.verify()
        return manifest.of_source(self._source, key, closed, notes, seen)

    def _judge(self, table: Mapping[str, Any]) -> Rows:
        origin = replace(self._origins[table["name"]], trimmed=tuple(table["trimmed"]))
        staged = verdicts.stage(origin, every=False)
        reasons = {reason["reason"] for reason in table["reasons"]}
        return staged.judge(repeats=checks.repetition(staged.key) in reasons)


def _told(rows: list[dict[str, object]]) -> str:
    if len(rows) != 1:
        return "several rows" if rows else "no row"
    return "several columns" if len(rows[0]) > 1 else "NULL"
