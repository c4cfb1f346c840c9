# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Instants that are days: columns in which a file writes every day as its midnight."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.kit.sentences import say
from workbench.sources import casts
from workbench.sources.sql import Engine
from workbench.sources.staging import Part

_FEWEST = 10  # values: fewer may lie at midnight by chance, or by hand


def by_day(engine: Engine, part: Part) -> dict[str, str]:
    """Return the instants of a prepared entry that are all midnights, each with its zone.

    What has a time is left after the first of its rows; only a file of days is read twice.
    """
    source = part.source
    instants = {
        name: sql
        for name, type_ in part.columns.items()
        if name in part.table.names and part.table[name].type == "timestamp"
        if (sql := _instant(part, name, casts.plain_type(type_)))
    }
    asked = [
        (name, zone) for name in instants for zone in dict.fromkeys((source.timestamps, "UTC"))
    ]
    seen = dict.fromkeys(instants, 0)
    for _ in _looks(engine, part):
        if not asked:
            break
        counts = [f"count({sql})" for sql in instants.values()]
        midnights = [f"coalesce(bool_and({_is_midnight(instants[n], z)}), true)" for n, z in asked]
        found = engine.rows(f"SELECT {', '.join([*counts, *midnights])} FROM ({part.rows})")[0]
        for name, count in zip(instants, found, strict=False):
            seen[name] += count
        asked = [one for one, holds in zip(asked, found[len(counts) :], strict=True) if holds]
    zones = {name: zone for name, zone in reversed(asked) if seen[name] >= _FEWEST}
    if zones:
        note = say(
            "{file}: each {columns} is a midnight, so it is taken as known by the day only",
            file=part.label,
            columns=", ".join(zones),
        )
        part.file.notes = (*part.file.notes, note)
    return zones


def _looks(engine: Engine, part: Part) -> Iterator[None]:
    """Let the rows of the entry be seen, all at once or table by table as a stream brings them."""
    if part.carried or part.file.stream is None:
        yield
        return
    for lines in part.file.stream([]):
        engine.register(f"__raw_{part.file.name}", lines)
        yield


def _instant(part: Part, name: str, type_: str) -> str:
    """SQL of an instant as it is written, "" where it is a day already or cannot be had."""
    if type_ == "DATE":
        return ""
    source = part.source
    return casts.cast(
        part.table[name],
        Engine.name(name),
        part.columns[name],
        digits=source.digits,
        zones=(source.timestamps, source.time_zone),
        instants=source.written(part.file.name).instants,
    )


def _is_midnight(sql: str, zone: str) -> str:
    clock = casts.clock(sql, zone)
    return f"{clock} = date_trunc('day', {clock})"
