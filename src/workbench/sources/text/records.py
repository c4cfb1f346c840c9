"""A text file as blocks of whole, sound records; every other line is named with what is wrong.

One unbalanced quote must not swallow the lines after it: a line that cannot be a record is set
aside alone, and reading goes on with the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from workbench.kit.sentences import say
from workbench.sources.text.encodings import is_utf8
from workbench.sources.text.structure import Positions, Structure, record_pattern, structure

_LONGEST = 1 << 20  # bytes that one quoted record may span before its quote counts as unbalanced


@dataclass(frozen=True)
class Broken:
    """A line that is no record.

    Attributes:
        line: Its number in the file, as an editor counts.
        reason: What is wrong with it.
        text: What it says.
        rule: The rule that leaves it out, "" where none does.
    """

    line: int
    reason: str
    text: str
    rule: str = ""


@dataclass(frozen=True)
class Block:
    """Records and broken lines, in the file's order.

    Attributes:
        data: The records, as UTF-8.
        lines: The line that each record begins on.
        broken: The other lines.
    """

    data: bytes
    lines: Positions
    broken: list[Broken] = field(default_factory=list)


@dataclass(frozen=True)
class Form:
    """What a record of a file must be.

    Attributes:
        delimiter: The character between fields.
        fields: How many the header has.
        encoding: The file's encoding, as reasons name it.
        may_end_open: Whether the last line may lack its line end.
    """

    delimiter: str
    fields: int
    encoding: str = "UTF-8"
    may_end_open: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """One record."""
        return record_pattern(self.delimiter)

    @cached_property
    def formulas(self) -> re.Pattern[bytes]:
        """A field such as ="0012", by which spreadsheets are told that it is text, and its figures.

        Where quotes stand as they must, none of its own stands in a field: nothing else is matched.
        """
        mark = re.escape(self.delimiter).encode()
        return re.compile(rb"(?:^|(?<=[\n" + mark + rb']))="([^"\r\n]+)"(?=[\r\n' + mark + rb"])")

    @property
    def miscounted(self) -> str:
        """Why a line with more or fewer fields than the header is set aside."""
        return say("not true that the line has {n} fields, as the header has", n=self.fields)

    @property
    def misquoted(self) -> str:
        """Why a line with a quote that is not closed, or within a field, is set aside."""
        return say("not true that each quote of the line stands at a field's edge and is closed")

    def count(self, record: bytes) -> int:
        """Return how many fields a well-quoted record has."""
        outside = b"".join(record.split(b'"')[::2])
        return outside.count(self.delimiter.encode()) + 1

    def unreadable(self, record: bytes) -> str:
        """Return why a record cannot be read, "" where it can."""
        if b"\0" in record:
            return say("not true that the line is free of NUL bytes")
        if not is_utf8(record):
            return say("not true that the line is {encoding}", encoding=self.encoding)
        if not self.pattern.fullmatch(record):
            return say("not true that no carriage return stands inside the line")
        return ""


def blocks(parts: Iterable[bytes], form: Form, line: int) -> Iterator[Block]:
    """Yield blocks of records.

    Args:
        parts: The file below its header, as UTF-8.
        form: What a record must be.
        line: The number of the first line.
    """
    rest = b""
    for part in parts:
        block, rest, line = _next(rest + part, form, line, is_last=False)
        yield block
    while rest:
        block, rest, line = _next(rest, form, line, is_last=True)
        yield block


def _next(data: bytes, form: Form, line: int, *, is_last: bool) -> tuple[Block, bytes, int]:
    """The records at the beginning of `data`, what stands behind them and broken lines, the next line."""
    found = structure(data, ord(form.delimiter), is_last=is_last)
    if found is None:
        data = form.formulas.sub(rb'"=""\1"""', data)
        found = structure(data, ord(form.delimiter), is_last=is_last)
    end = 0 if found is None or not found.ends.size else int(found.ends[-1])
    is_stuck = len(data) - end > _LONGEST
    if found is None or is_stuck or ((found.spans > 1) & (found.fields != form.fields)).any():
        block, used, following = _line_by_line(data, form, line, is_last=is_last)
        return block, data[used:], following
    following = line + int(found.lines[-1] + found.spans[-1]) if end else line
    return _sift(data[:end], found, form, line), data[end:], following


def _sift(data: bytes, found: Structure, form: Form, line: int) -> Block:
    """Sort the records of a block into sound and broken ones; blank lines are neither."""
    starts = np.concatenate(([0], found.ends[:-1])).astype(np.int64)[: found.ends.size]
    sizes = found.ends - starts
    bytes_ = np.frombuffer(data, np.uint8)
    is_blank = _blank(bytes_, starts, sizes)
    reasons = dict.fromkeys(np.flatnonzero(found.fields != form.fields).tolist(), form.miscounted)
    for i in _suspects(data, bytes_, found.ends).tolist():
        reason = form.unreadable(data[starts[i] : found.ends[i]])
        if reason:
            reasons[i] = reason
    if data and not data.endswith(b"\n") and not form.may_end_open:
        reasons.setdefault(
            found.ends.size - 1, say("not true that the file goes on to the end of its last line")
        )
    lines = found.lines + line
    broken = [
        Broken(int(lines[i]), reasons[i], _text(data[starts[i] : found.ends[i]]))
        for i in sorted(reasons)
        if not is_blank[i]
    ]
    keep = ~is_blank
    keep[list(reasons)] = False
    return Block(_without(data, starts[~keep], found.ends[~keep]), lines[keep], broken)


def _without(data: bytes, starts: Positions, ends: Positions) -> bytes:
    """The data without some of its records."""
    if not starts.size:
        return data
    between = zip([0, *ends.tolist()], [*starts.tolist(), len(data)], strict=True)
    return b"".join(data[start:end] for start, end in between)


def _blank(
    bytes_: npt.NDArray[np.uint8], starts: Positions, sizes: Positions
) -> npt.NDArray[np.bool_]:
    first = bytes_[starts] if starts.size else bytes_
    feed, carriage = first == ord("\n"), first == ord("\r")
    found: npt.NDArray[np.bool_] = (feed & (sizes == 1)) | (carriage & (sizes <= len("\r\n")))
    return found


def _suspects(data: bytes, bytes_: npt.NDArray[np.uint8], ends: Positions) -> Positions:
    """Numbers of the records that hold a NUL, a lone carriage return or, perhaps, no UTF-8."""
    at = []
    if b"\0" in data:
        at.append(np.flatnonzero(bytes_ == 0))
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        returns = np.flatnonzero(bytes_ == ord("\r"))
        following = bytes_[np.minimum(returns + 1, bytes_.size - 1)]
        at.append(returns[following != ord("\n")])
    if not is_utf8(data):
        at.append(np.flatnonzero(bytes_ >= 0x80))  # noqa: PLR2004 - where ASCII ends
    if not at:
        return np.array([], np.int64)
    return np.unique(np.searchsorted(ends, np.concatenate(at), side="right"))


def _line_by_line(data: bytes, form: Form, line: int, *, is_last: bool) -> tuple[Block, int, int]:
    """The same where quotes are out of place: each record is looked for by itself."""
    position, number = 0, line
    sound: list[bytes] = []
    lines: list[int] = []
    broken: list[Broken] = []
    while position < len(data):
        found = form.pattern.match(data, position, position + _LONGEST)
        record = found[0] if found else b""
        if not is_last and (not found or found.end() == len(data)) and _is_open(data, position):
            break
        feeds = record.count(b"\n")
        if found and (feeds <= 1 or form.count(record) == form.fields):
            block = _sift_one(record, form, number)
        else:
            record = data[position : data.find(b"\n", position) + 1 or len(data)]
            block = Block(
                b"", np.array([], np.int64), [Broken(number, form.misquoted, _text(record))]
            )
        sound.append(block.data)
        lines += block.lines.tolist()
        broken += block.broken
        position += len(record)
        number += record.count(b"\n")
    return Block(b"".join(sound), np.array(lines, np.int64), broken), position, number


def _is_open(data: bytes, position: int) -> bool:
    """Whether the record at a position may end beyond the data at hand."""
    return len(data) - position <= _LONGEST and (
        data.count(b'"', position) % 2 == 1 or data.find(b"\n", position) < 0
    )


def _sift_one(record: bytes, form: Form, line: int) -> Block:
    one = np.array([len(record)]), np.array([form.count(record)])
    return _sift(record, Structure(*one, np.array([0]), np.array([1])), form, line)


def _text(record: bytes) -> str:
    return record.decode("utf-8", "backslashreplace").rstrip("\r\n")
