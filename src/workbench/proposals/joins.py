"""Files that belong together: orders, their lines, and their refunds."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.kit.sentences import say
from workbench.proposals import orders
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import Column, quote
from workbench.proposals.declared import Entry, Item, Question
from workbench.proposals.reading import File

Looked = tuple[File, Meaning]


def sorted_out(looked: Sequence[Looked]) -> tuple[list[Looked], list[Looked], list[Looked]]:
    """Return the files that become orders, those that hold their lines, and refunds of them."""
    refunds = [pair for pair in looked if is_refunds(pair[1])]
    rest = [pair for pair in looked if pair not in refunds]
    heads = [pair for pair in rest if orders.is_orders(pair[1])]
    lines: list[Looked] = []
    for file, meaning in [*heads]:
        if _are_lines_of(file, meaning, heads):
            lines.append((file, meaning))
            heads = [pair for pair in heads if pair[0] is not file]
    named = [pair for pair in rest if pair not in heads and pair not in lines]
    lines += [pair for pair in named if _has_lines(pair[1])]
    if not heads and lines:  # the lines hold the money; buyer and time stand elsewhere
        heads, lines = lines[:1], [*lines[1:], *(p for p in named if _has_head(p[1]))]
    return heads, lines, refunds


def is_refunds(meaning: Meaning) -> bool:
    """Return whether a file is a list of refunds: an order's number and what was given back."""
    has_worth = any(role in meaning for role in ("price", "line_total"))
    amount = meaning.get("amount")
    back = meaning.get("refunded_amount")
    alone = amount is None or amount is back
    return "order_id" in meaning and back is not None and alone and not has_worth


def add(
    entry: Entry,
    file: File,
    meaning: Meaning,
    lines: Sequence[Looked],
    refunds: Sequence[Looked],
) -> None:
    """Join to an entry of orders what other files say of them."""
    key = meaning.get("order_id")
    if key is None:
        return
    for other, its in refunds:
        theirs = its["order_id"]
        if set(theirs.counts) & set(key.counts):
            _join_refunds(entry, key, other, its)
    if any(item.name == "quantity" for item in entry.items) or entry.group:
        return
    for other, its in lines:
        pieces, theirs = its.get("quantity"), its.get("order_id")
        if pieces is None or theirs is None or not set(theirs.counts) & set(key.counts):
            continue
        total = f"sum({quote(pieces.name) if pieces.is_number else f'CAST({quote(pieces.name)} AS BIGINT)'})"
        _join(entry, key, other, theirs, {"pieces": total})
        entry.items.append(Item("pieces", "quantity"))
        return


def _join_refunds(entry: Entry, key: Column, other: File, its: Meaning) -> None:
    back, at = its["refunded_amount"], its.get("refunded_at") or its.get("when")
    added = {"given_back": f"sum({orders.as_number(back)})"}
    if at is not None:
        added["given_back_at"] = f"max({quote(at.name)})"
    _join(entry, key, other, its["order_id"], added)
    fold = "max({})" if entry.group else "{}"
    entry.items.append(Item(fold.format("given_back"), "refunded_amount"))
    if at is not None:
        entry.items.append(Item(fold.format("given_back_at"), "refunded_at"))
    lost = set(its["order_id"].counts) - set(key.counts)
    if lost:
        asked = say(
            "{n:count} refunds of {file} name an order that is not there, such as {example}: where are these orders?",
            n=len(lost),
            file=other.path.name,
            example=min(lost),
        )
        entry.questions.append(Question("refunds", asked))


def _join(entry: Entry, key: Column, other: File, theirs: Column, added: dict[str, str]) -> None:
    if not entry.file:
        entry.file = entry.origin
    number = f"{other.name}_order"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in added.items())
    entry.origin += (
        f"\nLEFT JOIN (SELECT {theirs.clean()} AS {number}, {columns}\n"
        f"           FROM {other.name} GROUP BY {theirs.clean()}) ON {key.clean()} = {number}"
    )


def _has_lines(meaning: Meaning) -> bool:
    worth = any(role in meaning for role in ("price", "line_total", "amount"))
    return "order_id" in meaning and worth and "event" not in meaning


def _has_head(meaning: Meaning) -> bool:
    return "order_id" in meaning and meaning.instant is not None and "event" not in meaning


def _are_lines_of(file: File, meaning: Meaning, heads: Sequence[Looked]) -> bool:
    """Whether a file repeats the orders of another, which has each once."""
    key = meaning.get("order_id")
    if key is None or key.is_unique:
        return False
    for other, its in heads:
        theirs = its.get("order_id")
        if other is not file and theirs is not None and theirs.is_unique:
            shared = set(theirs.counts) & set(key.counts)
            if 2 * len(shared) > len(key.counts):
                return True
    return False
