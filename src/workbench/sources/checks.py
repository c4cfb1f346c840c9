"""What the contract says of a table's rows: the same for files and warehouses.

Rows are cast already; beside each column of the contract stands `__lost_COLUMN`, whether there was
a value that could not be cast.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir
from ibis.backends.sql.datatypes import DuckDBType

from workbench.errors import SourceError, unknown
from workbench.kit.sentences import say
from workbench.sources.casts import sentence
from workbench.sources.sql import Engine
from workbench.tables import Table

LOST = "__lost_"
_MISSPELT = 0.8  # how alike a further column's name and an absent one of the contract are


def check_names(table: Table, names: Collection[str], place: str) -> None:
    """Check that a SELECT gives columns of the contract, and all those that are required.

    Raises:
        SourceError: If not; of a table that takes more, if one is nearly called like an absent one.
    """
    absent = [name for name in table.names if name not in names]
    for name in names:
        is_more = table.takes_more and not difflib.get_close_matches(name, absent, 1, _MISSPELT)
        if name not in table.names and not (table.is_open or is_more):
            raise SourceError(f"{place}: {unknown(f'column of {table.name}', name, table.names)}")
    for name in table.required:
        if name not in names:
            raise SourceError(
                f"{place}: the SELECT gives no '{name}', which {table.name} must have"
            )


def columns_of(table: Table, given: Sequence[Collection[str]]) -> list[str]:
    """Return the contract's columns that any SELECT gives, in the contract's order, then the others."""
    known = [name for name in table.names if any(name in columns for columns in given)]
    others = dict.fromkeys(c for columns in given for c in columns if c not in table.names)
    return [*known, *others]


def reason(holds: str) -> str:
    """Return why a line is set aside, from the sentence that should hold."""
    return say("not true that {sentence}", sentence=holds)


def broken(table: Table, rows: ir.Table, columns: Sequence[str]) -> dict[str, ir.BooleanValue]:
    """Return what may be wrong with a row that has some columns of the table, and whether it is.

    A check that is NULL does not hold. A value that could not be cast is named once: the checks
    that would read it are not tried.
    """
    lost = {name: rows[LOST + name] for name in columns if name in table.names}
    found = {reason(sentence(table[name])): flag for name, flag in lost.items()}
    for check in table.checks(lost):
        readable = [~lost[name] for name in check.columns]
        holds = check.predicate(rows).fill_null(False)  # noqa: FBT003 - Ibis takes it so
        found[reason(check.sentence)] = reduce(and_, [~holds, *readable])
    return found


def verdicts(table: Table, types: Mapping[str, str]) -> str:
    """Return SQL that gives the rows of `__cast` the column `__why`.

    It is what is wrong with a row, a line feed between two reasons, NULL where nothing is.
    `types` are names and DuckDB types of the columns that `__cast` has and the result keeps.
    """
    known = [name for name in types if name in table.names]
    schema = {name: DuckDBType.from_string(type_) for name, type_ in types.items()}
    rows = ibis.table(schema | {LOST + name: "boolean" for name in known}, name="__cast")
    found = broken(table, rows, known)
    flags = {f"__bad_{number}": flag for number, flag in enumerate(found.values())}
    judged = ibis.to_sql(rows.select(*types, **flags), dialect="duckdb", pretty=False)
    told = zip(flags, map(Engine.text, found), strict=True)
    reasons = ", ".join(f"CASE WHEN {flag} THEN {why} END" for flag, why in told)
    # Any of the flags is the same as any of the cases, and cheaper: nearly every row stops here.
    why = f"CASE WHEN {' OR '.join(flags)} THEN concat_ws(chr(10), {reasons}) END"
    return f"SELECT *, {why} AS __why FROM ({judged})"  # noqa: S608 - made of the contract's names


def keys(table: Table, columns: Collection[str]) -> list[str]:
    """Return the columns of the table's key that are there."""
    return [name for name in table.key if name in columns]


def repetition(key: Sequence[str]) -> str:
    """Return why a row that repeats a key is set aside."""
    return reason(f"{' and '.join(key)} {'stand' if len(key) > 1 else 'stands'} once")


def repeated(
    rows: ir.Table,
    key: Sequence[str],
    columns: Sequence[str],
    order: Sequence[str],
    apart: Sequence[ir.Value] = (),
) -> ir.BooleanValue:
    """Return whether a row is to be set aside because it shares its key with others.

    Of identical rows all but the first, of others all: which of two contradicting rows is right,
    nobody here can know.

    Args:
        rows: All rows.
        key: The key's columns.
        columns: All columns of the table.
        order: What says which row is first.
        apart: Rows that differ in this do not share a key.
    """
    by = [*(rows[name] for name in key), *apart]
    same = ibis.window(group_by=by)
    nth = ibis.row_number().over(group_by=by, order_by=[rows[name] for name in order])
    times = rows.count().over(same)
    differ = []
    for name in columns:
        if name not in key:
            value = rows[name]
            value = value.ifelse(1, 0) if value.type().is_boolean() else value
            there = value.count().over(same)
            differ += [
                value.min().over(same) < value.max().over(same),
                (there > 0) & (there < times),
            ]
    unlike = reduce(or_, differ).fill_null(False) if differ else ibis.literal(False)  # noqa: FBT003 - a column
    return (times > 1) & ((nth > 0) | unlike)
