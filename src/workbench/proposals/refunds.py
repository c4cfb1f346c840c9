"""What came back of orders: by a column, by lines below zero, or by a word."""

from __future__ import annotations

from collections import defaultdict

from workbench.kit.sentences import message, say
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import literal
from workbench.proposals.declared import Item
from workbench.proposals.reading import File
from workbench.proposals.words import PART, Status
from workbench.proposals.worth import Lines, as_number, is_negative

_NOTE = message("the status says that it came back, no column how much: all of it")


def items(meaning: Meaning, told: Lines, state: Status | None, when: str) -> list[Item]:
    """Return what says how much of an order came back, and when.

    Args:
        meaning: What the columns of a file mean.
        told: How its lines make orders.
        state: What its statuses say.
        when: SQL of a line's instant.
    """
    at = meaning.get("refunded_at")
    if told.gives_back and "refunded_amount" not in meaning:
        return _below_zero(meaning, told, when)
    if told.folds:
        sql, notes = of_line(meaning, told, state)
        found = [Item(told.of_order(sql), "refunded_amount", notes)] if sql else []
    elif "refunded_amount" in meaning:
        back_ = meaning["refunded_amount"]
        sql = f"-{as_number(back_)}" if is_negative(back_) else back_.raw()
        found = [Item(sql, "refunded_amount")]
    else:
        found = _by_word(state, told, meaning) if state is not None else []
    if at is not None:
        sql = f"max({at.in_time()})" if told.folds else at.raw()
        found.append(Item(sql, "refunded_at"))
    return found


def of_line(meaning: Meaning, told: Lines, state: Status | None) -> tuple[str, tuple[str, ...]]:
    """Return SQL of what came back of one of several lines of an order, and what is to be known.

    Where each line repeats what its order says, it is what came back of the order; "" where nothing
    says that anything did.
    """
    back = meaning.get("refunded_amount")
    if back is not None:
        # What is no number leaves the worth of its line unknown, and sets it aside.
        return f"{'-' if is_negative(back) else ''}{as_number(back, tries=True, blank=True)}", ()
    whole = state.holds("refunded") if state is not None else "false"
    if whole == "false" or told.gives_back:
        return "", ()
    return f"CASE WHEN {whole} THEN {told.gross} ELSE 0 END", (say(_NOTE),)


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


def words_by_order(meaning: Meaning) -> dict[str, set[str]]:
    """Return the words of status that stand on the lines of each order."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, word in zip(meaning["order_id"].values, meaning["status"].values, strict=True):
        if word is not None:
            found[str(number)].add(str(word))
    return found


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


def _by_word(state: Status, told: Lines, meaning: Meaning) -> list[Item]:
    """What came back of an order of one line, as far as a word says so."""
    whole, amount = state.holds("refunded"), meaning.get("amount")
    part = f"nullif(regexp_extract({state.column}, {literal(PART)}, 1), '')"
    if whole == "false":
        return [Item(part, "refunded_amount")] if state.gives_part else []
    is_text = amount is not None and not amount.is_number
    worth = told.money if is_text or not state.gives_part else f"CAST({told.money} AS VARCHAR)"
    rest = f" ELSE {part}" if state.gives_part else ""
    sql = f"CASE WHEN {whole} THEN {worth}{rest} END"
    return [Item(sql, "refunded_amount", (say(_NOTE),))]
