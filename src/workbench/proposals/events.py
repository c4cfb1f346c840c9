"""Events of a log, and the steps of its funnel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from workbench.kit.sentences import say, say_n
from workbench.proposals import headers, words
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import Column, is_nothing, literal
from workbench.proposals.declared import Entry, Item, Question
from workbench.proposals.reading import File

_MORE = (
    "platform",
    "channel",
    "content_id",
    "product_id",
    "session_id",
    "order_id",
    "duration_seconds",
)
_MOST = 6  # steps of a funnel
_HALF = 0.5
_ORDER = "order"  # the event that an order is


def is_events(meaning: Meaning) -> bool:
    """Return whether a file can be events: who, what and when."""
    return {"event", "user_id"} <= meaning.roles.keys() and _when(meaning) is not None


def entry(file: File, meaning: Meaning) -> Entry:
    """Return the entry that makes events of a file."""
    user, event, when = meaning["user_id"], meaning["event"], _when(meaning)
    assert when is not None  # noqa: S101 - `is_events` held
    found = Entry(
        "events",
        [
            Item(user.clean(), "user_id"),
            Item(event.spelt(), "event"),
            Item(when.raw(), "occurred_at"),
        ],
        file.name,
    )
    for role in _MORE:
        column = meaning.get(role)
        if column is not None and column not in {user, event, when}:
            sql = column.lowered() if role == "platform" else column.spelt()
            found.items.append(Item(sql, role))
    _leave_out_nobody(found, user)
    known = meaning.roles.values()
    for column in file.columns:
        if (
            column.is_words
            and column not in known
            and column.name.isidentifier()
            and column.name.isascii()
        ):
            found.items.append(Item(column.spelt(), column.name.lower()))
    if "event" in meaning.guessed:
        asked = say("is {column} what was done? Nothing says so for sure", column=event.name)
        found.questions.append(Question("event", asked, event.name))
    if "user_id" in meaning.guessed:
        others = [c.name for c in file.columns if c not in {user, event, when}]
        asked = say(
            "is {column} the visitor? Nothing says so for sure; the other columns are {others}",
            column=user.name,
            others=", ".join(others) or "-",
        )
        found.questions.append(Question("user_id", asked, user.name))
    if when.instants is not None and when.instants.by_day:
        found.notes.append(
            say("Known by the day only: what happened on one day has no order among itself.")
        )
    return found


def _leave_out_nobody(found: Entry, user: Column) -> None:
    """Leave out lines that name no visitor: nothing follows them."""
    words = [word for word in user.counts if is_nothing(word)]
    lines = sum(value is None for value in user.values) + sum(user.counts[word] for word in words)
    if lines:
        named = f" OR {user.clean()} IN ({', '.join(map(literal, words))})" if words else ""
        note = say_n("{n:count} line names no visitor", "{n:count} lines name no visitor", lines)
        found.exclude[say("of no visitor")] = (f"{user.clean()} IS NULL{named}", note)


def is_of_one_kind(meaning: Meaning) -> bool:
    """Return whether a file says who and when and nothing else, so that all of it is one event."""
    return "user_id" in meaning and _when(meaning) is not None and "order_id" not in meaning


def of_one_kind(file: File, meaning: Meaning) -> Entry:
    """Return the entry of a file whose lines are all the same event, named by the file."""
    when = _when(meaning)
    assert when is not None  # noqa: S101 - `is_of_one_kind` held
    asked = say(
        "{file} says who and when, not what: each line is taken for the event {event}. Is it?",
        file=file.label,
        event=file.name,
    )
    return Entry(
        "events",
        [
            Item(meaning["user_id"].clean(), "user_id"),
            Item(literal(file.name), "event"),
            Item(when.raw(), "occurred_at"),
        ],
        file.name,
        questions=[Question("event", asked, file.name)],
    )


def of_orders(file: File, meaning: Meaning, entry_: Entry) -> Entry | None:
    """Return orders as events, for a log that has no purchase; None where they lack a buyer."""
    user, when = meaning.get("user_id"), meaning.instant
    if user is None or when is None or entry_.group or entry_.origin != file.name:
        return None
    items = {item.name: item for item in entry_.items}
    more = [items[role] for role in ("platform", "channel", "order_id") if role in items]
    return Entry(
        "events",
        [
            items["user_id"],
            Item(literal(_ORDER), "event"),
            Item(when.raw(), "occurred_at"),
            *more,
        ],
        file.name,
        exclude=dict(entry_.exclude),
        notes=[say("The log has no purchase: orders are its last step.")],
    )


def steps(made: Sequence[tuple[File, Meaning, Entry]]) -> tuple[list[str], str, str]:
    """Return the steps of a funnel, how many users took each event, and what speaks against them.

    Args:
        made: The entries of events, each with its file and what that file's columns mean.

    Returns:
        Steps, the most frequent first and none before one that it follows; a sentence; a question
        or "".
    """
    first = _firsts(made)
    users = {event: len(its) for event, its in first.items()}
    by_number = sorted(users, key=lambda event: (-users[event], event))
    told = ", ".join(f"{event} {users[event]}" for event in by_number)
    away = [e for e in by_number if headers.plain_word(e) in headers.words("undone")]
    chosen = [event for event in by_number if event not in away][:_MOST]
    # Orders that were added to a log without a purchase are its end, whoever is known to both.
    added = any(e.items[1].sql == literal(_ORDER) for _f, m, e in made if "event" not in m)
    last = _ORDER if added else ""
    ordered = sorted(chosen, key=lambda e: (e == last, _after(e, chosen, first), chosen.index(e)))
    turned = [(a, b) for a, b in pairwise(ordered) if users[b] > users[a]]
    doubt = ""
    if turned:
        earlier, later = turned[0]
        doubt = say(
            "more users did {later} than {earlier}, which comes before it: is {earlier} a step that all take?",
            later=later,
            earlier=earlier,
        )
    sentence = say("users by event: {events}", events=told)
    return ordered, sentence, doubt


def has_purchase(logs: Iterable[tuple[File, Meaning]]) -> bool:
    """Return whether one of the events is a purchase."""
    events = [e for f, m in logs for e in (m["event"].counts if "event" in m else [f.name])]
    return any(map(words.is_purchase, events))


def _when(meaning: Meaning) -> Column | None:
    return meaning.instant or meaning.get("day")


def _firsts(
    made: Sequence[tuple[File, Meaning, Entry]],
) -> dict[str, dict[str, datetime | None]]:
    """When each user first did each event."""
    found: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    for _file, meaning, entry_ in made:
        user, when = meaning["user_id"], _when(meaning)
        assert when is not None  # noqa: S101 - it is an entry of events
        given = entry_.items[1].sql
        column = meaning.get("event")
        names = [given.strip("'")] * len(user.values) if column is None else column.values
        is_lower = given.startswith("lower(")
        for who, event, at in zip(user.values, names, when.values, strict=True):
            if who is None or event is None:
                continue
            instant = when.read(at)
            its = found[str(event).lower() if is_lower else str(event)]
            before = its.get(str(who))
            if str(who) not in its or (instant and before and instant < before):
                its[str(who)] = instant
    return dict(found)


def _after(
    event: str, events: Sequence[str], first: Mapping[str, Mapping[str, datetime | None]]
) -> int:
    """How many of the other events most users who did both did before this one."""
    n = 0
    for other in events:
        both = first[event].keys() & first[other].keys()
        pairs = [(first[other][u], first[event][u]) for u in both]
        before = [a < b for a, b in pairs if a is not None and b is not None and a != b]
        n += bool(before) and sum(before) > _HALF * len(before)
    return n
