# ruff: noqa: S608 - SQL that is shown to a person, every name in it quoted
"""Several files of one table: months of an export, and what stands in two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from workbench.kit.sentences import say, say_n
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import literal
from workbench.proposals.declared import Entry
from workbench.proposals.reading import File

_A_DAY = timedelta(days=1)  # which zones may make
_SHARE = 0.5  # of a log's lines that make it a second export of the same


def overlaps(made: Sequence[tuple[File, Meaning, Entry]]) -> list[str]:
    """Let each order be read from one file only: the last that has it, by name.

    Returns:
        Sentences on what was found in two files.
    """
    told = _forms(made)
    ids = [_ids(meaning) for _file, meaning, _entry in made]
    for n, (file, meaning, entry) in enumerate(made):
        for later in range(n + 1, len(made)):
            other, its, _entry = made[later]
            shared = ids[n] & ids[later]
            if not shared or "order_id" not in meaning:
                continue
            if _differ(meaning, its, shared):
                told.append(_set_apart(made[n], made[later], len(shared)))
                continue
            key, theirs = meaning["order_id"].clean(), its["order_id"].clean()
            rule = say("also in {file}", file=other.label)
            entry.exclude[rule] = (f"{key} IN (SELECT {theirs} FROM {other.name})", "")
            told.append(
                say_n(
                    "{n:count} order of {file} stands in {other} too: it is read from there, the later name. "
                    "QUESTION: is that the newer export?",
                    "{n:count} orders of {file} stand in {other} too: they are read from there, the later name. "
                    "QUESTION: is that the newer export?",
                    len(shared),
                    file=file.label,
                    other=other.label,
                )
            )
    return told


def _differ(meaning: Meaning, its: Meaning, shared: set[str]) -> bool:
    """Whether orders of the same numbers were placed on other days, so that they are others."""
    when, theirs = _instants(meaning), _instants(its)
    pairs = [(when.get(number), theirs.get(number)) for number in shared]
    apart = [abs(a - b) > _A_DAY for a, b in pairs if a is not None and b is not None]
    return sum(apart) > _SHARE * len(pairs)


def _instants(meaning: Meaning) -> dict[str, datetime | None]:
    key, column = meaning["order_id"], meaning.instant
    if column is None:
        return {}
    return {str(n): column.read(at) for n, at in zip(key.values, column.values, strict=True)}


def _set_apart(
    one: tuple[File, Meaning, Entry], other: tuple[File, Meaning, Entry], shared: int
) -> str:
    """Let the numbers of two files' orders begin with the files' names, and say so."""
    for file, _meaning, entry in (one, other):
        item = next(item for item in entry.items if item.name == "order_id")
        named = f"{literal(f'{file.name} ')} || "
        if not item.sql.startswith(named):
            entry.items[entry.items.index(item)] = replace(item, sql=f"{named}{item.sql}")
    return say_n(
        "QUESTION: a number stands in {file} and in {other}, for orders of other days. They are taken for "
        "different orders, as of two shops: their numbers begin with the file's name. Is that so?",
        "QUESTION: {n:count} numbers stand in {file} and in {other}, for orders of other days. They are taken "
        "for different orders, as of two shops: their numbers begin with the file's name. Is that so?",
        shared,
        file=one[0].label,
        other=other[0].label,
    )


def _forms(made: Sequence[tuple[File, Meaning, Entry]]) -> list[str]:
    """What is asked where orders come from exports of several forms."""
    forms = {tuple(sorted(column.name for column in file.columns)): file for file, _m, _e in made}
    if len(forms) <= 1:
        return []
    files = ", ".join(file.label for file in forms.values())
    return [
        say(
            "QUESTION: orders are read from exports of several forms ({files}). Does one purchase "
            "stand in two of them, as in a shop's export and in a payment's? Then it counts twice: "
            "leave one of them out",
            files=files,
        )
    ]


def repeated_logs(made: list[tuple[File, Meaning, Entry]]) -> list[str]:
    """Take out logs whose lines stand in another one already: each event would count twice.

    Returns:
        Sentences on what was found in two files.
    """
    told = []
    logs = [each for each in made if each[2].table == "events"]
    logs.sort(key=lambda each: -each[0].rows)
    kept: list[tuple[File, set[tuple[str, ...]]]] = []
    for each in logs:
        file, meaning, _entry = each
        lines = _lines(meaning)
        for other, others in kept:
            if len(lines & others) > _SHARE * len(lines):
                made.remove(each)
                told.append(
                    say(
                        "QUESTION: {n:count} of the {lines:count} events of {file} stand in {other} "
                        "too, so {file} is not read: what does it hold that {other} does not?",
                        n=len(lines & others),
                        lines=len(lines),
                        file=file.label,
                        other=other.label,
                    )
                )
                break
        else:
            kept.append((file, lines))
    return told


def _lines(meaning: Meaning) -> set[tuple[str, ...]]:
    columns = [c for role in ("user_id", "event", "when", "ordered_at") if (c := meaning.get(role))]
    return {tuple(map(str, row)) for row in zip(*(c.values for c in columns), strict=True)}


def _ids(meaning: Meaning) -> set[str]:
    column = meaning.get("order_id")
    return set(column.counts) if column is not None else set()
