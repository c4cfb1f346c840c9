"""What a table's contract is made of: columns, checks, a grain and a key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from workbench.errors import unknown

if TYPE_CHECKING:
    import ibis.expr.types as ir

Type = Literal["string", "int64", "float64", "boolean", "timestamp", "date"]
Unit = Literal["", "minor units", "minutes", "seconds"]
Predicate = Callable[["ir.Table"], "ir.BooleanValue"]

_EARLIEST = datetime(1990, 1, 1)


@dataclass(frozen=True)
class Column:
    """One column of a contract table.

    Attributes:
        name: Its name, in every source and engine.
        type: The Ibis type it is cast to, strictly.
        meaning: What it says, for the person who fills it.
        unit: What one of it is, where the name does not say.
        required: Whether a table without it, or a line with a null in it, is refused.
        allowed: The only values it may hold; empty means any.
    """

    name: str
    type: Type
    meaning: str
    unit: Unit = ""
    required: bool = False
    allowed: tuple[str, ...] = ()

    @property
    def is_money(self) -> bool:
        """Whether the column counts minor units of the source's currency."""
        return self.unit == "minor units"


@dataclass(frozen=True)
class Check:
    """A sentence that must hold for every row; a row for which it is NULL violates it.

    Attributes:
        sentence: What holds, for the person who reads why a line was set aside.
        columns: The columns it reads; a table without one of them is not checked for it.
        predicate: From the table to an Ibis boolean.
    """

    sentence: str
    columns: tuple[str, ...]
    predicate: Predicate


@dataclass(frozen=True)
class Table:
    """The contract of one table.

    Attributes:
        name: The table's name.
        grain: What one row is.
        key: Columns that together are unique; empty where a line may stand twice.
        instant: The column that says when (its months partition the cache), or "".
        columns: All columns of the contract, required ones first.
        rules: Checks beyond types, required and allowed values.
        is_open: Whether further columns, in no contract, come along.
        takes_more: Whether they do where a SELECT names them.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    instant: str
    columns: tuple[Column, ...]
    rules: tuple[Check, ...] = ()
    is_open: bool = False
    takes_more: bool = False

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(unknown(f"column of {self.name}", name, self.names))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that must be there and filled."""
        return tuple(column.name for column in self.columns if column.required)

    def checks(self, present: Collection[str] | None = None) -> tuple[Check, ...]:
        """Return every check that the columns `present` allow (default: all columns).

        The generated ones come first: required columns filled, instants between 1990 and
        tomorrow, allowed values; then the table's own rules. That the key is unique is no
        predicate of a row: `key` declares it.
        """
        there = set(self.names if present is None else present)
        generated = (check for column in self.columns for check in _column_checks(column))
        return tuple(check for check in (*generated, *self.rules) if set(check.columns) <= there)


def _column_checks(column: Column) -> Iterator[Check]:
    name = column.name
    if column.required:
        yield Check(f"{name} is there", (name,), lambda t: t[name].notnull())
        if column.type == "string":
            filled = where_there(name, _filled)
            yield Check(f"{name} is not empty", (name,), filled)
    if column.type == "timestamp":
        sentence = f"{name} lies between 1990 and tomorrow"
        yield Check(sentence, (name,), where_there(name, _plausible))
    if column.allowed:
        sentence = f"{name} is one of {', '.join(column.allowed)}"
        yield Check(sentence, (name,), where_there(name, lambda v: v.isin(column.allowed)))


def _filled(text: ir.StringColumn) -> ir.BooleanValue:
    # Most texts begin with a letter or figure, and need no pattern then.
    visible = text.ascii_str() > ord(" ")
    return visible.ifelse(visible, text.re_search(r"[^ \t\r\n]"))


def _plausible(instant: ir.TimestampColumn) -> ir.BooleanValue:
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    return (instant >= _EARLIEST) & (instant < tomorrow)


def where_there(name: str, holds: Callable[[ir.Column], ir.BooleanValue]) -> Predicate:
    """A value may be absent (`is there` says where not); where it is there, it must hold."""
    return lambda t: t[name].isnull() | holds(t[name])
