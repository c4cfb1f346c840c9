# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Find the rows of `__cast` that break the contract, each with all its reasons, into `__bad`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis

from workbench.kit.words import _
from workbench.sources import casts
from workbench.sources.sql import Engine
from workbench.tables import Table

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
    query = verdicts(table, named, ("__entry", "__row"), engine.columns("FROM __cast"))
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE __bad AS SELECT __entry, __row, "
        f"string_split(__why, chr(10)) AS reasons FROM ("
        f"SELECT __entry, __row, {why(engine, table, named)} AS __why FROM ({query})"
        f") WHERE __why IS NOT NULL"
    )
    for number in folded:
        _add_unread(engine, number)
    if keys(table, named):
        _add_repeated(engine, table, columns)


def reason(sentence: str) -> str:
    """Return why a line is set aside, from the sentence that should hold."""
    return _("not true that {sentence}").format(sentence=sentence)


def why(engine: Engine, table: Table, columns: Sequence[str]) -> str:
    """Return SQL of a row's reasons, a line feed between two, NULL where it breaks nothing.

    It reads what `verdicts` returns.
    """
    found = table.checks(columns)
    cases = [(f'"__lost_{c}"', casts.sentence(table[c])) for c in columns]
    for number, check_ in enumerate(found):
        readable = "".join(f' AND NOT "__lost_{c}"' for c in check_.columns)
        cases.append((f"NOT __holds_{number}{readable}", check_.sentence))
    # The same as any of the cases, and cheaper: nearly every row stops here.
    broken = " OR ".join(
        [*(f'"__lost_{c}"' for c in columns), *(f"NOT __holds_{i}" for i in range(len(found)))]
    )
    reasons = ", ".join(
        f"CASE WHEN {case} THEN {engine.text(reason(sentence))} END" for case, sentence in cases
    )
    return f"CASE WHEN {broken} THEN concat_ws(chr(10), {reasons}) END"


def verdicts(
    table: Table, columns: Sequence[str], extra: Sequence[str], types: Mapping[str, str]
) -> str:
    """Return SQL that gives each row of `__cast` the verdicts of the contract's own predicates.

    Args:
        table: The contract.
        columns: Its columns that `__cast` has.
        extra: Further columns that come along, the same in every row's verdict.
        types: DuckDB types of the columns.
    """
    lost = [f"__lost_{name}" for name in columns]
    schema = {name: _IBIS_TYPES[types[name]] for name in columns}
    schema |= dict.fromkeys(extra, "int64") | dict.fromkeys(lost, "boolean")
    rows = ibis.table(schema, name="__cast")
    holds = {
        f"__holds_{number}": found.predicate(rows).fill_null(False)  # noqa: FBT003 - Ibis takes it so
        for number, found in enumerate(table.checks(columns))
    }
    query = rows.select(*columns, *extra, *lost, **holds)
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
    """Set aside rows that repeat a key."""
    key = keys(table, columns)
    there = " AND ".join(f'"{name}" IS NOT NULL' for name in key if table[name].required)
    named = ", ".join(f'"{name}"' for name in key)
    several = f"SELECT {named} FROM __cast WHERE {there} GROUP BY {named} HAVING count(*) > 1"
    if not engine.rows(f"{several} LIMIT 1"):
        return
    same = " AND ".join(f'c."{name}" IS NOT DISTINCT FROM r."{name}"' for name in key)
    rows = f"SELECT c.* FROM __cast c SEMI JOIN ({several}) r ON {same}"
    _add(engine, unique(key), repeated(rows, key, columns, "__entry, __row"))


def keys(table: Table, columns: Sequence[str]) -> list[str]:
    """Return the columns of the table's key that are there."""
    return [name for name in table.key if name in columns]


def unique(key: Sequence[str]) -> str:
    """Return the sentence that holds of a key."""
    return f"{' and '.join(key)} {'stand' if len(key) > 1 else 'stands'} once"


def repeated(rows: str, key: Sequence[str], columns: Sequence[str], chosen: str) -> str:
    """Return SQL for the rows to set aside of those that share keys.

    Of identical rows all but the first, of others all: which of two contradicting rows is right,
    nobody here can know.

    Args:
        rows: SQL of all rows whose key stands more than once, with __entry and __first.
        key: The key's columns.
        columns: All columns of the table.
        chosen: What to select of the rows.
    """
    named = ", ".join(f'"{name}"' for name in key)
    content = "row(" + ", ".join(Engine.name(name) for name in columns) + ")::VARCHAR"
    return (
        f"SELECT {chosen} FROM (SELECT *, "
        f"row_number() OVER (PARTITION BY {named} ORDER BY __entry, __first) AS __nth, "
        f"min({content}) OVER (PARTITION BY {named}) <> max({content}) OVER (PARTITION BY {named}) "
        f"AS __differ, count(*) OVER (PARTITION BY {named}) AS __times FROM ({rows})) "
        f"WHERE __times > 1 AND (__nth > 1 OR __differ)"
    )


def _reason(engine: Engine, sentence: str) -> str:
    return engine.text(reason(sentence))
