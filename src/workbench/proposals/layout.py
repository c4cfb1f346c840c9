"""How a file lies there: what is said of its lines, and which of them are no rows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.kit.sentences import say, say_n
from workbench.proposals import endings, repeats
from workbench.proposals.columns import Meaning, meaning
from workbench.proposals.contents import Column
from workbench.proposals.declared import Question, RawFile, flow, scalar
from workbench.proposals.instants import ISO
from workbench.proposals.reading import File
from workbench.proposals.shapes import MOST, Shape
from workbench.sources.formats import TEN_THOUSAND

_THREE = re.compile(r"\d[.,]\d{3}(?!\d)")
_MONEY = ("amount", "line_total", "price", "refunded_amount", "discount", "spent")
_ORDER_ROLES = (
    "order_id",
    "ordered_at",
    "paid_at",
    "when",
    "user_id",
    "status",
    "platform",
    "channel",
    "currency",
)


def declared(file: File, root: Path) -> RawFile:
    """Return what is said of a file before its columns mean anything."""
    path = file.path
    inside = path.is_relative_to(root)
    found = RawFile(file.name, str(path.relative_to(root) if inside else path))
    shape = file.shape
    if file.rows >= MOST:
        found.notes.append(say("the first {n:count} lines were looked at", n=MOST))
    if shape is None:
        if file.table:
            found.keys["table"] = scalar(file.table)
        return found
    _of_shape(shape, found)
    endings.leave_out(file, found)
    last = max((line.number for line in shape.odd), default=0)
    if shape.ends_open and (last < max(file.lines, default=0) or "left_out" in found.keys):
        found.keys["last_line"] = "open"
        found.notes.append(say("the last line has no line end: look whether it is whole"))
    return found


def _of_shape(shape: Shape, found: RawFile) -> None:
    if shape.encoding:
        found.keys["encoding"] = shape.encoding
    if shape.encoding == "windows-1252":
        asked = say(
            "the file is no UTF-8: is it Windows-1252, as Western programs write? Look at its accents"
        )
        found.questions.append(Question(f"{found.name} encoding", asked))
    if shape.delimiter:
        found.keys["delimiter"] = "tab" if shape.delimiter == "\t" else scalar(shape.delimiter)
    if shape.header_line:
        found.keys["header_line"] = str(shape.header_line)
    if shape.headless:
        found.keys["columns"] = flow(shape.names)
        found.notes.append(
            say(
                "the first line holds values, no names: the columns are numbered here, name them as you like"
            )
        )
    if shape.renamed:
        found.keys["columns"] = flow(n or f"column_{at}" for at, n in enumerate(shape.names, 1))
        found.notes.append(
            say("a name stands twice in the header: the second has its column's number")
        )
    if shape.sheet:
        found.keys["sheet"] = scalar(shape.sheet)


def settled(file: File, found: RawFile) -> tuple[File, dict[str, tuple[str, str]]]:
    """Return a file without its sums and with merged cells filled, and the rules for the sums."""
    rules, rows = endings.rules(file)
    rules = repeats.headers_again(file) | rules
    kept = [n for n in range(file.rows) if n not in rows]
    columns = [replace(c, values=[c.values[n] for n in kept]) for c in file.columns]
    columns = [column for column in columns if column.there] if rows else columns
    left = replace(
        file, columns=columns, rows=len(kept), lines=[file.lines[n] for n in kept if file.lines]
    )
    more, again, questions = repeats.copies(left, meaning(left))
    rules |= more
    found.questions += questions
    kept = [n for n in range(left.rows) if n not in again]
    columns = [replace(c, values=[c.values[n] for n in kept]) for c in left.columns]
    left = replace(left, columns=columns if again else left.columns, rows=len(kept), lines=())
    meant = meaning(left)
    down, day = _merged(left, meant), _merged_day(left, meant)
    groups = [group for group in ([day] if day else [], [n for n in down if n != day]) if group]
    if groups:
        listed = f"[{', '.join(map(flow, groups))}]" if len(groups) > 1 else flow(groups[0])
        found.keys["fill_down"] = listed
        found.notes.append(say("cells left blank, or merged, hold what stands above them"))
        names = [name for group in groups for name in group]
        left = replace(left, columns=_filled(left.columns, names), filled=tuple(names))
    return left, rules


def formats(found: RawFile, read: Sequence[Meaning], answers: dict[str, str]) -> None:
    """Declare how a file writes amounts and instants, as far as its columns tell.

    Args:
        found: What is said of it so far.
        read: What its columns mean, and those of files that are joined to it.
        answers: What was answered.
    """
    _amounts(found, [c for m in read for role in _MONEY if (c := m.get(role)) is not None])
    written = [
        (column, column.instants)
        for columns in read
        for role, column in columns.roles.items()
        if column.instants is not None and (role.endswith("_at") or role in {"when", "day"})
    ]
    key = f"{found.name} dates"
    decided = {pattern for _column, told in written for pattern in told.formats}
    doubtful = dict.fromkeys(
        p for _c, told in written if not decided & {*told.doubtful} for p in told.doubtful
    )
    if doubtful and answers.get(key) not in doubtful:
        column = next(c for c, told in written if doubtful.keys() & {*told.doubtful})
        asked = say(
            "{column} holds days such as {example}: which is the month? Declare one of {formats} as instants",
            column=column.name,
            example=column.texts[0],
            formats=", ".join(doubtful),
        )
        found.questions.append(Question(key, asked, "", tuple(doubtful)))
        return
    chosen = [answers[key]] if doubtful else []
    patterns = [*dict.fromkeys([*chosen, *(p for _c, told in written for p in told.formats)])]
    is_iso = any(not told.formats and not told.doubtful and not c.is_number for c, told in written)
    texts = any(isinstance(value, str) for c, _told in written for value in c.there[:1])
    if patterns:
        told = [*dict.fromkeys([*patterns, *([ISO] if is_iso and texts else [])])]
        found.keys["instants"] = scalar(told[0]) if len(told) == 1 else flow(told)
    halves = [column for column, told in written if told.may_lack_half]
    if halves:
        asked = say(
            "no hour in {column} is later than 12: are the afternoons lost, or does the shop close at noon? Export it with 24 hours",
            column=halves[0].name,
        )
        found.questions.append(Question(f"{found.name} hours", asked))
    for why in dict.fromkeys(told.why for _c, told in written if told.why):
        found.notes.append(f"instants: {why}")


def located(path: Path) -> Path:
    """Return a path as a person in this folder wrote it, absolute."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they were given


def _amounts(found: RawFile, columns: Sequence[Column]) -> None:
    written = [c.amounts for c in columns if c.amounts is not None and not c.is_number]
    examples = sorted({told.example for told in written if told.example}, key=len)
    doubtful = [c for c in columns if c.amounts is not None and c.amounts.doubtful]
    if doubtful and not any(told.example and not told.doubtful for told in written):
        asked = say(
            "is {example} in {column} a thousand and more, or a figure with three decimals? Declare amounts as the file writes 1234.50",
            example=next(filter(_THREE.search, doubtful[0].texts), doubtful[0].texts[0]),
            column=doubtful[0].name,
        )
        found.questions.append(Question(f"{found.name} amounts", asked))
    elif examples:
        found.keys["amounts"] = scalar(examples[-1])
    for column in columns:
        if column.amounts is not None and column.amounts.currencies:
            asked = say(
                "{column} has amounts of several currencies ({codes}): only those in {first} are read, the "
                "others are set aside. Give them a source of their own",
                column=column.name,
                codes=", ".join(f"{code} {n}" for code, n in column.amounts.currencies.items()),
                first=column.amounts.currency,
            )
            found.questions.append(Question("currencies", asked))
        if column.amounts is not None and column.amounts.in_wan:
            rounded = [text for text in column.counts if TEN_THOUSAND in text]
            asked = say_n(
                "{n:count} amount of {column} is in ten thousands, {example}, and likely rounded: can an "
                "exact one be exported?",
                "{n:count} amounts of {column} are in ten thousands, such as {example}, and likely rounded: "
                "can exact ones be exported?",
                sum(column.counts[text] for text in rounded),
                column=column.name,
                example=rounded[0],
            )
            found.questions.append(Question(f"{found.name} {column.name} rounded", asked))


def _merged(file: File, columns: Meaning) -> list[str]:
    """Columns whose blanks stand where the order's number is blank: merged, or said once."""
    key = columns.get("order_id")
    if key is None or key.values[0] is None:
        return []
    blank = {n for n, value in enumerate(key.values) if value is None}
    worth = [
        c for role in ("amount", "line_total", "price", "product_name") if (c := columns.get(role))
    ]
    if not blank or not any(c.values[n] is not None for c in worth for n in blank):
        return []
    roles = [columns[role] for role in _ORDER_ROLES if role in columns]
    return [
        column.name
        for column in file.columns
        if column in roles and all(column.values[n] is None for n in blank)
    ]


def _merged_day(file: File, columns: Meaning) -> str:
    """The column of a workbook's days that are merged over several orders; "" where there is none."""
    key, when = columns.get("order_id"), columns.get("ordered_at") or columns.get("when")
    if key is None or when is None or not file.shape or not file.shape.is_book:
        return ""
    is_day = when.instants is not None and when.instants.by_day
    pairs = zip(when.values, key.values, strict=True)
    own = any(day is None and number is not None for day, number in pairs)
    return when.name if is_day and own and when.values[0] is not None else ""


def _filled(columns: Iterable[Column], down: Sequence[str]) -> list[Column]:
    found = []
    for column in columns:
        values = list(column.values)
        if column.name in down:
            for n in range(1, len(values)):
                values[n] = values[n - 1] if values[n] is None else values[n]
        found.append(replace(column, values=values))
    return found
