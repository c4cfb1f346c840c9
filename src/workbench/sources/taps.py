# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Two taps over one pipe: rows of one line each, batch by batch, and rows of several lines.

Both yield tables of rows in the contract's types, with
    __first     a line that the row was made of, the first of them
    __lines     all of them, where they may be several
    __amount    what they are worth, in minor units
    __why       what is wrong with the row, a line feed between two reasons; NULL where nothing is
    __hash      of its key; NULL where a part of it is missing
    __differs   whether the row says that it is worth something else than its lines are
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa

from workbench.errors import SourceError
from workbench.sources import casts, checks, cleaning, currencies
from workbench.sources.lineage import AMOUNT
from workbench.sources.sql import Engine
from workbench.sources.staging import Part, misread, prepare
from workbench.sources.tracing import left_out
from workbench.tables import Column, Table

_UNREAD = "the money of each of its lines can be read"


def types_of(engine: Engine, parts: Sequence[Part]) -> dict[str, str]:
    """Return names and DuckDB types of a table's columns: the contract's, then any others."""
    table = parts[0].table
    columns = checks.columns_of(table, [part.columns for part in parts])
    found = {name: casts.TYPES[table[name].type] for name in columns if name in table.names}
    others = columns[len(found) :]
    # What holds the values of all entries, as the engine itself finds it.
    given = " UNION ALL BY NAME ".join(
        f"SELECT {', '.join(f'NULL::{part.columns[name]} AS {engine.name(name)}' for name in there)}"
        for part in parts
        if (there := [name for name in others if name in part.columns])
    )
    return found | (engine.columns(given) if others else {})


def rows_of(engine: Engine, part: Part, types: Mapping[str, str]) -> Iterator[pa.Table]:
    """Yield the rows of an entry in the types of the table; the first ones may be none.

    Raises:
        SourceError: If the contract cannot have a column from its type, or a line is lost.
    """
    tap = _several_lines if part.carried else _one_line
    if not part.carried:
        prepare(engine, part)  # once more: another entry may have been in between
    changed = cleaning.Changed()
    try:
        yield from tap(engine, part, types, changed)
    except duckdb.Error as error:
        raise misread(error, part) from None
    currencies.check(part, changed.currencies)
    part.file.notes = (*part.file.notes, *changed.notes(part.label, part.source.currency))


def _one_line(
    engine: Engine, part: Part, types: Mapping[str, str], changed: cleaning.Changed
) -> Iterator[pa.Table]:
    """The rows of each batch of lines as it is read."""
    engine.view("__checked", _query(part, types, is_trimmed=False))
    engine.view("__trimmed", _query(part, types, is_trimmed=True))
    yield engine.arrow("SELECT * FROM __checked LIMIT 0")
    for lines in part.file.batches(engine):
        excluded = _count_excluded(engine, part)
        rows = engine.arrow("SELECT * FROM __checked")
        is_trimmed = cleaning.needs(part, rows)
        if is_trimmed:
            rows = engine.arrow("SELECT * FROM __trimmed")
        cleaning.count(engine, part, changed, is_trimmed=is_trimmed)
        currencies.count(engine, part, changed.currencies)
        if rows.num_rows + excluded != lines:
            raise SourceError(
                f"{part.entry.place}: {lines:,} lines of {part.file.label} were read, but "
                f"{rows.num_rows + excluded:,} are accounted for"
            )
        yield rows


def _count_excluded(engine: Engine, part: Part) -> int:
    return left_out(engine, part, "__ruled WHERE __rule IS NOT NULL") if part.entry.exclude else 0


def _several_lines(
    engine: Engine, part: Part, types: Mapping[str, str], changed: cleaning.Changed
) -> Iterator[pa.Table]:
    """The rows that wait in a table; nothing else may be asked of the engine meanwhile."""
    cleaning.count(engine, part, changed, is_trimmed=True)
    currencies.count(engine, part, changed.currencies)
    reader = engine.reader(_query(part, types, is_trimmed=True))
    yield reader.schema.empty_table()
    for batch in reader:
        yield pa.Table.from_batches([batch])
    engine.run(part.rows.replace("FROM", "DROP TABLE"))


def _query(part: Part, types: Mapping[str, str], *, is_trimmed: bool) -> str:
    """The SELECT of an entry, the casts, the checks and the key's hash in one pass."""
    carried = {"__first": "BIGINT", AMOUNT: "BIGINT", **part.carried}
    verdicts = checks.verdicts(part.table, {**types, **carried})
    terms = [f"{sign} * coalesce({name}, 0)" for name, sign in part.signs.items() if name in types]
    worth = f"CAST({' + '.join(terms) or 0} AS BIGINT)"
    amount, why, lines = AMOUNT, "__why", ""
    is_compared = bool(part.entry.money)
    if part.carried:
        is_compared, lines = part.is_priced and bool(terms), "__lines, "
    if part.traced.folds:
        # A sum would pass over it in silence.
        unread = f"CASE WHEN __unread THEN {Engine.text(checks.reason(_UNREAD))} END"
        why = f"nullif(concat_ws(chr(10), __why, {unread}), '')"
    if not (part.carried or part.entry.money):
        # Where the SELECT itself says what a line is worth, it is what its row says.
        amount = worth
    columns = ", ".join(map(Engine.name, types))
    return (
        f"WITH __cast AS ({_cast(part, types, [*carried], is_trimmed=is_trimmed)}) "
        f"SELECT {columns}, __first, {lines}{amount} AS {AMOUNT}, "
        f"{why} AS __why, {_hash(part.table, types)} AS __hash, "
        f"{f'{AMOUNT} <> {worth}' if is_compared else 'false'} AS __differs FROM ({verdicts})"
    )


def _hash(table: Table, types: Mapping[str, str]) -> str:
    key = checks.keys(table, types)
    if not key:
        return "NULL::UBIGINT"
    there = [f'"{name}" IS NOT NULL' for name in key if table[name].required]
    named = ", ".join(f'"{name}"' for name in key)
    return f"CASE WHEN {' AND '.join(there)} THEN hash({named}) END"


def _cast(part: Part, types: Mapping[str, str], carried: Sequence[str], *, is_trimmed: bool) -> str:
    """A SELECT of the rows of an entry in the types of the table, NULL where they lack a column.

    `carried` come along as they are; `__lost_COLUMN` says whether there was a value that could
    not be cast.
    """
    table = part.table
    inner, outer = [*carried], [*carried]
    words = cleaning.replacements(part, is_trimmed=is_trimmed)
    # Cast once, used thrice.
    usual = [
        f', TRY_CAST("{name}" AS TIMESTAMP) AS "__usual_{name}"'
        for name, type_ in part.columns.items()
        if name in table.names and _is_usual(table[name], type_)
    ]
    for name, type_ in types.items():
        quoted, lost = Engine.name(name), "false"
        if name not in part.columns:
            outer.append(f"CAST(NULL AS {type_}) AS {quoted}")
        else:
            value = _cast_column(table[name], part) if name in table.names else quoted
            inner.append(f"CAST({value} AS {type_}) AS {quoted}")
            outer.append(quoted)
            if name in table.names and (value, type_) != (quoted, "VARCHAR"):
                inner.append(f'{casts.present(quoted, part.columns[name])} AS "__has_{name}"')
                lost = f'"__has_{name}" AND {quoted} IS NULL'
        if name in table.names:
            outer.append(f'{lost} AS "{checks.LOST}{name}"')
    return (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} "
        f"FROM (SELECT *{words}{''.join(usual)} FROM ({part.rows})))"
    )


def _is_usual(column: Column, type_: str) -> bool:
    return column.type == "timestamp" and casts.plain_type(type_) == "VARCHAR"


def _cast_column(column: Column, part: Part) -> str:
    type_, source = part.columns[column.name], part.source
    written = source.written(part.file.name)
    sql = casts.cast(
        column,
        Engine.name(column.name),
        type_,
        digits=source.digits,
        zones=(source.timestamps, source.time_zone),
        amounts=written.amounts,
        instants=written.instants,
        usual=Engine.name(f"__usual_{column.name}") if _is_usual(column, type_) else "",
    )
    if not sql:
        hint = " or declare the file's 'instants' (epoch seconds, epoch milliseconds)"
        raise SourceError(
            f"{part.entry.place}: {column.name} is {type_}, must be {column.type}: cast it in the "
            f"SELECT{hint if column.type == 'timestamp' else ''}"
        )
    zone = part.by_day.get(column.name)
    return casts.whole_day(sql, zone, source.time_zone) if zone else sql
