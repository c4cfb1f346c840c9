"""What `workbench check SOURCE` prints: every line accounted for, and what can be made of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

import pandas as pd

from workbench.periods import to_local
from workbench.sources.source import Source, inspect
from workbench.tables import TABLES
from workbench.words import _, count, money


def report(name: str, analyses: Iterable[ModuleType] = ()) -> str:
    """Return a text about a source: lines, money, instants, columns, and what can run.

    Args:
        name: As `connect` takes it.
        analyses: Modules that say what they need: NEEDS (table to columns), NEEDS_INSTEAD (what
            can stand in for that) and USES (what they can make more of).

    Raises:
        SourceError: If the source cannot be read.
    """
    source = inspect(name)
    parts = [_head(source)]
    parts += [_table(source, table) for table in source.tables]
    runnable = [_analysis(source, module) for module in analyses]
    if runnable:
        parts.append("\n".join([_("analyses"), *runnable]))
    return "\n\n".join(parts)


def _head(source: Source) -> str:
    lines = [
        _("source {name}, time zone {zone}, currency {currency}").format(
            name=source.name, zone=source.time_zone, currency=source.currency or _("not said")
        )
    ]
    if source.span:
        lines.append(
            _("events and orders from {since} to {until}").format(
                since=_local(source.since, source), until=_local(source.until, source)
            )
        )
    if source.steps:
        lines.append(_("funnel: {steps}").format(steps=" → ".join(source.steps)))
    lines.append(_("quarantine: {folder}").format(folder=source.folder / "quarantine"))
    return "\n".join(lines)


def _table(source: Source, name: str) -> str:
    facts = source.facts[name]
    head = _("{table}: {rows} rows").format(table=name, rows=count(facts.rows))
    if facts.first and facts.last:
        first, last = (_instant(at, source, name) for at in (facts.first, facts.last))
        head += _(", {first} to {last}").format(first=first, last=last)
    account = source.account
    rows = [head]
    for line in account[account["table"] == name].to_dict("records"):
        rows += _file(source, {str(key): value for key, value in line.items()})
    absent = [column for column in TABLES[name].names if column not in facts.columns]
    if absent:
        rows.append("  " + _("columns not given: {names}").format(names=", ".join(absent)))
    unread = [_unread(column, TABLES[name].names) for column in facts.unread]
    if unread:
        rows.append("  " + _("columns not read: {names}").format(names=", ".join(unread)))
    return "\n".join(rows)


def _unread(column: str, known: tuple[str, ...]) -> str:
    """A column that the contract does not know, and the one that may have been meant."""
    near = difflib.get_close_matches(column, known, n=1)
    return _("{name} (is it {near}?)").format(name=column, near=near[0]) if near else column


def _instant(at: datetime, source: Source, table: str) -> str:
    """An instant on the shop's clock; a day is the shop's already."""
    contract = TABLES[table]
    return f"{at:%Y-%m-%d}" if contract[contract.instant].type == "date" else _local(at, source)


def _file(source: Source, line: Mapping[str, Any]) -> list[str]:
    currency = source.currency
    whole = line["kept"] == line["lines"]
    label = _("lines, all kept") if whole else _("lines")
    rows = [f"  {line['file']}", "    " + _amounts(label, line["lines"], line["money"], currency)]
    if whole:
        return rows
    for outcome, words in (
        ("kept", _("kept")),
        ("excluded", _("excluded by rule")),
        ("quarantined", _("quarantined")),
    ):
        worth = line[f"money_{outcome}"]
        rows.append("    " + _amounts(words, line[outcome], worth, currency))
        rows += [
            "    " + _amounts(f"  {reason['reason']}", reason["lines"], reason["money"], currency)
            for reason in _reasons(source, line, outcome)
        ]
    return rows


def _reasons(source: Source, line: Mapping[str, Any], outcome: str) -> list[dict[Any, Any]]:
    wanted = {"table": line["table"], "file": line["file"], "outcome": outcome}
    rows = source.reasons.to_dict("records")
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def _amounts(label: str, lines: Any, worth: Any, currency: str) -> str:
    amount = "" if pd.isna(worth) else money(int(worth), currency, whole=True)
    return f"{count(lines):>13}  {amount:>18}  {label}"


def _local(instant: datetime, source: Source) -> str:
    return f"{to_local(instant, source.time_zone):%Y-%m-%d %H:%M:%S}"


def _analysis(source: Source, module: ModuleType) -> str:
    name = module.__name__.rpartition(".")[2]
    needs: Mapping[str, tuple[str, ...]] = module.NEEDS
    instead: Mapping[str, tuple[str, ...]] = getattr(module, "NEEDS_INSTEAD", {})
    uses: Mapping[str, tuple[str, ...]] = getattr(module, "USES", {})
    missing = _missing(source, needs)
    if missing and instead and not _missing(source, instead):
        return "  " + _("{name}: can run on {tables} alone; in full it needs {missing}").format(
            name=name, tables=", ".join(instead), missing=", ".join(missing)
        )
    if missing:
        return "  " + _("{name}: cannot run, it needs {missing}").format(
            name=name, missing=", ".join(missing)
        )
    more = _missing(source, uses)
    if more:
        return "  " + _("{name}: can run; it would tell more with {missing}").format(
            name=name, missing=", ".join(more)
        )
    return "  " + _("{name}: can run in full").format(name=name)


def _missing(source: Source, wanted: Mapping[str, tuple[str, ...]]) -> list[str]:
    found = []
    for table, columns in wanted.items():
        if table not in source.tables:
            found.append(table)
            continue
        has = source.facts[table].columns
        found += [f"{table}.{column}" for column in columns if column not in has]
    return found
