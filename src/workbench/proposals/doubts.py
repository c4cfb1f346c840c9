"""What orders leave open: columns of uncertain meaning, ids that lost digits, whose an amount is."""

from __future__ import annotations

import re

from workbench.kit.sentences import say
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import quote
from workbench.proposals.declared import Question
from workbench.proposals.reading import File
from workbench.proposals.worth import WHOSE, Lines

_SPEAKS = re.compile(
    "退款|退货|退单|取消|售后|作废|测试|刷单|refund|return|cancel|void|test|fake|is_valid",
    re.IGNORECASE,
)
_FEW = 8  # words of a column that sorts orders
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def of_orders(file: File, meaning: Meaning) -> list[Question]:
    """Return what is asked of the columns of orders."""
    return [*_near(meaning), *_lost_digits(meaning), *_clock(meaning), *_unread(file, meaning)]


def _unread(file: File, meaning: Meaning) -> list[Question]:
    """What is asked of columns of few words that speak of returns or tests, and that nothing reads."""
    read = {column.name for column in meaning.roles.values()}
    read |= {column.name for others in meaning.others.values() for column in others}
    found = []
    for column in file.columns:
        words = column.counts
        if column.name in read or not 1 < len(words) <= _FEW or not _SPEAKS.search(column.name):
            continue
        asked = say(
            "{column} says {words}, and nothing reads it: are some of these orders no purchases? Then "
            "leave them out by a rule of exclude, or give them a status",
            column=column.name,
            words=", ".join(f"{word} {n}" for word, n in words.most_common()),
        )
        found.append(Question(f"{column.name} unread", asked))
    return found


def of_amount(meaning: Meaning, told: Lines) -> Question:
    """Return the question whether an amount is a line's or its order's."""
    column = meaning["amount"].name
    if told.how == "repeated":
        asked = say(
            "does {column} stand for the whole order, or for the line? All lines of an order say "
            "the same, so it counts once here, which is right for orders",
            column=column,
        )
    else:
        asked = say(
            "does {column} stand for the line, or for the whole order? All lines of an order say "
            "the same, but of few orders; it is added up here, which is right for lines",
            column=column,
        )
    return Question(WHOSE, asked, "order" if told.how == "repeated" else "line", ("line", "order"))


def _near(meaning: Meaning) -> list[Question]:
    """What is asked of columns whose names do not say for sure."""
    called = {
        "order_id": say("the order's number"),
        "ordered_at": say("when it was placed"),
        "when": say("when it was placed"),
        "amount": say("what was charged"),
    }
    return [
        Question(
            role,
            say(
                "is {column} {meaning}? Nothing says so for sure",
                column=meaning[role].name,
                meaning=told,
            ),
            meaning[role].name,
        )
        for role, told in called.items()
        if role in meaning.guessed
    ]


def _clock(meaning: Meaning) -> list[Question]:
    """What is asked where the time of day stands in a column of its own."""
    when, clock = meaning.instant, meaning.get("clock")
    if when is None or clock is None or clock is when or when.instants is None:
        return []
    if not when.instants.by_day or not all(_TIME.fullmatch(text) for text in clock.counts):
        return []
    asked = say(
        "orders are known by their day here: is {clock} their time? Then write {sql} AS ordered_at",
        clock=clock.name,
        sql=f"{quote(when.name)} || ' ' || {quote(clock.name)}",
    )
    return [Question("clock", asked)]


def _lost_digits(meaning: Meaning) -> list[Question]:
    columns = [
        c for role in ("order_id", "user_id") if (c := meaning.get(role)) and c.is_scientific
    ]
    return [
        Question(
            f"{column.name} digits",
            say(
                "a spreadsheet has taken {column} for numbers, as in {example}: different ones have "
                "become one, which nothing can undo. Can it be exported as text?",
                column=column.name,
                example=next(text for text in column.counts if "E" in text.upper()),
            ),
        )
        for column in columns
    ]
