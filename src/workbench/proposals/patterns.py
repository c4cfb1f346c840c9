"""The patterns in which programs write instants, and what a text says by one of them."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

DATES = (
    "%Y/%m/%d",
    "%Y-%m-%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%a, %d %b %Y",
    "%A, %B %d, %Y",
    "%a %b %d",  # with a year behind the time
    "%Y年%m月%d日 %A",
    "%Y年%m月%d日%A",
    "%Y-%m-%d %A",
    "%Y/%m/%d %A",
)
EITHER = ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y")
# Years of two figures: which part is the year is in doubt as well.
SHORT = tuple(
    sep.join(parts)
    for sep in "/-."
    for parts in (("%y", "%m", "%d"), ("%d", "%m", "%y"), ("%m", "%d", "%y"))
)
_BARE = ("%H:%M:%S", "%H:%M", "%H时%M分%S秒", "%H时%M分", "%H点%M分", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p",
         "%I:%M%p", "%p %I:%M:%S", "%p %I:%M", "%p%I:%M:%S", "%p%I:%M", "%H:%M:%S.%f", "%H:%M:%S,%f",
         "%H:%M:%S %z", "%H:%M %z", "%H:%M:%S %Y")  # fmt: skip
CLOCKS = (
    "",
    *(f" {clock}" for clock in _BARE),
    "T%H:%M:%S",
    "T%H:%M",
    "%H%M%S",
    "%H%M",
    "T%H%M%S",
    "T%H%M%S%z",
    "%H:%M:%S",
    "%H:%M",
    "%H时%M分%S秒",
    "%H时%M分",
    "%H点%M分",
    ", %I:%M:%S %p",
    ", %I:%M %p",
    ", %H:%M:%S",
    ", %H:%M",
)
_PLAUSIBLE = (datetime(1990, 1, 1), datetime(2040, 1, 1))
_HALVES = {"上午": "AM", "下午": "PM"}
_WEEKDAY = re.compile("(星期|礼拜|周|週)[一二三四五六日天]")
_UTC = re.compile(r"\(?(GMT|UTC|Z)\)?$")
_AHEAD = re.compile(r"\(?(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?\)?$")
_LETTERS = {"Y": r"\d{4}", "y": r"\d{2}", "f": r"\d{1,6}", "b": "[A-Za-z]{3}", "B": "[A-Za-z]{3,}", "a": "[A-Za-z]{3}",
            "A": "[A-Za-z]{4,}", "p": "[AaPp][Mm]", "z": r"[+-]\d{4}"}  # fmt: skip
_DIRECTIVE = re.compile("%([A-Za-z])")


def read(text: str, pattern: str) -> datetime | None:
    """Return the instant that a text says by a pattern, on its own clock; None where it says none."""
    given = _english(text, pattern)
    if _form(pattern).fullmatch(given) is None:
        return None
    try:
        at = datetime.strptime(given, pattern).replace(tzinfo=None)  # noqa: DTZ007 - a clock's
    except (ValueError, OverflowError):
        return None
    return at if _PLAUSIBLE[0] < at < _PLAUSIBLE[1] else None


def offset(text: str, pattern: str) -> str:
    """Return the offset that a text says by a pattern, such as +0800; "" where that has none."""
    return _english(text, pattern)[-len("+0800") :] if "%z" in pattern else ""


def _english(text: str, pattern: str) -> str:
    """A text as its pattern has it: Chinese halves and days of the week, zones by their names."""
    if "%p" in pattern:
        for chinese, english in _HALVES.items():
            text = text.replace(chinese, english)
    if "%A" in pattern:
        text = _WEEKDAY.sub("Monday", text)
    if "%z" in pattern:
        text = _UTC.sub("+0000", text)
        text = _AHEAD.sub(lambda found: f"{found[1]}{found[2]:0>2}{found[3] or '00'}"[:5], text)
    return text


@cache
def _form(pattern: str) -> re.Pattern[str]:
    """What a text looks like that a pattern can read: soon seen, where reading is slow.

    Figures that stand side by side with others are all there.
    """
    parts = _DIRECTIVE.split(pattern)  # what stands between, and letters
    found = re.escape(parts[0])
    for place in range(1, len(parts), 2):
        letter, behind = parts[place], parts[place + 1]
        before = parts[place - 2] if place > 1 and not parts[place - 1] else ""
        after = parts[place + 2] if not behind and place + 2 < len(parts) else ""
        is_close = any(one in "YymdHIMS" for one in before + after)
        usual = r"\d{2}" if is_close else r"\d{1,2}"
        found += _LETTERS.get(letter, usual) + re.escape(behind)
    return re.compile(found, re.ASCII)
