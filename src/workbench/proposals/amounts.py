"""How a file writes amounts: told by all of them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from workbench.sources.currencies import SIGNS
from workbench.sources.formats import TEN_THOUSAND

_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<before>[^\d\s.,+-]*)\s*(?P<inner>[+-]?)(?P<figure>\d[\d.,' \u00a0\u202f]*)"
    r"\s*(?P<after>[^\d.,]*)",
    re.ASCII,
)
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_COMMAS = {"CNY", "USD", "GBP", "HKD", "TWD"}  # currencies whose thousands a comma parts
NEARLY = 0.95  # share of values that must be amounts, so that a note may stand among them
_LONG = re.compile(r"[.,]\d{9}")  # decimals that no amount has: an id of two parts
_SAMPLE, _HALF = 100, 0.5
_WAN = 10_000
_THREE = 3  # figures between two marks of thousands


@dataclass(frozen=True)
class Amounts:
    """How amounts are written.

    Attributes:
        example: 1234.50 as the file writes it, "" where it is plain figures.
        currency: What a symbol beside them says, "" for none.
        doubtful: Whether a single mark may part thousands or decimals.
        group: What stands between thousands.
        point: What stands before the decimals.
        in_wan: Whether some are written in ten thousands, such as 1.2万.
        currencies: How many are of each currency that a sign beside them says, if of several.
    """

    example: str = ""
    currency: str = ""
    doubtful: bool = False
    group: str = ""
    point: str = "."
    in_wan: bool = False
    currencies: Mapping[str, int] = field(default_factory=dict)

    def value(self, text: str) -> Decimal | None:
        """Return the amount in a text, None where there is none."""
        found = _AMOUNT.fullmatch(text.strip())
        if found is None:
            return None
        figure = "".join(c for c in found["figure"] if c.isdigit() or c == self.point)
        number = Decimal(figure.replace(self.point, ".").strip(".") or "0")
        number *= _WAN if found["after"].strip().startswith(TEN_THOUSAND) else 1
        return -number if "-" in found["sign"] + found["inner"] else number


def amounts(values: Iterable[str]) -> Amounts | None:
    """Return how texts write amounts; None where more than a few of them are none."""
    counts = Counter(value.strip() for value in values)
    some = [*counts][:_SAMPLE]
    if sum(map(_is_amount, some)) < _HALF * len(some):
        return None  # most columns are seen to hold none at once
    texts = [text for text in counts if _is_amount(text)]
    if not texts or sum(counts[text] for text in texts) < NEARLY * counts.total():
        return None
    if all(_PLAIN.fullmatch(text) for text in texts):
        decimals = {len(text.partition(".")[2]) for text in texts if "." in text}
        return Amounts(doubtful=decimals == {_THREE})
    matches = [match for text in texts if (match := _AMOUNT.fullmatch(text))]
    before = _longest(match["before"] for match in matches)
    behind = [match["after"].strip() for match in matches]
    after = _longest(text.removeprefix(TEN_THOUSAND) for text in behind)
    in_wan = any(text.startswith(TEN_THOUSAND) for text in behind)
    figures = [match["figure"].strip() for match in matches]
    group, point, doubtful = _marks(figures)
    said = Counter[str]()
    for text in texts:
        match = _AMOUNT.fullmatch(text)
        code = _currency(match["before"]) or _currency(match["after"]) if match else ""
        said.update({code: counts[text]} if code else {})
    currency = max(said, key=lambda code: said[code], default="")
    if len(said) > 1:
        before = _longest(m["before"] for m in matches if _currency(m["before"]) == currency)
        after = _longest(text for text in behind if _currency(text) == currency)
    if doubtful and currency in _COMMAS and group == ",":
        doubtful = False  # nobody there writes three decimals behind a comma
    plain = not (before or after or group) and point == "."
    example = "" if plain else f"{before}1{group}234{point}50{after}"
    several = said if len(said) > 1 else {}
    return Amounts(example, currency, doubtful, group, point, in_wan, several)


def _is_amount(text: str) -> bool:
    """Whether a text is a figure with nothing but a currency's sign beside it."""
    found = _AMOUNT.fullmatch(text)
    if found is None or _LONG.search(found["figure"]):
        return False
    return _is_sign(found["before"]) and _is_sign(found["after"])


def _is_sign(mark: str) -> bool:
    """Whether what stands beside a figure is a currency's, or nothing."""
    bare = mark.strip().lower().removeprefix(TEN_THOUSAND)
    return not bare or bare in SIGNS or (len(bare) == 1 and unicodedata.category(bare) == "Sc")


def _currency(mark: str) -> str:
    return SIGNS.get(mark.strip().lower().removeprefix(TEN_THOUSAND), "")


def _longest(texts: Iterable[str]) -> str:
    return max(texts, key=len, default="")


def _marks(figures: Iterable[str]) -> tuple[str, str, bool]:
    """What parts thousands, what parts decimals, and whether that may be the other way round."""
    group, point, doubtful = "", "", False
    for figure in figures:
        marks = [c for c in figure if not c.isdigit()]
        if not marks:
            continue
        last = marks[-1]
        if len(set(marks)) > 1:
            group, point, doubtful = marks[0], last, False
        elif len(marks) > 1:
            group = marks[0]
        elif len(figure.rpartition(last)[2]) != _THREE:
            point = last
        elif not group:
            doubtful = not point
            group = last
    if point:
        doubtful = group == point  # 12,50 and 9,800 in one column
        group = "" if doubtful else group
    return group, point or ("," if group == "." else "."), doubtful
