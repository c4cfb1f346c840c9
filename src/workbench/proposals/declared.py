"""A source file as text: what is proposed, why, and what is asked."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_WIDTH = 98
_MEANT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}  # by YAML, as something else
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.")


@dataclass(frozen=True)
class Question:
    """What files do not tell.

    Attributes:
        key: What an answer is filed under.
        sentence: What is asked.
        proposal: What is declared meanwhile; "" where nothing is.
        options: The only answers; () for any that fit.
    """

    key: str
    sentence: str
    proposal: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """An expression of a SELECT and its name, with what is to be known of it."""

    sql: str
    name: str
    notes: tuple[str, ...] = ()


@dataclass
class Entry:
    """One SELECT that fills a table.

    Attributes:
        table: The contract table.
        items: What is selected.
        origin: What stands behind FROM.
        file: The file whose lines become rows, where FROM alone does not say so.
        money: What a line is worth, "" where the SELECT says so.
        exclude: Rules by name, each with its predicate and a note.
        group: What stands behind GROUP BY.
        notes: What is to be known of it.
        questions: What it leaves open.
    """

    table: str
    items: list[Item]
    origin: str
    file: str = ""
    money: str = ""
    exclude: dict[str, tuple[str, str]] = field(default_factory=dict)
    group: str = ""
    notes: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


@dataclass
class RawFile:
    """What is said of a raw file: keys with their YAML values, in order, and notes."""

    name: str
    path: str
    keys: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def written(
    head: Sequence[str],
    shop: Mapping[str, tuple[str, Sequence[str]]],
    files: Sequence[RawFile],
    entries: Sequence[Entry],
    below: Sequence[str] = (),
) -> str:
    """Return the text of a source file.

    Args:
        head: A sentence at its top, and what stands below it as it is.
        shop: Keys of the shop, each with its YAML and comments; a key without YAML is a comment.
        files: The raw files.
        entries: The tables.
        below: Sentences at its end: what became of nothing.
    """
    lines = [*comments(head[:1]), *(f"#   {line}" for line in head[1:])]
    for key, (value, notes) in shop.items():
        lines += comments(notes)
        lines.append(f"{key}: {value}" if value else f"# {key}:")
    lines += ["", "files:"]
    for file in files:
        lines += _file(file)
    lines += ["", "tables:"]
    for table in dict.fromkeys(entry.table for entry in entries):
        lines += _table(table, [entry for entry in entries if entry.table == table])
    if below:
        lines += ["", *comments(below)]
    return "\n".join(lines) + "\n"


def asked(question: Question) -> str:
    """Return a question as it stands in a comment."""
    return f"QUESTION: {question.sentence}"


def comments(sentences: Iterable[str], indent: str = "") -> Iterator[str]:
    """Yield sentences as lines of comment."""
    for sentence in sentences:
        yield from textwrap.wrap(
            one_line(sentence),
            _WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def scalar(text: str) -> str:
    """Return a text as YAML, quoted where it has to be."""
    is_word = set(text) <= _PLAIN and not text.replace(".", "").isdigit()
    if text and is_word and text.lower() not in _MEANT:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def one_line(text: str) -> str:
    """Return a text in one line, without what does not print: a comment ends where its line does."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def flow(texts: Iterable[str]) -> str:
    """Return texts as a YAML list in one line."""
    return f"[{', '.join(map(scalar, texts))}]"


def _file(file: RawFile) -> Iterator[str]:
    yield from comments([*file.notes, *map(asked, file.questions)], "  ")
    if not file.keys:
        yield f"  {file.name}: {scalar(file.path)}"
        return
    yield f"  {file.name}:"
    yield f"    path: {scalar(file.path)}"
    for key, value in file.keys.items():
        yield f"    {key}: {value}"


def _table(table: str, entries: Sequence[Entry]) -> Iterator[str]:
    yield f"  {table}:"
    for entry in entries:
        lines = list(_entry(entry))
        if len(entries) == 1:
            yield from (f"    {line}".rstrip() for line in lines)
            continue
        # The dash stands before the first line that is no comment.
        first = next(n for n, line in enumerate(lines) if not line.startswith("#"))
        for n, line in enumerate(lines):
            mark = "" if n < first else "- " if n == first else "  "
            yield f"    {mark}{line}".rstrip()


def _entry(entry: Entry) -> Iterator[str]:
    yield from comments([*entry.notes, *map(asked, entry.questions)])
    if entry.file:
        yield f"from: {entry.file}"
    if entry.money:
        yield from _block("money", [entry.money])
    if entry.exclude:
        yield "exclude:"
        for name, (predicate, note) in entry.exclude.items():
            yield from comments([note] if note else [], "  ")
            yield from (f"  {line}" for line in _block(scalar(name), [predicate]))
    yield from _block("select", list(_select(entry)))


def _block(key: str, lines: Sequence[str]) -> Iterator[str]:
    """SQL in a block: neither its quotes nor its colons mean anything to YAML there."""
    yield f"{key}: |"
    for line in "\n".join(lines).split("\n"):
        yield f"  {line}"


def _select(entry: Entry) -> Iterator[str]:
    last = len(entry.items) - 1
    for n, item in enumerate(entry.items):
        start = "SELECT " if n == 0 else "       "
        if item.notes and n == 0:
            yield "SELECT"
            start = "       "
        yield from (f"       -- {one_line(note)}" for note in item.notes)
        same = item.sql == item.name
        sql = item.sql if same else f"{item.sql} AS {item.name}"
        text = textwrap.indent(sql, " " * len(start)).lstrip()
        yield f"{start}{text}" + ("," if n < last else "")
    yield f"FROM {entry.origin}"
    if entry.group:
        yield f"GROUP BY {entry.group}"
