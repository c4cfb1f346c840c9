"""From somebody's files to the text of a source file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workbench.errors import SourceError
from workbench.kit.sentences import say
from workbench.proposals import events, headers, joins, layout, orders, others, parts, shop
from workbench.proposals.columns import Meaning, unlike
from workbench.proposals.contents import literal
from workbench.proposals.declared import (
    Entry,
    Item,
    Question,
    asked,
    flow,
    scalar,
    written,
)
from workbench.proposals.looking import Looked
from workbench.proposals.reading import File


@dataclass(frozen=True)
class Proposal:
    """What is proposed.

    Attributes:
        text: The source file.
        questions: What it leaves open, the weightiest first.
        tables: The tables it fills.
    """

    text: str
    questions: tuple[Question, ...]
    tables: tuple[str, ...]


@dataclass
class _Made:
    """The entries of files, with what they were made of.

    Attributes:
        entries: Each with its file and what that file's columns mean.
        joined: By the name of a file, what the columns of files joined to it mean.
        notes: Sentences on files that are not used, or stand in another.
        told: Names of files that they speak of.
    """

    entries: list[tuple[File, Meaning, Entry]] = field(default_factory=list)
    joined: dict[str, list[Meaning]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def of(self, *tables: str) -> list[tuple[File, Meaning, Entry]]:
        """Return the entries of some tables."""
        return [each for each in self.entries if each[2].table in tables]


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
    made = _entries(looked, answers)
    if not made.entries:
        files = ", ".join(each.file.label for each in looked)
        why = "; ".join(told for each in looked for told in unlike(each.file))
        why = why or "; ".join(map(_columns, looked))
        raise SourceError(
            f"{files}: no table of the contract can be made of it: orders need a number or buyer, "
            f"an instant and an amount, events a user, what was done and when"
            f"{f'. {why}' if why else ''}{'' if why.endswith('?') else '.'} What these mean under other names "
            f"can be written by hand: docs/your-data.md"
        )
    entries = [entry for _file, _meaning, entry in made.entries]
    used = [each for each in looked if any(_reads(e, each.file.name) for e in entries)]
    raws = []
    for each in used:
        raw = replace(
            each.raw,
            keys=dict(each.raw.keys),
            notes=list(each.raw.notes),
            questions=list(each.raw.questions),
        )
        read = [_answered(each, answers), *made.joined.get(each.file.name, [])]
        layout.formats(raw, read, answers)
        raws.append(raw)
    keys, questions = _shop([(each.file, _answered(each, answers)) for each in used], made, answers)
    questions += [q for raw in raws for q in raw.questions]
    questions += [q for entry in entries for q in entry.questions]
    head = [
        say("Made of the files by new-source: read it, answer its questions, then"),
        f"workbench check {name}",
    ]
    below = [*notes, *made.notes, *map(_unused, _left(looked, used, made))]
    tables = tuple(dict.fromkeys(entry.table for entry in entries))
    return Proposal(written(head, keys, raws, entries, below), tuple(questions), tables)


def _columns(each: Looked) -> str:
    """The columns of a file of which nothing can be made."""
    names = ", ".join(column.name for column in each.file.columns)
    return say("The columns of {file} are {names}", file=each.file.label, names=names)


def _answered(each: Looked, answers: dict[str, str]) -> Meaning:
    """The columns of a file, the buyer as it was answered."""
    column = next((c for c in each.file.columns if c.name == answers.get("user_id")), None)
    if column is None:
        return each.meaning
    told = {**each.meaning.roles, "user_id": column}
    return replace(each.meaning, roles=told, guessed=each.meaning.guessed - {"user_id"})


def _entries(looked: Sequence[Looked], answers: dict[str, str]) -> _Made:
    made = _Made()
    pairs = [(each.file, _answered(each, answers)) for each in looked]
    parted = joins.parted(pairs)
    for each, (file, meant) in zip(looked, pairs, strict=True):
        entry = _entry(file, meant, answers, parted, made)
        if entry is None:
            continue
        entry.exclude = {**each.rules, **entry.exclude}
        if entry.table == "orders":
            _platform(entry, file)
            shop.other_currencies(entry, file, meant)
        made.entries.append((file, meant, entry))
    if not made.of("orders", "events"):  # each file may be an event of its own
        kinds = [(f, m) for f, m in pairs if events.is_of_one_kind(m) and not _has(made, f)]
        made.entries += [(f, m, events.of_one_kind(f, m)) for f, m in kinds]
    before = {file.name for file, _meant, _entry in made.entries}
    made.notes += parts.repeated_logs(made.entries)
    made.told |= before - {file.name for file, _meant, _entry in made.entries}
    made.notes += parts.overlaps(made.of("orders"))
    logs = [(f, m) for f, m, _e in made.of("events")]
    if logs and not events.has_purchase(logs):
        for file, meant, entry in made.of("orders"):
            more = events.of_orders(file, meant, entry)
            made.entries += [(file, meant, more)] if more is not None else []
    return made


def _has(made: _Made, file: File) -> bool:
    return any(file is other for other, _meant, _entry in made.entries)


def _entry(
    file: File, meant: Meaning, answers: dict[str, str], parted: joins.Parted, made: _Made
) -> Entry | None:
    """What one file becomes; None where it is looked up by others only, or fills nothing."""
    table = others.table_of(meant)
    if table:
        return others.entry(table, file, meant)
    if events.is_events(meant):
        return events.entry(file, meant)
    if file in parted.heads:
        meant = joins.headed(file, meant, parted)
        entry = orders.entry(file, meant, answers)
        made.joined[file.name] = joins.add(entry, file, meant, parted)
        return entry
    if parted.holds(file):
        return None
    return _of_users(file, meant)


def _of_users(file: File, meant: Meaning) -> Entry | None:
    """What a file becomes that says nothing of orders."""
    if others.is_features(file, meant):
        return others.features(file, meant)
    return others.users(file, meant) if others.is_users(meant) else None


def _platform(entry: Entry, file: File) -> None:
    named = shop.platform(file)
    if named and all(item.name != "platform" for item in entry.items):
        sql = f"min({literal(named)})" if entry.group else literal(named)
        entry.items.append(Item(sql, "platform", (say("by the names of its columns"),)))


def _shop(
    pairs: Sequence[tuple[File, Meaning]], made: _Made, answers: dict[str, str]
) -> tuple[dict[str, tuple[str, Sequence[str]]], list[Question]]:
    """The keys of the shop, each with its comments, and what is asked of them."""
    money = shop.currency(pairs, answers) if made.of("orders", "spend") else shop.Fact("")
    zone = shop.time_zone(pairs, money.value, answers)
    clock = shop.clock(pairs, zone.value)
    keys: dict[str, tuple[str, Sequence[str]]] = {"time_zone": (zone.value, _noted(zone))}
    if clock.notes:
        keys["timestamps"] = ("", clock.notes)
    if made.of("orders", "spend"):
        keys["currency"] = (money.value, _noted(money))
    minor = shop.minor_units(pairs)
    if minor.value or minor.question:
        keys["money"] = (minor.value, _noted(minor))
    nobody = _nobody(pairs)
    if nobody:
        keys["nobody"] = (flow(nobody), [say("ids of users that are nobody's")])
    spelt = _platforms(pairs)
    if spelt:
        told = ", ".join(f"{scalar(word)}: {scalar(name)}" for word, name in spelt.items())
        keys["values"] = (f"{{platform: {{{told}}}}}", [say("spellings of one platform")])
    keys |= _steps(made)
    return keys, [q for fact in (zone, money, minor) if (q := fact.question) is not None]


def _noted(fact: shop.Fact) -> list[str]:
    return [*fact.notes, *([asked(fact.question)] if fact.question is not None else [])]


def _nobody(pairs: Sequence[tuple[File, Meaning]]) -> list[str]:
    found: set[str] = set()
    for _file, meant in pairs:
        column = meant.get("user_id")
        if column is not None:
            found |= {*column.nobodies, *({"0"} & column.counts.keys())}
    return sorted(found)


def _platforms(pairs: Sequence[tuple[File, Meaning]]) -> dict[str, str]:
    """Of each spelling of a platform in the files, in lower case, the word for it."""
    words = {
        word.lower()
        for _file, meant in pairs
        if (column := meant.get("platform")) is not None
        for word in column.counts
    }
    known = {
        word: headers.platforms().get(headers.plain_word(word), word) for word in sorted(words)
    }
    return {word: name for word, name in known.items() if word != name}


def _steps(made: _Made) -> dict[str, tuple[str, Sequence[str]]]:
    """The shop's funnel, of its events."""
    logs = made.of("events")
    if not logs:
        return {}
    steps, told, doubt = events.steps(logs)
    notes = [told, *([asked(Question("steps", doubt))] if doubt else [])]
    return {"steps": (flow(steps), notes)} if len(steps) > 1 else {}


def _reads(entry: Entry, name: str) -> bool:
    """Whether an entry names a file, in FROM, a JOIN or a rule."""
    sql = [entry.origin, *(predicate for predicate, _note in entry.exclude.values())]
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for text in sql)


def _left(looked: Sequence[Looked], used: Sequence[Looked], made: _Made) -> list[Looked]:
    """The files that nothing reads, and nothing was said of."""
    left = [each for each in looked if each not in used]
    return [each for each in left if each.file.name not in made.told]


def _unused(each: Looked) -> str:
    told = say(
        "{file} is not read, no table of the contract can be made of it: what is it?",
        file=f"{each.raw.path}{each.file.part}",
    )
    why = "; ".join(unlike(each.file))
    return asked(Question("unused", f"{told} {why}." if why else told))
