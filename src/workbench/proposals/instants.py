"""How a column writes instants: told by all of its values, or by none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise

from workbench.proposals.patterns import CLOCKS, DATES, EITHER, SHORT, offset
from workbench.proposals.patterns import read as read_by

SERIAL = "spreadsheet days"  # what a source file calls them

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?))?)?",
    re.ASCII,
)
_OFFSET = re.compile(r" ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})$")
_EPOCH = re.compile(r"\d{10}(\.\d+)?|\d{13}|1\d{15}", re.ASCII)
_WHOLE_DAY = re.compile(r"\d{5}(\.0+)?", re.ASCII)
_DAYS = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_FIRST = datetime(1899, 12, 30)
_SERIAL = (30_000, 60_000)  # days since 1899-12-30: 1982 to 2064
ISO = "iso"  # what a source file calls the usual form
_FORMS = 4  # in which one column may be written
_TELLING = 1000  # different values that show them
_EPOCHS = {  # by the figures that they have in our days
    10: ("epoch seconds", 1),
    13: ("epoch milliseconds", 1000),
    16: ("epoch microseconds", 1_000_000),
}
_PLAUSIBLE = (datetime(1990, 1, 1), datetime(2040, 1, 1))
_CLOSE, _APART = timedelta(days=2 * 366), timedelta(days=5 * 366)  # of all instants of a file
_MANY, _HALF_A_DAY = 30, 8  # instants, and hours of them, that would show an afternoon
_NEARLY = 0.95  # share of values that must be instants, so that a note may stand among them


@dataclass(frozen=True)
class Written:
    """How a column writes instants.

    Attributes:
        formats: What a source file declares; () for ISO 8601.
        doubtful: Formats that read all values too, as other days: nothing may be declared.
        why: What decided between two readings, "" where there was but one.
        by_day: Whether no value has a time of day.
        offsets: The offsets that the values carry, such as +0800.
        read: A value's instant, without its zone; None where it is none.
        may_lack_half: Whether no hour is 0 or beyond 12, so that morning and afternoon may be lost.
    """

    formats: tuple[str, ...]
    read: Callable[[str], datetime | None]
    doubtful: tuple[str, ...] = ()
    why: str = ""
    by_day: bool = False
    offsets: tuple[str, ...] = ()
    may_lack_half: bool = False

    def marked(self, mark: str) -> Written:
        """Return the same of texts that each begin with a mark, which a pattern has to name."""
        formats = tuple(mark + pattern for pattern in self.formats or ("%Y-%m-%d %H:%M:%S",))
        return replace(self, formats=formats, doubtful=tuple(mark + p for p in self.doubtful))


def written(values: Sequence[str]) -> Written | None:
    """Return how texts, in the file's order, write instants; None where most of them are none."""
    texts = [value.strip() for value in values]
    if not texts or not any(character.isdigit() for character in texts[0]):
        return None
    if _share(_ISO.fullmatch(text) for text in texts) >= _NEARLY:
        return _iso(texts)
    if all(_EPOCH.fullmatch(text) for text in texts):
        return _epoch(texts)
    if all(_DAYS.fullmatch(text) for text in texts):
        is_days = looks_serial(map(float, texts))
        return Written((SERIAL,), serial) if is_days else None
    return _patterned(texts) or _mixed(texts)


def looks_serial(values: Iterable[float]) -> bool:
    """Return whether numbers look like a spreadsheet's days since 1899-12-30, with a time of day."""
    low, high = _SERIAL
    numbers = list(values)
    return bool(numbers) and all(low < n < high for n in numbers) and any(n % 1 for n in numbers)


def looks_like_days(texts: Iterable[str]) -> bool:
    """Return whether texts could be a spreadsheet's days without a time: as many whole numbers are."""
    low, high = _SERIAL
    return all(_WHOLE_DAY.fullmatch(text) and low < float(text) < high for text in texts)


def serial(text: str) -> datetime | None:
    """Return the instant of a spreadsheet's day."""
    return _parsed(text, lambda t: _FIRST + timedelta(seconds=round(float(t) * 86_400)))


def _iso(texts: Sequence[str]) -> Written:
    offsets = sorted({found[1] for text in texts if (found := _OFFSET.search(text[10:]))})

    def read(text: str) -> datetime | None:
        bare = text[:10] + _OFFSET.sub("", text[10:])
        return _parsed(bare, datetime.fromisoformat)

    by_day = all(len(text) == len("2026-01-01") or text.endswith("00:00:00") for text in texts)
    return Written((), read, (), "", by_day, tuple(offsets), _lacks_half(map(read, texts)))


def _lacks_half(read: Iterable[datetime | None]) -> bool:
    """Whether many hours were told, and all are of a clock of twelve."""
    hours = [at.hour for at in read if at is not None]
    return len(hours) >= _MANY and set(hours) <= set(range(1, 13)) and len(set(hours)) > _HALF_A_DAY


def _epoch(texts: Sequence[str]) -> Written | None:
    form, scale = _EPOCHS[len(texts[0].split(".")[0])]

    def read(text: str) -> datetime | None:
        return _parsed(text, lambda t: datetime(1970, 1, 1) + timedelta(seconds=float(t) / scale))

    plausible = all((at := read(t)) and _PLAUSIBLE[0] < at < _PLAUSIBLE[1] for t in texts)
    return Written((form,), read, offsets=("UTC",)) if plausible else None


def _patterned(texts: Sequence[str]) -> Written | None:
    distinct = list(dict.fromkeys(texts))
    usual = _covering(distinct, DATES)
    if usual:
        offsets = {offset(text, usual[0]) for text in distinct}
        return replace(_of(usual[:1]), offsets=tuple(sorted(offsets - {""})))
    either = _covering(distinct, EITHER) or _covering(distinct, SHORT)
    if not either:
        return None
    first, *others = either
    others = [p for p in others if _all(distinct, p) != _all(distinct, first)]
    if not others:
        return _of((first,))
    in_order = [p for p in (first, *others) if _is_sorted(_all(texts, p))]
    if len(in_order) == 1:
        why = "read so the file is in the order of time, read otherwise it is not"
        return _of(tuple(in_order), why=why)
    spans = {pattern: _span(_all(distinct, pattern)) for pattern in (first, *others)}
    close = [pattern for pattern, span in spans.items() if span < _CLOSE]
    if len(close) == 1 and all(span > _APART for p, span in spans.items() if p not in close):
        why = "read so the file tells of two years at the most, read otherwise of more than five"
        return _of(tuple(close), why=why)
    return _of((), (first, *others))


def _span(instants: Sequence[datetime | None]) -> timedelta:
    known = [at for at in instants if at is not None]
    return max(known) - min(known)


def _mixed(texts: Sequence[str]) -> Written | None:
    """The same of a column that is written in several forms, of which none can be read as another day."""
    distinct = list(dict.fromkeys(texts))[:_TELLING]
    patterns = [date + clock for date in DATES for clock in CLOCKS]
    # Most columns that begin with a figure hold no instants, and that is soon seen.
    if not all(
        _ISO.fullmatch(text) or any(read_by(text, pattern) for pattern in patterns)
        for text in distinct[:_FORMS]
    ):
        return None
    found: list[str] = []
    unread = distinct
    if any(_ISO.fullmatch(text) for text in unread):
        found, unread = [ISO], [text for text in unread if not _ISO.fullmatch(text)]
    for pattern in patterns:
        left = [text for text in unread if not read_by(text, pattern)]
        if len(left) < len(unread):
            found.append(pattern)
            unread = left
    if len(unread) > (1 - _NEARLY) * len(distinct) or not 1 < len(found) <= _FORMS:
        return None
    iso = _iso([text for text in distinct if _ISO.fullmatch(text)]) if ISO in found else None
    others = [pattern for pattern in found if pattern != ISO]

    def read(text: str) -> datetime | None:
        if iso is not None and _ISO.fullmatch(text):
            return iso.read(text)
        return next((at for pattern in others if (at := read_by(text, pattern))), None)

    offsets = iso.offsets if iso is not None else ()
    by_day = all((at := read(text)) is None or at.time() == time.min for text in distinct)
    return Written(tuple(found), read, by_day=by_day, offsets=offsets)


def _of(formats: Sequence[str], doubtful: Sequence[str] = (), why: str = "") -> Written:
    pattern = (*formats, *doubtful)[0]
    by_day = not any(mark in pattern for mark in ("%H", "%I"))
    return Written(
        tuple(formats), lambda text: read_by(text, pattern), tuple(doubtful), why, by_day
    )


def _covering(texts: Sequence[str], dates: Sequence[str]) -> list[str]:
    """The patterns that read nearly all texts, those of one clock only."""
    for clock in CLOCKS:
        found = [
            date + clock
            for date in dates
            if read_by(texts[0], date + clock)
            and _share(read_by(text, date + clock) for text in texts) >= _NEARLY
        ]
        if found:
            return found
    return []


def _all(texts: Sequence[str], pattern: str) -> list[datetime | None]:
    return [read_by(text, pattern) for text in texts]


def _parsed(text: str, read: Callable[[str], datetime]) -> datetime | None:
    try:
        return read(text).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _is_sorted(instants: Sequence[datetime | None]) -> bool:
    known = [at for at in instants if at is not None]
    pairs = list(pairwise(known))
    return len(set(known)) > 2 and (  # noqa: PLR2004 - two are in some order always
        all(one <= other for one, other in pairs) or all(one >= other for one, other in pairs)
    )


def _share(hits: Iterable[object]) -> float:
    found = [bool(hit) for hit in hits]
    return sum(found) / len(found)
