"""The account of a table in a warehouse: a few aggregate queries, whose sums must be the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from workbench.errors import SourceError
from workbench.sources.account import Line, Reason, record
from workbench.sources.staging import WORTH
from workbench.sources.warehouse.connection import Connection
from workbench.sources.warehouse.selects import RULE, Select, read
from workbench.sources.warehouse.verdicts import BAD, ENTRY, MONEY, Judged


@dataclass(frozen=True)
class Sums:
    """What the queries found about a table.

    Attributes:
        lines: How many lines each SELECT reads, counted without computing anything.
        outcomes: Lines and money by SELECT and rule, those in quarantine, and each reason.
        kept: Lines and money of the table that analyses will read, its first and last instant.
    """

    lines: tuple[int, ...]
    outcomes: tuple[dict[str, Any], ...]
    kept: dict[str, Any]


def ask(selects: Sequence[Select], every: Judged, kept: Judged, warehouse: Connection) -> Sums:
    """Return what the warehouse counts.

    Args:
        selects: The SELECTs of the table.
        every: All rows, judged.
        kept: The rows that no rule leaves out, judged: those of the analyses.
        warehouse: Where they are.

    Raises:
        SourceError: If the warehouse fails.
    """
    place = selects[0].entry.place
    lines = []
    for one in selects:
        counted = warehouse.rows(read(warehouse, one.lines, one.entry.place), one.entry.place)
        lines.append(int(counted[0]["lines"]))
    outcomes = warehouse.rows(_outcomes(every), place)
    return Sums(tuple(lines), tuple(outcomes), warehouse.rows(_kept(kept), place)[0])


def _outcomes(judged: Judged) -> ir.Table:
    rows = judged.rows
    sums = {"lines": rows.count(), "money": rows[MONEY].sum().fill_null(0)}
    flags = {"bad": rows[BAD]} | {
        str(number): rows[f"{BAD}_{number}"] for number in range(len(judged.reasons))
    }
    for name, flag in flags.items():
        sums[f"lines_{name}"] = flag.sum().fill_null(0)
        sums[f"money_{name}"] = flag.ifelse(rows[MONEY], 0).sum().fill_null(0)
    return rows.group_by(ENTRY, RULE).agg(**sums)


def _kept(judged: Judged) -> ir.Table:
    rows = judged.rows.filter(~judged.rows[BAD])
    table = judged.staged.table
    ends = (
        {"first": rows[table.instant].min(), "last": rows[table.instant].max()}
        if table.instant in judged.staged.columns
        else {}
    )
    return rows.agg(rows=rows.count(), money=rows[MONEY].sum().fill_null(0), **ends)


def close(
    selects: Sequence[Select], labels: Sequence[str], every: Judged, sums: Sums
) -> dict[str, Any]:
    """Return what the manifest says of a table.

    Args:
        selects: The SELECTs of the table.
        labels: What the account calls each.
        every: Its rows, judged.
        sums: What the warehouse counted.

    Raises:
        SourceError: If a line or an amount is nowhere, or WHERE leaves lines out without a name.
    """
    table = every.staged.table
    worth = WORTH.get(table.name, {})
    lines: list[Line] = []
    reasons: list[Reason] = []
    for number, (one, label) in enumerate(zip(selects, labels, strict=True)):
        here = [row for row in sums.outcomes if row[ENTRY] == number]
        is_priced = any(name in worth for name in every.staged.given[number])
        line, found = _account(one, label, here, every.reasons, is_priced=is_priced)
        if line.lines != sums.lines[number]:
            raise SourceError(
                f"{one.entry.place}: {label} has {sums.lines[number]:,} lines, "
                f"but {line.lines:,} are accounted for"
            )
        lines.append(line)
        reasons += found
    counted = (sum(line.kept for line in lines), sum(line.money_kept or 0 for line in lines))
    used = (int(sums.kept["rows"]), int(sums.kept["money"]))
    if counted != used:
        raise SourceError(
            f"{selects[0].entry.place}: {counted[0]:,} lines worth {counted[1]:,} are kept, but the table "
            f"has {used[0]:,} worth {used[1]:,}"
        )
    return {
        "name": table.name,
        "columns": list(every.staged.columns),
        "unread": [],
        "rows": used[0],
        "first": _text(sums.kept.get("first")),
        "last": _text(sums.kept.get("last")),
        "account": [record(line) for line in lines],
        "reasons": [record(reason) for reason in reasons],
    }


def _account(
    one: Select,
    label: str,
    rows: Sequence[Mapping[str, Any]],
    why: Sequence[str],
    *,
    is_priced: bool,
) -> tuple[Line, list[Reason]]:
    """Every line of a SELECT in one of three places."""
    name = one.entry.table

    def money(amount: int) -> int | None:
        return amount if is_priced else None

    left_out = sorted((r for r in rows if r[RULE] is not None), key=lambda r: int(r[RULE]))
    for row in left_out:
        if not one.rules[int(row[RULE])]:
            raise SourceError(
                f"{one.entry.place}: WHERE leaves out {int(row['lines']):,} lines of {label}: "
                f"name a rule for them under 'exclude', or all of them by 'dropped'"
            )
    excluded = [int(sum(row[what] for row in left_out)) for what in ("lines", "money")]
    live = next((row for row in rows if row[RULE] is None), {})
    total = [int(live.get(what, 0)) for what in ("lines", "money")]
    bad = [int(live.get(what, 0)) for what in ("lines_bad", "money_bad")]
    kept = [total[i] - bad[i] for i in (0, 1)]
    worth = [money(amount) for amount in (total[1] + excluded[1], kept[1], excluded[1], bad[1])]
    line = Line(name, label, total[0] + excluded[0], kept[0], excluded[0], bad[0], *worth)
    found = [
        Reason(
            name,
            label,
            "excluded",
            one.rules[int(r[RULE])],
            int(r["lines"]),
            money(int(r["money"])),
        )
        for r in left_out
    ]
    broken = [
        (reason, int(live[f"lines_{number}"]), int(live[f"money_{number}"]))
        for number, reason in enumerate(why)
        if live and live[f"lines_{number}"]
    ]
    found += [
        Reason(name, label, "quarantined", reason, lines, money(amount))
        for reason, lines, amount in sorted(broken, key=lambda b: (-b[1], b[0]))
    ]
    return line, found


def _text(instant: Any) -> str | None:
    return None if instant is None else str(instant.isoformat())
