# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Rows made of several lines, traced to them, and what became of every line: of joined files as well."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from workbench.errors import SourceError
from workbench.sources.account import total
from workbench.sources.lineage import AMOUNT, JOINED, LINES
from workbench.sources.sql import Engine
from workbench.sources.staging import Joined, Part, misread, prepare
from workbench.sources.text.tables import LINE


def stage(engine: Engine, part: Part) -> Part:
    """Run an entry's SELECT where a row may be made of several lines, and trace them into it.

    Raises:
        SourceError: If the SQL is wrong, columns are missing or unknown, a line went into several
            rows, or into none without a name for that.
    """
    prepared = prepare(engine, part)
    try:
        return _trace(engine, prepared)
    except duckdb.Error as error:
        raise misread(error, part) from None


def _trace(engine: Engine, part: Part) -> Part:
    chosen = "".join(f", {engine.name(name)}" for name in part.columns)
    places = range(len(part.traced.joined))
    lists = "".join(f", {JOINED}{place}" for place in places)
    distinct = "DISTINCT" if part.traced.joins else ""
    engine.table(
        "__staged",
        f"SELECT row_number() OVER () AS __row, {LINES}{lists}{chosen} FROM ({part.traced.sql})",
    )
    engine.table(
        "__map",
        f"SELECT {distinct} __row, line FROM (SELECT __row, unnest({LINES}) AS line FROM __staged) "
        f"WHERE line IS NOT NULL",
    )
    _refuse_untraced(engine, part)
    joined = tuple(_joined(engine, part, place) for place in places)
    engine.table(
        "__told",
        f"SELECT {LINE}, __money, __unread, __rule, m.__row FROM __ruled LEFT JOIN __map m ON m.line = {LINE}",
    )
    left_out(engine, part, "__told WHERE __row IS NULL")
    rows = f"__rows_{part.number}"
    engine.table(
        rows,
        f"SELECT __first, {AMOUNT}, m.{LINES}, __unread{chosen} FROM __staged JOIN ("
        f"SELECT __row, min({LINE}) AS __first, list({LINE}) AS {LINES}, "
        f"CAST(coalesce(sum(__money), 0) AS BIGINT) AS {AMOUNT}, bool_or(__unread) AS __unread "
        f"FROM __told WHERE __row IS NOT NULL GROUP BY __row) m USING (__row) ORDER BY __first",
    )
    engine.run("DROP TABLE __staged; DROP TABLE __map; DROP TABLE __told")
    carried = {LINES: "BIGINT[]", "__unread": "BOOLEAN"}
    money = int(engine.value("SELECT sum(__money) FROM __ruled") or 0)
    return replace(part, rows=f"FROM {rows}", carried=carried, money=money, joined=joined)


def _joined(engine: Engine, part: Part, place: int) -> Joined:
    """What became of the lines of a joined file.

    Raises:
        SourceError: If they do not add up.
    """
    file = part.others[part.traced.joined[place]]
    taken = f"(SELECT DISTINCT unnest({JOINED}{place}) AS line FROM __staged)"
    unused = f"__unused_{part.number}_{place}"
    engine.table(
        unused,
        f'SELECT {LINE} AS line FROM "__raw_{file.name}" r ANTI JOIN {taken} t ON t.line = r.{LINE}',
    )
    used, left = (
        int(engine.value(f"SELECT count(line) FROM {table}")) for table in (taken, unused)
    )
    if used + left != file.rows:
        raise SourceError(
            f"{part.entry.place}: {file.label} has {file.rows:,} lines, but {used + left:,} are "
            f"accounted for"
        )
    return Joined(file, used, unused, left)


def _refuse_untraced(engine: Engine, part: Part) -> None:
    place, file = part.entry.place, part.traced.file
    twice = engine.rows(
        "SELECT line, count(*) AS n FROM __map GROUP BY line HAVING n > 1 ORDER BY line LIMIT 1"
    )
    if twice:
        line, rows = twice[0]
        raise SourceError(
            f"{place}: line {line} of {file} went into {rows} rows: a line may make "
            f"one row only, so GROUP BY or join a file that has one match"
        )
    orphans = engine.value(f"SELECT count(*) FROM __staged WHERE list_min({LINES}) IS NULL")
    if orphans:
        raise SourceError(f"{place}: {orphans:,} rows are made of no line of {file}")


def left_out(engine: Engine, part: Part, lines: str) -> int:
    """Count what rules and SELECT leave out of some lines, and return how many there are.

    Args:
        engine: Where the views are.
        part: Its `excluded` grows by them.
        lines: SQL behind FROM, with __rule, __money and __line.

    Raises:
        SourceError: If the SELECT drops lines without a name for that.
    """
    found = engine.rows(
        f"SELECT coalesce(__rule, {len(part.rules) - 1}), count(*), coalesce(sum(__money), 0), "
        f"min({LINE}) FROM {lines} GROUP BY 1"
    )
    for rule, count, money, first in found:
        if not part.rules[rule]:
            raise SourceError(
                f"{part.entry.place}: {count:,} lines of {part.file.label} (first: line {first}) are in "
                f"no row and match no rule: name a rule for them under 'exclude', or all of them by 'dropped'"
            )
        part.excluded[rule] = total([part.excluded.get(rule, (0, 0)), (count, int(money))])
    return sum(count for _rule, count, _money, _first in found)
