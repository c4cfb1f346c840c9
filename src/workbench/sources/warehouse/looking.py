"""What is doubtful in a warehouse's tables: counted there by portable expressions, judged as of files.

Of users no more is fetched than the busiest, without their rows, and nothing of it is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.kit.sentences import message, say
from workbench.sources import cleaning, marks, ways, wordings
from workbench.sources.declaration import Declaration
from workbench.sources.doubts import LOOKED_AT, Doubt, worthless
from workbench.sources.manifest import Seen
from workbench.sources.spelling import SIGNS, USERS, is_id
from workbench.sources.sql import Engine
from workbench.sources.users import Sums, Users, hardly_meet, overlaps
from workbench.sources.warehouse.selects import RULE
from workbench.sources.warehouse.verdicts import BAD, ENTRY, MONEY, RAW, Rows, bare

_SCHEMA = pa.schema([("t", "string"), ("id", "string"), ("n", "int64"), ("money", "int64")])
_ODD: dict[str, Callable[[ir.StringColumn], ir.BooleanValue]] = {
    "formula": lambda ids: ids.startswith("=") & ids.endswith('"'),
    "apostrophe": lambda ids: ids.startswith("'"),
    "zero": lambda ids: ids.endswith(".0"),
    "cut": lambda ids: ids.upper().contains("E") & ids.re_search(f"^({marks.CUT})$"),
}


def ends(staged: Rows) -> tuple[str, ...]:
    """Return the ids of a table that have signs at their ends which nobody sees, in any live row."""
    found = _counts(staged, {name: _has_ends(staged.rows[RAW + name]) for name in _texts(staged)})
    return tuple(name for name, n in found.items() if n)


def notes(staged: Rows) -> tuple[str, ...]:
    """Return what was taken off ids, and which rows have no user because theirs is nobody's."""
    origin = staged.origin
    told: list[str] = []
    for number, one in enumerate(origin.selects):
        changed = cleaning.Changed()
        mine = staged.rows[ENTRY] == number
        cut = {n: mine & _has_ends(staged.rows[RAW + n]) for n in origin.trimmed}
        changed.trimmed.update({name: n for name, n in _counts(staged, cut).items() if n})
        for name in USERS if origin.source.spelling.nobody else ():
            if name in staged.columns:
                _count_nobody(staged, name, number, changed)
        told += changed.notes(one.label, origin.source.currency)
    return tuple(told)


def _count_nobody(staged: Rows, name: str, number: int, changed: cleaning.Changed) -> None:
    origin, rows = staged.origin, staged.rows
    word = bare(rows[RAW + name]) if name in origin.trimmed else rows[RAW + name]
    live = rows.filter(rows[RULE].isnull(), rows[ENTRY] == number).select(
        word=word, money=rows[MONEY]
    )
    live = live.filter(live.word.isin(origin.source.spelling.nobody))
    sums = live.group_by("word").agg(rows=live.count(), money=live.money.sum().fill_null(0))
    for row in origin.warehouse.rows(sums.order_by("word"), origin.place):
        changed.nobody[name, row["word"]] += int(row["rows"])
        changed.money += int(row["money"]) if name == USERS[0] else 0


def unmeant(judged: Rows) -> dict[int, dict[tuple[str, str], tuple[int, int]]]:
    """Return the words of set-aside rows that their column does not know, by SELECT.

    Returns:
        Lines and money by column and word.
    """
    origin, rows = judged.origin, judged.rows
    found: dict[int, dict[tuple[str, str], tuple[int, int]]] = {}
    for name in judged.columns:
        allowed = origin.table[name].allowed if name in origin.table.names else ()
        if not allowed:
            continue
        asked = rows.filter(rows[RULE].isnull(), rows[BAD], rows[name].notnull())
        asked = asked.filter(~asked[name].isin(allowed))
        sums = asked.group_by(ENTRY, name).agg(lines=asked.count(), money=asked[MONEY].sum())
        most = sums.order_by([ibis.desc("lines"), name]).limit(wordings.MANY)
        for row in origin.warehouse.rows(most, origin.place):
            here = found.setdefault(int(row[ENTRY]), {})
            here[name, str(row[name])] = (int(row["lines"]), int(row["money"] or 0))
    return found


def look(source: Declaration, judged: Sequence[Rows], tables: Sequence[Mapping[str, Any]]) -> Seen:
    """Return what is doubtful in a warehouse's tables, and how they meet.

    Args:
        source: The source.
        judged: The rows of each table that no rule leaves out.
        tables: What the manifest says of each.
    """
    filled = {table["name"] for table in tables if table["rows"]}
    there = {rows.origin.table.name: rows for rows in judged if rows.origin.table.name in filled}
    peopled = {name: rows for name, rows in there.items() if "user_id" in rows.columns}
    grouped = {name: _grouped(rows) for name, rows in peopled.items()}
    sums = _sums(grouped, peopled)
    found = overlaps(sums, lambda first, second: _both(grouped, peopled, first, second))
    counted = _words(there)
    events = [*counted.get("event", {}).items()]
    doubts = [hardly_meet(one) for one in found if one.is_apart]
    if "orders" in sums:
        doubts += worthless(sums["orders"][1], sums["orders"][2])
    if "events" in there and len(source.steps) > 1:
        doubts += ways.told(source.steps, _begun(there["events"], source.steps[0]))
    doubts += _of_users(source, grouped, peopled, sums)
    for rows in there.values():
        doubts += _odd(rows)
    for column, words in counted.items():
        names = ", ".join(name for name, rows in there.items() if column in rows.columns)
        doubts += wordings.several(column, words, source.steps, names)
    for table in tables:
        words_ = [wordings.Unmeant(*told) for told in table["unmeant"]]
        doubts += wordings.unmeant(table["name"], words_, source.currency)
    return Seen(doubts, found, events)


def _texts(staged: Rows) -> list[str]:
    """The ids of a table; what is no text has nothing at its ends."""
    known = staged.origin.table
    return [name for name in staged.columns if name in known.names and is_id(known[name])]


def _has_ends(ids: ir.StringValue) -> ir.BooleanValue:
    signs = list(SIGNS)
    return ids.left(1).isin(signs) | ids.right(1).isin(signs)


def _counts(staged: Rows, flags: Mapping[str, ir.BooleanValue]) -> dict[str, int]:
    """How many live rows each flag holds in."""
    if not flags:
        return {}
    live = staged.rows.select(RULE, **flags)
    live = live.filter(live[RULE].isnull())
    sums = live.agg(**{name: live[name].ifelse(1, 0).sum().fill_null(0) for name in flags})
    (found,) = staged.origin.warehouse.rows(sums, staged.origin.place)
    return {name: int(n) for name, n in found.items()}


def _grouped(rows: Rows) -> ir.Table:
    """Each user of a table, with rows and money."""
    kept = rows.kept.filter(rows.kept["user_id"].notnull())
    is_priced = rows.origin.table.name == "orders"
    money = kept["amount"].sum() if is_priced else ibis.null("int64")
    return kept.group_by("user_id").agg(n=kept.count(), money=money)


def _sums(grouped: Mapping[str, ir.Table], peopled: Mapping[str, Rows]) -> Sums:
    found = {}
    for name, users in grouped.items():
        asked = users.agg(users=users.count(), n=users.n.sum(), money=users.money.sum())
        origin = peopled[name].origin
        (row,) = origin.warehouse.rows(asked, origin.place)
        if row["users"]:
            money = None if row["money"] is None else int(row["money"])
            found[name] = (int(row["users"]), int(row["n"]), money)
    return found


def _both(
    grouped: Mapping[str, ir.Table], peopled: Mapping[str, Rows], first: str, second: str
) -> int:
    met = grouped[first].select("user_id").semi_join(grouped[second].select("user_id"), "user_id")
    origin = peopled[first].origin
    (row,) = origin.warehouse.rows(met.agg(users=met.count()), origin.place)
    return int(row["users"])


def _of_users(
    source: Declaration, grouped: Mapping[str, ir.Table], peopled: Mapping[str, Rows], sums: Sums
) -> list[Doubt]:
    """What is doubtful about users, the busiest of each table where there are very many."""
    if not sums:
        return []
    fetched = []
    for name in sums:
        users, origin = grouped[name], peopled[name].origin
        busiest = users.order_by([ibis.desc("n"), "user_id"]).limit(LOOKED_AT)
        told = busiest.select(t=ibis.literal(name), id="user_id", n="n", money="money")
        fetched.append(origin.warehouse.arrow(told, origin.place).cast(_SCHEMA))
    with tempfile.TemporaryDirectory() as scratch:
        engine = Engine(Path(scratch))
        try:
            engine.register("__users", pa.concat_tables(fetched))
            doubts = [*Users(engine, sums, source.currency).doubts()]
        finally:
            engine.close()
    return [
        *doubts,
        *(
            _in_part(name, users)
            for name, (users, *_) in sums.items()
            if doubts and users > LOOKED_AT
        ),
    ]


def _in_part(table: str, users: int) -> Doubt:
    told = message(
        "the {some:count} of its {every:count} users with the most rows were looked at: what is told of "
        "users above is of those"
    )
    return Doubt(table, say(told, some=LOOKED_AT, every=users))


def _odd(rows: Rows) -> Iterator[Doubt]:
    """What is said of ids with a spreadsheet's marks."""
    kept, origin = rows.kept, rows.origin
    names = marks.ids(origin.table.name, rows.columns)
    asked = {(name, kind): is_odd(kept[name]) for name in names for kind, is_odd in _ODD.items()}
    if not asked:
        return
    sums: dict[str, ir.Value] = {"rows": kept.count()}
    for place, ((name, _kind), flag) in enumerate(asked.items()):
        sums[f"n_{place}"] = flag.ifelse(1, 0).sum().fill_null(0)
        sums[f"one_{place}"] = flag.ifelse(kept[name], ibis.null("string")).min()
    (found,) = origin.warehouse.rows(kept.agg(**sums), origin.place)
    counted = {
        pair: (int(found[f"n_{place}"]), found[f"one_{place}"]) for place, pair in enumerate(asked)
    }
    yield from marks.told(origin.table.name, int(found["rows"]), counted)


def _words(there: Mapping[str, Rows]) -> dict[str, dict[str, int]]:
    """The words of events, platforms and channels with their rows, the most frequent first."""
    found: dict[str, dict[str, int]] = {}
    for column in wordings.COLUMNS:
        counted: dict[str, int] = {}
        for rows in there.values():
            if column in rows.columns:
                kept = rows.kept.filter(rows.kept[column].notnull())
                sums = kept.group_by(column).agg(n=kept.count())
                most = sums.order_by([ibis.desc("n"), column]).limit(wordings.MANY)
                for row in rows.origin.warehouse.rows(most, rows.origin.place):
                    counted[row[column]] = counted.get(row[column], 0) + int(row["n"])
        if counted:
            found[column] = dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
    return found


def _begun(rows: Rows, first: str) -> dict[str, tuple[int, int]]:
    """By event its users, and how many of them have the first step."""
    events, origin = rows.kept, rows.origin
    pairs = events.filter(events.user_id.notnull()).select("event", "user_id").distinct()
    begun = pairs.filter(pairs.event == first).select("user_id")
    every = pairs.group_by("event").agg(n=pairs.count())
    both = pairs.semi_join(begun, "user_id")
    met = both.group_by("event").agg(n=both.count())
    of = {row["event"]: int(row["n"]) for row in origin.warehouse.rows(met, origin.place)}
    return {
        row["event"]: (int(row["n"]), of.get(row["event"], 0))
        for row in origin.warehouse.rows(every, origin.place)
    }
