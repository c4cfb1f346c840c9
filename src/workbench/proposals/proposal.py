"""From somebody's files to the text of a source file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import SourceError
from workbench.kit.sentences import say
from workbench.proposals import events, joins, layout, orders, others, parts, shop
from workbench.proposals.columns import Meaning, meaning
from workbench.proposals.contents import literal
from workbench.proposals.declared import Entry, Item, Question, RawFile, asked, flow, written
from workbench.proposals.reading import File, read
from workbench.sources.files import PARQUET
from workbench.sources.options import SHEETS, TEXT

_READ = (*TEXT, *SHEETS, *PARQUET, ".jsonl", ".ndjson", ".sqlite", ".sqlite3", ".db", ".duckdb")
_NAME = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True)
class Looked:
    """A file, what its columns mean, and what is said of it.

    Attributes:
        file: The file, without lines that are no rows.
        meaning: What its columns mean.
        raw: What the source file says of it.
        rules: Rules for lines that are left out.
    """

    file: File
    meaning: Meaning
    raw: RawFile
    rules: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Proposal:
    """What is proposed.

    Attributes:
        text: The source file.
        questions: What it leaves open, the weightiest first.
        tables: The tables it fills.
        purchases: Whether it has orders.
    """

    text: str
    questions: tuple[Question, ...]
    tables: tuple[str, ...]


def look(paths: Sequence[Path], root: Path) -> tuple[list[Looked], list[str]]:
    """Look at files; folders stand for the files in them.

    Returns:
        What was found, and sentences on files that are not used.

    Raises:
        SourceError: If a file is not there, cannot be read, or is of no kind that can be.
    """
    found, notes, seen, names = [], [], {}, set[str]()
    for path in _expanded(paths):
        mark = _fingerprint(path)
        if mark in seen:
            notes.append(
                say("{file} is not read: it is {other}, byte for byte.", file=path.name, other=seen[mark])
            )
            continue
        seen[mark] = path.name
        file = read(_name(path, names), path)
        raw = layout.declared(file, root)
        settled, rules = layout.settled(file, raw)
        found.append(Looked(settled, meaning(settled), raw, rules))
    return found, notes


def propose(
    name: str, looked: Sequence[Looked], notes: Sequence[str], answers: dict[str, str]
) -> Proposal:
    """Return the source file that is proposed.

    Args:
        name: The source's name.
        looked: Its files.
        notes: Sentences on files that are not used.
        answers: What was answered, by the questions' keys.

    Raises:
        SourceError: If no file fills a table.
    """
    raws = [replace_raw(each.raw) for each in looked]
    for each, raw in zip(looked, raws, strict=True):
        layout.formats(raw, _answered(each, answers), answers)
    made, below = _entries(looked, answers)
    if not made:
        files = ", ".join(each.file.path.name for each in looked)
        raise SourceError(
            f"{files}: no table of the contract can be made of it: orders need a number or buyer, an "
            f"instant and an amount, events a user, what was done and when"
        )
    pairs = [(each.file, _answered(each, answers)) for each in looked]
    money, zone, clock = _shop(pairs, answers)
    keys: dict[str, tuple[str, Sequence[str]]] = {
        "time_zone": (zone.value, _noted(zone)),
        "timestamps": ("", [*clock.notes]),
        "currency": (money.value, _noted(money)),
    }
    if not clock.notes:
        del keys["timestamps"]
    if not any(entry.table in {"orders", "spend"} for entry in made):
        del keys["currency"]
    nobody = _nobody(pairs)
    if nobody:
        keys["nobody"] = (flow(nobody), [say("ids that are nobody")])
    keys |= _steps(looked, made)
    questions = [q for fact in (zone, money) if (q := fact.question) is not None]
    questions += [q for raw in raws for q in raw.questions]
    questions += [q for entry in made for q in entry.questions]
    head = [
        say("Made of the files by new-source: read it, answer its questions, then"),
        f"  workbench check {name}",
    ]
    used = {raw.name for raw in raws if any(_reads(entry, raw.name) for entry in made)}
    unused = [raw for raw in raws if raw.name not in used]
    below = [*notes, *below, *(_unused(raw) for raw in unused)]
    text = written(head, keys, [raw for raw in raws if raw.name in used], made, below)
    return Proposal(text, tuple(questions), tuple(dict.fromkeys(e.table for e in made)))


def replace_raw(raw: RawFile) -> RawFile:
    """Return a copy, so that a second proposal begins where the first did."""
    return RawFile(raw.name, raw.path, dict(raw.keys), list(raw.notes), list(raw.questions))


def _answered(each: Looked, answers: dict[str, str]) -> Meaning:
    """The columns of a file, the buyer as it was answered."""
    column = next((c for c in each.file.columns if c.name == answers.get("user_id")), None)
    if column is None:
        return each.meaning
    return replace(each.meaning, roles={**each.meaning.roles, "user_id": column})


def _entries(looked: Sequence[Looked], answers: dict[str, str]) -> tuple[list[Entry], list[str]]:
    """The entries, and sentences on what could not be made."""
    told = [(each.file, _answered(each, answers), each.rules) for each in looked]
    heads, lines, refunds = joins.sorted_out([(f, m) for f, m, _r in told])
    made: list[Entry] = []
    below: list[str] = []
    sources: list[tuple[File, Meaning, Entry]] = []
    for file, meant, rules in told:
        entry = _entry(file, meant, answers, heads, lines, refunds)
        if entry is None:
            continue
        entry.exclude = {**rules, **entry.exclude}
        _platform(entry, file)
        made.append(entry)
        sources.append((file, meant, entry))
    below += parts.overlaps([(f, m, e) for f, m, e in sources if e.table == "orders"])
    logs = [(f, m) for f, m, e in sources if e.table == "events"]
    if logs and not events.has_purchase(logs):
        for file, meant, entry in sources:
            if entry.table == "orders":
                more = events.of_orders(file, meant, entry, "order")
                made += [more] if more is not None else []
    return made, below


def _entry(
    file: File,
    meant: Meaning,
    answers: dict[str, str],
    heads: Sequence[tuple[File, Meaning]],
    lines: Sequence[tuple[File, Meaning]],
    refunds: Sequence[tuple[File, Meaning]],
) -> Entry | None:
    """What one file becomes; None where it is looked up by others only, or fills nothing."""
    table = others.table_of(meant)
    if table:
        return others.entry(table, file, meant)
    if events.is_events(meant):
        return events.entry(file, meant)
    if any(file is other for other, _m in refunds):
        return None
    if any(file is other for other, _m in heads):
        entry = orders.entry(file, meant, answers)
        joins.add(entry, file, meant, lines, refunds)
        return entry
    if others.is_features(meant):
        return others.features(file, meant)
    return others.users(file, meant) if others.is_users(meant) else None


def _platform(entry: Entry, file: File) -> None:
    named = shop.platform(file)
    if entry.table == "orders" and named and all(item.name != "platform" for item in entry.items):
        sql = f"min({literal(named)})" if entry.group else literal(named)
        entry.items.append(Item(sql, "platform", (say("by the names of its columns"),)))


def _shop(
    pairs: Sequence[tuple[File, Meaning]], answers: dict[str, str]
) -> tuple[shop.Fact, shop.Fact, shop.Fact]:
    money = shop.currency(pairs, answers)
    zone = shop.time_zone(pairs, money.value, answers)
    return money, zone, shop.clock(pairs, zone.value)


def _noted(fact: shop.Fact) -> list[str]:
    return [*fact.notes, *([asked(fact.question)] if fact.question is not None else [])]


def _nobody(pairs: Sequence[tuple[File, Meaning]]) -> list[str]:
    users = [column for _f, meant in pairs if (column := meant.get("user_id")) is not None]
    return sorted({word for column in users for word in [*column.nobodies, *_zero(column)]})


def _zero(column: object) -> list[str]:
    return ["0"] if "0" in getattr(column, "counts", {}) else []


def _steps(
    looked: Sequence[Looked], made: Sequence[Entry]
) -> dict[str, tuple[str, Sequence[str]]]:
    """The shop's funnel, of its events."""
    logs = [
        (each.file, each.meaning)
        for each in looked
        if any(e.table == "events" and e.origin == each.file.name for e in made)
        and "event" in each.meaning
    ]
    if not logs:
        return {}
    by_orders = any(e.table == "events" and e.items[1].sql == "'order'" for e in made)
    steps, told, doubt = events.steps(logs, "order" if by_orders else "")
    notes = [told, *([f"QUESTION: {doubt}"] if doubt else [])]
    return {"steps": (flow(steps), notes)} if len(steps) > 1 else {}


def _reads(entry: Entry, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", entry.origin) is not None or any(
        re.search(rf"FROM {re.escape(name)}(?!\w)", sql) for sql, _n in entry.exclude.values()
    )


def _unused(raw: RawFile) -> str:
    return say(
        "QUESTION: {file} is not read, no table of the contract can be made of it alone: what is it?",
        file=raw.path,
    )


def _expanded(paths: Sequence[Path]) -> list[Path]:
    found = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in _READ and p.is_file())
            if not inside:
                raise SourceError(f"{path}: no file in this folder can be read")
            found += inside
        elif not path.is_file():
            raise SourceError(f"{path}: there is no such file")
        elif path.suffix.lower() not in _READ:
            raise SourceError(f"{path.name}: no such files can be read, only {', '.join(_READ)}")
        else:
            found.append(path)
    return [layout.located(path) for path in found]


def _name(path: Path, taken: set[str]) -> str:
    """What SELECTs call a file: letters and figures of its name, or a number."""
    name = _NAME.sub("_", path.stem).strip("_").lower()
    if not name or not name[0].isalpha():
        name = f"file_{name}" if name else "file"
    chosen, n = name, 1
    while chosen in taken or chosen in _WORDS:
        n += 1
        chosen = f"{name}_{n}"
    taken.add(chosen)
    return chosen


_WORDS = {"order", "group", "select", "from", "table", "user", "where", "export_"}


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
