"""What stands below or among a table's rows and is none of them: sums, notes, an end."""

from __future__ import annotations

import re
from decimal import Decimal

from workbench.kit.sentences import say
from workbench.proposals import words
from workbench.proposals.columns import Meaning, meaning
from workbench.proposals.contents import Column, literal, quote
from workbench.proposals.declared import RawFile, scalar
from workbench.proposals.reading import File
from workbench.proposals.shapes import Line

_BELOW = 10  # lines below a table up to which they are its end, not damage
_FEW = 2  # columns of which one filled alone says nothing
_OF_AN_ORDER = ("order_id", "user_id", "product_name", "product_id", "status")
_BEGINS = 8  # letters of such a line that its pattern has
_WORDS = re.compile(r"[^\d:：,]*")


def rules(file: File) -> tuple[dict[str, tuple[str, str]], set[int]]:
    """Return rules for rows that are sums of others or notes at the end, and which those are."""
    found, rows = _sums(file, meaning(file))
    notes, beside = _notes_below(file, rows)
    return found | notes, rows | beside


def leave_out(file: File, found: RawFile) -> None:
    """Name what stands below a table and is no row of it."""
    shape = file.shape
    assert shape is not None  # noqa: S101 - only texts and workbooks come here
    last = max(file.lines, default=0)
    below = [line for line in shape.odd if line.number > last]
    if not below or len(below) > _BELOW:
        return
    # What begins as rows do may be a row that was cut: it ends the table only below what does not.
    rows = {_begin(_first(line)) for line in shape.lines}
    first, *_others = [_begin(_first(line)) for line in below]
    if not first or first in rows:
        return
    mark = re.escape(shape.delimiter or ",")
    begins = sorted(
        {
            begin
            if begin and begin not in rows
            else f"{begin}[^{mark}]*({mark}[^{mark}]*){{{len(line.cells) - 1}}}$"
            for line in below
            for begin in [_begin(_first(line))]
        }
    )
    pattern = f"^({'|'.join(begins)})" if len(begins) > 1 else f"^{begins[0]}"
    found.keys["left_out"] = f"{{{scalar(say('below the table'))}: {scalar(pattern)}}}"


def _first(line: Line) -> str:
    return str(line.cells[0]).strip()


def _begin(text: str) -> str:
    """A pattern of how a line begins: its mark, or its words up to the first figure."""
    told = text[:1] if text[:1] and not text[:1].isalnum() else _WORDS.match(text)[0][:_BEGINS]  # type: ignore[index]
    return re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", told)


def _sums(file: File, columns: Meaning) -> tuple[dict[str, tuple[str, str]], set[int]]:
    """Rules for lines that sum others, and which lines those are."""
    found: dict[str, set[str]] = {}
    rows: set[int] = set()
    for n in range(file.rows):
        for column in file.columns:
            value = column.values[n]
            word = words.sums([value]) if isinstance(value, str) else ""
            if word and column is not columns.get("product_name"):
                found.setdefault(column.name, set()).add(word)
                rows.add(n)
                break
    rules = {}
    if found and len(rows) * 2 < file.rows:
        named = [
            f"coalesce({quote(name)} IN ({', '.join(map(literal, sorted(its)))}), false)"
            for name, its in found.items()
        ]
        rules[say("sums of other lines")] = (" OR ".join(named), "")
        return rules, rows
    found_, rows = _silent_sums(file, columns)
    return (found_, rows) if rows else _silent_sum(file, columns)


def _notes_below(file: File, others: set[int]) -> tuple[dict[str, tuple[str, str]], set[int]]:
    """Rules for lines at the end that say something in their first cell alone, and which they are."""
    rows: set[int] = set()
    if len(file.columns) <= _FEW:
        return {}, rows
    first, *rest = file.columns
    for n in reversed(range(max(file.rows - _BELOW, 1), file.rows)):
        text = first.values[n]
        if n in others:
            continue
        if not isinstance(text, str) or any(column.values[n] is not None for column in rest):
            break
        rows.add(n)
    if not rows:
        return {}, rows
    told = ", ".join(sorted({literal(str(first.values[n])) for n in rows}))
    return {say("below the table"): (f"coalesce({quote(first.name)} IN ({told}), false)", "")}, rows


def _silent_sums(file: File, columns: Meaning) -> tuple[dict[str, tuple[str, str]], set[int]]:
    """The same of lines that say nothing of an order but an amount: what those above them come to."""
    amount = columns.get("amount")
    said = [c for role in _OF_AN_ORDER if (c := columns.get(role)) is not None]
    if amount is None or not said:
        return {}, set()
    bare = {n for n in range(file.rows) if all(column.values[n] is None for column in said)}
    whole = since = Decimal(0)
    lines, several, rows = 0, False, set()
    for n, value in enumerate(_values(amount) if bare else ()):
        if n in bare and value and value in {whole, since}:
            rows.add(n)
            several |= lines > 1
            since, lines = Decimal(0), 0
        else:
            whole, since, lines = whole + value, since + value, lines + 1
    if not several or rows != bare:
        return {}, set()
    told = " AND ".join(f"{quote(column.name)} IS NULL" for column in said)
    note = say("lines of no order that are worth what those above them are")
    return {say("sums of other lines"): (told, note)}, rows


def _values(amount: Column) -> list[Decimal]:
    """What a column of amounts says line by line, nothing as 0."""
    written = amount.amounts
    values = [written.value(str(v)) if written and v is not None else None for v in amount.values]
    return [value or Decimal(0) for value in values]


def _silent_sum(file: File, columns: Meaning) -> tuple[dict[str, tuple[str, str]], set[int]]:
    """The same of a last line without a buyer that is worth what all others are."""
    amount, user = columns.get("amount"), columns.get("user_id")
    if amount is None or user is None or file.rows <= 2 or user.values[-1] is not None:  # noqa: PLR2004 - a sum of two at least
        return {}, set()
    *others, last = _values(amount)
    if not last or sum(others) != last:
        return {}, set()
    number = file.lines[-1] if file.lines else file.rows
    key = columns.get("order_id")
    if key is not None and key.values[-1] is not None:
        told = f"{quote(key.name)} = {literal(str(key.values[-1]))}"
    else:
        told = f"{quote(user.name)} IS NULL AND {quote(amount.name)} = {literal(str(amount.values[-1]))}"
    note = say("line {number} is worth what all others together are", number=str(number))
    return {say("sums of other lines"): (told, note)}, {file.rows - 1}
