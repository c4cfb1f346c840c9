"""Where the records and fields of a block of CSV begin and end, strictly by RFC 4180."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Structure:
    """The records of a block.

    Attributes:
        ends: One past the line feed of each record.
        fields: How many fields each has.
        lines: Line feeds before the start of each.
        spans: Physical lines that each takes.
    """

    ends: Positions
    fields: Positions
    lines: Positions
    spans: Positions


def structure(block: bytes, delimiter: int, *, is_last: bool) -> Structure | None:
    """Return the structure of the whole records in a block that begins with a record.

    Args:
        block: Bytes of UTF-8.
        delimiter: The byte between fields.
        is_last: Whether the file ends here, so that the last record needs no line feed.

    Returns:
        None where a quote stands where none may: then only a closer look can tell records.
    """
    bytes_ = np.frombuffer(block, np.uint8)
    feeds = np.flatnonzero(bytes_ == _LF)
    delimiters = np.flatnonzero(bytes_ == delimiter)
    closing = feeds
    if b'"' in block:
        quotes = np.flatnonzero(bytes_ == _QUOTE)
        closing = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
        delimiters = delimiters[np.searchsorted(quotes, delimiters) % 2 == 0]
        end = len(block) if is_last else int(closing[-1]) if closing.size else 0
        if not _well_placed(bytes_, quotes[quotes < end], delimiter):
            return None
    ends = closing + 1
    if is_last and len(block) > (ends[-1] if ends.size else 0):
        ends = np.append(ends, len(block))
    starts = np.concatenate(([0], ends[:-1])) if ends.size else ends
    fields = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
    if closing is feeds:  # no quotes: each record is a line
        return Structure(ends, fields, np.arange(ends.size), np.ones_like(ends))
    before = np.searchsorted(feeds, starts)
    after = np.searchsorted(feeds, ends)
    return Structure(ends, fields, before, np.maximum(after - before, 1))


def _well_placed(bytes_: npt.NDArray[np.uint8], quotes: Positions, delimiter: int) -> bool:
    """Whether quotes open after a delimiter or line feed and close before one."""
    if quotes.size % 2:
        return False
    opens, closes = quotes[::2], quotes[1::2]
    before = bytes_[np.maximum(opens - 1, 0)]
    opened = (opens == 0) | np.isin(before, (delimiter, _LF))
    # `""` inside quotes closes and opens again at once.
    opened[1:] |= opens[1:] == closes[:-1] + 1
    last = bytes_.size - 1
    after = bytes_[np.minimum(closes + 1, last)]
    closed = (closes == last) | np.isin(after, (delimiter, _LF, _CR))
    closed[:-1] |= opens[1:] == closes[:-1] + 1
    return bool(opened.all() and closed.all())


def record_pattern(delimiter: str) -> re.Pattern[bytes]:
    """Return a pattern of one record, to find the next one after a broken line."""
    mark = re.escape(delimiter).encode()
    field = rb'(?:"[^"]*(?:""[^"]*)*"|[^"\r\n' + mark + rb"]*)"
    return re.compile(field + rb"(?:" + mark + field + rb")*\r?(?:\n|\Z)")
