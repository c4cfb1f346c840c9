"""Lines below zero that have numbers of their own: which orders they give money back of."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workbench.kit.sentences import say, say_n
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import Column
from workbench.proposals.declared import Entry, Question
from workbench.proposals.reading import File
from workbench.proposals.worth import as_number, below_zero

_HALF = 0.5  # of such lines that a column must name an order for


@dataclass(frozen=True)
class Referred:
    """Orders whose refunds are lines with numbers of their own.

    Attributes:
        meaning: The columns, the order's number being that of the order that is meant.
        below: SQL that holds on the lines below zero.
        of: The column that names an order there; None where none does.
        lines: How many lines are below zero.
        example: The number of one of them.
    """

    meaning: Meaning
    below: str
    of: Column | None
    lines: int
    example: str

    def settle(self, entry: Entry) -> None:
        """Leave out what goes elsewhere, and ask what is not told."""
        if self.of is None:
            asked = say_n(
                "a line below zero has a number of its own, {example}: of which order does it give money back? "
                "Until that is said it is an order of nothing, beside the one that it undoes",
                "{n:count} lines below zero have numbers of their own, such as {example}: of which orders do they "
                "give money back? Until that is said they are orders of nothing, beside those that they undo",
                self.lines,
                example=self.example,
            )
            entry.questions.append(Question("refund_of", asked))
            return
        found = self.of.there
        if len(found) < self.lines:
            rule = f"{self.below} AND {self.of.clean()} IS NULL"
            entry.exclude[say("below zero, and of no order")] = (rule, "")
        note = say(
            "lines below zero give money back of the order that {column} names", column=self.of.name
        )
        entry.notes.append(note)


def referred(file: File, meaning: Meaning) -> Referred | None:
    """Return orders whose lines below zero have numbers of their own; None where there are none."""
    key, amount = meaning.get("order_id"), meaning.get("amount")
    if key is None or amount is None or not key.is_unique or "refunded_amount" in meaning:
        return None
    rows = below_zero(amount)
    if not rows:
        return None
    below = f"{as_number(amount, tries=True)} < 0"
    of = _naming(file, meaning, key, rows)
    example = str(key.values[rows[0]])
    if of is None:
        return Referred(meaning, below, None, len(rows), example)
    sql = f"CASE WHEN {below} THEN coalesce({of.clean()}, {key.clean()}) ELSE {key.clean()} END"
    meant = {n: of.values[n] for n in rows if of.values[n] is not None}
    values = [meant.get(n, value) for n, value in enumerate(key.values)]
    roles = {**meaning.roles, "order_id": Column(key.name, values, sql=sql)}
    told = replace(of, values=[of.values[n] for n in rows])
    return Referred(replace(meaning, roles=roles), below, told, len(rows), example)


def _naming(file: File, meaning: Meaning, key: Column, rows: list[int]) -> Column | None:
    """The column that names an order on most lines below zero."""
    known = meaning.get("refund_of")
    others = [column for column in file.columns if column.name != key.name]
    for column in [known, *others] if known is not None else others:
        hits = sum(str(column.values[n]) in key.counts for n in rows)
        if hits > _HALF * sum(column.values[n] is not None for n in rows):
            return column
    return None
