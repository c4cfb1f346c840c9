"""Carry a plan out: run, verify and export each report, then publish what may be published."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from workbench.display import records
from workbench.display.records import Record
from workbench.errors import MissingData, ParameterError, RunError
from workbench.kit import findings, words
from workbench.kit.findings import Finding
from workbench.kit.language import translated
from workbench.runs import cells, export, pages, publish, verify
from workbench.runs.execute import LOG, RESULTS, Execution, execute
from workbench.runs.plans import Plan, Report
from workbench.runs.progress import Progress

_NO_WEEK = "failed"


@dataclass(frozen=True)
class _Outcome:
    """What came of one report: its record, and the folder with its page and tables.

    Attributes:
        record: What readers are told.
        folder: Where its page and tables are.
        refused: Why a parameter turned out impossible with the data; "" where none did.
        lacks: What the source would need to have for it; "" where it has that.
    """

    record: Record
    folder: Path
    refused: str = ""
    lacks: str = ""


def run(plan: Plan, root: Path, progress: TextIO) -> Path:
    """Run a plan's reports and publish them under reports/NAME/WEEK/.

    Args:
        plan: What to run.
        root: The project's folder.
        progress: Where a line for each cell goes.

    Returns:
        The page to open first.

    Raises:
        RunError: If a report failed. Those that did not are published; of one that did, the last
            good page stays as it was, with a failure page beside it.
        ParameterError: If somebody asked for what only the data show to be impossible, in every
            report; then nothing is published.
    """
    try:
        return _run(plan, root / "reports" / plan.name, root, Progress(progress))
    except OSError as error:
        place = error.filename or "reports"
        raise RunError(f"'{place}' cannot be written: {error.strerror or error}") from error


def _run(plan: Plan, target: Path, root: Path, progress: Progress) -> Path:
    with publish.workspace(target, progress.tell) as folder:
        outcomes = _outcomes(plan, folder, root, progress)
        week = _week(plan, outcomes, target)
        place = target / week
        publish.clear_way(place, progress.tell)
        found = _assemble(plan, outcomes, place, folder / week)
        failed = [record for record in found if record.failure]
        _tell_replaced(records.read(place), found, progress)
        with publish.uninterrupted():
            publish.swap(folder / week, place)
            if not failed:
                shutil.rmtree(target / _NO_WEEK, ignore_errors=True)
                made = {record.source for record in found if record.page}
                publish.point_to_latest(target, made, progress.tell)
    if failed:
        reasons = (
            f"{one.name} failed: {one.failure} ({os.path.relpath(place / one.failure_page)})"
            for one in failed
        )
        raise RunError("; ".join(reasons))
    return place / ("index.html" if plan.is_pack else found[0].page)


def _tell_replaced(before: Mapping[str, Record], found: Sequence[Record], tell: Progress) -> None:
    """Say which pages take the place of another source's: a week has one page a report."""
    for record in found:
        old = before.get(record.name)
        if old and old.source and record.source and old.source != record.source:
            tell.tell(f"{record.name}: replaces the report on {old.source} of {old.week}")


def _outcomes(plan: Plan, folder: Path, root: Path, progress: Progress) -> list[_Outcome]:
    """Run every report of a plan; those that lack a table are left out of a pack.

    Raises:
        ParameterError: If what was asked for is refused by every report that got so far.
    """
    outcomes = [
        _outcome(plan, report, folder / report.name, root, progress) for report in plan.reports
    ]
    others = [one for one in outcomes if not one.lacks]
    if plan.is_asked and others and all(one.refused for one in others):
        raise ParameterError(others[0].refused)
    if not others or not plan.is_pack:
        return outcomes
    for one in outcomes:
        if one.lacks:
            progress.tell(f"{one.record.name} is left out: {one.lacks}")
    return [
        replace(one, record=replace(one.record, failure="", failed_at="", skipped=one.lacks))
        if one.lacks
        else one
        for one in outcomes
    ]


def _outcome(plan: Plan, report: Report, folder: Path, root: Path, progress: Progress) -> _Outcome:
    """Run one report into its folder: its page and tables, or its failure page."""
    folder.mkdir()
    execution = execute(report, folder, root / "reports" / plan.name, root, progress)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    title = cells.title(execution.notebook, report.name)
    try:
        finish = verify.notebook(execution, folder / RESULTS)
        doubts = tuple(Finding(doubt, status="bad") for doubt in finish.doubts)
        scope = words.label(str(report.parameters.get("platform", "")))
        shown = (finish.source, scope, str(finish.week), finish.period)
        subtitle = " · ".join(filter(None, shown))
        html = _exported(execution, title, subtitle, doubts)
        verify.page(html, finish)
    except RunError as error:
        return _failed(report, folder, execution, Record(report.name, title), str(error), now)
    record = Record(
        name=report.name,
        title=title,
        week=str(finish.week),
        source=finish.source,
        asked_for=finish.asked_for,
        ran_at=now,
        findings=(*doubts, *_findings(execution)),
    )
    (folder / record.page).write_text(html, encoding="utf-8")
    return _Outcome(record, folder)


def _said(execution: Execution, kind: type[Exception]) -> str:
    """What an error of ours said that ended a notebook; "" where none of that kind did."""
    _code, error = cells.failure(execution.notebook) or ("", None)
    return str(error.evalue) if error and error.ename == kind.__name__ else ""


def _exported(execution: Execution, title: str, subtitle: str, doubts: Sequence[Finding]) -> str:
    notice = findings.listed(doubts)
    try:
        return export.to_html(execution.notebook, title=title, subtitle=subtitle, notice=notice)
    except Exception as error:
        raise RunError(f"no page can be made of it: {error}".splitlines()[0]) from error


def _failed(
    report: Report, folder: Path, execution: Execution, record: Record, reason: str, now: str
) -> _Outcome:
    record = replace(record, failure=reason, failed_at=now)
    code, error = cells.failure(execution.notebook) or ("", None)
    log = folder / LOG
    page = pages.failure(
        record,
        report.parameters,
        code=code,
        traceback="\n".join(error.traceback) if error else "",
        log=log.read_text(encoding="utf-8", errors="replace") if log.exists() else "",
    )
    (folder / record.failure_page).write_text(page, encoding="utf-8")
    refused, lacks = (_said(execution, kind) for kind in (ParameterError, MissingData))
    return _Outcome(record, folder, refused, lacks)


def _findings(execution: Execution) -> tuple[Finding, ...]:
    return tuple(
        Finding(**one)
        for _, cell in cells.code(execution.notebook)
        for shown in cells.outputs(cell, findings.MIME)
        for one in shown
    )


def _week(plan: Plan, outcomes: Sequence[_Outcome], target: Path) -> str:
    """The folder to publish in: the week of the pages, or that of the page that stays.

    Which week is the latest only the data know. Where no report got so far, its failure page
    belongs beside the newest page of the same source.
    """
    made = [outcome.record.week for outcome in outcomes if outcome.record.week]
    asked = [report.week for report in plan.reports if report.week]
    sources = {report.source for report in plan.reports}
    newest = [
        week
        for week in publish.weeks(target)[-1:]
        if sources & {record.source for record in records.read(target / week).values()}
    ]
    return max(made or asked or newest, default=_NO_WEEK)


def _assemble(
    plan: Plan, outcomes: Sequence[_Outcome], place: Path, new: Path
) -> tuple[Record, ...]:
    """Fill the folder that is to stand at `place`; a failed report keeps the page it had there."""
    before = records.read(place)
    new.mkdir()
    found = []
    for outcome in outcomes:
        record = outcome.record
        results = Path(RESULTS, record.name) if plan.is_pack else Path(RESULTS)
        good = before.get(record.name)
        if record.failure:
            shutil.copy2(outcome.folder / record.failure_page, new)
            if good and good.page:
                record = replace(good, failure=record.failure, failed_at=record.failed_at)
                _copy(place / record.page, place / results, new, results)
        elif record.page:
            _copy(outcome.folder / record.page, outcome.folder / RESULTS, new, results)
        found.append(record)
    records.write(new, found)
    if plan.is_pack:
        week = "" if place.name == _NO_WEEK else place.name
        index = pages.index(translated(plan.title), week, found)
        (new / "index.html").write_text(index, encoding="utf-8")
    return tuple(found)


def _copy(page: Path, tables: Path, new: Path, results: Path) -> None:
    """Copy a page and its tables into the folder to publish."""
    shutil.copy2(page, new)
    if tables.is_dir():
        shutil.copytree(tables, new / results)
