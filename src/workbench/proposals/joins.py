# ruff: noqa: S608 - SQL that is shown to a person, every name in it quoted
"""Files that belong together: orders, their lines, and their refunds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.kit.sentences import say_n
from workbench.proposals import orders
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import Column, quote
from workbench.proposals.declared import Entry, Item, Question
from workbench.proposals.reading import File
from workbench.proposals.worth import as_number, is_negative

_REFUNDS = re.compile("^(refund|return|退款|退货)|(退款|退货)(明细|单|记录|表)?$", re.IGNORECASE)
_OF_A_HEAD = ("ordered_at", "paid_at", "when", "user_id", "status", "platform", "channel")


@dataclass(frozen=True)
class Parted:
    """Files by the part that they have in orders, with what their columns mean.

    Attributes:
        heads: Those that become orders.
        lines: Those that hold lines of such orders, or say when and by whom they were placed.
        refunds: Those that hold what was given back of such orders.
    """

    heads: dict[File, Meaning]
    lines: dict[File, Meaning]
    refunds: dict[File, Meaning]

    def holds(self, file: File) -> bool:
        """Return whether a file has such a part."""
        return file in self.heads or file in self.lines or file in self.refunds


def parted(looked: Sequence[tuple[File, Meaning]]) -> Parted:
    """Return which files become orders, hold their lines, or their refunds."""
    looked = [(file, _given_back(file, meaning)) for file, meaning in looked]
    numbered = {file: meaning for file, meaning in looked if "order_id" in meaning}
    refunds = {f: m for f, m in numbered.items() if is_refunds(m) and len(numbered) > 1}
    rest = {file: meaning for file, meaning in looked if file not in refunds}
    heads = {file: meaning for file, meaning in rest.items() if orders.is_orders(meaning)}
    lines = {f: m for f, m in heads.items() if _are_lines_of(f, m, heads)}
    heads = {file: meaning for file, meaning in heads.items() if file not in lines}
    left = {f: m for f, m in rest.items() if "order_id" in m and f not in heads and f not in lines}
    left = {file: meaning for file, meaning in left.items() if "event" not in meaning}
    if not heads:  # the lines hold the money; buyer and time stand elsewhere
        heads = dict([(f, m) for f, m in left.items() if _has_worth(m)][:1])
        left = {file: meaning for file, meaning in left.items() if file not in heads}
        if not any(_has_head(meaning) for meaning in left.values()):
            heads = {}
    return Parted(heads, {**lines, **left}, refunds)


def is_refunds(meaning: Meaning) -> bool:
    """Return whether a file is a list of refunds: an order's number and what was given back."""
    has_worth = any(role in meaning for role in ("price", "line_total"))
    amount, back = meaning.get("amount"), meaning.get("refunded_amount")
    return back is not None and (amount is None or amount is back) and not has_worth


def _given_back(file: File, meaning: Meaning) -> Meaning:
    """What the columns of a file of refunds mean whose amounts are called just that."""
    number, amount = meaning.get("refund_id"), meaning.get("amount")
    is_named = _REFUNDS.search(file.table or file.path.stem) or (
        number is not None and len(number.there) == file.rows
    )
    if amount is None or "refunded_amount" in meaning or not is_named:
        return meaning
    roles = {role: column for role, column in meaning.roles.items() if column is not amount}
    return replace(meaning, roles={**roles, "refunded_amount": amount})


def headed(file: File, meaning: Meaning, parts: Parted) -> Meaning:
    """Return what lines of orders mean together with the file that says who bought and when."""
    if meaning.instant is not None:
        return meaning
    key = meaning["order_id"]
    for other, its in parts.lines.items():
        if not _has_head(its) or not _shared(key, its["order_id"]):
            continue
        clear = _is_clear(file, meaning, other, its)
        rows = {str(n): at for at, n in enumerate(its["order_id"].values) if n is not None}
        roles: dict[str, Column] = {}
        for role in _OF_A_HEAD:
            column = its.get(role)
            if column is not None and role not in meaning:
                found = [rows.get(str(number)) for number in key.values]
                values = [None if at is None else column.values[at] for at in found]
                roles[role] = replace(column, values=values)
                if not clear:
                    roles[role] = Column(f"its_{role}", values)
        return replace(meaning, roles={**meaning.roles, **roles})
    return meaning


def add(entry: Entry, file: File, meaning: Meaning, parts: Parted) -> list[Meaning]:
    """Join to an entry of orders what other files say of them.

    Returns:
        What the columns of the joined files mean.
    """
    key = meaning.get("order_id")
    joined: list[Meaning] = []
    if key is None:
        return joined
    own = {column.name for column in file.columns}
    taken = [role for role in _OF_A_HEAD if role in meaning and meaning[role].name not in own]
    for other, its in parts.lines.items():
        if not _shared(key, its["order_id"]):
            continue
        if taken and _has_head(its):
            if _is_clear(file, meaning, other, its):
                _join_lines(entry, key, other, its["order_id"])
            else:
                named = {f"its_{role}": its[role].clean() for role in taken}
                _join(entry, key, other, its["order_id"], named)
            taken = []
            joined.append(its)
        elif "quantity" in its and not entry.group and not _says(entry, "quantity"):
            pieces = its["quantity"]
            whole = pieces.raw()
            whole = whole if pieces.is_number else f"CAST({whole} AS BIGINT)"
            _join(entry, key, other, its["order_id"], {"pieces": f"sum({whole})"}, adds=True)
            entry.items.append(Item("pieces", "quantity"))
    for other, its in parts.refunds.items():
        if _shared(key, its["order_id"]) and not _says(entry, "refunded_amount"):
            _join_refunds(entry, file, meaning, other, its)
            joined.append(its)
    return joined


def _join_refunds(entry: Entry, file: File, meaning: Meaning, other: File, its: Meaning) -> None:
    key, theirs = meaning["order_id"], its["order_id"]
    back, at = its["refunded_amount"], its.get("refunded_at") or its.instant
    if theirs.is_unique and _is_clear(file, meaning, other, its):
        _join_lines(entry, key, other, theirs)
        minus = f"-{as_number(back)}" if is_negative(back) else back.raw()
        names = [minus, *([at.raw()] if at is not None else [])]
    else:
        added = {"given_back": f"{'-' if is_negative(back) else ''}sum({as_number(back)})"}
        if at is not None:
            added["given_back_at"] = f"max({at.in_time()})"
        _join(entry, key, other, theirs, added, adds=True)
        names = [*added]
    fold = "max({})" if entry.group else "{}"
    for name, sql in zip(("refunded_amount", "refunded_at"), names, strict=False):
        entry.items.append(Item(fold.format(sql), name))
    lost = theirs.counts.keys() - key.counts.keys()
    if lost:
        asked = say_n(
            "{file} gives money back of an order that is not there, {example}: where is it?",
            "{file} gives money back of {n:count} orders that are not there, such as {example}: where are they?",
            len(lost),
            file=other.label,
            example=min(lost),
        )
        entry.questions.append(Question("refunds", asked))


def _is_clear(file: File, meaning: Meaning, other: File, its: Meaning) -> bool:
    """Whether two files can be joined line by line: no name but their key's stands in both."""
    key, theirs = meaning["order_id"], its["order_id"]
    mine = {column.name.lower() for column in file.columns}
    shared = {column.name.lower() for column in other.columns} & mine
    is_bare = key.clean() == quote(key.name) and theirs.clean() == quote(theirs.name)
    return is_bare and shared <= ({key.name.lower()} if key.name == theirs.name else set())


def _join_lines(entry: Entry, key: Column, other: File, theirs: Column) -> None:
    """Join a file whose lines each stand for one order: they are accounted for too."""
    entry.file = entry.file or entry.origin
    same = key.name == theirs.name
    on = f"USING ({key.clean()})" if same else f"ON {key.clean()} = {theirs.clean()}"
    entry.origin += f"\nLEFT JOIN {other.name} {on}"


def _join(
    entry: Entry,
    key: Column,
    other: File,
    theirs: Column,
    added: dict[str, str],
    *,
    adds: bool = False,
) -> None:
    """Join what a file says or, added up, comes to, under names that nothing else has."""
    entry.file = entry.file or entry.origin
    number = f"{other.name}_order"
    columns = "".join(f",\n                  {sql} AS {name}" for name, sql in added.items())
    group = f" GROUP BY {theirs.clean()}" if adds else ""
    entry.origin += (
        f"\nLEFT JOIN (SELECT {theirs.clean()} AS {number}{columns}\n"
        f"           FROM {other.name}{group}) ON {key.clean()} = {number}"
    )


def _says(entry: Entry, name: str) -> bool:
    return any(item.name == name for item in entry.items)


def _shared(one: Column, other: Column) -> bool:
    return bool(one.counts.keys() & other.counts.keys())


def _has_worth(meaning: Meaning) -> bool:
    return any(role in meaning for role in ("price", "line_total", "amount"))


def _has_head(meaning: Meaning) -> bool:
    key = meaning.get("order_id")
    return key is not None and key.is_unique and meaning.instant is not None


def _are_lines_of(file: File, meaning: Meaning, heads: dict[File, Meaning]) -> bool:
    """Whether a file repeats the orders of another, which has each once."""
    key = meaning.get("order_id")
    if key is None or key.is_unique:
        return False
    return any(
        other is not file
        and (theirs := its.get("order_id")) is not None
        and theirs.is_unique
        and 2 * len(theirs.counts.keys() & key.counts.keys()) > len(key.counts)
        for other, its in heads.items()
    )
