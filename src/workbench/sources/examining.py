"""An import's second look: what is doubtful in its tables, and how they meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.kit.sentences import message, say
from workbench.sources.declaration import Declaration
from workbench.sources.doubts import Doubt, Look, look, worthless
from workbench.sources.manifest import Seen
from workbench.sources.marks import marked
from workbench.sources.sql import Engine
from workbench.sources.users import Users, hardly_meet
from workbench.sources.ways import apart
from workbench.sources.wordings import Unmeant, events, spellings, unmeant


def examine(
    engine: Engine, source: Declaration, tables: Sequence[Mapping[str, Any]], folder: Path
) -> Seen:
    """Return what is doubtful in imported tables, and how they meet.

    Args:
        engine: Where they are looked at.
        source: What was imported.
        tables: What the manifest says of each table.
        folder: Where they lie.
    """
    looks = [look(folder, table["name"]) for table in tables if table["rows"]]
    for one in looks:
        engine.register(one.name, one.rows)
    peopled = [one for one in looks if "user_id" in one.rows.column_names]
    users = Users.of(engine, peopled, source.currency) if peopled else None
    overlaps = users.overlaps(peopled) if users else []
    doubts = [hardly_meet(one) for one in overlaps if one.is_apart]
    for one in looks:
        if one.table == "orders":
            doubts += worthless(one.rows.num_rows, one.worth)
        if one.table == "events" and len(source.steps) > 1:
            doubts += apart(engine, one, source.steps)
    doubts += users.doubts() if users else []
    doubts += _others(engine, source, tables, looks)
    doubts += [_in_part(one) for one in looks if not one.is_whole and doubts]
    return Seen(doubts, overlaps, events(engine, looks))


def _in_part(one: Look) -> Doubt:
    """That not all of a large table was looked at: what is told above is of a part of it."""
    told = message(
        "{rows:count} of its {every:count} rows, from all over it, were looked at: the counts of rows and "
        "money above are of those"
    )
    return Doubt(one.table, say(told, rows=one.rows.num_rows, every=one.every))


def _others(
    engine: Engine,
    source: Declaration,
    tables: Sequence[Mapping[str, Any]],
    looks: Sequence[Look],
) -> Iterator[Doubt]:
    for one in looks:
        yield from marked(engine, one)
    yield from spellings(engine, looks, source.steps)
    for table in tables:
        found = [Unmeant(*told) for told in table["unmeant"]]
        yield from unmeant(table["name"], found, source.currency)
