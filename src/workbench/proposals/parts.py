"""Several files of one table: months of an export, and what stands in two of them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.kit.sentences import say, say_n
from workbench.proposals.columns import Meaning
from workbench.proposals.declared import Entry
from workbench.proposals.reading import File


def overlaps(made: Sequence[tuple[File, Meaning, Entry]]) -> list[str]:
    """Let each order be read from one file only: the last that has it, by name.

    Returns:
        Sentences on what was found in two files.
    """
    told = []
    ids = [_ids(meaning) for _file, meaning, _entry in made]
    for n, (file, meaning, entry) in enumerate(made):
        for later in range(n + 1, len(made)):
            other, its, _entry = made[later]
            shared = ids[n] & ids[later]
            if not shared or "order_id" not in meaning:
                continue
            key, theirs = meaning["order_id"].clean(), its["order_id"].clean()
            rule = say("also in {file}", file=other.path.name)
            entry.exclude[rule] = (f"{key} IN (SELECT {theirs} FROM {other.name})", "")
            told.append(
                say_n(
                    "{n:count} order of {file} stands in {other} too: it is read from there, the later name. "
                    "QUESTION: is that the newer export?",
                    "{n:count} orders of {file} stand in {other} too: they are read from there, the later name. "
                    "QUESTION: is that the newer export?",
                    len(shared),
                    file=file.path.name,
                    other=other.path.name,
                )
            )
    return told


def _ids(meaning: Meaning) -> set[str]:
    column = meaning.get("order_id")
    return set(column.counts) if column is not None else set()
