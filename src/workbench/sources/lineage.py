# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Trace each row of a SELECT back to the raw lines it was made of.

The SELECT is parsed, and one column is added to it: the number of the raw line or, where lines
are folded into one row (GROUP BY, an aggregate), the list of their numbers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlglot import exp

from workbench.errors import SourceError, unknown
from workbench.sources.declaration import Entry
from workbench.sources.parsing import expression, parse, read_by
from workbench.sources.text.tables import LINE

LINES = "__lines"  # the added column: a list of line numbers
JOINED = "__joined_"  # and, with its number, those of a joined file
ROW, AMOUNT = "__at", "__amount"  # the columns added to a plain SELECT: line number and money
_BEYOND_A_LINE = (exp.Subquery, exp.Window, exp.CTE, exp.Unnest, exp.Exists, exp.In)


@dataclass(frozen=True)
class Traced:
    """A SELECT whose rows know their raw lines.

    Attributes:
        entry: What the source file says.
        sql: The SELECT with `__lines` added, reading the driving file from `__kept`.
        plain_sql: The same with `__at` and `__amount` in place of `__lines`, where each kept line
            becomes one row, made of that line alone; "" where not.
        file: The driving file: its lines are the ones to be accounted for.
        alias: What the SELECT calls it; rules and `money` may use that too.
        worth: Per money column, SQL of what one line adds to it, where the SELECT itself says
            so; a column that it computes in another way is "".
        folds: Whether several lines can become one row.
        joins: Whether other files are joined, so that a line may come twice.
        reads: The files that SELECT, rules and money read, each as often as they do.
        columns: The raw columns that they name; None where they take all (`*`).
        given: The raw columns that each column of the rows, and `money`, is made of.
        joined: The joined files whose lines are traced too, in the order of their columns.
    """

    entry: Entry
    sql: str
    plain_sql: str
    file: str
    alias: str
    worth: dict[str, str]
    folds: bool
    joins: bool
    reads: tuple[str, ...]
    columns: frozenset[str] | None
    given: dict[str, tuple[str, ...]]
    joined: tuple[str, ...]


def trace(entry: Entry, files: Collection[str], money_columns: Collection[str]) -> Traced:
    """Return the entry's SELECT over declared files with its lineage.

    Args:
        entry: What the source file says of a table.
        files: The names of the files.
        money_columns: The contract's columns that make up what a row is worth.

    Raises:
        SourceError: If it is no plain SELECT over declared files.
    """
    beside = _beside(entry, files)
    select = parse(entry.select, entry.place)
    if not isinstance(select, exp.Select):
        raise SourceError(f"{entry.place}: must be one SELECT; write a list for several")
    if any(select.args.get(clause) for clause in ("distinct", "limit", "offset")):
        raise SourceError(
            f"{entry.place}: use GROUP BY or 'exclude', not DISTINCT, LIMIT or OFFSET"
        )
    _check_files(select, files, entry.place)
    driving = _driving(select, entry)
    file, alias = driving.name, driving.alias or driving.name
    reads = tuple(t.name for part in (select, *beside) for t in part.find_all(exp.Table))
    columns = _named([select, *beside])
    worth, folds = _worth(select, money_columns), _folds(select)
    given = _given(select, entry)
    is_plain = not folds and _is_plain(select, beside, file)
    others = _others(select, driving)
    driving.replace(exp.alias_(exp.to_table("__kept"), alias, table=True))
    number, money = exp.column(LINE, table=alias), exp.column("__money", table=alias)
    plain_sql = _sql(select, {ROW: number, AMOUNT: money}) if is_plain else ""
    made = "list" if folds else "list_value"
    added = {LINES: exp.func(made, number)}
    for place, (other, _name) in enumerate(others):
        added[f"{JOINED}{place}"] = _numbers(other, folds=folds)
    sql = _sql(select, added)
    joins, joined = bool(select.args.get("joins")), tuple(name for _other, name in others)
    return Traced(
        entry, sql, plain_sql, file, alias, worth, folds, joins, reads, columns, given, joined
    )


def _others(select: exp.Select, driving: exp.Table) -> list[tuple[exp.Table | exp.Subquery, str]]:
    """The joined files whose lines can be traced: the SELECT names what it takes of them.

    A file may be joined by itself, or folded first: `JOIN (SELECT … FROM refunds GROUP BY …) r`.
    """
    if any(one.is_star for one in select.expressions):
        return []
    joins = select.args.get("joins") or []
    named = [join.this for join in joins if join.args.get("method") != "NATURAL"]
    found: list[tuple[exp.Table | exp.Subquery, str]] = []
    for one in (select.args["from_"].this, *named):
        inner = _folded(one) if isinstance(one, exp.Subquery) else one
        if isinstance(inner, exp.Table) and one is not driving and inner.name != driving.name:
            if isinstance(one, exp.Subquery) and not one.alias:  # by which its lines are called
                one.set("alias", exp.TableAlias(this=exp.to_identifier(f"__folded{len(found)}")))
            found.append((one, inner.name))
    return found


def _folded(subquery: exp.Subquery) -> exp.Table | None:
    """The one file that a joined subquery folds or picks from; None where it does more."""
    inner, origin = subquery.this, subquery.this.args.get("from_")
    clauses = ("joins", "distinct", "limit", "offset", "having", "qualify", "with_", "laterals")
    if not isinstance(inner, exp.Select) or not origin:
        return None
    is_simple = not any(inner.args.get(clause) for clause in clauses)
    is_named = not any(one.is_star for one in inner.expressions)
    return origin.this if is_simple and is_named and isinstance(origin.this, exp.Table) else None


def _numbers(other: exp.Table | exp.Subquery, *, folds: bool) -> exp.Expression:
    """An expression for the numbers of the lines of a joined file in a row, which it then knows."""
    alias = other.alias or other.name
    if isinstance(other, exp.Table):
        raw = exp.to_table(f"__raw_{other.name}")
        other.replace(exp.alias_(raw, alias, table=True))
        return exp.func("list" if folds else "list_value", exp.column(LINE, table=alias))
    inner, file = other.this, other.this.args["from_"].this
    name = file.alias or file.name
    made = exp.func("list" if _folds(inner) else "list_value", exp.column(LINE, table=name))
    file.replace(exp.alias_(exp.to_table(f"__raw_{file.name}"), name, table=True))
    other.set("this", inner.select(exp.alias_(made, LINES)))
    taken = exp.column(LINES, table=alias)
    return exp.func("flatten", exp.func("list", taken)) if folds else taken


def _given(select: exp.Select, entry: Entry) -> dict[str, tuple[str, ...]]:
    """The raw columns that each column is made of, and those that say what a line is worth."""
    made = {one.alias_or_name: one for one in select.expressions}
    if entry.money:
        made["money"] = expression(entry.money, entry.place)
    return {
        name: tuple(dict.fromkeys(column.name for column in one.find_all(exp.Column)))
        for name, one in made.items()
    }


def _sql(select: exp.Select, added: dict[str, exp.Expression]) -> str:
    more = [exp.alias_(value, name) for name, value in added.items()]
    return str(select.select(*more).sql(dialect="duckdb", identify=True))


def _beside(entry: Entry, files: Collection[str]) -> list[exp.Expression]:
    """What the entry says of a line beside its SELECT: its money and its rules."""
    said = [(entry.money, entry.place)] if entry.money else []
    said += [(sql, f"{entry.place}, rule '{name}'") for name, sql in entry.exclude.items()]
    parsed = [(expression(sql, place), place) for sql, place in said]
    for part, place in parsed:
        _check_files(part, files, place)
    return [part for part, _place in parsed]


def _is_plain(select: exp.Select, beside: list[exp.Expression], file: str) -> bool:
    """Whether nothing but the line itself makes its row, and nothing drops it but rules.

    A rule may look something up in another file, but no line may depend on others of its own.
    """
    clauses = ("joins", "where", "having", "qualify", "order", "laterals", "with_")
    if any(select.args.get(clause) for clause in clauses) or select.find(*_BEYOND_A_LINE):
        return False
    looked_up = {table.name for part in beside for table in part.find_all(exp.Table)}
    return file not in looked_up and not any(part.find(exp.Window) for part in beside)


def _named(parts: list[exp.Expression]) -> frozenset[str] | None:
    if any(part.find(exp.Star) for part in parts):
        return None
    return frozenset(column.name.lower() for part in parts for column in part.find_all(exp.Column))


def _check_files(parsed: exp.Expression, files: Collection[str], place: str) -> None:
    """Refuse a query that reads anything but declared files and what it defines itself."""
    for table in read_by(parsed):
        if not isinstance(table.this, exp.Identifier) or table.db:
            raise SourceError(f"{place}: '{table.sql()}' is no file that 'files' declares")
        if table.name not in files:
            raise SourceError(f"{place}: {unknown('file', table.name, files)}")


def _driving(select: exp.Select, entry: Entry) -> exp.Table:
    """The file whose lines become rows: the one in FROM, or the joined one that `from` names."""
    origin = select.args.get("from_")
    tables = [origin.this] if origin else []
    tables += [join.this for join in select.args.get("joins") or []]
    named = [t for t in tables if isinstance(t, exp.Table)]
    if entry.file:
        named = [table for table in named if table.name == entry.file]
    if not named or (not entry.file and named[0] is not tables[0]):
        wanted = f"'{entry.file}'" if entry.file else "a file that 'files' declares"
        raise SourceError(f"{entry.place}: the SELECT must read FROM {wanted} itself")
    return named[0]


def _folds(select: exp.Select) -> bool:
    """Whether several lines become one row."""
    return bool(select.args.get("group")) or any(map(_aggregates, select.expressions))


def _aggregates(expression: exp.Expression) -> bool:
    return any(
        aggregate.find_ancestor(exp.Window, exp.Subquery) is None
        for aggregate in expression.find_all(exp.AggFunc)
    )


def _worth(select: exp.Select, money_columns: Collection[str]) -> dict[str, str]:
    """What one line adds, read off the SELECT: `amount`, or the inside of `sum(amount)`."""
    found: dict[str, str] = {}
    for projection in select.expressions:
        name = projection.alias_or_name
        if name in money_columns:
            inner = projection.unalias()
            inner = inner.this if isinstance(inner, exp.Sum) else inner
            computed = _aggregates(inner) or inner.find(exp.Window, exp.Subquery, exp.Distinct)
            found[name] = "" if computed else str(inner.sql(dialect="duckdb", identify=True))
    return found
