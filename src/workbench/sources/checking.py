"""What `workbench check SOURCE` prints: every line accounted for, and what can be made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

from workbench.periods import to_local
from workbench.sources.source import Source, connect
from workbench.tables import TABLES
from workbench.words import _, count, money

if TYPE_CHECKING:
    import pandas as pd


def report(name: str, analyses: Iterable[ModuleType] = ()) -> str:
    """Return a text about a source: lines, money, instants, columns, and what can run.

    Args:
        name: As `connect` takes it.
        analyses: Modules that say what they need: NEEDS (table to columns), NEEDS_INSTEAD (what
            can stand in for that) and USES (what they can make more of).

    Raises:
        SourceError: If the source cannot be read.
    """
    source = connect(name)
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
    rows = [
        _("{table}: {rows} rows").format(table=name, rows=count(facts.rows))
        + (
            _(", {first} to {last}").format(
                first=_local(facts.first, source), last=_local(facts.last, source)
            )
            if facts.first and facts.last
            else ""
        )
    ]
    account = source.account
    for line in account[account["table"] == name].to_dict("records"):
        rows += _file(source, {str(key): value for key, value in line.items()})
    absent = [column for column in TABLES[name].names if column not in facts.columns]
    if absent:
        rows.append("  " + _("columns not given: {names}").format(names=", ".join(absent)))
    if facts.unread:
        rows.append("  " + _("columns not read: {names}").format(names=", ".join(facts.unread)))
    return "\n".join(rows)


def _file(source: Source, line: Mapping[str, Any]) -> list[str]:
    rows = [f"  {line['file']}"]
    for label, lines, worth in (
        (_("lines"), line["lines"], line["money"]),
        (_("kept"), line["kept"], line["money_kept"]),
        (_("excluded"), line["excluded"], line["money_excluded"]),
        (_("quarantined"), line["quarantined"], line["money_quarantined"]),
    ):
        rows.append("    " + _amounts(label, lines, worth, source.currency))
    reasons = source.reasons
    mine: pd.DataFrame = reasons[
        (reasons["table"] == line["table"]) & (reasons["file"] == line["file"])
    ]
    for reason in mine.to_dict("records"):
        text = f"{reason['outcome']}: {reason['reason']}"
        rows.append("      " + _amounts(text, reason["lines"], reason["money"], source.currency))
    return rows


def _amounts(label: str, lines: Any, worth: Any, currency: str) -> str:
    amount = "" if worth is None or worth != worth else money(int(worth), currency, whole=True)  # noqa: PLR0124 - NaN
    return f"{label:<58} {count(lines):>11}  {amount:>18}".rstrip()


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
