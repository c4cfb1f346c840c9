# ruff: noqa: S608 - this is the SQL that an import consists of, every name in it checked or quoted
"""Every raw line in one of three places, and the sums that prove it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import SourceError
from workbench.sources.sql import Engine
from workbench.sources.staging import WORTH, Staged

if TYPE_CHECKING:
    from collections.abc import Mapping

_OUTCOMES = ("kept", "excluded", "quarantined")


@dataclass(frozen=True)
class Line:
    """The account of one raw file in one table; money that cannot be read counts as 0.

    Attributes:
        table: The contract table.
        file: The raw file.
        lines: Its physical lines, counted without the engine.
        kept: Lines that are in the table.
        excluded: Lines that a rule of the source file left out.
        quarantined: Lines that broke the contract.
        money: What all lines are worth, in minor units; None where lines have no worth.
        money_kept: … the kept ones.
        money_excluded: … the excluded ones.
        money_quarantined: … the quarantined ones.
    """

    table: str
    file: str
    lines: int
    kept: int
    excluded: int
    quarantined: int
    money: int | None
    money_kept: int | None
    money_excluded: int | None
    money_quarantined: int | None


@dataclass(frozen=True)
class Reason:
    """Why lines of a file are not in a table; a line can have several reasons to be quarantined.

    Attributes:
        table: The contract table.
        file: The raw file.
        outcome: excluded or quarantined.
        reason: The rule's name, or the sentence that does not hold.
        lines: How many lines.
        money: What they are worth, in minor units; None where lines have no worth.
    """

    table: str
    file: str
    outcome: str
    reason: str
    lines: int
    money: int | None


def close(
    engine: Engine, number: int, staged: Staged, columns: Sequence[str]
) -> tuple[Line, list[Reason]]:
    """Account for every line of an entry's file.

    Raises:
        SourceError: If a line is nowhere, or lines or money do not add up.
    """
    place = staged.entry.place
    dropped = "excluded" if staged.entry.dropped else "dropped"
    last = len(staged.entry.exclude or {})
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE __outcome AS SELECT l.line, l.money, m.__row, b.reasons, "
        f"coalesce(l.rule, {last}) AS rule, "
        f"CASE WHEN l.rule IS NOT NULL THEN 'excluded' WHEN m.__row IS NULL THEN '{dropped}' "
        f"WHEN b.__row IS NOT NULL THEN 'quarantined' ELSE 'kept' END AS outcome "
        f"FROM __lines_{number} l LEFT JOIN __map_{number} m ON m.line = l.line "
        f"LEFT JOIN __bad b ON b.__entry = {number} AND b.__row = m.__row"
    )
    _refuse_dropped(engine, staged)
    found = {
        outcome: (lines, money)
        for outcome, lines, money in engine.rows(
            "SELECT outcome, count(*), sum(money) FROM __outcome GROUP BY outcome"
        )
    }
    lines = [found.get(outcome, (0, 0))[0] for outcome in _OUTCOMES]
    money = [int(found.get(outcome, (0, 0))[1] or 0) for outcome in _OUTCOMES]
    total = staged.money or 0
    if sum(lines) != staged.file.rows or sum(money) != total:
        raise SourceError(
            f"{place}: {staged.file.label} has {staged.file.rows:,} sound lines worth {total:,}, "
            f"but {sum(lines):,} worth {sum(money):,} are accounted for"
        )
    if staged.money is not None:
        _compare_rows(engine, number, staged, columns)
    sums = [total, *money] if staged.money is not None else [None] * 4
    lines[_OUTCOMES.index("quarantined")] += len(staged.file.broken)
    line = Line(staged.entry.table, staged.label, staged.file.lines, *lines, *sums)
    return line, _reasons(engine, staged)


def frame(rows: Sequence[Mapping[str, Any]], kind: type[Line | Reason]) -> pd.DataFrame:
    """Return rows of the manifest as a frame; counts are whole, absent money is <NA>."""
    names = list(kind.__dataclass_fields__)
    made = pd.DataFrame(list(rows), columns=names)
    numbers = [n for n in names if n not in {"table", "file", "outcome", "reason"}]
    return made.astype(dict.fromkeys(numbers, "Int64"))


def record(item: Line | Reason) -> dict[str, Any]:
    """Return an account line or a reason as the manifest holds it."""
    return asdict(item)


def _refuse_dropped(engine: Engine, staged: Staged) -> None:
    count, first = engine.rows(
        "SELECT count(*), min(line) FROM __outcome WHERE outcome = 'dropped'"
    )[0]
    if count:
        raise SourceError(
            f"{staged.entry.place}: {count:,} lines of {staged.file.label} (first: line {first}) are in "
            f"no row and match no rule: name a rule for them under 'exclude', or all of them by 'dropped'"
        )


def _compare_rows(engine: Engine, number: int, staged: Staged, columns: Sequence[str]) -> None:
    """A kept row must be worth what its lines are worth."""
    terms = [
        f"{'+' if sign > 0 else '-'} coalesce(c.{name}, 0)"
        for name, sign in WORTH.get(staged.entry.table, {}).items()
        if name in columns
    ]
    if not terms:
        return
    worth = " ".join(["0", *terms])
    wrong = engine.rows(
        f"SELECT c.__first, l.money, {worth} AS worth FROM __cast c JOIN ("
        f"SELECT __row, sum(money) AS money FROM __outcome WHERE outcome = 'kept' GROUP BY __row"
        f") l ON c.__entry = {number} AND c.__row = l.__row WHERE l.money <> {worth} "
        f"ORDER BY c.__first LIMIT 1"
    )
    if wrong:
        first, lines, row = wrong[0]
        raise SourceError(
            f"{staged.entry.place}: the row made from line {first} says {row:,} minor units, its lines "
            f"are worth {lines:,}: let 'money' say what a line is worth and sum(money) make the row"
        )


def _reasons(engine: Engine, staged: Staged) -> list[Reason]:
    names = [*(staged.entry.exclude or {}), staged.entry.dropped]
    excluded = engine.rows(
        "SELECT rule, count(*), sum(money) FROM __outcome WHERE outcome = 'excluded' "
        "GROUP BY rule ORDER BY rule"
    )
    quarantined = engine.rows(
        "SELECT reason, count(*), sum(money) FROM (SELECT unnest(reasons) AS reason, money "
        "FROM __outcome WHERE outcome = 'quarantined') GROUP BY reason ORDER BY 2 DESC, 1"
    )
    found = [("excluded", names[rule], lines, money) for rule, lines, money in excluded]
    found += [("quarantined", reason, lines, money) for reason, lines, money in quarantined]
    broken = Counter(line.reason for line in staged.file.broken)
    found += [("quarantined", reason, lines, 0) for reason, lines in broken.most_common()]
    return [
        Reason(
            staged.entry.table,
            staged.label,
            outcome,
            reason,
            lines,
            int(money or 0) if staged.money is not None else None,
        )
        for outcome, reason, lines, money in found
    ]
