"""What stands in a file again: its header, or rows of an export that was appended to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import groupby

from workbench.kit.sentences import say
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import literal, quote
from workbench.proposals.declared import Question
from workbench.proposals.reading import File

Rules = dict[str, tuple[str, str]]
_FEWEST = 3  # lines: fewer may well be slips, and the check names those


def headers_again(file: File) -> Rules:
    """Return a rule for lines that say the header again, or what its columns mean."""
    if file.shape is None or not file.shape.again:
        return {}
    told: dict[str, set[str]] = {}
    known = {column.name for column in file.columns}
    for line in file.shape.again:
        at = next(n for n, cell in enumerate(line.cells) if cell and file.shape.names[n] in known)
        told.setdefault(file.shape.names[at], set()).add(str(line.cells[at]))
    named = [
        f"coalesce({quote(name)} IN ({', '.join(map(literal, sorted(cells)))}), false)"
        for name, cells in told.items()
    ]
    return {say("the header again"): (" OR ".join(named), "")}


def copies(file: File, columns: Meaning) -> tuple[Rules, set[int], list[Question]]:
    """Return a rule for lines of orders that stand in the file already, which those are, and a question.

    Lines of one order stand together. What comes again below other orders, nothing else of its order
    beside it, was appended twice.
    """
    key = columns.get("order_id")
    if key is None or key.is_unique or file.filled:
        return {}, set(), []
    found = _copied(key.values, [*zip(*(column.values for column in file.columns), strict=True)])
    if len(found) < _FEWEST:
        return {}, set(), []
    every = ", ".join(quote(column.name) for column in file.columns)
    rule = f"row_number() OVER (PARTITION BY {every}) > 1"
    again, before = next(iter(found.items()))
    numbers = file.lines or range(1, file.rows + 1)
    asked = say(
        "{n:count} lines stand in the file already, below other orders (line {again} is line {before}): was an "
        "export appended twice? Each counts once here, and so do pieces of one order whose lines are alike",
        n=len(found),
        again=str(numbers[again]),
        before=str(numbers[before]),
    )
    return (
        {say("the same line again"): (rule, "")},
        {*found},
        [Question(f"{file.name} again", asked)],
    )


def _copied(keys: Sequence[object], lines: Sequence[Hashable]) -> dict[int, int]:
    """The lines that stand in a run of their order that says nothing new, each with its first place."""
    first: dict[Hashable, int] = {}
    known: dict[object, set[Hashable]] = defaultdict(set)
    found: dict[int, int] = {}
    for key, run in groupby(range(len(keys)), lambda n: keys[n]):
        places = [*run]
        said = {lines[n] for n in places}
        if key is not None and said <= known[key]:
            found |= {n: first[lines[n]] for n in places}
        elif key is not None and known[key]:
            return {}  # the lines of an order are all over the file, and some may well be alike
        known[key] |= said
        for n in places:
            first.setdefault(lines[n], n)
    return found
