"""Events of a log, and the steps of its funnel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from workbench.kit.sentences import say
from workbench.proposals import headers, words
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import Column, quote
from workbench.proposals.declared import Entry, Item, Question
from workbench.proposals.reading import File

_MORE = ("platform", "channel", "content_id", "product_id", "session_id", "order_id", "duration_seconds")
_MOST = 6  # steps of a funnel
_HALF = 0.5


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
            Item(event.clean(), "event"),
            Item(quote(when.name), "occurred_at"),
        ],
        file.name,
    )
    for role in _MORE:
        column = meaning.get(role)
        if column is not None and column not in {user, event, when}:
            found.items.append(Item(column.clean(), role))
    if "user_id" in meaning.guessed:
        others = [c.name for c in file.columns if c not in {user, event, when}]
        asked = say(
            "is {column} the visitor? Nothing but its place says so; the other columns are {others}",
            column=user.name,
            others=", ".join(others) or "-",
        )
        found.questions.append(Question("user_id", asked, user.name))
    if when.instants is not None and when.instants.by_day:
        found.notes.append(
            say("Known by the day only: what happened on one day has no order among itself.")
        )
    return found


def of_orders(source: File, meaning: Meaning, entry_: Entry, word: str) -> Entry | None:
    """Return orders as events, for a log that has no purchase; None where they lack a buyer."""
    user, when = meaning.get("user_id"), meaning.instant
    if user is None or when is None or entry_.group or entry_.origin != source.name:
        return None
    items = [item for item in entry_.items if item.name in {"user_id", "platform", "channel"}]
    return Entry(
        "events",
        [
            *items[:1],
            Item(f"'{word}'", "event"),
            Item(quote(when.name), "occurred_at"),
            *items[1:],
            *(Item(i.sql, "order_id") for i in entry_.items if i.name == "order_id"),
        ],
        source.name,
        exclude=dict(entry_.exclude),
        notes=[say("The log has no purchase: the orders are its last step.")],
    )


def steps(logs: Sequence[tuple[File, Meaning]], last: str = "") -> tuple[list[str], str, str]:
    """Return the steps of a funnel, how many users took each event, and what speaks against them.

    Args:
        logs: The files of events.
        last: An event that is made of orders, "" for none.

    Returns:
        Steps, the most frequent first and none before one that it follows; a sentence; a sentence
        or "".
    """
    first = _firsts(logs)
    users = {event: len(its) for event, its in first.items()}
    by_number = sorted(users, key=lambda event: (-users[event], event))
    told = ", ".join(f"{event} {users[event]}" for event in by_number)
    away = [e for e in by_number if headers.plain_word(e) in headers.words("undone")]
    chosen = [event for event in by_number if event not in away][:_MOST]
    ordered = sorted(chosen, key=lambda e: (_after(e, chosen, first), chosen.index(e)))
    doubt = ""
    if ordered != chosen:
        doubt = say(
            "more users did {later} than {earlier}, which comes before it: is {earlier} a step that all take?",
            later=next(b for a, b in zip(ordered, ordered[1:], strict=False) if users[b] > users[a])
            if any(users[b] > users[a] for a, b in zip(ordered, ordered[1:], strict=False))
            else ordered[-1],
            earlier=next(
                (a for a, b in zip(ordered, ordered[1:], strict=False) if users[b] > users[a]),
                ordered[0],
            ),
        )
    sentence = say("users by event: {events}", events=told)
    return [*ordered, *([last] if last else [])], sentence, doubt


def has_purchase(logs: Iterable[tuple[File, Meaning]]) -> bool:
    """Return whether one of the events is a purchase."""
    return any(words.is_purchase(event) for _f, m in logs for event in m["event"].counts)


def _when(meaning: Meaning) -> Column | None:
    return meaning.get("when") or meaning.get("ordered_at") or meaning.get("day")


def _firsts(logs: Sequence[tuple[File, Meaning]]) -> dict[str, dict[str, datetime | None]]:
    """When each user first did each event."""
    found: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    for _file, meaning in logs:
        when = _when(meaning)
        assert when is not None  # noqa: S101 - `is_events` held
        rows = zip(meaning["user_id"].values, meaning["event"].values, when.values, strict=True)
        for user, event, at in rows:
            if user is None or event is None:
                continue
            instant = _read(when, at)
            before = found[str(event)].get(str(user))
            if str(user) not in found[str(event)] or (instant and before and instant < before):
                found[str(event)][str(user)] = instant
    return found


def _read(column: Column, value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    written = column.instants
    return written.read(str(value)) if written is not None and value is not None else None


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
