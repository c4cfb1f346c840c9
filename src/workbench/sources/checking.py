"""What `workbench check SOURCE` prints: every line accounted for, and what can be made of it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import ModuleType
from typing import Any

import pandas as pd

from workbench.errors import MissingData, unknown
from workbench.kit import words
from workbench.kit.sentences import message, say, say_n
from workbench.periods import to_local
from workbench.sources import repairs
from workbench.sources.hints import hint
from workbench.sources.source import Source
from workbench.sources.users import shares
from workbench.sources.wordings import quoted
from workbench.tables import TABLES

_ALIKE = 0.75  # a name is offered if it shares so much with the one that was read
_STEPS = 5  # events that are offered as steps
_MANY = 1000  # events beyond which not all are known
_INDENT = " " * 39
_WIDEST = 100  # letters of an example


def report(source: Source, asked: Mapping[str, Sequence[ModuleType]] | None = None) -> str:
    """Return a text about a source: lines, money, instants, columns, and what can run.

    Args:
        source: As `inspect` opens it.
        asked: The analyses that each notebook asks: modules that say what they need, NEEDS (table
            to columns), NEEDS_INSTEAD (what can stand in for that), NEEDS_STEPS (the table in which
            the source must name its steps), NEEDS_EVENTS (events of which all must have happened) and USES (what they can make more of).
    """
    parts = [_head(source), *_doubts(source)]
    parts += [_table(source, table) for table in source.tables]
    runnable = [f"  {_told(fitness)}" for fitness in _fitnesses(source, asked or {})]
    if runnable:
        parts.append("\n".join([say("analyses"), *runnable]))
    return "\n\n".join(parts)


def record(
    source: Source, asked: Mapping[str, Sequence[ModuleType]] | None = None
) -> dict[str, Any]:
    """Return the same as `report` for programs: plain values, money in minor units, instants in UTC."""
    return {
        "source": source.name,
        "time_zone": source.time_zone,
        "currency": source.currency,
        "fingerprint": source.fingerprint,
        "warehouse": source.warehouse
        and {"address": source.warehouse.address, "freshness": source.warehouse.freshness},
        "refused": source.refused(),
        "notes": list(source.notes),
        "doubts": [{"table": one.table, "sentence": one.sentence} for one in source.doubts],
        "overlaps": [asdict(one) for one in source.overlaps],
        "tables": [_table_record(source, name) for name in source.tables],
        "analyses": list(_fitnesses(source, asked or {})),
    }


def _no_week(source: Source) -> list[str]:
    """Why a report of the latest week cannot be made, where that is so."""
    try:
        source.period("latest", 1)
    except MissingData as error:
        return [str(error)] if source.span else []
    return []


def _doubts(source: Source) -> list[str]:
    """What is doubtful, and how many users of each table are in others."""
    doubts = [
        say("  {table}: {doubt}", table=one.table, doubt=one.sentence) for one in source.doubts
    ]
    shared = [f"  {one}" for one in shares(source.overlaps)]
    told = ["\n".join([say("look at this first"), *doubts])] if doubts else []
    return [*told, *(["\n".join([say("users in common"), *shared])] if shared else [])]


def _table_record(source: Source, name: str) -> dict[str, Any]:
    facts = source.facts[name]
    shown = repairs.examples(source, name)
    absent = [column for column in TABLES[name].names if column not in facts.columns]
    reasons = [*_rows(source.reasons, name), *_rows(source.unjoined, name)]
    for reason in reasons:
        lines = shown.get((reason["file"], reason["reason"]), [])
        reason["examples"] = [
            {
                "line": line.line,
                "values": repairs.values(source, line, reason["reason"]),
                "original": line.original,
            }
            for line in lines
        ]
        told = [example["values"] for example in reason["examples"] if example["values"]]
        reason["hint"] = hint(reason["reason"], told, repairs.blank(source, lines), source.currency)
    return {
        "name": name,
        "rows": facts.rows,
        "first": facts.first and facts.first.isoformat(),
        "last": facts.last and facts.last.isoformat(),
        "columns": list(facts.columns),
        "missing": absent,
        "unread": [{"name": c, "near": _near(c, absent)} for c in facts.unread],
        "taken": facts.taken and asdict(facts.taken),
        "files": [*_rows(source.account, name), *_rows(source.joined, name)],
        "reasons": reasons,
    }


def _rows(frame: pd.DataFrame, table: str) -> list[dict[str, Any]]:
    """The rows of a table without its name, <NA> as None."""
    rows = frame[frame["table"] == table].drop(columns="table").to_dict("records")
    return [{str(key): None if pd.isna(v) else v for key, v in row.items()} for row in rows]


def _head(source: Source) -> str:
    head = message("source {name}, time zone {zone}, currency {currency}")
    currency = source.currency or say("not said")
    lines = [say(head, name=source.name, zone=source.time_zone, currency=currency)]
    if source.span:
        since, until = (_local(end, source) for end in source.span)
        span = message("events and orders from {since} to {until}")
        lines.append(say(span, since=since, until=until))
    lines += [say("note: {note}", note=note) for note in source.notes]
    lines += [say("note: {note}", note=note) for note in _no_week(source)]
    if source.steps:
        lines.append(say("funnel: {steps}", steps=" → ".join(source.steps)))
    there = source.warehouse
    if there is None:
        lines.append(say("quarantine: {folder}", folder=source.folder / "quarantine"))
    else:
        where = message("warehouse: {address}, fresh as of {token}")
        lines.append(say(where, address=there.address, token=there.freshness))
    return "\n".join(lines)


def _table(source: Source, name: str) -> str:
    facts, said = source.facts[name], _table_record(source, name)
    head, ends = message("{table}: {rows:count} rows"), {}
    if facts.first and facts.last:
        head = message("{table}: {rows:count} rows, {first} to {last}")
        known = {"first": facts.first, "last": facts.last}
        ends = {end: _instant(at, source, name) for end, at in known.items()}
    rows = [say(head, table=name, rows=facts.rows, **ends)]
    for file in said["files"]:
        rows += _file(file, said["reasons"], source.currency)
    if facts.taken:
        rows.append(f"  {facts.taken.told(source.currency)}")
    if said["missing"]:
        rows.append("  " + say("columns not given: {names}", names=", ".join(said["missing"])))
    if said["unread"]:
        names = ", ".join(map(_unread, said["unread"]))
        rows.append("  " + say("columns not read: {names}", names=names))
    return "\n".join(rows)


def _unread(column: Mapping[str, str]) -> str:
    """A column that the contract does not know, and the absent one that may have been meant."""
    return say("{name} (is it {near}?)", **column) if column["near"] else column["name"]


def _near(column: str, absent: Sequence[str]) -> str:
    near = difflib.get_close_matches(column, absent, n=1, cutoff=_ALIKE)
    return near[0] if near else ""


def _instant(at: datetime, source: Source, table: str) -> str:
    """An instant on the shop's clock; a day is the shop's already."""
    contract = TABLES[table]
    return f"{at:%Y-%m-%d}" if contract[contract.instant].type == "date" else _local(at, source)


def _file(
    line: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]], currency: str
) -> list[str]:
    whole = line["kept"] == line["lines"]
    label = say("lines, all kept") if whole else say("lines")
    rows = [f"  {line['file']}", _amounts(label, line["lines"], line["money"], currency)]
    if whole:
        return rows
    for outcome, told in (
        ("kept", say("kept")),
        ("excluded", say("excluded by rule")),
        ("quarantined", say("quarantined")),
    ):
        rows.append(_amounts(told, line[outcome], line[f"money_{outcome}"], currency))
        for why in reasons:
            if (why["file"], why["outcome"]) == (line["file"], outcome):
                rows.append(_amounts(f"  {why['reason']}", why["lines"], why["money"], currency))
                rows += map(_example, why["examples"])
                rows += [f"{_INDENT}{why['hint']}"] if why["hint"] else []
    return rows


def _example(line: Mapping[str, Any]) -> str:
    """A line as it stands in its file, in one line of a terminal: first what is wrong in it."""
    told = ", ".join(f"{name} = {_written(value)}" for name, value in line["values"].items())
    whole = _short(_written(line["original"]))
    if told:
        whole = say("{values} in {line}", values=_short(told), line=whole)
    number = "" if line["line"] is None else say("line {number}: ", number=line["line"])
    return f"{_INDENT}{number}{whole}"


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(said: str) -> str:
    said = "".join(c if c.isprintable() else " " for c in said)
    return said if len(said) <= _WIDEST else said[: _WIDEST - 1] + "…"


def _amounts(label: str, lines: Any, worth: Any, currency: str) -> str:
    amount = "" if worth is None else words.money(int(worth), currency, whole=True)
    return f"    {words.count(lines):>13}  {amount:>18}  {label}"


def _local(instant: datetime, source: Source) -> str:
    return f"{to_local(instant, source.time_zone):%Y-%m-%d %H:%M:%S}"


def _fitnesses(
    source: Source, asked: Mapping[str, Sequence[ModuleType]]
) -> Iterator[dict[str, Any]]:
    """Yield of each notebook whether it runs, and on what: what its analyses make of the source."""
    for name, modules in asked.items():
        every = [_fitness(source, module) for module in modules]
        missing = list(dict.fromkeys(gap for one in every for gap in one["missing"]))
        unnamed = [one for one in every if one["runs"] == "not yet"]
        runs = list(dict.fromkeys(one["runs"] for one in every if one["runs"] != "not"))
        if unnamed:
            # A funnel without steps is refused, whatever else stands on the page.
            yield {"name": name, **unnamed[0]}
        elif not runs:
            yield {"name": name, "runs": "not", "missing": missing}
        elif len(every) == 1 or not missing:
            yield {"name": name, "runs": runs[0], "missing": missing}
        else:
            yield {"name": name, "runs": "in part", "missing": missing}


def _fitness(source: Source, module: ModuleType) -> dict[str, Any]:
    """Whether an analysis runs, and on what."""
    instead: Mapping[str, tuple[str, ...]] = getattr(module, "NEEDS_INSTEAD", {})
    missing = _missing(source, module.NEEDS)
    missing += _unseen(source, getattr(module, "NEEDS_EVENTS", ())) if not missing else []
    unnamed = _unnamed(source, getattr(module, "NEEDS_STEPS", ""))
    if not missing and unnamed:
        return {"runs": "not yet", "missing": ["steps"], "declare": unnamed}
    if not missing:
        more = _missing(source, getattr(module, "USES", {}))
        return {"runs": "in part" if more else "in full", "missing": more}
    if instead and not _missing(source, instead):
        return {"runs": f"on {', '.join(instead)}", "missing": missing}
    return {"runs": "not", "missing": missing}


def _unseen(source: Source, events: Sequence[str]) -> list[str]:
    """Which of some events never happened, where all that did are known."""
    known = source.events_told
    lost = [event for event in events if event not in known]
    if not known or not lost or len(known) >= _MANY:
        return []
    return [say_n("the event {events}", "the events {events}", len(lost), events=", ".join(lost))]


def _unnamed(source: Source, table: str) -> str:
    """What to declare where a table is there, but the source names no steps in it; else ""."""
    known = source.events_told
    lost = [step for step in source.steps if known and step not in known]
    if table not in source.tables or (source.steps and not lost):
        return ""
    if lost and len(known) < _MANY:
        return unknown("event", lost[0], known)
    return f"steps: [{', '.join(map(quoted, known[:_STEPS]))}]"


def _told(fitness: Mapping[str, Any]) -> str:
    sentences = {
        "in full": message("{name}: can run in full"),
        "in part": message("{name}: can run; it would tell more with {missing}"),
        "not": message("{name}: cannot run, it needs {missing}"),
        "not yet": message(
            "{name}: cannot run before the source names its steps in their order, of its most frequent "
            "events: {declare}"
        ),
    }
    on_others = message("{name}: can run {tables} alone; in full it needs {missing}")
    sentence = sentences.get(fitness["runs"], on_others)
    missing, declare = ", ".join(fitness["missing"]), fitness.get("declare", "")
    if declare.startswith("unknown"):
        sentence = message("{name}: cannot run, the source's steps have an {declare}")
    given = {"name": fitness["name"], "tables": fitness["runs"], "missing": missing}
    return say(sentence, declare=declare, **given)


def _missing(source: Source, wanted: Mapping[str, tuple[str, ...]]) -> list[str]:
    found = []
    for table, columns in wanted.items():
        if table not in source.tables:
            found.append(table)
        elif not source.facts[table].rows:
            found.append(say("a row of {table}", table=table))
        else:
            has = source.facts[table].columns
            found += [f"{table}.{column}" for column in columns if column not in has]
    return found
