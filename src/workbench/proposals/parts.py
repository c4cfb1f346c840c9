# ruff: noqa: S608 - SQL that is shown to a person, every name in it quoted
"""Several files of one table: months of an export, and what stands in two of them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.kit.sentences import say, say_n
from workbench.proposals.columns import Meaning
from workbench.proposals.declared import Entry
from workbench.proposals.reading import File

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
