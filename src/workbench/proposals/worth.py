"""What the lines of an export are worth, and how they make orders."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from workbench.proposals import headers
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import Column, literal
from workbench.proposals.reading import File
from workbench.sources.formats import TEN_THOUSAND

WHOSE = "amount_of"  # the question whether an amount is a line's or its order's
_ITEMS = {"product_name", "product_id", "price", "quantity", "line_total", "refunded_amount"}
_MAY_CHANGE = ("amount", "status", "after_sale", "paid_at", "refunded_at")
_SLIPS = 0.1  # share of orders that may stand twice by mistake
_FEW, _MANY = 3, 10  # orders of several lines that tell little, and much
_OFF = re.compile(
    "优惠|折扣|满减|立减|红包|抵扣|减免|coupon|discount|voucher|rabatt|gutschein", re.IGNORECASE
)
_SMALL = Decimal("0.02")  # by which the lines of an order may miss its amount


@dataclass(frozen=True)
class Lines:
    """How the lines of a file make orders, and what they are worth.

    Attributes:
        folds: Whether several lines make an order.
        money: SQL of what a line is worth, before anything came back.
        how: first (an order's first line says it), repeated (each line says the whole order's),
            lines (each line says its own), single (one line an order).
        sure: Whether the file tells so.
        gives_back: Whether some lines are worth less than nothing.
        gross: Of folded lines, SQL of the same as a number; of repeated ones the whole order's.
        once: Of repeated ones, SQL that holds on one line of each order.
        takes_off: Whether lines below zero are discounts, by their names.
    """

    folds: bool
    money: str
    how: str
    sure: bool = True
    gives_back: bool = False
    gross: str = ""
    once: str = ""
    takes_off: bool = False

    def net_of(self, back: str) -> str:
        """Return SQL of what a line is worth after `back` of it, or of its order, came back."""
        net = f"{self.gross} - {back}"
        return f"CASE WHEN {self.once} THEN {net} ELSE 0 END" if self.once else net

    def of_order(self, sql: str) -> str:
        """Return SQL of an order's sum of what its lines say, or of what they all say."""
        return f"max({sql})" if self.once else f"sum({sql})"


def lines(file: File, meaning: Meaning, answer: str = "") -> Lines:
    """Return how the lines of a file make orders, and what each is worth.

    Args:
        file: The file.
        meaning: What its columns mean.
        answer: `line` or `order`, where somebody said what an amount stands for.
    """
    amount, total = meaning.get("amount"), meaning.get("line_total")
    price, pieces = meaning.get("price"), meaning.get("quantity")
    key, own = meaning.get("order_id"), _own_worth(total, price, pieces)
    if key is None or key.is_unique or _repeats_by_mistake(file, meaning, key):
        worth = amount.raw() if amount else own
        below = is_below_zero(amount or total or price)
        return Lines(key is None, worth, "single", gives_back=below)
    takes_off = _takes_off(meaning, amount or total or price)
    if amount is None:
        below = not takes_off and any(map(is_below_zero, (total, price, pieces)))
        gross = own if "round(" in own else as_number(total or price, tries=True)
        return Lines(
            folds=True, money=own, how="lines", gives_back=below, gross=gross, takes_off=takes_off
        )
    return _folded(file, meaning, answer, amount, key)


def _repeats_by_mistake(file: File, meaning: Meaning, key: Column) -> bool:
    """Whether a few orders stand twice in a file of one line an order.

    Their lines say the same of everything but what may have changed meanwhile, and no column tells
    one piece of an order from another. Which of two is right the check asks, and adds up neither.
    """
    amount = meaning.get("amount")
    if amount is None or _ITEMS & meaning.roles.keys() or is_below_zero(amount):
        return False
    if any(value is None for value in (*key.values, *amount.values)) or file.filled:
        return False
    repeated = {number for number, n in key.counts.items() if n > 1}
    if len(repeated) > _SLIPS * len(key.counts):
        return False
    may_change = {meaning[role].name for role in _MAY_CHANGE if role in meaning}
    others = [column for column in file.columns if column.name not in may_change]
    lines_ = {
        tuple(column.values[n] for column in others)
        for n, number in enumerate(key.values)
        if str(number) in repeated
    }
    return len(lines_) == len(repeated)


def _folded(file: File, meaning: Meaning, answer: str, amount: Column, key: Column) -> Lines:
    """The same of orders of several lines that have an amount."""
    name, zero = amount.raw(), "0" if amount.is_number else "'0'"
    number = as_number(amount, tries=True)
    several = [group for group in _by_order(key, amount).values() if len(group) > 1]
    blank = [sum(value is None for value in group) for group in several]
    added, gross = name, number
    if any(blank):
        added, gross = f"coalesce({name}, {zero})", f"coalesce({number}, 0)"
    if several and all(n == len(g) - 1 for n, g in zip(blank, several, strict=True)):
        return Lines(folds=True, money=added, how="first", gross=gross)
    if is_below_zero(amount):
        off = _takes_off(meaning, amount)
        return Lines(
            folds=True, money=added, how="lines", gives_back=not off, gross=gross, takes_off=off
        )
    how, sure = _whose(meaning, several, answer, is_merged=key.name in file.filled)
    if how == "lines":
        return Lines(folds=True, money=added, how=how, sure=sure, gross=gross)
    once = f"row_number() OVER (PARTITION BY {key.clean()}) = 1"
    added = f"CASE WHEN {once} THEN {name} ELSE {zero} END"
    return Lines(folds=True, money=added, how=how, sure=sure, gross=number, once=once)


def _takes_off(meaning: Meaning, worth: Column | None) -> bool:
    """Whether all lines below zero are called a discount."""
    name = meaning.get("product_name")
    rows = below_zero(worth) if worth is not None and name is not None else []
    return bool(rows) and all(
        _OFF.search(str(name.values[n] or "")) for n in rows if name is not None
    )


def _whose(
    meaning: Meaning, several: list[list[str | None]], answer: str, *, is_merged: bool
) -> tuple[str, bool]:
    """Whether an amount is a line's (lines) or its whole order's (repeated), and if that is sure."""
    if answer:
        return {"line": "lines", "order": "repeated"}[answer], True
    # An order's own amount would have been merged with its number.
    if is_merged or not all(len(set(group)) == 1 for group in several):
        return "lines", True
    amount, key = meaning["amount"], meaning["order_id"]
    each = meaning.get("line_total") or meaning.get("price")
    sums = _own_sums(key, meaning.get("line_total"), meaning.get("price"), meaning.get("quantity"))
    groups = {number: group for number, group in _by_order(key, amount).items() if len(group) > 1}
    whole = [
        abs(sums.get(n, Decimal(-1)) - _number(amount, g[0])) <= _SMALL for n, g in groups.items()
    ]
    if each is not None and (sum(whole) * 2 > len(whole) or _varies(key, each)):
        return "repeated", True
    if each is not None and len(several) >= _FEW:
        return "lines", True  # as many times the amount as lines, each of one price
    return ("repeated" if len(several) >= _MANY else "lines"), False


def _own_worth(total: Column | None, price: Column | None, pieces: Column | None) -> str:
    """SQL of what a line is worth by itself: its total, or its price times its pieces."""
    if total is not None:
        return total.raw()
    if price is None:
        return ""
    if pieces is None:
        return price.raw()
    # What is no number counts as money that cannot be read, and its line is set aside.
    decimals = 2 + headers.LARGE.get(headers.large_unit(price.name), 0)
    return f"round({as_number(price, tries=True)} * {as_number(pieces, tries=True)}, {decimals})"


def is_negative(column: Column) -> bool:
    """Return whether a column writes what it counts below zero, all of it."""
    values = [_number(column, text) for text in column.counts]
    return any(value < 0 for value in values) and all(value <= 0 for value in values)


def as_number(column: Column | None, *, tries: bool = False, blank: bool = False) -> str:
    """Return SQL of a column as an exact number, whatever stands around its figures.

    Args:
        column: The column; None for none.
        tries: Whether what is no number is NULL, which the import sets aside, in place of an error.
        blank: Whether a blank is 0.
    """
    if column is None:
        return "0"
    cast = "TRY_CAST" if tries else "CAST"
    name = (
        f"coalesce({column.raw()}, {0 if column.is_number else literal('0')})"
        if blank
        else column.raw()
    )
    type_ = f"DECIMAL(18,{4 + headers.LARGE.get(headers.large_unit(column.name), 0)})"
    if column.is_number:
        return name
    written = column.amounts
    if written is None or not (written.example or column.mark or written.in_wan):
        return f"{cast}({name} AS {type_})"
    plain = f"regexp_replace({name}, '[^0-9{written.point}-]', '', 'g')"
    if written.point != ".":
        plain = f"replace({plain}, {literal(written.point)}, '.')"
    number = f"{cast}({plain} AS {type_})"
    if written.in_wan:
        return f"{number} * CASE WHEN {name} LIKE '%{TEN_THOUSAND}%' THEN 10000 ELSE 1 END"
    return number


def _by_order(order: Column, amount: Column) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = defaultdict(list)
    for number, value in zip(order.values, amount.values, strict=True):
        if number is not None:
            found[str(number)].append(None if value is None else str(value))
    return found


def _own_sums(
    order: Column, total: Column | None, price: Column | None, pieces: Column | None
) -> dict[str, Decimal]:
    """What the lines of each order come to by themselves; {} where nothing says so."""
    each = total or price
    if each is None:
        return {}
    found: dict[str, Decimal] = defaultdict(Decimal)
    times = pieces.values if pieces is not None and total is None else [1] * len(each.values)
    for number, value, n in zip(order.values, each.values, times, strict=True):
        if number is not None and value is not None:
            found[str(number)] += _number(each, str(value)) * Decimal(str(n or 0))
    return dict(found)


def _varies(order: Column, column: Column) -> bool:
    groups = _by_order(order, column)
    return any(len(set(group)) > 1 for group in groups.values())


def _number(column: Column, text: str | None) -> Decimal:
    written = column.amounts
    value = written.value(text) if written is not None and text is not None else None
    return value if value is not None else Decimal(0)


def below_zero(column: Column) -> list[int]:
    """Return the rows in which an amount is below zero."""
    return [n for n, v in enumerate(column.values) if v is not None and _number(column, str(v)) < 0]


def is_below_zero(column: Column | None) -> bool:
    """Return whether an amount of a column is below zero."""
    return column is not None and any(_number(column, text) < 0 for text in column.counts)
