"""What the words of an export say: what became of an order, and of its money."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from workbench.kit.sentences import say, say_n
from workbench.proposals import headers
from workbench.proposals.contents import Column, literal
from workbench.proposals.declared import Question

_KINDS = ("paid", "refunded", "cancelled", "unpaid", "closed")
_IN_PART = re.compile(r"已退款[(\uff08]?[￥¥]?(\d+(\.\d+)?)[)\uff09]?")
_PERIOD = re.compile(
    r"(\d{1,4}[年月日周季]|第?[\d一二三四五六七八九十]+(周|季度|月)|\d{4}-\d{2} )+"
)  # before a sum of it
PART = "已退款[(\uff08]?[￥¥]?([0-9.]+)"
_STATUS = {"paid": "paid", "refunded": "refunded", "cancelled": "cancelled", "unpaid": "cancelled"}
_TAKEN_BACK = "(删除)"  # JD, before what the order was waiting for
_COMMAS = re.compile("[,\uff0c;/]")
_KINDS_OF_PARTS = (
    "refunded",
    "cancelled",
    "closed",
    "unpaid",
    "paid",
)  # that outweigh those behind
_MOST = 12  # unknown words that are named


@dataclass(frozen=True)
class Status:
    """What a column says became of orders.

    Attributes:
        column: SQL of the column.
        kinds: Of each word its kind: paid, refunded, cancelled, unpaid, closed, in_part, or "".
        counts: How often each stands.
        paid_at: SQL of when an order was paid, "" where nothing says so.
        after: SQL that holds where the after-sale column says that all was given back, "" for none.
        later: Words of that column that may say so or not, with their numbers.
    """

    column: str
    kinds: Mapping[str, str]
    counts: Mapping[str, int]
    paid_at: str = ""
    after: str = ""
    later: Mapping[str, int] = field(default_factory=dict)

    def of(self, kind: str) -> list[str]:
        """Return the words of a kind."""
        return [word for word, its in self.kinds.items() if its == kind]

    @property
    def gives_part(self) -> bool:
        """Whether a word says itself how much was given back."""
        return bool(self.of("in_part"))

    def of_line(self) -> str:
        """Return SQL of a line's status, a word a line with its number; unknown words stay."""
        if not self.after and all(_STATUS.get(kind) == word for word, kind in self.kinds.items()):
            return self.column
        rows = [f"  WHEN {self.after} THEN 'refunded'"] if self.after else []
        closed = say("given back if it was paid for, never a purchase if not")
        if not self.paid_at:
            closed = say("no column says when it was paid for: never a purchase")
        for word, kind in self.kinds.items():
            n = self.counts[word]
            note = f"  -- {say_n('{n:count} line', '{n:count} lines', n)}"
            if kind == "unpaid":
                note += f", {say('not paid for, so no purchase')}"
            if kind == "closed":
                note += f", {closed}"
            value = _STATUS.get(kind, "paid")
            told = f"'{value}'"
            if kind == "closed":
                told = "'cancelled'"
                if self.paid_at:
                    told = f"CASE WHEN {self.paid_at} IS NULL THEN 'cancelled' ELSE 'refunded' END"
            if kind:
                test = f"{self.column} = {literal(word)}" if self.after else literal(word)
                rows.append(f"  WHEN {test} THEN {told}{note}")
        if not rows:
            return self.column
        head = "CASE" if self.after else f"CASE {self.column}"
        return "\n".join([head, *rows, f"  ELSE {self.column}", "END"])

    def holds(self, value: str) -> str:
        """Return SQL that says whether a line's status is `paid` or `refunded`, for folded lines."""
        kinds = {"paid": ("paid", "in_part"), "refunded": ("refunded",)}[value]
        named = [word for kind in kinds for word in self.of(kind)]
        terms = [f"{self.column} IN ({_listed(named)})"] if named else []
        if value == "paid":
            terms += [f"NOT coalesce({self.after}, false)"] if self.after else []
            return " AND ".join(terms) if named else "false"
        if self.of("closed") and self.paid_at:
            terms.append(
                f"{self.column} IN ({_listed(self.of('closed'))}) AND {self.paid_at} IS NOT NULL"
            )
        terms += [self.after] if self.after else []
        return " OR ".join(terms) or "false"

    def questions(self) -> list[Question]:
        """Return what is asked of words that are not known."""
        unknown = [(word, self.counts[word]) for word, kind in self.kinds.items() if not kind]
        asked = []
        if self.later:
            told = ", ".join(f"{literal(word)} ({n})" for word, n in self.later.items())
            asked.append(
                Question(
                    "after_sale",
                    say(
                        "was all of an order given back whose after-sale status is {words}? Then add them beside the words of a refund",
                        words=told,
                    ),
                )
            )
        if not unknown:
            return asked
        shown = ", ".join(f"{literal(word)} ({n})" for word, n in unknown[:_MOST])
        sentence = say(
            "what became of the orders whose status is {words}? Add WHEN … THEN 'paid', "
            "'cancelled' or 'refunded'; until then they are set aside",
            words=shown,
        )
        return [*asked, Question("status", sentence)]


def status(column: Column, paid_at: Column | None, after: Column | None) -> Status:
    """Return what a column of statuses says, word by word.

    Args:
        column: The statuses.
        paid_at: When an order was paid; a closed one without it never was.
        after: What came after the sale, where that is a column of its own.
    """
    by_number = sorted(column.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    kinds = {word: kind(word) for word, _n in by_number}
    words = dict(after.counts) if after is not None else {}
    given = sorted(word for word in words if kind(word) == "refunded")
    told = f"{after.clean()} IN ({_listed(given)})" if after is not None and given else ""
    none = headers.words("after_sale_none")
    later = {w: n for w, n in words.items() if w not in given and headers.plain_word(w) not in none}
    is_paid = paid_at.clean() if paid_at is not None else ""
    return Status(column.clean(), kinds, dict(by_number), is_paid, told, later)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))


def kind(word: str) -> str:
    """Return what a word says became of an order, "" where it is not known."""
    plain = headers.plain_word(word)
    found = _kind(plain)
    if found or _IN_PART.fullmatch(word.strip()):
        return found or "in_part"
    if plain.startswith(_TAKEN_BACK):
        return "cancelled"
    # Several words, of which a refund outweighs the others: 已发货,退款成功.
    kinds = [_kind(part.strip()) for part in _COMMAS.split(plain)]
    return next((k for k in _KINDS_OF_PARTS if k in kinds), "") if all(kinds) else ""


def _kind(plain: str) -> str:
    return next((known for known in _KINDS if plain in headers.words(known)), "")


def is_purchase(event: str) -> bool:
    """Return whether an event of a log is a purchase."""
    return headers.plain_word(event) in headers.words("purchases")


@cache
def _sum_letters() -> frozenset[str]:
    return frozenset(word[0] for word in headers.words("sums"))


def sums(texts: Iterable[str]) -> str:
    """Return the word among the texts that says that a line sums others, "" for none."""
    for text in texts:
        # Most are none, and that is soon seen.
        if text[:1].lower() not in _sum_letters() and "计" not in text:
            continue
        plain = _PERIOD.sub("", headers.plain_word(text))
        for word in headers.words("sums"):
            rest = plain.removeprefix(word)
            if rest != plain and not rest[:1].isalpha():
                return text
    return ""
