# ruff: noqa: S608 - every name is the contract's
"""Ids that bear a spreadsheet's marks, or whose digits it cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from workbench.kit.sentences import say_n
from workbench.sources.doubts import OPENS, Doubt, Look
from workbench.sources.sql import Engine
from workbench.tables import TABLES

CUT = r"\d(\.\d+)?[eE]\+\d{1,3}|\d\.\d+[eE]\d{1,3}"
_KINDS = {
    "formula": "{c} LIKE '=%\"'",
    "apostrophe": "starts_with({c}, '''')",
    "zero": "suffix({c}, '.0')",
    "cut": f"contains(upper({{c}}), 'E') AND regexp_full_match({{c}}, '{CUT.replace('{', '{{').replace('}', '}}')}')",
}


def marked(engine: Engine, look: Look) -> Iterator[Doubt]:
    """Yield the columns of a table whose ids bear a spreadsheet's marks, or have lost their digits."""
    names = ids(look.table, look.rows.column_names)
    asked = [(name, kind, sql.format(c=name)) for name in names for kind, sql in _KINDS.items()]
    if not asked:
        return
    chosen = (f"count(*) FILTER ({sql}), min({name}) FILTER ({sql})" for name, _kind, sql in asked)
    (found,) = engine.rows(f"SELECT {', '.join(chosen)} FROM {look.name}")
    counted = {
        (name, kind): (n, example)
        for (name, kind, _sql), n, example in zip(asked, found[::2], found[1::2], strict=True)
    }
    yield from told(look.table, look.rows.num_rows, counted)


def ids(table: str, columns: Iterable[str]) -> list[str]:
    """Return the columns of ids that the contract gives a table."""
    return [name for name in columns if name.endswith("_id") and name in TABLES[table].names]


def told(
    table: str, rows: int, counted: Mapping[tuple[str, str], tuple[int, str | None]]
) -> Iterator[Doubt]:
    """Yield what is said of ids with a spreadsheet's marks.

    Args:
        table: The contract table.
        rows: How many rows of it were looked at.
        counted: Rows and an example by column and kind: formula, apostrophe, zero, cut.
    """
    for (column, kind), (n, example) in counted.items():
        if n:
            yield Doubt(
                table, _told(kind, n, column, str(example)), _page(kind, n, column, table, rows)
            )


def _told(kind: str, n: int, column: str, example: str) -> str:
    if kind == "formula":
        return say_n(
            "{n:count} value of {column} stands in a spreadsheet's marks, {example}: take them off in "
            "the SELECT, with trim(…, '=\"')",
            "{n:count} values of {column} stand in a spreadsheet's marks, such as {example}: take them "
            "off in the SELECT, with trim(…, '=\"')",
            n,
            column=column,
            example=example,
        )
    if kind == "apostrophe":
        return say_n(
            "{n:count} value of {column} begins with an apostrophe, {example}: take it off in the "
            "SELECT, with ltrim(…, '''')",
            "{n:count} values of {column} begin with an apostrophe, such as {example}: take it off in "
            "the SELECT, with ltrim(…, '''')",
            n,
            column=column,
            example=example,
        )
    if kind == "zero":
        return say_n(
            "{n:count} value of {column} ends in .0, {example}, as a number that became text: take it "
            "off in the SELECT, with replace(…, '.0', '')",
            "{n:count} values of {column} end in .0, such as {example}, as numbers that became text: "
            "take it off in the SELECT, with replace(…, '.0', '')",
            n,
            column=column,
            example=example,
        )
    return say_n(
        "{n:count} value of {column} is a number that a spreadsheet cut, {example}: different ones "
        "share one text, so export the column as text",
        "{n:count} values of {column} are numbers that a spreadsheet cut, such as {example}: different "
        "ones share one text, so export the column as text",
        n,
        column=column,
        example=example,
    )


def _page(kind: str, n: int, column: str, table: str, rows: int) -> str:
    if kind != "cut" or n <= OPENS * rows:
        return ""
    return say_n(
        "{n:count} row of {table} has a {column} whose digits a spreadsheet cut: different ones count "
        "as one.",
        "{n:count} rows of {table} have a {column} whose digits a spreadsheet cut: different ones count "
        "as one.",
        n,
        table=table,
        column=column,
    )
