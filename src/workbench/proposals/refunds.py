"""What came back of orders: by a column, by lines below zero, or by a word."""

from __future__ import annotations

from collections import defaultdict

from workbench.kit.sentences import say
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import literal, quote
from workbench.proposals.declared import Item
from workbench.proposals.reading import File
from workbench.proposals.words import PART, Status
from workbench.proposals.worth import Lines, as_number


def items(file: File, meaning: Meaning, told: Lines, state: Status | None, when: str) -> list[Item]:
    """Return what says how much of an order came back, and when.

    Args:
        file: The file.
        meaning: What its columns mean.
        told: How its lines make orders.
        state: What its statuses say.
        when: SQL of a line's instant.
    """
    back, at = meaning.get("refunded_amount"), meaning.get("refunded_at")
    found = []
    if back is not None:
        sql = as_number(back)
        if not told.folds:
            sql = quote(back.name)
        elif told.how in {"first", "repeated"}:
            sql = f"max({sql})"
        else:
            sql = f"sum({sql})"
        found.append(Item(sql, "refunded_amount"))
    elif told.gives_back:
        return _below_zero(meaning, told, when)
    elif state is not None:
        found += _by_status(state, told, file, meaning)
    if at is not None:
        sql = f"max({quote(at.name)})" if told.folds else quote(at.name)
        found.append(Item(sql, "refunded_at"))
    return found


def mixed(state: Status, file: File, meaning: Meaning) -> bool:
    """Whether an order has lines of which different things became."""
    column = meaning["status"]
    after = meaning.get("after_sale")
    beside = after.values if after is not None and state.after else [None] * file.rows
    found: dict[str, set[tuple[object, object]]] = defaultdict(set)
    for number, value, more in zip(meaning["order_id"].values, column.values, beside, strict=True):
        if value is not None:
            found[str(number)].add((value, more))
    return any(len(values) > 1 for values in found.values())


def _below_zero(meaning: Meaning, told: Lines, when: str) -> list[Item]:
    """What lines below zero give back, and when."""
    if not told.folds:
        if "amount" not in meaning:
            return []
        sql = f"greatest(-{as_number(meaning['amount'])}, 0)"
        return [Item(sql, "refunded_amount", (say("an amount below zero gives money back"),))]
    if "amount" not in meaning:
        sql = "greatest(-sum(money), 0)"
        at = f"CASE WHEN sum(money) < 0 THEN max({when}) END"
    else:
        sql = "sum(CASE WHEN money < 0 THEN -money ELSE 0 END)"
        at = f"max(CASE WHEN money < 0 THEN {when} END)"
    note = say("lines below zero give money back")
    return [Item(sql, "refunded_amount", (note,)), Item(at, "refunded_at")]


def _by_status(state: Status, told: Lines, file: File, meaning: Meaning) -> list[Item]:
    """What came back of orders, where nothing but a word says so."""
    whole = state.holds("refunded")
    note = say("the status says that it came back, no column how much: all of it")
    if not told.folds:
        return [Item(sql, "refunded_amount", (note,)) for sql in _of_line(state, told, meaning)]
    if whole == "false":
        return []
    if told.how != "lines" or not mixed(state, file, meaning):
        return [Item(f"CASE WHEN bool_or({whole}) THEN sum(money) END", "refunded_amount", (note,))]
    stands = f"coalesce({state.holds('paid')}, false)"
    sql = (
        f"CASE WHEN bool_or({stands}) THEN sum(CASE WHEN {stands} THEN 0 ELSE money END)\n"
        f"     WHEN bool_or({whole}) THEN sum(money) END"
    )
    return [Item(sql, "refunded_amount", (say("lines that came back, by their status"),))]


def _of_line(state: Status, told: Lines, meaning: Meaning) -> list[str]:
    """SQL of what came back of an order of one line; [] where no word says that anything did."""
    whole, amount = state.holds("refunded"), meaning.get("amount")
    part = f"nullif(regexp_extract({state.column}, {literal(PART)}, 1), '')"
    if whole == "false":
        return [part] if state.gives_part else []
    is_text = amount is not None and not amount.is_number
    worth = told.money if is_text or not state.gives_part else f"CAST({told.money} AS VARCHAR)"
    rest = f" ELSE {part}" if state.gives_part else ""
    return [f"CASE WHEN {whole} THEN {worth}{rest} END"]
