# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Find the rows of `__cast` that break the contract, each with all its reasons, into `__bad`."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from workbench.sources import casts
from workbench.sources.sql import Engine
from workbench.tables import Check, Table
from workbench.words import _

_IBIS_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "int64",
    "DOUBLE": "float64",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp",
    "DATE": "date",
}


def check(engine: Engine, table: Table, columns: Sequence[str], folded: Sequence[int]) -> None:
    """Fill `__bad` with __entry, __row and reasons of each row that must be set aside.

    A reason is the sentence that does not hold. A value that could not be cast is named once:
    the checks that would read it are not tried.

    Args:
        engine: Holds `__cast`.
        table: The contract.
        columns: The columns of the table that `__cast` has.
        folded: Numbers of the entries that fold several lines into a row.
    """
    named = [column for column in columns if column in table.names]
    engine.run(f"CREATE OR REPLACE TEMP TABLE __bad AS {_violations(engine, table, named)}")
    for number in folded:
        _add_unread(engine, number)
    if table.key:
        _add_repeated(engine, table, columns)


def reason(sentence: str) -> str:
    """Return why a line is set aside, from the sentence that should hold."""
    return _("not true that {sentence}").format(sentence=sentence)


def _violations(engine: Engine, table: Table, columns: Sequence[str]) -> str:
    checks = table.checks(columns)
    cases = [
        f"CASE WHEN list_contains(__uncast, '{name}') THEN {_reason(engine, casts.sentence(table[name]))} END"
        for name in columns
    ]
    for number, found in enumerate(checks):
        readable = "".join(f" AND NOT list_contains(__uncast, '{c}')" for c in found.columns)
        cases.append(
            f"CASE WHEN NOT __holds_{number}{readable} THEN {_reason(engine, found.sentence)} END"
        )
    # Line feeds stand between reasons: no sentence has one.
    joined = f"concat_ws(chr(10), {', '.join(cases)})"
    return (
        f"SELECT __entry, __row, string_split(__why, chr(10)) AS reasons FROM ("
        f"SELECT __entry, __row, {joined} AS __why FROM ({_evaluated(engine, columns, checks)})"
        f") WHERE __why <> ''"
    )


def _evaluated(engine: Engine, columns: Sequence[str], checks: Sequence[Check]) -> str:
    """Each row's verdicts, from the contract's own predicates; NULL is a violation."""
    given = engine.columns("FROM __cast")
    schema = {name: _IBIS_TYPES[given[name]] for name in columns}
    schema |= {"__entry": "int32", "__row": "int64", "__uncast": "array<string>"}
    rows = ibis.table(schema, name="__cast")
    verdicts = {
        f"__holds_{number}": found.predicate(rows).fill_null(False)  # noqa: FBT003 - Ibis takes it so
        for number, found in enumerate(checks)
    }
    query = rows.select("__entry", "__row", "__uncast", **verdicts)
    return str(ibis.to_sql(query, dialect="duckdb", pretty=False))


def _add_unread(engine: Engine, number: int) -> None:
    """Set aside rows with a line whose money is unknown: a sum would pass over it in silence."""
    _add(
        engine,
        "the money of each of its lines can be read",
        f"SELECT DISTINCT {number} AS __entry, __row FROM __map_{number} "
        f"JOIN __lines_{number} USING (line) WHERE unread",
    )


def _add(engine: Engine, sentence: str, rows: str) -> None:
    """Add one reason to rows, after those that they have."""
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE __bad AS "
        f"SELECT __entry, __row, flatten(list(reasons ORDER BY __late)) AS reasons FROM ("
        f"SELECT *, 0 AS __late FROM __bad UNION ALL "
        f"SELECT __entry, __row, [{_reason(engine, sentence)}], 1 FROM ({rows})"
        f") GROUP BY __entry, __row"
    )


def _add_repeated(engine: Engine, table: Table, columns: Sequence[str]) -> None:
    """Set aside rows that repeat a key: of identical rows all but the first, else all of them.

    Which of two contradicting rows is right, nobody here can know.
    """
    key = [name for name in table.key if name in columns]
    keys = ", ".join(f'"{name}"' for name in key)
    there = " AND ".join(f'"{name}" IS NOT NULL' for name in key if table[name].required)
    repeated = f"SELECT {keys} FROM __cast WHERE {there} GROUP BY {keys} HAVING count(*) > 1"
    if not engine.rows(f"{repeated} LIMIT 1"):
        return
    same = " AND ".join(f'c."{name}" IS NOT DISTINCT FROM r."{name}"' for name in key)
    content = "row(" + ", ".join(engine.name(name) for name in columns) + ")::VARCHAR"
    _add(
        engine,
        f"{' and '.join(key)} {'stand' if len(key) > 1 else 'stands'} once",
        f"SELECT __entry, __row FROM (SELECT __entry, __row, "
        f"row_number() OVER (PARTITION BY {keys} ORDER BY __entry, __first) AS __nth, "
        f"min({content}) OVER (PARTITION BY {keys}) <> max({content}) OVER (PARTITION BY {keys}) "
        f"AS __differ FROM __cast c SEMI JOIN ({repeated}) r ON {same}) WHERE __nth > 1 OR __differ",
    )


def _reason(engine: Engine, sentence: str) -> str:
    return engine.text(reason(sentence))
