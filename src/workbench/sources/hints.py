"""What to declare so that lines like those in quarantine can be read: told beside their reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from workbench.kit.sentences import message, say
from workbench.sources.currencies import SHARED, SIGNS
from workbench.sources.formats import NARROW, WIDE
from workbench.sources.marks import CUT
from workbench.sources.sql import Engine

_DATES = (
    (r"\d{4}(?P<s>[-/.])\d{1,2}(?P=s)\d{1,2}", "%Y{s}%m{s}%d"),
    (r"\d{1,2}(?P<s>[-/.])\d{1,2}(?P=s)\d{4}", "%d{s}%m{s}%Y"),
    (r"\d{1,2}(?P<s>[-/.])\d{1,2}(?P=s)\d{2}", "%d{s}%m{s}%y"),
    (r"\d{4}年\d{1,2}月\d{1,2}日", "%Y年%m月%d日"),
    (r"\d{8}", "%Y%m%d"),
    (r"\d{1,2} [A-Z][a-z]{2} \d{4}", "%d %b %Y"),
    (r"\d{1,2} [A-Z][a-z]{3,} \d{4}", "%d %B %Y"),
    (r"[A-Z][a-z]{2} \d{1,2}, \d{4}", "%b %d, %Y"),
    (r"[A-Z][a-z]{3,} \d{1,2}, \d{4}", "%B %d, %Y"),
)
_FIGURES = (
    (r"\d{10}", "epoch seconds"),
    (r"\d{13}", "epoch milliseconds"),
    (r"20\d{10}", "%Y%m%d%H%M"),
    (r"20\d{12}", "%Y%m%d%H%M%S"),
    (r"1\d{15}", "epoch microseconds"),
)
_WEEKDAY = re.compile(
    r"(?P<short>Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?P<mark>,? )|(?P<long>[A-Z][a-z]{2,6}day), "
)
_WEEKDAY_BEHIND = re.compile(r" ?(?:星期|礼拜|周)[一二三四五六日天]")
_HALF = r"(?:AM|PM|am|pm|上午|下午|凌晨|中午|晚上|早上)"
_TIME = re.compile(
    rf"(?P<gap>[ T]*)(?P<before>{_HALF} ?)?(?P<hour>\d{{1,2}}):\d{{2}}(?P<seconds>:\d{{2}})?"
    rf"(?P<part>\.\d+)?(?P<after> ?{_HALF})?(?P<zone> ?(?:[+-]\d{{2}}:?\d{{2}}|GMT|UTC))?"
)
_AMOUNT = re.compile(
    r"[+-]?(?P<before>[^\d+,.()-]{0,4})[+-]?(?P<figure>\d[\d.,]*)(?P<after>[^\d,.]{0,4})"
)
_THOUSAND = 3  # figures between two marks
_MONEY = " is money without fractions of its smallest unit"
_UNREAD = " money of each of its lines can be read"
_TWICE = " stands once"
_NO_USER = " user_id is there"
_NO_AMOUNT = " amount is there"
_CUT = re.compile(CUT)
_SUM = " no sum of other lines"
_SERIALS = 20_000, 80_000  # days of a spreadsheet: the years 1954 to 2119
_TWELVE = 12
_PADDED = re.compile(r"\s*\d{4}-\d{2}-\d{2}[ T]\d{2}:")
_USUAL = ("%Y-%m-%d %H:", "%Y-%m-%dT%H:")  # read unasked: what is wrong with it is something else


def pattern_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Return what to declare for instants written as some texts are: none where nobody can tell.

    Two are returned where days and months cannot be told apart.
    """
    found = [_pattern(text.strip()) for text in texts]
    if not found or not found[0] or len(set(found)) > 1:
        return ()
    if found[0].startswith(_USUAL) and all(map(_PADDED.match, texts)):
        return ()
    pattern = found[0]
    if not pattern.startswith(("%d/%m", "%d-%m", "%d.%m")):
        return (pattern,)
    parts = [[int(part) for part in re.findall(r"\d+", text)[:2]] for text in texts]
    american = f"%m{pattern[2]}%d{pattern[5:]}"
    if any(day > _TWELVE for day, _month in parts):
        return (pattern,)
    return (american,) if any(month > _TWELVE for _day, month in parts) else (pattern, american)


def amount_of(texts: Sequence[str]) -> str:
    """Return how a file would write 1234.50, as some of its amounts tell; "" where nobody can tell."""
    found = [_AMOUNT.fullmatch(text.strip()) for text in texts]
    matches = [match for match in found if match]
    if not matches or len(matches) < len(found):
        return ""
    before, after = (
        max((match[part].strip() for match in matches), key=len) for part in ("before", "after")
    )
    marks = [[c for c in match["figure"] if not c.isdigit()] for match in matches]
    last = {m[-1] for match, m in zip(matches, marks, strict=True) if m and _has_decimals(match)}
    point = last.pop() if len(last) == 1 else "."
    group = next((c for m in marks for c in m if c != point), "")
    if any(
        m and not _has_decimals(match) and m[-1] == point
        for match, m in zip(matches, marks, strict=True)
    ):
        return ""
    return (
        f"{before}1{group}234{point}50{after}" if before or after or group or point != "." else ""
    )


def _has_decimals(match: re.Match[str]) -> bool:
    """Whether what stands behind the last mark of a figure are decimals, not thousands."""
    marks = {c for c in match["figure"] if not c.isdigit()}
    return len(marks) > 1 or len(re.split(r"\D", match["figure"])[-1]) != _THOUSAND


def _pattern(text: str) -> str:
    for figures, written in _FIGURES:
        if re.fullmatch(figures, text):
            return written
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return "spreadsheet days" if _SERIALS[0] < float(text) < _SERIALS[1] else ""
    weekday = _WEEKDAY.match(text)
    before = "" if weekday is None else "%A, " if weekday["long"] else f"%a{weekday['mark']}"
    text = text if weekday is None else text[weekday.end() :]
    for date, written in _DATES:
        found = re.match(date, text)
        if found:
            day = before + written.format(s=found.groupdict().get("s", ""))
            rest = text[found.end() :]
            behind = _WEEKDAY_BEHIND.match(rest)
            if behind is not None:
                day, rest = f"{day}{' ' * rest.startswith(' ')}%A", rest[behind.end() :]
            time = _time(rest)
            return "" if time is None else day + time
    return ""


def _time(text: str) -> str | None:
    """The pattern of a time of day; None where the text is something else."""
    if not text:
        return ""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    half = found["before"] or found["after"]
    hour = "%I" if half else "%H"
    gap, before = found["gap"], "%p " if (found["before"] or "").endswith(" ") else "%p"
    after = (" %p" if found["after"].startswith(" ") else "%p") if found["after"] else ""
    zone = (" %z" if found["zone"].startswith(" ") else "%z") if found["zone"] else ""
    seconds, part = ":%S" if found["seconds"] else "", ".%f" if found["part"] else ""
    return f"{gap}{before if found['before'] else ''}{hour}:%M{seconds}{part}{after}{zone}"


def other_currency(texts: Sequence[str], currency: str) -> str:
    """Return which other currency than a source's the signs beside some amounts stand for; "" for none."""
    found = [_AMOUNT.fullmatch(text.strip()) for text in texts]
    marks = [(m["before"].strip() or m["after"].strip()).lower() if m else "" for m in found]
    codes = {SIGNS.get(mark, "") for mark in marks}
    if not currency or len(codes) != 1 or codes <= {"", currency}:
        return ""
    (code,) = codes
    return "" if currency in SHARED.get(code, ()) else code


def hint(
    reason: str,
    values: Sequence[Mapping[str, object]],
    blank: Sequence[str],
    currency: str = "",
) -> str:
    """Return what to declare for lines that were set aside for a reason, "" where nothing is known.

    Args:
        reason: Why.
        values: What each of some such lines has in the columns that the reason speaks of.
        blank: The columns that the SELECT reads and that are blank in all of these lines.
        currency: The source's.
    """
    texts = [str(v) for found in values for v in found.values() if v not in {None, ""}]
    names = list(dict.fromkeys(name for found in values for name in found))
    is_blank = len(texts) < sum(map(len, values))
    if (reason.endswith(_UNREAD) and is_blank) or (reason.endswith(_NO_AMOUNT) and blank == names):
        told = message(
            "if a line without an amount of its own is worth nothing, write coalesce({name}, '0')"
        )
        return say(told, name=_named(names[0]))
    if reason.endswith(_NO_USER) and names and blank == names:
        told = message(
            "a line that names no user is nobody's: leave it out by a rule, exclude: {{nobody: {name} IS NULL}}"
        )
        return say(told, name=_named(names[0]))
    if reason.endswith((" is there", " is not empty")) and not texts and blank:
        told = message(
            "if what stands above holds for these lines (merged cells, fields of a first line only), "
            "declare the file's fill_down: [{names}]"
        )
        return say(told, names=", ".join(blank))
    if reason.endswith(_SUM):
        return say("name it by a rule of exclude, and it is left out")
    if reason.endswith(_TWICE):
        return say(
            "lines of one number that differ contradict each other: leave those that no longer hold out by a rule "
            "of exclude; if each is a part, let GROUP BY and sum(money) make one row of them"
        )
    return _of_values(reason, names, texts, currency) if texts else ""


def _of_values(reason: str, names: Sequence[str], texts: Sequence[str], currency: str) -> str:
    """What to declare so that values which are there can be read."""
    is_instant = reason.endswith((" is an instant that exists", " is a day"))
    is_money = reason.endswith((_MONEY, _UNREAD))
    if (is_instant or is_money) and any(set(text) & {*WIDE} for text in texts):
        told = message(
            "in figures of twice the width: write translate({name}, '{wide}', '{plain}') in the SELECT"
        )
        return say(told, name=_named(names[0]), wide=WIDE.strip(), plain=NARROW.strip())
    if reason.endswith(" is text") and all(map(_CUT.fullmatch, texts)):
        return say(
            "a spreadsheet keeps 15 figures of a number, and has lost the others of these: export the "
            "column as text"
        )
    if is_money and (other := other_currency(texts, currency)):
        told = message(
            "in {other}, and amounts are summed as {currency}: leave these lines out by a rule of "
            "exclude and give them a source of their own, or convert them in the SELECT"
        )
        return say(told, other=other, currency=currency)
    if is_money and (example := amount_of(texts)):
        told = message(
            "not as amounts are declared; looks as if 1234.50 were {example}: declare the file's "
            "amounts: {example}"
        )
        return say(told, example=f'"{example}"')
    return _of_instants(pattern_of(texts)) if is_instant else ""


def _named(column: str) -> str:
    """A column's name as SQL has it."""
    return column if column.isidentifier() else Engine.name(column)


def _of_instants(patterns: Sequence[str]) -> str:
    """What to declare for instants in these patterns: either of two, or one."""
    if len(patterns) > 1:
        either = message(
            "looks like {one} or like {other}: declare the file's instants, once you know which"
        )
        return say(either, one=f'"{patterns[0]}"', other=f'"{patterns[1]}"')
    told = message(
        "not in the declared format, or none is declared; looks like {pattern}: declare the "
        "file's instants: {pattern}"
    )
    return say(told, pattern=f'"{patterns[0]}"') if patterns else ""
