"""What stands in a column: told by its values, whatever its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from workbench.proposals import amounts, headers, instants
from workbench.sources.formats import NARROW, WIDE
from workbench.sources.users import NOBODY

_WORDS = 60  # different values up to which they may be words of a status or an event
_REPEATED = 3  # times that such a word stands on the average, at the least
_WHOLE = re.compile(r"[+-]?\d+")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_NOTHING = {"", *NOBODY}
_NARROW = str.maketrans(WIDE, NARROW)
_IS_WIDE = re.compile(f"[{WIDE}]")
FORMULA = '="'  # how a spreadsheet is told that what follows is text
_FORMULA = re.compile('^="(.*)"$')
_PLAIN = "1234.50"
_IN_BRACKETS = re.compile(r"\(([^()]*[0-9])\)")  # an amount below zero, in bookkeeping
_LETTERS = 40  # of a word; longer ones are texts


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a file.

    Attributes:
        name: What the file calls it.
        values: All of its values in the file's order: texts, or what a workbook or database holds;
            None for nothing.
        padding: What stood at the ends of its texts, and was taken off.
        mark: What a program put before each of its texts, and was taken off: ` or ', or =" around.
        sql: SQL of its values, where that is not the column as it is.
    """

    name: str
    values: Sequence[Any]
    padding: str = ""
    mark: str = ""
    sql: str = ""

    @cached_property
    def there(self) -> list[Any]:
        """The values that say something."""
        return [value for value in self.values if value is not None]

    @cached_property
    def texts(self) -> list[str]:
        """The values that say something, as texts."""
        return [str(value) for value in self.there]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value stands in the column."""
        return Counter(self.texts)

    @cached_property
    def instants(self) -> instants.Written | None:
        """How it writes instants, None where it has none."""
        if not self.there:
            return None
        if self.is_number and instants.looks_serial(self.there):
            return instants.Written((instants.SERIAL,), instants.serial)
        if self._is_called_an_instant and instants.looks_like_days(self.texts):
            return instants.Written((instants.SERIAL,), instants.serial, by_day=True)
        if all(isinstance(value, date) for value in self.there):
            by_day = all(not _has_time(value) for value in self.there)
            return instants.Written((), _as_instant, by_day=by_day)
        found = instants.written(self.texts)
        return found.marked(self.mark) if found is not None and self.mark else found

    def read(self, value: Any) -> datetime | None:
        """Return the instant of a value, on its own clock; None where there is none."""
        if isinstance(value, datetime):
            return value.replace(tzinfo=None)
        written = self.instants
        return written.read(str(value)) if written is not None and value is not None else None

    @property
    def _is_called_an_instant(self) -> bool:
        roles = headers.meanings(self.name)
        is_near = headers.near("ordered_at").search(headers.plain(self.name))
        return bool(is_near) or any(
            role.endswith("_at") or role in {"when", "day"} for role in roles
        )

    @cached_property
    def amounts(self) -> amounts.Amounts | None:
        """How it writes amounts, None where it has others than amounts."""
        if not self.there or any(isinstance(value, (date, bool)) for value in self.there):
            return None
        if self.is_number:
            return amounts.Amounts()
        found = amounts.amounts(self.texts)
        if found is None or not self.mark:
            return found
        closed = '"' if self.mark == FORMULA else ""
        return replace(found, example=f"{self.mark}{found.example or _PLAIN}{closed}")

    @cached_property
    def is_number(self) -> bool:
        """Whether it holds numbers, and no text that looks like them."""
        return all(isinstance(value, (int, float)) for value in self.there)

    @cached_property
    def is_whole(self) -> bool:
        """Whether all values are whole numbers."""
        return all(_WHOLE.fullmatch(text.removesuffix(".0")) for text in self.counts)

    @property
    def has_decimals(self) -> bool:
        """Whether they are amounts with decimals or a currency, so that they can be no ids."""
        found = self.amounts
        if found is None:
            return False
        return found.example.strip(self.mark + '"') not in {"", _PLAIN} or not self.is_whole

    @property
    def is_words(self) -> bool:
        """Whether a few words stand in it again and again."""
        few = 0 < len(self.counts) <= _WORDS and all(len(word) <= _LETTERS for word in self.counts)
        return few and len(self.texts) >= _REPEATED * len(self.counts) and self.amounts is None

    @cached_property
    def is_numbered(self) -> bool:
        """Whether a figure stands in each value, but for a note among many."""
        figures = sum(n for text, n in self.counts.items() if any(map(str.isdigit, text)))
        return figures >= amounts.NEARLY * len(self.texts)

    @property
    def is_unique(self) -> bool:
        """Whether no value stands twice."""
        return len(self.counts) == len(self.texts)

    @property
    def nobodies(self) -> dict[str, int]:
        """Values that are words for nothing, with how often each stands."""
        return {word: n for word, n in self.counts.items() if is_nothing(word)}

    @property
    def is_scientific(self) -> bool:
        """Whether a spreadsheet has taken ids for numbers and lost their digits."""
        return any(_SCIENTIFIC.fullmatch(text) for text in self.texts)

    def raw(self) -> str:
        """Return SQL of the value with all that programs put around it."""
        return self.sql or quote(self.name)

    def plainly(self) -> Column:
        """Return the column as instants or amounts are read.

        Words for nothing say nothing, figures have half their width, brackets are a minus.
        """
        words = {word for word in self.counts if is_nothing(word)}
        sql = self.clean()
        if any(map(_IS_WIDE.search, self.counts)):
            sql = f"translate({sql}, '{WIDE}', '{NARROW}')"
        if any(map(_IN_BRACKETS.fullmatch, self.counts)):
            sql = f"regexp_replace({sql}, {literal(f'^{_IN_BRACKETS.pattern}$')}, '-\\1')"
        for word in sorted(words):
            sql = f"nullif({sql}, {literal(word)})"

        def read(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            return None if value in words else _IN_BRACKETS.sub(r"-\1", value.translate(_NARROW))

        return Column(self.name, [*map(read, self.values)], sql=sql)

    def clean(self) -> str:
        """Return SQL of the value without what programs put around it."""
        sql = self.raw()
        if self.padding:
            marks = " || ".join(f"chr({ord(c)})" for c in sorted(self.padding))
            sql = f"trim({sql})" if self.padding == " " else f"trim({sql}, {marks})"
        if self.mark == FORMULA:
            return f"regexp_replace({sql}, {literal(_FORMULA.pattern)}, '\\1')"
        return f"ltrim({sql}, {literal(self.mark)})" if self.mark else sql

    def in_time(self) -> str:
        """Return SQL by which instants can be compared: text that begins with its day cannot."""
        sql = self.raw()
        patterns = self.instants.formats if self.instants is not None else ()
        text = any(isinstance(value, str) for value in self.there[:1])
        if not text or len(patterns) != 1 or patterns[0].lstrip("`'").startswith(("%Y", "e")):
            return sql
        return sql if "%p" in patterns[0] else f"strptime({sql}, {literal(patterns[0])})"

    def lowered(self) -> str:
        """Return SQL of a word in lower case, where the file has it otherwise."""
        return (
            f"lower({self.clean()})" if any(t != t.lower() for t in self.counts) else self.clean()
        )

    def spelt(self) -> str:
        """Return SQL of a word, in one case where the file has some in several."""
        sql = self.clean()
        folded = {text.lower() for text in self.counts}
        return f"lower({sql})" if len(folded) < len(self.counts) else sql


def unmarked(texts: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return what a program put before, or around, each text, and the texts without it."""
    there = [text for text in texts if text is not None]
    if there and all(isinstance(text, str) for text in there):
        for mark in ("`", "'"):
            if all(text.startswith(mark) for text in there):
                return mark, [text and (text.lstrip(mark) or None) for text in texts]
        if all(text.startswith(FORMULA) and text.endswith('"') for text in there):
            return FORMULA, [text and (text[2:-1] or None) for text in texts]
    return "", list(texts)


def is_nothing(word: str) -> bool:
    """Return whether a word says that there is nothing."""
    # Nearly all values are ids and figures, and that is soon seen.
    if len(word) > _LETTERS or (word[:1].isdigit() and word.isdigit()):
        return False
    return headers.plain_word(word.strip("\u00a0")) in _NOTHING


def quote(name: str) -> str:
    """Return a name as an SQL identifier, without quotes where nothing asks for them."""
    import sqlglot  # noqa: PLC0415 - half a second that only a right command waits for

    if name.isascii() and name.isidentifier() and name.lower() not in {"order", "group"}:
        tokens = sqlglot.tokenize(name, "duckdb")
        if len(tokens) == 1 and tokens[0].token_type.name == "VAR":
            return name
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _has_time(value: date) -> bool:
    return isinstance(value, datetime) and bool(value.hour or value.minute or value.second)


def _as_instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
