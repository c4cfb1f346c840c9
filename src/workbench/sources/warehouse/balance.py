"""The account of a table in a warehouse: a few aggregate queries, whose sums must be the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.types as ir

from workbench.errors import SourceError
from workbench.sources import manifest
from workbench.sources.account import WORTH, Sum, Tally, total, unmeant
from workbench.sources.warehouse.selects import RULE, Select, read
from workbench.sources.warehouse.verdicts import BAD, ENTRY, MONEY, Rows


@dataclass(frozen=True)
class Sums:
    """What the queries found about a table.

    Attributes:
        lines: How many lines each SELECT reads, counted without computing anything.
        outcomes: Lines and money by SELECT and rule, those in quarantine, and each reason.
        kept: Lines and money of the table that analyses will read, its first and last instant.
    """

    lines: tuple[int, ...]
    outcomes: Sequence[dict[str, Any]]
    kept: dict[str, Any]


def ask(every: Rows, kept: Rows) -> Sums:
    """Return what the warehouse counts of all rows, and of those that no rule leaves out.

    Raises:
        SourceError: If the warehouse fails.
    """
    there, place = every.origin.warehouse, every.origin.place
    counted = [
        there.rows(read(there, one.lines, one.entry.place), one.entry.place)[0]
        for one in every.origin.selects
    ]
    lines = tuple(int(row["lines"]) for row in counted)
    return Sums(lines, there.rows(_outcomes(every), place), there.rows(_kept(kept), place)[0])


def _outcomes(judged: Rows) -> ir.Table:
    rows = judged.rows
    sums = {"lines": rows.count(), "money": rows[MONEY].sum().fill_null(0)}
    reasons = {str(number): rows[flag] for number, flag in enumerate(judged.flags)}
    flags = {"kept": ~rows[BAD], "bad": rows[BAD], **reasons}
    for name, flag in flags.items():
        sums[f"lines_{name}"] = flag.sum().fill_null(0)
        sums[f"money_{name}"] = flag.ifelse(rows[MONEY], 0).sum().fill_null(0)
    return rows.group_by(ENTRY, RULE).agg(**sums)


def _kept(judged: Rows) -> ir.Table:
    rows = judged.rows.filter(~judged.rows[BAD])
    instant, ends = judged.origin.table.instant, {}
    if instant in judged.columns:
        ends = {"first": rows[instant].min(), "last": rows[instant].max()}
    return rows.agg(rows=rows.count(), money=rows[MONEY].sum().fill_null(0), **ends)


def close(
    every: Rows, sums: Sums, words: Mapping[int, dict[tuple[str, str], Sum]]
) -> dict[str, Any]:
    """Return what the manifest says of a table.

    Args:
        every: All rows, judged.
        sums: What was counted of them.
        words: Of each SELECT, lines and money by column and word that the column does not know.

    Raises:
        SourceError: If a line or an amount is nowhere, or WHERE leaves lines out without a name.
    """
    table = every.origin.table
    worth = WORTH.get(table.name, {})
    tallies, closed = [], []
    for number, one in enumerate(every.origin.selects):
        here = [row for row in sums.outcomes if row[ENTRY] == number]
        is_priced = any(name in worth for name in every.given[number])
        tally = _tally(one, here, every.reasons, is_priced=is_priced)
        tallies.append(replace(tally, unmeant=words.get(number, {})))
        money = sum(int(row["money"]) for row in here)
        closed.append(tallies[-1].close(sums.lines[number], money))
    counted = total(tally.kept for tally in tallies)
    used = (int(sums.kept["rows"]), int(sums.kept["money"]))
    if counted != used:
        raise SourceError(
            f"{every.origin.place}: {counted[0]:,} lines worth {counted[1]:,} are kept, but the table "
            f"has {used[0]:,} worth {used[1]:,}"
        )
    ends = (_text(sums.kept.get("first")), _text(sums.kept.get("last")))
    told = manifest.of_table(
        table.name, every.columns, used[0], ends, closed, unmeant=unmeant(tallies)
    )
    return told | {"trimmed": list(every.origin.trimmed)}


def _tally(
    one: Select, rows: Sequence[Mapping[str, Any]], why: Sequence[str], *, is_priced: bool
) -> Tally:
    """Every line of a SELECT in one of three places."""
    left_out = sorted((row for row in rows if row[RULE] is not None), key=lambda row: row[RULE])
    for row in left_out:
        if not one.rules[int(row[RULE])]:
            raise SourceError(
                f"{one.entry.place}: WHERE leaves out {int(row['lines']):,} lines of {one.label}: "
                f"name a rule for them under 'exclude', or all of them by 'dropped'"
            )
    live = [row for row in rows if row[RULE] is None]
    reasons = {reason: _sum(live, f"_{number}") for number, reason in enumerate(why)}
    return Tally(
        one.entry,
        one.label,
        is_priced,
        kept=_sum(live, "_kept"),
        quarantined=_sum(live, "_bad"),
        excluded={one.rules[int(row[RULE])]: _sum([row]) for row in left_out},
        reasons={reason: found for reason, found in reasons.items() if found[0]},
    )


def _sum(rows: Sequence[Mapping[str, Any]], which: str = "") -> Sum:
    return total((int(row[f"lines{which}"]), int(row[f"money{which}"])) for row in rows)


def _text(instant: Any) -> str | None:
    return None if instant is None else str(instant.isoformat())
