"""How a file writes amounts and instants, where it is not the usual way: declared, never guessed."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from datetime import datetime
from itertools import permutations

ISO = "iso"
SERIAL = "spreadsheet days"  # days since 30 December 1899, as Excel keeps instants
EPOCHS = {
    "epoch seconds": 6,
    "epoch milliseconds": 3,
    "epoch microseconds": 0,
}  # decimals between one of them and 1 µs
TEN_THOUSAND = "万"  # behind a figure it can mean nothing else
YUANS = "¥\uffe5"  # one sign in two widths
NARROW = "0123456789-:/., "
WIDE = (
    "".join(chr(ord(c) + 0xFEE0) for c in NARROW.strip()) + "\u3000"
)  # as Chinese programs may write them
_SPACES = " \u00a0\u202f"  # between thousands
_AMOUNT = re.compile(r"(?P<before>[^\d+-]*)1(?P<group>\D?)234(?P<point>[.,])50(?P<after>\D*)")
_DIRECTIVES = re.compile(r"(?:%[YymbBdaAHIMSfpz]|[^%])*")
_BLANKS = r"[\s\x{a0}\x{202f}]*"  # of RE2, whose \s is ASCII alone
_DAY = (("a year", "Yy"), ("a month", "mbB"), ("a day", "d"))
_SAMPLE = datetime(2026, 3, 4, 17, 6, 7)


@dataclass(frozen=True)
class AmountFormat:
    """How amounts are written, told by how 1234.50 is.

    Attributes:
        before: What may stand before the figure, such as ￥.
        group: What stands between thousands, "" for nothing.
        point: What stands before the decimals.
        after: What may stand after the figure.
    """

    before: str
    group: str
    point: str
    after: str

    def pattern(self, digits: int) -> str:
        """Return a pattern of amounts with at most `digits` decimals that are not 0."""
        return self._pattern(digits, "")

    def ten_thousands(self, digits: int) -> str:
        """Return a pattern of amounts such as 1.2万, with at most so many decimals that are not 0."""
        return self._pattern(digits, TEN_THOUSAND)

    def _pattern(self, digits: int, unit: str) -> str:
        before, group, point, after = (re.escape(part.strip()) for part in astuple(self))
        if self.before.strip() in YUANS:
            before = f"[{YUANS}]"
        if self.group in _SPACES:
            group = f"[{_SPACES}]"
        whole = rf"(\d{{1,3}}({group}\d{{3}})+|\d+)" if self.group else r"\d+"
        decimals = rf"({point}\d{{1,{digits}}}0*)?" if digits else rf"({point}0+)?"
        behind = "元" if unit and not after else after
        blank = _BLANKS
        return (
            rf"{blank}[+-]?({before})?{blank}[+-]?{whole}{decimals}{blank}{unit}({behind})?{blank}"
        )


def amount_format(text: str) -> AmountFormat:
    """Return the format of a file that writes 1234.50 as `text`.

    Raises:
        ValueError: If that is not how anybody writes it.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if not found or found["group"] == found["point"] or set("()") & set(text):
        raise ValueError(
            f"amounts == '{text}', must be 1234.50 as the file writes it, such as ￥1,234.50 or 1.234,50"
        )
    return AmountFormat(**found.groupdict())


def instant_formats(texts: list[str]) -> tuple[str, ...]:
    """Return declared formats of instants after checking that no instant can be read in two ways.

    Raises:
        ValueError: If one is none, or two disagree.
    """
    for text in texts:
        if text not in {ISO, SERIAL, *EPOCHS}:
            _check_pattern(text)
    others = (*EPOCHS, SERIAL)
    patterns = [
        "%Y-%m-%d %H:%M:%S" if text == ISO else text for text in texts if text not in others
    ]
    for one, other in permutations(patterns, 2):
        written = _SAMPLE.strftime(one)
        if _parsed(written, other) not in {None, _parsed(written, one)}:
            raise ValueError(
                f"instants: '{one}' and '{other}' read {written} as different instants"
            )
    if sum(text in EPOCHS for text in texts) > 1:
        raise ValueError("instants: two kinds of epochs cannot both be")
    return tuple(texts)


def _check_pattern(text: str) -> None:
    if not _DIRECTIVES.fullmatch(text) or "%" not in text:
        raise ValueError(
            f"instants == '{text}', must be iso, epoch seconds, epoch milliseconds, epoch microseconds, "
            f"spreadsheet days, or a pattern such as %d/%m/%Y %H:%M"
        )
    for what, letters in _DAY:
        if not re.search(f"%[{letters}]", text):
            wanted = " or ".join(f"%{letter}" for letter in letters)
            raise ValueError(f"instants == '{text}' tells no day: {what} is missing ({wanted})")
    if "%I" in text and "%p" not in text:
        raise ValueError(
            f"instants == '{text}': %I counts to 12 and needs %p, which reads AM, PM, 上午 and 下午; "
            f"hours to 24 are %H"
        )
    if "%p" in text and "%I" not in text:
        raise ValueError(f"instants == '{text}': %p goes with %I, hours to 12")


def zone_in(pattern: str) -> str:
    """Return the zone that a pattern has as plain text, "" where it has none."""
    found = re.search(r"\b(UTC|GMT)\b|(?<=[SMf])Z$|(?<=[SMf ])[+-]\d{2}:?\d{2}$", pattern)
    return found[0] if found else ""


def _parsed(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=None)  # noqa: DTZ007 - compared, not kept
    except ValueError:
        return None
